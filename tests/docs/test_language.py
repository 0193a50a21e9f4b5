"""What the page about the language shows is checked like everybody's files."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.systems import describe
from schemas.world import check, connection
from tieout.finding import Severity
from tieout.language.loading import load_text
from tieout.language.schemas import project_schema
from tieout.language.validation import validate
from tieout.mapping.expressions import RESERVED
from tieout.mapping.functions import SIGNATURES
from tieout.model import Field, Kind, ObjectType

PAGE = (Path(__file__).parents[2] / "docs" / "language.md").read_text("utf-8")
BLOCK = re.compile(r"^```yaml (?P<kind>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = [(found["kind"], found["text"]) for found in BLOCK.finditer(PAGE)]
AROUND = """mapping: shown
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
fields:
"""


def of_kind(kind: str) -> list[str]:
    return [text for one, text in BLOCKS if one == kind]


def test_there_are_examples() -> None:
    assert {kind for kind, _ in BLOCKS} == {"mapping", "fields", "project", "between", "part"}


@pytest.mark.parametrize("text", of_kind("mapping"))
def test_mappings_on_the_page_are_right(text: str) -> None:
    checked = check(text)
    assert not [problem for problem in checked.problems if problem.severity is Severity.ERROR]
    assert len(checked.mappings) == 1


@pytest.mark.parametrize("text", of_kind("fields"))
def test_rules_on_the_page_are_right(text: str) -> None:
    checked = check(AROUND + "".join(f"  {line}\n" for line in text.splitlines()))
    assert checked.problems == ()


@pytest.mark.parametrize("text", of_kind("between"))
def test_sides_on_the_page_are_right(text: str) -> None:
    head, _, fields = AROUND.partition("  crm:")
    between = "".join(f"  {line}\n" for line in text.splitlines())
    shown = f"{head}{between}{fields[fields.index('fields:') :]}  - {{books: Name, from: crm.Name}}\n"
    region = "adapter: xero\nsettings: {{region: {}}}\n"
    ledgers = {
        f"xero_{one}": replace(connection("xero", region.format(one)), name=f"xero_{one}") for one in ("uk", "eu")
    }
    checked = check(shown, describe=with_region, connections={"salesforce": connection("salesforce"), **ledgers})
    assert checked.problems == ()
    assert [mapping.name for mapping in checked.mappings] == ["shown@xero_uk", "shown@xero_eu"]


def with_region(name: str, object_: str) -> ObjectType:
    """Describe the systems, with a field that says to which organisation an account belongs."""
    kind = describe(name.partition("_")[0], object_)
    return replace(kind, fields={**kind.fields, "Region__c": Field("Region__c", Kind.TEXT)})


@pytest.mark.parametrize("text", of_kind("project"))
def test_projects_on_the_page_are_right(text: str) -> None:
    root = load_text(text, "tieout.yaml").root
    assert root is not None
    assert validate(root, project_schema()) == []


def test_the_page_lists_the_functions_that_there_are() -> None:
    listed = re.search(r"numbers stay exact: `([^`]*)`", PAGE)
    assert listed is not None
    assert set(listed[1].split()) == set(SIGNATURES)


def test_the_page_lists_the_roots_that_there_are() -> None:
    rows = " ".join(line for line in PAGE.splitlines() if line.startswith("| `") or "two side names" in line)
    for root in RESERVED - {"pick"}:
        assert f"`{root}" in rows
