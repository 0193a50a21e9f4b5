"""Mapping test files: from YAML to cases, or problems with their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tieout.language.loading import load_file
from tieout.language.nodes import ListNode, MapNode, Node, ScalarNode, merge, value
from tieout.language.schemas import SHIPPED_SIDES
from tieout.language.validation import validate
from tieout.mapping.compiled import Path as Path_
from tieout.mapping.paths import parse_path
from tieout.model import Value
from tieout.problems import Position, Problem
from tieout.testing.case_schema import case_schema
from tieout.toolkit import nearest

ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Case:
    """One case as written; everything about it can be pointed at."""

    name: str
    mapping: str
    at: Position
    node: MapNode
    start: Mapping[str, MapNode]
    """Side -> the record that the case starts from."""
    now: Mapping[str, MapNode]
    """Side -> the record as it is: the start's with the case's own values over it."""
    links: Mapping[str, Sequence[Mapping[str, Value]]]
    """Mapping -> pairs of ids, or of objects with an id."""
    settings: MapNode
    tables: MapNode
    organisations: MapNode
    """Side -> what its organisation says of itself."""
    rates: MapNode
    """Currency/base -> units of the currency for one of base."""
    run: Mapping[str, Value]
    beside: tuple[MapNode, MapNode]
    """Side -> object -> records of roll-ups: at the last agreement, and now."""
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def expect(self) -> MapNode:
        """What should happen; empty for nothing."""
        return self.node.table("expect")


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One file."""

    file: str
    cases: tuple[Case, ...]
    problems: tuple[Problem, ...]


def find_files(folder: Path, below: str = "tests") -> list[tuple[Path, str]]:
    """Give the test files of a project or pack, each with the name that positions use."""
    here = folder / below
    if not here.is_dir():
        return []
    return [(path, f"{below}/{path.name}") for path in sorted(here.iterdir()) if path.suffix in ENDINGS]


def read_file(path: Path, shown: str, sides: Mapping[str, tuple[str, str]]) -> CaseFile:
    """Read a file; `sides`: every mapping of the project and its side names."""
    loaded = load_file(path, shown)
    if loaded.root is None:
        return CaseFile(shown, (), loaded.problems)
    root, found = loaded.root, list(loaded.problems)
    name = root.text("test")
    found += validate(root, case_schema(sides.get(name, SHIPPED_SIDES)))
    if name and name not in sides:
        near = tuple(nearest(name, sides))
        mend = "" if near else f"there are: {', '.join(sorted(sides)) or 'none'}"
        at = root.entries["test"].at
        found.append(Problem("unknown-mapping", f"there is no mapping {name} to test", at, mend, near))
    if found:
        return CaseFile(shown, (), tuple(found))
    cases = tuple(_case(node, root, sides[name], found) for node in root.tables("cases"))
    return CaseFile(shown, () if found else cases, tuple(found))


def _case(node: MapNode, root: MapNode, sides: tuple[str, str], found: list[Problem]) -> Case:
    begun = _start(node, root, found)
    start = {side: record for side, record in begun.entries.items() if side in sides and isinstance(record, MapNode)}
    now = dict(start)
    for side in sides:
        own = node.get(side)
        if isinstance(own, MapNode):
            below = now.get(side)
            now[side] = own if below is None else _laid(own, below)
    if node.flag("linked") and len(now) < len(sides):
        missing = next(side for side in sides if side not in now)
        said = "give both records, or name a `start` that has them"
        found.append(Problem("missing-key", f"a linked case needs a record of {missing}", node.at, said))
    if not now:
        found.append(Problem("missing-key", "the case has no record", node.at, f"give one under {sides[0]}"))
    written = node.table("without")
    return Case(
        name=node.text("case"),
        mapping=root.text("test"),
        at=node.at,
        node=node,
        start=start or now,
        now=now,
        links=_links(root.table("links")),
        settings=_map(merge(root.table("settings"), node.table("settings"))),
        tables=_map(merge(root.table("tables"), node.table("tables"))),
        organisations=_map(merge(root.table("organisation"), node.table("organisation"))),
        rates=_map(merge(root.table("rates"), node.table("rates"))),
        run={key: value(inner) for key, inner in root.table("run").entries.items()},
        beside=(begun.table("beside"), node.table("beside") if "beside" in node.entries else begun.table("beside")),
        without={side: texts(written, side) for side in written.entries},
    )


def _start(node: MapNode, root: MapNode, found: list[Problem]) -> MapNode:
    name = node.text("start")
    if not name:
        return MapNode({}, node.at)
    known = root.table("start")
    if name not in known.entries:
        near = tuple(nearest(name, known.entries))
        mend = "" if near else f"there are: {', '.join(known.entries) or 'none'}"
        found.append(Problem("unknown-name", f"there is no start {name!r}", node.entries["start"].at, mend, near))
        return MapNode({}, node.at)
    return known.table(name)


def _laid(own: MapNode, below: MapNode) -> MapNode:
    """Lay values over a record, whether paths are nested or joined by dots."""
    merged = merge(_nested(below), _nested(own))
    return _map(merged)


def _nested(node: MapNode) -> MapNode:
    made = MapNode({}, node.at, {})
    for key, inner in node.entries.items():
        leaf: Node = _nested(inner) if isinstance(inner, MapNode) else inner
        first, *rest = reversed(names_of(key))
        branch = MapNode({first: leaf}, inner.at, {first: node.key_at(key)})
        for name in rest:
            branch = MapNode({name: branch}, inner.at, {name: node.key_at(key)})
        made = _map(merge(made, branch))
    return made


def names_of(path: str) -> tuple[str, ...]:
    """Take a path apart; one that is none stands for itself and is reported as an unknown field."""
    parsed = parse_path(path)
    return parsed.names if isinstance(parsed, Path_) else (path,)


def _map(node: Node) -> MapNode:
    return node if isinstance(node, MapNode) else MapNode({}, node.at)


def _links(node: MapNode) -> dict[str, list[Mapping[str, Value]]]:
    made: dict[str, list[Mapping[str, Value]]] = {}
    for name in node.entries:
        rows = [value(row) for row in node.tables(name)]
        made[name] = [row for row in rows if isinstance(row, Mapping)]
    return made


def texts(node: MapNode, key: str) -> tuple[str, ...]:
    """Give a list of texts."""
    found = node.get(key)
    items = found.items if isinstance(found, ListNode) else ()
    return tuple(str(item.value) for item in items if isinstance(item, ScalarNode))
