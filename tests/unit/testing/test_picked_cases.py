"""Mapping tests of rules that read what is picked."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.testing.sample import Sample, failures

CUSTOMERS = """
    mapping: customers
    version: 1
    between:
      crm: {connection: salesforce, object: Account}
      books: {connection: xero, object: Contact}
    create: {books: always}
    picks:
      main:
        ask: Who is the main contact?
        of: crm.Contacts
        where: item.Email
        key: Id
        show: [LastName]
    fields:
      - {crm: Name, books: Name}
      - {books: LastName, from: pick.main.LastName}
"""
CASES = """
test: customers
start:
  two:
    crm:
      Name: Acme
      Contacts:
        - {Id: "1", LastName: Lee, Email: lee@acme.example}
        - {Id: "2", LastName: Day, Email: day@acme.example}
        - {Id: "3", LastName: Nil}
    books: {Name: Acme, LastName: Day}
cases:
"""
ONE = "{crm: {Name: Acme, Contacts: [{Id: '2', LastName: Day, Email: day@acme.example}]}"
TWO = (
    "{crm: {Name: Acme, Contacts: [{Id: '1', LastName: Lee, Email: a@b.example},"
    " {Id: '2', LastName: Day, Email: c@d.example}]}"
)


@pytest.fixture
def project(tmp_path: Path) -> Sample:
    made = Sample(tmp_path)
    made.write("mappings", {"customers.yaml": CUSTOMERS})
    return made


@pytest.mark.parametrize(
    "case",
    [
        ONE + ", case: only, expect: {picks: {main: '2'}, create: {books: {Name: Acme, LastName: Day}}}}",
        TWO + ", case: asked, expect: {asked: [{kind: pick, field: 'pick:main'}]}}",
        TWO + ", case: answered, answers: {'pick:main': '1'}, expect: {create: {books: {Name: Acme, LastName: Lee}}}}",
        TWO + ", case: named, picks: {main: '2'}, expect: {create: {books: {Name: Acme, LastName: Day}}}}",
        TWO + ", case: no option, picks: {main: '9'}, expect: {held: [{code: no-pick, says: 1 Lee}]}}",
        "{case: remembered, start: two, linked: true, picked: {main: '2'}, expect: nothing}",
        (
            "{case: another one, start: two, linked: true, picked: {main: '2'}, picks: {main: '1'},"
            " expect: {update: {books: {LastName: Lee}}}}"
        ),
        (
            "{case: gone, start: two, linked: true, picked: {main: '2'}, crm: {Contacts: [{Id: '1', LastName: Lee,"
            " Email: a@b.example}]}, expect: {noted: [no option of main any more], update: {books: {LastName: Lee}}}}"
        ),
    ],
)
def test_what_is_picked_can_be_told_and_expected(project: Sample, case: str) -> None:
    assert failures(project.run(CASES + f"  - {case}\n")) == []


def test_a_pick_that_is_another_one_fails_the_case(project: Sample) -> None:
    wrong = ONE + ", case: wrong, expect: {picks: {main: '1'}, create: {books: {Name: Acme, LastName: Day}}}}"
    assert failures(project.run(CASES + f"  - {wrong}\n")) == [("the pick main", "1", "2")]


def test_a_misspelt_pick_is_told_with_the_nearest(project: Sample) -> None:
    report = project.run(CASES + f"  - {TWO}, case: wrong, picks: {{mian: '1'}}, expect: nothing}}\n")
    (problem,) = report.problems
    assert (problem.code, problem.nearest) == ("unknown-name", ("main",))


CODES = """
    mapping: customers
    version: 1
    between:
      crm: {connection: salesforce, object: Account}
      books: {connection: xero, object: Contact}
    create: {books: always}
    picks:
      code: {of: {books: Account}, where: item.Status == 'ACTIVE', key: Code}
    fields:
      - {crm: Name, books: Name}
      - {books: AccountNumber, from: pick.code.Code}
"""
CHART = "beside: {books: {Account: [{Code: '200', Status: ACTIVE}, {Code: '210', Status: ARCHIVED}]}}"


def test_the_records_of_another_object_are_told_beside_the_two(project: Sample) -> None:
    project.write("mappings", {"customers.yaml": CODES})
    made = "expect: {create: {books: {Name: Acme, AccountNumber: '200'}}}"
    case = f"{{case: one, crm: {{Name: Acme}}, {CHART}, {made}}}"
    assert failures(project.run(f"test: customers\ncases:\n  - {case}\n")) == []
