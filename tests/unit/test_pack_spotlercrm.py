from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest

from tieout.finding import Severity
from tieout.mapping.catalogue import Describe
from tieout.mapping.check import Checked, check_project
from tieout.mapping_sources import lines_of
from tieout.model import Twins, Value
from tieout.project import Project
from tieout.sync.noticing import events_of
from tieout.sync.sight import Facts, Sight
from tieout.sync.words import Image, State
from tieout.testing.mapping_tests import Report, run_tests
from tieout.testing.simulated import simulated
from tieout_spotlercrm.simulator import SpotlerSimulator
from tieout_spotlercrm.simulator.schema import CUSTOM
from unit.packs import PACKS, graver, named, pack, plugins, unnoticed

PACK = PACKS / "spotlercrm-xero"
VARIABLES = ("SPOTLERCRM_TOKEN", "XERO_CLIENT_ID", "XERO_CLIENT_SECRET")


def project() -> Project:
    return pack("spotlercrm-xero", *VARIABLES)


@contextmanager
def account(**kind: object) -> Iterator[Describe]:
    adapters = {name: plugins().adapter(config.adapter) for name, config in project().connections.items()}
    with simulated(adapters, {"spotlercrm": SpotlerSimulator(**kind)}) as describe:  # type: ignore[arg-type]  # options
        yield describe


def checked(**kind: object) -> Checked:
    with account(**kind) as describe:
        return check_project(project(), plugins(), describe)


def report(changed: Project | None = None) -> Report:
    with account() as describe:
        return run_tests(changed or project(), plugins(), describe)


# --- its notices --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "days"),
    [
        ({}, ["2026-03-31", "2026-04-07", "2026-04-30"]),
        ({"Status": "DRAFT"}, []),
        ({"Status": "PAID", "AmountDue": Decimal(0)}, []),
    ],
)
def test_sx66_an_approved_invoice_is_told_of_when_it_is_due_a_week_and_a_month_later(
    changed: dict[str, Value], days: list[str]
) -> None:
    invoice = {"Status": "AUTHORISED", "AmountDue": Decimal(200), "DueDate": "2026-03-31", **changed}
    images = (Image("7", State.PRESENT, {}), Image("i", State.PRESENT, invoice))
    noticed = events_of(Sight(named(checked())["invoices"], images, Facts({}, lambda *_: None, lambda *_: None)))
    assert not noticed.holds
    assert [event.day for event in noticed.events] == days


# --- the pack on any account --------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["Ledger Code", "Account Code"])
def test_a_prepared_account_runs_the_whole_pack(label: str) -> None:
    found = checked(ledger_code=label)

    assert [mapping.name for mapping in found.mappings] == ["customers", "invoices", "people"]
    assert graver(found.problems, Severity.ERROR, Severity.WARNING) == []
    assert [mapping.skipped for mapping in found.mappings] == [(), (), ()]


def test_an_account_without_our_fields_leaves_them_out_by_name() -> None:
    found = checked(custom_fields=False, ledger_code="")

    assert not graver(found.problems, Severity.ERROR)
    lacking = {name: " ".join(mapping.skipped) for name, mapping in named(found).items()}
    for name, fields in {
        "customers": ("ledgercode", "xerolink", "xerooutstanding", "xerooverdue", "xerolastinvoice", "xerototalsales"),
        "invoices": ("xeroinvoice", "xerolink", "xerostatus", "xeropaid", "xerodue", "revenuecode"),
    }.items():
        for field in fields:
            assert field in lacking[name], field


def test_without_the_key_creates_into_spotlercrm_ask_and_check_warns() -> None:
    found = checked(custom_fields=False)

    crm = named(found)["customers"].side("crm")
    assert crm.type.twins is Twins.POSSIBLE
    assert [one.code for one in found.problems if one.severity is Severity.WARNING] == ["no-marker"] * 2


def test_the_account_of_the_sandbox_has_every_field_that_the_pack_names_and_no_other() -> None:
    texts = [(PACK / f"{name}.yaml").read_text("utf-8") for name in ("customers", "invoices", "people")]
    written = set(re.findall(r"\b(?:crm: |crm\.)(xero\w+|revenuecode)\b", "\n".join(texts)))

    shipped = {field.name for fields in CUSTOM.values() for field in fields}
    assert shipped - written == {"tieoutkey"}
    assert written <= shipped


def test_the_readme_names_every_setting_and_table_with_its_default_and_every_field() -> None:
    page = (PACK / "README.md").read_text("utf-8")
    rows = {cells[1].strip(" `"): cells[3].strip() for line in page.splitlines() if len(cells := line.split("|")) == 6}
    known: dict[str, object] = {}
    for source in project().mappings:
        known |= dict(source.root.table("settings").entries) | dict(source.root.table("tables").entries)

    assert set(rows) >= set(known)
    assert (rows["payment_days"], rows["revenue_code"], rows["phone_field"]) == ("30", "200", "phone")
    assert all(field.label in page for fields in CUSTOM.values() for field in fields)


# --- its tests ----------------------------------------------------------------------------------------------------


def test_every_case_beside_the_pack_passes() -> None:
    found = report()

    assert found.exit_code == 0, found.text(lines_of(PACK, plugins().packs))
    assert {result.case.mapping for result in found.results} == {"customers", "invoices", "people"}
    assert len({(result.case.mapping, result.case.name) for result in found.results}) == len(found.results)


def test_the_cases_reach_every_rule() -> None:
    assert {one.mapping: one.missed for one in report().coverage} == {"customers": [], "invoices": [], "people": []}


@pytest.mark.parametrize("step", [10, pytest.param(1, marks=pytest.mark.extended)])
def test_no_rule_can_go_without_a_case_failing(step: int) -> None:
    with account() as describe:
        assert unnoticed(project(), describe, step) == []
