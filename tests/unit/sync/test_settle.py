"""What a write left behind that was never answered: only what shows is known."""

from __future__ import annotations

import pytest

from schemas.world import check
from tieout.model import Value
from tieout.sync.settle import Evidence, settle
from tieout.sync.words import Base, Child, Image, Item, Kind, ListWrite, Planned, Quality, State, Write

THINGS = """\
mapping: things
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
fields:
  - {crm: Name, books: Name}
  - {crm: AccountNumber, books: AccountNumber}
"""
DEALS = """\
mapping: deals
version: 1
between:
  crm: {connection: salesforce, object: Opportunity}
  books: {connection: xero, object: Invoice}
fields:
  - {books: CurrencyCode, from: crm.CurrencyIsoCode}
lists:
  - books: LineItems
    from: crm.OpportunityLineItems
    key: {crm: Id, books: LineItemID}
    fields:
      - {books: Description, from: crm.Name}
"""


@pytest.mark.parametrize("answered", [True, False])
def test_a_field_is_only_called_not_stored_where_the_system_said_that_it_did_it(*, answered: bool) -> None:
    (mapping,) = check(THINGS).mappings
    name, number = (rule.key for rule in mapping.rules)
    writes = [
        Write(name, 1, ("Name",), "old", "new", "new", ""),
        Write(number, 1, ("AccountNumber",), "1", "2", "2", ""),
    ]
    operation = Planned(Kind.UPDATE, "things", 1, 1, "c1", "a1", writes=writes)
    image = Image("c1", State.PRESENT, {"Name": "new", "AccountNumber": "1"})
    made = settle(operation, mapping, Evidence(image, answered=answered, sure=False))
    assert made.arrived
    assert list(made.base) == [name]
    assert made.not_stored == ([number] if answered else []), "an earlier request may have brought the name"


@pytest.mark.parametrize(("kind", "record"), [(Kind.CREATE, {}), (Kind.UPDATE, {"Name": "old"})])
def test_law3_what_was_sent_is_the_base_where_the_record_went_before_it_was_read(
    kind: Kind, record: dict[str, Value]
) -> None:
    (mapping,) = check(THINGS).mappings
    name = mapping.rules[0].key
    operation = Planned(kind, "things", 1, 1, "c1", "a1", writes=[Write(name, 1, ("Name",), "old", "new", " new", "")])
    made = settle(operation, mapping, Evidence(Image("c1", State.GONE, record), answered=True, sure=False))
    assert made.base == {name: Base((" new", "new"))}
    assert made.not_stored == []


def test_law3_what_rows_agree_upon_beside_a_write_of_others_stays_agreed() -> None:
    (mapping,) = check(DEALS).mappings
    (rows,) = mapping.lists
    key = rows.rules[0].key
    kept = Item("l1", 0, "b1", {"Description": "theirs"})
    new = Item("l2", 0, None, {"Description": "new"}, {key: (None, "new", "new")})
    differs = Base(("ours", "theirs"), Quality.DIFFERS)
    before = [{"LineItemID": "b1", "Description": "theirs"}]
    write = ListWrite(
        rows.key, 1, ("LineItems",), before, [kept, new], "", agreed=[Child(("l1", "b1"), 0, {key: differs})]
    )
    operation = Planned(Kind.UPDATE, "deals", 1, 1, "i1", "006", lists=[write])
    image = Image("i1", State.PRESENT, {"LineItems": [*before, {"LineItemID": "b2", "Description": "new"}]})
    made = settle(operation, mapping, Evidence(image, answered=True, sure=True))
    assert [dict(child.base) for child in made.children[rows.key]] == [{key: differs}, {key: Base(("new", "new"))}]


@pytest.mark.parametrize(
    ("text", "late", "sure", "paired"),
    [
        ("theirs", False, False, True),
        ("theirs", True, False, False),
        ("theirs", True, True, True),
        ("ours", True, False, True),
    ],
)
def test_law3_a_row_that_is_seen_later_is_ours_by_its_content_and_not_by_its_place(
    text: str, *, late: bool, sure: bool, paired: bool
) -> None:
    (mapping,) = check(DEALS).mappings
    (rows,) = mapping.lists
    item = Item("l1", 0, None, {"Description": "ours"}, {rows.rules[0].key: (None, "ours", "ours")})
    write = ListWrite(rows.key, 1, ("LineItems",), [], [item], "create")
    operation = Planned(Kind.CREATE, "deals", 1, 1, None, "006", lists=[write])
    image = Image("i1", State.PRESENT, {"LineItems": [{"LineItemID": "b1", "Description": text}]})
    made = settle(operation, mapping, Evidence(image, answered=True, sure=sure, late=late))
    assert [child.ids for child in made.children.get(rows.key, ())] == ([("l1", "b1")] if paired else [])
    assert list(made.unclear) == ([] if paired else [rows.key])
