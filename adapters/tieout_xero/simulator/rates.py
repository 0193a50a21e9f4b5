"""Exchange rates of the simulated world, by currency and day: the same in every run (facts 2.7).

They stand for the XE.com rates that Xero takes where a document names none, "or the organisation's own": those are set
by `/__sim__/rates` and hold from their day on. Every figure here is invented; on a day of its own each currency lies up
to one and a half percent beside its middle, so that a rate of another day shows.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from tieout_xero.simulator.totals import divided, rounded

PLACES = 6
"""Decimals of a CurrencyRate, [18].[6] (facts 2.7)."""
PER_POUND = {
    "GBP": Decimal(1),
    "EUR": Decimal("1.17"),
    "USD": Decimal("1.27"),
    "CAD": Decimal("1.72"),
    "BRL": Decimal("6.50"),
    "MXN": Decimal("22.50"),
    "ARS": Decimal(1150),
    "VES": Decimal(46),
    "CHF": Decimal("1.12"),
    "DKK": Decimal("8.73"),
    "NOK": Decimal("13.60"),
    "SEK": Decimal("13.30"),
    "PLN": Decimal("5.03"),
    "NZD": Decimal("2.11"),
    "AUD": Decimal("1.93"),
    "JPY": Decimal(190),
    "KRW": Decimal(1760),
    "ISK": Decimal(175),
    "CLP": Decimal(1210),
    "KWD": Decimal("0.39"),
    "BHD": Decimal("0.48"),
    "JOD": Decimal("0.90"),
    "TND": Decimal("3.95"),
    "ZAR": Decimal("23.10"),
    "SGD": Decimal("1.71"),
    "INR": Decimal("107.20"),
    "CZK": Decimal("29.40"),
    "HUF": Decimal("462.00"),
}
"""Middle of each currency, in units for one pound: 0, 2 and 3 decimals by ISO 4217 are all among them."""
NAMES = {
    "GBP": "British Pound",
    "EUR": "Euro",
    "USD": "United States Dollar",
    "CAD": "Canadian Dollar",
    "BRL": "Brazilian Real",
    "MXN": "Mexican Peso",
    "ARS": "Argentine Peso",
    "VES": "Venezuelan Bolivar",
    "CHF": "Swiss Franc",
    "DKK": "Danish Krone",
    "NOK": "Norwegian Krone",
    "SEK": "Swedish Krona",
    "PLN": "Polish Zloty",
    "NZD": "New Zealand Dollar",
    "AUD": "Australian Dollar",
    "JPY": "Japanese Yen",
    "KRW": "South Korean Won",
    "ISK": "Icelandic Krona",
    "CLP": "Chilean Peso",
    "KWD": "Kuwaiti Dinar",
    "BHD": "Bahraini Dinar",
    "JOD": "Jordanian Dinar",
    "TND": "Tunisian Dinar",
    "ZAR": "South African Rand",
    "SGD": "Singapore Dollar",
    "INR": "Indian Rupee",
    "CZK": "Czech Koruna",
    "HUF": "Hungarian Forint",
}
FAR = 2
SPREAD = 301
"""So many steps of a hundredth of a percent, half of them below the middle."""


class Rates:
    """One organisation's rates against its base currency, in units of document currency for ONE unit of base."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._own: dict[str, list[tuple[date, Decimal]]] = {}

    def find(self, currency: str, day: date) -> Decimal:
        """Give the rate of a day with six decimals: the organisation's own of that day or the last one before it."""
        own = self._own.get(currency, [])
        known = bisect_right(own, day, key=lambda entry: entry[0])
        if known:
            return own[known - 1][1]
        return rounded(divided(_per_pound(currency, day), _per_pound(self.base, day)), PLACES)

    def set(self, currency: str, day: date, rate: Decimal) -> Decimal:
        """Set the organisation's own rate from a day on; raises ValueError for what is no rate."""
        if currency == self.base or currency not in PER_POUND:
            raise ValueError(f"currency must be one of {', '.join(sorted(PER_POUND.keys() - {self.base}))}")
        if (kept := rounded(rate, PLACES)) <= 0:
            raise ValueError("a rate must be greater than zero")
        own = [entry for entry in self._own.get(currency, []) if entry[0] != day]
        insort(own, (day, kept))
        self._own[currency] = own
        return kept


def doubts(rates: Rates, currency: str, day: date, sent: Decimal) -> Iterator[str]:
    """Yield the warnings about a rate that was sent, none of which blocks anything (facts 2.7, since April 2026).

    A rate of 1 on a foreign document is one. What else is suspicious is not published: here more than `FAR` times
    the day's rate, or less than that part of it, which an inverted rate mostly is. The words are ours.
    """
    if currency == rates.base:
        return
    usual = rates.find(currency, day)
    if sent == 1:
        yield f"The exchange rate of 1 is suspicious: {currency} is not the base currency."
    elif not usual / FAR <= sent <= usual * FAR:
        yield f"The exchange rate of {sent:f} is suspicious: the rate of {day:%Y-%m-%d} is {usual:f}."


def _per_pound(currency: str, day: date) -> Decimal:
    """Give units for one pound on a day, unrounded; a pound is always a pound."""
    if currency == "GBP":
        return PER_POUND[currency]
    steps = (day.toordinal() * 7 + sum(map(ord, currency)) * 13) % SPREAD - SPREAD // 2
    return PER_POUND[currency] * (1 + Decimal(steps).scaleb(-4))
