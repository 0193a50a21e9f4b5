"""`less`: one roll-up taken from another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tieout.language.nodes import MapNode, Node, ScalarNode
from tieout.mapping.catalogue import near
from tieout.mapping.draft import Draft, Figure, digest
from tieout.mapping.rolled import Rollup


@dataclass(frozen=True, slots=True)
class Made:
    """One roll-up, as far as it could be compiled."""

    node: MapNode
    figure: Figure
    rollup: Rollup | None = None
    """None: it is wrong, or the system lacks something for it, or its object is not known now."""


def subtracted(one: Made, made: Mapping[str, Made], draft: Draft) -> Made:
    """Check `less`: it names a roll-up that can be taken from this one, which then rests on both."""
    node = one.node.get("less")
    if not isinstance(node, ScalarNode) or one.rollup is None:
        return one
    name, other = str(node.value), made.get(str(node.value))
    if other is None:
        mend = f"there are: {', '.join(made)}"
        draft.error("unknown-name", f"there is no roll-up {name}", node.at, mend, near(name, made))
        return replace(one, rollup=None)
    names = list(_chain(one, made))
    if one.rollup.name in names:
        draft.error("value-circle", f"rollup.{one.rollup.name} would be taken from itself", node.at, "leave it out")
        return replace(one, rollup=None)
    lacking = [made[each].figure.absent for each in names if made[each].figure.absent is not None]
    if lacking:
        return replace(one, rollup=None, figure=replace(one.figure, absent=lacking[0]))
    if other.rollup is None or not _alike(one, other, node, draft):
        return replace(one, rollup=None)
    return replace(one, figure=_together(one.figure, [made[each].figure for each in names]))


def _chain(one: Made, made: Mapping[str, Made]) -> Iterator[str]:
    """Give the names of all that is taken from a roll-up, and from what is taken from it; a circle ends it."""
    seen: set[str] = set()
    name = one.node.text("less")
    while name in made and name not in seen:
        seen.add(name)
        yield name
        name = made[name].node.text("less")


def _alike(one: Made, other: Made, node: Node, draft: Draft) -> bool:
    if one.rollup is None or other.rollup is None:
        return False
    acts = {one.rollup.act, other.rollup.act}
    if acts - {"sum", "count"} or len(acts) > 1 or bool(one.figure.coins) != bool(other.figure.coins):
        message = f"{other.rollup.name} ({other.rollup.act}) cannot be taken from {one.rollup.name} ({one.rollup.act})"
        draft.error("wrong-kind", message, node.at, "a sum is taken from a sum, a count from a count")
        return False
    if one.rollup.side != other.rollup.side:
        message = f"{one.rollup.name} and {other.rollup.name} belong to records of different sides"
        draft.error("wrong-shape", message, node.at, "take a figure of the same record")
        return False
    for key in ("per", "in"):
        mine, theirs = (each.node.text(key) or "none" for each in (one, other))
        if mine != theirs:
            message = f"{one.rollup.name} has `{key}` {mine}, {other.rollup.name} has {theirs}"
            draft.error("wrong-shape", message, node.at, f"write the same `{key}` in both")
            return False
    return True


def _together(figure: Figure, less: list[Figure]) -> Figure:
    return replace(
        figure,
        records=figure.records.union(*(one.records for one in less)),
        partners=figure.partners.union(*(one.partners for one in less)),
        conditions=(*figure.conditions, *(each for one in less for each in one.conditions)),
        digest=digest(figure.digest, *(one.digest for one in less)),
    )
