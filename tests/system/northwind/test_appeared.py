"""A person is faster than a plan: what it would create is there already when it is applied."""

from __future__ import annotations

from pathlib import Path

import pytest

from system.northwind import crm
from system.northwind.conftest import GUARDS, printed
from system.northwind.ledger import ledger
from system.northwind.shop import DATA, read_shop
from system.northwind.stage import Project, sandbox

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}"),
    pytest.mark.extended,
]


def test_no_twin_of_what_a_person_made_or_marked_after_the_plan(tmp_path: Path) -> None:
    shop = read_shop(customers=4, orders=0)
    with sandbox() as stage:
        ids = crm.load(stage.salesforce, shop)
        known = stage.xero.order("edit", object="Contact", fields={"Name": "Known before", "IsCustomer": True})
        project = Project(tmp_path, stage)
        project.write(GUARDS)
        stopped = project.tieout("run")
        assert stopped.code == 5, stopped
        made = {"Name": "Typed by hand", "AccountNumber": "ANATR", "IsCustomer": True}
        stage.xero.order("edit", object="Contact", fields=made)
        stage.xero.order("edit", object="Contact", id=known["ContactID"], fields={"AccountNumber": "ALFKI"})
        applied = project.tieout(*printed(stopped))
        assert applied.code == 0, applied
        numbers = [one.account_number for one in ledger(stage.xero).contacts()]
        assert sorted(numbers) == ["ALFKI", "ANATR", "ANTON", "AROUT"]
        project.converge()
        contacts = {one.account_number: one for one in ledger(stage.xero).contacts()}
        assert contacts.keys() == ids.accounts.keys()
        kept = crm.all_rows(crm.sdk(stage.salesforce), "SELECT AccountNumber, Xero_Contact_ID__c FROM Account")
        assert {row["AccountNumber"]: row["Xero_Contact_ID__c"] for row in kept} == {
            number: one.contact_id for number, one in contacts.items()
        }
