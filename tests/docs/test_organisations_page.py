"""The page on several organisations shows each pack over two of them: whole projects, checked as they stand (PX-02)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest

from docs.pages import ROOT, Block, blocks
from tieout.finding import Severity
from tieout.mapping.check import Checked, check_project
from tieout.mapping.families import copies_by_connection
from tieout.mapping_sources import lines_of
from tieout.plugins import Plugins, load
from tieout.problems import Problem, errors, in_order, render
from tieout.project import Project, load_project
from tieout.testing.simulated import simulated

PAGE = ROOT / "docs" / "organisations.md"
PACKS = {
    "salesforce-xero": ("customers", "products", "credit_notes", "invoices", "quotes"),
    "spotlercrm-xero": ("customers", "people", "invoices"),
}
KNOWN = {"too-short"}
"""A product code may be longer than Xero's item code: such a product is held by name, here as over one organisation."""


@cache
def plugins() -> Plugins:
    return load()


def shown(kind: str, pack: str) -> str:
    """Give the one block of a kind that uses a pack."""
    (block,) = [one for one in blocks(PAGE) if one.kind == kind and f"use: {pack}\n" in one.text]
    assert isinstance(block, Block)
    return block.text


def loaded(folder: Path, text: str) -> Project:
    (folder / "tieout.yaml").write_text(text, "utf-8")
    project, problems = load_project(folder, None, _env(text), plugins().packs)
    assert project is not None, problems
    assert not problems
    return project


def _env(text: str) -> Mapping[str, str]:
    return dict.fromkeys(re.findall(r"\$\{env:(\w+)\}", text), "x")


def checked(project: Project) -> Checked:
    adapters = {name: plugins().adapter(config.adapter) for name, config in project.connections.items()}
    with simulated(adapters) as describe:
        return check_project(project, plugins(), describe)


def told(project: Project, problems: Iterable[Problem]) -> list[str]:
    graver = [one for one in in_order(problems) if one.severity is not Severity.NOTE and one.code not in KNOWN]
    return [render(one, lines_of(project.folder, plugins().packs)) for one in graver]


@pytest.mark.parametrize("pack", PACKS)
def test_px02_the_whole_example_of_each_pack_is_right(tmp_path: Path, pack: str) -> None:
    project = loaded(tmp_path, shown("yaml project", pack))
    found = checked(project)
    assert told(project, found.problems) == []
    both = {"xero_uk", "xero_eu"}
    assert {name: set(copies) for name, copies in copies_by_connection(project.mappings).items()} == dict.fromkeys(
        PACKS[pack], both
    )
    assert {one.name for one in found.mappings} == {f"{name}@{ledger}" for name in PACKS[pack] for ledger in both}


def test_sx23_a_customer_of_both_has_what_is_its_own_in_fields_of_its_own(tmp_path: Path) -> None:
    change = shown("yaml part", "salesforce-xero").partition("    change:\n")[2]
    project = loaded(tmp_path, shown("yaml project", "salesforce-xero") + change)
    found = checked(project)
    assert told(project, found.problems) == []
    (second,) = [one for one in found.mappings if one.name == "customers@xero_eu"]
    contested = {path for one in second.rivals if one.claim.mapping == "customers@xero_uk" for path in one.paths}
    assert {"Name", "Xero_Status__c"} <= contested
    assert not contested & {"Xero_Link__c", "Xero_Outstanding__c", "Xero_Contact_ID__c"}


@pytest.mark.parametrize("pack", PACKS)
def test_px02_a_mapping_that_is_left_out_of_the_example_is_told_with_what_to_write(tmp_path: Path, pack: str) -> None:
    text = shown("yaml project", pack)
    last = list(PACKS[pack])[-1]
    kept = re.sub(rf"      {last}:\n(        .*\n)+", "", text)
    project = loaded(tmp_path, kept)
    (only,) = told(project, errors(checked(project).problems))
    assert "error[unknown-connection]  there is no connection xero" in only
    assert f"`change: {{{last}: {{between: {{books: {{connection: …}}}}}}}}`" in only
