"""`parts` that a setting switches: where it is off, the mapping is as though it had none."""

from __future__ import annotations

import pytest

from schemas.world import check
from tieout.mapping.check import Checked
from tieout.model import Value

SWITCHED = """\
mapping: deals
version: 1
between: {crm: {connection: salesforce, object: Opportunity}, books: {connection: xero, object: Invoice}}
settings: {split: SPLIT}
remember: {crm: Xero_Link__c}
parts: {when: settings.split, from: "crm.OpportunityLineItems[].NAME"}
rollups: {numbers: {of: links, list: item.InvoiceNumber}}
fields:
  - {books: Reference, from: crm.Name}
  - {crm: Description, from: "join(', ', rollup.numbers)"}
"""


def checked(split: str, name: str = "Name") -> Checked:
    return check(SWITCHED.replace("SPLIT", split).replace("NAME", name))


def test_switched_off_the_mapping_has_no_parts_and_remembers() -> None:
    found = checked("false")
    (made,) = found.mappings
    assert found.problems == ()
    assert (made.parts, made.rollups[0].side) == (None, "crm")
    assert made.sides[0].remember is not None
    assert "OpportunityLineItems.Name" not in made.sides[0].paths


def test_switched_on_it_has_parts_and_what_one_field_cannot_hold_is_left_out() -> None:
    found = checked("true")
    (made,) = found.mappings
    assert made.parts is not None
    assert (made.parts.side, made.rollups[0].side) == ("crm", "crm")
    assert made.sides[0].remember is None
    (told,) = found.problems
    assert told.code == "skipped"
    assert ":5:" in str(told.at)
    assert "remember.crm" in told.message


@pytest.mark.parametrize(("name", "off", "on"), [("Nam", [], ["unknown-field"]), ("f(", ["syntax"], ["syntax"])])
def test_switched_off_a_field_that_is_missing_is_no_matter_and_a_mistake_is(
    name: str, off: list[str], on: list[str]
) -> None:
    for split, wanted in (("false", off), ("true", on)):
        codes = [one.code for one in checked(split, name).problems if one.code != "skipped"]
        assert codes == wanted


THREE_STATES = """\
mapping: deals
version: 1
between: {crm: {connection: salesforce, object: Opportunity}, books: {connection: xero, object: Invoice}}
leave:
  books:
    when: books.Status == 'DRAFT'
    do: delete
    ask: true
    otherwise: {when: crm.IsWon, do: hold, otherwise: keep, edited: keep}
fields:
  - {books: Reference, from: crm.Name}
"""


@pytest.mark.parametrize(
    ("status", "won", "word", "asks", "edited"),
    [
        ("DRAFT", True, "delete", True, "review"),
        ("PAID", True, "hold", False, "keep"),
        ("PAID", False, "keep", False, "keep"),
    ],
)
def test_what_becomes_of_a_document_may_depend_on_three_states(
    status: str, word: str, edited: str, *, won: bool, asks: bool
) -> None:
    found = check(THREE_STATES)
    assert found.problems == ()
    policy = found.mappings[0].sides[1].leave
    scope: dict[str, Value] = {"books": {"Status": status}, "crm": {"IsWon": won}}
    assert (*policy.word(scope), policy.chosen(scope).edited) == (word, asks, edited)
