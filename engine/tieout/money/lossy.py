"""Why a converted amount goes one way only, in numbers: how many amounts do not come back from another currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tieout.money.rounding import exactly, to_places

SAMPLE = 10_000
"""Amounts that are tried: one to ten thousand of the smallest unit."""
_SHOWN = Decimal(10)
"""The example is the first amount from here on: people see through 10.01 sooner than through 0.01."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What a round trip loses at one rate."""

    share: Decimal
    """Percent of the amounts that come back as another amount, with one decimal."""
    amount: Decimal
    """One of them."""
    there: Decimal
    """What it is in the other currency."""
    back: Decimal
    """What that is in its own again."""


def loss(rate: Decimal, places: int, places_there: int) -> Loss | None:
    """Try amounts with `places` decimals; `rate`: units of the other currency for one. None: all of them come back."""
    unit = Decimal(1).scaleb(-places)
    lost = [trip for count in range(1, SAMPLE + 1) if (trip := _trip(unit * count, rate, places, places_there))]
    if not lost:
        return None
    amount, there, back = next((trip for trip in lost if trip[0] >= _SHOWN), lost[0])
    return Loss(to_places(Decimal(100 * len(lost)) / SAMPLE, 1), amount, there, back)


def _trip(amount: Decimal, rate: Decimal, places: int, places_there: int) -> tuple[Decimal, Decimal, Decimal] | None:
    context = exactly()
    there = to_places(context.multiply(amount, rate), places_there)
    back = to_places(context.divide(there, rate), places)
    return None if back == amount else (amount, there, back)
