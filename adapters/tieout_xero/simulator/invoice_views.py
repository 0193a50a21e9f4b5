"""The shapes of an invoice: unpaged, paged, summary, single, written (facts 2.3)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tieout_xero.simulator import lines
from tieout_xero.simulator.books import Books
from tieout_xero.simulator.codec import Row
from tieout_xero.simulator.resource import View
from tieout_xero.simulator.settlement import credit_table, live

if TYPE_CHECKING:
    from tieout_xero.simulator.contacts import Contacts

PLAIN = ("Type", "InvoiceID", "InvoiceNumber")
AMOUNTS = ("SubTotal", "TotalTax", "Total", "AmountDue", "AmountPaid")
DATES = ("DueDate", "ExpectedPaymentDate", "PlannedPaymentDate", "FullyPaidOnDate")
ALLOCATIONS = ("CreditNotes", "Prepayments", "Overpayments")


class Shapes:
    """Shows invoices."""

    def __init__(self, books: Books, contacts: Contacts) -> None:
        self.books, self.contacts = books, contacts

    def view(self, row: Row, view: View, places: int) -> Row:
        """Show an invoice in one of its shapes."""
        shown: Row = {name: row[name] for name in PLAIN}
        shown["Reference"] = row["Reference"]
        if row["Url"]:
            shown["Url"] = row["Url"]
        if view is not View.WRITTEN:
            shown["AmountCredited"] = row["AmountCredited"]
        shown["CurrencyRate"] = row["CurrencyRate"]
        shown["IsDiscounted"] = any(line.get("DiscountRate") or line.get("DiscountAmount") for line in row["Lines"])
        shown["HasErrors"] = False
        shown["Contact"] = contact_within(self.books, self.contacts, row, view)
        shown.update(_dates(row))
        shown.update(Status=row["Status"], LineAmountTypes=row["LineAmountTypes"])
        shown.update(self._parts(row, view, places))
        shown.update({name: row[name] for name in AMOUNTS})
        if row["TotalDiscount"]:
            shown["TotalDiscount"] = row["TotalDiscount"]
        shown["UpdatedDateUTC"] = row["UpdatedDateUTC"]
        shown["UpdatedDateUTCString"] = f"{row['UpdatedDateUTC']:%Y-%m-%dT%H:%M:%S}Z"
        shown["CurrencyCode"] = row["CurrencyCode"]
        if row["SentToContact"]:
            shown["SentToContact"] = True
        if row["BrandingThemeID"]:
            shown["BrandingThemeID"] = row["BrandingThemeID"]
        return shown

    def _parts(self, row: Row, view: View, places: int) -> Row:
        """Lines and payments: never unpaged or in summary; payments not in answers to writes (facts 2.3)."""
        if view is View.SUMMARY:
            return {}
        parts: Row = {"HasAttachments": False}
        if view is View.UNPAGED:
            return {**parts, "LineItems": []}
        parts["LineItems"] = [lines.view(line, places) for line in row["Lines"]]
        if view is not View.WRITTEN:
            found = self.books.payments.find("invoice", row["InvoiceID"])
            parts["Payments"] = [payment_within(payment) for payment in live(found)]
            parts.update({name: [] for name in ALLOCATIONS})
            for applied in self.books.allocations.find("invoice", row["InvoiceID"]):
                parts[f"{applied['Kind']}s"].append(credit_within(self.books, applied))
        return parts


def contact_within(books: Books, contacts: Contacts, row: Row, view: View) -> Row:
    """Show the contact of a document: whole alone and in answers to writes, else no more than its name."""
    contact = books.contacts.rows[row["Contact"]]
    if view is View.WRITTEN:
        return contacts.view(contact, View.WRITTEN, 2)
    if view is View.SINGLE:
        return contacts.view(contact, View.UNPAGED, 2)
    short = {"ContactID": contact["ContactID"], "Name": contact["Name"]}
    empty: Row = {"Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": []}
    return {**short, **empty, "HasValidationErrors": False}


def credit_within(books: Books, applied: Row) -> Row:
    """Show a credit inside the invoice that it is applied to; AppliedAmount is what counts there (specification)."""
    kind, id = applied["Kind"], applied["Credit"]
    credit = credit_table(books, kind).rows[id]
    number = {"CreditNoteNumber": credit["CreditNoteNumber"], "HasErrors": False} if kind == "CreditNote" else {}
    amounts = {"AppliedAmount": applied["Amount"], "Total": credit["Total"], "CurrencyRate": credit["CurrencyRate"]}
    return {f"{kind}ID": id, "ID": id, **number, "Date": credit["Date"], **amounts, "LineItems": []}


def payment_within(row: Row) -> Row:
    """Show a payment inside its invoice (facts 2.4)."""
    return {
        "PaymentID": row["PaymentID"],
        "Date": row["Date"],
        "Amount": row["Amount"],
        "Reference": row["Reference"],
        "CurrencyRate": row["CurrencyRate"],
        "HasAccount": True,
        "HasValidationErrors": False,
    }


def _dates(row: Row) -> Row:
    shown: Row = {"DateString": _day(row["Date"]), "Date": row["Date"]}
    for name in DATES:
        if (value := row[name]) is not None:
            shown[name] = value
            if name in {"DueDate", "ExpectedPaymentDate"}:
                shown[f"{name}String"] = _day(value)
    return shown


def _day(value: date) -> str:
    return f"{value:%Y-%m-%d}T00:00:00"
