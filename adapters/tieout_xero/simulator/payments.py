"""Payments: recorded against approved documents, deleted, never changed (facts 2.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

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
from tieout_xero.simulator.totals import ZERO, rounded, to_base

KNOWN = frozenset(
    [
        "Invoice",
        "InvoiceNumber",
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
OVERPAID = "Payment amount exceeds the amount outstanding on this document"
NOT_APPROVED = "Payments can only be made against Authorised documents"


class Payments(Resource):
    """The Payments endpoint."""

    name, plural, key = "Payment", "Payments", "PaymentID"
    known = KNOWN
    optimised = frozenset({"PaymentID", "UpdatedDateUTC", "Date", "Status", "Invoice.InvoiceID", "Reference"})
    composite = frozenset({"Invoice", "Account"})
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
            return lambda row: invoices[row["Invoice"]]["InvoiceNumber"]
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
        self.settle(payment["Invoice"])
        return Saved(deleted, "deleted")

    def _create(self, element: Row) -> Row:
        invoice = self._invoice(element)
        account = self._account(element)
        day = read_date(element["Date"], "Date") if element.get("Date") else self.books.today()
        amount = number(element, "Amount")
        refuse(self._problems(invoice, amount, day))
        refuse(too_long(element, {"Reference": 255}))
        row = self._row(element, invoice, account, day, rounded(amount or ZERO))
        self.table.put(row)
        self.settle(row["Invoice"])
        return row

    def _row(self, element: Row, invoice: Row, account: Row, day: date, amount: Decimal) -> Row:
        sent = number(element, "CurrencyRate")
        rate = invoice["CurrencyRate"]
        if sent is not None and invoice["CurrencyCode"] != self.books.profile.base_currency:
            rate = rounded(sent, RATE_PLACES)
            if rate <= 0:
                raise Invalid("The CurrencyRate must be greater than zero.")
        own = account["CurrencyCode"] == invoice["CurrencyCode"]
        bank = number(element, "BankAmount")
        return {
            "PaymentID": self.books.guid(),
            "Invoice": invoice["InvoiceID"],
            "Account": account["AccountID"],
            "Date": day,
            "Amount": amount,
            "BankAmount": rounded(bank) if bank is not None else amount if own else to_base(amount, rate),
            "Reference": text(element, "Reference") or "",
            "CurrencyRate": rate,
            "PaymentType": f"{invoice['Type']}PAYMENT",
            "IsReconciled": flag(element, "IsReconciled") or False,
            "Status": "AUTHORISED",
            "UpdatedDateUTC": self.books.now(),
        }

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

    def _problems(self, invoice: Row, amount: Decimal | None, day: date) -> Iterator[str]:
        if invoice["Status"] != "AUTHORISED":
            yield NOT_APPROVED
        elif amount is None or amount <= 0:
            yield "The payment amount must be greater than zero."
        elif amount > invoice["AmountDue"]:
            yield OVERPAID
        if lock := self.books.lock(day):
            yield lock

    def _warnings(self, element: Row, row: Row) -> Iterator[str]:
        if number(element, "CurrencyRate") is not None:
            currency = self.books.invoices.rows[row["Invoice"]]["CurrencyCode"]
            yield from doubts(self.books.rates, currency, row["Date"], row["CurrencyRate"])

    def settle(self, id: str) -> None:
        """Bring the paid amount, status and stamp of an invoice up to its payments (facts 2.3, Open)."""
        invoice = self.books.invoices.rows[id]
        live = [row for row in self.table.find("invoice", id) if row["Status"] != "DELETED"]
        paid = sum((row["Amount"] for row in live), ZERO)
        due = invoice["Total"] - paid - invoice["AmountCredited"]
        done = due == 0
        bumped = self.books.switches.payment_bumps == "yes"
        self.books.invoices.put(
            {
                **invoice,
                "AmountPaid": paid,
                "AmountDue": due,
                "Status": "PAID" if done else "AUTHORISED",
                "FullyPaidOnDate": max((row["Date"] for row in live), default=invoice["Date"]) if done else None,
                "UpdatedDateUTC": self.books.now() if bumped else invoice["UpdatedDateUTC"],
            }
        )

    def view(self, row: Row, view: View, places: int) -> Row:  # noqa: ARG002  payments have one shape
        """Show a payment with its account and a short invoice (facts 2.4)."""
        invoice = self.books.invoices.rows[row["Invoice"]]
        contact = self.books.contacts.rows[invoice["Contact"]]
        account = self.books.accounts.rows[row["Account"]]
        shown = {name: value for name, value in row.items() if name not in {"Invoice", "Account"}}
        shown["UpdatedDateUTCString"] = f"{row['UpdatedDateUTC']:%Y-%m-%dT%H:%M:%S}Z"
        shown["HasAccount"], shown["HasValidationErrors"] = True, False
        shown["Account"] = {"AccountID": account["AccountID"], "Code": account["Code"]}
        shown["Invoice"] = {
            "Type": invoice["Type"],
            "InvoiceID": invoice["InvoiceID"],
            "InvoiceNumber": invoice["InvoiceNumber"],
            "CurrencyCode": invoice["CurrencyCode"],
            "Contact": {"ContactID": contact["ContactID"], "Name": contact["Name"]},
            "LineItems": [],
            "HasErrors": False,
        }
        return shown
