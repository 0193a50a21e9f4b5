"""Verify: read both sides again within a number of calls, compare them value by value, name every mismatch.

First what changed is read, as a run does, then everything: what only the second reading shows is what cursors miss.
Where the calls do not suffice for that, as many links as they do suffice for are read by id, and the next time goes on
behind them. What was read stays in the mirror, so the next run carries it over. Systems are only read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from tieout.errors import ConnectionFault, UsageError
from tieout.http.metering import CallsSpent
from tieout.store import mirror, verification
from tieout.store.database import unstamp
from tieout.store.links import LinkRow
from tieout.sync.comparing import Comparison, compare
from tieout.sync.faults import Faults, note, stopping
from tieout.sync.figures import Planning, Selection
from tieout.sync.observe import look_at, observe
from tieout.sync.passes import without
from tieout.sync.planning import plan
from tieout.sync.recovering import recover
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


def verify(run: Run, chosen: Scope) -> Verification:
    """Read and compare. A connection that fails takes its mappings out; calls that run out end the reading."""
    made = Verification(chosen, Planning(partial=True))
    missed: dict[int, set[str]] = {}
    links: dict[str, list[int]] = {}
    live = run
    try:
        made.faults.update(recover(run, resend=False))
        live = _read(run, made, missed, links)
    except CallsSpent:
        made.spent = True
        live = without(run, made.faults)
    names = [joined.mapping.name for joined in live.joined if joined.mapping.name in chosen.names]
    made.planning = plan(live, selection=Selection({name: [] for name in names}))
    for joined in live.joined:
        if joined.mapping.name in names:
            only = None if chosen.whole else links.get(joined.mapping.name, [])
            made.comparisons.append(compare(live, joined, made.planning, missed, only))
            if only:
                made.stopped_at[joined.mapping.name] = only[-1]
    return made


def _read(run: Run, made: Verification, missed: dict[int, set[str]], links: dict[str, list[int]]) -> Run:
    chosen = [joined for joined in run.joined if joined.mapping.name in made.scope.names]
    for endpoint in _endpoints(chosen):
        if stopping(made.faults, [(endpoint.peer.name, endpoint.type.name)]):
            continue
        try:
            run.renew()
            _endpoint(run, endpoint, missed, whole=made.scope.whole)
            if made.scope.whole and not _proved(run, endpoint):
                made.unproved.append(f"{endpoint.peer.name} {endpoint.type.name}")
        except CallsSpent:
            raise
        except ConnectionFault as fault:
            note(made.faults, fault, endpoint.peer.name)
    live = without(run, made.faults)
    for joined in live.joined if not made.scope.whole else ():
        name = joined.mapping.name
        if name in made.scope.slices:
            links[name] = []
            for numbers in _slice(live, joined, made.scope.slices[name], missed):
                links[name] += numbers
    return live


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
