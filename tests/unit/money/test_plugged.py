"""Sources of rates that plugins offer, and the rates that a ledger has put on its documents."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from tieout.adapter import Quote
from tieout.hookspecs import RateSource
from tieout.mapping.rate_chain import Origin, Resolved
from tieout.model import Value
from tieout.money.rate_sources.plugin import Plugged
from tieout.money.rate_sources.posted import Posted
from tieout.money.rates import Found, Missing, Question, Rates
from tieout.sync.rating import Given, Outside, Rating


class DeskRates:
    """The rates of our own trading desk."""

    name = "desk"

    def __init__(self, fixings: dict[date, Decimal]) -> None:
        self.fixings = fixings

    def rate(self, currency: str, base: str, day: date) -> Quote | None:
        if (currency, base) != ("USD", "GBP"):
            return None
        known = [one for one in self.fixings if one <= day]
        return Quote(self.fixings[max(known)], max(known), "fixed at noon") if known else None


DAY = date(2026, 3, 16)
DESK = DeskRates({date(2026, 3, 13): Decimal("1.29")})


def told(source: RateSource, currency: str = "USD") -> Found | Missing:
    return Rates((Plugged(source),)).find(currency, "GBP", DAY)


def test_a_plugins_source_gives_the_last_rate_it_knows() -> None:
    assert str(told(DESK)) == "1.29 USD for 1 GBP of 2026-03-13 (desk, 3 days old, fixed at noon)"
    assert str(told(DESK, "EUR")).endswith("desk: it has no rate of EUR against GBP")


class Odd:
    """A source that gives what the port does not allow."""

    name = "odd"

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def rate(self, _currency: str, _base: str, _day: date) -> Quote | None:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]  # what a stranger may do


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Decimal("1.3"), "it gave Decimal, which is no Quote of Decimals"),
        (Quote(1.3, DAY), "it gave Quote, which is no Quote of Decimals"),  # type: ignore[arg-type]  # as above
        (Quote(Decimal("1.3"), datetime(2026, 3, 16)), "it gave datetime for a date"),  # noqa: DTZ001  # as above
        (Quote(Decimal("1.3"), date(2026, 3, 17)), "its first rate is of 2026-03-17, later than 2026-03-16"),
        (OSError("no route to the desk"), "it failed: OSError: no route to the desk"),
    ],
)
def test_what_a_source_gives_beside_the_port_is_a_reason(answer: object, reason: str) -> None:
    assert str(told(Odd(answer))).endswith(f"odd: {reason}")


# --- what a ledger put on its documents ---------------------------------------------------------------------------


def document(code: str, rate: str, day: str) -> dict[str, Value]:
    return {"CurrencyCode": code, "CurrencyRate": Decimal(rate), "Date": day}


def posted(*documents: dict[str, Value], object_: str = "Invoice") -> Posted:
    return Posted("xero", "xero", "GBP", lambda: [(object_, one) for one in documents])


def test_documents_are_read_when_a_rate_is_first_asked_for_and_once() -> None:
    read: list[int] = []

    def documents() -> list[tuple[str, dict[str, Value]]]:
        read.append(1)
        return [("Invoice", document("USD", "1.27", "2026-03-14"))]

    source = Posted("xero", "xero", "GBP", documents)
    assert read == []
    for _ in range(2):
        found = Rates((source,)).find("USD", "GBP", DAY)
        assert isinstance(found, Found)
        assert (found.rate, found.day) == (Decimal("1.27"), date(2026, 3, 14))
    assert read == [1]


def test_documents_of_one_day_that_disagree_give_no_rate() -> None:
    source = posted(document("USD", "1.27", "2026-03-14"), document("USD", "1.31", "2026-03-14"))
    answer = str(Rates((source,)).find("USD", "GBP", DAY))
    assert "its documents of 2026-03-14 give 2 different rates of USD/GBP, so none is taken" in answer


def test_a_rate_of_one_on_a_document_is_nobodys() -> None:
    source = posted(document("USD", "1", "2026-03-15"), document("USD", "1.27", "2026-03-14"))
    found = Rates((source,)).find("USD", "GBP", DAY)
    assert isinstance(found, Found)
    assert found.rate == Decimal("1.27")


def test_a_payments_rate_is_of_its_invoices_currency() -> None:
    payment: dict[str, Value] = {**document("EUR", "1.28", "2026-03-15"), "Invoice": {"CurrencyCode": "USD"}}
    found = Rates((posted(payment, object_="Payment"),)).find("USD", "GBP", DAY)
    assert isinstance(found, Found)
    assert found.rate == Decimal("1.28")


# --- a run's rates ------------------------------------------------------------------------------------------------


def test_a_systems_tables_are_read_once_a_run_and_a_connection_that_fails_is_a_reason() -> None:
    asked: list[str] = []

    def tables(connection: str, objects: object) -> str:
        asked.append(f"{connection} {objects}")
        return "it could not be read: crm does not answer"

    outside = Outside({"crm": "salesforce"}, {"crm": "GBP"}, tables, lambda _: [])
    chain = (Resolved("salesforce", Origin.TABLES, "crm"), Resolved("other", Origin.TABLES, "gone"))
    rating = Rating(Given(chain), outside)
    assert asked == []
    for _ in range(2):
        answer = str(rating.rates().find("USD", "GBP", DAY))
    assert "salesforce: it could not be read: crm does not answer" in answer
    assert "other: the connection gone is not open in this run" in answer
    assert asked == ["crm ['CurrencyType', 'DatedConversionRate']"]


def test_the_chain_is_asked_in_the_order_of_the_project() -> None:
    chain = (Resolved("document", Origin.DOCUMENT), Resolved("desk", Origin.PLUGIN), Resolved("ecb", Origin.ECB))
    rates = Rating(Given(chain, plugins={"desk": DESK})).rates()
    assert [source.name for source in rates.sources] == ["document", "desk", "ecb"]
    found = rates.find("USD", "GBP", DAY)
    assert isinstance(found, Found)
    assert found.source == "desk"
    assert Question("USD", "GBP", DAY).own is None
