"""Accounts that the words of a mapping give lines of sales are held against the ledger's own, with where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.systems import describe
from schemas.world import Installed
from tieout.finding import Severity
from tieout.mapping.check import check_project
from tieout.money.chart import Account, Chart
from tieout.problems import Problem
from tieout.project import load_project

PROJECT = """\
tieout: 1
project: accounts
connections:
  salesforce: {adapter: salesforce, options: {url: "http://127.0.0.1:1"}}
  xero:
    adapter: xero
    options: {url: "http://127.0.0.1:2"}
    MORE
mappings:
  - use: mappings/
"""
INVOICES = """\
mapping: invoices
version: 1
between:
  crm: {connection: salesforce, object: Opportunity}
  books: {connection: xero, object: Invoice}
settings: {code: "200"}
tables: {codes: {Tea: "200", Rent: "400"}}
fields:
  - {books: Type, value: ACCREC, only: create}
lists:
  - books: LineItems
    from: crm.OpportunityLineItems
    key: {crm: Id, books: LineItemID}
    fields:
      - {books: Description, from: crm.Description}
      - books: AccountCode
        first:
          - {from: crm.Product2.Family, as: {lookup: codes}}
          - {from: settings.code}
"""
CHART = Chart(
    accounts={
        "200": Account("200", "Sales", "SALES", "REVENUE"),
        "205": Account("205", "Old", "SALES", "REVENUE", active=False),
        "260": Account("260", "Other Revenue", "REVENUE", "REVENUE"),
        "400": Account("400", "Advertising", "EXPENSE", "EXPENSE"),
    }
)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    (tmp_path / "mappings").mkdir()
    return tmp_path


def found(folder: Path, mapping: str = INVOICES, connection: str = "rounding: xero") -> list[Problem]:
    """Check a project with known accounts, and give what is said of these."""
    (folder / "tieout.yaml").write_text(PROJECT.replace("MORE", connection), "utf-8")
    (folder / "mappings" / "invoices.yaml").write_text(mapping, "utf-8")
    project, problems = load_project(folder, None, {})
    assert project is not None, problems
    checked = check_project(
        project, Installed(), describe, charts=lambda name: CHART if name.startswith("xero") else None
    )
    return [one for one in checked.problems if "account" in one.message]


def test_px30_an_entry_of_a_table_that_is_no_revenue_account_is_told_where_it_stands(written: Path) -> None:
    (problem,) = found(written)
    assert (problem.code, problem.severity) == ("not-revenue-account", Severity.WARNING)
    assert str(problem.at).startswith("mappings/invoices.yaml:7:")
    assert "the table codes, Rent, gives a line of Invoice (xero): the account 400 (Advertising)" in problem.message
    assert "of the type EXPENSE, and a line of a sale names one of revenue; there are 200 Sales, 260" in problem.message
    assert 'sales_accounts: ["400"] under connections.xero' in problem.mend


def test_px30_what_a_connection_gives_stands_there(written: Path) -> None:
    (problem,) = found(written, connection='tables: {codes: {Tea: "205"}}')
    assert (problem.code, str(problem.at)[:14]) == ("inactive-account", "tieout.yaml:8:")


@pytest.mark.parametrize(
    ("was", "now", "code"),
    [
        ('settings: {code: "200"}', 'settings: {code: "400"}', "not-revenue-account"),
        ("{from: settings.code}", '{value: "999"}', "unknown-account"),
        ("{from: crm.Product2.Family, as: {lookup: codes}}", '{from: crm.Name, as: {lookup: {A: "205"}}}', "inactive-"),
        ("        first:", '        default: "400"\n        first:', "not-revenue-account"),
    ],
)
def test_px30_settings_constants_defaults_and_tables_in_place_are_looked_at(
    written: Path, was: str, now: str, code: str
) -> None:
    text = INVOICES.replace('Rent: "400"', 'Rent: "260"').replace(was, now)
    (problem,) = found(written, text)
    assert problem.code.startswith(code)


def test_px30_what_the_project_allows_and_what_is_no_sale_is_not_told(written: Path) -> None:
    assert found(written, connection='sales_accounts: ["400"]') == []
    assert found(written, INVOICES.replace("ACCREC", "ACCPAY")) == []
    assert found(written, INVOICES.replace("value: ACCREC", "from: crm.Type")) == [], "it is told when it is planned"


def test_px30_an_allowed_account_must_be_there_and_be_usable(written: Path) -> None:
    text = INVOICES.replace('Rent: "400"', 'Rent: "260"')
    (problem,) = found(written, text, 'sales_accounts: ["400", "999"]')
    assert problem.code == "unknown-account"
    assert "sales_accounts allows an account that no line can name: there is no account 999" in problem.message


def test_px30_what_is_no_ledger_has_no_accounts_to_allow(written: Path) -> None:
    text = PROJECT.replace("{adapter: salesforce,", '{adapter: salesforce, sales_accounts: ["400"],')
    (written / "mappings" / "invoices.yaml").write_text(INVOICES, "utf-8")
    (written / "tieout.yaml").write_text(text.replace("MORE", "rounding: xero"), "utf-8")
    project, _ = load_project(written, None, {})
    assert project is not None
    assert "no-ledger" in [one.code for one in check_project(project, Installed(), describe).problems]
