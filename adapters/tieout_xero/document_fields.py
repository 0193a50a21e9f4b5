"""The fields of an Invoice and of a Payment (facts 2.3 and 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout_xero.shape import (
    FINE,
    choice,
    day,
    fixed,
    flag,
    group,
    instant,
    money,
    number,
    once,
    reference,
    rows,
    table,
    text,
    untracked,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tieout.adapter import Field

RATE_DECIMALS = 6
"""A currency rate is units of document currency for ONE unit of base currency, [18].[6] (facts 2.7)."""
DOCUMENT = "CurrencyCode"


def invoice_fields() -> dict[str, Field]:
    """Give the table of sales invoices and bills; every amount is in the document's own currency."""
    return table(
        fixed(text("InvoiceID")),
        once(choice("Type", "ACCREC ACCPAY", required=True)),
        choice("Status", "DRAFT SUBMITTED AUTHORISED PAID VOIDED DELETED"),
        text("InvoiceNumber", 255, unique=True),
        text("Reference", 255),
        group("Contact"),
        reference("Contact.ContactID", "Contact", required=True),
        fixed(text("Contact.Name")),
        day("Date"),
        untracked(day("DueDate")),
        day("ExpectedPaymentDate"),
        day("PlannedPaymentDate"),
        choice("LineAmountTypes", "Exclusive Inclusive NoTax"),
        choice(DOCUMENT),
        number("CurrencyRate", RATE_DECIMALS),
        choice("BrandingThemeID"),
        fixed(text("Url")),
        untracked(flag("SentToContact")),
        _lines(),
        (fixed(money(name, DOCUMENT)) for name in ("SubTotal", "TotalTax", "Total", "TotalDiscount")),
        (fixed(money(name, DOCUMENT)) for name in ("AmountDue", "AmountPaid", "AmountCredited")),
        fixed(day("FullyPaidOnDate")),
        _settled_by(),
        fixed(flag("HasAttachments")),
        fixed(instant("UpdatedDateUTC")),
    )


def payment_fields() -> dict[str, Field]:
    """Give the table of payments of invoices; a payment is made and deleted, never changed (facts 2.4)."""
    return table(
        fixed(text("PaymentID")),
        group("Invoice", updatable=False),
        once(reference("Invoice.InvoiceID", "Invoice", required=True)),
        fixed(text("Invoice.InvoiceNumber")),
        fixed(choice("Invoice.Type")),
        fixed(choice("Invoice.CurrencyCode")),
        group("Account", updatable=False),
        once(reference("Account.AccountID", "Account", required=True)),
        fixed(text("Account.Code")),
        once(day("Date", required=True)),
        once(money("Amount", "Invoice.CurrencyCode", required=True)),
        once(number("CurrencyRate", RATE_DECIMALS)),
        once(flag("IsReconciled")),
        fixed(text("Reference")),
        fixed(choice("PaymentType")),
        fixed(choice("Status", "AUTHORISED DELETED")),
        fixed(instant("UpdatedDateUTC")),
    )


def _lines() -> Iterator[Field]:
    """Yield the fields of a line. `LineAmount` and `TaxAmount` are Xero's figures: a tax amount is never overridden."""
    yield rows("LineItems", required=True)
    yield fixed(text("LineItems.LineItemID"))
    yield text("LineItems.Description", 4000)
    yield number("LineItems.Quantity", FINE)
    yield money("LineItems.UnitAmount", DOCUMENT, FINE)
    yield text("LineItems.ItemCode", 30)
    yield text("LineItems.AccountCode", 10)
    yield choice("LineItems.TaxType")
    yield number("LineItems.DiscountRate", FINE)
    yield money("LineItems.DiscountAmount", DOCUMENT)
    yield rows("LineItems.Tracking")
    yield text("LineItems.Tracking.Name", 100)
    yield text("LineItems.Tracking.Option", 100)
    yield fixed(money("LineItems.LineAmount", DOCUMENT))
    yield fixed(money("LineItems.TaxAmount", DOCUMENT))


def _settled_by() -> Iterator[Field]:
    yield fixed(rows("Payments"))
    yield fixed(text("Payments.PaymentID"))
    yield fixed(day("Payments.Date"))
    yield fixed(money("Payments.Amount", DOCUMENT))
    yield fixed(text("Payments.Reference"))
    yield fixed(rows("CreditNotes"))
    yield fixed(text("CreditNotes.CreditNoteID"))
    yield fixed(text("CreditNotes.CreditNoteNumber"))
    yield fixed(day("CreditNotes.Date"))
    yield fixed(money("CreditNotes.AppliedAmount", DOCUMENT))
