"""Crediting an invoice in full: a draft credit note beside it that says the same (facts 2.4).

Same contact, currency and rate, same basis, same lines with their accounts, taxes and tracking, dated today in the
organisation's terms, for Xero fills in a date that is not sent. Credit notes take no discount, so a line that has one
is one piece of what it comes to. A draft: the bookkeeper approves it, and allocates or refunds it. Its `Reference`
names the invoice and ends with the key, by which an unanswered one is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from tieout.adapter import Applied, Cause, InDoubt, Operation, Outcome, Refused
from tieout.errors import AnswerLost
from tieout.toolkit import batched
from tieout_xero.api import rows_of
from tieout_xero.errors import NOT_FOUND, failed, messages, refused
from tieout_xero.locks import why_not_credited
from tieout_xero.objects import CREDIT_NOTE, IDS, INVOICE
from tieout_xero.wire import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tieout.adapter import Batch
    from tieout_xero.api import Api, Row

REFERENCE_LENGTH = 255
NOT_CREDITED = "not-credited"
"""The code of an invoice that is no case for a credit note."""
CENT = Decimal("0.01")
KEPT = ("Description", "ItemCode", "AccountCode", "TaxType")


@dataclass(frozen=True, slots=True)
class Crediting:
    """Carries out a batch. `base`: the organisation's currency, in which no rate is sent."""

    api: Api
    base: str

    def __call__(self, batch: Batch) -> Sequence[Outcome]:
        """Read the invoices as they stand, and make a credit note for each in one request."""
        invoices = self._invoices([operation.id or "" for operation in batch.operations])
        made = [self._note(invoices.get(operation.id or ""), operation) for operation in batch.operations]
        answered = iter(self._put(batch.key, [one for one in made if not isinstance(one, Refused)]))
        return [
            one if isinstance(one, Refused) else _outcome(operation, invoices[operation.id or ""], next(answered))
            for operation, one in zip(batch.operations, made, strict=True)
        ]

    def _invoices(self, ids: Sequence[str]) -> dict[str, Row]:
        """Read invoices with their lines, which only a paged listing names (facts 2.3)."""
        found: dict[str, Row] = {}
        for some in batched(ids, IDS):
            params = {**INVOICE.reads, "IDs": ",".join(some), "page": "1", "pageSize": str(IDS)}
            found |= {str(row.get(INVOICE.id)): row for row in self.api.read(INVOICE, params).rows}
        return found

    def _note(self, invoice: Row | None, operation: Operation) -> dict[str, Any] | Refused:
        if invoice is None:
            return Refused(Cause.MOVED, NOT_FOUND, f"Xero cannot find {operation.id}")
        if why := why_not_credited(invoice):
            return Refused(Cause.LOCKED, NOT_CREDITED, why, ("Status",))
        rate = {} if invoice.get("CurrencyCode") == self.base else {"CurrencyRate": invoice.get("CurrencyRate")}
        note = {
            "Type": "ACCRECCREDIT",
            "Status": "DRAFT",
            "Contact": {"ContactID": (invoice.get("Contact") or {}).get("ContactID")},
            "LineAmountTypes": invoice.get("LineAmountTypes"),
            "CurrencyCode": invoice.get("CurrencyCode"),
            **rate,
            "Reference": reference(str(invoice.get("InvoiceNumber") or ""), operation.key),
            "LineItems": [dict(_line(line)) for line in invoice.get("LineItems") or ()],
        }
        return {name: value for name, value in note.items() if value is not None}

    def _put(self, key: str, notes: Sequence[Mapping[str, Any]]) -> Sequence[Row]:
        if not notes:
            return ()
        told = self.api.write("PUT", CREDIT_NOTE.url, key, {CREDIT_NOTE.plural: list(notes)}, CREDIT_NOTE.writes)
        rows = rows_of(CREDIT_NOTE, told)
        if rows is None or len(rows) != len(notes):
            raise AnswerLost(f"Xero's answer does not name the {len(notes)} credit notes that were sent")
        return rows


def reference(invoice: str, key: str) -> str:
    """Name the invoice for people, and end with the key."""
    return f"{invoice[: REFERENCE_LENGTH - len(key) - 1]} {key}".strip()


def key_in(row: Mapping[str, Any]) -> str:
    """Read the key back: the last word of the reference."""
    return str(row.get("Reference") or "").rpartition(" ")[2]


def _line(line: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((name, line[name]) for name in KEPT if line.get(name))
    amount, tax = number(line.get("LineAmount")), number(line.get("TaxAmount"))
    quantity, price = number(line.get("Quantity")), number(line.get("UnitAmount"))
    if amount is not None and (quantity is not None or price is not None):
        whole = _discounted(line) or quantity is None or price is None or _cents(quantity * price) != amount
        yield "Quantity", Decimal(1) if whole else quantity
        yield "UnitAmount", amount if whole else price
        # As it was booked, whatever the rate of its tax type is by now.
        yield from [("TaxAmount", tax)] if tax is not None else []
    if tracking := line.get("Tracking"):
        yield "Tracking", [{name: one[name] for name in ("Name", "Option") if one.get(name)} for one in tracking]


def _discounted(line: Mapping[str, Any]) -> bool:
    return bool(number(line.get("DiscountRate")) or number(line.get("DiscountAmount")))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _outcome(operation: Operation, invoice: Mapping[str, Any], row: Mapping[str, Any]) -> Outcome:
    if failed(row):
        return refused("; ".join(messages(row)) or "Xero gave no reason")
    id = str(row.get(CREDIT_NOTE.id) or "")
    if not id or key_in(row) != operation.key:
        return InDoubt("Xero answered for another credit note than the one that was sent")
    return Applied(id, None, (*messages(row, "Warnings"), *_differing(invoice, row)))


def _differing(invoice: Mapping[str, Any], note: Mapping[str, Any]) -> Iterator[str]:
    """Compare what the credit note comes to with the invoice: the two are to cancel out."""
    for name in ("Total", "TotalTax"):
        wanted, made = number(invoice.get(name)), number(note.get(name))
        if wanted != made:
            yield f"{name} of the credit note is {made}, of the invoice {wanted}: correct the draft"
