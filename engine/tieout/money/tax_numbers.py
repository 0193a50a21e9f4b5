"""Tax numbers of companies: whether a country's authority can have given out such a number.

Lengths, forms and check digits come from the package `python-stdnum` (facts: libraries 2.3); nothing is asked of an
authority, so a right number may still belong to nobody. A country or kind without rules is said to be so: it never
counts as right.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Protocol, cast

KINDS = ("vat", "abn", "bn", "ird", "mva", "tin", "uen")
"""`vat`: the number under which a country knows a business for VAT, GST or their like, whatever it calls it. The others
are the numbers that go by these names (ABN of Australia, BN of Canada, IRD of New Zealand, MVA of Norway, UEN of
Singapore, TIN of several)."""

_SPELT = re.compile(r"[A-Z]{2}")
_ELSEWHERE: Mapping[str, str] = MappingProxyType({"EL": "GR", "XI": "GB"})
"""What VAT numbers write for a country: Greece, and the United Kingdom's for Northern Ireland."""
_FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "InvalidLength": "it has another number of digits",
        "InvalidFormat": "it is written in another form",
        "InvalidChecksum": "its check digits do not fit",
        "InvalidComponent": "a part of it cannot be",
    }
)


class NoRules(LookupError):
    """Nobody knows how such a number looks in this country; the message says what there is."""


class _Rules(Protocol):
    def validate(self, number: str) -> str:
        """Give the number without its spelling; raises a ValidationError of python-stdnum."""


def plain(written: str) -> str:
    """Give letters and digits, in capitals; Greece's EL and GR are one."""
    capital = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", written).upper())
    return re.sub(r"^GR(?=\d)", "EL", "".join(sign for sign in capital if sign.isalnum()))


def country_in(number: str) -> str | None:
    """Give the country (ISO 3166-1) that a number names at its beginning, as VAT numbers of Europe do."""
    start = plain(number)[:2]
    country = _ELSEWHERE.get(start, start)
    return country if _SPELT.fullmatch(start) and _rules(country, "vat") is not None else None


def fault(number: str, country: str, kind: str = "vat") -> str | None:
    """Say what is wrong with a number of this country (ISO 3166-1) and kind; None: nothing. Raises NoRules."""
    rules = _rules(country, kind)
    if rules is None:
        there = [one for one in KINDS if _rules(country, one) is not None]
        raise NoRules(
            f"the numbers of kind {kind} of {country} cannot be checked"
            + (f"; there is {' and '.join(there)}" if there else ": their rules are not known here")
        )
    from stdnum.exceptions import ValidationError  # noqa: PLC0415  # loaded when a number is checked

    bare = plain(number)
    if not bare.isascii():
        return _FAULTS["InvalidFormat"]
    try:
        rules.validate(bare[2:] if bare.startswith("XI") and country == "GB" else bare)
    except ValidationError as wrong:
        return _FAULTS.get(type(wrong).__name__, "it is not such a number")
    return None


@cache
def _rules(country: str, kind: str) -> _Rules | None:
    if not _SPELT.fullmatch(country) or kind not in KINDS:
        return None
    from stdnum import get_cc_module  # noqa: PLC0415  # a folder of modules: not before a number is checked

    return cast("_Rules | None", get_cc_module(country.lower(), kind))
