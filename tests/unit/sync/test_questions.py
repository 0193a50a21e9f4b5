"""What a person is asked says what would be written."""

from __future__ import annotations

from schemas.world import check
from tieout.sync.memory import Memory
from tieout.sync.reconcile import reconcile
from tieout.sync.sight import Facts, Sight
from tieout.sync.words import Base, Image, Link, State

ASKED = """\
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
match:
  - {crm: Name, books: Name}
update: {books: review}
fields:
  - {crm: Name, books: Name}
  - {crm: AccountNumber, books: AccountNumber}
  - {books: FirstName, from: crm.BillingCity, pii: true}
"""


def test_the_question_for_an_update_names_its_fields_and_masks_what_is_personal() -> None:
    (mapping,) = check(ASKED).mappings
    crm = Image("001", State.PRESENT, {"Name": "A", "AccountNumber": "2", "BillingCity": "Bath"})
    books = Image("c-1", State.PRESENT, {"Name": "A", "AccountNumber": "1", "FirstName": "York"})
    base = {rule.key: Base(("A", "A")) for rule in mapping.rules if rule.key.startswith("crm.Name")}
    base |= {rule.key: Base(("1", "1")) for rule in mapping.rules if "AccountNumber" in rule.key}
    base |= {rule.key: Base(("York", "York")) for rule in mapping.rules if "FirstName" in rule.key}
    link = Link(1, 1, "", ("001", "c-1"), base=base)
    sight = Sight(mapping, (crm, books), Facts({}, lambda *_: None, lambda *_: None), 1, link)
    (question,) = reconcile(sight, Memory()).questions
    assert question.text == 'write to books c-1? AccountNumber "1" → "2"; FirstName (masked) → (masked)'


CLASHING = """\
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
match:
  - {crm: AccountNumber, books: AccountNumber}
conflict: review
fields:
  - {crm: Name, books: Name, pii: true}
"""


def test_a_conflict_between_masked_values_names_whose_they_are_and_since_when() -> None:
    (mapping,) = check(CLASHING).mappings
    (rule,) = mapping.rules
    stamp = "2026-07-29T12:00:00Z"
    crm = Image("001", State.PRESENT, {"Name": "Ann"}, stamp=stamp)
    books = Image("c-1", State.PRESENT, {"Name": "Anna"})
    link = Link(1, 1, "", ("001", "c-1"), base={rule.key: Base(("An", "An"))})
    sight = Sight(mapping, (crm, books), Facts({}, lambda *_: None, lambda *_: None), 1, link)
    (question,) = reconcile(sight, Memory()).questions
    assert question.choices == {
        "crm": "take the value of crm (masked, changed 2026-07-29)",
        "books": "take the value of books (masked)",
    }


HELD = """\
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
match:
  - {crm: AccountNumber, books: AccountNumber}
delete: {books: hold}
fields:
  - {crm: Name, books: Name}
"""


def test_a_removal_that_is_held_names_every_way_out() -> None:
    (mapping,) = check(HELD).mappings
    link = Link(1, 1, "", ("001", "c-1"))
    images = (Image("001", State.GONE, {}), Image("c-1", State.PRESENT, {"Name": "A"}))
    (held,) = reconcile(Sight(mapping, images, Facts({}, lambda *_: None, lambda *_: None), 1, link), Memory()).holds
    assert held.code == "removal-held"
    assert held.ways_out[:2] == ("remove c-1 in books by hand", "or bring 001 back in crm")
    assert "`delete`" in held.ways_out[2]
