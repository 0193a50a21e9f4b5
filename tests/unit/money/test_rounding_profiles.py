"""Rounding profiles by name: which there are, what each does, and why tax inside an amount is never re-derived."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.model import Value
from tieout.money.chart import Chart, TaxRate
from tieout.money.lines import Basis, line_amount, tax_of
from tieout.money.profiles import PROFILES, Profile, profile_of, roundings_of, unfit_option
from tieout.money.totals import predict

XERO = PROFILES["xero"]
CHART = Chart(tax_rates={"T": TaxRate("T", "T", Decimal("12.5"))})
NET, GROSS = Basis(inclusive=False, taxed=True), Basis(inclusive=True, taxed=True)


def test_a_rounding_and_the_options_of_its_connection_must_say_the_same() -> None:
    assert unfit_option("xero", "", {}) is None
    assert unfit_option("xero", "half_even", {"price_decimals": 4}) is None
    assert unfit_option("xero", "xero_price_2", {"price_decimals": 2}) is None
    assert unfit_option("xero", "xero_price_2", {}) == ("price_decimals", 2)
    assert unfit_option("xero", "", {"price_decimals": 2}) == ("price_decimals", None)
    assert unfit_option("salesforce", "", {"price_decimals": 2}) is None


def named(name: str) -> Profile:
    found = profile_of("xero", name)
    assert found is not None
    return found


def tax(name: str, *amounts: str) -> Value:
    lines: list[Value] = [{"Quantity": Decimal(1), "UnitAmount": Decimal(amount), "TaxType": "T"} for amount in amounts]
    return predict({"LineItems": lines}, named(name), CHART)["TotalTax"]


def test_a_ledger_has_profiles_to_choose_from_and_others_none() -> None:
    assert roundings_of("xero") == ["xero", "xero_price_2", "per_document", "half_even", "per_document_half_even"]
    assert roundings_of("salesforce") == []
    assert profile_of("xero", "xero") == profile_of("xero") == XERO
    assert profile_of("salesforce", "per_document") is None


@pytest.mark.parametrize(
    ("name", "amounts", "total"),
    [
        ("xero", ("0.20", "0.20"), "0.06"),
        ("half_even", ("0.20", "0.20"), "0.04"),
        ("half_even", ("0.60", "0.60"), "0.16"),
        ("per_document", ("0.20", "0.20"), "0.05"),
        ("per_document", ("0.20", "0.00"), "0.03"),
        ("per_document_half_even", ("0.20", "0.00"), "0.02"),
    ],
)
def test_sx42_each_profile_rounds_by_its_name(name: str, amounts: tuple[str, ...], total: str) -> None:
    assert tax(name, *amounts) == Decimal(total)


def test_sx42_a_unit_price_has_four_decimals_or_two() -> None:
    line: dict[str, Value] = {"Quantity": Decimal(1000), "UnitAmount": Decimal("0.12345")}
    assert line_amount(line, XERO) == Decimal("123.50")
    assert line_amount(line, named("xero_price_2")) == Decimal("120.00")


def test_a_quantity_has_four_decimals() -> None:
    line: dict[str, Value] = {"Quantity": Decimal("0.3333"), "UnitAmount": Decimal("3.00")}
    assert line_amount(line, XERO) == Decimal("1.00")
    assert line_amount({**line, "DiscountRate": Decimal("33.3333")}, XERO) == Decimal("0.67")


AMOUNTS = st.decimals("0.01", "999999.99", places=2)


@given(AMOUNTS)
def test_net_to_gross_and_back_is_the_net_at_twenty_percent(net: Decimal) -> None:
    gross = net + tax_of(net, Decimal(20), NET, XERO)
    assert gross - tax_of(gross, Decimal(20), GROSS, XERO) == net


def test_sx42_gross_to_net_and_back_fails_for_every_sixth_amount() -> None:
    """So LineAmountTypes stays with the document: amounts that hold tax are never turned into others."""
    failed = 0
    for cents in range(1, 6001):
        gross = Decimal(cents) / 100
        net = gross - tax_of(gross, Decimal(20), GROSS, XERO)
        failed += net + tax_of(net, Decimal(20), NET, XERO) != gross
    assert failed == 1000


@given(AMOUNTS, st.decimals("0", "30", places=3), st.sampled_from([NET, GROSS]))
def test_sx42_tax_is_the_fraction_rounded_half_up_once(amount: Decimal, percent: Decimal, basis: Basis) -> None:
    of = 100 + Fraction(percent) if basis.inclusive else Fraction(100)
    exact = Fraction(amount) * Fraction(percent) / of * 100
    assert tax_of(amount, percent, basis, XERO) * 100 == int(exact + Fraction(1, 2))
