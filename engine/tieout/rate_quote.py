"""What a source of exchange rates answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """What a source of exchange rates answers: a rate and the day that it is of."""

    rate: Decimal
    """Units of the currency that was asked for, for ONE unit of the base (or for `per` units of it)."""
    day: date
    """Not later than the day that was asked for; the engine refuses one that is older than the project allows."""
    note: str = ""
    """What people should know of it ("indicative")."""
    per: Decimal = Decimal(1)
    """Keeps a rate exact that is known through a third currency or the other way round: 1 EUR for 1.1 USD."""
