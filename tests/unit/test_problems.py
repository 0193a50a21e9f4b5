from __future__ import annotations

import json

import pytest

from tieout.finding import Severity
from tieout.problems import Position, Problem, errors, in_order, render

LINES = {"mappings/customers.yaml": ("mapping: customers", "fields:", "  - {crm: Nmae, books: Name}")}
PROBLEM = Problem(
    "unknown-field",
    "there is no field Nmae in Account (salesforce)",
    Position("mappings/customers.yaml", 3, 11),
    "write Name",
    ("Name",),
)


def lines(file: str) -> tuple[str, ...]:
    return LINES.get(file, ())


def test_a_problem_is_shown_like_a_compilers() -> None:
    assert render(PROBLEM, lines).splitlines() == [
        "mappings/customers.yaml:3:11  error[unknown-field]  there is no field Nmae in Account (salesforce)",
        "  3 |   - {crm: Nmae, books: Name}",
        "    |           ^",
        "    = nearest: Name",
        "    = mend: write Name",
    ]


@pytest.mark.parametrize("column", [1, 150, 5_000, 10_000])
def test_of_a_long_line_what_is_around_the_place_is_shown(column: int) -> None:
    line = "a" * (column - 1) + "!" + "a" * (10_000 - column)
    _, text, caret = render(Problem("x", "wrong", Position("f.yaml", 1, column)), lambda _: (line,)).splitlines()
    assert len(text) < 220
    assert text[caret.index("^")] == "!"


def test_a_source_line_commands_no_terminal() -> None:
    shown = render(Problem("x", "wrong", Position("f.yaml", 1, 6)), lambda _: ("\x1b[2J\x00!",))
    assert not {"\x1b", "\x00"} & set(shown)
    assert shown.splitlines()[1].index("!") == shown.splitlines()[2].index("^")


def test_a_problem_without_a_file_has_no_line() -> None:
    assert render(Problem("x", "all is wrong", severity=Severity.WARNING), lines) == "warning[x]  all is wrong"


def test_a_file_that_is_gone_costs_only_the_line() -> None:
    shown = render(Problem("x", "wrong", Position("gone.yaml", 1, 1), "mend it"), lines)
    assert shown == "gone.yaml:1:1  error[x]  wrong\n    = mend: mend it"


def test_json_holds_everything() -> None:
    assert json.loads(json.dumps(PROBLEM.as_json())) == {
        "severity": "error",
        "code": "unknown-field",
        "message": "there is no field Nmae in Account (salesforce)",
        "file": "mappings/customers.yaml",
        "line": 3,
        "column": 11,
        "mend": "write Name",
        "nearest": ["Name"],
    }


def test_order_is_by_place_and_each_problem_comes_once() -> None:
    first = Problem("b", "m", Position("a.yaml", 1, 2))
    second = Problem("a", "m", Position("a.yaml", 10, 1), severity=Severity.NOTE)
    whole = Problem("z", "m")
    assert in_order([second, first, whole, first]) == [whole, first, second]
    assert errors([second, first]) == [first]
