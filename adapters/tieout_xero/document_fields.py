"""The fields of an Invoice and of a Payment (facts 2.3 and 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout_xero.line_fields import (
    DOCUMENT,
    RATE_DECIMALS,
    credits_within,
    discount_fields,
    line_fields,
    payments_within,
)
from tieout_xero.shape import (
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
    table,
    text,
    untracked,
)

if TYPE_CHECKING:
    from tieout.adapter import Field


def invoice_fields() -> dict[str, Field]:
    """Give the table of sales invoices and bills; every amount is in the document's own currency."""
    return table(
        fixed(text("InvoiceID")),
        once(choice("Type", "ACCREC ACCPAY", required=True)),
        choice("Status", "DRAFT SUBMITTED AUTHORISED PAID VOIDED DELETED"),
        text("InvoiceNumber", 255, unique=True),
        text("Reference", 255),
        group("Contact"),
        reference("Contact.ContactID", "Contact", required=True, in_use=True),
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
        line_fields(),
        discount_fields(),
        (fixed(money(name, DOCUMENT)) for name in ("SubTotal", "TotalTax", "Total", "TotalDiscount")),
        (fixed(money(name, DOCUMENT)) for name in ("AmountDue", "AmountPaid", "AmountCredited")),
        fixed(day("FullyPaidOnDate")),
        payments_within(),
        credits_within(),
        fixed(flag("HasAttachments")),
        fixed(instant("UpdatedDateUTC")),
    )


def payment_fields() -> dict[str, Field]:
    """Give the table of payments of invoices; a payment is made and deleted, never changed (facts 2.4).

    A refund, a payment of a credit note, is read as one too: it names no invoice.
    """
    return table(
        fixed(text("PaymentID")),
        group("Invoice", updatable=False),
        once(reference("Invoice.InvoiceID", "Invoice", required=True)),
        fixed(text("Invoice.InvoiceNumber")),
        fixed(choice("Invoice.Type")),
        fixed(choice("Invoice.CurrencyCode")),
        fixed(text("CreditNote.CreditNoteID")),
        fixed(text("CreditNote.CreditNoteNumber")),
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
