"""A table of rates: the last one known on a day, the other way round or through a third currency if need be."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tieout.money.rates import Question
from tieout.money.rounding import exactly
from tieout.rate_quote import Quote

Pair = tuple[str, str]
"""Currency, base."""


@dataclass(frozen=True, slots=True)
class Row:
    """One rate: so many units of `currency` for one of `base`."""

    currency: str
    base: str
    day: date
    rate: Decimal
    until: date | None = None
    """The day from which on it does not hold any more; None: until a newer one comes."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rates by pair and day. Two rates of one pair and day that differ are none (`doubt` says of what)."""

    name: str
    rows: Mapping[Pair, tuple[Row, ...]] = field(default_factory=dict)
    """Sorted by day."""
    doubt: str = "rates"
    note: str = ""

    @staticmethod
    def of(name: str, rows: Iterable[Row], *, doubt: str = "rates", note: str = "") -> Table:
        """Sort rows into a table."""
        sorted_: dict[Pair, list[Row]] = {}
        for row in dict.fromkeys(rows):
            sorted_.setdefault((row.currency, row.base), []).append(row)
        ready = {pair: tuple(sorted(found, key=lambda row: (row.day, row.rate))) for pair, found in sorted_.items()}
        return Table(name, ready, doubt, note)

    def ask(self, question: Question) -> Quote | str:
        """Give the last rate known on that day: as it stands, turned round, or through one third currency."""
        wanted = (question.currency, question.base)
        near = [pair for pair in (wanted, wanted[::-1]) if pair in self.rows]
        if near:
            return self._direct(wanted, question.day, self.note)
        through = [code for code in self._neighbours(wanted[0]) if code in self._neighbours(wanted[1])]
        if not through:
            return f"it has no rate of {wanted[0]} against {wanted[1]}"
        answers = [self._crossed(wanted, code, question.day) for code in through]
        quotes = [answer for answer in answers if isinstance(answer, Quote)]
        return max(quotes, key=lambda quote: quote.day) if quotes else answers[0]

    def _neighbours(self, code: str) -> list[str]:
        return sorted({other for pair in self.rows if code in pair for other in pair if other != code})

    def _direct(self, wanted: Pair, day: date, note: str) -> Quote | str:
        found = [self._last(pair, day) for pair in (wanted, wanted[::-1]) if pair in self.rows]
        known = [row for row in found if isinstance(row, Row)]
        if not known:
            return next(reason for reason in found if isinstance(reason, str))
        row = max(known, key=lambda one: one.day)
        straight = (row.currency, row.base) == wanted
        return Quote(row.rate, row.day, note) if straight else Quote(Decimal(1), row.day, note, per=row.rate)

    def _last(self, pair: Pair, day: date) -> Row | str:
        rows, named = self.rows[pair], "/".join(pair)
        known = bisect_right(rows, day, key=lambda row: row.day)
        if not known:
            return f"its first rate of {named} is of {rows[0].day}"
        row = rows[known - 1]
        beside = {one.rate for one in rows[:known] if one.day == row.day}
        if len(beside) > 1:
            return f"its {self.doubt} of {row.day} give {len(beside)} different rates of {named}, so none is taken"
        if row.until is not None and day >= row.until:
            return f"its last rate of {named} ended on {row.until}"
        return row

    def _crossed(self, wanted: Pair, code: str, day: date) -> Quote | str:
        note = ", ".join(part for part in (self.note, f"through {code}") if part)
        one, other = (self._direct((mine, code), day, note) for mine in wanted)
        if isinstance(one, str) or isinstance(other, str):
            return one if isinstance(one, str) else str(other)
        context = exactly()
        units, per = context.multiply(one.rate, other.per), context.multiply(one.per, other.rate)
        return Quote(units, min(one.day, other.day), note, per=per)
