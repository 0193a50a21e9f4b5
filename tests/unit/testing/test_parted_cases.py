"""Mapping tests of mappings with parts: a case is about one part."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.testing.sample import Sample, failures

DEALS = """
    mapping: deals
    version: 1
    between:
      crm: {connection: salesforce, object: Opportunity}
      books: {connection: xero, object: Invoice}
    parts: crm.OpportunityLineItems[].Name
    create: {books: {when: crm.IsWon}}
    fields:
      - {books: Type, value: ACCREC, only: create}
      - {books: Contact.ContactID, value: c1}
      - {books: CurrencyCode, from: crm.CurrencyIsoCode}
      - {books: LineAmountTypes, value: NoTax}
    lists:
      - books: LineItems
        from: crm.OpportunityLineItems
        where: crm.Name == link.part
        key: {crm: Id, books: LineItemID}
        fields:
          - {books: Description, from: crm.Name}
"""
CASE = """
test: deals
cases:
  - case: one
    part: {part}
    crm: {{IsWon: true, CurrencyIsoCode: GBP, OpportunityLineItems: [{{Id: l1, Name: a}}, {{Id: l2, Name: b}}]}}
    expect: {expect}
"""


@pytest.fixture
def project(tmp_path: Path) -> Sample:
    made = Sample(tmp_path)
    made.write("mappings", {"invoices.yaml": DEALS})
    return made


def case(project: Sample, part: str, expect: str) -> list[tuple[str, str, str]]:
    report = project.run(CASE.format(part=part, expect=expect), ["deals"])
    assert report.problems == ()
    return failures(report)


@pytest.mark.parametrize("part", ["a", "b"])
def test_a_case_decides_the_part_that_it_names(project: Sample, part: str) -> None:
    row = "{others: true, create: {books: {LineItems: [{Description: ROW}]}}}"
    assert case(project, part, row.replace("ROW", part)) == []
    assert case(project, part, row.replace("ROW", "c")) != []


def test_a_part_that_the_record_does_not_have_gets_no_partner(project: Sample) -> None:
    assert case(project, "c", "{}") == []


LINKED = """
test: deals
start:
  drafted:
    crm: {IsWon: true, CurrencyIsoCode: GBP, OpportunityLineItems: [{Id: l1, Name: a}, {Id: l2, Name: b}]}
    books:
      Type: ACCREC
      Contact.ContactID: c1
      CurrencyCode: GBP
      LineAmountTypes: NoTax
      LineItems: [{LineItemID: row, Description: b}]
cases:
  - case: nothing
    start: drafted
    linked: true
    part: b
    expect: {}
"""


def test_a_linked_case_begins_with_the_lines_of_its_part(project: Sample) -> None:
    report = project.run(LINKED, ["deals"])
    assert (report.problems, failures(report)) == ((), [])
