"""The page on SpotlerCRM names every option and every assumption, as they are."""

from __future__ import annotations

import re
from typing import Any

from docs.pages import ROOT
from tieout_spotlercrm.adapter import SpotlerAdapter
from tieout_spotlercrm.objects import TYPES, WORDS
from tieout_spotlercrm.settings import KINDS, SCHEMA

PAGE = (ROOT / "docs" / "spotlercrm.md").read_text("utf-8")
OPTIONS: dict[str, Any] = SCHEMA["properties"]  # type: ignore[assignment]  # a JSON schema


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    lines = [line for line in section(title).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_option_is_explained_with_its_default() -> None:
    told = {cells[0].strip("`"): cells[1].strip("`") for cells in rows("Every option")}
    assert set(told) == set(OPTIONS)
    plain = {name: one["default"] for name, one in OPTIONS.items() if not isinstance(one.get("default", {}), dict)}
    assert {name: told[name] for name in plain} == {name: str(default) for name, default in plain.items()}
    assert [name for name, default in told.items() if default == "required"] == SCHEMA["required"]


def test_every_assumption_is_told_with_what_changes_it() -> None:
    table = rows("What is assumed")
    assert [cells[0] for cells in table] == [f"A{number}" for number in range(1, 20)]
    named = {name for cells in table for name in re.findall(r"`(\w+)`", cells[4])}
    assert named <= set(OPTIONS)
    assert named | {"account", "witness", "page_size", "record_url", "url"} == set(OPTIONS)
    for name, one in OPTIONS.items():
        for assumption in re.findall(r"\bA\d+\b", str(one["description"])):
            assert f"`{name}`" in next(cells[4] for cells in table if cells[0] == assumption)


def test_record_types_and_kinds_are_those_that_there_are() -> None:
    (types,) = [cells[0] for cells in rows("What is confirmed") if cells[0].startswith("eleven record types")]
    assert set(re.findall(r"[a-z_]+", types.partition(":")[2].partition(";")[0])) == set(TYPES)
    assert all(kind in section("Every option") for kind in KINDS)
    told = next(cells[2] for cells in rows("What is assumed") if cells[0] == "A15").partition(";")[0]
    assert set(re.findall("[a-z]+", told)) <= set(WORDS)


def test_the_codes_that_the_page_rests_on_are_explained() -> None:
    assert {"token-ends-soon", "marker-missing", "not-newest-first"} <= set(SpotlerAdapter().codes())
