"""What the tests of every pack do alike: load it, and take its rules away one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from tieout.language.nodes import ListNode, MapNode
from tieout.mapping.catalogue import Describe
from tieout.mapping.check import Checked
from tieout.mapping.compiled import CompiledMapping
from tieout.mapping_sources import MappingSource
from tieout.model import Severity
from tieout.plugins import Plugins, load
from tieout.problems import Problem
from tieout.project import Project, load_project
from tieout.testing.mapping_tests import run_tests

PACKS = Path(__file__).parents[2] / "mappings"
Rule = tuple[str, str, int, int | None]
"""Mapping, key, number, number within its list."""


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


def unnoticed(project: Project, describe: Describe) -> list[Rule]:
    """Give every rule, match and check of a pack without which no case of its fails."""
    found = []
    for rule in _rules(project):
        name, key, number, inner = rule
        sources = tuple(_without(one, key, number, inner) if one.name == name else one for one in project.mappings)
        played = run_tests(replace(project, mappings=sources), plugins(), describe, only=[name])
        if played.exit_code == 0:
            found.append(rule)
    return found


def _rules(project: Project) -> Iterator[Rule]:
    for source in project.mappings:
        for key in ("fields", "match", "checks"):
            for number in range(len(source.root.list(key))):
                yield source.name, key, number, None
        for number, rows in enumerate(source.root.tables("lists")):
            for inner in range(len(rows.list("fields"))):
                yield source.name, "lists", number, inner


def _without(source: MappingSource, key: str, number: int, inner: int | None) -> MappingSource:
    node = source.root.entries[key]
    assert isinstance(node, ListNode)
    items = list(node.items)
    if inner is None:
        del items[number]
    else:
        rows = items[number]
        assert isinstance(rows, MapNode)
        fields = list(rows.list("fields"))
        del fields[inner]
        made = ListNode(tuple(fields), rows.entries["fields"].at)
        items[number] = MapNode({**rows.entries, "fields": made}, rows.at, rows.keys)
    entries = {**source.root.entries, key: ListNode(tuple(items), node.at)}
    return replace(source, root=MapNode(entries, source.root.at, source.root.keys))
