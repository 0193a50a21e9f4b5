"""Salesforce as its owner loads it, and as the community's client for it reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import requests
import requests.adapters
from simple_salesforce.api import Salesforce

from system.northwind.shop import Customer, Line, Shop
from system.northwind.stage import System

ROOT = "/services/data/v66.0"
BATCH = 200


class ToLoopback(requests.adapters.HTTPAdapter):
    """Leads simple-salesforce, which knows https only, to the simulator."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        request.url = self.base + parts.path + (f"?{parts.query}" if parts.query else "")
        kwargs["proxies"] = {}
        return super().send(request, *args, **kwargs)


def sdk(system: System) -> Any:
    """The client, as a person (changes made with it are nobody's but theirs)."""
    session = requests.Session()
    session.mount("https://", ToLoopback(system.access["url"]))
    token = system.access["user_token"]
    return Salesforce(
        instance_url="https://sim.my.salesforce.com", session_id=token, session=session, parse_float=Decimal
    )


def all_rows(client: Any, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.query_all(query)["records"]
    return [{name: value for name, value in row.items() if name != "attributes"} for row in found]


# --- loading ------------------------------------------------------------------------------------------------------


def create(system: System, name: str, records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Create records through the public API, 200 a call; gives their ids in order."""
    made: list[str] = []
    whole = [{"attributes": {"type": name}, **record} for record in records]
    for start in range(0, len(whole), BATCH):
        body = json.dumps({"records": whole[start : start + BATCH]}, default=str)
        answer = system.http.post(f"{ROOT}/composite/sobjects", content=body).json()
        assert all(row["success"] for row in answer), [row for row in answer if not row["success"]][:1]
        made += [row["id"] for row in answer]
    return made


@dataclass(frozen=True, slots=True)
class Loaded:
    """Salesforce ids by the shop's own."""

    accounts: dict[str, str]
    products: dict[str, str]
    deals: dict[str, str]


def load(system: System, shop: Shop) -> Loaded:
    """Load the shop: accounts, products with prices in each currency they are sold in, won deals with lines."""
    made = create(system, "Account", (_account(one) for one in shop.customers.values()))
    accounts = dict(zip(shop.customers, made, strict=True))
    records = ({"Name": name, "ProductCode": id, "IsActive": True} for id, name in shop.products.items())
    products = dict(zip(shop.products, create(system, "Product2", records), strict=True))
    entries = _prices(system, shop, products)
    deals = _deals(system, shop, accounts)
    lines = (
        _item(line, deals[order.id], entries[line.product, shop.currency(order)])
        for order in shop.orders.values()
        for line in order.lines
    )
    create(system, "OpportunityLineItem", lines)
    return Loaded(accounts, products, deals)


def _account(one: Customer) -> dict[str, Any]:
    return {
        "Name": one.name,
        "AccountNumber": one.id,
        "Type": "Customer - Direct",
        "BillingStreet": one.street,
        "BillingCity": one.city,
        "BillingState": one.region or None,
        "BillingPostalCode": one.postcode or None,
        "BillingCountry": one.country,
        "Phone": one.phone,
        "Fax": one.fax or None,
        "CurrencyIsoCode": one.currency,
    }


def _prices(system: System, shop: Shop, products: Mapping[str, str]) -> dict[tuple[str, str], str]:
    book = system.http.get(f"{ROOT}/query", params={"q": "SELECT Id FROM Pricebook2 WHERE IsStandard = true"})
    common = {"Pricebook2Id": book.json()["records"][0]["Id"], "UnitPrice": 1, "IsActive": True}
    records = ({**common, "Product2Id": products[id], "CurrencyIsoCode": code} for id, code in shop.sold)
    return dict(zip(shop.sold, create(system, "PricebookEntry", records), strict=True))


def _deals(system: System, shop: Shop, accounts: Mapping[str, str]) -> dict[str, str]:
    records = (
        {
            "Name": order.id,
            "AccountId": accounts[order.customer],
            "StageName": "Closed Won",
            "CloseDate": order.date,
            "CurrencyIsoCode": shop.currency(order),
        }
        for order in shop.orders.values()
    )
    return dict(zip(shop.orders, create(system, "Opportunity", records), strict=True))


def _item(line: Line, deal: str, entry: str) -> dict[str, Any]:
    numbers = {"Quantity": float(line.quantity), "UnitPrice": float(line.price), "Discount": float(line.percent)}
    return {"OpportunityId": deal, "PricebookEntryId": entry, **numbers}
