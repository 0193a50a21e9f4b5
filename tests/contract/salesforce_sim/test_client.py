"""The simulator driven by a client that others wrote: simple-salesforce."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from .conftest import Sim, ToLoopback


def test_logs_in_with_client_credentials_and_works_with_the_token(sim: Sim) -> None:
    session = requests.Session()
    session.mount("https://", ToLoopback(sim.url))
    sf: Any = Salesforce(
        consumer_key=sim.access["client_id"],
        consumer_secret=sim.access["client_secret"],
        domain="sim.my",
        session=session,
    )

    assert sf.query("SELECT Name FROM Organization")["records"][0]["Name"] == "Tieout Sandbox Ltd"
    assert sf.session_id != sim.access["access_token"]


def test_creates_reads_updates_deletes(sim: Sim) -> None:
    sf = sim.sdk()
    made = sf.Account.create({"Name": "Bólido Comidas preparadas", "AnnualRevenue": 120000, "NumberOfEmployees": 12})
    sf.Account.update(made["id"], {"BillingCity": "Madrid", "BillingCountry": "Spain"})

    found = sf.Account.get(made["id"])

    assert found["Name"] == "Bólido Comidas preparadas"
    assert (found["AnnualRevenue"], found["NumberOfEmployees"]) == (120000.0, 12)
    assert found["BillingAddress"]["city"] == "Madrid"
    assert sf.Account.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound, match="ENTITY_IS_DELETED"):
        sf.Account.get(made["id"])


def test_upserts_by_external_id(sim: Sim) -> None:
    sf = sim.sdk()

    assert sf.Account.upsert("Tieout_Key__c/a b%2Fc", {"Name": "One"}) == 201
    assert sf.Account.upsert("Tieout_Key__c/a b%2Fc", {"Name": "Two"}) == 200

    found = sf.Account.get_by_custom_id("Tieout_Key__c", "a b/c")
    assert (found["Name"], found["Tieout_Key__c"]) == ("Two", "a b/c")
    assert sim.counters()["by_key"] == {"a b/c": {"created": 1, "updated": 1}}


def test_pages_through_all_rows(sim: Sim) -> None:
    sf = sim.sdk()
    for start in range(0, 600, 200):
        records = [{"attributes": {"type": "Account"}, "Name": f"Account {n:04}"} for n in range(start, start + 200)]
        sf.restful("composite/sobjects", method="POST", json={"allOrNone": False, "records": records})

    pages = list(sf.query_all_iter("SELECT Name FROM Account", headers={"Sforce-Query-Options": "batchSize=200"}))

    assert sorted(row["Name"] for row in pages) == [f"Account {n:04}" for n in range(600)]
    assert sim.counters()["calls"]["queryMore"] == 2


def test_tells_what_changed_and_what_was_deleted(sim: Sim) -> None:
    sf = sim.sdk()
    kept, gone = (sf.Account.create({"Name": name})["id"] for name in ("Kept", "Gone"))
    sf.Account.delete(gone)
    sim.control("clock", advance=120)
    now = sim.control("clock")["now"]
    start = f"{now[:10]}T00:00:00+00:00"
    sim.control("clock", advance=3600)

    from_day = {"start": start, "end": sim.control("clock")["now"]}

    assert sf.restful("sobjects/Account/updated/", params=from_day)["ids"] == [kept]
    assert [row["id"] for row in sf.restful("sobjects/Account/deleted/", params=from_day)["deletedRecords"]] == [gone]


def test_says_what_is_wrong_in_exceptions_of_the_client(sim: Sim) -> None:
    sf = sim.sdk()
    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        sf.Account.create({"Phone": "1"})
    with pytest.raises(SalesforceMalformedRequest, match="No such column 'Nope__c' on entity 'Account'"):
        sf.query("SELECT Nope__c FROM Account")
    sim.control("revoke")
    with pytest.raises(SalesforceExpiredSession, match="INVALID_SESSION_ID"):
        sf.query("SELECT Id FROM Account")


def test_describes_itself(sim: Sim) -> None:
    sf = sim.sdk()

    names = {one["name"] for one in sf.describe()["sobjects"]}
    key = next(field for field in sf.Account.describe()["fields"] if field["name"] == "Tieout_Key__c")

    assert {"Account", "Contact", "Opportunity", "OpportunityLineItem", "CurrencyType"} <= names
    assert (key["externalId"], key["unique"], key["caseSensitive"], key["length"]) == (True, True, True, 50)
    assert sf.limits()["DailyApiRequests"]["Max"] == 15000
