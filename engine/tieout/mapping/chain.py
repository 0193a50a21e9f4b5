"""How mappings hang together: the order in which they run, circles of values, and how many passes a change takes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from tieout.finding import Severity
from tieout.mapping.compile import Compiled
from tieout.mapping.writers import overlaps
from tieout.problems import Position, Problem

N = TypeVar("N", bound=Hashable)
Spot = tuple[str, str, str]
"""Connection, object, path."""


def components(nodes: Sequence[N], after: Callable[[N], Iterable[N]]) -> list[list[N]]:
    """Give the strongly connected components, each after all that it leads to (Tarjan, without recursion)."""
    index: dict[N, int] = {}
    low: dict[N, int] = {}
    stack: list[N] = []
    found: list[list[N]] = []
    for start in nodes:
        if start in index:
            continue
        work = [(start, iter(list(after(start))))]
        index[start] = low[start] = len(index)
        stack.append(start)
        while work:
            node, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    cut = stack.index(node)
                    found.append(stack[cut:])
                    del stack[cut:]
            elif following not in index:
                index[following] = low[following] = len(index)
                stack.append(following)
                work.append((following, iter(list(after(following)))))
            elif following in stack:
                low[node] = min(low[node], index[following])
    return found


def in_order(compiled: Sequence[Compiled], problems: list[Problem]) -> list[Compiled]:
    """Put each mapping after those whose links it uses; a circle keeps the order of the files and is noted."""
    by_name = {one.name: one for one in compiled}

    def uses(name: str) -> list[str]:
        return [link for link in sorted(by_name[name].draft.links) if link in by_name and link != name]

    places = {name: place for place, name in enumerate(by_name)}
    ordered: list[Compiled] = []
    for group in components(list(by_name), uses):
        names = sorted(group, key=places.__getitem__)
        if len(names) > 1:
            message = (
                f"the links of {', '.join(names)} go in a circle: records are made first and linked by a second write"
            )
            first = by_name[names[0]]
            at = first.mapping.at if first.mapping else first.ends[0].at
            problems.append(_note("link-circle", message, at))
        ordered += [by_name[name] for name in names]
    return ordered


def _note(code: str, message: str, at: Position) -> Problem:
    return Problem(code, message, at, severity=Severity.NOTE)


def _spot(one: Compiled, side: str, path: str) -> Spot:
    end = one.ends[0] if one.ends[0].side == side else one.ends[1]
    return (end.connection, end.object, path)


def circles(compiled: Sequence[Compiled]) -> list[Problem]:
    """Refuse rules that carry a value around in a circle; there and back along one pair is none."""
    edges: dict[Spot, set[Spot]] = {}
    rules: dict[tuple[Spot, Spot], set[tuple[Position, str]]] = {}
    for one in compiled:
        for flow in one.draft.flows:
            target = _spot(one, *flow.writes)
            for source in (*(_spot(one, *read) for read in flow.reads), *flow.beside):
                if source == target and source in flow.beside:
                    continue  # told where the rule stands
                edges.setdefault(source, set()).add(target)
                edges.setdefault(target, set())
                rules.setdefault((source, target), set()).add((flow.at, one.name))
    found = []
    for group in components(sorted(edges), lambda spot: sorted(edges[spot])):
        inside = set(group)
        among = {at for (one, other), places in rules.items() if one in inside and other in inside for at in places}
        # Pairs that hang together like a tree have one rule less than fields; one more closes a circle.
        if len(among) >= len(group) and among:
            found.append(_circle(sorted({at for at, _ in among}), sorted(inside)))
    return found


def _circle(places: list[Position], spots: list[Spot]) -> Problem:
    names = ", ".join(f"{name}.{path}" for _, name, path in spots)
    others = ", ".join(str(place) for place in places[:-1])
    message = f"these rules carry a value in a circle ({names})" + (f", together with {others}" if others else "")
    return Problem("value-circle", message, places[-1], "leave one of them out, or make one of them `only: create`")


def depth(compiled: Sequence[Compiled]) -> int:
    """Give d of law 1: the longest chain of mappings and fields that a system sets by itself.

    Each mapping of a chain after the first counts one, and one more where it brings back what a system computed
    in answer to its own writes. A bound, not a measurement.
    """
    by_name = {one.name: one for one in compiled}
    feeds = {
        one.name: sorted({other.name for other in compiled if other is not one and _feeds(one, other)})
        for one in compiled
    }
    longest: dict[str, int] = {}
    best = 0
    for group in components(list(by_name), lambda name: feeds[name]):
        own = sum(_returns(by_name[name]) for name in group) + len(group) - 1
        beyond = max((longest[after] + 1 for name in group for after in feeds[name] if after not in group), default=0)
        for name in group:
            longest[name] = own + beyond
        best = max(best, own + beyond)
    return best


def _feeds(one: Compiled, other: Compiled) -> bool:
    if one.name in other.draft.links:
        return True
    written = {_spot(one, write.side, write.path) for write in one.draft.writes}
    read = {_spot(other, side, path) for flow in other.draft.flows for side, path in flow.reads | flow.conditions}
    # A record that is made, or what a system computes in it, changes the figures over it whatever was written.
    rolled = {spot[:2] for flow in other.draft.flows for spot in flow.beside}
    if rolled & {spot[:2] for spot in written}:
        return True
    return any(w[:2] == r[:2] and overlaps(w[2], r[2]) for w in written for r in read)


def _returns(one: Compiled) -> int:
    """Say whether a side that this mapping writes gives something back that the system sets by itself."""
    written: Mapping[str, set[str]] = {end.side: set() for end in one.ends}
    for write in one.draft.writes:
        written[write.side].add(write.path)
    objects = {(end.connection, end.object) for end in one.ends if written[end.side]}
    for flow in one.draft.flows:
        if objects & {spot[:2] for spot in flow.beside}:
            return 1
        for side, path in flow.reads | flow.conditions:
            own = written.get(side, set())  # a side that is misspelt has none, and is told elsewhere
            if own and not any(overlaps(path, known) for known in own) and _set_by_system(one, side, path):
                return 1
    return 0


def _set_by_system(one: Compiled, side: str, path: str) -> bool:
    """A new record's fields may all be filled by the system; an old one's only those that nobody else can write."""
    end = one.ends[0] if one.ends[0].side == side else one.ends[1]
    known = end.type.fields.get(path) if end.type else None
    return side in one.creates or known is None or not (known.creatable or known.updatable)
