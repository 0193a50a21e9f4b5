"""Amounts and tax: the published rounding vectors, and figures that floats get wrong, against exact fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.xero_sim.world import Xero
from tieout_xero.simulator.totals import effective_rate, line_amount, line_tax, rounded, to_base, totals

AMOUNTS = st.decimals("-99999999.99", "99999999.99", places=2)
PRICES = st.decimals("-99999.9999", "99999.9999", places=4)
QUANTITIES = st.decimals("0", "9999.9999", places=4)
RATES = st.decimals("0", "100", places=4)


def half_up(value: Fraction, places: int = 2) -> Decimal:
    """Round an exact fraction half away from zero, without `decimal`'s own rounding."""
    scaled = abs(value) * 10**places
    whole = (scaled.numerator * 2 + scaled.denominator) // (scaled.denominator * 2)
    return Decimal(whole if value >= 0 else -whole).scaleb(-places)


@given(QUANTITIES, PRICES, RATES)
def test_line_amount_is_exact(quantity: Decimal, price: Decimal, rate: Decimal) -> None:
    exact = Fraction(quantity) * Fraction(price) * (100 - Fraction(rate)) / 100
    assert line_amount(quantity, price, rate, None) == half_up(exact)


@given(AMOUNTS, RATES)
def test_tax_is_exact(amount: Decimal, rate: Decimal) -> None:
    share = Fraction(amount) * Fraction(rate)
    assert line_tax(amount, rate, "Exclusive") == half_up(share / 100)
    assert line_tax(amount, rate, "Inclusive") == half_up(share / (100 + Fraction(rate)))
    assert line_tax(amount, rate, "NoTax") == 0


@given(AMOUNTS, st.decimals("0.000001", "99999", places=6))
def test_base_amount_is_exact(amount: Decimal, rate: Decimal) -> None:
    assert to_base(amount, rate) == half_up(Fraction(amount) / Fraction(rate))


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        ("2.675", 2, "2.68"),
        ("1.005", 2, "1.01"),
        ("-2.675", 2, "-2.68"),
        ("0.125", 2, "0.13"),
        ("12.34565", 4, "12.3457"),
    ],
)
def test_halves_go_up(value: str, places: int, expected: str) -> None:
    assert rounded(Decimal(value), places) == Decimal(expected)


@pytest.mark.parametrize(
    ("amounts", "types", "rate", "tax", "total"),
    [
        (("25.06", "25.61", "25.63"), "Exclusive", "15", "11.44", "87.74"),
        (("541.25",), "Inclusive", "15", "70.60", "541.25"),
        (("500.00",), "Inclusive", "15", "65.22", "500.00"),
        (("21.00",), "Exclusive", "15", "3.15", "24.15"),
    ],
)
def test_published_vectors(amounts: tuple[str, ...], types: str, rate: str, tax: str, total: str) -> None:
    lines = [(Decimal(amount), line_tax(Decimal(amount), Decimal(rate), types)) for amount in amounts]
    found = totals(lines, types)
    assert (found.tax, found.total) == (Decimal(tax), Decimal(total))
    assert found.sub_total == Decimal(total) - Decimal(tax)


def test_compound_rate() -> None:
    assert effective_rate([(Decimal(6), False), (Decimal(4), True)]) == Decimal("10.24")


def test_numbers_that_floats_break_pass_the_wire_unchanged(xero: Xero) -> None:
    contact = xero.contact("Bon app")
    line = {"Description": "x", "Quantity": "3", "UnitAmount": "0.1", "AccountCode": "200", "TaxType": "NONE"}
    big = {**line, "Quantity": "1", "UnitAmount": "9999999999.99"}
    made = xero.draft(contact, line, {**line, "Quantity": "1", "UnitAmount": "1.005"}, big)
    assert [str(each["LineAmount"]) for each in made["LineItems"]] == ["0.30", "1.01", "9999999999.99"]
    assert str(made["Total"]) == "10000000001.30"
    text = xero.raw("GET", f"Invoices/{made['InvoiceID']}").text
    assert '"Total":10000000001.30' in text


def test_text_that_looks_like_a_number_stays_text(xero: Xero) -> None:
    id = xero.contact("12.50", FirstName="number-1:12.50")
    found = xero.call("GET", f"Contacts/{id}")["Contacts"][0]
    assert (found["Name"], found["FirstName"]) == ("12.50", "number-1:12.50")
