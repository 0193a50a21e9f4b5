"""Allocations: a credit applied to an invoice, and taken back (facts 2.4: two calls, create and allocate)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tieout_xero.simulator.books import Books
from tieout_xero.simulator.codec import Row, read_date
from tieout_xero.simulator.problems import Invalid, Malformed
from tieout_xero.simulator.resource import (
    Resource,
    Saved,
    View,
    Write,
    nested,
    number,
    refuse,
    refuse_unknown,
    text,
)
from tieout_xero.simulator.settlement import credit_table, settle_credit, settle_invoice
from tieout_xero.simulator.totals import ZERO, rounded

CREDITS = {"CreditNote": "CreditNoteID", "Overpayment": "OverpaymentID", "Prepayment": "PrepaymentID"}
"""Kind of credit -> its id."""
RECEIVABLE = frozenset({"ACCRECCREDIT", "RECEIVE-OVERPAYMENT", "RECEIVE-PREPAYMENT"})
"""Types that are applied to sales invoices; the others are to bills."""
KNOWN = frozenset({"AllocationID", "Amount", "Date", "Invoice", "IsDeleted", *CREDITS})
NOT_APPROVED = "Credits can only be applied by and to Authorised documents"
TOO_MUCH = "The amount applied exceeds the amount outstanding on this document"
NOT_LEFT = "The amount applied exceeds the remaining credit"


class Allocations(Resource):
    """What stands under a credit; the element names its credit as the specification's Allocation does."""

    name, plural, key = "Allocation", "Allocations", "AllocationID"
    known = KNOWN
    composite = frozenset({"Invoice", *CREDITS})

    def __init__(self, books: Books) -> None:
        super().__init__(books, books.allocations)

    def find(self, reference: str) -> Row | None:
        """By id."""
        return self.table.get(reference.lower())

    def save(self, element: Row, write: Write) -> Saved:  # noqa: ARG002  an allocation is only ever made
        """Apply a credit to an invoice; the three fields that the specification requires are required."""
        refuse_unknown(self.books, "Allocation", element, KNOWN)
        kind, credit = self._credit(element)
        invoice = self._invoice(element)
        amount, day = number(element, "Amount"), element.get("Date")
        if amount is None or not day:
            raise Malformed("An allocation needs Amount, Date and Invoice.")
        amount = rounded(amount)
        refuse(self._problems(credit, invoice, amount))
        refuse(lock for lock in [self.books.lock(read_date(day, "Date"))] if lock)
        row = {
            "AllocationID": self.books.guid(),
            "Kind": kind,
            "Credit": credit[CREDITS[kind]],
            "Invoice": invoice["InvoiceID"],
            "Amount": amount,
            "Date": read_date(day, "Date"),
            "UpdatedDateUTC": self.books.now(),
        }
        self.table.put(row)
        self._settle(row)
        return Saved(row, "created")

    def remove(self, row: Row) -> Row:
        """Take an allocation back; what was applied is due again."""
        refuse(lock for lock in [self.books.lock(row["Date"])] if lock)
        self.table.remove(row["AllocationID"])
        self._settle(row)
        return {"AllocationID": row["AllocationID"], "Date": row["Date"], "Amount": row["Amount"],
                "Invoice": {"InvoiceID": row["Invoice"]}, "IsDeleted": True}  # fmt: skip

    def _settle(self, row: Row) -> None:
        settle_credit(self.books, row["Kind"], row["Credit"])
        settle_invoice(self.books, row["Invoice"])

    def _credit(self, element: Row) -> tuple[str, Row]:
        for kind, key in CREDITS.items():
            if sent := nested(element, kind):
                id = (text(sent, key) or "").lower()
                if (found := credit_table(self.books, kind).get(id)) is not None:
                    return kind, found
                raise Invalid(f"An existing {kind} with the specified {key} could not be found")
        raise Malformed("An allocation needs its credit.")

    def _invoice(self, element: Row) -> Row:
        id = (text(nested(element, "Invoice") or {}, "InvoiceID") or "").lower()
        if (found := self.books.invoices.get(id)) is None:
            raise Invalid("An existing Invoice with the specified InvoiceID could not be found")
        return found

    def _problems(self, credit: Row, invoice: Row, amount: Decimal) -> Iterator[str]:
        if credit["Status"] != "AUTHORISED" or invoice["Status"] != "AUTHORISED":
            yield NOT_APPROVED
            return
        if (credit["Type"] in RECEIVABLE) != (invoice["Type"] == "ACCREC"):
            yield "A credit can only be applied to documents of its own side."
        if (credit["Contact"], credit["CurrencyCode"]) != (invoice["Contact"], invoice["CurrencyCode"]):
            yield "A credit can only be applied to documents of the same contact and currency."
        if amount <= ZERO:
            yield "The amount applied must be greater than zero."
        if amount > credit["RemainingCredit"]:
            yield NOT_LEFT
        if amount > invoice["AmountDue"]:
            yield TOO_MUCH

    def view(self, row: Row, view: View, places: int) -> Row:  # noqa: ARG002  one shape
        """Show an allocation; the answer to a create does not name its id (specification, example)."""
        invoice = self.books.invoices.rows[row["Invoice"]]
        short = {"InvoiceID": invoice["InvoiceID"], "InvoiceNumber": invoice["InvoiceNumber"],
                 "LineItems": [], "HasErrors": False}  # fmt: skip
        shown: Row = {"Amount": row["Amount"], "Date": row["Date"], "Invoice": short}
        if view is View.WRITTEN:
            return {**shown, row["Kind"]: {CREDITS[row["Kind"]]: row["Credit"], "LineItems": []}}
        return {"AllocationID": row["AllocationID"], **shown}
