"""Rules that few projects need, each from its text in a mapping to what both systems hold afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.northwind.stage import sandbox

PRICES = """\
mapping: prices
version: 1
between:
  crm: {connection: salesforce, object: Product2}
  books: {connection: xero, object: Item}
match:
  - {crm: ProductCode, books: Code}
conflict: review
on_link: newest
fields:
  - {crm: Description, books: Description}
  - {crm: Price__c, books: SalesDetails.UnitPrice, conflict: max, as: money, when: crm.CurrencyIsoCode == 'GBP'}
  - {crm: Cost__c, books: PurchaseDetails.UnitPrice, conflict: min, as: money, when: crm.CurrencyIsoCode == 'GBP'}
"""
RATINGS = """\
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account, where: crm.Type == settings.kind}
  books: {connection: xero, object: Contact, where: "!contains(settings.left_out, books.Name)"}
settings: {kind: Prospect, left_out: []}
tables:
  ratings: [{crm: Hot, books: "1"}, {crm: Cold, books: "2"}]
match:
  - {crm: Name, books: Name}
create: {books: always, crm: always}
fields:
  - {crm: Name, books: Name}
  - {crm: Type, from: settings.kind, only: create}
  - {crm: Rating, books: CompanyNumber, as: {lookup: ratings}}
"""
CURRENCY = """\
<CustomField xmlns="http://soap.sforce.com/2006/04/metadata"><fullName>{name}</fullName><label>{name}</label>
<type>Currency</type><precision>18</precision><scale>2</scale></CustomField>
"""
ROOT = "/services/data/v66.0"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own; a test puts its mapping in."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        yield made


def uses(desk: Desk, mapping: str) -> None:
    """Put a mapping in the place of the pack."""
    (desk.folder / "own").mkdir()
    (desk.folder / "own" / "mapping.yaml").write_text(mapping, "utf-8")
    desk.replace("use: salesforce-xero", "use: own")


def query(desk: Desk, text: str) -> list[dict[str, Any]]:
    answer = desk.stage.salesforce.http.get(f"{ROOT}/query", params={"q": text})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["records"]
    return found


def contacts(desk: Desk) -> dict[str, str | None]:
    rows = desk.stage.xero.http.get("/api.xro/2.0/Contacts").json()["Contacts"]
    return {row["Name"]: row.get("CompanyNumber") for row in rows}


# --- prices -------------------------------------------------------------------------------------------------------


def priced(desk: Desk) -> tuple[str, str]:
    """Make a product and, a minute later, an item of the same code with other values; gives both ids."""
    for name in ("Price__c", "Cost__c"):
        desk.stage.salesforce.order("field/add", object="Product2", xml=CURRENCY.format(name=name))
    made = {"Name": "Tea", "ProductCode": "T", "Description": "older", "Price__c": 10, "Cost__c": 5}
    product = desk.stage.salesforce.http.post(f"{ROOT}/sobjects/Product2", json=made).json()["id"]
    desk.stage.advance(60)
    item = {
        "Code": "T",
        "Description": "newer",
        "IsSold": True,
        "IsPurchased": True,
        "SalesDetails": {"UnitPrice": 11, "AccountCode": "200"},
        "PurchaseDetails": {"UnitPrice": 4, "AccountCode": "429"},
    }
    answer = desk.stage.xero.http.put("/api.xro/2.0/Items", json={"Items": [item]})
    assert answer.status_code == 200, answer.text
    return product, answer.json()["Items"][0]["ItemID"]


def prices(desk: Desk) -> tuple[list[Any], list[Any]]:
    """Give text, price and cost of either side."""
    (row,) = query(desk, "SELECT Description, Price__c, Cost__c FROM Product2")
    (item,) = desk.stage.xero.http.get("/api.xro/2.0/Items").json()["Items"]
    figures = (item["SalesDetails"]["UnitPrice"], item["PurchaseDetails"]["UnitPrice"])
    return [row["Description"], row["Price__c"], row["Cost__c"]], [item["Description"], *figures]


def test_the_newest_record_wins_when_two_are_linked_and_then_the_larger_and_the_smaller_figure(desk: Desk) -> None:
    product, item = priced(desk)
    uses(desk, PRICES)
    desk.let_through()
    assert prices(desk) == (["newer", 11, 4], ["newer", 11, 4])

    desk.stage.salesforce.order("edit", object="Product2", id=product, fields={"Price__c": 20, "Cost__c": 3})
    ledger = {"SalesDetails": {"UnitPrice": 15}, "PurchaseDetails": {"UnitPrice": 6}}
    desk.stage.xero.order("edit", object="Item", id=item, fields=ledger)
    assert desk.run("run").code == 0
    assert prices(desk) == (["newer", 20, 3], ["newer", 20, 3])

    desk.stage.salesforce.order("edit", object="Product2", id=product, fields={"Price__c": 9, "Cost__c": 8})
    ledger = {"SalesDetails": {"UnitPrice": 10}, "PurchaseDetails": {"UnitPrice": 7}}
    desk.stage.xero.order("edit", object="Item", id=item, fields=ledger)
    assert desk.run("run").code == 0
    assert prices(desk) == (["newer", 10, 7], ["newer", 10, 7])


# --- settings and tables --------------------------------------------------------------------------------------------


def test_settings_and_tables_come_from_both_connections_and_work_both_ways(desk: Desk) -> None:
    uses(desk, RATINGS)
    desk.replace("    adapter: salesforce\n", "    adapter: salesforce\n    settings: {kind: Customer - Direct}\n")
    desk.replace(
        "    adapter: xero\n",
        "    adapter: xero\n"
        "    settings: {left_out: [Bank]}\n"
        "    tables: {ratings: [{crm: Hot, books: A}, {crm: Warm, books: B}, {crm: Cold, books: C}]}\n",
    )
    hot, odd = desk.account("Acme", "1", Rating="Hot"), desk.account("Crow", "2", Rating="Odd")
    cold = desk.contact("Dove", CompanyNumber="C")
    desk.contact("Bank")
    desk.let_through()
    assert contacts(desk) == {"Acme": "A", "Dove": "C", "Bank": None}
    rows = {row["Name"]: (row["Rating"], row["Type"]) for row in query(desk, "SELECT Name, Rating, Type FROM Account")}
    assert rows["Dove"] == ("Cold", "Customer - Direct")
    held = {one["record"]: one["code"] for one in desk.run("status", "--json").report["holds"]}
    assert held == {f"customers/crm:{odd}": "not-in-table"}
    (one,) = desk.run("status", "--json").report["holds"]
    assert "add the value to the table that own/mapping.yaml:15:5 uses" in one["ways_out"][0]

    desk.stage.salesforce.order("edit", object="Account", id=hot, fields={"Rating": "Warm"})
    desk.stage.xero.order("edit", object="Contact", id=cold, fields={"CompanyNumber": "A"})
    assert desk.run("run").code == 0
    assert contacts(desk)["Acme"] == "B"
    assert {row["Name"]: row["Rating"] for row in query(desk, "SELECT Name, Rating FROM Account")}["Dove"] == "Hot"


def test_a_setting_that_both_connections_give_is_refused_where_it_stands(desk: Desk) -> None:
    uses(desk, RATINGS)
    desk.replace("    adapter: salesforce\n", "    adapter: salesforce\n    settings: {left_out: [A]}\n")
    desk.replace("    adapter: xero\n", "    adapter: xero\n    settings: {left_out: [B]}\n")
    refused = desk.run("check")
    assert refused.code == 2
    assert "[given-twice]" in refused.out
    assert "salesforce, xero" in refused.out


# --- a currency that the ledger does not have ---------------------------------------------------------------------


@pytest.mark.extended
def test_a_currency_without_subscription_is_one_hold_until_it_is_subscribed_to(desk: Desk) -> None:
    acme = desk.account("Acme", "A1")
    desk.let_through()
    yen = {"IsoCode": "JPY", "ConversionRate": 150, "DecimalPlaces": 0, "IsActive": True}
    assert desk.stage.salesforce.http.post(f"{ROOT}/sobjects/CurrencyType", json=yen).status_code == 201
    deal, other = desk.deal("In yen", acme, CurrencyIsoCode="JPY"), desk.deal("In euro", acme, CurrencyIsoCode="EUR")
    told = desk.run("run", "--json")
    if told.code == 5:
        assert desk.run(*told.report["stopped"]["command"].split()[1:]).code == 3
        desk.run("run")
    (held,) = desk.run("status", "--json").report["holds"]
    assert (held["record"], held["code"]) == (f"invoices/crm:{deal}", "currency-not-subscribed")
    assert "add JPY to the currencies of the organisation" in held["ways_out"]
    assert desk.run("run").code == 0, "told once, and not sent again"
    made = "SELECT Xero_Invoice_Status__c FROM Opportunity WHERE Id = '{}'"
    assert query(desk, made.format(other))[0]["Xero_Invoice_Status__c"] == "DRAFT"

    added = desk.stage.xero.http.put("/api.xro/2.0/Currencies", json={"Code": "JPY", "Description": "Yen"})
    assert added.status_code == 200, added.text
    assert desk.run("run").code == 0, "it goes on by itself"
    assert query(desk, made.format(deal))[0]["Xero_Invoice_Status__c"] == "DRAFT"
    assert desk.run("status", "--json").report["holds"] == []
