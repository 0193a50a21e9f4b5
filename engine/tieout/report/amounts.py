"""Amounts as people write them: digits, separators and signs of a locale. In reports and plans only, never in data.

An amount has its currency's own decimals (ISO 4217), and more only where it holds more: nothing is rounded for the eye.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from tieout.errors import UsageError
from tieout.locales import find, near
from tieout.money.currencies import exponent, known

if TYPE_CHECKING:
    from babel import Locale

DEFAULT = "en"
"""The language of the reports themselves: two people who look at one plan see the same text."""
MOST = 10
"""Decimals that are shown of a number that has more."""


def written(amount: Decimal, currency: str, locale: str = DEFAULT, *, signed: bool = False) -> str:
    """Write an amount without its currency: `1,234.50`; `signed`: with a plus where it is one."""
    return _number(amount, _decimals(amount, currency), locale, "+" if signed and amount > 0 else "")


def counted(many: Decimal, locale: str = DEFAULT) -> str:
    """Write a whole number."""
    return _number(many, 0, locale, "")


def _decimals(amount: Decimal, currency: str) -> int:
    # A name that is no currency ("base currency") has two, as most have.
    own = exponent(currency) if known(currency) else None
    exact = amount.normalize().as_tuple().exponent
    return min(max(2 if own is None else own, -exact if isinstance(exact, int) else 0), MOST)


def _number(amount: Decimal, places: int, locale: str, plus: str) -> str:
    from babel.numbers import format_decimal  # noqa: PLC0415  # 40 ms that only reports with amounts pay

    whole = _pattern(locale).partition(".")[0]
    pattern = f"{whole}.{'0' * places}" if places else whole
    return format_decimal(amount, format=f"{plus}{pattern};-{pattern}", locale=_locale(locale))


@cache
def _pattern(locale: str) -> str:
    pattern: str = _locale(locale).decimal_formats[None].pattern
    return pattern.partition(";")[0]


@cache
def _locale(name: str) -> Locale:
    found = find(name)
    if found is None:
        close = near(name)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise UsageError(f"there is no locale {name!r}{hint}", mend="a language, or one with a country: de, de_CH")
    return found


def checked(name: str) -> str:
    """Give the name of a locale that exists. Raises UsageError with what is near."""
    _locale(name)
    return name
