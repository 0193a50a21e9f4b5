"""A mapping as the engine runs it: checked, resolved against both systems' fields, and free of YAML.

Everything here is plain data with compiled expressions in it. `tieout.sync` reads nothing else of a mapping.
A record is a nested mapping; values are text, Decimal, boolean, None, lists and objects; dates are ISO text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from tieout.mapping.seen import (
    ABSENT,
    Coin,
    Expression,
    ExpressionFailed,
    Missing,
    Path,
    Undecided,
    holds,
    put,
)
from tieout.model import ObjectType, Value
from tieout.problems import Position
from tieout.transform import Bound, Scope

if TYPE_CHECKING:
    from tieout.mapping.claims import Family, Rival
    from tieout.mapping.notice import Notice
    from tieout.mapping.pick import Pick
    from tieout.mapping.rolled import Rollup


__all__ = [
    "ABSENT", "Act", "Case", "Check", "Coin", "CompiledMapping", "Conflict", "Drift", "Expression", "ExpressionFailed",
    "LinkTarget", "ListRule", "MatchPair", "MatchRule", "Missing", "OneWay", "Pair", "Parts", "Path", "Policy",
    "Position", "Rounding", "Rule", "Side", "Source", "TaxNumber", "Undecided", "holds", "put", "written_path",
]  # fmt: skip
"""With what rules see of a record, which is a part of what is compiled."""


class Act(StrEnum):
    """The words of the life-cycle policies."""

    ALWAYS = "always"
    NEEDED = "needed"
    REQUEST = "request"
    REVIEW = "review"
    NEVER = "never"
    HOLD = "hold"
    KEEP = "keep"
    DELETE = "delete"
    ARCHIVE = "archive"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Policy:
    """create, update, delete or leave of one side. `review` is compiled to do=always, ask=True."""

    do: Act
    ask: bool = False
    when: Expression | None = None
    otherwise: Act | Policy = Act.NEVER
    """delete and leave: a policy of its own, where there is a third state."""
    edited: str = "review"
    """delete and leave: `review` or `keep` if this record was changed since the last agreement."""

    def word(self, scope: Scope) -> tuple[Act, bool]:
        """Give the act for this record and whether a person is asked first."""
        if self.when is None or holds(self.when(scope)):
            return self.do, self.ask
        if isinstance(self.otherwise, Policy):
            return self.otherwise.word(scope)
        return (Act.ALWAYS, True) if self.otherwise is Act.REVIEW else (self.otherwise, False)

    def chosen(self, scope: Scope) -> Policy:
        """Give the one that counts for this record: this, or one under `otherwise`."""
        if self.when is None or not isinstance(self.otherwise, Policy) or holds(self.when(scope)):
            return self
        return self.otherwise.chosen(scope)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two ends of a mapping."""

    name: str
    connection: str
    adapter: str
    object: str
    type: ObjectType
    where: Expression | None
    archived: bool
    """True: archived records are in scope."""
    remember: Path | None
    create: Policy
    update: Policy
    delete: Policy
    leave: Policy
    paths: frozenset[str]
    """All that is read of this side: by rules, expressions, match, remember, lists (item paths below the list)."""
    rounding: str = ""
    """The connection's rounding profile by name; "": the adapter's own."""
    sales_accounts: frozenset[str] = frozenset()
    """Codes of accounts to which sales are booked beside those of revenue, as the connection says."""
    route: Expression | None = None
    """Which of these records belong to this copy of the mapping; it is written at the other side."""


@dataclass(frozen=True, slots=True)
class Source:
    """An object that is read beside the two sides' own, for what stands in its records (`of: {books: Invoice}`)."""

    side: str
    """The side on whose connection it is read."""
    connection: str
    adapter: str
    object: str
    type: ObjectType
    paths: frozenset[str]
    """All that is read of it by this mapping."""


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """`link: customers` or `link: products.Code`."""

    mapping: str
    path: Path | None = None


class Conflict(StrEnum):
    """Who wins when both sides of a pair changed; a side's name is kept as text in `Rule.conflict`."""

    NEWEST = "newest"
    REVIEW = "review"
    MAX = "max"
    MIN = "min"
    UNION = "union"


class Drift(StrEnum):
    """What happens when someone edits the target of a one-way field."""

    RESTORE = "restore"
    KEEP = "keep"
    REVIEW = "review"


class Blank(StrEnum):
    """What a blank source does to the target of a one-way field."""

    CLEAR = "clear"
    """One that became blank since the last agreement clears."""
    KEEP = "keep"
    ALWAYS = "always"
    """The target is blank whenever its source is, from the first link on."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A both-ways field: `{crm: Name, books: Name}`."""

    key: str
    """Identity across versions of the mapping: "crm.Name=books.Name" (sides in the order of the file)."""
    paths: Mapping[str, Path]
    """Side -> path."""
    conversion: Bound
    """Identity (with the fields' canonical comparison) where the rule has no `as`."""
    conflict: str
    """A side's name or a word of Conflict."""
    clears: bool
    """blank: clear."""
    default: Expression | None
    """Used when both sides are blank, written to both."""
    when: Expression | None
    link: LinkTarget | None
    pii: bool
    note: str
    digest: str
    """Of the whole rule as written, defaults included."""
    at: Position


@dataclass(frozen=True, slots=True)
class Case:
    """One source of a one-way field; `from`, `value` and each entry of `first`."""

    when: Expression | None
    source: Expression | None
    """None: `value` is the constant."""
    value: Value
    conversion: Bound | None
    """The case's own `as`."""


@dataclass(frozen=True, slots=True)
class OneWay:
    """A target with a source."""

    key: str
    """ "books.DueDate"; within a list "books.LineItems[].UnitAmount"."""
    side: str
    """The side that is written."""
    path: Path
    cases: tuple[Case, ...]
    """The first that applies and is not blank wins."""
    conversion: Bound | None
    """The rule's `as`, after the case."""
    default: Value
    """None: no default."""
    when: Expression | None
    link: LinkTarget | None
    only: str | None
    """None, "create" or "change"."""
    drift: Drift
    blank: Blank
    pii: bool
    note: str
    digest: str
    at: Position
    source_side: str | None = None
    """The side whose record the sources read, if they read one: the side that `link` translates from."""


Rule = Pair | OneWay


def written_path(rule: Rule, side: str) -> Path | None:
    """Give the path at which a rule writes a side, if it does."""
    if isinstance(rule, Pair):
        return rule.paths[side]
    return rule.path if rule.side == side else None


@dataclass(frozen=True, slots=True)
class Rounding:
    """A line that is added where two amounts differ by no more than `within`."""

    equal: tuple[Expression, Expression]
    """What the amount should be, and what the document comes to."""
    within: Decimal
    row: Expression
    """The item of the source that is added; sees `rounding.amount` and `rounding.account`."""
    at: Position


@dataclass(frozen=True, slots=True)
class ListRule:
    """A one-way list (`source` set) or a both-ways list (`paths` has both sides)."""

    key: str
    """ "books.LineItems"."""
    side: str | None
    """One way: the side that is written; None: both."""
    paths: Mapping[str, Path]
    """Side -> path of the list; one way: the written side only."""
    source: Expression | None
    where: Expression | None
    limit: int | None
    ids: Mapping[str, Path]
    """`key`: side -> path of the item's id."""
    extra: str
    """review, keep or remove."""
    rules: tuple[Rule, ...]
    conflict: str
    drift: Drift
    note: str
    digest: str
    at: Position
    rounding: Rounding | None = None
    """One way only."""


@dataclass(frozen=True, slots=True)
class MatchPair:
    """One comparison of a match rule."""

    paths: Mapping[str, Path]
    compare: Bound | None
    link: LinkTarget | None


@dataclass(frozen=True, slots=True)
class MatchRule:
    """All its pairs must agree; blank never matches blank."""

    pairs: tuple[MatchPair, ...]
    accept: str
    """link or review."""
    decides: bool
    at: Position


@dataclass(frozen=True, slots=True)
class TaxNumber:
    """`valid`: a number that must fit the rules of its country."""

    number: Expression
    country: Callable[[Scope], Value]
    kind: str


@dataclass(frozen=True, slots=True)
class Check:
    """A condition on both records as they will be."""

    that: Expression | None
    equal: tuple[Expression, Expression] | None
    valid: TaxNumber | None
    within: str
    when: Expression | None
    say: str
    otherwise: str
    """hold, review or warn."""
    at: Position
    coins: tuple[Sequence[Coin], Sequence[Coin]] = ((), ())
    """Of the two that are `equal`: the currencies that they may be in."""


@dataclass(frozen=True, slots=True)
class Parts:
    """`parts`: a record of one side has a partner for each of its parts."""

    side: str
    """The one side; the other one is the many."""
    names: Expression
    """Gives the names of a record's parts; reads the one side and settings."""
    at: Position
    switched: bool = False
    """A setting has them on; what does not go with them and is no harm is then left out, with a note."""


@dataclass(frozen=True, slots=True)
class CompiledMapping:
    """One mapping, ready to run."""

    name: str
    description: str
    sides: tuple[Side, Side]
    settings: Mapping[str, Value]
    match: tuple[MatchRule, ...]
    rules: tuple[Rule, ...]
    lists: tuple[ListRule, ...]
    checks: tuple[Check, ...]
    on_link: str
    """A side's name, newest or review."""
    conflict: str
    drift: Drift
    digest: str
    """Of the whole mapping with its settings and tables."""
    at: Position
    clock: bool = False
    """True: an expression reads run.today, so every record is looked at once a day."""
    picks: tuple[Pick, ...] = ()
    notices: tuple[Notice, ...] = ()
    annotate: frozenset[str] = frozenset()
    """Sides whose records get a note in their history after each write."""
    parts: Parts | None = None
    """None: each record has one partner at most."""
    skipped: tuple[str, ...] = field(default_factory=tuple)
    """What `optional` left out, one line each, with the missing name."""
    sources: tuple[Source, ...] = ()
    """Objects that are read beside the sides; one for each (side, object)."""
    family: Family | None = None
    """Of a copy: all copies of the mapping."""
    rivals: tuple[Rival, ...] = ()
    """Other mappings, copies too, that write what this one writes."""
    rollups: tuple[Rollup, ...] = ()
    refers: frozenset[str] = frozenset()
    """Mappings whose records its own refer to."""

    def side(self, name: str) -> Side:
        """Give the side of this name."""
        return self.sides[0] if self.sides[0].name == name else self.sides[1]

    def other(self, name: str) -> Side:
        """Give the side opposite to this name."""
        return self.sides[1] if self.sides[0].name == name else self.sides[0]
