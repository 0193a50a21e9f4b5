"""What the compiler of a mapping works with: where it stands, and what it has found out so far."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tieout.finding import Severity
from tieout.language.nodes import ListNode, MapNode, Node, ScalarNode, plain
from tieout.mapping.catalogue import Catalogue, Endpoint
from tieout.mapping.coins import Coin
from tieout.mapping.compiled import Expression
from tieout.model import Field, Value
from tieout.problems import FORBIDDEN, Position, Problem
from tieout.transform import Transform


@dataclass(frozen=True, slots=True)
class Reach:
    """What a side's name stands for in one place: the record, or an item of one of its lists."""

    end: Endpoint
    lists: tuple[str, ...] = ()
    """Paths of the lists whose items these can be; empty: the record itself."""
    built: bool = False
    """The items come from no list that is described; any name may be right."""
    given: frozenset[str] = frozenset()
    """Names that the expression gives to items that it builds."""
    amounts: tuple[Coin, ...] = ()
    """What amounts of the record the expression reads: of an item that it builds nothing else is known."""


@dataclass(frozen=True, slots=True)
class PickReach:
    """A pick as rules see it."""

    items: Reach
    """What `pick.NAME` is: an item of a list."""
    reads: frozenset[tuple[str, str]] = frozenset()
    """(side, path) that its options and its default rest on."""
    tested: frozenset[str] = frozenset()
    """Paths of an item that its `where` tests."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What rules may know of a roll-up."""

    field: Field | None
    """What kind of value it is; None: not known."""
    coins: tuple[Coin, ...] = ()
    keyed: bool = False
    """`per`: it is an object."""
    by_currency: bool = False
    """Its keys are currencies."""
    records: frozenset[tuple[str, str, str]] = frozenset()
    """(connection, object, path) that it reads of its members."""
    partners: frozenset[tuple[str, str]] = frozenset()
    """(side, path) of these, where its members are partners (`of: links`)."""
    conditions: tuple[Expression, ...] = ()
    digest: str = ""
    absent: Draft | None = None
    """What the system lacks for it; nobody may read it then."""


@dataclass(frozen=True, slots=True)
class Ground:
    """All that a mapping stands on, the same for all its rules."""

    mapping: str
    ends: tuple[Endpoint, Endpoint]
    settings: Mapping[str, Value]
    tables: Mapping[str, Value]
    transforms: Mapping[str, Transform]
    catalogue: Catalogue
    links: Mapping[str, tuple[Endpoint, Endpoint]]
    """Every mapping of the project and its two ends."""
    absent: Mapping[str, str]
    """Mappings that are skipped here, and why."""
    names: frozenset[str]
    """Every mapping of the project, those with errors included."""
    conflict: str
    drift: str
    blank: str
    creates: frozenset[str]
    """Sides on which this mapping may create."""
    updates: frozenset[str]
    """Sides on which this mapping may update."""
    picks: Mapping[str, PickReach] = field(default_factory=dict)
    copies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """A mapping over several connections -> connection -> its copy."""
    rollups: Mapping[str, Figure] = field(default_factory=dict)

    def end(self, side: str) -> Endpoint:
        """Give one end by the name of its side."""
        return self.ends[0] if self.ends[0].side == side else self.ends[1]

    def other(self, side: str) -> Endpoint:
        """Give the opposite end."""
        return self.ends[1] if self.ends[0].side == side else self.ends[0]

    @property
    def sides(self) -> tuple[str, str]:
        """Give both names, in the order of the file."""
        return (self.ends[0].side, self.ends[1].side)

    def picked(self, read: Expression) -> frozenset[tuple[str, str]]:
        """Give which paths of which side an expression reads through picks."""
        found: set[tuple[str, str]] = set()
        for path in read.reads.get("pick", ()):
            name, _, rest = path.partition(".")
            pick = self.picks.get(name)
            if pick is not None:
                head = f"{pick.items.lists[0]}." if pick.items.lists else ""
                own = {(pick.items.end.side, head + rest)} if rest and head and not pick.items.built else set()
                found |= pick.reads | own
        return frozenset(found)

    def records(self) -> dict[str, Reach]:
        """Give what the side names stand for outside of lists."""
        return {end.side: Reach(end) for end in self.ends}


@dataclass(frozen=True, slots=True)
class Write:
    """One path that a rule writes; the rule's text says why if two collide."""

    side: str
    path: str
    what: str
    at: Position
    create_only: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """A rule carries values from paths of one side to a path of another one; the depth of a chain comes from these."""

    reads: frozenset[tuple[str, str]]
    """(side, path)"""
    writes: tuple[str, str]
    pair: bool
    conditions: frozenset[tuple[str, str]]
    """What its `when` reads."""
    at: Position
    beside: frozenset[tuple[str, str, str]] = frozenset()
    """(connection, object, path) that is read through roll-ups."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A rule copies an amount of one side into one of the other, without converting it."""

    source: Coin
    target: Coin
    tested: frozenset[tuple[str, str]]
    """(side, path) that its conditions read."""
    at: Position


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule stands: in the mapping itself, or in one of its lists."""

    ground: Ground
    reach: Mapping[str, Reach]
    """Side -> the record, or the items of a list."""
    roots: frozenset[str]
    """Roots beside the sides."""
    conflict: str
    drift: str
    optional: bool = False
    written: str | None = None
    """Inside a one-way list: the side that is written; there is no pair in it."""

    def key(self, side: str, path: str) -> str:
        """Give a rule's identity: "books.DueDate", within a list "books.LineItems[].UnitAmount"."""
        lists = self.reach[side].lists
        return f"{side}.{lists[0]}[].{path}" if lists else f"{side}.{path}"


ABSENCES = frozenset({"unknown-field", "unknown-object", "mapping-skipped", FORBIDDEN})
"""Codes that `optional` turns into a skip."""
CONSEQUENCES = frozenset({"misused-transform", "no-currency"})
"""Codes that cannot be judged where the field itself is missing."""


@dataclass(slots=True)
class Draft:
    """Collects while compiling."""

    problems: list[Problem] = field(default_factory=list)
    paths: set[tuple[str, str]] = field(default_factory=set)
    """(side, path) that is read."""
    writes: list[Write] = field(default_factory=list)
    tried: set[tuple[str, str]] = field(default_factory=set)
    """(side, path) of rules whose transform is wrong: not written, and not forgotten either."""
    flows: list[Flow] = field(default_factory=list)
    carried: list[Carried] = field(default_factory=list)
    links: set[str] = field(default_factory=set)
    partner_paths: set[tuple[str, str, str]] = field(default_factory=set)
    """(mapping, side there, path) that `link: products.Code` reads."""
    argument_reads: list[tuple[Expression, ScalarNode]] = field(default_factory=list)
    """Expressions in arguments of transforms: they are sources, too."""
    sources: dict[tuple[str, str], Endpoint] = field(default_factory=dict)
    """(side, object) -> what is known of an object that is read beside the sides."""
    source_paths: set[tuple[str, str, str]] = field(default_factory=set)
    """(side, object, path) that is read of it."""
    clock: bool = False
    skipped: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Names that describe lacks: what `optional` skips by."""
    hidden: dict[tuple[str, str], str] = field(default_factory=dict)
    """(connection, object) that a path leads through and the login has no right to see -> how it gets the right."""
    own: list[Problem] = field(default_factory=list)
    """Of the problems, those of what a project writes for its own systems, such as `route`: `optional` skips none."""

    def error(self, code: str, message: str, at: Position, mend: str = "", nearest: Sequence[str] = ()) -> None:
        """Add an error."""
        self.problems.append(Problem(code, message, at, mend, tuple(nearest)))

    def warn(self, code: str, message: str, at: Position, mend: str = "") -> None:
        """Add a warning."""
        self.problems.append(Problem(code, message, at, mend, severity=Severity.WARNING))

    def note(self, code: str, message: str, at: Position, mend: str = "") -> None:
        """Add a note."""
        self.problems.append(Problem(code, message, at, mend, severity=Severity.NOTE))

    def lacking(self, code: str, message: str, at: Position, name: str, nearest: Sequence[str], mend: str = "") -> None:
        """Add the error that a system lacks something, which `optional` turns into a skip."""
        self.missing.append(f"{name} is missing" + (f" (nearest: {', '.join(nearest)})" if nearest else ""))
        self.problems.append(Problem(code, message, at, mend, tuple(nearest)))

    def out_of_sight(self, through: tuple[str, str], message: str, at: Position, mend: str) -> None:
        """Add the error that a path leads through (connection, object) that the login has no right to see."""
        self.lacking(FORBIDDEN, message, at, ": ".join(through), (), mend)
        self.hidden[through] = mend

    def take(self, part: Draft) -> None:
        """Add what was found out in a part."""
        self.problems += part.problems
        self.paths |= part.paths
        self.writes += part.writes
        self.tried |= part.tried
        self.flows += part.flows
        self.carried += part.carried
        self.links |= part.links
        self.partner_paths |= part.partner_paths
        self.argument_reads += part.argument_reads
        self.sources |= part.sources
        self.source_paths |= part.source_paths
        self.clock = self.clock or part.clock
        self.skipped += part.skipped
        self.missing += part.missing
        self.hidden |= part.hidden
        self.own += part.own

    def skip(self, what: str, part: Draft, at: Position) -> None:
        """Leave an optional part out, with a note that names what is missing; problems apart from that stay."""
        line = f"{what}: {part.missing[0]}"
        self.skipped.append(line)
        self.problems += [problem for problem in part.problems if problem.code not in ABSENCES | CONSEQUENCES]
        self.note("skipped", f"left out here: {line}", at)


def digest(*parts: object) -> str:
    """Give the SHA-256 of the parts as canonical JSON; nodes without their positions."""
    known = [plain(part) if isinstance(part, Node) else part for part in parts]
    text = json.dumps(known, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def essence(node: MapNode) -> MapNode:
    """Give a mapping or rule without what only people read, here and in the rules below."""
    bare = node.without("note", "description", *(key for key in node.entries if key.startswith("x-")))
    entries = {key: _essence(inner) if key in {"fields", "lists"} else inner for key, inner in bare.entries.items()}
    return MapNode(entries, bare.at, bare.keys)


def _essence(node: Node) -> Node:
    if not isinstance(node, ListNode):
        return node
    return ListNode(tuple(essence(item) if isinstance(item, MapNode) else item for item in node.items), node.at)
