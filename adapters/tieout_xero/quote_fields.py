"""The fields of quotes (the published specification; facts 2.3 for their lines)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout_xero.line_fields import DOCUMENT, RATE_DECIMALS, discount_fields, line_fields
from tieout_xero.shape import choice, day, fixed, group, instant, money, number, reference, table, text

if TYPE_CHECKING:
    from tieout.adapter import Field


def quote_fields() -> dict[str, Field]:
    """Give the table of quotes; LineAmountTypes is spelt in capitals here, and `Reference` holds the key."""
    return table(
        fixed(text("QuoteID")),
        choice("Status", "DRAFT SENT DECLINED ACCEPTED INVOICED DELETED"),
        text("QuoteNumber", 255, unique=True),
        fixed(text("Reference")),
        text("Title", 100),
        text("Summary", 3000),
        text("Terms", 4000),
        group("Contact"),
        reference("Contact.ContactID", "Contact", required=True, in_use=True),
        fixed(text("Contact.Name")),
        day("Date", required=True),
        day("ExpiryDate"),
        choice("LineAmountTypes", "EXCLUSIVE INCLUSIVE NOTAX"),
        choice(DOCUMENT),
        number("CurrencyRate", RATE_DECIMALS),
        choice("BrandingThemeID"),
        line_fields(),
        discount_fields(),
        (fixed(money(name, DOCUMENT)) for name in ("SubTotal", "TotalTax", "Total", "TotalDiscount")),
        fixed(instant("UpdatedDateUTC")),
    )
