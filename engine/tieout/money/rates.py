"""Exchange rates: a declared chain of sources, asked in order, and what each of them said.

A rate here is always units of `currency` for ONE unit of `base`, as in Xero's CurrencyRate (facts: xero 2.7), so
that amount in base = amount in currency / rate. A rate is the last one known on the day that is asked for: never of a
later day, never interpolated. None that is too old is used, and none that is exactly 1 between two currencies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Protocol

from tieout.money.currencies import exponent
from tieout.money.rounding import exactly, to_places
from tieout.rate_quote import Quote

STALE_AFTER = timedelta(days=7)
"""A rate older than this is not used unless the project says otherwise: a week bridges every bank holiday."""
SAME = "same currency"
"""The source of the rate 1 of a currency to itself."""
DOCUMENT = "document"
"""The source whose rate is the document's own: it holds for its document whatever day is asked for."""
ECB = "ecb"
"""The source whose history is installed with the engine."""
NO_RATE, STALE_RATE = "no-rate", "stale-rate"
_RATIO = Context(prec=28, rounding=ROUND_HALF_UP)
_LARGEST = 60
"""A power of ten that no rate reaches, not even through a third currency; a greater one overflows in sums."""
_DIGITS = 10
"""Significant digits of a rate that people read; sums are made with all of them."""


@dataclass(frozen=True, slots=True)
class Own:
    """The rate that a document carries itself."""

    currency: str
    base: str
    rate: Decimal
    day: date
    path: str
    """Where it stands ("books.CurrencyRate")."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a source."""

    currency: str
    base: str
    day: date
    object: str = ""
    """The object whose amount it is for, as its system names it ("Opportunity"); empty: none in particular."""
    own: Own | None = None
    """The rate of the document in hand, if it carries one."""


class Source(Protocol):
    """One link of the chain."""

    @property
    def name(self) -> str:
        """Give the name that the audit log shows."""

    def ask(self, question: Question) -> Quote | str:
        """Give the last rate known on that day, or why there is none."""


@dataclass(frozen=True, slots=True)
class Found:
    """A rate that may be used, and where it comes from."""

    currency: str
    base: str
    units: Decimal
    per: Decimal
    """So many units of `currency` for so many of `base`, both as the source has them: sums lose nothing."""
    day: date
    """Of which day the rate is."""
    source: str
    age_days: int
    """Days from its own day to the one that was asked for."""
    note: str = ""
    """What people should know of it ("indicative", "through EUR")."""

    @property
    def rate(self) -> Decimal:
        """Give the units of `currency` for one unit of `base`; of one that does not end, 28 digits."""
        return _RATIO.divide(self.units, self.per)

    def __str__(self) -> str:
        about = ", ".join(part for part in (self.source, _old(self.age_days), self.note) if part)
        return f"{shown(self.rate)} {self.currency} for 1 {self.base} of {self.day} ({about})"

    @property
    def evidence(self) -> dict[str, str]:
        """Give what the audit log keeps of a use."""
        told = {
            "pair": f"{self.currency}/{self.base}",
            "rate": str(self.rate),
            "date": self.day.isoformat(),
            "source": self.source,
            "age_days": str(self.age_days),
        }
        return {**told, "note": self.note} if self.note else told


def read_evidence(kept: Mapping[str, object]) -> Found | None:
    """Read what the audit log keeps of a use; None for what is no rate."""
    if not {"pair", "rate", "date", "source", "age_days"} <= kept.keys():
        return None
    currency, _, base = str(kept["pair"]).partition("/")
    return Found(
        currency,
        base,
        Decimal(str(kept["rate"])),
        Decimal(1),
        date.fromisoformat(str(kept["date"])),
        str(kept["source"]),
        int(str(kept["age_days"])),
        str(kept.get("note", "")),
    )


@dataclass(frozen=True, slots=True)
class Missing:
    """No rate that may be used, and why each source has none."""

    code: str
    """no-rate or stale-rate."""
    currency: str
    base: str
    day: date
    asked: tuple[tuple[str, str], ...] = ()
    """Source, its reason; in the order of the chain."""

    def __str__(self) -> str:
        why = "; ".join(f"{name}: {reason}" for name, reason in self.asked) or "tieout.yaml names no source of rates"
        return f"no rate of {self.currency} for 1 {self.base} on {self.day} can be used: {why}"


@dataclass(frozen=True, slots=True)
class Rates:
    """All that one run knows of rates; the same answer to the same question throughout."""

    sources: tuple[Source, ...] = ()
    stale_after: timedelta = STALE_AFTER
    bases: Mapping[str, str] = field(default_factory=dict)
    """Connection -> the currency in which its organisation keeps its books."""
    _answers: dict[Question, Found | Missing] = field(default_factory=dict, init=False, compare=False, repr=False)

    def find(
        self, currency: str, base: str, day: date, *, object_: str = "", own: Own | None = None
    ) -> Found | Missing:
        """Give the first usable rate of the chain: units of `currency` for one unit of `base` on that day."""
        if currency == base:
            return Found(currency, base, Decimal(1), Decimal(1), day, SAME, 0)
        question = Question(currency, base, day, object_, own)
        if question not in self._answers:
            self._answers[question] = self._asked(question)
        return self._answers[question]

    def _asked(self, question: Question) -> Found | Missing:
        currency, base, day = question.currency, question.base, question.day
        reasons: list[tuple[str, str]] = []
        stale = False
        for source in self.sources:
            quote = source.ask(question)
            if isinstance(quote, Quote):
                always = source.name == DOCUMENT
                wrong = _unusable(quote, question, always=always)
                age = abs((day - quote.day).days)
                if not wrong and (always or age <= self.stale_after.days):
                    return Found(currency, base, quote.rate, quote.per, quote.day, source.name, age, quote.note)
                stale = stale or not wrong
                reasons.append((source.name, wrong or self._too_old(quote, age)))
            else:
                reasons.append((source.name, quote))
        return Missing(STALE_RATE if stale else NO_RATE, currency, base, day, tuple(reasons))

    def _too_old(self, quote: Quote, age: int) -> str:
        rate = shown(_RATIO.divide(quote.rate, quote.per))
        return f"its last rate ({rate}) is of {quote.day}, {_old(age)}; stale_after is {self.stale_after.days}d"


def _unusable(quote: Quote, question: Question, *, always: bool) -> str:
    """Say what forbids a rate, whatever source gave it; empty: nothing does."""
    if not all(part.is_finite() and part > 0 and abs(part.adjusted()) <= _LARGEST for part in (quote.rate, quote.per)):
        return f"it gives {quote.rate} for {quote.per}, which is no rate"
    if quote.rate == quote.per:
        return f"it gives exactly 1 for {question.currency} against {question.base}, which no foreign document has"
    if quote.day > question.day and not always:
        return f"its first rate is of {quote.day}, later than {question.day}"
    return ""


def in_base(amount: Decimal, rate: Found) -> Decimal | None:
    """Give an amount of `rate.currency` in `rate.base`, rounded half up once; None if its decimals are unknown."""
    places = exponent(rate.base)
    return None if places is None else converted(amount, rate, places)


def converted(amount: Decimal, rate: Found, places: int) -> Decimal:
    """Give an amount of `rate.currency` in `rate.base`, rounded half up to so many places, once."""
    context = exactly()
    return to_places(context.divide(context.multiply(amount, rate.per), rate.units), places)


def shown(rate: Decimal) -> str:
    """Give a rate as people read it: ten significant digits at most."""
    digits = exactly().create_decimal(rate)
    places = _DIGITS - 1 - digits.adjusted()
    text = f"{to_places(digits, max(places, 0)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _old(days: int) -> str:
    return "of the day" if days == 0 else f"{days} day{'s' if days != 1 else ''} old"
