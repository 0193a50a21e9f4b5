"""Salesforce as a source of rates: what the engine finds through the port is what Salesforce itself converts with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from contract.salesforce.world import World, running
from tieout.adapter import Organisation
from tieout.errors import UnknownObject
from tieout.money.rate_sources.systems import PROFILES, System, system
from tieout.money.rates import Found, Rates, in_base
from tieout.sync.observe import whole_table
from tieout.sync.run import Peer
from tieout_salesforce.simulator import SalesforceSimulator

CURRENCIES = {"GBP": "1", "EUR": "1.170001", "JPY": "190", "KWD": "0.39"}
STARTS = {"2026-02-01": "1.16", "2026-03-01": "1.1834", "2026-03-15": "1.1512"}


@pytest.fixture
def dated() -> Iterator[World]:
    """An org with advanced currency management and four rates of the euro."""
    with running(SalesforceSimulator(currencies=CURRENCIES, dated_rates=True)) as found:
        for start, rate in STARTS.items():
            found.control("dated_rate", currency="EUR", start=start, rate=float(rate))
        yield found


def source(world: World) -> System:
    """Read the rates as a run does."""
    connection = world.open()
    found: Organisation = connection.organisation()
    profile, tables = PROFILES["salesforce"], {}
    for table in profile.tables:
        try:
            tables[table.object] = whole_table(Peer("crm", "salesforce", connection, found), table.object)
        except UnknownObject:
            continue
    return system("salesforce", profile, found.currency, tables)


def test_sx41_dated_rates_give_what_salesforce_itself_converts_an_opportunity_to(dated: World) -> None:
    days = [date(2026, 1, 31) + timedelta(number) for number in range(46)]
    for number, day in enumerate(days):
        amount = 100.01 + number
        dated.make(
            "Opportunity", Name=f"{day}", StageName="Prospecting", CloseDate=f"{day}", Amount=amount,
            CurrencyIsoCode="EUR",
        )  # fmt: skip
    shown = {
        row["CloseDate"]: row["own"]
        for row in dated.rows("SELECT CloseDate, convertCurrency(Amount) own FROM Opportunity")
    }
    amounts = {row["CloseDate"]: row["Amount"] for row in dated.rows("SELECT CloseDate, Amount FROM Opportunity")}
    rates = Rates((source(dated),), timedelta(10_000))
    for day in days:
        found = rates.find("EUR", "GBP", day, object_="Opportunity")
        assert isinstance(found, Found)
        assert in_base(Decimal(amounts[f"{day}"]), found) == Decimal(shown[f"{day}"])


def test_sx41_the_day_before_the_next_rate_is_the_last_one_of_this(dated: World) -> None:
    for end in ("null", "far"):
        dated.control("settings", open_end=end)
        rates = Rates((source(dated),), timedelta(10_000))
        for day, rate in (("2026-02-28", "1.16"), ("2026-03-01", "1.1834"), ("2026-12-31", "1.1512")):
            found = rates.find("EUR", "GBP", date.fromisoformat(day), object_="Opportunity")
            assert isinstance(found, Found)
            assert found.rate == Decimal(rate)


def test_sx41_all_else_has_the_plain_rate(dated: World) -> None:
    dated.make("Account", Name="Acme", AnnualRevenue=100, CurrencyIsoCode="EUR")
    (row,) = dated.rows("SELECT convertCurrency(AnnualRevenue) own FROM Account")
    (stamp,) = dated.rows("SELECT SystemModstamp FROM CurrencyType WHERE IsoCode = 'EUR'")
    found = Rates((source(dated),)).find(
        "EUR", "GBP", date.fromisoformat(stamp["SystemModstamp"][:10]), object_="Account"
    )
    assert isinstance(found, Found)
    assert found.rate == Decimal("1.170001")
    assert in_base(Decimal(100), found) == Decimal(row["own"])


def test_sx41_two_foreign_currencies_go_through_the_corporate_one(dated: World) -> None:
    found = Rates((source(dated),), timedelta(10_000)).find("JPY", "EUR", date(2026, 2, 10), object_="Opportunity")
    assert isinstance(found, Found)
    assert found.note == "through GBP"
    assert in_base(Decimal(19000), found) == Decimal("116.00")


def test_orgs_without_dated_rates_and_with_one_currency(world: World, single: World) -> None:
    assert source(world).dated is None
    assert "keeps no CurrencyType" in str(source(single).plain)
