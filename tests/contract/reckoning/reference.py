"""A third reckoning of sales invoices, in exact fractions, from the ledger's published rules alone.

It shares no code with the engine nor with the simulator: nothing of either is imported here, and no figure is a Decimal
before it is rounded. The rules, as "Rounding in Xero", the Invoices, Items and TaxRates pages state them:

- LineAmount = Quantity x UnitAmount x (100 - DiscountRate) / 100; UnitAmount first to two places, or four by unitdp=4;
- tax is computed by line, to two places, half up, then summed: Exclusive on top of the line's amount, Inclusive within
  it, NoTax none; summary values have two places whatever the currency;
- a line without a tax type has its item's, else its account's; an item also gives a price and an account;
- components of a tax rate are added, a compound one is of the amount with the others on it: 6 and 4 come to 10.24.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Books:
    """The organisation's tables, by code, as the API gives them (numbers as text)."""

    base: str
    rates: Mapping[str, Fraction]
    accounts: Mapping[str, str]
    """Account code -> its tax type."""
    items: Mapping[str, Raw]
    """Item code -> its SalesDetails."""


@dataclass(frozen=True)
class Line:
    """A line's figures, in cents."""

    tax_type: str
    amount: int
    tax: int


@dataclass(frozen=True)
class Reckoned:
    """A document's figures, in cents."""

    lines: tuple[Line, ...]
    subtotal: int
    tax: int
    total: int


def books(organisation: Raw, rates: Sequence[Raw], accounts: Sequence[Raw], items: Sequence[Raw]) -> Books:
    """Arrange the tables."""
    return Books(
        organisation["BaseCurrency"],
        {rate["TaxType"]: _percent(rate["TaxComponents"]) for rate in rates},
        {account["Code"]: account.get("TaxType", "") for account in accounts if account.get("Code")},
        {item["Code"]: item.get("SalesDetails") or {} for item in items},
    )


def reckon(document: Raw, tables: Books, places: int) -> Reckoned:
    """Compute a document; `places` of unit prices: two, or four by unitdp=4."""
    how = document.get("LineAmountTypes") or "Exclusive"
    lines = tuple(_line(line, how, document.get("CurrencyCode"), tables, places) for line in document["LineItems"])
    amount, tax = sum(line.amount for line in lines), sum(line.tax for line in lines)
    subtotal = amount - tax if how == "Inclusive" else amount
    return Reckoned(lines, subtotal, tax, subtotal + tax)


def _line(line: Raw, how: str, currency: str | None, tables: Books, places: int) -> Line:
    item = tables.items.get(line.get("ItemCode") or "", {})
    price = line.get("UnitAmount")
    if price is None and currency in {None, tables.base}:
        price = item.get("UnitPrice")
    unit = Fraction(_half_up(Fraction(price or 0), places), 10**places)
    gross = Fraction(line.get("Quantity") or 0) * unit
    amount = _half_up(gross * (100 - Fraction(line.get("DiscountRate") or 0)) / 100, 2)
    account = line.get("AccountCode") or item.get("AccountCode")
    tax_type = line.get("TaxType") or item.get("TaxType") or tables.accounts.get(account or "", "")
    percent = tables.rates[tax_type] if tax_type else Fraction(0)
    if how == "NoTax":
        return Line("", amount, 0)
    of = 100 + percent if how == "Inclusive" else Fraction(100)
    return Line(tax_type, amount, _half_up(Fraction(amount, 100) * percent / of, 2))


def _half_up(value: Fraction, places: int) -> int:
    """Round to so many places, a half away from nought; give the whole number of last places."""
    whole = int(abs(value) * 10**places + Fraction(1, 2))
    return whole if value >= 0 else -whole


def _percent(components: Sequence[Raw]) -> Fraction:
    plain = sum((Fraction(part["Rate"]) for part in components if not part["IsCompound"]), Fraction(0))
    together = plain
    for part in components:
        if part["IsCompound"]:
            together += (1 + together / 100) * Fraction(part["Rate"])
    return together
