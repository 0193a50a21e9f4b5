"""Verify: read both sides again within a number of calls, compare them value by value, name every mismatch.

First what changed is read, as a run does, then everything: what only the second reading shows is what cursors miss.
Where the calls do not suffice for that, as many links as they do suffice for are read by id, and the next time goes on
behind them. What was read stays in the mirror, so the next run carries it over. Systems are only read.

What can't be read is told with what stopped it. All else is compared, though it be of the same connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil

from tieout.errors import ConnectionFault, UsageError
from tieout.http.metering import CallsSpent
from tieout.store import mirror, verification
from tieout.store.database import unstamp
from tieout.store.links import LinkRow
from tieout.sync.comparing import Comparison, compare
from tieout.sync.faults import Faults, note, refusal, stopping, told
from tieout.sync.figures import Planning, Selection
from tieout.sync.observe import look_at, observe, read_for_rounding
from tieout.sync.passes import recovered_by_reading
from tieout.sync.planning import plan
from tieout.sync.run import Endpoint, Joined, Run


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be read, and what it will cost."""

    names: tuple[str, ...]
    """Mappings."""
    whole: bool
    """Everything is read; else so many links of each mapping."""
    calls: int
    """About so many."""
    limit: int
    """At most."""
    slices: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Mapping -> the link behind which to begin, and how many."""


@dataclass(slots=True)
class Verification:
    """What verifying came to."""

    scope: Scope
    planning: Planning
    comparisons: list[Comparison] = field(default_factory=list)
    spent: bool = False
    """The calls were used up before everything was read."""
    faults: Faults = field(default_factory=dict)
    unproved: list[str] = field(default_factory=list)
    """Objects whose listing shifted while it was read, so that it may lack records."""
    stopped_at: dict[str, int] = field(default_factory=dict)
    """Mapping -> the last link that was compared, where not all of them were."""
    stopped: dict[str, str] = field(default_factory=dict)
    """Mapping -> what kept it from being compared, or from being compared as a whole."""


# --- what it costs --------------------------------------------------------------------------------------------------


def scope(run: Run, names: Sequence[str], limit: int) -> Scope:
    """Reckon what so many calls suffice for; raises UsageError where they suffice for nothing."""
    chosen = tuple(joined for joined in run.joined if joined.mapping.name in names)
    endpoints = _endpoints(chosen)
    with run.database.read() as tx:
        live = {one.number: verification.count_live(tx, one.number) for one in endpoints}
        marks = verification.stopped_at(tx)
    # One more for each object, for what its adapter may have to look up before it can read.
    first = sum(_changes(one) + 1 for one in endpoints)
    everything = first + sum(max(1, ceil(live[one.number] / one.type.page)) for one in endpoints)
    if everything <= limit:
        return Scope(tuple(names), whole=True, calls=everything, limit=limit)
    share = (limit - first) // max(1, len(chosen))
    slices = {one.mapping.name: (marks.get(one.mapping.name, 0), _affordable(one, share)) for one in chosen}
    if any(many == 0 for _, many in slices.values()):
        least = first + 2 * len(chosen)
        raise UsageError(f"{limit} calls suffice for nothing: it takes at least {least}", mend=f"--calls {least}")
    return Scope(tuple(names), whole=False, calls=limit, limit=limit, slices=slices)


def _endpoints(chosen: Sequence[Joined]) -> list[Endpoint]:
    return list({end.number: end for joined in chosen for end in joined.ends}.values())


def _changes(endpoint: Endpoint) -> int:
    """Count the calls of reading what changed: one, and one for each list that is watched."""
    lists = [name for name in endpoint.type.children if any(path.startswith(f"{name}.") for path in endpoint.paths)]
    return 1 + len(lists) if endpoint.type.incremental else 1


def _affordable(joined: Joined, calls: int) -> int:
    """Give how many links can be read by id with so many calls, both partners of each."""
    sizes = [end.type.fetch for end in joined.ends]
    many = calls * sizes[0] * sizes[1] // (sizes[0] + sizes[1])
    while many > 0 and sum(ceil(many / size) for size in sizes) > calls:
        many -= 1
    return max(many, 0)


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Read:
    """What was read, and what could not be."""

    missed: dict[int, set[str]] = field(default_factory=dict)
    """Endpoint -> records that were not as the mirror had them, though no reading of changes showed them."""
    links: dict[str, list[int]] = field(default_factory=dict)
    """Mapping -> the links whose partners were read by id."""
    stopped: set[str] = field(default_factory=set)
    """Mappings whose reading a fault stopped, or did not let begin."""

    def compared(self, name: str) -> bool:
        """Say whether a mapping was read, or a part of it."""
        return name not in self.stopped or bool(self.links.get(name))


def verify(run: Run, chosen: Scope) -> Verification:
    """Read and compare. What fails takes out the mappings that were not read; calls that run out end the reading."""
    made, read = Verification(chosen, Planning(partial=True)), _Read()
    wanted = [joined for joined in run.joined if joined.mapping.name in chosen.names]
    try:
        made.faults.update(recovered_by_reading(run))
        _read(run, wanted, made, read)
    except CallsSpent:
        made.spent = True
    live = _without_unread(run, made, read)
    compared = [joined for joined in live.joined if joined.mapping.name in chosen.names]
    made.planning = plan(live, selection=Selection({joined.mapping.name: [] for joined in compared}))
    _take(made, made.planning.faults)
    for joined in compared:
        if stopping(made.planning.faults, joined.needs):
            read.stopped.add(joined.mapping.name)  # what the next run would do is not known, and with it no cause
        else:
            _compare(live, joined, made, read)
    for joined in wanted:
        if joined.mapping.name in read.stopped:
            made.stopped[joined.mapping.name] = "; ".join(map(told, stopping(made.faults, joined.needs)))
    return made


def _compare(run: Run, joined: Joined, made: Verification, read: _Read) -> None:
    name = joined.mapping.name
    only = None if made.scope.whole else read.links.get(name, [])
    try:
        read_for_rounding(run, joined)
    except ConnectionFault as fault:
        found: Faults = {}
        note(found, fault, joined.ends[0].peer.name)
        _take(made, found)
        read.stopped.add(name)
        return
    made.comparisons.append(compare(run, joined, made.planning, read.missed, only))
    if only:
        made.stopped_at[name] = only[-1]


def _take(made: Verification, faults: Faults) -> None:
    """Keep what failed after the reading; calls that ran out are no fault of a connection."""
    for place, fault in faults.items():
        if isinstance(fault, CallsSpent):
            made.spent = True
        else:
            made.faults[place] = fault


def _without_unread(run: Run, made: Verification, read: _Read) -> Run:
    """Take the mappings out of a run that were not read; what was read before its connection failed stays."""
    why = dict[str, ConnectionFault]()
    for joined in run.joined:
        name, places = joined.mapping.name, stopping(made.faults, joined.needs)
        if places and not (name in made.scope.names and read.compared(name)):
            why[name] = refusal(made.faults, places)
    alive = tuple(joined for joined in run.joined if joined.mapping.name not in why)
    return replace(run, joined=alive, refused={**run.refused, **why})


def _read(run: Run, wanted: Sequence[Joined], made: Verification, read: _Read) -> None:
    for endpoint in _endpoints(wanted):
        out = stopping(made.faults, [(endpoint.peer.name, endpoint.type.name)])
        if out or not _done(made, endpoint.peer.name, partial(_whole, run, endpoint, made, read)):
            read.stopped |= {joined.mapping.name for joined in wanted if _over(joined, endpoint)}
    for joined in wanted if not made.scope.whole else ():
        name, ends = joined.mapping.name, [(end.peer.name, end.type.name) for end in joined.ends]
        if name in read.stopped or name not in made.scope.slices:
            continue
        out = stopping(made.faults, ends)
        if out or not _done(made, ends[0][0], partial(_links, run, joined, made.scope.slices[name], read)):
            read.stopped.add(name)


def _over(joined: Joined, endpoint: Endpoint) -> bool:
    return any(end.number == endpoint.number for end in joined.ends)


def _done(made: Verification, connection: str, read: Callable[[], None]) -> bool:
    """Read, and say whether nothing stopped it; calls that ran out end all reading."""
    try:
        read()
    except CallsSpent:
        raise
    except ConnectionFault as fault:
        note(made.faults, fault, connection)
        return False
    return True


def _whole(run: Run, endpoint: Endpoint, made: Verification, read: _Read) -> None:
    run.renew()
    _endpoint(run, endpoint, read.missed, whole=made.scope.whole)
    if made.scope.whole and not _proved(run, endpoint):
        made.unproved.append(f"{endpoint.peer.name} {endpoint.type.name}")


def _links(run: Run, joined: Joined, chosen: tuple[int, int], read: _Read) -> None:
    known = read.links.setdefault(joined.mapping.name, [])
    for numbers in _slice(run, joined, chosen, read.missed):
        known += numbers


def _endpoint(run: Run, endpoint: Endpoint, missed: dict[int, set[str]], *, whole: bool) -> None:
    """Read what changed, and then everything; a first read, and a system without changes, is everything already."""
    with run.database.read() as tx:
        fresh = mirror.mark(tx, endpoint.number).cursor is None
    observe(run, endpoint)
    missed.setdefault(endpoint.number, set())
    if whole and not fresh and endpoint.type.incremental:
        missed[endpoint.number] |= observe(run, endpoint, full=True).news


def _proved(run: Run, endpoint: Endpoint) -> bool:
    """Say whether a complete listing ended in this run."""
    with run.database.read() as tx:
        ended = mirror.mark(tx, endpoint.number).complete_at
    return ended is not None and unstamp(ended) >= run.started


def _slice(run: Run, joined: Joined, chosen: tuple[int, int], missed: dict[int, set[str]]) -> Iterator[list[int]]:
    """Read some links by the ids of both partners, from where the last time stopped, and give them as they come."""
    after, left = chosen
    while left > 0:
        run.renew()
        rows = _next_links(run, joined, after, left)
        if not rows and after == chosen[0] and after > 0:
            after, rows = 0, _next_links(run, joined, 0, left)
        if not rows:
            return
        for end, endpoint in enumerate(joined.ends):
            missed[endpoint.number] |= _news(run, endpoint, [row.second if end else row.first for row in rows])
        yield [row.id for row in rows]
        after, left = rows[-1].id, left - len(rows)


def _next_links(run: Run, joined: Joined, after: int, most: int) -> list[LinkRow]:
    with run.database.read() as tx:
        return verification.active_links(tx, joined.pair, after, min(most, mirror.CHUNK))


def _news(run: Run, endpoint: Endpoint, ids: Sequence[str]) -> set[str]:
    """Read records by id; give those that are not as the mirror had them."""
    with run.database.read() as tx:
        before = mirror.digests(tx, endpoint.number, ids)
    look_at(run, endpoint, ids)
    with run.database.read() as tx:
        after = mirror.digests(tx, endpoint.number, ids)
    return {id_ for id_ in ids if id_ in after and (id_ not in before or before[id_][0] != after[id_][0])}
