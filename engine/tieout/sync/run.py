"""What one run has in its hands: connections, endpoints, mappings joined to the pairs they keep in agreement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from tieout.adapter import Connection, Log
from tieout.errors import ConnectionFault
from tieout.mapping.compiled import CompiledMapping, Conflict, Pair, Side, Source, written_path
from tieout.mapping.taxed import with_tax
from tieout.model import ObjectType, Organisation, Value
from tieout.money.ledgers import LEDGERS
from tieout.money.tax import TaxTable
from tieout.store.database import Database
from tieout.store.mirror import endpoint_id, pair_id
from tieout.sync.charting import Charts, documents
from tieout.sync.following import watch
from tieout.sync.histories import Histories
from tieout.sync.rating import Rating
from tieout.sync.wire import Tree, tree


@dataclass(frozen=True)
class Peer:
    """One open connection, and whose account it turned out to be."""

    name: str
    adapter: str
    connection: Connection
    organisation: Organisation
    tax: TaxTable | None = None
    """A ledger's: which tax type each class of goods has there."""


@dataclass(frozen=True)
class Endpoint:
    """One object of one organisation, with all that this run's mappings read of it."""

    number: int
    peer: Peer
    type: ObjectType
    paths: frozenset[str]
    newest: frozenset[str] = frozenset()
    """Paths of which the first stamp of each value is kept (`conflict: newest`)."""

    @cached_property
    def tree(self) -> Tree:
        """Give the paths as a tree."""
        return tree(self.paths)

    @property
    def name(self) -> str:
        """Name the endpoint whatever connections are called: adapter, organisation, object."""
        return f"{self.peer.adapter}:{self.peer.organisation.id}:{self.type.name}"


@dataclass(frozen=True)
class Joined:
    """One mapping, its pair, and its endpoints in the pair's order."""

    mapping: CompiledMapping
    pair: int
    ends: tuple[Endpoint, Endpoint]
    order: int
    """Place in the chain of mappings: references come first."""
    sources: Mapping[tuple[str, str], Endpoint] = field(default_factory=dict)
    """(side, object) -> what is read beside the sides."""

    @property
    def needs(self) -> list[tuple[str, str]]:
        """Name all that it cannot do without: connection and object."""
        return [(one.peer.name, one.type.name) for one in (*self.ends, *self.sources.values())]


@dataclass(frozen=True)
class Run:
    """One run: who, when, over what. `epoch` fences every commit."""

    id: str
    epoch: int
    environment: str
    by: str
    database: Database
    joined: tuple[Joined, ...]
    endpoints: tuple[Endpoint, ...]
    log: Log
    today: str
    started: datetime
    before: datetime | None = None
    """When the run before this one began."""
    found_by: str = ""
    """Under whose name what is found first stands, if not under this run's: a plan's, until a run has told it."""
    refused: Mapping[str, ConnectionFault] = field(default_factory=dict)
    """Mapping -> why it does not take part: a dead connection, or an object that is out of reach."""
    resting: tuple[CompiledMapping, ...] = ()
    """Mappings that do not take part, as they are known from before."""
    renew: Callable[[], object] = lambda: None
    """Keeps the lease; raises Fenced if another run took over, NotNow if the deadline has come."""
    tick: Callable[[str], object] = lambda _text: None
    """Told of progress: long work shows it."""
    charts: Charts = field(default_factory=Charts)
    """The organisations' own tables, as far as documents that are planned needed them."""
    histories: Histories = field(default_factory=dict)
    """Objects whose history takes no notes in this run; it grows as that is found out."""
    rating: Rating = field(default_factory=Rating)
    """The project's exchange rates."""
    short: frozenset[int] = frozenset()
    """Endpoints of which the last reading broke off: what is not known of them may be there."""

    def now(self) -> datetime:
        """Give the current instant."""
        return self.database.now()

    @property
    def facts(self) -> dict[str, Value]:
        """Give what expressions see as `run`."""
        return {
            "today": self.today,
            "environment": self.environment,
            "time": self.started.replace(microsecond=0, tzinfo=None).isoformat() + "Z",
            "id": self.id,
            "by": self.by,
        }

    def mapping(self, name: str) -> Joined | None:
        """Find a mapping of this run."""
        return next((joined for joined in self.joined if joined.mapping.name == name), None)

    def peer(self, connection: str) -> Peer:
        """Find the open connection of this name, which a mapping of this run uses."""
        return next(end.peer for joined in self.joined for end in joined.ends if end.peer.name == connection)


def join(
    database: Database, epoch: int, peers: Mapping[str, Peer], mappings: tuple[CompiledMapping, ...]
) -> tuple[tuple[Joined, ...], tuple[Endpoint, ...]]:
    """Join mappings to their pairs; an endpoint is read once for all its mappings."""
    paths, newest = _wanted(mappings)
    endpoints: dict[tuple[str, str], Endpoint] = {}
    joined: list[Joined] = []
    with database.write(epoch=epoch) as tx:
        for mapping in mappings:
            read: tuple[Side | Source, ...] = (*mapping.sides, *mapping.sources)
            for one in read:
                key, peer = (one.connection, one.object), peers[one.connection]
                if key not in endpoints:
                    number = endpoint_id(tx, peer.adapter, peer.organisation.id, one.object)
                    endpoints[key] = Endpoint(number, peer, one.type, frozenset(paths[key]), frozenset(newest[key]))
        for order, mapping in enumerate(mappings):
            beside = {(one.side, one.object): endpoints[one.connection, one.object] for one in mapping.sources}
            ends = [endpoints[side.connection, side.object] for side in mapping.sides]
            pair, turned = pair_id(tx, ends[0].number, ends[1].number, mapping.name)
            mapping = _taxed(mapping, peers)  # noqa: PLW2901  the rest sees it with its organisations' tables
            sides = (mapping.sides[1], mapping.sides[0]) if turned else mapping.sides
            first, second = reversed(ends) if turned else ends
            joined.append(Joined(replace(mapping, sides=sides), pair, (first, second), order, beside))
            watch(tx, joined[-1].mapping, pair, (first.number, second.number), _numbers(beside))
    return tuple(joined), tuple(endpoints.values())


def _numbers(sources: Mapping[tuple[str, str], Endpoint]) -> dict[tuple[str, str], int]:
    return {key: endpoint.number for key, endpoint in sources.items()}


Wanted = defaultdict[tuple[str, str], set[str]]
"""(connection, object) -> paths."""


def _wanted(mappings: tuple[CompiledMapping, ...]) -> tuple[Wanted, Wanted]:
    """Give what is read of each object by all mappings together, and of which paths the first stamps are kept."""
    paths, newest = Wanted(set), Wanted(set)
    for mapping in mappings:
        for side in mapping.sides:
            key = (side.connection, side.object)
            paths[key].update(side.paths, _whole_lists(mapping, side.name), _figures(mapping, side))
            newest[key].update(_newest(mapping, side.name))
        for source in mapping.sources:
            paths[source.connection, source.object].update(source.paths)
    return paths, newest


def _taxed(mapping: CompiledMapping, peers: Mapping[str, Peer]) -> CompiledMapping:
    tables = {side.name: peers[side.connection].tax for side in mapping.sides}
    return with_tax(mapping, {side: table for side, table in tables.items() if table is not None})


def _whole_lists(mapping: CompiledMapping, side: str) -> set[str]:
    """A list that is written whole is read whole: rows that stay are sent back with all that can be written."""
    wanted: set[str] = set()
    for rule in mapping.lists:
        if side not in rule.paths:
            continue
        fields = mapping.side(side).type.fields
        head = rule.paths[side].text + "."
        wanted |= {path for path, field_ in fields.items() if path.startswith(head) and field_.updatable}
        id_ = rule.ids.get(side)
        wanted |= {head + id_.text} if id_ is not None else set()
        wanted |= {head + path.text for inner in rule.rules if (path := written_path(inner, side)) is not None}
    return wanted


def _figures(mapping: CompiledMapping, side: Side) -> set[str]:
    """A document that is written is read with what it counts for; where its lines are, with all its figures rest on."""
    profile, ledger = documents(side), LEDGERS.get(side.adapter)
    written = {rule.paths[side.name].text for rule in mapping.lists if side.name in rule.paths}
    fields = any(written_path(rule, side.name) is not None for rule in mapping.rules)
    if profile is None or not (fields or written):
        return set()
    wanted = set[str]() if ledger is None else {ledger.status, ledger.rate}
    wanted |= profile.reads if profile.lines in written else profile.heads
    return {path for path in wanted if path in side.type.fields}


def _newest(mapping: CompiledMapping, side: str) -> set[str]:
    wants = [rule for rule in mapping.rules if isinstance(rule, Pair)]
    on_link = mapping.on_link == Conflict.NEWEST
    return {rule.paths[side].text for rule in wants if on_link or rule.conflict == Conflict.NEWEST}
