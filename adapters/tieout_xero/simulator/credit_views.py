"""The shapes of a credit: of a credit note, an overpayment, a prepayment (facts 2.4, examples of the specification)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout_xero.simulator import lines
from tieout_xero.simulator.invoice_views import contact_within, payment_within
from tieout_xero.simulator.resource import View
from tieout_xero.simulator.settlement import live

if TYPE_CHECKING:
    from tieout_xero.simulator.allocations import Allocations
    from tieout_xero.simulator.books import Books
    from tieout_xero.simulator.codec import Row
    from tieout_xero.simulator.contacts import Contacts

AMOUNTS = ("SubTotal", "TotalTax", "Total")


class CreditShapes:
    """Shows credits. `key`: the name of their id."""

    def __init__(self, books: Books, contacts: Contacts, allocations: Allocations, key: str) -> None:
        self.books, self.contacts, self.allocations, self.key = books, contacts, allocations, key

    def view(self, row: Row, view: View, places: int) -> Row:
        """Show a credit in one of its shapes."""
        id = row[self.key]
        payments = live(self.books.payments.find("credit", id))
        applied = self.books.allocations.find("credit", id)
        with_lines = view not in {View.UNPAGED, View.SUMMARY}
        return {
            self.key: id,
            "ID": id,
            "Payments": [payment_within(one) for one in payments],
            "CurrencyRate": row["CurrencyRate"],
            "Type": row["Type"],
            "Reference": row["Reference"],
            "RemainingCredit": row["RemainingCredit"],
            "Allocations": [self.allocations.view(one, View.SINGLE, places) for one in applied],
            "HasAttachments": False,
            "Contact": contact_within(self.books, self.contacts, row, view),
            "DateString": f"{row['Date']:%Y-%m-%d}T00:00:00",
            "Date": row["Date"],
            "Status": row["Status"],
            "LineAmountTypes": row["LineAmountTypes"],
            "LineItems": [lines.view(line, places) for line in row["Lines"]] if with_lines else [],
            **{name: row[name] for name in AMOUNTS},
            "UpdatedDateUTC": row["UpdatedDateUTC"],
            "UpdatedDateUTCString": f"{row['UpdatedDateUTC']:%Y-%m-%dT%H:%M:%S}Z",
            "CurrencyCode": row["CurrencyCode"],
        }
