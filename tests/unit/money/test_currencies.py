"""Decimal places by currency, named roundings."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.money.currencies import WITHDRAWN, exponent, known
from tieout.money.rounding import Rounding, to_places


@pytest.mark.parametrize(
    ("code", "places"),
    [("EUR", 2), ("JPY", 0), ("KWD", 3), ("BHD", 3), ("CLF", 4), ("BGN", 2), ("HRK", 2), ("LTL", 2), ("ITL", 0)],
)
def test_decimal_places(code: str, places: int) -> None:
    assert exponent(code) == places
    assert known(code)


def test_codes_without_places_and_codes_that_are_none() -> None:
    assert known("XAU")
    assert exponent("XAU") is None
    assert not known("ZZZ")
    assert exponent("ZZZ") is None
    assert not known("eur")


def test_withdrawn_codes_say_when_they_ended() -> None:
    assert all(1990 < year <= 2026 and places in {0, 2} for places, year in WITHDRAWN.values())
    assert WITHDRAWN["BGN"][1] == 2026


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
