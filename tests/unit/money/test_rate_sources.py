"""The sources of rates, each with the traps that were measured (facts: libraries 2.2, salesforce 2.13, xero 2.7)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.model import Value
from tieout.money.currencies import exponent
from tieout.money.rate_sources.document import Document
from tieout.money.rate_sources.ecb import Ecb
from tieout.money.rate_sources.systems import PROFILES, System, system
from tieout.money.rate_sources.table import Row, Table
from tieout.money.rates import Found, Missing, Own, Question, Rates, converted
from tieout.money.rounding import to_places
from tieout.rate_quote import Quote

ECB = Ecb()
"""Loaded once: reading its history takes half a second."""


def asked(source: object, currency: str, base: str, day: str, **more: object) -> Quote | str:
    question = Question(currency, base, date.fromisoformat(day), **more)  # type: ignore[arg-type]  # named as there
    return source.ask(question)  # type: ignore[attr-defined, no-any-return]  # any source


def quoted(answer: Quote | str) -> Quote:
    assert isinstance(answer, Quote), answer
    return answer


def told(answer: Quote | str) -> str:
    assert isinstance(answer, str), answer
    return answer


def value(amount: str, currency: str, base: str, day: str, places: int = 4) -> Decimal:
    found = Rates((ECB,), timedelta(31)).find(currency, base, date.fromisoformat(day))
    assert isinstance(found, Found), str(found)
    return converted(Decimal(amount), found, places)


# --- the European Central Bank ------------------------------------------------------------------------------------


def test_sx41_a_weekend_takes_the_last_known_rate_never_one_of_the_future() -> None:
    """2025-03-15 is a Saturday. Interpolated, which is the package's default, it would be 129.4851."""
    assert value("100", "GBP", "USD", "2025-03-15") == Decimal("129.3492")
    assert value("100", "GBP", "USD", "2025-03-14") == Decimal("129.3492")
    assert value("100", "GBP", "USD", "2025-03-17") != Decimal("129.3492")
    assert quoted(asked(ECB, "GBP", "USD", "2025-03-15")).day == date(2025, 3, 14)


def test_a_rate_of_the_bank_is_marked_as_indicative() -> None:
    assert quoted(asked(ECB, "USD", "EUR", "2025-03-14")).note == "indicative"
    assert quoted(asked(ECB, "USD", "GBP", "2025-03-14")).note == "indicative, through EUR"


@pytest.mark.parametrize(("code", "last"), [("BGN", "2025-12-31"), ("HRK", "2022-12-30"), ("RUB", "2022-03-01")])
def test_a_currency_that_ended_has_its_last_rate_and_then_too_old_a_one(code: str, last: str) -> None:
    end = date.fromisoformat(last)
    rates = Rates((ECB,), timedelta(7))
    assert isinstance(rates.find(code, "EUR", end), Found)
    gone = rates.find(code, "EUR", end + timedelta(60))
    assert isinstance(gone, Missing)
    assert gone.code == "stale-rate"
    assert f"of {last}, 60 days old" in str(gone)


@pytest.mark.parametrize("code", ["AED", "SAR", "KWD", "ARS", "VES"])
def test_a_currency_that_the_bank_does_not_quote(code: str) -> None:
    assert told(asked(ECB, code, "EUR", "2026-01-05")) == f"the bank does not quote {code}"


def test_before_the_first_day_there_is_none() -> None:
    assert told(asked(ECB, "USD", "EUR", "1998-12-31")) == "its first rate of USD is of 1999-01-04"


def test_the_euro_against_another_currency_is_exact() -> None:
    straight, turned = quoted(asked(ECB, "USD", "EUR", "2025-03-14")), quoted(asked(ECB, "EUR", "USD", "2025-03-14"))
    assert (turned.rate, turned.per) == (straight.per, straight.rate)


# --- tables -------------------------------------------------------------------------------------------------------

TABLE = Table.of(
    "rates.csv",
    [
        Row("USD", "GBP", date(2026, 1, 5), Decimal("1.25")),
        Row("USD", "GBP", date(2026, 1, 12), Decimal("1.26")),
        Row("ARS", "USD", date(2026, 1, 9), Decimal("1405.5")),
        Row("EUR", "GBP", date(2026, 1, 5), Decimal("1.17")),
        Row("EUR", "GBP", date(2026, 1, 5), Decimal("1.18")),
    ],
)


def test_a_table_gives_the_last_rate_known_on_the_day() -> None:
    assert quoted(asked(TABLE, "USD", "GBP", "2026-01-11")) == Quote(Decimal("1.25"), date(2026, 1, 5))
    assert quoted(asked(TABLE, "USD", "GBP", "2026-01-12")).rate == Decimal("1.26")
    assert told(asked(TABLE, "USD", "GBP", "2026-01-04")) == "its first rate of USD/GBP is of 2026-01-05"


def test_a_table_knows_a_rate_the_other_way_round() -> None:
    assert quoted(asked(TABLE, "GBP", "USD", "2026-01-12")) == Quote(Decimal(1), date(2026, 1, 12), per=Decimal("1.26"))


def test_a_table_goes_through_one_third_currency_and_says_so() -> None:
    """1 GBP is 1.25 USD of the 5th, 1 USD 1405.5 ARS of the 9th: 1756.875 ARS, as old as the older of the two."""
    quote = quoted(asked(TABLE, "ARS", "GBP", "2026-01-10"))
    assert quote.rate / quote.per == Decimal("1756.875")
    assert (quote.day, quote.note) == (date(2026, 1, 5), "through USD")


def test_two_rates_of_one_day_are_none() -> None:
    assert "give 2 different rates of EUR/GBP, so none is taken" in told(asked(TABLE, "EUR", "GBP", "2026-01-06"))


def test_a_table_says_what_it_lacks() -> None:
    assert told(asked(TABLE, "JPY", "GBP", "2026-01-06")) == "it has no rate of JPY against GBP"


# --- Salesforce ---------------------------------------------------------------------------------------------------

TYPES: list[dict[str, Value]] = [
    {"IsoCode": "GBP", "ConversionRate": Decimal(1), "SystemModstamp": "2026-01-01T08:00:00Z"},
    {"IsoCode": "USD", "ConversionRate": Decimal("1.30"), "SystemModstamp": "2026-02-10T08:00:00Z"},
    {"IsoCode": "EUR", "ConversionRate": Decimal("1.17"), "SystemModstamp": "2026-02-10T08:00:00Z"},
]
DATED: list[dict[str, Value]] = [
    {"IsoCode": "USD", "ConversionRate": Decimal("1.20"), "StartDate": "2026-01-01", "NextStartDate": "2026-02-01"},
    {"IsoCode": "USD", "ConversionRate": Decimal("1.21"), "StartDate": "2026-02-01", "NextStartDate": "2026-03-01"},
]


def salesforce(**tables: list[dict[str, Value]]) -> System:
    return system("salesforce", PROFILES["salesforce"], "GBP", tables)


def test_the_end_of_a_dated_rate_is_exclusive() -> None:
    source = salesforce(CurrencyType=TYPES, DatedConversionRate=DATED)
    assert quoted(asked(source, "USD", "GBP", "2026-01-31", object="Opportunity")).rate == Decimal("1.20")
    assert quoted(asked(source, "USD", "GBP", "2026-02-01", object="Opportunity")).rate == Decimal("1.21")
    ended = told(asked(source, "USD", "GBP", "2026-03-01", object="Opportunity"))
    assert ended == "its last rate of USD/GBP ended on 2026-03-01"


def test_dated_rates_apply_to_opportunities_only() -> None:
    source = salesforce(CurrencyType=TYPES, DatedConversionRate=DATED)
    for name in ("Account", "Order", ""):
        assert quoted(asked(source, "USD", "GBP", "2026-02-11", object=name)).rate == Decimal("1.30")


def test_without_dated_rates_an_opportunity_has_those_of_currency_type() -> None:
    assert quoted(
        asked(salesforce(CurrencyType=TYPES), "USD", "GBP", "2026-02-11", object="Opportunity")
    ).rate == Decimal("1.30")


def test_a_rate_without_history_is_of_the_day_on_which_it_was_set() -> None:
    source = salesforce(CurrencyType=TYPES)
    assert quoted(asked(source, "USD", "GBP", "2026-02-12")).day == date(2026, 2, 10)
    assert "first rate of USD/GBP is of 2026-02-10" in told(asked(source, "USD", "GBP", "2026-02-09"))


def test_two_foreign_currencies_go_through_the_corporate_one() -> None:
    quote = quoted(asked(salesforce(CurrencyType=TYPES), "USD", "EUR", "2026-02-11"))
    assert quote.note == "through GBP"
    assert to_places(Decimal(100) * quote.per / quote.rate, 2) == Decimal("90.00")


def test_an_organisation_with_one_currency_has_no_rates() -> None:
    assert "keeps no CurrencyType" in told(asked(salesforce(), "USD", "GBP", "2026-02-11"))


# --- the document's own -------------------------------------------------------------------------------------------

OWN = Own("USD", "NZD", Decimal("0.70"), date(2026, 1, 5), "books.CurrencyRate")


def test_sx41_the_documents_own_rate_holds_whatever_the_day() -> None:
    """Facts: a USD invoice in an NZD organisation at 0.70 means 1 NZD is 0.70 USD; base is amount / rate."""
    found = Rates((Document(), ECB)).find("USD", "NZD", date(2026, 6, 1), own=OWN)
    assert isinstance(found, Found)
    assert (found.rate, found.source, found.day) == (Decimal("0.70"), "document", date(2026, 1, 5))
    assert converted(Decimal(100), found, 2) == Decimal("142.86")
    assert found.note == "as books.CurrencyRate has it"


def test_the_documents_own_rate_is_one_of_its_own_currencies_only() -> None:
    assert quoted(asked(Document(), "NZD", "USD", "2026-01-05", own=OWN)).per == Decimal("0.70")
    assert (
        told(asked(Document(), "EUR", "NZD", "2026-01-05", own=OWN))
        == "books.CurrencyRate is a rate of USD against NZD"
    )
    assert told(asked(Document(), "EUR", "NZD", "2026-01-05")) == "the record in hand carries no rate of its own"


# --- laws ---------------------------------------------------------------------------------------------------------

CODES = st.sampled_from(["GBP", "USD", "EUR", "JPY", "KWD"])
DAYS = st.dates(date(2026, 1, 1), date(2026, 1, 20))
RATES = st.decimals("0.000001", "99999", places=6)
ROWS = st.lists(st.builds(Row, CODES, CODES, DAYS, RATES).filter(lambda row: row.currency != row.base), max_size=12)


@given(ROWS, CODES, CODES, DAYS)
def test_no_source_ever_answers_with_the_future_or_with_one(
    rows: list[Row], currency: str, base: str, day: date
) -> None:
    found = Rates((Table.of("table", rows),), timedelta(5)).find(currency, base, day)
    if isinstance(found, Found) and currency != base:
        assert day - timedelta(5) <= found.day <= day
        assert found.units != found.per


@given(ROWS, CODES, CODES, DAYS)
def test_there_and_back_are_exact_reciprocals(rows: list[Row], currency: str, base: str, day: date) -> None:
    one_way = [row for row in rows if row.currency < row.base]  # one written both ways is used as it is written
    rates = Rates((Table.of("table", one_way),), timedelta(30))
    there, back = rates.find(currency, base, day), rates.find(base, currency, day)
    assert isinstance(there, Found) == isinstance(back, Found)
    if isinstance(there, Found) and isinstance(back, Found) and there.day == back.day:
        assert there.units * back.units == there.per * back.per


@given(ROWS, DAYS, st.decimals("-9999999", "9999999", places=2))
def test_a_converted_amount_is_half_a_unit_near_at_most(rows: list[Row], day: date, amount: Decimal) -> None:
    found = Rates((Table.of("table", rows),), timedelta(30)).find("USD", "GBP", day)
    if isinstance(found, Found):
        places = exponent("GBP")
        assert places is not None
        exactly = amount * found.per
        off = converted(amount, found, places) * found.units - exactly
        assert abs(off) * 2 <= found.units.scaleb(-places)
