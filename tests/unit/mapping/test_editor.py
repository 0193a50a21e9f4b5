from __future__ import annotations

from pathlib import Path

from schemas.systems import describe
from schemas.world import project, source
from tieout.language.loading import load_text
from tieout.language.schemas import mapping_schema
from tieout.language.validation import validate
from tieout.mapping.check import offline
from tieout.mapping.editor import schemas_for
from tieout.problems import Problem

INVOICES = (Path(__file__).parents[2] / "schemas" / "positive" / "invoices.yaml").read_text("utf-8")


def problems(text: str) -> list[Problem]:
    one, _ = source(INVOICES, "invoices.yaml")
    assert one is not None
    root = load_text(text, "invoices.yaml").root
    assert root is not None
    return validate(root, schemas_for(project([one]), describe)["invoices.yaml"])


def test_a_right_file_is_right_for_the_editor_too() -> None:
    assert problems(INVOICES) == []


def test_fields_of_records_and_of_items_are_known_apart() -> None:
    [record] = problems(INVOICES.replace("{crm: Xero_Total__c,", "{crm: Xero_Totl__c,"))
    [item] = problems(INVOICES.replace("{books: Quantity,", "{books: Quantty,"))
    assert (record.code, record.nearest[0]) == ("unknown-word", "Xero_Total__c")
    assert (item.code, item.nearest[0]) == ("unknown-word", "Quantity")


def test_connections_are_known() -> None:
    [problem] = problems(INVOICES.replace("connection: xero", "connection: xeero"))
    assert problem.nearest[0] == "xero"


def test_offline_paths_stay_free() -> None:
    one, _ = source(INVOICES, "invoices.yaml")
    assert one is not None
    schema = schemas_for(project([one]), offline)["invoices.yaml"]
    assert "enum" not in schema["definitions"]["field"]["properties"]["crm"]


def test_a_mapping_whose_sides_cannot_be_told_gets_the_shipped_schema() -> None:
    one, _ = source("mapping: odd\n", "odd.yaml")
    assert one is not None
    assert schemas_for(project([one]), describe) == {"odd.yaml": mapping_schema()}
