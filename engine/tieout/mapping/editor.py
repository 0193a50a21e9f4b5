"""Schemas for an editor that know the project's own side names and the systems' real fields (`tieout schema`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tieout.language.schemas import Names, mapping_schema
from tieout.mapping.catalogue import Describe, list_above
from tieout.mapping.check import endpoints_of
from tieout.model import ObjectType
from tieout.project import Project


def schemas_for(project: Project, describe: Describe) -> Mapping[str, dict[str, Any]]:
    """Give a JSON Schema for each mapping file: file, as positions name it -> schema.

    Where an object is not known (offline, or misspelt), that side's paths stay free. A mapping without two sides that
    can be told gets the shipped schema.
    """
    made: dict[str, dict[str, Any]] = {}
    for source in project.mappings:
        ends = endpoints_of(source.root, project, describe)
        if len(ends) != 2:  # noqa: PLR2004  # sides
            made[source.file] = mapping_schema()
            continue
        names = Names(
            connections=tuple(project.connections),
            objects={end.side: end.object for end in ends},
            paths={end.side: _paths(end.type) for end in ends if end.type},
            items={end.side: _items(end.type) for end in ends if end.type},
        )
        made[source.file] = mapping_schema((ends[0].side, ends[1].side), names)
    return made


def _paths(kind: ObjectType) -> tuple[str, ...]:
    """The record's own paths, the groups above them included."""
    own = {path for path in kind.fields if list_above(kind, path) is None}
    groups = {path.rsplit(".", cut)[0] for path in own for cut in range(1, path.count(".") + 1)}
    return tuple(sorted(own | groups | set(kind.children)))


def _items(kind: ObjectType) -> tuple[str, ...]:
    """Paths of items, from the item on; of all lists, for a schema cannot tell which list a rule is in."""
    found = {path.removeprefix(f"{above}.") for path in kind.fields if (above := list_above(kind, path))}
    return tuple(sorted(found))
