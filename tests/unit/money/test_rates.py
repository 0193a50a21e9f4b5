"""The chain of sources: the first usable rate, and why each other one is not used."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import pytest

from tieout.money.rates import Found, Missing, Question, Rates, converted, in_base, shown
from tieout.rate_quote import Quote

DAY = date(2026, 3, 16)


@dataclass
class Fixed:
    """A source with one answer, which counts how often it is asked."""

    name: str
    answer: Quote | str
    asked: list[Question] = field(default_factory=list)

    def ask(self, question: Question) -> Quote | str:
        self.asked.append(question)
        return self.answer


def quote(rate: str, day: date = DAY, per: str = "1") -> Quote:
    return Quote(Decimal(rate), day, per=Decimal(per))


def found(answer: Found | Missing) -> Found:
    assert isinstance(answer, Found), str(answer)
    return answer


def missing(answer: Found | Missing) -> Missing:
    assert isinstance(answer, Missing), str(answer)
    return answer


def test_the_first_source_that_has_one_gives_the_rate() -> None:
    chain = [Fixed("crm", "it has no USD"), Fixed("table", quote("1.25", DAY - timedelta(2))), Fixed("ecb", quote("9"))]
    answer = found(Rates(tuple(chain)).find("USD", "GBP", DAY))
    assert (answer.rate, answer.source, answer.day, answer.age_days) == (
        Decimal("1.25"),
        "table",
        DAY - timedelta(2),
        2,
    )
    assert not chain[2].asked


def test_a_question_is_asked_once_a_run() -> None:
    source = Fixed("crm", quote("1.25"))
    rates = Rates((source,))
    assert rates.find("USD", "GBP", DAY) == rates.find("USD", "GBP", DAY)
    assert len(source.asked) == 1


def test_a_currency_is_one_of_itself_and_nobody_is_asked() -> None:
    source = Fixed("crm", quote("7"))
    assert found(Rates((source,)).find("GBP", "GBP", DAY)).rate == 1
    assert not source.asked


def test_a_rate_older_than_the_limit_is_not_used() -> None:
    rates = Rates((Fixed("ecb", quote("1.25", DAY - timedelta(8))),), stale_after=timedelta(7))
    answer = missing(rates.find("USD", "GBP", DAY))
    assert answer.code == "stale-rate"
    assert "ecb: its last rate (1.25) is of 2026-03-08, 8 days old; stale_after is 7d" in str(answer)
    assert found(Rates(rates.sources, stale_after=timedelta(8)).find("USD", "GBP", DAY)).age_days == 8


def test_the_future_is_never_used() -> None:
    answer = missing(Rates((Fixed("crm", quote("1.25", DAY + timedelta(1))),)).find("USD", "GBP", DAY))
    assert answer.code == "no-rate"
    assert "later than 2026-03-16" in str(answer)


@pytest.mark.parametrize("given", [quote("1"), quote("1.000000"), quote("1.17", per="1.17")])
def test_sx40_a_rate_of_one_is_refused_whatever_source_gave_it(given: Quote) -> None:
    answer = missing(Rates((Fixed("document", given), Fixed("crm", given))).find("USD", "GBP", DAY))
    assert answer.code == "no-rate"
    assert str(answer).count("exactly 1") == 2


@pytest.mark.parametrize("given", ["0", "-1.2", "NaN", "Infinity", "1E+999999", "1E-999999"])
def test_what_is_no_rate_is_refused(given: str) -> None:
    assert "no rate" in str(missing(Rates((Fixed("crm", quote(given)),)).find("USD", "GBP", DAY)))


def test_without_a_chain_there_is_no_rate_and_the_message_says_so() -> None:
    answer = missing(Rates().find("USD", "GBP", DAY))
    assert answer.code == "no-rate"
    assert "tieout.yaml names no source" in str(answer)


def test_base_is_amount_divided_by_rate_half_up_once() -> None:
    rate = found(Rates((Fixed("crm", quote("0.70")),)).find("USD", "NZD", DAY))
    assert in_base(Decimal("100.00"), rate) == Decimal("142.86")
    assert converted(Decimal("100.00"), rate, 4) == Decimal("142.8571")


def test_a_rate_known_the_other_way_round_loses_nothing() -> None:
    """1 EUR is 1.1 USD; 10.05 EUR are 11.055 USD, which half up is 11.06: a rounded reciprocal may say 11.05."""
    rate = found(Rates((Fixed("ecb", quote("1", per="1.1")),)).find("EUR", "USD", DAY))
    assert in_base(Decimal("10.05"), rate) == Decimal("11.06")
    assert shown(rate.rate) == "0.9090909091"


def test_sx41_evidence_names_rate_date_source_and_age() -> None:
    rate = found(
        Rates((Fixed("ecb", Quote(Decimal("1.25"), DAY - timedelta(3), "indicative")),)).find("USD", "GBP", DAY)
    )
    assert rate.evidence == {
        "pair": "USD/GBP",
        "rate": "1.25",
        "date": "2026-03-13",
        "source": "ecb",
        "age_days": "3",
        "note": "indicative",
    }
    assert str(rate) == "1.25 USD for 1 GBP of 2026-03-13 (ecb, 3 days old, indicative)"
