"""One line of text against Xero's three telephone fields.

A text that starts with `+` and a known country code is split: country, then an area code if the text sets one apart by
blanks or parentheses, then the rest. Any other text goes whole into `PhoneNumber` and comes back as it was. The way
back gives the same number under `same`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tieout_xero.country_codes import calling_code

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNTRY: Final = "PhoneCountryCode"
AREA: Final = "PhoneAreaCode"
NUMBER: Final = "PhoneNumber"
LENGTHS: Final = {COUNTRY: 20, AREA: 10, NUMBER: 50}
"""Characters that each field holds (facts 2.1)."""

_INTERNATIONAL = re.compile(r"\+(?P<digits>[0-9]+)(?P<rest>.*)", re.DOTALL)
# A trunk prefix in parentheses, "(0)", is no area code: taking the parentheses off would change the number.
_IN_PARENTHESES = re.compile(r"\((?!0\))(?P<area>[0-9]{1,10})\)\s*(?P<number>\S.*)", re.DOTALL)
_SET_APART = re.compile(r"(?P<area>[0-9]{1,10})\s+(?P<number>\S.*)", re.DOTALL)


def to_xero(text: str) -> dict[str, str]:
    """Give the three fields for a text; raise ValueError for one that Xero has no room for."""
    group = _international(text.strip()) or _group("", "", text.strip())
    for name, length in LENGTHS.items():
        if len(group[name]) > length:
            raise ValueError(f"a telephone number of {len(text)} characters does not fit: {name} holds {length}")
    return group


def to_text(group: Mapping[str, str | None]) -> str:
    """Give the text for the three fields; empty if all are blank."""
    country, area, number = ((group.get(name) or "").strip() for name in (COUNTRY, AREA, NUMBER))
    digits = re.sub(r"^(\+|00)", "", country)
    if re.fullmatch(r"[0-9]+", digits):
        country = f"+{digits}"
    return " ".join(part for part in (country, area, number) if part)


def same(a: str, b: str) -> bool:
    """Tell whether two texts are the same number: blanks and punctuation of an international number mean nothing."""
    return _canonical(a) == _canonical(b)


def _international(text: str) -> dict[str, str] | None:
    found = _INTERNATIONAL.fullmatch(text)
    country = found and calling_code(found["digits"])
    if not found or not country:
        return None
    rest = (found["digits"][len(country) :] + found["rest"]).strip()
    set_apart = found["digits"] == country
    parts = _IN_PARENTHESES.fullmatch(rest) or (_SET_APART.fullmatch(rest) if set_apart else None)
    group = _group(country, parts["area"], parts["number"]) if parts else _group(country, "", rest)
    return group if rest and same(to_text(group), text) else None


def _group(country: str, area: str, number: str) -> dict[str, str]:
    return {COUNTRY: country, AREA: area, NUMBER: number}


def _canonical(text: str) -> str:
    if _INTERNATIONAL.fullmatch(text.strip()):
        return "+" + "".join(c for c in text.casefold() if c.isalnum())
    return " ".join(text.split())
