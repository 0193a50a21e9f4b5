"""What may still be changed in a record, and why not the rest (facts 2.1, 2.3, 2.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tieout.adapter import Lock, Verb
from tieout_xero.wire import day, number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

SETTLED = frozenset(
    {
        "Reference",
        "DueDate",
        "InvoiceNumber",
        "BrandingThemeID",
        "Contact",
        "Contact.ContactID",
        "Url",
        "LineItems.Description",
        "LineItems.AccountCode",
        "LineItems.Tracking",
    }
)
"""What can still be edited in a part or fully paid document (facts 2.3, editing)."""
STATUS = frozenset({"Status"})
"""What can still be moved in a quote that is out."""
CONTACT = frozenset({"Contact", "Contact.ContactID"})
"""Not editable where a credit note paid."""
CREDITS = ("CreditNotes", "Prepayments", "Overpayments")

ARCHIVED_CONTACT = Lock(
    "the contact is archived, and Xero lets no program edit an archived contact",
    ways_out=("restore the contact in Xero, then run again",),
)
ENDED = "reissue it as a new document"


@dataclass(frozen=True, slots=True)
class LockDates:
    """Until when the books are closed; None: not set."""

    period: date | None = None
    year_end: date | None = None

    def closed_until(self) -> date | None:
        """Give the later one; a document of that day or before cannot be edited."""
        return max((one for one in (self.period, self.year_end) if one), default=None)


def contact_lock(row: Mapping[str, Any]) -> Lock | None:
    """Tell why a contact cannot be edited."""
    return ARCHIVED_CONTACT if row.get("ContactStatus") == "ARCHIVED" else None


def document_lock(row: Mapping[str, Any], dates: LockDates) -> Lock | None:
    """Tell why an invoice cannot be edited freely; what ends it altogether comes first."""
    status = str(row.get("Status") or "")
    if status in {"VOIDED", "DELETED"}:
        return Lock(f"the invoice is {status.lower()}, which is final", ways_out=(ENDED,))
    lock = _closed(row, dates, "invoice") or _settled(row, status)
    if lock is None or why_not_credited(row):
        return lock
    return replace(lock, allows=frozenset({Verb.CREDIT}))


def why_not_credited(row: Mapping[str, Any]) -> str:
    """Tell why an invoice is no case for a credit note over all of it; empty: it is one.

    Nothing else bars it: neither payments, nor a closed period, for a credit note has a date of its own.
    """
    status = str(row.get("Status") or "")
    if row.get("Type") != "ACCREC":
        return "only a sales invoice is credited"
    if status not in {"AUTHORISED", "PAID"}:
        return f"the invoice is {status.lower()}: only one that is approved is credited"
    others = row.get("Prepayments") or row.get("Overpayments")
    if row.get("CreditNotes") or (number(row.get("AmountCredited")) and not others):
        return "a credit note is applied to it already: only a person knows what is left to credit"
    return ""


def credit_lock(row: Mapping[str, Any], dates: LockDates) -> Lock | None:
    """Tell why a credit note cannot be edited: as an invoice, but once it is used nothing of it can (facts 2.4)."""
    status = str(row.get("Status") or "")
    if status in {"VOIDED", "DELETED"}:
        return Lock(f"the credit note is {status.lower()}, which is final", ways_out=(ENDED,))
    if closed := _closed(row, dates, "credit note"):
        return closed
    left, total = number(row.get("RemainingCredit")), number(row.get("Total"))
    used = row.get("Allocations") or row.get("Payments") or (left is not None and total is not None and left != total)
    if status != "PAID" and not used:
        return None
    return Lock(
        "it is applied to an invoice or paid out; Xero then takes no changes of a credit note",
        ways_out=(
            "issue a further credit note, or an invoice, for the difference",
            "take it off the invoice, void it and issue a new one",
            "add a note to its history",
        ),
    )


def quote_lock(row: Mapping[str, Any]) -> Lock | None:
    """Tell why a quote cannot be edited: nothing confirms that one which went out can; its status still moves."""
    status = str(row.get("Status") or "")
    if status == "DELETED":
        return Lock("the quote is deleted, which is final", ways_out=(ENDED,))
    if status == "DRAFT":
        return None
    return Lock(
        f"the quote is {status.lower()}; only a draft is changed",
        editable=STATUS,
        ways_out=("delete it and issue a new quote", "add a note to its history"),
    )


def payment_lock(row: Mapping[str, Any], dates: LockDates) -> Lock | None:
    """Tell why a payment cannot be edited: never, whatever its state."""
    return _closed(row, dates, "payment") or Lock(
        "Xero has no way to change a payment", ways_out=("delete the payment and record it anew",)
    )


def _closed(row: Mapping[str, Any], dates: LockDates, what: str) -> Lock | None:
    until, dated = dates.closed_until(), day(row.get("Date"))
    if until is None or dated is None or dated > until:
        return None
    return Lock(
        f"the {what} is dated {dated} and the books are closed up to {until}",
        ways_out=(
            "add a note to its history",
            "issue a credit note or a further invoice in the open period",
            "ask the accountant to move the lock date",
        ),
        closed_until=until,
    )


def _settled(row: Mapping[str, Any], status: str) -> Lock | None:
    credited = _credited(row)
    if status != "PAID" and not credited and not _paid(row):
        return None
    how = "it is paid" if status == "PAID" else "a payment or credit note is allocated to it"
    editable = SETTLED | ({"PlannedPaymentDate"} if row.get("Type") == "ACCPAY" else set())
    return Lock(
        f"{how}; Xero then takes changes of a few fields only",
        editable=frozenset(editable - CONTACT if credited else editable),
        ways_out=(
            "issue a credit note for the difference",
            "remove the payment, void the invoice and issue a new one",
            "add a note to its history",
        ),
    )


def _paid(row: Mapping[str, Any]) -> bool:
    if row.get("Payments") or number(row.get("AmountPaid")):
        return True
    # The answer to a write names neither payments nor credits; what is due still tells (facts 2.3).
    due, total = number(row.get("AmountDue")), number(row.get("Total"))
    return due is not None and total is not None and due != total


def _credited(row: Mapping[str, Any]) -> bool:
    return bool(number(row.get("AmountCredited"))) or any(row.get(kind) for kind in CREDITS)
