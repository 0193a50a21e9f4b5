"""A user of SpotlerCRM who may only read: nothing tells so beforehand, the first refused write does."""

from __future__ import annotations

import pytest

from system.spotlercrm.office import Office

BACK = """\
mapping: people
version: 1
between:
  crm: {connection: spotlercrm, object: accounts}
  books: {connection: xero, object: Contact}
match:
  - {crm: name, books: Name}
create: {crm: always}
conflict: books
fields:
  - {crm: name, books: Name}
"""


@pytest.mark.extended
def test_sx06_a_write_that_is_forbidden_stops_its_mapping_once_and_no_record(firm: Office) -> None:
    firm.write(people=BACK)
    for name in ("Acme", "Bolt"):
        firm.books.contact(name)
    firm.crm.order("rights", object="accounts", writes=False)
    planned = firm.run("plan", "--json")
    assert planned.code == 0, planned
    refused = firm.run("apply", planned.report["plan"], "--allow", "first-run")
    assert refused.code == 6, refused
    assert refused.out.count("you may not change accounts") == 1
    assert firm.crm.rows("accounts") == {}
    assert firm.run("status", "--json").report["holds"] == []
    firm.crm.order("rights", object="accounts", writes=True)
    assert firm.run("run").code == 0
    assert len(firm.crm.rows("accounts")) == 2
