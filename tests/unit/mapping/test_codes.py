"""Every code that can be shown is explained, and no explanation is left over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tieout.language.codes import codes, explain

ENGINE = Path(__file__).parents[3] / "engine" / "tieout"
SAID_BY = {
    "Problem", "ExpressionProblem", "_Slip", "Said", "Unconvertible",
    "error", "warn", "note", "lacking", "_say", "_note", "_hold", "Refusal", "_Doubt", "Unfit",
}  # fmt: skip
PLACES = (
    "language", "mapping", "testing", "problems.py", "project.py", "mapping_sources.py", "session.py", "connecting.py",
    "alert_config.py", "money",
)  # fmt: skip
ELSEWHERE = {
    "expression-failed", "blocked", "no-currency", "locked", "check-failed", "removal-held", "not-stored", "unsure",
    "orphan", "merge-unseen", "drift", "frozen", "first-run", "mapping-change", "creates", "updates", "deletes",
    "share", "archive", "check", "conflict", "create", "delete", "list", "match", "merge", "update", "void",
    "failed", "stale", "stored-differently", "emptied", "stale-rate", "rate-of-one", "other-currency",
    "rounding-too-large", "rounding-unknown", "figures-differ", "voids", "money-receivables",
    "money-revenue", "money-tax", "no-pick", "pick", "unrouted", "parts-alike",
    "noted", "no-notes", "right-missing", "object-forbidden", "archived-reference",
}  # fmt: skip
"""Codes under which `tieout.sync` holds a record, asks, ends an operation, or stops a plan."""


def sources() -> Iterator[Path]:
    for place in PLACES:
        path = ENGINE / place
        yield from path.rglob("*.py") if path.is_dir() else [path] if path.exists() else []


def used() -> set[str]:
    found = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                called = node.func
                name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
                first = node.args[0]
                if name in SAID_BY and isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return {code for code in found if " " not in code}


def test_every_code_is_explained() -> None:
    assert used() - set(codes()) == set()


def test_every_explanation_is_of_a_code_that_exists() -> None:
    assert set(codes()) - used() - ELSEWHERE == set()


def test_there_are_many() -> None:
    assert len(used()) > 80


def test_an_explanation_has_a_title_and_a_text() -> None:
    for one in codes().values():
        assert one.title
        assert one.text.endswith(".")


def test_a_code_is_looked_up_by_its_name() -> None:
    found = explain("two-writers")
    assert found is not None
    assert "one writer" in found.text
    assert explain("no-such-code") is None
