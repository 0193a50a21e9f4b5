"""Tax, totals and defaults as a ledger computes them over its organisation's own tables."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tieout.model import Value
from tieout.money.chart import Account, Chart, Component, Item, TaxRate, effective
from tieout.money.profiles import PROFILES, TaxBy
from tieout.money.totals import predict, tax_by_type

XERO = PROFILES["xero"]
BY_DOCUMENT = replace(XERO, tax_by=TaxBy.DOCUMENT)


def rate(code: str, percent: str) -> TaxRate:
    return TaxRate(code, code, Decimal(percent))


CHART = Chart(
    base="GBP",
    tax_rates={
        one.code: one
        for one in (rate("T10", "10"), rate("T15", "15"), rate("OUT", "20"), rate("RR", "5"), rate("Z", "0"))
    },
    accounts={
        "200": Account("200", "Sales", "SALES", "REVENUE", "OUT"),
        "210": Account("210", "Books", "SALES", "REVENUE", "Z"),
        "220": Account("220", "None", "SALES", "REVENUE"),
    },
    items={"A": Item("A", Decimal("9.99"), "210", "RR"), "B": Item("B", None, "200"), "C": Item("C", Decimal(1))},
)


def line(price: str | None, tax: str | None = None, **more: Value) -> dict[str, Value]:
    figures: dict[str, Value] = {"UnitAmount": None if price is None else Decimal(price), "TaxType": tax}
    return {"Quantity": Decimal(1), **figures, **more}


def document(*lines: dict[str, Value], basis: str | None = None, **more: Value) -> dict[str, Value]:
    return {"Type": "ACCREC", "LineAmountTypes": basis, "LineItems": list(lines), **more}


def figures(predicted: dict[str, Value]) -> tuple[Value, ...]:
    return tuple(predicted.get(name) for name in ("SubTotal", "TotalTax", "Total", "AmountDue"))


def rows(predicted: dict[str, Value]) -> list[dict[str, Value]]:
    made = predicted["LineItems"]
    assert isinstance(made, list)
    return made


THREE = (line("25.06", "T15"), line("25.61", "T15"), line("25.63", "T15"))
TWO = (line("1141.39", "T10"), line("34.25", "T10"))


@pytest.mark.parametrize(("lines", "by_line", "by_document"), [(THREE, "11.44", "11.45"), (TWO, "117.57", "117.56")])
def test_sx42_the_published_vectors_by_line_and_by_document(
    lines: tuple[dict[str, Value], ...], by_line: str, by_document: str
) -> None:
    assert predict(document(*lines), XERO, CHART)["TotalTax"] == Decimal(by_line)
    assert predict(document(*lines), BY_DOCUMENT, CHART)["TotalTax"] == Decimal(by_document)


def test_sx42_the_total_of_the_published_vector() -> None:
    assert figures(predict(document(*THREE), XERO, CHART)) == tuple(map(Decimal, ("76.30", "11.44", "87.74", "87.74")))


@pytest.mark.parametrize(("gross", "tax", "net"), [("541.25", "70.60", "470.65"), ("500", "65.22", "434.78")])
def test_sx42_amounts_that_hold_tax(gross: str, tax: str, net: str) -> None:
    predicted = predict(document(line(gross, "T15"), basis="Inclusive"), XERO, CHART)
    assert figures(predicted)[:3] == (Decimal(net), Decimal(tax), Decimal(gross))


def test_sx42_tax_on_top() -> None:
    predicted = predict(document(line("21.00", "T15"), basis="Exclusive"), XERO, CHART)
    assert rows(predicted)[0]["TaxAmount"] == Decimal("3.15")
    assert predicted["Total"] == Decimal("24.15")


def test_sx42_a_document_without_tax_has_none_whatever_its_lines_say() -> None:
    predicted = predict(document(line("21.00", "T15"), basis="NoTax"), XERO, CHART)
    assert figures(predicted)[:3] == (Decimal("21.00"), Decimal(0), Decimal("21.00"))
    assert "TaxType" not in rows(predicted)[0]


@pytest.mark.parametrize(
    ("sent", "tax"),
    [
        (line("10", "RR", AccountCode="200"), "RR"),
        (line("10", None, AccountCode="200"), "OUT"),
        (line("10", "", AccountCode="210"), "Z"),
        (line("10", None, ItemCode="A"), "RR"),
        (line("10", None, ItemCode="A", AccountCode="200"), "RR"),
        (line("10", None, ItemCode="B"), "OUT"),
        (line("10", None, ItemCode="B", AccountCode="210"), "Z"),
    ],
)
def test_px32_a_line_without_tax_type_has_that_of_its_item_then_of_its_account(
    sent: dict[str, Value], tax: str
) -> None:
    predicted = predict(document(sent), XERO, CHART)
    assert rows(predicted)[0]["TaxType"] == tax
    assert predicted["TotalTax"] == Decimal(10) * CHART.tax_rates[tax].percent / 100
    assert predicted["Total"] == Decimal(10) + CHART.tax_rates[tax].percent / 10


def test_px32_a_line_with_neither_has_no_tax() -> None:
    predicted = predict(document(line("10"), line("5", ItemCode="C")), XERO, CHART)
    assert figures(predicted) == (Decimal(15), Decimal(0), Decimal(15), Decimal(15))
    assert tax_by_type(predicted, XERO) == {}


def test_an_item_gives_its_price_in_base_currency_only() -> None:
    sent = line(None, None, ItemCode="A")
    assert predict(document(sent), XERO, CHART)["SubTotal"] == Decimal("9.99")
    assert predict(document(sent, CurrencyCode="GBP"), XERO, CHART)["SubTotal"] == Decimal("9.99")
    assert "SubTotal" not in predict(document(sent, CurrencyCode="EUR"), XERO, CHART)


@pytest.mark.parametrize(
    "sent",
    [
        line("10", "UNKNOWN"),
        line("10", None, AccountCode="220"),
        line("10", None, AccountCode="999"),
        line("10", None, ItemCode="no such item", AccountCode="200"),
        line("10", None, ItemCode="A", AccountCode="200", LineItemID="a row that is there"),
    ],
)
@pytest.mark.parametrize("basis", ["Exclusive", "Inclusive"])
def test_what_cannot_be_told_is_absent_not_stale(sent: dict[str, Value], basis: str) -> None:
    stale: dict[str, Value] = {name: Decimal(1) for name in ("SubTotal", "TotalTax", "Total", "AmountDue")}
    predicted = predict({**document(sent, line("5", "OUT"), basis=basis), **stale}, XERO, CHART)
    assert figures(predicted) == ((Decimal(15) if basis == "Exclusive" else None), None, None, None)
    assert "TaxAmount" not in rows(predicted)[0]
    assert rows(predicted)[1]["TaxAmount"] == Decimal("1.00" if basis == "Exclusive" else "0.83")


def test_what_was_paid_and_credited_is_no_longer_due() -> None:
    settled: dict[str, Value] = {"AmountPaid": Decimal(4), "AmountCredited": None, "AmountDue": Decimal(99)}
    assert predict({**document(line("10", "OUT")), **settled}, XERO, CHART)["AmountDue"] == Decimal(8)


def test_tax_by_type() -> None:
    predicted = predict(document(line("10", "OUT"), line("1", "RR"), line("2.50", "OUT"), line("3", "Z")), XERO, CHART)
    assert tax_by_type(predicted, XERO) == {"OUT": Decimal("2.50"), "RR": Decimal("0.05"), "Z": Decimal(0)}


@pytest.mark.parametrize(
    ("parts", "percent"),
    [
        ([("6", False), ("4", True)], "10.24"),
        ([("4", True), ("6", False)], "10.24"),
        ([("5", False), ("2.5", False)], "7.5"),
        ([], "0"),
    ],
)
def test_sx42_components_are_added_and_a_compound_one_comes_on_top(parts: list[tuple[str, bool]], percent: str) -> None:
    made = [Component("part", Decimal(rate_), compound=compound) for rate_, compound in parts]
    assert effective(made) == Decimal(percent)
