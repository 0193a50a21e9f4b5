"""Mapping tests of rules that ask for exchange rates: a case tells them, or the project's own tables do."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from unit.testing.sample import Sample, failures

DEALS = """
    mapping: deals
    version: 1
    between:
      crm: {connection: salesforce, object: Opportunity}
      books: {connection: xero, object: Invoice}
    create: {books: {when: crm.IsWon}}
    fields:
      - {books: Type, value: ACCREC, only: create}
      - {books: Contact.ContactID, from: crm.AccountId, link: customers}
      - {books: CurrencyCode, from: crm.CurrencyIsoCode}
      - {books: CurrencyRate, from: crm.CurrencyIsoCode, as: {rate: {at: crm.CloseDate}}}
      - {books: LineAmountTypes, value: NoTax}
    lists:
      - books: LineItems
        from: crm.OpportunityLineItems
        key: {crm: Id, books: LineItemID}
        fields:
          - {books: Description, from: crm.Name}
"""
CASE = """
test: deals
rates: {{JPY/GBP: "190"}}
links: {{customers: [{{crm: a1, books: c1}}]}}
cases:
  - case: one
    organisation: {{books: {{currency: GBP}}}}
    rates: {rates}
    crm: {{AccountId: a1, CloseDate: "2026-11-02", IsWon: true, CurrencyIsoCode: {code}, OpportunityLineItems: []}}
    expect: {{others: true, {expect}}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Sample:
    made = Sample(tmp_path)
    made.write("mappings", {"invoices.yaml": DEALS})
    yaml = tmp_path / "tieout.yaml"
    yaml.write_text(yaml.read_text("utf-8") + "rates: {chain: [salesforce, {file: rates.csv}]}\n", "utf-8")
    made.write("", {"rates.csv": "date,currency,base,rate\n2026-11-02,EUR,GBP,1.25\n"})
    return made


@pytest.mark.parametrize(
    ("code", "rates", "expect"),
    [
        ("USD", '{USD/GBP: "1.40"}', "create: {books: {CurrencyRate: 1.4}}"),
        ("EUR", "{}", "create: {books: {CurrencyRate: 1.25}}"),
        ("EUR", '{EUR/GBP: "1.20"}', "create: {books: {CurrencyRate: 1.2}}"),
        ("USD", '{USD/JPY: "0.007"}', "create: {books: {CurrencyRate: 1.33}}"),
        ("GBP", "{}", "create: {books: {CurrencyRate: 1}}"),
        ("USD", "{}", "held: [{code: no-rate}]"),
        ("USD", '{USD/GBP: "1"}', "held: [{code: no-rate}]"),
    ],
)
def test_sx41_a_case_goes_by_its_own_rates_then_by_the_projects(
    project: Sample, code: str, rates: str, expect: str
) -> None:
    report = project.run(CASE.format(code=code, rates=rates, expect=expect), ["deals"])
    assert (report.problems, failures(report)) == ((), [])
    assert len(report.results) == 1


def test_a_rate_in_a_case_is_a_number_in_quotes_of_a_pair(project: Sample) -> None:
    text = dedent(CASE.format(code="USD", rates="{USD: 1.3}", expect="create: {books: {}}"))
    told = [problem.message for problem in project.run(text, ["deals"]).problems]
    assert told == ["'USD': a pair of currencies is written as USD/GBP", "expected text, not the number 1.3"]
