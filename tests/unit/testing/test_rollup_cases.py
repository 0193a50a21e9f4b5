"""Mapping tests of roll-ups: a case tells the records that they are over."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.testing.sample import Sample, failures

PARTIES = """
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
rollups:
  owed: {of: {books: Invoice}, by: Contact.ContactID, where: item.Type == 'ACCREC', sum: item.AmountDue, per: item.CurrencyCode}
  partners: {of: links, list: item.Name}
fields:
  - {crm: Name, books: Name}
  - {crm: Xero_Balance__c, from: rollup.owed, as: money_text, drift: review}
  - {crm: Fax, from: rollup.partners, as: {join: ", "}}
"""  # noqa: E501  # as people write it
CASES = """
test: customers
start:
  both:
    crm: {Name: Acme, Xero_Balance__c: GBP 5.00, Fax: Acme}
    books: {Name: Acme}
    beside: {books: {Invoice: [{Type: ACCREC, AmountDue: 5, CurrencyCode: GBP}]}}
cases:
"""
BLANK = """
  - case: nothing changed
    start: both
    linked: true
    expect: nothing
  - case: an invoice was paid, another one came
    start: both
    linked: true
    beside:
      books:
        Invoice:
          - {Type: ACCREC, AmountDue: "0.00", CurrencyCode: GBP}
          - {Type: ACCREC, AmountDue: "7.50", CurrencyCode: EUR}
          - {Type: ACCPAY, AmountDue: "9.50", CurrencyCode: EUR}
    expect: {update: {crm: {Xero_Balance__c: "EUR 7.50, GBP 0.00"}}}
  - case: somebody wrote over the figure
    start: both
    linked: true
    crm: {Xero_Balance__c: GBP 6.00}
    expect: {asked: [{field: crm.Xero_Balance__c, kind: drift}]}
  - case: there are further partners
    start: both
    linked: true
    beside: {books: {Invoice: [{Type: ACCREC, AmountDue: 5, CurrencyCode: GBP}], Contact: [{Name: Brook}]}}
    expect: {update: {crm: {Fax: "Acme, Brook"}}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Sample:
    made = Sample(tmp_path)
    made.write("mappings", {"customers.yaml": PARTIES})
    return made


def test_a_case_gives_the_records_that_figures_are_over(project: Sample) -> None:
    numbers = BLANK.replace('"0.00"', "0").replace('"7.50"', "7.5").replace('"9.50"', "9.5")
    report = project.run(CASES + numbers, ["customers"])
    assert report.problems == ()
    assert failures(report) == []
    assert len(report.results) == 4


def test_an_object_that_no_figure_is_over_and_a_field_that_it_lacks_are_told(project: Sample) -> None:
    wrong = "  - {case: one, start: both, linked: true, expect: nothing, beside: {books: {Invioce: []}}}\n"
    report = project.run(CASES + wrong, ["customers"])
    assert [(one.code, one.nearest) for one in report.problems] == [("unknown-name", ("Invoice",))]
    wrong = wrong.replace("Invioce: []", "Invoice: [{Totl: 5}]")
    report = project.run(CASES + wrong, ["customers"])
    assert [one.code for one in report.problems] == ["unknown-field"]
    assert "Invoice" in report.problems[0].message
