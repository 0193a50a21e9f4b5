"""Decimal places by currency, named roundings."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from tieout.money.currencies import WITHDRAWN, exponent, known
from tieout.money.rounding import Rounding, to_places

OFFICIAL = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
"""ISO 4217, list one of 2026-01-01: every code in force that has other than two decimals."""
NONE = "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"
"""Metals, units of account and test codes: ISO gives no decimals."""
ENDED = "ATS BEF CYP DEM EEK ESP FIM FRF GRD HRK IEP ITL LTL LUF LVL MTL NLG PTE SIT SKK"
"""Became the euro before 2026: invoices of former years still carry them."""
WHOLE = "ADP BEF BYR ESP GRD ITL LUF MGF PTE TRL"
"""Withdrawn, and without decimals."""


@pytest.mark.parametrize(
    ("places", "code"), [(places, code) for places in OFFICIAL for code in OFFICIAL[places].split()]
)
def test_sx40_currencies_with_other_than_two_decimals(places: int, code: str) -> None:
    assert known(code)
    assert exponent(code) == places


def test_sx40_every_other_currency_in_force_has_two_decimals_or_none_at_all() -> None:
    odd = {code for names in (*OFFICIAL.values(), NONE) for code in names.split()}
    plain = {currency.code for currency in Currency} - odd

    assert len(plain) > 130
    assert {code: exponent(code) for code in sorted(plain)} == dict.fromkeys(sorted(plain), 2)


@pytest.mark.parametrize("code", ["MGA", "MRU"])
def test_currencies_of_fifths_have_the_two_decimals_that_iso_gives_them(code: str) -> None:
    assert exponent(code) == 2  # formatters show none: they are for display only


@pytest.mark.parametrize("code", ["XCG", "ZWG", "XAD", "SLE", "VED", "VES", "STN"])
def test_young_currencies_are_known(code: str) -> None:
    assert exponent(code) == 2


@pytest.mark.parametrize("code", NONE.split())
def test_codes_without_decimals_are_known_and_have_none(code: str) -> None:
    assert known(code)
    assert exponent(code) is None


@pytest.mark.parametrize("code", [*ENDED.split(), "BGN", "ANG", "CUC", "SLL", "ZWL", "TRL", "ROL", "VEF"])
def test_withdrawn_currencies_keep_their_decimals(code: str) -> None:
    assert known(code)
    assert exponent(code) == (0 if code in WHOLE.split() else 2)


@pytest.mark.parametrize("code", ["ZZZ", "eur", "EURO", "", " EUR", "US$", "978"])
def test_what_is_no_code_is_not_known(code: str) -> None:
    assert not known(code)
    assert exponent(code) is None


def test_withdrawn_codes_say_when_they_ended_and_are_not_in_force() -> None:
    assert all(1990 < year <= 2026 and places in {0, 2} for places, year in WITHDRAWN.values())
    assert not set(WITHDRAWN) & {currency.code for currency in Currency}
    assert {code: WITHDRAWN[code][1] for code in ("BGN", "HRK", "LTL", "EEK", "DEM")} == {
        "BGN": 2026, "HRK": 2023, "LTL": 2015, "EEK": 2011, "DEM": 2002,
    }  # fmt: skip


def test_no_currency_is_read_before_an_amount_needs_one() -> None:
    script = "import sys, tieout.money.currencies; sys.exit('iso4217' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize(
    ("rounding", "amount", "expected"),
    [
        (Rounding.HALF_UP, "0.125", "0.13"),
        (Rounding.HALF_UP, "-0.125", "-0.13"),
        (Rounding.HALF_UP, "1.005", "1.01"),
        (Rounding.HALF_EVEN, "0.125", "0.12"),
        (Rounding.HALF_EVEN, "0.135", "0.14"),
        (Rounding.UP, "0.121", "0.13"),
        (Rounding.DOWN, "0.129", "0.12"),
    ],
)
def test_rounding_by_name(rounding: Rounding, amount: str, expected: str) -> None:
    assert str(to_places(Decimal(amount), 2, rounding)) == expected


@given(st.decimals(allow_nan=False, allow_infinity=False), st.integers(0, 6))
def test_rounding_moves_at_most_half_a_place(amount: Decimal, places: int) -> None:
    rounded = to_places(amount, places)
    assert abs(rounded - amount) * 2 <= Decimal(10) ** -places or rounded == amount
    assert to_places(rounded, places) == rounded
    assert str(rounded) != "-0"
