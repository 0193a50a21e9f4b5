"""A real shop's customers, products and orders, loaded as anybody would, come out as they went in."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tieout_salesforce.simulator.encoding import decode, encode

from .conftest import ROOT, Sim

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "northwind"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}")

CODES = {
    "Argentina": "ARS",
    "Brazil": "BRL",
    "Canada": "CAD",
    "Denmark": "DKK",
    "Mexico": "MXN",
    "Norway": "NOK",
    "Poland": "PLN",
    "Sweden": "SEK",
    "Switzerland": "CHF",
    "UK": "GBP",
    "USA": "USD",
    "Venezuela": "VES",
}


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load(sim: Sim, name: str, records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Create records; gives their ids in order."""
    made: list[str] = []
    whole = [{"attributes": {"type": name}, **record} for record in records]
    for start in range(0, len(whole), 200):
        body = encode({"records": whole[start : start + 200]})
        answer = sim.http.post(f"{ROOT}/composite/sobjects", content=body).json()
        assert all(row["success"] for row in answer), [row for row in answer if not row["success"]][:1]
        made += [row["id"] for row in answer]
    return made


def all_rows(sim: Sim, query: str) -> list[dict[str, Any]]:
    page = decode(sim.http.get(f"{ROOT}/query", params={"q": query}).content)
    found: list[dict[str, Any]] = page["records"]
    while not page["done"]:
        page = decode(sim.http.get(page["nextRecordsUrl"]).content)
        found += page["records"]
    return found


def load_customers(sim: Sim, customers: list[dict[str, str]]) -> dict[str, str]:
    records = (
        {
            "Name": one["companyName"],
            "AccountNumber": one["customerID"],
            "Type": "Customer - Direct",
            "BillingStreet": one["address"],
            "BillingCity": one["city"],
            "BillingCountry": one["country"],
            "CurrencyIsoCode": CODES.get(one["country"], "EUR"),
        }
        for one in customers
    )
    return dict(zip((one["customerID"] for one in customers), load(sim, "Account", records), strict=True))


def load_prices(sim: Sim, sold: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    book = sim.rows("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"]
    products = rows("products")
    made = load(sim, "Product2", ({"Name": one["productName"], "ProductCode": one["productID"]} for one in products))
    product = dict(zip((one["productID"] for one in products), made, strict=True))
    common = {"Pricebook2Id": book, "UnitPrice": 1, "IsActive": True}
    records = ({**common, "Product2Id": product[id], "CurrencyIsoCode": currency} for id, currency in sold)
    return dict(zip(sold, load(sim, "PricebookEntry", records), strict=True))


def load_deals(sim: Sim, orders: list[dict[str, str]], account: dict[str, str], code: dict[str, str]) -> dict[str, str]:
    records = (
        {
            "Name": one["orderID"],
            "AccountId": account[one["customerID"]],
            "StageName": "Closed Won",
            "CloseDate": f"{int(one['orderDate'][:4]) + 28}{one['orderDate'][4:10]}",
            "CurrencyIsoCode": code[one["customerID"]],
        }
        for one in orders
    )
    return dict(zip((one["orderID"] for one in orders), load(sim, "Opportunity", records), strict=True))


def line(one: dict[str, str], deal: str, entry: str) -> dict[str, Any]:
    return {
        "OpportunityId": deal,
        "PricebookEntryId": entry,
        "Quantity": Decimal(one["quantity"]),
        "UnitPrice": Decimal(one["unitPrice"]),
        "Discount": Decimal(one["discount"]) * 100,
    }


def test_northwind_comes_out_as_it_went_in(sim: Sim) -> None:
    customers, orders, lines = (rows(name) for name in ("customers", "orders", "order-details"))
    code = {one["customerID"]: CODES.get(one["country"], "EUR") for one in customers}
    currency = {one["orderID"]: code[one["customerID"]] for one in orders}
    entry = load_prices(sim, sorted({(one["productID"], currency[one["orderID"]]) for one in lines}))
    deal = load_deals(sim, orders, load_customers(sim, customers), code)
    priced = (line(one, deal[one["orderID"]], entry[one["productID"], currency[one["orderID"]]]) for one in lines)
    load(sim, "OpportunityLineItem", priced)
    expected: dict[str, Decimal] = dict.fromkeys(deal, Decimal(0))
    for one in lines:
        discounted = Decimal(one["quantity"]) * Decimal(one["unitPrice"]) * (1 - Decimal(one["discount"]))
        expected[one["orderID"]] += discounted

    found = all_rows(
        sim, "SELECT Name, Amount, IsWon, CurrencyIsoCode, (SELECT Id FROM OpportunityLineItems) FROM Opportunity"
    )
    assert {one["Name"]: one["Amount"] for one in found} == expected
    assert all(one["IsWon"] for one in found)
    assert len({one["CurrencyIsoCode"] for one in found}) == 13
    assert sum(one["OpportunityLineItems"]["totalSize"] for one in found) == len(lines) == 2155
    names = {one["Name"] for one in all_rows(sim, "SELECT Name FROM Account")}
    assert names == {one["companyName"] for one in customers}
    assert "Wolski  Zajazd" in names
