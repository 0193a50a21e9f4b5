"""Payments of invoices and refunds of credits: recorded, deleted, never changed (facts 2.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from tieout_xero.simulator.allocations import CREDITS, RECEIVABLE
from tieout_xero.simulator.books import Books
from tieout_xero.simulator.codec import Row, read_date
from tieout_xero.simulator.problems import Invalid, Missing
from tieout_xero.simulator.rates import PLACES as RATE_PLACES
from tieout_xero.simulator.rates import doubts
from tieout_xero.simulator.resource import (
    Resource,
    Saved,
    View,
    Write,
    drop_ignored,
    flag,
    nested,
    number,
    refuse,
    refuse_unknown,
    text,
    too_long,
)
from tieout_xero.simulator.settlement import credit_table, settle_credit, settle_invoice
from tieout_xero.simulator.totals import ZERO, rounded, to_base

KNOWN = frozenset(
    [
        "Invoice",
        "InvoiceNumber",
        "CreditNote",
        "CreditNoteNumber",
        "Overpayment",
        "Prepayment",
        "Account",
        "Code",
        "Date",
        "CurrencyRate",
        "Amount",
        "BankAmount",
        "Reference",
        "IsReconciled",
        "Status",
        "PaymentType",
        "UpdatedDateUTC",
        "UpdatedDateUTCString",
        "PaymentID",
        "HasAccount",
        "Details",
        "Particulars",
        "BankAccountNumber",
    ]
)
SHORT = (
    "Type",
    "InvoiceID",
    "InvoiceNumber",
    "CreditNoteID",
    "CreditNoteNumber",
    "OverpaymentID",
    "PrepaymentID",
    "CurrencyCode",
)
"""What a payment tells of its document (facts 2.4)."""
OVERPAID = "Payment amount exceeds the amount outstanding on this document"
NOT_APPROVED = "Payments can only be made against Authorised documents"


class Payments(Resource):
    """The Payments endpoint."""

    name, plural, key = "Payment", "Payments", "PaymentID"
    known = KNOWN
    optimised = frozenset({"PaymentID", "UpdatedDateUTC", "Date", "Status", "Invoice.InvoiceID", "Reference"})
    composite = frozenset({"Invoice", "Account", *CREDITS})
    markers = ("Reference",)

    def __init__(self, books: Books) -> None:
        super().__init__(books, books.payments)

    def find(self, reference: str) -> Row | None:
        """By id."""
        return self.table.get(reference.lower())

    def getter(self, path: tuple[str, ...]) -> Callable[[Row], object]:
        """Fields of the payment and `Invoice.InvoiceID`, `Invoice.InvoiceNumber`."""
        if path in {("Invoice", "InvoiceID"), ("Invoice", "InvoiceId")}:
            return lambda row: row["Invoice"]
        if path == ("Invoice", "InvoiceNumber"):
            invoices = self.books.invoices.rows
            return lambda row: invoices[row["Invoice"]]["InvoiceNumber"] if row["Invoice"] else None
        return super().getter(path)

    def save(self, element: Row, write: Write) -> Saved:
        """With an id only `Status: DELETED` is possible; without one a payment is made."""
        refuse_unknown(self.books, "Payment", element, KNOWN)
        element = drop_ignored(self.books, "Payment", element)
        id = text(element, "PaymentID")
        if id and write.create_only:
            raise Invalid("A payment is made without a PaymentID.")
        if id:
            return self._delete(id, element)
        row = self._create(element)
        return Saved(row, "created", tuple(self._warnings(element, row)))

    def _delete(self, id: str, element: Row) -> Saved:
        payment = self.find(id)
        if payment is None:
            raise Missing(f"no payment {id}")
        if element.get("Status") != "DELETED" or payment["Status"] == "DELETED":
            raise Invalid("Payment not of valid status for modification")
        refuse(lock for lock in [self.books.lock(payment["Date"])] if lock)
        deleted = {**payment, "Status": "DELETED", "UpdatedDateUTC": self.books.now()}
        self.table.put(deleted)
        self._settle(payment)
        return Saved(deleted, "deleted")

    def _create(self, element: Row) -> Row:
        kind, document = self._document(element)
        account = self._account(element)
        day = read_date(element["Date"], "Date") if element.get("Date") else self.books.today()
        amount = number(element, "Amount")
        refuse(self._problems(kind, document, amount, day))
        refuse(too_long(element, {"Reference": 255}))
        row = self._row(element, document, account, day, rounded(amount or ZERO)) | self._of(kind, document)
        self.table.put(row)
        self._settle(row)
        return row

    def _of(self, kind: str, document: Row) -> Row:
        """Say what is paid, or refunded, and how the specification calls that."""
        if kind == "Invoice":
            type = f"{document['Type']}PAYMENT"
            return {"Kind": kind, "Invoice": document["InvoiceID"], "Credit": None, "PaymentType": type}
        side = "AR" if document["Type"] in RECEIVABLE else "AP"
        type = f"{side}{kind.upper().removesuffix('NOTE')}PAYMENT"
        return {"Kind": kind, "Invoice": None, "Credit": document[CREDITS[kind]], "PaymentType": type}

    def _settle(self, payment: Row) -> None:
        if payment["Invoice"]:
            settle_invoice(self.books, payment["Invoice"])
        else:
            settle_credit(self.books, payment["Kind"], payment["Credit"])

    def _row(self, element: Row, document: Row, account: Row, day: date, amount: Decimal) -> Row:
        sent = number(element, "CurrencyRate")
        rate = document["CurrencyRate"]
        if sent is not None and document["CurrencyCode"] != self.books.profile.base_currency:
            rate = rounded(sent, RATE_PLACES)
            if rate <= 0:
                raise Invalid("The CurrencyRate must be greater than zero.")
        own = account["CurrencyCode"] == document["CurrencyCode"]
        bank = number(element, "BankAmount")
        return {
            "PaymentID": self.books.guid(),
            "Account": account["AccountID"],
            "Date": day,
            "Amount": amount,
            "BankAmount": rounded(bank) if bank is not None else amount if own else to_base(amount, rate),
            "Reference": text(element, "Reference") or "",
            "CurrencyRate": rate,
            "IsReconciled": flag(element, "IsReconciled") or False,
            "Status": "AUTHORISED",
            "UpdatedDateUTC": self.books.now(),
        }

    def _document(self, element: Row) -> tuple[str, Row]:
        """Find the one document that is meant, with its kind; an invoice unless a credit is named."""
        for kind, key in CREDITS.items():
            sent = nested(element, kind) or {}
            id, named = text(sent, key), text(sent, f"{kind}Number") or text(element, f"{kind}Number")
            if not id and not named:
                continue
            table = credit_table(self.books, kind)
            found = table.get(id.lower()) if id else next(iter(table.find("number", named)), None)
            if found is None:
                raise Invalid(f"An existing {kind} with the specified {key} could not be found")
            return kind, found
        return "Invoice", self._invoice(element)

    def _invoice(self, element: Row) -> Row:
        sent = nested(element, "Invoice") or {}
        id, named = text(sent, "InvoiceID"), text(sent, "InvoiceNumber") or text(element, "InvoiceNumber")
        found = self.books.invoices.get(id.lower()) if id else None
        if not id and named:
            found = next(iter(self.books.invoices.find("any_number", named)), None)
        if found is None:
            raise Invalid(
                f"An existing Invoice with the specified {'InvoiceID' if id else 'number'} could not be found"
            )
        return found

    def _account(self, element: Row) -> Row:
        sent = nested(element, "Account") or {}
        id, code = text(sent, "AccountID"), text(sent, "Code") or text(element, "Code")
        found = self.books.accounts.get(id.lower()) if id else self.books.account(code or "")
        if found is None or found["Status"] != "ACTIVE":
            raise Invalid("The account of a payment must be an existing, active account.")
        if found["Type"] != "BANK" and not found["EnablePaymentsToAccount"]:
            raise Invalid("The account must be a bank account or have payments enabled.")
        return found

    def _problems(self, kind: str, document: Row, amount: Decimal | None, day: date) -> Iterator[str]:
        if document["Status"] != "AUTHORISED":
            yield NOT_APPROVED
        elif amount is None or amount <= 0:
            yield "The payment amount must be greater than zero."
        elif amount > document["AmountDue" if kind == "Invoice" else "RemainingCredit"]:
            yield OVERPAID
        if lock := self.books.lock(day):
            yield lock

    def _warnings(self, element: Row, row: Row) -> Iterator[str]:
        if number(element, "CurrencyRate") is not None:
            currency = self._paid(row)["CurrencyCode"]
            yield from doubts(self.books.rates, currency, row["Date"], row["CurrencyRate"])

    def _paid(self, row: Row) -> Row:
        if row["Invoice"]:
            return self.books.invoices.rows[row["Invoice"]]
        return credit_table(self.books, row["Kind"]).rows[row["Credit"]]

    def view(self, row: Row, view: View, places: int) -> Row:  # noqa: ARG002  payments have one shape
        """Show a payment with its account and what it pays or refunds, in short (facts 2.4)."""
        document = self._paid(row)
        contact = self.books.contacts.rows[document["Contact"]]
        account = self.books.accounts.rows[row["Account"]]
        shown = {name: value for name, value in row.items() if name not in {"Invoice", "Credit", "Kind", "Account"}}
        shown["UpdatedDateUTCString"] = f"{row['UpdatedDateUTC']:%Y-%m-%dT%H:%M:%S}Z"
        shown["HasAccount"], shown["HasValidationErrors"] = True, False
        shown["Account"] = {"AccountID": account["AccountID"], "Code": account["Code"]}
        named = [name for name in SHORT if name in document]
        shown[row["Kind"]] = {
            **{name: document[name] for name in named},
            "Contact": {"ContactID": contact["ContactID"], "Name": contact["Name"]},
            "LineItems": [],
            **({"HasErrors": False} if row["Kind"] in {"Invoice", "CreditNote"} else {}),
        }
        return shown
