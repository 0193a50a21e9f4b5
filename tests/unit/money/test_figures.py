"""Figures that are predicted and compared: names, what they rest on, and what counts as a difference."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from tieout.model import Value
from tieout.money.chart import Account, Chart, Item, TaxRate
from tieout.money.figures import Figure, differences, expected
from tieout.money.ledgers import LEDGERS
from tieout.money.totals import PROFILES, predict

XERO, LEDGER = PROFILES["xero"], LEDGERS["xero"]
CHART = Chart(
    base="GBP",
    tax_rates={
        "OUTPUT2": TaxRate("OUTPUT2", "20% (VAT on Income)", Decimal(20)),
        "RROUTPUT": TaxRate("RROUTPUT", "5% (VAT on Income)", Decimal(5)),
        "ZERORATEDOUTPUT": TaxRate("ZERORATEDOUTPUT", "Zero Rated Income", Decimal(0)),
    },
    accounts={"200": Account("200", "Sales", "SALES", "REVENUE", "OUTPUT2")},
    items={"TEA": Item("TEA", Decimal(10), "200", "RROUTPUT")},
)
ROWS: list[dict[str, Value]] = [
    {"Quantity": Decimal(1), "UnitAmount": Decimal("25.06"), "AccountCode": "200"},
    {"Quantity": Decimal(2), "UnitAmount": Decimal(10), "AccountCode": "200", "ItemCode": "TEA"},
    {"Description": "Thank you"},
]


def document(**more: Value) -> dict[str, Value]:
    return {"Type": "ACCREC", "LineAmountTypes": "Exclusive", "CurrencyCode": "GBP",
            "LineItems": [dict(row) for row in ROWS], **more}  # fmt: skip


def wanted(given: Mapping[str, Value]) -> list[Figure]:
    return expected(predict(given, XERO, CHART), given, XERO, LEDGER, CHART)


def answered(given: Mapping[str, Value]) -> dict[str, Value]:
    """Give what a ledger answers that computes as predicted."""
    return predict(given, XERO, CHART)


def line(answer: Mapping[str, Value], place: int) -> dict[str, Value]:
    return cast("list[dict[str, Value]]", answer["LineItems"])[place]


def test_t01_figures_are_named_with_what_they_rest_on() -> None:
    told = {one.name: (str(one.amount), one.rule) for one in wanted(document())}
    assert told["line 1 LineAmount"] == (
        "25.06", "quantity times unit price with 4 decimals less discount, half up to 2 decimals"
    )  # fmt: skip
    assert told["line 1 TaxAmount"] == (
        "5.01", "tax type OUTPUT2 of 20 %, the default of account 200, by line, half up to 2 decimals"
    )  # fmt: skip
    assert told["line 2 TaxAmount"][1].startswith("tax type RROUTPUT of 5 %, the default of item TEA")
    assert told["tax OUTPUT2"] == ("5.01", "the sum of the lines with the tax type OUTPUT2 of 20 %")
    assert (told["lines RROUTPUT"][0], told["Total"][0]) == ("20.00", "51.07")


def test_t01_what_was_sent_is_no_default() -> None:
    given = document()
    line(given, 0)["TaxType"] = "ZERORATEDOUTPUT"
    (tax,) = (one for one in wanted(given) if one.name == "line 1 TaxAmount")
    assert tax.rule == "tax type ZERORATEDOUTPUT of 0 %, by line, half up to 2 decimals"


def test_t01_equal_figures_are_no_difference_whatever_their_zeros() -> None:
    answer = answered(document())
    answer["SubTotal"] = Decimal("45.0600")
    del line(answer, 2)["LineAmount"], line(answer, 2)["TaxAmount"]
    assert differences(wanted(document()), answer, XERO, LEDGER, "") == []


def test_t01_a_cent_of_tax_is_named_at_its_line_its_type_and_its_totals() -> None:
    answer = answered(document())
    line(answer, 0)["TaxAmount"] = Decimal("5.02")
    answer |= {"TotalTax": Decimal("6.02"), "Total": Decimal("51.08")}
    found = differences(wanted(document()), answer, XERO, LEDGER, "")
    assert [one.figure.name for one in found] == ["line 1 TaxAmount", "tax OUTPUT2", "TotalTax", "Total"]
    assert found[0].told("GBP") == (
        "line 1 TaxAmount is 5.02 GBP and not 5.01 (tax type OUTPUT2 of 20 %, the default of account 200, by line,"
        " half up to 2 decimals)"
    )


def test_t01_another_tax_type_shows_though_its_tax_is_nought_too() -> None:
    given = document()
    for place in (0, 1):
        line(given, place)["TaxType"] = "ZERORATEDOUTPUT"
    answer = answered(given)
    line(answer, 1)["TaxType"] = "EXEMPTOUTPUT"
    assert [one.figure.name for one in differences(wanted(given), answer, XERO, LEDGER, "")] == [
        "lines ZERORATEDOUTPUT"
    ]


def test_t01_a_line_that_the_ledger_added_or_left_out_shows() -> None:
    answer = answered(document())
    answer["LineItems"] = [line(answer, 0)]
    names = [one.figure.name for one in differences(wanted(document()), answer, XERO, LEDGER, "")]
    assert names[:2] == ["line 2 LineAmount", "line 2 TaxAmount"]


def test_t01_the_total_in_base_currency_is_compared_where_a_rate_was_sent() -> None:
    given = document(CurrencyCode="EUR", CurrencyRate=Decimal("1.25"))
    (base,) = (one for one in wanted(given) if one.name == "Total in GBP")
    assert (base.amount, base.rule) == (Decimal("40.86"), "at the rate of the document, half up to 2 decimals")
    answer = {**answered(given), "CurrencyRate": Decimal("1.26")}
    (found,) = differences(wanted(given), answer, XERO, LEDGER, "GBP")
    assert (found.figure.name, found.answered) == ("Total in GBP", Decimal("40.53"))
    del answer["CurrencyRate"]
    assert differences(wanted(given), answer, XERO, LEDGER, "GBP") == [], "it says nothing of base currency"
    assert not any(" in " in one.name for one in wanted(document(CurrencyRate=Decimal(1))))


def test_t01_a_document_in_another_currency_has_no_figure_as_predicted() -> None:
    given = document(CurrencyCode="EUR")
    answer = {**answered(given), "CurrencyCode": "GBP"}
    found = differences(wanted(given), answer, XERO, LEDGER, "", "EUR")
    assert [one.figure.name for one in found] == [one.name for one in wanted(given)]
    assert found[-1].told("GBP") == "Total is 51.07 GBP and not 51.07 EUR (the sum of the lines)"
    for currency in ("EUR", "", None):
        assert differences(wanted(given), {**answer, "CurrencyCode": currency}, XERO, LEDGER, "", "EUR") == []
