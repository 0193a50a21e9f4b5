"""Tax tables in YAML: those that ship with Tieout, and a project's own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import combinations
from pathlib import Path

from tieout.language.loading import Loaded, load_file, load_text
from tieout.language.nodes import ListNode, MapNode, ScalarNode
from tieout.language.schemas import tax_table_schema
from tieout.language.validation import broken, validate
from tieout.money.tax import Entry, TaxTable, folded
from tieout.problems import Position, Problem
from tieout.toolkit import nearest

FOLDER = "tax_tables"
FOR_GOOD = "9999-12-31"


def read_tax_file(folder: Path, name: str, at: Position) -> tuple[TaxTable | None, list[Problem]]:
    """Read a table of a project; `at`: where it is named. None with the problems if it is none."""
    path = folder / name
    if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        mend = "name it below the project, or leave `tax` out: the table that ships is taken"
        return None, [Problem("unreadable-file", f"there is no file {name} in {folder}", at, mend)]
    return _table(load_file(path, name))


@cache
def shipped() -> tuple[TaxTable, ...]:
    """Give the tables that ship with Tieout."""
    tables = []
    for file in sorted(files("tieout.money").joinpath(FOLDER).iterdir(), key=lambda one: one.name):
        table, problems = _table(load_text(file.read_text("utf-8"), file.name))
        if table is None:
            raise ValueError("; ".join(str(problem) for problem in problems))
        tables.append(table)
    return tuple(tables)


def _table(loaded: Loaded) -> tuple[TaxTable | None, list[Problem]]:
    found = list(loaded.problems)
    if loaded.root is None:
        return None, found
    schema = tax_table_schema()
    found += validate(loaded.root, schema)
    if broken(loaded.root, schema):
        return None, found
    wrong = _wrong(loaded.root)
    return (None if wrong else _made(loaded.root)), [*found, *wrong]


def _made(root: MapNode) -> TaxTable:
    return TaxTable(
        name=root.text("tax_table"),
        adapter=root.text("adapter"),
        classes={
            folded(name): tuple(_entry(node) for node in entries.items if isinstance(node, MapNode))
            for name, entries in root.table("classes").entries.items()
            if isinstance(entries, ListNode)
        },
        editions=frozenset(_texts(root, "editions")),
        countries=frozenset(_texts(root, "countries")),
        description=root.text("description"),
    )


def _entry(node: MapNode) -> Entry:
    percent = node.text("percent")
    return Entry(
        type=node.text("type"),
        percent=Decimal(percent) if percent else None,
        since=node.text("from"),
        until=node.text("until"),
        source=node.text("source"),
        verify=node.text("verify"),
    )


def _texts(root: MapNode, key: str) -> list[str]:
    return [str(node.value) for node in root.list(key) if isinstance(node, ScalarNode)]


def _wrong(root: MapNode) -> list[Problem]:
    """Find what no schema can say: sources that are not named, days that are none, two entries of a class for one day.

    Two spellings of a class are one: Zero_rated is zero_rated.
    """
    found: list[Problem] = []
    classes: dict[str, list[MapNode]] = {}
    for name, entries in root.table("classes").entries.items():
        nodes = [node for node in entries.items if isinstance(node, MapNode)] if isinstance(entries, ListNode) else []
        found += [problem for node in nodes for problem in (*_source(root, name, node), *_days(name, node))]
        classes.setdefault(folded(name), []).extend(nodes)
    for name, nodes in classes.items():
        for one, other in combinations(nodes, 2):
            if _overlap(_entry(one), _entry(other)):
                message = f"{name}: {one.text('type')} and {other.text('type')} are valid on the same days"
                found.append(Problem("tax-type-twice", message, other.at, "give them days with `from` and `until`"))
    return found


def _source(root: MapNode, name: str, node: MapNode) -> list[Problem]:
    source, sources = node.text("source"), root.table("sources").entries
    if source in sources:
        return []
    near, mend = tuple(nearest(source, sources, most=1)), f"there are: {', '.join(sources) or 'none'}"
    return [Problem("unknown-tax-source", f"{name}: no source is called {source}", node.at, mend, near)]


def _days(name: str, node: MapNode) -> list[Problem]:
    """Find a day that no calendar has, and an entry that ends before it begins: it would never be valid."""
    since, until = node.text("from"), node.text("until")
    wrong = [day for day in (since, until) if day and not _is_day(day)]
    found = [Problem("wrong-form", f"{name}: {day} is no date", node.at, "write it as 2026-01-31") for day in wrong]
    if not wrong and until and until < since:
        message = f"{name}: the entry ends on {until}, before it begins on {since}"
        found.append(Problem("wrong-form", message, node.at, "correct `from` or `until`"))
    return found


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _overlap(one: Entry, other: Entry) -> bool:
    return one.since <= (other.until or FOR_GOOD) and other.since <= (one.until or FOR_GOOD)
