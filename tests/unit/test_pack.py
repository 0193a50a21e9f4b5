from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tieout.finding import Severity
from tieout.language.loading import load_text
from tieout.language.nodes import MapNode
from tieout.mapping.catalogue import Describe
from tieout.mapping.check import Checked, check_project
from tieout.mapping.compiled import Act
from tieout.mapping_sources import MappingSource, lines_of
from tieout.model import Twins, Value
from tieout.project import Project, load_project
from tieout.sync.noticing import events_of
from tieout.sync.sight import Facts, Sight
from tieout.sync.words import Image, State
from tieout.testing.mapping_tests import Report, run_tests
from tieout.testing.simulated import simulated
from tieout_salesforce.simulator import SalesforceSimulator
from tieout_salesforce.simulator.metadata import custom_fields
from unit.packs import PACKS, graver, named, pack, plugins, unnoticed

PACK = PACKS / "salesforce-xero"
MAPPINGS = ("customers", "products", "credit_notes", "invoices", "quotes")
VARIABLES = ("SF_CLIENT_ID", "SF_CLIENT_SECRET", "XERO_CLIENT_ID", "XERO_CLIENT_SECRET")


def project() -> Project:
    return pack("salesforce-xero", *VARIABLES)


@contextmanager
def org(currency: str | None = None, **kind: bool) -> Iterator[Describe]:
    adapters = {name: plugins().adapter(config.adapter) for name, config in project().connections.items()}
    options = {"salesforce": {"currency": currency}} if currency else {}
    with simulated(adapters, {"salesforce": SalesforceSimulator(**kind)}, options) as describe:  # type: ignore[arg-type]  # flags
        yield describe


def checked(currency: str | None = None, **kind: bool) -> Checked:
    with org(currency, **kind) as describe:
        return check_project(project(), plugins(), describe)


def report(changed: Project | None = None) -> Report:
    with org() as describe:
        return run_tests(changed or project(), plugins(), describe)


# --- the pack on any organisation ---------------------------------------------------------------------------------


def test_a_prepared_org_runs_the_whole_pack() -> None:
    found = checked()

    assert tuple(mapping.name for mapping in found.mappings) == MAPPINGS
    # A product code may be longer than Xero's item code: such a product is held by name, never cut.
    assert graver(found.problems, Severity.ERROR, Severity.WARNING) == [("too-short", "salesforce-xero/products.yaml")]
    assert not [mapping.skipped for mapping in found.mappings if mapping.skipped]


def test_an_org_with_one_currency_that_is_named_runs_the_whole_pack() -> None:
    found = checked("GBP", multi_currency=False)

    assert not graver(found.problems, Severity.ERROR)
    assert not [mapping.skipped for mapping in found.mappings if mapping.skipped]


def test_an_org_with_one_currency_that_nobody_names_is_told_so() -> None:
    found = checked(multi_currency=False)

    assert {code for code, _ in graver(found.problems, Severity.ERROR)} <= {"no-currency", "misused-transform"}
    assert "no-currency" in {code for code, _ in graver(found.problems, Severity.ERROR)}


def test_an_org_without_our_fields_leaves_them_out_by_name() -> None:
    found = checked(custom_fields=False)

    assert not graver(found.problems, Severity.ERROR)
    lacking = {name: " ".join(mapping.skipped) for name, mapping in named(found).items()}
    for name, fields in {
        "customers": ("Xero_Status__c", "Xero_Link__c", "Xero_Outstanding__c", "VAT_Number__c", "Xero_Synced_At__c"),
        "invoices": ("Xero_Invoice_Number__c", "Payment_Status__c", "Amount_Due__c", "Order_Number__c", "Tax_Class__c"),
        "quotes": ("Xero_Quote_Number__c", "Xero_Quote_Status__c", "Xero_Link__c", "Tax_Class__c"),
        "credit_notes": ("Xero_Credit_Note_Number__c", "Xero_Credit_Left__c", "Tax_Class__c"),
    }.items():
        for field in fields:
            assert field in lacking[name], field
    assert lacking["products"] == ""


def test_without_the_unique_key_creates_into_salesforce_ask_and_check_warns() -> None:
    found = checked(custom_fields=False)

    crm = named(found)["customers"].side("crm")
    assert crm.type.twins is Twins.POSSIBLE
    assert crm.create.ask
    assert crm.create.do is Act.ALWAYS
    said = [problem for problem in found.problems if problem.code == "no-marker"]
    assert [(one.severity, one.at and one.at.file) for one in said] == [
        (Severity.WARNING, "salesforce-xero/customers.yaml")
    ]


@pytest.mark.parametrize("kind", [{}, {"custom_fields": False}, {"multi_currency": False}])
def test_no_field_is_read_that_the_org_does_not_have(kind: dict[str, bool]) -> None:
    for mapping in checked("GBP", **kind).mappings:
        for side in mapping.sides:
            above = {path.rsplit(".", cut)[0] for path in side.type.fields for cut in range(1, path.count(".") + 1)}
            assert side.paths <= set(side.type.fields) | above


def test_only_remember_needs_no_field_of_ours() -> None:
    found = checked(custom_fields=False)

    assert sorted(one.at.file for one in found.problems if one.code == "remember-missing" and one.at) == [
        "salesforce-xero/credit-notes.yaml",
        "salesforce-xero/customers.yaml",
        "salesforce-xero/invoices.yaml",
        "salesforce-xero/products.yaml",
        "salesforce-xero/quotes.yaml",
    ]


def test_the_pack_can_be_changed_without_forking_it(tmp_path: Path) -> None:
    text = (PACK / "tieout.yaml").read_text("utf-8")
    change = "    change: {invoices: {settings: {payment_days: 14}, fields: [{books: Reference, from: crm.Name}]}}\n"
    (tmp_path / "tieout.yaml").write_text(text + change, "utf-8")
    found, problems = load_project(tmp_path, None, dict.fromkeys(VARIABLES, "x"), plugins().packs)

    assert found is not None
    assert not problems
    with org() as describe:
        result = check_project(found, plugins(), describe)
    invoices = named(result)["invoices"]
    assert str(invoices.settings["payment_days"]) == "14"
    assert len(invoices.rules) == len(named(checked())["invoices"].rules)


# --- its fields -------------------------------------------------------------------------------------------------


def written_by_the_pack() -> set[str]:
    texts = [file.read_text("utf-8") for file in sorted(PACK.glob("*.yaml"))]
    return set(re.findall(r"\w+__c\b", "\n".join(texts)))


def test_the_pack_ships_every_field_that_it_names() -> None:
    shipped = {field.name for _, field in custom_fields()}

    assert written_by_the_pack() <= shipped
    # The key is the adapter's; nothing else is shipped for nothing.
    assert shipped - written_by_the_pack() == {"Tieout_Key__c"}


def test_a_payment_status_is_one_that_the_field_takes() -> None:
    (field,) = (field for _, field in custom_fields() if field.name == "Payment_Status__c")
    rule = next(one for one in named(checked())["invoices"].rules if one.key == "crm.Payment_Status__c")

    assert {case.value for case in rule.cases} == set(field.values)  # type: ignore[union-attr]  # it goes one way


def test_the_readme_names_every_setting_and_table_with_its_default() -> None:
    page = (PACK / "README.md").read_text("utf-8")
    rows = {cells[1].strip(" `"): cells[3].strip() for line in page.splitlines() if len(cells := line.split("|")) == 6}
    known: dict[str, object] = {}
    for source in project().mappings:
        known |= dict(source.root.table("settings").entries) | dict(source.root.table("tables").entries)

    assert set(rows) >= set(known)
    assert rows["payment_days"] == "30"
    assert rows["revenue_code"] == "200"
    assert rows["go_live"] == "2000-01-01"


# --- its notices ------------------------------------------------------------------------------------------------


def overdue(**changed: Value) -> list[tuple[str, str]]:
    """Give the days on which people are told of an invoice that is due on 31 March, and those that it counts from."""
    invoice = {"Status": "AUTHORISED", "AmountDue": Decimal(200), "DueDate": "2026-03-31", **changed}
    images = (Image("006", State.PRESENT, {"IsWon": True}), Image("i", State.PRESENT, invoice))
    facts = Facts({}, lambda *_: None, lambda *_: None)
    noticed = events_of(Sight(named(checked())["invoices"], images, facts))
    assert not noticed.holds
    assert {event.notice for event in noticed.events} <= {"overdue"}
    return [(event.day, event.date) for event in noticed.events]


def test_sx66_an_approved_invoice_is_told_of_when_it_is_due_a_week_and_a_month_later() -> None:
    assert overdue() == [(day, "2026-03-31") for day in ("2026-03-31", "2026-04-07", "2026-04-30")]


@pytest.mark.parametrize("changed", [{"Status": "DRAFT"}, {"Status": "PAID", "AmountDue": Decimal(0)}])
def test_sx66_nobody_is_told_of_a_draft_or_after_the_payment(changed: dict[str, Value]) -> None:
    assert overdue(**changed) == []


# --- its tests ----------------------------------------------------------------------------------------------------


def test_every_case_beside_the_pack_passes() -> None:
    found = report()

    assert found.exit_code == 0, found.text(lines_of(PACK, plugins().packs))
    assert {result.case.mapping for result in found.results} == set(MAPPINGS)
    assert len({(result.case.mapping, result.case.name) for result in found.results}) == len(found.results)


def test_the_cases_reach_every_rule() -> None:
    found = report()

    assert {one.mapping: one.missed for one in found.coverage} == {name: [] for name in MAPPINGS}


@pytest.mark.parametrize("step", [10, pytest.param(1, marks=pytest.mark.extended)])
def test_no_rule_can_go_without_a_case_failing(step: int) -> None:
    with org() as describe:
        assert unnoticed(project(), describe, step) == []


@pytest.mark.parametrize(
    ("mapping", "path", "policy"),
    [
        ("invoices", "update", "always"),
        pytest.param("invoices", "create", "review", marks=pytest.mark.extended),
        pytest.param("quotes", "create", "always", marks=pytest.mark.extended),
        pytest.param("quotes", "update", "always", marks=pytest.mark.extended),
        pytest.param("credit_notes", "create", "always", marks=pytest.mark.extended),
        ("credit_notes", "update", "always"),
        pytest.param("customers", "create", "never", marks=pytest.mark.extended),
        ("customers", "delete", "keep"),
    ],
)
def test_another_policy_does_not_go_unnoticed(mapping: str, path: str, policy: str) -> None:
    def changed(source: MappingSource) -> MappingSource:
        side = source.root.table(path)
        at = side.at
        made = load_map(f"books: {policy}")
        assert isinstance(made, MapNode)
        entries = {**source.root.entries, path: MapNode({**side.entries, **made.entries}, at, side.keys)}
        return replace(source, root=MapNode(entries, source.root.at, source.root.keys))

    sources = tuple(changed(one) if one.name == mapping else one for one in project().mappings)

    assert report(replace(project(), mappings=sources)).exit_code == 2


def load_map(text: str) -> MapNode:
    root = load_text(text, "changed.yaml").root
    assert root is not None
    return root
