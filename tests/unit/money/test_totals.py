"""Lines and subtotals by Xero's profile."""

from __future__ import annotations

import csv
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.model import Value
from tieout.money.chart import Chart
from tieout.money.profiles import profile_of
from tieout.money.totals import PROFILES, line_amount, predict

XERO = PROFILES["xero"]
NORTHWIND = Path(__file__).parents[3] / ".." / "shared" / "data" / "northwind"


def line(quantity: str | None, price: str | None, discount: str | None = None, **more: Value) -> dict[str, Value]:
    figures = {"Quantity": quantity, "UnitAmount": price, "DiscountRate": discount}
    return {**{name: Decimal(figure) if figure else None for name, figure in figures.items()}, **more}


@pytest.mark.parametrize(
    ("item", "amount"),
    [
        (line("2", "12.50"), "25.00"),
        (line("1", "0.125"), "0.13"),
        (line("-1", "0.125"), "-0.13"),
        (line("3", "19.99", "15"), "50.97"),
        (line("1", "1.00005"), "1.00"),
        (line("1000", "1.00005"), "1000.10"),
        (line("1", "100", "33.3333"), "66.67"),
        (line(None, None), "0"),
    ],
)
def test_a_line(item: dict[str, Value], amount: str) -> None:
    assert line_amount(item, XERO) == Decimal(amount)


@pytest.mark.parametrize(
    "item",
    [line("1", None), line(None, "5"), line("1", "5", DiscountAmount=Decimal(1)), line(None, None, ItemCode="A")],
)
def test_a_line_that_cannot_be_told(item: dict[str, Value]) -> None:
    assert line_amount(item, XERO) is None


def test_sx33_what_remains_of_a_credit_note_is_less_by_what_was_used_of_it() -> None:
    profile = profile_of("xero", "", "CreditNote")
    assert profile is not None
    chart = Chart(base="GBP", tax_rates={}, accounts={})
    new: dict[str, Value] = {"Type": "ACCRECCREDIT", "LineAmountTypes": "NoTax", "LineItems": [line("1", "100")]}
    assert predict(new, profile, chart)["RemainingCredit"] == Decimal(100)
    used = {**new, "Total": Decimal(100), "RemainingCredit": Decimal(60), "LineItems": [line("1", "90")]}
    assert predict(used, profile, chart)["RemainingCredit"] == Decimal(50)


def test_sx35_nothing_is_due_of_a_quote() -> None:
    profile = profile_of("xero", "", "Quote")
    assert profile is not None
    quote: dict[str, Value] = {"LineAmountTypes": "NOTAX", "LineItems": [line("1", "100", "10")], "AmountDue": None}
    predicted = predict(quote, profile, Chart(base="GBP", tax_rates={}, accounts={}))
    assert (predicted["Total"], predicted["AmountDue"]) == (Decimal(90), None)


def test_a_document_as_the_ledger_will_have_it() -> None:
    record: dict[str, Value] = {
        "LineAmountTypes": "Exclusive",
        "LineItems": [line("2", "10", LineAmount=Decimal(1)), line("1", "0.335")],
        "SubTotal": Decimal(1),
        "Total": Decimal(1),
        "Reference": "kept",
    }
    predicted = predict(record, XERO)
    lines = predicted["LineItems"]
    assert isinstance(lines, list)
    assert [entry["LineAmount"] for entry in lines] == [Decimal("20.00"), Decimal("0.34")]
    assert predicted["SubTotal"] == Decimal("20.34")
    assert predicted["Reference"] == "kept"
    assert "Total" not in predicted
    assert record["SubTotal"] == Decimal(1)
    assert record["Total"] == Decimal(1)


def test_figures_that_still_hold_are_kept() -> None:
    record: dict[str, Value] = {"LineItems": [line("2", "10")], "SubTotal": Decimal(20), "Total": Decimal(23)}
    assert predict(record, XERO)["Total"] == Decimal(23)


@pytest.mark.parametrize("basis", ["Inclusive", "INCLUSIVE"])
def test_a_subtotal_with_tax_inside_is_not_predicted(basis: str) -> None:
    record: dict[str, Value] = {"LineAmountTypes": basis, "LineItems": [line("2", "10")], "SubTotal": Decimal(20)}
    predicted = predict(record, XERO)
    assert "SubTotal" not in predicted
    assert predicted["LineItems"] == [{**line("2", "10"), "LineAmount": Decimal(20)}]


def test_one_unknown_line_makes_the_subtotal_unknown() -> None:
    predicted = predict({"LineItems": [line("2", "10"), line("1", None, ItemCode="A", LineAmount=Decimal(3))]}, XERO)
    assert "SubTotal" not in predicted
    assert isinstance(predicted["LineItems"], list)
    assert "LineAmount" not in predicted["LineItems"][1]


def test_a_record_without_lines_stays_as_it_is() -> None:
    assert predict({"SubTotal": Decimal(5), "LineItems": None}, XERO) == {"SubTotal": Decimal(5), "LineItems": None}


@given(st.integers(-10_000, 10_000), st.integers(0, 1_000_000), st.integers(0, 10_000))
def test_a_line_is_the_exact_product_rounded_once(quantity: int, price: int, discount: int) -> None:
    item: dict[str, Value] = {
        "Quantity": Decimal(quantity),
        "UnitAmount": Decimal(price) / 10_000,
        "DiscountRate": Decimal(discount) / 100,
    }
    scaled = abs(quantity) * price * (10_000 - discount)  # the amount times 10^8
    cents = (2 * scaled + 10**6) // (2 * 10**6) * (1 if quantity >= 0 else -1)
    assert line_amount(item, XERO) == Decimal(cents) / 100


@pytest.mark.skipif(not NORTHWIND.exists(), reason="the shared data is not beside this project")
def test_real_orders() -> None:
    """Northwind's 830 orders: every line and the sum of all subtotals, computed straight from the file."""
    orders: dict[str, list[Value]] = defaultdict(list)
    with (NORTHWIND / "order-details.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            discount = str(Decimal(row["discount"]) * 100)
            orders[row["orderID"]].append(line(row["quantity"], row["unitPrice"], discount))
    totals = [predict({"LineItems": lines}, XERO)["SubTotal"] for lines in orders.values()]
    assert len(totals) == 830
    expected = Decimal(0)
    with (NORTHWIND / "order-details.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            exact = Decimal(row["quantity"]) * Decimal(row["unitPrice"]) * (1 - Decimal(row["discount"]))
            expected += exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert (
        sum((total for total in totals if isinstance(total, Decimal)), Decimal(0)) == expected == Decimal("1265793.29")
    )
