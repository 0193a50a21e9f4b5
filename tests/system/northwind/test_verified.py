"""Control totals of the whole shop: worked out anew from both systems, and edits that no cursor ever showed."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from system.northwind import crm
from system.northwind.conftest import GUARDS, World
from system.northwind.shop import DATA

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}"),
    pytest.mark.extended,
]

CITY = "crm.BillingCity=books.Addresses.POBOX.City"


def test_sx53_totals_are_those_of_the_systems_and_edits_that_cursors_miss_are_found(world: World) -> None:
    world.project.write(GUARDS)
    world.project.converge()
    silent = dict(zip(("ALFKI", "FRANK", "WOLZA"), plant(world), strict=True))
    world.project.converge()
    world.stage.reset()
    ended = world.project.tieout("verify", "--json")
    assert ended.code == 3, ended
    report = ended.report
    assert report["calls"]["used"] <= report["calls"]["expected"]
    found = {(one["record"], one["field"], one["cause"]) for one in report["mismatches"] if not one["accepted"]}
    assert found == {(f"customers/crm:{id_}", CITY, "missed") for id_ in silent.values()}
    mappings = {one["mapping"]: {field["field"]: field for field in one["fields"]} for one in report["mappings"]}
    assert mappings["invoices"]["crm.Xero_Total__c"]["sums"] == totals(world)
    assert (world.stage.salesforce.effects(), world.stage.xero.effects()) == ({}, {})
    world.project.converge()
    after = world.project.tieout("verify", "customers", "--json")
    assert after.code == 0, after


def plant(world: World) -> list[str]:
    """Commit edits of three customers with stamps that every reading of changes has left behind."""
    clock = world.stage.salesforce.http.get("/__sim__/clock").json()["now"]
    then = datetime.fromisoformat(clock).astimezone(UTC) + timedelta(minutes=1)
    world.stage.advance(1500)
    world.project.converge()
    ids = [world.ids.accounts[number] for number in ("ALFKI", "FRANK", "WOLZA")]
    for id_ in ids:
        order = {"object": "Account", "id": id_, "fields": {"BillingCity": "Elsewhere"}}
        world.stage.salesforce.order("late", **order, modstamp=f"{then:%Y-%m-%dT%H:%M:%S}.000Z")
    world.stage.advance(10)
    return ids


def totals(world: World) -> dict[str, dict[str, str]]:
    """Add up what both systems say the invoices come to, by the vendor's and the community's own clients."""
    books, deals = defaultdict[str, Decimal](Decimal), defaultdict[str, Decimal](Decimal)
    for one in world.ledger.invoices():
        books[str(one.currency_code.value)] += Decimal(str(one.total))
    query = "SELECT CurrencyIsoCode, Xero_Total__c FROM Opportunity WHERE Xero_Total__c != null"
    for row in crm.all_rows(crm.sdk(world.stage.salesforce), query):
        deals[row["CurrencyIsoCode"]] += Decimal(str(row["Xero_Total__c"]))
    return {code: {"crm": plain(deals[code]), "books": plain(sum_)} for code, sum_ in books.items()}


def plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
