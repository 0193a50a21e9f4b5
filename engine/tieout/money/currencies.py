"""Currencies: how many decimal places an amount has, by ISO 4217, withdrawn codes included.

The list in force comes from the package `iso4217` (official table; facts: libraries 2.1). It drops a code when the
currency ends, but invoices of former years keep theirs, so ISO's list of historic codes is here as far as a ledger
still can hold them.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType

WITHDRAWN = MappingProxyType(
    {
        "ADP": (0, 2003),
        "AFA": (2, 2003),
        "ANG": (2, 2025),
        "ATS": (2, 2002),
        "AZM": (2, 2006),
        "BEF": (0, 2002),
        "BGL": (2, 2003),
        "BGN": (2, 2026),
        "BYR": (0, 2017),
        "CSD": (2, 2006),
        "CUC": (2, 2021),
        "CYP": (2, 2008),
        "DEM": (2, 2002),
        "EEK": (2, 2011),
        "ESP": (0, 2002),
        "FIM": (2, 2002),
        "FRF": (2, 2002),
        "GHC": (2, 2008),
        "GRD": (0, 2002),
        "HRK": (2, 2023),
        "IEP": (2, 2002),
        "ITL": (0, 2002),
        "LTL": (2, 2015),
        "LUF": (0, 2002),
        "LVL": (2, 2014),
        "MGF": (0, 2005),
        "MRO": (2, 2018),
        "MTL": (2, 2008),
        "MZM": (2, 2006),
        "NLG": (2, 2002),
        "PTE": (0, 2002),
        "ROL": (2, 2005),
        "SDD": (2, 2007),
        "SIT": (2, 2007),
        "SKK": (2, 2009),
        "SLL": (2, 2023),
        "SRG": (2, 2004),
        "STD": (2, 2018),
        "TMM": (2, 2009),
        "TRL": (0, 2005),
        "VEB": (2, 2008),
        "VEF": (2, 2018),
        "YUM": (2, 2003),
        "ZMK": (2, 2013),
        "ZWD": (2, 2009),
        "ZWL": (2, 2024),
    }
)
"""Code -> (decimal places, year in which it ended)."""


@cache
def _in_force() -> dict[str, int | None]:
    # Reads a table when it is imported: not before an amount needs it.
    from iso4217 import Currency  # noqa: PLC0415

    return {currency.code: currency.exponent for currency in Currency}


def known(code: str) -> bool:
    """Say whether this is a currency code, in force or withdrawn."""
    return code in _in_force() or code in WITHDRAWN


def exponent(code: str) -> int | None:
    """Give the decimal places of a currency; None for an unknown code and for one without any (gold, test codes)."""
    if code in _in_force():
        return _in_force()[code]
    return WITHDRAWN[code][0] if code in WITHDRAWN else None


def countable(code: str) -> bool:
    """Say whether amounts can be in it: a currency with decimals, not gold, a basket or the code for none (XXX)."""
    return exponent(code) is not None


def codes() -> tuple[str, ...]:
    """Give every currency that amounts can be in, in force or withdrawn, sorted."""
    return tuple(sorted(code for code in {*_in_force(), *WITHDRAWN} if countable(code)))
