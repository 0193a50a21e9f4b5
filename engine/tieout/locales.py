"""Locales by name, as Babel knows them: `de`, `de_CH`, `de-CH`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.toolkit import nearest

if TYPE_CHECKING:
    from babel import Locale

# Babel is imported where it is needed: 40 ms that only who names a locale, or reads amounts, pays.


def find(name: str) -> Locale | None:
    """Find a locale; None: there is none of that name."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  # see above

    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return None


def near(name: str) -> tuple[str, ...]:
    """Give names of locales that may have been meant."""
    from babel.localedata import locale_identifiers  # noqa: PLC0415  # see above

    return tuple(nearest(name.replace("-", "_"), locale_identifiers()))
