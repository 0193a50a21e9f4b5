"""The page about money, on rates and conversions: each row of its tables is computed anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from docs.test_money import section, table
from tieout.language.loading import load_text
from tieout.language.nodes import MapNode
from tieout.mapping.transforms.asking import RatedBound
from tieout.mapping.transforms.rates import Convert
from tieout.model import Field, Kind, Value
from tieout.money.lossy import loss
from tieout.money.rate_sources.ecb import Ecb
from tieout.money.rate_sources.table import Row, Table
from tieout.money.rates import Found, Missing, Question, Rates, in_base
from tieout.rate_quote import Quote
from tieout.rates_config import read_rates
from tieout.transform import Binding, End, Misused, Scope

DAY = date(2026, 3, 16)
RATE = re.compile(r"(?P<rate>[0-9.]+) (?P<currency>[A-Z]{3}) for 1 (?P<base>[A-Z]{3})")


def rates(cell: str) -> Rates:
    """Make a chain of one source that has the rate of a cell, as of that day."""
    found = RATE.fullmatch(cell)
    assert found is not None, cell
    row = Row(found["currency"], found["base"], DAY, Decimal(found["rate"]))
    return Rates((Table.of("table", [row]),))


@pytest.mark.parametrize("row", table("Rates", "amount"), ids=lambda row: row[0])
def test_sx41_an_amount_in_base_is_what_the_page_says(row: list[str]) -> None:
    amount, currency = row[0].split()
    wanted, base = row[2].split()
    found = rates(row[1]).find(currency, base, DAY)
    assert isinstance(found, Found)
    assert str(in_base(Decimal(amount), found)) == wanted


@pytest.mark.parametrize("row", table("Rates", "100 GBP on"), ids=lambda row: row[0])
def test_sx41_the_day_of_a_rate_is_what_the_page_says(row: list[str]) -> None:
    found = Rates((Ecb(),)).find("GBP", "USD", date.fromisoformat(row[0]))
    assert isinstance(found, Found)
    assert f"{Decimal(100) * found.per / found.units:.4f}" == row[1]
    assert f"{found.day}" == row[2]


class Said:
    """A source that answers as a row of the table says."""

    name = "source"

    def __init__(self, words: str) -> None:
        self.words = words

    def ask(self, question: Question) -> Quote:
        day = question.day + timedelta(1 if "day after" in self.words else -8 if "eight days" in self.words else 0)
        found = RATE.fullmatch(self.words)
        return Quote(Decimal(found["rate"]) if found else Decimal("1.25"), day)


@pytest.mark.parametrize("row", table("Rates", "the source says"), ids=lambda row: row[0])
def test_sx40_what_is_no_rate_is_answered_as_the_page_says(row: list[str]) -> None:
    answer = Rates((Said(row[0]),)).find("USD", "GBP", DAY)
    assert isinstance(answer, Missing)
    assert answer.asked == (("source", row[1]),)


def test_sx41_the_hold_of_the_page_is_the_one_that_people_see() -> None:
    words = section("Rates")
    chain = re.search(r"```yaml part\n(.*?)```", words, re.DOTALL)
    assert chain is not None
    root = load_text(chain[1], "tieout.yaml").root
    assert isinstance(root, MapNode)
    read = read_rates(root.table("rates"))
    assert ([link.name for link in read.chain], read.stale_after) == (
        ["document", "salesforce", "xero", "rates.csv", "ecb"],
        timedelta(7),
    )
    missing = Rates((Ecb(),)).find("ARS", "GBP", date(2026, 11, 2))
    assert isinstance(missing, Missing)
    assert all(
        part in words
        for part in (f"{missing.code}: no rate of ARS for 1 GBP on 2026-11-02", "the bank does not quote ARS")
    )


def test_sx41_the_rate_in_the_log_of_the_page_is_the_banks() -> None:
    found = Rates((Ecb(),)).find("EUR", "GBP", date(2026, 10, 25))
    assert isinstance(found, Found)
    assert f"books.CurrencyRate  {found.rate:.6f}  create; {found}" in section("Rates")


GOES = re.compile(r"an amount in (?P<currency>[A-Z]{3}) with (?P<scale>\d) decimals")


@pytest.mark.parametrize("row", table("Converted fields", "amount"), ids=lambda row: f"{row[0]} {row[2]}")
def test_sx40_a_converted_amount_has_the_decimals_that_the_page_says(row: list[str]) -> None:
    amount, currency = row[0].split()
    goes = GOES.fullmatch(row[2])
    assert goes is not None
    scope: Mapping[str, Value] = {"crm": {"CloseDate": DAY.isoformat()}}
    field = Field("Amount", Kind.MONEY, scale=int(goes["scale"]), currency=goes["currency"])
    source, target = End("crm", "salesforce", field, "Opportunity"), End("books", "xero", field)
    binding = Binding(None, source, target, pair=False, expression=_close_date, currency=lambda _: currency)
    bound = Convert().bind(binding)
    assert isinstance(bound, RatedBound)
    ready = bound.with_rates(rates(row[1]), {})
    assert str(ready.convert(Decimal(amount), to="books", scope=scope, currency=goes["currency"])) == row[3]


def _close_date(text: str) -> Callable[[Scope], Value]:
    assert text == "crm.CloseDate"
    return lambda _: DAY.isoformat()


@pytest.mark.parametrize("row", table("Converted fields", "from"), ids=lambda row: row[0])
def test_so_many_amounts_come_back_as_another_one_as_the_page_says(row: list[str]) -> None:
    found = loss(Decimal(row[1]), 2, 2)
    assert ("none" if found is None else f"{found.share} %") == row[3]


def test_the_checkers_words_on_a_pair_are_those_of_the_page() -> None:
    dollars = Field("Amount", Kind.MONEY, scale=2, currency="USD")
    ends = (End("crm", "salesforce", dollars), End("books", "xero", replace(dollars, currency="GBP")))
    with pytest.raises(Misused) as refused:
        Convert().bind(Binding(None, *ends, pair=True))
    assert f"```text\n{refused.value}\n```" in section("Converted fields")
    there = (Decimal("10.03") * Decimal("0.7732")).quantize(Decimal("0.01"))
    assert f"10.03 USD become {there} GBP" in section("Converted fields")
    assert f"{there} GBP become {there / Decimal('0.7732'):.2f} USD" in section("Converted fields")
