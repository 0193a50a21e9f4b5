"""The shop's own files, and what its ledger must hold, computed straight from them: nothing of the product in it."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "northwind"
CENT = Decimal("0.01")
YEARS = 28
"""Every date is moved on by so many years: weekdays stay, and the euro exists."""
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
"""Country -> currency; all others have the euro."""


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer; text exactly as written, blank where there is none."""

    id: str
    name: str
    street: str
    city: str
    region: str
    postcode: str
    country: str
    phone: str
    fax: str

    @property
    def currency(self) -> str:
        return CODES.get(self.country, "EUR")

    @property
    def ledger_name(self) -> str:
        """The name as Xero takes it: no blank at either end, never two in a row."""
        return re.sub(r"\s+", " ", self.name).strip()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order; `discount` is a share of one."""

    product: str
    quantity: Decimal
    price: Decimal
    discount: Decimal

    @property
    def amount(self) -> Decimal:
        exact = self.quantity * self.price * (1 - self.discount)
        return exact.quantize(CENT, ROUND_HALF_UP)

    @property
    def percent(self) -> Decimal:
        return self.discount * 100


@dataclass(frozen=True, slots=True)
class Order:
    """One order; `date` already moved on, as ISO text."""

    id: str
    customer: str
    date: str
    lines: Sequence[Line]

    @property
    def subtotal(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))


@dataclass(frozen=True)
class Shop:
    """Customers, products (id -> name) and orders."""

    customers: dict[str, Customer]
    products: dict[str, str]
    orders: dict[str, Order] = field(default_factory=dict)

    @cached_property
    def sold(self) -> list[tuple[str, str]]:
        """Every product with each currency that it is sold in."""
        pairs = {(line.product, self.currency(order)) for order in self.orders.values() for line in order.lines}
        return sorted(pairs)

    def currency(self, order: Order) -> str:
        return self.customers[order.customer].currency

    @property
    def lines(self) -> int:
        return sum(len(order.lines) for order in self.orders.values())

    @property
    def total(self) -> Decimal:
        return sum((order.subtotal for order in self.orders.values()), Decimal(0))


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _customer(row: dict[str, str]) -> Customer:
    columns = ("customerID", "companyName", "address", "city", "region", "postalCode", "country", "phone", "fax")
    id, name, street, city, region, postcode, country, phone, fax = (row[column] for column in columns)
    return Customer(id, name, street, city, region, postcode, country, phone, fax)


def _line(row: dict[str, str]) -> Line:
    return Line(row["productID"], Decimal(row["quantity"]), Decimal(row["unitPrice"]), Decimal(row["discount"]))


def read_shop(*, customers: int | None = None, orders: int | None = None) -> Shop:
    """Read the shop, or a small part of it: the first customers, and so many orders of theirs."""
    lines: dict[str, list[Line]] = defaultdict(list)
    for row in rows("order-details"):
        lines[row["orderID"]].append(_line(row))
    kept = {row["customerID"]: _customer(row) for row in rows("customers")[:customers]}
    taken = [row for row in rows("orders") if row["customerID"] in kept][:orders]
    made = {row["orderID"]: _order(row, lines[row["orderID"]]) for row in taken}
    return Shop(kept, {row["productID"]: row["productName"] for row in rows("products")}, made)


def _order(row: dict[str, str], lines: Sequence[Line]) -> Order:
    year, rest = row["orderDate"][:4], row["orderDate"][4:10]
    return Order(row["orderID"], row["customerID"], f"{int(year) + YEARS}{rest}", lines)
