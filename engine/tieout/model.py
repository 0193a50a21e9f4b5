"""The words: plain data that adapters hand to the engine and back. No behaviour, no I/O.

Words used here and nowhere with another meaning
    object       a type in a system ("Invoice");  record: one instance as plain data;  id: its key, text
    observation  what is known of one record: Present, Archived, Merged, Gone, or Unknown
    cursor       an adapter's own JSON-able mark of how far a read got; the engine stores it and gives it back
    operation    one intended write of one record;  batch: operations of one object and one verb
    outcome      what the system answered to one operation: Applied, Refused or InDoubt
    key          names one intention for ever: a retry has the same key, a re-creation another one

Data: numbers are Decimal, dates are date, instants are aware UTC datetimes, absent is a missing key, cleared is
None. Text is never a number. Lists are lists of mappings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

Value = None | bool | str | Decimal | date | datetime | Sequence["Value"] | Mapping[str, "Value"]
Record = Mapping[str, Value]
Cursor = Mapping[str, str]


# --- What is known of a record ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lock:
    """Why a record cannot be edited freely now (paid, closed period), and which paths still can."""

    reason: str
    editable: frozenset[str] = frozenset()
    ways_out: tuple[str, ...] = ()
    """What a person can legally do instead ("void it and issue a new one"), in the order of preference."""
    allows: frozenset[Verb] = frozenset()
    """What a program can do to the record all the same (CREDIT of a paid invoice)."""
    closed_until: date | None = None
    """In a closed period: no document that is dated this day or before can be made or changed."""


@dataclass(frozen=True, slots=True)
class Present:
    """The record is live. A read holds every path asked for (None if empty); the answer to a write may hold fewer."""

    id: str
    record: Record
    modified: datetime | None = None
    """By the system's clock; feeds `conflict: newest`."""
    by: str | None = None
    """Who, if the system says; equal to Organisation.user it may explain a difference (law 4)."""
    version: str | None = None
    """What the system wants back in a conditional write."""
    lock: Lock | None = None
    key: str | None = None
    """The `Operation.key` that made it, if the record carries one: rebuilds lost links."""


@dataclass(frozen=True, slots=True)
class Archived(Present):
    """Out of use but still there: archived contact, voided document. A recycle bin is Gone."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The record lives on inside another one."""

    id: str
    into: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The system itself says that it was deleted, into a recycle bin too; it may come back live."""

    id: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """It could not be read: no access, not found, unreadable. Never evidence of a deletion."""

    id: str
    why: str


Observation = Present | Archived | Merged | Gone | Unknown


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a read, stored in one transaction with its cursor.

    `cursor`: reading from here misses nothing, whatever the pages after this one hold; None = no safe resting point
    yet. `complete`: only on the last page, and only if every record of the object, archived ones included, was in
    this read and the listing did not shift meanwhile. A read that cannot be finished raises; it never just ends. If its
    last page has neither, it proves no absence: nothing is made in this object until one has.
    """

    observations: Sequence[Observation]
    cursor: Cursor | None = None
    complete: bool = False


# --- What a system offers, per object --------------------------------------------------------------------------


class Kind(StrEnum):
    """The type of a field, in the engine's terms."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    CHOICE = "choice"
    CHOICES = "choices"
    """A set: order means nothing."""
    REFERENCE = "reference"
    LIST = "list"
    GROUP = "group"


class Verb(StrEnum):
    """What can be done to a record."""

    CREATE = "create"
    UPDATE = "update"
    ARCHIVE = "archive"
    DELETE = "delete"
    """Remove (a Xero draft: Status DELETED)."""
    VOID = "void"
    """Cancel a document that stays visible."""
    CREDIT = "credit"
    """Take a document back in full by another one beside it, dated today; the document itself stays as it is.
    `Applied.id` names the one that is made. It carries the key as a created record does: `twins`, `sees_own` and
    `find_created` hold for it, too. A document that is not in the books yet, or is credited already, is refused.
    """
    NOTE = "note"
    """Add a line to the record's history."""


class Deletions(StrEnum):
    """How deletions of an object can be learnt."""

    REPORTED = "reported"
    """`changes` yields Archived, Merged and Gone."""
    ABSENCE = "absence"
    """Only by a complete read, confirmed by `fetch`."""
    NEVER = "never"
    """Nothing is ever deleted."""


class Twins(StrEnum):
    """What stops a repeated create from making a second record."""

    REFUSED = "refused"
    """The key is stored in a unique field: the system itself says no."""
    FOUND = "found"
    """`find_created` can find what an unanswered create made."""
    POSSIBLE = "possible"
    """Neither: an unanswered create becomes a question for a person."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field, addressed by its path from the record ("Contact.ContactID", "LineItems.UnitAmount").

    Below a LIST it is a field of each item; below a REFERENCE it is read through that (`Account.Name`), never written.
    """

    path: str
    kind: Kind
    label: str = ""
    length: int | None = None
    scale: int | None = None
    """Decimal places that survive; None = not said."""
    currency: str | None = None
    """MONEY: path of the code ("CurrencyCode") or the fixed code ("GBP")."""
    choices: tuple[str, ...] | None = None
    """CHOICE: None = open."""
    refers_to: tuple[str, ...] = ()
    """REFERENCE: objects. LIST: the object whose records its rows are, where they are such."""
    in_use: bool = False
    """REFERENCE: the system refuses to have it set to a record that is archived."""
    readable: bool = True
    creatable: bool = True
    updatable: bool = True
    required: bool = False
    """On create, without a default."""
    unique: bool = False
    tracked: bool = True
    """False: may change without the record turning up in `changes` (formula, balance)."""
    rewritten: bool = False
    """True: the system may store something else than it was sent."""
    trims: bool = False
    """True: the system drops blanks at both ends of a text, so that they mean nothing."""
    virtual: bool = False
    """True: the adapter answers for it (the one currency of a single-currency org); the system has no such field."""
    personal: bool = False
    """True: personal data; masked as with `pii: true`."""
    withheld: frozenset[Verb] = frozenset()
    """CREATE, UPDATE: the system would take the field (`creatable`, `updatable`); this login has no right to set it."""


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One object: its fields and what may be asked of it. Capabilities live here, for they differ by object."""

    name: str
    fields: Mapping[str, Field]
    label: str = ""
    verbs: Mapping[Verb, int] = field(default_factory=dict)
    """Verb -> most operations a batch; an absent verb cannot be done."""
    children: Mapping[str, str | None] = field(default_factory=dict)
    """List -> path of a row's id in it ("LineItemID"); None: rows have no id. Such a list is written whole with its
    parent: kept rows carry their id, an omitted row is removed."""
    whole: frozenset[str] = frozenset()
    """Groups of fields that the system replaces as a whole ("Addresses.POBOX"); the engine completes them."""
    deletions: Deletions = Deletions.ABSENCE
    twins: Twins = Twins.POSSIBLE
    marker: str | None = None
    """Path in which the adapter keeps `Operation.key`; no mapping may write it."""
    partial: bool = True
    """An update leaves fields it does not name alone; False: the engine sends all."""
    conditional: bool = False
    """A stale `Operation.version` is refused; else the engine re-reads first."""
    incremental: bool = True
    """False: every read is complete (a small table, no modified stamp)."""
    horizon: timedelta = timedelta(minutes=10)
    """A request without an answer may still take effect for so long after the engine handed it over."""
    replay: timedelta | None = None
    """An idempotency key is honoured for so long; where that is longer than `horizon`, a lost create is sent again."""
    sees_own: bool = False
    """`find_created` finds what we wrote a moment ago."""
    grain: timedelta = timedelta(seconds=1)
    """Of `modified`."""
    fetch: int = 40
    """Most ids that one call of `fetch` can read; for counting calls."""
    page: int = 100
    """Records that one call of a complete read shows, as a rule; for counting calls."""
    withheld: frozenset[Verb] = frozenset()
    """Of `verbs`: what the system offers and this login has no right to. It is planned and told, and never sent."""
    grant: str = ""
    """Where a person gives this login the rights that are withheld of the object and its fields."""
    hidden: Mapping[str, str] = field(default_factory=dict)
    """Path of a reference or a list -> the object behind it, which the system has and this login has no right to see:
    nothing below the path is described."""
    hides: str = ""
    """Where a person gives this login the right to see what it does not; "": every login sees every field."""


# --- Reading and writing ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Query:
    """A read. `paths` is all that the mappings use; more may be returned and is dropped."""

    type: ObjectType
    paths: frozenset[str]
    since: Cursor | None = None
    """None: read everything."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One intended write. References in `values` are ids that exist; a path is only there if it is to be written."""

    key: str
    id: str | None = None
    """None for a create."""
    values: Record = field(default_factory=dict)
    """A nested record ({"Contact": {"ContactID": ...}}); what a system replaces whole is complete in it."""
    version: str | None = None
    source_url: str | None = None
    """The page on which a person sees the source record."""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Operations of one object and one verb, never more than the object's limit; `key` names exactly this batch."""

    type: ObjectType
    verb: Verb
    operations: Sequence[Operation]
    paths: frozenset[str]
    """What the engine wants back in Applied.now."""
    key: str
    """At most 64 characters; usable as an idempotency key."""
    sent_at: datetime
    """For `find_created`: not before this."""


class Cause(StrEnum):
    """Whose move it is after a refusal; the only thing about a failure that the engine decides by."""

    DATA = "data"
    """The record's values: a person."""
    MAPPING = "mapping"
    """A field is unknown, read-only, too short: the consultant."""
    PERMISSION = "permission"
    LOCKED = "locked"
    """The document's state or period."""
    EXISTS = "exists"
    """A twin is there already, see `Refused.other`."""
    REFERENCE = "reference"
    """It points to something missing or unusable."""
    MOVED = "moved"
    """It changed or vanished since it was read: the next plan."""
    BUSY = "busy"
    """The system's moment: the engine retries."""
    COLLATERAL = "collateral"
    """Only because of another operation in this batch: retried without it."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Done. `now` is the record as the system has it after the write; None = not answered, the engine fetches it."""

    id: str
    now: Present | Archived | Gone | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Not done, for a reason of this record. `code` is the system's own or a stable slug, `message` its own words."""

    cause: Cause
    code: str
    message: str
    paths: tuple[str, ...] = ()
    other: str | None = None


@dataclass(frozen=True, slots=True)
class InDoubt:
    """May have been done or not. For a batch as a whole, let the client's error pass; the engine then settles."""

    why: str


@dataclass(frozen=True, slots=True)
class NotApplied:
    """`find_created` is certain: it never happened, and may be sent again."""


Outcome = Applied | Refused | InDoubt
Found = Applied | NotApplied | InDoubt


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whose books these are. The id is pinned: a connection that answers with another one is refused."""

    id: str
    name: str
    currency: str | None = None
    live: bool = True
    """False: sandbox, demo company."""
    user: str | None = None
    """As whom we write, in the form of Present.by."""
    country: str = ""
    """A ledger's: ISO 3166 code of two letters; "" = not said."""
    edition: str = ""
    """A ledger's: its own word for the edition that decides which tax types there are (Xero's Version)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the system allows this connection. The client keeps to it, across processes."""

    windows: Mapping[int, int] = field(default_factory=lambda: {60: 60})
    """Seconds -> calls."""
    concurrent: int = 1
    share: Decimal = Decimal("0.8")
    """Of the daily window; the rest is for the client's other tools."""
