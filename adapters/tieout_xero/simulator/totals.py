"""Line amounts, tax and totals as Xero computes them (facts 2.6), on their own arithmetic.

Written apart from the engine on purpose: what it predicts is checked against this; a shared mistake would cancel out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

HUNDRED = Decimal(100)
ZERO = Decimal("0.00")
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)  # more digits than any quantity times any price times any rate needs
_UNITS = {places: Decimal(1).scaleb(-places) for places in (2, 4, 6)}


def rounded(value: Decimal, places: int = 2) -> Decimal:
    """Round half up, away from zero, to 2, 4 or 6 decimals."""
    return value.quantize(_UNITS[places], context=_EXACT)


def divided(value: Decimal, by: Decimal) -> Decimal:
    """Divide, to more digits than any amount has."""
    return _EXACT.divide(value, by)


def line_amount(quantity: Decimal, unit: Decimal, rate: Decimal | None, discount: Decimal | None) -> Decimal:
    """Quantity x unit x (100 - discount rate) / 100, or less a fixed discount, to the cent (facts 2.3 LineItems)."""
    gross = _EXACT.multiply(quantity, unit)
    if rate is not None:
        return rounded(_EXACT.divide(_EXACT.multiply(gross, HUNDRED - rate), HUNDRED))
    return rounded(_EXACT.subtract(gross, discount or ZERO))


def line_tax(amount: Decimal, rate: Decimal, types: str) -> Decimal:
    """Tax of one line at `rate` percent, to the cent: on top (Exclusive), within (Inclusive), or none (facts 2.6)."""
    if types == "Exclusive":
        return rounded(_EXACT.divide(_EXACT.multiply(amount, rate), HUNDRED))
    if types == "Inclusive":
        return rounded(_EXACT.divide(_EXACT.multiply(amount, rate), HUNDRED + rate))
    return ZERO


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of a document in its own currency, two decimals."""

    sub_total: Decimal
    tax: Decimal
    total: Decimal


def totals(lines: Iterable[tuple[Decimal, Decimal]], types: str) -> Totals:
    """Sum (amount, tax) of lines that are rounded already; inclusive amounts contain their tax (facts 2.6)."""
    pairs = list(lines)
    amount = sum((amount for amount, _ in pairs), ZERO)
    tax = sum((tax for _, tax in pairs), ZERO)
    sub_total = amount - tax if types == "Inclusive" else amount
    return Totals(sub_total, tax, sub_total + tax)


def to_base(amount: Decimal, rate: Decimal) -> Decimal:
    """Turn a document amount into base currency: amount / rate, to the cent (facts 2.7)."""
    return rounded(_EXACT.divide(amount, rate))


def effective_rate(components: Iterable[tuple[Decimal, bool]]) -> Decimal:
    """Percent that (rate, compound) components come to, with the four decimals in which Xero keeps it.

    A compound rate is taken of the amount and the plain rates together: 6 and 4 compound give 10.24 (facts 2.5
    TaxRates). The specification shows EffectiveRate as "decimal to 4dp", and tax is reckoned at that rate: [U] whether
    Xero reckons at the unrounded one, which differs only where a product has more than four decimals.
    """
    pairs = list(components)
    plain = sum((rate for rate, compound in pairs if not compound), Decimal(0))
    compound = sum((rate for rate, compound in pairs if compound), Decimal(0))
    return rounded(_EXACT.divide(_EXACT.multiply(HUNDRED + plain, compound), HUNDRED) + plain, 4)
