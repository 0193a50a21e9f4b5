"""Invoices, sales (ACCREC) and bills (ACCPAY): numbers, life cycle, edits, locks, totals (facts 2.3, 2.6, 2.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tieout_xero.simulator import lines
from tieout_xero.simulator.books import Books
from tieout_xero.simulator.codec import Row, read_date
from tieout_xero.simulator.contacts import Contacts
from tieout_xero.simulator.documents import Documents, approval_problems
from tieout_xero.simulator.invoice_views import Shapes
from tieout_xero.simulator.problems import Invalid, Malformed, Missing
from tieout_xero.simulator.resource import (
    GUID,
    Saved,
    View,
    Write,
    drop_ignored,
    flag,
    refuse,
    refuse_unknown,
    text,
    too_long,
)
from tieout_xero.simulator.totals import ZERO

STATUSES = {
    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "SUBMITTED": frozenset({"SUBMITTED", "AUTHORISED", "DRAFT", "DELETED"}),
    "AUTHORISED": frozenset({"AUTHORISED", "VOIDED"}),
    "PAID": frozenset({"PAID"}),
    "VOIDED": frozenset[str](),
    "DELETED": frozenset[str](),
}
"""Status -> the statuses that it may be given (facts 2.3 Transitions)."""
BAD_STATUS = "Invoice not of valid status for modification"
HAS_PAYMENT = "This document cannot be edited as it has a payment or credit note allocated to it."
NUMBER_TAKEN = "Invoice # must be unique."
TEXTS = ("InvoiceNumber", "Reference", "BrandingThemeID", "Url", "CurrencyCode", "LineAmountTypes")
DATES = ("Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate")
READ_ONLY = frozenset(
    [
        "SubTotal",
        "TotalTax",
        "Total",
        "TotalDiscount",
        "AmountDue",
        "AmountPaid",
        "AmountCredited",
        "FullyPaidOnDate",
        "UpdatedDateUTC",
        "UpdatedDateUTCString",
        "Payments",
        "CreditNotes",
        "Prepayments",
        "Overpayments",
        "HasAttachments",
        "IsDiscounted",
        "DateString",
        "DueDateString",
        "ExpectedPaymentDateString",
        "InvoicePaymentServices",
        "RepeatingInvoiceID",
        "Attachments",
        "InvoiceAddresses",
        "CISDeduction",
        "CISRate",
    ]
)
KNOWN = READ_ONLY | {
    *TEXTS,
    *DATES,
    "InvoiceID",
    "Type",
    "Status",
    "Contact",
    "LineItems",
    "CurrencyRate",
    "SentToContact",
}
PAID_MAY_CHANGE = frozenset({*DATES[1:], "Reference", "InvoiceNumber", "BrandingThemeID", "Contact", "Url", "Lines"})
STAMPLESS = frozenset({"DueDate", "SentToContact"})
"""On a part-paid document these do not move UpdatedDateUTC (fact 3)."""
_ASCII = re.compile(r"^[\x20-\x7e]*$")
_URL = re.compile(r"^https?://\S+$")


@dataclass(frozen=True, slots=True)
class Sent:
    """One element with how it is to be written and the invoice that it means."""

    element: Row
    write: Write
    old: Row | None


class Invoices(Documents):
    """The Invoices endpoint."""

    name, plural, key = "Invoice", "Invoices", "InvoiceID"
    known = KNOWN
    optimised = frozenset(
        [
            "Status",
            "Contact.ContactID",
            "Contact.Name",
            "Contact.ContactNumber",
            "Reference",
            "InvoiceNumber",
            "InvoiceId",
            "InvoiceID",
            "Type",
            "AmountPaid",
            "Date",
            "DueDate",
            "AmountDue",
            "UpdatedDateUTC",
        ]
    )
    composite = frozenset({"LineItems", "Contact", "Payments"})
    markers = ("Url",)

    def __init__(self, books: Books, contacts: Contacts) -> None:
        super().__init__(books, books.invoices, contacts)
        self._shapes = Shapes(books, contacts)

    def kind(self, row: Row) -> str:
        """Its Type."""
        return str(row["Type"])

    def find(self, reference: str) -> Row | None:
        """By id or by InvoiceNumber (facts 2.3)."""
        if GUID.match(reference):
            return self.table.get(reference.lower())
        return next(iter(self.table.find("any_number", reference)), None)

    def save(self, element: Row, write: Write) -> Saved:
        """PUT creates; POST updates by id, else an ACCREC one by InvoiceNumber, else creates (fact 5)."""
        refuse_unknown(self.books, "Invoice", element, KNOWN)
        element = drop_ignored(self.books, "Invoice", element)
        sent = Sent(element, write, self._target(element, write))
        row = self._merged(sent)
        if sent.old is None:
            refuse(self._create_problems(row))
            if row["Type"] == "ACCREC" and not row["InvoiceNumber"]:
                row["InvoiceNumber"] = self.numbered("INV", "number")
        else:
            refuse(_status_problems(sent.old, row))
            refuse(self._edit_problems(sent.old, row))
        refuse(self._problems(row, sent))
        if row["Status"] == "AUTHORISED" and row["AmountDue"] == 0:  # nothing is due: paid by the system (facts 2.3)
            row["Status"], row["FullyPaidOnDate"] = "PAID", row["Date"]
        row["UpdatedDateUTC"] = self._stamp(sent.old, row)
        self.table.put(row)
        self.mark_contact(row, "IsCustomer" if row["Type"] == "ACCREC" else "IsSupplier")
        effect = "deleted" if row["Status"] in {"DELETED", "VOIDED"} else "updated"
        return Saved(row, effect if sent.old else "created", tuple(self._warnings(row, sent)))

    def view(self, row: Row, view: View, places: int) -> Row:
        """Show an invoice."""
        return self._shapes.view(row, view, places)

    def _target(self, element: Row, write: Write) -> Row | None:
        id = text(element, "InvoiceID")
        if id:
            found = self.find(id)
            if found is None:
                raise Missing(f"no invoice {id}")
            if write.create_only:
                raise Invalid("An invoice with this InvoiceID exists already; PUT creates only.")
            return found
        named = text(element, "InvoiceNumber")
        if write.create_only or not named or element.get("Type") == "ACCPAY":
            return None
        return self._holder(named)

    def _holder(self, named: str) -> Row | None:
        """Give the sales invoice that has this number."""
        allowed = self.books.switches.number_reuse == "allow"
        found = self.table.find("number", named)
        return next((row for row in found if not (allowed and row["Status"] in {"DELETED", "VOIDED"})), None)

    def _merged(self, sent: Sent) -> Row:
        element = sent.element
        row = dict(sent.old) if sent.old else self._blank(element)
        if text(element, "Type") not in {None, row["Type"]}:
            raise Invalid("The Type of an invoice cannot be changed.")
        for name in TEXTS:
            if (value := text(element, name)) is not None and not (name == "Reference" and row["Type"] == "ACCPAY"):
                row[name] = value
        for name in DATES:
            if element.get(name):
                row[name] = read_date(element[name], name)
        row["Status"] = text(element, "Status") or row["Status"]
        if (mailed := flag(element, "SentToContact")) is not None and row["Status"] in {"AUTHORISED", "PAID"}:
            row["SentToContact"] = mailed
        row["Contact"] = self.contact(element, row["Contact"])
        row["CurrencyRate"] = self.rate(element, row, sent.old)
        if row["Status"] not in {"VOIDED", "DELETED"}:
            self.count(row, element, sent.write)
            row["AmountDue"] = row["Total"] - row["AmountPaid"] - row["AmountCredited"]
        return row

    def _blank(self, element: Row) -> Row:
        type = text(element, "Type")
        if type not in {"ACCREC", "ACCPAY"}:
            raise Malformed("The Type of an invoice must be ACCREC or ACCPAY.")
        return {
            "InvoiceID": self.books.guid(),
            "Type": type,
            **dict.fromkeys(TEXTS, ""),
            **dict.fromkeys(DATES),
            "LineAmountTypes": "Exclusive",
            "CurrencyCode": self.books.profile.base_currency,
            "Date": self.books.today(),
            "Status": "DRAFT",
            "SentToContact": False,
            "Contact": None,
            "Lines": [],
            "AmountPaid": ZERO,
            "AmountCredited": ZERO,
            "FullyPaidOnDate": None,
            "OwnApp": self.books.acting == "app",
        }

    def _create_problems(self, row: Row) -> Iterator[str]:
        if row["Status"] not in {"DRAFT", "SUBMITTED", "AUTHORISED"}:
            yield "Invoice not of valid status for creation"
        if row["Contact"] is None:
            yield "A Contact must be specified for this type of transaction"

    def _edit_problems(self, old: Row, row: Row) -> Iterator[str]:
        """Locked periods never; with payments only some fields (facts 2.3 Editing)."""
        if lock := self.books.lock(old["Date"]):
            yield lock
        if not (old["AmountPaid"] or old["AmountCredited"] or old["Status"] == "PAID"):
            return
        touched = {name for name, value in row.items() if old.get(name) != value} - {"SentToContact"}
        if row["Status"] != old["Status"] or touched - PAID_MAY_CHANGE or lines.changed(old["Lines"], row["Lines"]):
            yield HAS_PAYMENT

    def _problems(self, row: Row, sent: Sent) -> Iterator[str]:
        if row["Status"] in {"VOIDED", "DELETED"}:
            return
        if not row["Lines"]:
            yield "One or more line items must be specified"
        if (sent.old is None or sent.old["Date"] != row["Date"]) and (lock := self.books.lock(row["Date"])):
            yield lock
        yield from too_long(row, {"InvoiceNumber": 255, "Reference": 255})
        yield from self._text_problems(row)
        if row["Status"] in {"SUBMITTED", "AUTHORISED"}:
            yield from _approval_problems(row)

    def _text_problems(self, row: Row) -> Iterator[str]:
        named = row["InvoiceNumber"]
        if row["Type"] == "ACCREC" and named:
            holder = self._holder(named)
            if holder is not None and holder["InvoiceID"] != row["InvoiceID"]:
                yield NUMBER_TAKEN
        if not _ASCII.match(named):
            yield "The InvoiceNumber may have printable ASCII characters only."
        if row["Url"] and ("xero" in row["Url"].lower() or not _URL.match(row["Url"])):
            yield "Url must be an absolute http or https address and must not contain 'xero'."
        yield from self.theme_problems(row)

    def _warnings(self, row: Row, sent: Sent) -> Iterator[str]:
        if sent.element.get("SentToContact") and row["Status"] not in {"AUTHORISED", "PAID"}:
            yield "Only AUTHORISED invoices may have SentToContact updated."
        yield from self.rate_warnings(sent.element, row)

    def _stamp(self, old: Row | None, row: Row) -> object:
        if old is not None and (old["AmountPaid"] or old["AmountCredited"]):
            touched = {name for name, value in row.items() if old.get(name) != value}
            if touched and touched <= STAMPLESS:
                return old["UpdatedDateUTC"]
        return self.books.now()


def _status_problems(old: Row, row: Row) -> Iterator[str]:
    if row["Status"] not in STATUSES[old["Status"]]:
        if old["AmountPaid"] and row["Status"] == "VOIDED":
            yield HAS_PAYMENT
        else:
            yield BAD_STATUS


def _approval_problems(row: Row) -> Iterator[str]:
    if row["DueDate"] is None:
        yield "Due Date is required."
    yield from approval_problems(row)
