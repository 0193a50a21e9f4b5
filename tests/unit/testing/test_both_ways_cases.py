"""Cases of mappings whose lists go both ways."""

from __future__ import annotations

import pytest

from schemas.world import Installed
from system.memory.stage import thing
from tieout.model import ObjectType
from tieout.project import load_project
from tieout.testing.mapping_tests import Report, run_tests
from unit.testing.sample import Sample, failures

FIRST = thing("Name", "Rows.Id", "Rows.Text", children={"Rows": "Id"})
SECOND = thing("Title", "Lines.LineID", "Lines.Words", children={"Lines": "LineID"})

MAPPING = """
    mapping: lines
    version: 1
    between:
      crm: {connection: salesforce, object: Thing}
      books: {connection: xero, object: Thing}
    fields:
      - {crm: Name, books: Title}
    lists:
      - crm: Rows
        books: Lines
        key: {crm: Id, books: LineID}
        conflict: crm
        fields:
          - {crm: Text, books: Words}
"""
CASES = """
test: lines
start:
  deal:
    crm: {Name: Deal, Rows: [{Id: c1, Text: one}, {Id: c2, Text: two}]}
    books: {Title: Deal, Lines: [{LineID: b1, Words: one}, {LineID: b2, Words: two}]}
cases:
  - case: rows
    start: deal
    linked: true
    NOW
    expect: EXPECT
"""


def described(connection: str, _name: str) -> ObjectType:
    return FIRST if connection == "salesforce" else SECOND


def run(sample: Sample, cases: str) -> Report:
    (sample.folder / "mappings" / "customers.yaml").unlink()
    sample.write("mappings", {"invoices.yaml": MAPPING})
    sample.write("tests", {"cases.yaml": cases})
    project, problems = load_project(sample.folder, None, {})
    assert project is not None, problems
    return run_tests(project, Installed(), described)


@pytest.mark.parametrize(
    ("now", "expect"),
    [
        ("", "nothing"),
        (
            "crm: {Rows: [{Id: c1, Text: one}, {Id: c2, Text: second}]}",
            "{update: {books: {Lines: [{LineID: b1, Words: one}, {LineID: b2, Words: second}]}}}",
        ),
        (
            "books: {Lines: [{LineID: b2, Words: two}, {Words: three, LineID: b3}]}",
            "{update: {crm: {Rows: [{Id: c2, Text: two}, {Text: three}]}}}",
        ),
    ],
)
def test_a_list_that_goes_both_ways_starts_from_its_paired_rows(sample: Sample, now: str, expect: str) -> None:
    report = run(sample, CASES.replace("NOW", now or "crm: {}").replace("EXPECT", expect))
    assert (list(report.problems), failures(report)) == ([], [])
    assert report.exit_code == 0


def test_a_row_that_is_not_as_the_case_says_fails(sample: Sample) -> None:
    now = "crm: {Rows: [{Id: c1, Text: one}, {Id: c2, Text: second}]}"
    expect = "{update: {books: {Lines: [{LineID: b1, Words: one}, {LineID: b2, Words: third}]}}}"
    report = run(sample, CASES.replace("NOW", now).replace("EXPECT", expect))
    assert failures(report) == [("books.Lines[2].Words", '"third"', '"second"')]
    assert report.exit_code == 2
