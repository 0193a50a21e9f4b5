"""Over- and prepayments: made at the bank (`/__sim__/prepay`), read and applied through the API (facts 2.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tieout_xero.simulator.credit_views import CreditShapes
from tieout_xero.simulator.problems import Invalid
from tieout_xero.simulator.resource import Resource, Saved, View, Write
from tieout_xero.simulator.totals import ZERO

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from tieout_xero.simulator.allocations import Allocations
    from tieout_xero.simulator.books import Books
    from tieout_xero.simulator.codec import Row
    from tieout_xero.simulator.contacts import Contacts
    from tieout_xero.simulator.tables import Table


class Prepaid(Resource):
    """What both have in common: nobody writes them but the bank."""

    flag = "HasErrors"
    written = False
    composite = frozenset({"LineItems", "Contact", "Payments", "Allocations"})
    queries = frozenset({"where", "order", "page", "pagesize", "unitdp"})

    def __init__(self, books: Books, table: Table, contacts: Contacts, allocations: Allocations) -> None:
        super().__init__(books, table)
        self.contacts = contacts
        self.optimised = frozenset({self.key, "UpdatedDateUTC"})
        self.known = frozenset(
            {"Type", "Date", "Status", "LineAmountTypes", "SubTotal", "TotalTax", "Total", "CurrencyCode", "Reference"}
            | {"CurrencyRate", "RemainingCredit", "UpdatedDateUTC", *self.composite, self.key}
        )
        self._shapes = CreditShapes(books, contacts, allocations, self.key)

    def find(self, reference: str) -> Row | None:
        """By id."""
        return self.table.get(reference.lower())

    def getter(self, path: tuple[str, ...]) -> Callable[[Row], object]:
        """Fields of the credit, and those of its contact."""
        if path[0] == "Contact" and len(path) > 1:
            inner, contacts = self.contacts.getter(path[1:]), self.books.contacts.rows
            return lambda row: inner(contacts[row["Contact"]])
        return super().getter(path)

    def save(self, element: Row, write: Write) -> Saved:
        """Refuse: they are made through BankTransactions."""
        del element, write
        raise Invalid(f"An {self.name} is made through BankTransactions.")

    def receive(self, contact: Row, amount: Decimal, day: date, currency: str) -> Row:
        """Record what a customer paid too much, or in advance; untaxed."""
        row = {
            self.key: self.books.guid(),
            "Type": f"RECEIVE-{self.name.upper()}",
            "Contact": contact["ContactID"],
            "Date": day,
            "Status": "AUTHORISED",
            "Reference": "",
            "LineAmountTypes": "NoTax",
            "Lines": [],
            "SubTotal": amount,
            "TotalTax": ZERO,
            "Total": amount,
            "RemainingCredit": amount,
            "FullyPaidOnDate": None,
            "CurrencyCode": currency,
            "CurrencyRate": self.books.rates.find(currency, day),
            "UpdatedDateUTC": self.books.now(),
        }
        self.table.put(row)
        return row

    def view(self, row: Row, view: View, places: int) -> Row:
        """Show it."""
        return self._shapes.view(row, view, places)


class Overpayments(Prepaid):
    """The Overpayments endpoint."""

    name, plural, key = "Overpayment", "Overpayments", "OverpaymentID"


class Prepayments(Prepaid):
    """The Prepayments endpoint."""

    name, plural, key = "Prepayment", "Prepayments", "PrepaymentID"
