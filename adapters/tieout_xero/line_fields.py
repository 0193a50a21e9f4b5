"""The fields of the lines of a document, and of what settles it (facts 2.3, 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout_xero.shape import FINE, choice, day, fixed, money, number, rows, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tieout.adapter import Field

RATE_DECIMALS = 6
"""A currency rate is units of document currency for ONE unit of base currency, [18].[6] (facts 2.7)."""
DOCUMENT = "CurrencyCode"
"""Path of a document's currency: every amount in it is in that."""


def line_fields() -> Iterator[Field]:
    """Yield the fields of a line. `LineAmount` and `TaxAmount` are Xero's figures: a tax amount is never overridden."""
    yield rows("LineItems", required=True)
    yield fixed(text("LineItems.LineItemID"))
    yield text("LineItems.Description", 4000)
    yield number("LineItems.Quantity", FINE)
    yield money("LineItems.UnitAmount", DOCUMENT, FINE)
    yield text("LineItems.ItemCode", 30)
    yield text("LineItems.AccountCode", 10)
    yield choice("LineItems.TaxType")
    yield rows("LineItems.Tracking")
    yield text("LineItems.Tracking.Name", 100)
    yield text("LineItems.Tracking.Option", 100)
    yield fixed(money("LineItems.LineAmount", DOCUMENT))
    yield fixed(money("LineItems.TaxAmount", DOCUMENT))


def discount_fields() -> Iterator[Field]:
    """Yield the discounts of a line: sales invoices and quotes have them, nothing else."""
    yield number("LineItems.DiscountRate", FINE)
    yield money("LineItems.DiscountAmount", DOCUMENT)


def payments_within() -> Iterator[Field]:
    """Yield the payments that a document shows."""
    yield fixed(rows("Payments"))
    yield fixed(text("Payments.PaymentID"))
    yield fixed(day("Payments.Date"))
    yield fixed(money("Payments.Amount", DOCUMENT))
    yield fixed(text("Payments.Reference"))


def credits_within() -> Iterator[Field]:
    """Yield the credits that an invoice shows; `AppliedAmount` is what each took off it."""
    for kind in ("CreditNote", "Overpayment", "Prepayment"):
        yield fixed(rows(f"{kind}s"))
        yield fixed(text(f"{kind}s.{kind}ID"))
        yield fixed(day(f"{kind}s.Date"))
        yield fixed(money(f"{kind}s.AppliedAmount", DOCUMENT))
    yield fixed(text("CreditNotes.CreditNoteNumber"))


def allocations_within() -> Iterator[Field]:
    """Yield the invoices that a credit was applied to, as the credit shows them."""
    yield fixed(rows("Allocations"))
    yield fixed(text("Allocations.AllocationID"))
    yield fixed(day("Allocations.Date"))
    yield fixed(money("Allocations.Amount", DOCUMENT))
    yield fixed(text("Allocations.Invoice.InvoiceID"))
    yield fixed(text("Allocations.Invoice.InvoiceNumber"))
