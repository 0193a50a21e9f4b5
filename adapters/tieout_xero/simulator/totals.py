"""Line amounts, tax and totals as Xero computes them (facts 2.6), on their own arithmetic.

Written apart from the engine on purpose: what it predicts is checked against this; a shared mistake would cancel out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

CENT = Decimal("0.01")
HUNDRED = Decimal(100)
ZERO = Decimal("0.00")
_DIGITS = 60  # more than any quantity times any price times any rate needs


def rounded(value: Decimal, places: int = 2) -> Decimal:
    """Round half up, away from zero, to `places` decimals."""
    with localcontext() as context:
        context.prec = _DIGITS
        return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def line_amount(quantity: Decimal, unit: Decimal, rate: Decimal | None, discount: Decimal | None) -> Decimal:
    """Quantity x unit x (100 - discount rate) / 100, or less a fixed discount, to the cent (facts 2.3 LineItems)."""
    with localcontext() as context:
        context.prec = _DIGITS
        gross = quantity * unit
        net = gross * (HUNDRED - rate) / HUNDRED if rate is not None else gross - (discount or 0)
        return rounded(net)


def line_tax(amount: Decimal, rate: Decimal, types: str) -> Decimal:
    """Tax of one line at `rate` percent, to the cent: on top (Exclusive), within (Inclusive), or none (facts 2.6)."""
    with localcontext() as context:
        context.prec = _DIGITS
        if types == "Exclusive":
            return rounded(amount * rate / HUNDRED)
        if types == "Inclusive":
            return rounded(amount * rate / (HUNDRED + rate))
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
    with localcontext() as context:
        context.prec = _DIGITS
        return rounded(amount / rate)


def effective_rate(components: Iterable[tuple[Decimal, bool]]) -> Decimal:
    """Percent that (rate, compound) components come to: 6 and 4 compound give 10.24 (facts 2.5 TaxRates)."""
    with localcontext() as context:
        context.prec = _DIGITS
        pairs = list(components)
        plain = sum((rate for rate, compound in pairs if not compound), Decimal(0))
        for rate, compound in pairs:
            if compound:
                plain += (HUNDRED + plain) * rate / HUNDRED
        return plain
