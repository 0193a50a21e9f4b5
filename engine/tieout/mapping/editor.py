"""Schemas for an editor that know the project's own side names and the systems' real fields (`tieout schema`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tieout.language.schemas import Names, mapping_schema
from tieout.mapping.catalogue import Describe, Endpoint, list_above
from tieout.mapping.check import endpoints_of
from tieout.model import ObjectType
from tieout.project import Project


def schemas_for(project: Project, describe: Describe) -> Mapping[str, dict[str, Any]]:
    """Give a JSON Schema for each mapping file: file, as positions name it -> schema.

    Where an object is not known (offline, or misspelt), that side's paths stay free. A mapping without two sides that
    can be told gets the shipped schema. Of a mapping over several connections, paths are those that any of them has.
    """
    ends: dict[str, list[tuple[Endpoint, ...]]] = {}
    for source in project.mappings:
        ends.setdefault(source.file, []).append(endpoints_of(source.root, project, describe))
    return {file: _schema(copies, tuple(project.connections)) for file, copies in ends.items()}


def _schema(copies: Sequence[tuple[Endpoint, ...]], connections: tuple[str, ...]) -> dict[str, Any]:
    if any(len(ends) != 2 for ends in copies):  # noqa: PLR2004  # sides
        return mapping_schema()
    first, second = copies[0]
    by_side = {side: [end for ends in copies for end in ends if end.side == side] for side in (first.side, second.side)}
    kinds = {
        side: [end.type for end in ends if end.type] for side, ends in by_side.items() if all(end.type for end in ends)
    }
    names = Names(
        connections=connections,
        objects={first.side: first.object, second.side: second.object},
        paths={side: _of_all(_paths, some) for side, some in kinds.items()},
        items={side: _of_all(_items, some) for side, some in kinds.items()},
    )
    return mapping_schema((first.side, second.side), names)


def _of_all(paths: Callable[[ObjectType], set[str]], kinds: Sequence[ObjectType]) -> tuple[str, ...]:
    return tuple(sorted(set[str]().union(*(paths(kind) for kind in kinds))))


def _paths(kind: ObjectType) -> set[str]:
    """The record's own paths, the groups above them included."""
    own = {path for path in kind.fields if list_above(kind, path) is None}
    groups = {path.rsplit(".", cut)[0] for path in own for cut in range(1, path.count(".") + 1)}
    return own | groups | set(kind.children)


def _items(kind: ObjectType) -> set[str]:
    """Paths of items, from the item on; of all lists, for a schema cannot tell which list a rule is in."""
    return {path.removeprefix(f"{above}.") for path in kind.fields if (above := list_above(kind, path))}
