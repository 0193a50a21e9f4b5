"""Rounding, by name. Half up is the default everywhere: it matches Xero's published examples (facts: libraries 2.1)."""

from __future__ import annotations

import decimal
from decimal import Decimal
from enum import StrEnum

_DIGITS = 200
"""Of intermediate results: far more than any ledger keeps, so that the named rounding is the only one."""


class Rounding(StrEnum):
    """How the last place is decided."""

    HALF_UP = "half_up"
    """5 goes away from zero: 0.125 -> 0.13, -0.125 -> -0.13."""
    HALF_EVEN = "half_even"
    """5 goes to the even neighbour: 0.125 -> 0.12."""
    UP = "up"
    """Away from zero."""
    DOWN = "down"
    """Towards zero."""


_MODES = {
    Rounding.HALF_UP: decimal.ROUND_HALF_UP,
    Rounding.HALF_EVEN: decimal.ROUND_HALF_EVEN,
    Rounding.UP: decimal.ROUND_UP,
    Rounding.DOWN: decimal.ROUND_DOWN,
}


def to_places(amount: Decimal, places: int, rounding: Rounding = Rounding.HALF_UP) -> Decimal:
    """Round to this many decimal places; an amount too large to have any is given back as it is."""
    if amount.adjusted() + places >= _DIGITS:
        return amount
    context = decimal.Context(prec=_DIGITS, rounding=_MODES[rounding])
    return context.plus(amount.quantize(Decimal((0, (1,), -places)), context=context))  # plus: no -0


def exactly() -> decimal.Context:
    """Give a context in which sums and products of amounts lose nothing."""
    return decimal.Context(prec=_DIGITS, rounding=decimal.ROUND_HALF_UP)
