"""`convert` and `rate`: which rate, of which day, in which direction, and why a pair is refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tieout.mapping.transforms.asking import RatedBound
from tieout.mapping.transforms.chain import Chain, bind_chain
from tieout.mapping.transforms.rates import Convert, Rate
from tieout.mapping.transforms.texts import MoneyText
from tieout.model import Field, Kind, Value
from tieout.money.rate_sources.document import Document
from tieout.money.rate_sources.table import Row, Table
from tieout.money.rates import Question, Rates, Source
from tieout.rate_quote import Quote
from tieout.transform import Binding, Bound, End, Misused, Transform, Unconvertible
from unit.mapping.transform_cases import expression

DAY = date(2026, 3, 16)
EUROS = Field("Amount", Kind.MONEY, scale=2, currency="CurrencyIsoCode")
POUNDS = Field("Amount_GBP__c", Kind.MONEY, scale=2, currency="GBP")
RATE = Field("CurrencyRate", Kind.NUMBER, scale=6)
TABLE = Table.of(
    "rates.csv",
    [
        Row("EUR", "GBP", DAY, Decimal("1.25")),
        Row("EUR", "GBP", DAY - timedelta(7), Decimal("1.20")),
        Row("JPY", "GBP", DAY, Decimal("190.123456789")),
        Row("KWD", "GBP", DAY, Decimal("0.39")),
        Row("USD", "GBP", DAY, Decimal("1.0000004")),
    ],
)


def bound(transform: Transform, argument: object = None, *, source: End, target: End, pair: bool = False) -> Bound:
    def currency(scope: Any) -> Value:
        record = scope[source.side]
        return record.get(source.field.currency) if source.field is not None else None

    told = currency if source.field is not None and source.field.currency else None
    return transform.bind(Binding(argument, source, target, pair, {}, expression, told))


def rated(made: Bound, *sources: Source, base: str = "GBP") -> RatedBound:
    assert isinstance(made, RatedBound)
    return made.with_rates(Rates(sources or (TABLE,)), {"books": base})


CRM = End("crm", "salesforce", EUROS, "Opportunity")
BOOKS = End("books", "xero", RATE, "Invoice")
DEAL: dict[str, Value] = {"Amount": Decimal("100.00"), "CurrencyIsoCode": "EUR", "CloseDate": "2026-03-16"}


def convert(argument: object = None, *, target: Field = POUNDS, deal: dict[str, Value] | None = None) -> Value:
    made = rated(bound(Convert(), argument, source=CRM, target=End("books", "xero", target, "Invoice")))
    record = DEAL if deal is None else deal
    currency = target.currency if target.currency == "GBP" else None
    return made.convert(record["Amount"], to="books", scope={"crm": record}, currency=currency)


def held(argument: object = None, *, target: Field = POUNDS, deal: dict[str, Value] | None = None) -> Unconvertible:
    with pytest.raises(Unconvertible) as caught:
        convert(argument, target=target, deal=deal)
    return caught.value


def test_an_opportunity_is_converted_by_its_close_date() -> None:
    assert convert() == Decimal("80.00")
    assert convert(deal={**DEAL, "CloseDate": "2026-03-15"}) == Decimal("83.33")


def test_another_day_is_named() -> None:
    assert convert({"at": "crm.SignedOn"}, deal={**DEAL, "SignedOn": "2026-03-10T23:00:00Z"}) == Decimal("83.33")


def test_without_a_day_there_is_no_rate() -> None:
    problem = held(deal={**DEAL, "CloseDate": None})
    assert (problem.code, str(problem)) == ("no-rate", "crm.CloseDate is blank, and a rate of EUR/GBP is of a day")


def test_a_record_that_is_no_document_must_name_its_day() -> None:
    account = replace(CRM, object="Account")
    with pytest.raises(Misused, match=r"Account is no document; name the day of the rate: as: \{convert: \{at: crm\."):
        bound(Convert(), source=account, target=End("books", "xero", POUNDS))


def test_sx40_the_decimals_are_those_of_the_currency_and_of_the_field() -> None:
    free = Field("Amount", Kind.MONEY, currency="CurrencyCode")
    deal = {**DEAL, "Amount": Decimal("100.005")}
    assert convert({"to": "KWD"}, target=free, deal={**deal, "CurrencyIsoCode": "GBP"}) == Decimal("39.002")
    assert convert({"to": "JPY"}, target=free, deal={**deal, "CurrencyIsoCode": "GBP"}) == Decimal(19013)
    cents = replace(free, scale=2)
    assert convert({"to": "KWD"}, target=cents, deal={**deal, "CurrencyIsoCode": "GBP"}) == Decimal("39.00")
    assert convert({"to": "JPY"}, target=cents, deal={**deal, "CurrencyIsoCode": "GBP"}) == Decimal(19013)
    unit_price = replace(free, scale=4)
    assert convert({"to": "KWD"}, target=unit_price, deal={**deal, "CurrencyIsoCode": "GBP"}) == Decimal("39.0020")


def test_an_amount_in_the_wanted_currency_stays_and_needs_no_rate() -> None:
    deal = {**DEAL, "CurrencyIsoCode": "GBP", "CloseDate": None}
    assert convert(deal=deal) == Decimal("100.00")
    made = rated(bound(Convert(), source=CRM, target=End("books", "xero", POUNDS, "Invoice")))
    assert made.evidence(deal["Amount"], to="books", scope={"crm": deal}, currency="GBP") == {}


def test_what_is_blank_stays_blank() -> None:
    assert convert(deal={**DEAL, "Amount": None, "CloseDate": None}) is None


def test_sx43_an_amount_without_a_currency_is_held() -> None:
    assert held(deal={**DEAL, "CurrencyIsoCode": None}).code == "no-currency"


def test_sx43_a_text_names_the_currency_that_an_amount_was_converted_to() -> None:
    transforms: dict[str, Transform] = {"convert": Convert(), "money_text": MoneyText()}
    target = End("books", "xero", Field("Reference", Kind.TEXT), "Invoice")
    binding = Binding(None, CRM, target, pair=False, expression=expression)
    made = bind_chain([{"convert": {"to": "GBP", "from": "EUR"}}, "money_text"], transforms, binding)
    assert isinstance(made, Chain)
    convert, spell = made.steps
    chain = replace(made, steps=(rated(convert), spell))
    assert chain.convert(DEAL["Amount"], to="books", scope={"crm": DEAL}) == "GBP 80.00"


def test_an_amount_is_not_converted_into_another_currency_than_its_target_is_in() -> None:
    problem = held({"to": "USD"})
    assert (problem.code, str(problem)) == ("other-currency", "it is converted to USD, and its target is in GBP")


def test_sx41_a_missing_rate_names_pair_day_and_every_source() -> None:
    problem = held(deal={**DEAL, "CurrencyIsoCode": "BRL"})
    assert problem.code == "no-rate"
    wanted = "no rate of BRL for 1 GBP on 2026-03-16 can be used: rates.csv: it has no rate of BRL against GBP"
    assert str(problem) == wanted


def test_sx41_a_rate_that_is_too_old_stops() -> None:
    problem = held(deal={**DEAL, "CloseDate": "2026-03-24"})
    assert problem.code == "stale-rate"
    assert "8 days old; stale_after is 7d" in str(problem)


def test_sx41_every_use_says_what_it_rests_on() -> None:
    made = rated(bound(Convert(), source=CRM, target=End("books", "xero", POUNDS, "Invoice")))
    told = made.evidence(DEAL["Amount"], to="books", scope={"crm": {**DEAL, "CloseDate": "2026-03-17"}}, currency="GBP")
    assert told == {"pair": "EUR/GBP", "rate": "1.25", "date": "2026-03-16", "source": "rates.csv", "age_days": "1"}


# --- the document's own rate ----------------------------------------------------------------------------------------

INVOICE: dict[str, Value] = {
    "Total": Decimal("100.00"),
    "CurrencyCode": "USD",
    "CurrencyRate": Decimal("0.70"),
    "Date": "2026-01-05",
}
TOTAL = Field("Total", Kind.MONEY, currency="CurrencyCode")
NZ = Field("Total_NZD__c", Kind.MONEY, scale=2, currency="NZD")


def test_sx41_an_invoice_is_converted_at_the_rate_that_it_was_posted_at() -> None:
    """Facts: xero 2.7. A USD invoice in an NZD organisation at 0.70 means that 1 NZD is 0.70 USD."""
    source = End("books", "xero", TOTAL, "Invoice")
    made = bound(Convert(), source=source, target=End("crm", "salesforce", NZ, "Opportunity"))
    scope = {"books": INVOICE}
    ready = rated(made, Document(), TABLE, base="NZD")
    assert ready.convert(INVOICE["Total"], to="crm", scope=scope, currency="NZD") == Decimal("142.86")
    assert ready.evidence(INVOICE["Total"], to="crm", scope=scope, currency="NZD")["source"] == "document"


def test_an_invoice_without_a_rate_of_its_own_asks_the_next_source() -> None:
    source = End("books", "xero", TOTAL, "Invoice")
    made = bound(Convert(), source=source, target=End("crm", "salesforce", POUNDS, "Opportunity"))
    invoice = {**INVOICE, "CurrencyCode": "EUR", "CurrencyRate": None, "Date": "2026-03-16"}
    ready = rated(made, Document(), TABLE)
    assert ready.convert(Decimal(100), to="crm", scope={"books": invoice}, currency="GBP") == Decimal("80.00")


def test_a_row_of_a_list_reads_the_day_and_the_rate_of_its_document() -> None:
    asked: list[str] = []

    def compiled(text: str) -> Any:
        asked.append(text)
        return lambda _scope: None

    source = End("books", "xero", TOTAL, "Invoice", item=True)
    Convert().bind(
        Binding(None, source, End("crm", "salesforce", NZ), pair=False, expression=compiled, currency=lambda _: "USD")
    )
    assert asked == [
        "parent.books.Date",
        *(f"parent.books.{name}" for name in ("CurrencyCode", "CurrencyRate", "Date")),
    ]


# --- rate -----------------------------------------------------------------------------------------------------------


def rate(
    code: Value, *sources: Source, argument: object = None, day: str = "2026-03-16", target: Field = RATE
) -> Value:
    made = bound(Rate(), argument, source=replace(CRM, field=None), target=replace(BOOKS, field=target))
    return rated(made, *sources).convert(code, to="books", scope={"crm": {"CloseDate": day}})


def test_sx41_a_rate_is_document_currency_for_one_unit_of_base() -> None:
    assert rate("EUR") == Decimal("1.250000")
    assert rate("JPY") == Decimal("190.123457"), "Xero keeps six decimals"
    assert rate("GBP", argument={"base": "EUR"}) == Decimal("0.800000")


def test_sx40_the_base_currency_has_the_rate_one() -> None:
    assert rate("GBP") == 1
    made = rated(bound(Rate(), source=replace(CRM, field=None), target=BOOKS))
    assert made.same(Decimal(1), None, on="books"), "an old document in base currency shows none"
    assert not made.same(Decimal("1.25"), None, on="books")


@dataclass(frozen=True)
class One:
    """A source that says 1 of everything."""

    name: str = "one"

    def ask(self, question: Question) -> Quote | str:
        return Quote(Decimal(1), question.day)


def test_sx40_a_foreign_document_never_gets_the_rate_one() -> None:
    with pytest.raises(Unconvertible) as caught:
        rate("EUR", One())
    assert caught.value.code == "no-rate"
    assert "gives exactly 1 for EUR against GBP" in str(caught.value)


def test_sx40_nor_a_rate_that_becomes_one_by_rounding() -> None:
    with pytest.raises(Unconvertible) as caught:
        rate("USD")
    assert "1.000000 with 6 decimals" in str(caught.value)


def test_where_nobody_keeps_books_the_base_is_named() -> None:
    made = bound(Rate(), source=replace(CRM, field=None), target=BOOKS)
    assert isinstance(made, RatedBound)
    with pytest.raises(Unconvertible, match=r"write rate: \{base: …\}"):
        made.with_rates(Rates((TABLE,)), {}).convert("EUR", to="books", scope={"crm": DEAL})


def test_a_code_that_is_no_currency_is_refused() -> None:
    with pytest.raises(Misused, match="ZZZ is no currency of ISO 4217"):
        bound(Rate(), {"base": "ZZZ"}, source=replace(CRM, field=None), target=BOOKS)


# --- one way only ---------------------------------------------------------------------------------------------------


def why_not(one: Field, other: Field, argument: object = None) -> str:
    with pytest.raises(Misused) as caught:
        bound(Convert(), argument, source=replace(CRM, field=one), target=replace(BOOKS, field=other), pair=True)
    return str(caught.value)


def test_a_pair_is_refused_and_the_reason_is_in_numbers() -> None:
    """Facts: libraries 2.2. At 0.7732, 22.7 % of all amounts do not come back."""
    said = why_not(replace(POUNDS, currency="USD"), POUNDS)
    assert "at 0.773101 GBP for 1 USD, 22.7 % of all amounts come back as another one" in said
    assert "(10.03 USD is 7.75 GBP, and that is 10.02 USD)" in said
    assert "make the rule one way" in said


def test_the_way_that_loses_something_is_the_one_shown() -> None:
    """From GBP to USD and back every amount returns; from USD it does not."""
    assert why_not(POUNDS, replace(POUNDS, currency="USD")) == why_not(replace(POUNDS, currency="USD"), POUNDS)


def test_a_rate_is_no_pair_either() -> None:
    with pytest.raises(Misused, match="cannot be turned back"):
        bound(Rate(), source=CRM, target=BOOKS, pair=True)
