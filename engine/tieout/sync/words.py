"""The data that flows through a pass: images, decisions, planned operations. No behaviour, no I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tieout.mapping.compiled import LinkTarget
from tieout.model import Lock, Value
from tieout.values import unit

Fields = Mapping[str, Value]


class State(StrEnum):
    """What is known of a record."""

    PRESENT = "present"
    ARCHIVED = "archived"
    MERGED = "merged"
    GONE = "gone"
    UNKNOWN = "unknown"


LIVE = frozenset({State.PRESENT, State.ARCHIVED})
OUR_KEY, UNSURE = "it carries our key", "unsure"
"""Why two records were linked; the evidence that one of them may come from a create that was never answered."""


@dataclass(frozen=True, slots=True)
class Image:
    """What is known of one record, in the engine's values (dates as ISO text)."""

    id: str
    state: State
    record: Fields
    into: str | None = None
    lock: Lock | None = None
    stamp: str | None = None
    by: str | None = None
    version: str | None = None
    marker: str | None = None
    """The key in it that made it, if any; ours or a foreign text."""
    revived: bool = False
    firsts: Mapping[str, str] = field(default_factory=dict)
    """Path -> stamp at which its value first appeared; only where a rule asks for it."""
    part: str = ""
    """Of which part of the record this is the image, where it is asked for a partner of its own."""

    @property
    def unit(self) -> str:
        """Name the record, or the part of it, in what stands between runs."""
        return unit(self.id, self.part)

    @property
    def live(self) -> bool:
        """Say whether the record exists and can be read."""
        return self.state in LIVE


class Quality(StrEnum):
    """How well the two sides of a field agree (law 5)."""

    EQUAL = "equal"
    NORMALISED = "normalised"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Turns:
    """What is remembered of earlier writes of one field, so that two parties who rewrite it in turns are noticed."""

    end: int
    """The end that we wrote last."""
    was: tuple[str, str]
    """Digest of each end's value before that write."""
    count: int
    """How often we put back a value that somebody had rewritten."""
    rule: str
    """Under which rule: of another one nothing is counted."""


@dataclass(frozen=True, slots=True)
class Base:
    """Each side's own value at the last agreement; `values[n]` is that of end n.

    One way: the source's end holds the value that was planned, the target's end the value that was stored.
    """

    values: tuple[Value, Value]
    quality: Quality = Quality.EQUAL
    turns: Turns | None = None
    """None: nothing that could be a quarrel."""


@dataclass(frozen=True, slots=True)
class Link:
    """The pairing of two records. `id` is None while it is only planned."""

    id: int | None
    pair: int
    part: str
    ids: tuple[str, str]
    generation: int = 0
    base: Mapping[str, Base] = field(default_factory=dict)
    children: Mapping[str, Sequence[Child]] = field(default_factory=dict)
    evidence: Mapping[str, Value] = field(default_factory=dict)

    @property
    def found_again(self) -> bool:
        """Say whether a record was found that we made, or may have made: no stamp tells whose its values are."""
        return UNSURE in self.evidence or self.evidence.get("why") == OUR_KEY

    def forgotten(self, rule: str, base: Mapping[str, Base]) -> bool:
        """Say whether the last agreement of a field was erased: where its sides differ now, a person decides."""
        return self.evidence.get("erased") is True and rule not in base


@dataclass(frozen=True, slots=True)
class Child:
    """Two paired lines of a linked pair."""

    ids: tuple[str, str]
    ordinal: int = 0
    base: Mapping[str, Base] = field(default_factory=dict)


# --- References between mappings --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Awaited:
    """The id (or a field) of a record that the same plan creates; filled from the plan's own answer."""

    mapping: str
    end: int
    """The end of the record that exists: its partner is awaited."""
    id: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Blocked:
    """There is no partner, and none is on its way."""

    why: str
    by: str = ""
    """The record that has none, as people name it: `customers/crm:001…`; "" where it is a mapping that does not run."""
    ways: tuple[str, ...] = ()
    """What would give it one."""


Reference = Value | Awaited | Blocked
Resolve = Callable[[LinkTarget, str, str, str], Reference]
"""(link, connection and object of the side the id belongs to, the id) -> the partner's id or field."""


# --- Decisions of one field -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Write:
    """One field to be written on `end`. `loser`: another value of a person that this overrides, by `rule`."""

    rule: str
    end: int
    names: tuple[str, ...]
    before: Value
    sent: Value
    source: Value
    why: str
    pii: bool = False
    loser: Value = None
    awaits: Awaited | None = None
    at: str = ""
    note: str = ""
    money: str | None = None
    """Currency, where the field is an amount and its currency is known."""
    halfway: bool = False
    """News at both ends (a default, a union): the base stays as both were, so that the next pass carries it over."""
    decided: bool = False
    """A person decided it: nothing that was rewritten before counts any more."""
    evidence: Mapping[str, Value] = field(default_factory=dict)
    """What its conversion rests on beside the record (an exchange rate), for the audit log."""


@dataclass(frozen=True, slots=True)
class Agree:
    """Both sides agree, or differ by a rule that says so: only the base moves."""

    rule: str
    values: tuple[Value, Value]
    quality: Quality
    why: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Something not carried out, with the reason and the way out. `rule` "" is the whole record."""

    rule: str
    code: str
    message: str
    fingerprint: str
    ways_out: tuple[str, ...] = ()
    at: str = ""
    quiet: bool = False
    """Waiting is normal here: not counted as a hold that needs a person."""
    more: Mapping[str, Value] = field(default_factory=dict)
    """What else is told of it: `class`, the system's own `words`, `other` (in the way), `by` (what it waits for)."""
    told: tuple[str, str] | None = None
    """The run that told of it already, as a failed write, and when; None: it stands since it is held."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question for a person; the answer counts while the fingerprint is equal."""

    rule: str
    kind: str
    text: str
    fingerprint: str
    choices: Mapping[str, str]
    """Answer -> what it means."""
    candidates: Sequence[Mapping[str, Value]] = ()
    at: str = ""
    picks: Mapping[str, str] = field(default_factory=dict)
    """Of a request: pick -> the key that was asked for with it."""


Step = Write | Agree | Hold | Question


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered, and to which question."""

    fingerprint: str
    answer: str
    who: str = ""


# --- Planned operations -----------------------------------------------------------------------------------------


class Kind(StrEnum):
    """What an operation does. Those in INTERNAL touch only our own state."""

    LINK = "link"
    AGREE = "agree"
    END = "end"
    REPOINT = "re-point"
    HOLD_AGAIN = "hold again"
    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"
    DELETE = "delete"
    VOID = "void"
    CREDIT = "credit"
    NOTE = "note"


INTERNAL = frozenset({Kind.LINK, Kind.AGREE, Kind.END, Kind.REPOINT, Kind.HOLD_AGAIN})


@dataclass(frozen=True, slots=True)
class ListWrite:
    """One list to be written whole. `items` in the order sent; `before` the rows as read, ids included."""

    rule: str
    end: int
    names: tuple[str, ...]
    before: Sequence[Fields]
    items: Sequence[Item]
    why: str
    at: str = ""
    agreed: Sequence[Child] = ()
    """Children whose base moves without a write."""
    gone: Sequence[tuple[str, str]] = ()
    """Children of which neither row is there any more."""
    emptied: bool = False
    """Every row is removed."""
    resting: Sequence[tuple[str, str]] = ()
    """Ids of children whose row was removed by hand in the target, and stays so."""
    answered: Sequence[str] = ()
    """Questions about its rows whose answers it follows: it uses them up."""

    @property
    def sends(self) -> bool:
        """Say whether the list is sent; if not, only bases move."""
        return bool(self.items) or self.emptied


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list as it is sent."""

    source: str
    """Id of the source item; "" for a row of the target's own, sent back untouched."""
    ordinal: int
    id: str | None
    """Id of the target's row; None: a new row."""
    sent: Fields
    """The row as sent, its id included."""
    fields: Mapping[str, tuple[Value, Value, Value]] = field(default_factory=dict)
    """Rule -> (before, sent, source) of the fields that are written; a new row: all."""
    awaits: Mapping[str, Awaited] = field(default_factory=dict)
    """Rule -> what its value waits for."""
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Rule -> where its value stands in the row."""
    personal: frozenset[str] = frozenset()
    """Rules whose values are personal data: masked wherever people read; "id": so is what the row is known by."""
    evidence: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    """Rule -> what its conversion rests on beside the record."""
    decided: frozenset[str] = frozenset()
    """Rules whose value a person decided."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One operation of a plan."""

    kind: Kind
    mapping: str
    pair: int
    end: int
    """The end that is written; for internal kinds 0."""
    record: str | None
    """None: a create."""
    source: str
    """Id of the record at the other end."""
    part: str = ""
    link: int | None = None
    generation: int = 0
    key: str = ""
    writes: Sequence[Write] = ()
    lists: Sequence[ListWrite] = ()
    agrees: Sequence[Agree] = ()
    why: str = ""
    evidence: Mapping[str, Value] = field(default_factory=dict)
    phase: int = 0
    title: str = ""
    before: Fields = field(default_factory=dict)
    """A delete's, archive's or void's read set: the mapped values of the record."""
    allowed: Sequence[str] = ()
    """Answers of persons that this rests on (review fingerprints)."""
    effect: Mapping[str, Value] = field(default_factory=dict)
    """What it does to the books, for the plan's sums."""
    figures: Sequence[Value] = ()
    """What the ledger is expected to compute of it, as [name, amount, what it rests on]: compared with its answer."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a notice: on `day` (ISO), so many `days` after `date`."""

    notice: str
    days: int
    date: str
    day: str
    told: Mapping[str, str] = field(default_factory=dict)
    """What people are told with it (`tell`): name -> text, masked where it is personal."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything decided for one link or one unlinked record."""

    operations: Sequence[Planned] = ()
    holds: Sequence[Hold] = ()
    questions: Sequence[Question] = ()
    notes: Sequence[str] = ()
    released: Sequence[str] = ()
    """Rules of what was kept from being written and may go on."""
    events: Sequence[Event] = ()
    """Of the notices that are in force for a link, those to come included."""
    open: bool = False
    """Something could not be told: it is looked at again though nothing changes."""

    @property
    def settled(self) -> bool:
        """Say whether nothing is left to be looked at again."""
        return not self.operations and not self.holds and not self.questions and not self.open


class Ending(StrEnum):
    """How an operation ended; each has exactly one."""

    DONE = "done"
    STORED_DIFFERENTLY = "stored differently"
    NOT_STORED = "not stored"
    STALE = "stale"
    FAILED = "failed"
    BLOCKED = "blocked"
    HELD = "held"
    UNSURE = "unsure"
