"""What the tests of every pack do alike: load it, and take its rules away one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

from tieout.finding import Severity
from tieout.language.nodes import ListNode, MapNode, Node
from tieout.mapping.catalogue import Describe
from tieout.mapping.check import Checked
from tieout.mapping.compiled import CompiledMapping
from tieout.plugins import Plugins, load
from tieout.problems import Problem
from tieout.project import Project, load_project
from tieout.testing.mapping_tests import run_tests

PACKS = Path(__file__).parents[2] / "mappings"
Steps = tuple[str | int, ...]
"""From the root of a mapping to a node: keys, and numbers within lists."""
Rule = tuple[str, Steps]
"""Mapping, and where the rule stands in it."""


@cache
def plugins() -> Plugins:
    return load()


@cache
def pack(name: str, *variables: str) -> Project:
    """Load a pack's own project; `variables`: those that its credentials name."""
    found, problems = load_project(PACKS / name, None, dict.fromkeys(variables, "x"), plugins().packs)
    assert not problems
    assert found is not None
    return found


def named(found: Checked) -> Mapping[str, CompiledMapping]:
    return {mapping.name: mapping for mapping in found.mappings}


def graver(problems: tuple[Problem, ...], *severities: Severity) -> list[tuple[str, str]]:
    return [(one.code, one.at.file if one.at else "") for one in problems if one.severity in severities]


LIMITS = {"picks": ("where", "default", "required"), "rollups": ("where", "less")}
"""Keys without which a pick or a roll-up is still one."""


def unnoticed(project: Project, describe: Describe, step: int) -> list[Rule]:
    """Give every rule, match, check and limit of a pick or roll-up of a pack without which no case of its fails.

    Of each `step` of them one is looked at.
    """
    found = []
    for name, path in islice(_rules(project), 0, None, step):
        sources = tuple(
            replace(one, root=_map_without(one.root, path)) if one.name == name else one for one in project.mappings
        )
        played = run_tests(replace(project, mappings=sources), plugins(), describe, only=[name])
        if played.exit_code == 0:
            found.append((name, path))
    return found


def _rules(project: Project) -> Iterator[Rule]:
    for source in project.mappings:
        for key in ("fields", "match", "checks"):
            for number in range(len(source.root.list(key))):
                yield source.name, (key, number)
        for number, rows in enumerate(source.root.tables("lists")):
            for inner in range(len(rows.list("fields"))):
                yield source.name, ("lists", number, "fields", inner)
        for key, limits in LIMITS.items():
            for name, one in source.root.table(key).entries.items():
                written = [limit for limit in limits if isinstance(one, MapNode) and one.get(limit) is not None]
                yield from ((source.name, (key, name, limit)) for limit in written)


def _map_without(node: MapNode, path: Steps) -> MapNode:
    key, rest = str(path[0]), path[1:]
    kept = {name: one for name, one in node.entries.items() if name != key or rest}
    if rest:
        kept[key] = _without(node.entries[key], rest)
    return replace(node, entries=kept)


def _without(node: Node, path: Steps) -> Node:
    if isinstance(node, MapNode):
        return _map_without(node, path)
    assert isinstance(node, ListNode)
    items = list(node.items)
    number = int(path[0])
    items[number : number + 1] = [_without(items[number], path[1:])] if path[1:] else []
    return replace(node, items=tuple(items))
