"""The fields of credit notes, over- and prepayments (facts 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout_xero.line_fields import DOCUMENT, RATE_DECIMALS, allocations_within, line_fields, payments_within
from tieout_xero.shape import choice, day, fixed, flag, group, instant, money, number, once, reference, table, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tieout.adapter import Field

FIGURES = ("SubTotal", "TotalTax", "Total", "RemainingCredit")


def credit_note_fields() -> dict[str, Field]:
    """Give the table of credit notes, of sales and of bills; they take no discounts, and `Reference` holds the key."""
    return table(
        fixed(text("CreditNoteID")),
        once(choice("Type", "ACCRECCREDIT ACCPAYCREDIT", required=True)),
        choice("Status", "DRAFT SUBMITTED AUTHORISED PAID VOIDED DELETED"),
        text("CreditNoteNumber", 255, unique=True),
        fixed(text("Reference")),
        group("Contact"),
        reference("Contact.ContactID", "Contact", required=True, in_use=True),
        fixed(text("Contact.Name")),
        day("Date"),
        day("DueDate"),
        choice("LineAmountTypes", "Exclusive Inclusive NoTax"),
        choice(DOCUMENT),
        number("CurrencyRate", RATE_DECIMALS),
        choice("BrandingThemeID"),
        line_fields(),
        _figures(),
        fixed(day("FullyPaidOnDate")),
        allocations_within(),
        payments_within(),
        fixed(flag("HasAttachments")),
        fixed(instant("UpdatedDateUTC")),
    )


def overpayment_fields() -> dict[str, Field]:
    """Give the table of overpayments, read only: they are made through bank transactions."""
    return _prepaid("Overpayment", "RECEIVE-OVERPAYMENT SPEND-OVERPAYMENT AROVERPAYMENT")


def prepayment_fields() -> dict[str, Field]:
    """Give the table of prepayments, read only: they are made through bank transactions."""
    return _prepaid("Prepayment", "RECEIVE-PREPAYMENT SPEND-PREPAYMENT ARPREPAYMENT APPREPAYMENT")


def _prepaid(name: str, types: str) -> dict[str, Field]:
    return table(
        fixed(text(f"{name}ID")),
        fixed(choice("Type", types)),
        fixed(choice("Status", "AUTHORISED PAID VOIDED")),
        fixed(text("Reference")),
        group("Contact", creatable=False, updatable=False),
        fixed(reference("Contact.ContactID", "Contact")),
        fixed(text("Contact.Name")),
        fixed(day("Date")),
        fixed(choice("LineAmountTypes", "Exclusive Inclusive NoTax")),
        fixed(choice(DOCUMENT)),
        fixed(number("CurrencyRate", RATE_DECIMALS)),
        _figures(),
        allocations_within(),
        payments_within(),
        fixed(flag("HasAttachments")),
        fixed(instant("UpdatedDateUTC")),
    )


def _figures() -> Iterator[Field]:
    return (fixed(money(name, DOCUMENT)) for name in FIGURES)
