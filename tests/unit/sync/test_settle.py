"""What a write left behind that was never answered: only what shows is known."""

from __future__ import annotations

import pytest

from schemas.world import check
from tieout.sync.settle import Evidence, settle
from tieout.sync.words import Image, Kind, Planned, State, Write

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
