"""A reference to a record that has no partner: what would give it one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tieout.mapping.compiled import Act, CompiledMapping
from tieout.sync.lifecycle import in_use
from tieout.sync.words import Blocked, Image

Takes = Callable[[int, Image], bool]
"""Says whether the mapping takes a record of an end."""


def no_partner(mapping: CompiledMapping, end: int, id_: str, image: Image | None, takes: Takes) -> Blocked:
    """Say that what refers to a record has to wait, and the ways out; `image`: the record as it was last seen."""
    side = mapping.sides[end]
    name = f"{mapping.name}/{side.name}:{id_}"
    why = f"it waits for {mapping.name}: {side.object} {id_} has no partner there"
    return Blocked(why, name, tuple(_ways(mapping, end, name, image, takes)))


def look(name: str) -> tuple[str, ...]:
    """Give the command that tells of a record whose partner cannot be made now."""
    return (f"look what keeps its partner back: tieout plan {name}",)


def _ways(mapping: CompiledMapping, end: int, name: str, image: Image | None, takes: Takes) -> Iterator[str]:
    side, there = mapping.sides[end], mapping.sides[1 - end]
    if image is None or not in_use(side, image):
        yield f"see that {name} is there, in use, and seen by the login of {side.connection}; then: tieout plan"
        return
    if not takes(end, image):
        conditions = (("where", side.where), ("route", side.route))
        told = "; ".join(f"{key}: {one.text}" for key, one in conditions if one is not None)
        yield f"bring {name} into the scope of {mapping.name}{f' ({told})' if told else ''}; then: tieout plan"
        return
    policy = there.create
    words = {policy.do, policy.otherwise}
    if policy.when is not None and Act.ALWAYS in words:
        yield f"{there.name} gets it once `create` holds: {policy.when.text}; then: tieout plan"
    if Act.REQUEST in words:
        yield f"ask for its partner: tieout plan {name} --create"
    elif words == {Act.NEVER}:
        told = f"make its {there.object} in {there.name} by hand, for `create` is never there"
        yield f"{told}; then: tieout match {mapping.name}"
    else:
        yield from look(name)
