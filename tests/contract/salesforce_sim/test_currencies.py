"""Currencies with static and with dated rates, as the community's client for Salesforce meets them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from tieout_salesforce.simulator import SalesforceSimulator

from .conftest import ROOT, Sim, serving

RATES = {"GBP": "1", "EUR": "1.25", "JPY": "190.123456", "KWD": "0.39"}
DEAL = {"Name": "Deal", "StageName": "Prospecting"}


@pytest.fixture
def plain() -> Iterator[Sim]:
    """An org with static rates only."""
    with serving(SalesforceSimulator(currencies=RATES)) as running:
        yield running


@pytest.fixture
def acm() -> Iterator[Sim]:
    """An org with advanced currency management."""
    with serving(SalesforceSimulator(currencies=RATES, dated_rates=True)) as running:
        yield running


def dated(sim: Sim, code: str) -> list[tuple[str, str, str | None]]:
    found = sim.sdk().query(
        f"SELECT IsoCode, ConversionRate, StartDate, NextStartDate FROM DatedConversionRate WHERE IsoCode = '{code}'"  # noqa: S608  a constant
    )["records"]
    rows = sorted(found, key=lambda row: row["StartDate"])
    return [(row["StartDate"], str(row["ConversionRate"]), row["NextStartDate"]) for row in rows]


def currency(sim: Sim, code: str) -> dict[str, Any]:
    (row,) = sim.rows(
        f"SELECT Id, IsoCode, ConversionRate, DecimalPlaces, IsActive, IsCorporate FROM CurrencyType WHERE IsoCode = '{code}'"  # noqa: S608, E501  a constant
    )
    return row


def test_an_org_with_one_currency_has_neither_object(single_currency: Sim) -> None:
    names = {one["name"] for one in single_currency.sdk().describe()["sobjects"]}
    assert not names & {"CurrencyType", "DatedConversionRate"}
    for name in ("CurrencyType", "DatedConversionRate"):
        with pytest.raises((SalesforceMalformedRequest, SalesforceResourceNotFound)):
            single_currency.sdk().query(f"SELECT Id FROM {name}")  # noqa: S608  a constant
    with pytest.raises(ValueError, match="several currencies"):
        SalesforceSimulator(multi_currency=False, dated_rates=True)


def test_dated_rates_are_there_with_advanced_currency_management_only(plain: Sim, acm: Sim) -> None:
    assert "DatedConversionRate" not in {one["name"] for one in plain.sdk().describe()["sobjects"]}
    assert plain.refused("SELECT Id FROM DatedConversionRate")["errorCode"] == "INVALID_TYPE"
    fields = {one["name"]: one for one in acm.sdk().DatedConversionRate.describe()["fields"]}
    assert (fields["ConversionRate"]["precision"], fields["ConversionRate"]["scale"]) == (18, 6)
    assert [name for name, one in fields.items() if one["updateable"]] == ["ConversionRate"]
    assert not any(one["createable"] for one in fields.values())
    assert [one["value"] for one in fields["IsoCode"]["picklistValues"]] == list(RATES)


def test_decimals_and_rates_of_currencies(plain: Sim) -> None:
    shown = {code: currency(plain, code) for code in RATES}
    assert {code: one["DecimalPlaces"] for code, one in shown.items()} == {"GBP": 2, "EUR": 2, "JPY": 0, "KWD": 3}
    assert [code for code, one in shown.items() if one["IsCorporate"]] == ["GBP"]
    assert shown["JPY"]["ConversionRate"] == 190.123456


def test_an_update_that_does_not_say_everything_switches_a_currency_off(plain: Sim) -> None:
    euro = currency(plain, "EUR")["Id"]
    plain.sdk().CurrencyType.update(euro, {"ConversionRate": 1.3, "DecimalPlaces": 2, "IsActive": True})
    assert currency(plain, "EUR")["IsActive"] is True
    plain.sdk().CurrencyType.update(euro, {"ConversionRate": 1.31})
    assert (currency(plain, "EUR")["ConversionRate"], currency(plain, "EUR")["IsActive"]) == (1.31, False)
    refused = plain.http.post(f"{ROOT}/sobjects/Account", json={"Name": "Ann", "CurrencyIsoCode": "EUR"})
    assert refused.json()[0]["errorCode"] == "INVALID_CURRENCY_ISO"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"IsoCode": "EUR", "ConversionRate": 2, "DecimalPlaces": 2}, "DUPLICATE_VALUE"),
        ({"IsoCode": "usd", "ConversionRate": 2, "DecimalPlaces": 2}, "INVALID_CURRENCY_ISO"),
        ({"IsoCode": "USD", "ConversionRate": 0, "DecimalPlaces": 2}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"IsoCode": "USD", "DecimalPlaces": 2}, "REQUIRED_FIELD_MISSING"),
        ({"IsoCode": "USD", "ConversionRate": 2, "DecimalPlaces": 2, "IsCorporate": True}, "INVALID_FIELD_FOR_INSERT"),
    ],
)
def test_currencies_are_held_to_rules(plain: Sim, values: dict[str, Any], code: str) -> None:
    refused = plain.http.post(f"{ROOT}/sobjects/CurrencyType", json=values)
    assert refused.status_code == 400
    assert refused.json()[0]["errorCode"].startswith(code)


def test_the_corporate_rate_is_one(plain: Sim) -> None:
    pound = currency(plain, "GBP")["Id"]
    change = {"ConversionRate": 1.1, "DecimalPlaces": 2, "IsActive": True}
    with pytest.raises(SalesforceMalformedRequest, match="corporate currency"):
        plain.sdk().CurrencyType.update(pound, change)
    added = plain.sdk().CurrencyType.create({"IsoCode": "USD", "ConversionRate": 1.27, "DecimalPlaces": 2})
    assert added["success"]
    assert currency(plain, "USD")["IsActive"] is False  # false unless said (section 2.13)


def test_a_rate_holds_until_the_next_one_starts(acm: Sim) -> None:
    assert dated(acm, "EUR") == [("2000-01-01", "1.25", None)]
    assert dated(acm, "GBP") == []
    acm.control("dated_rate", currency="EUR", start="2026-03-01", rate=1.18)
    acm.control("dated_rate", currency="EUR", start="2026-02-01", rate=1.16)
    acm.control("dated_rate", currency="EUR", start="2026-02-01", rate=1.165432)
    assert dated(acm, "EUR") == [
        ("2000-01-01", "1.25", "2026-02-01"),
        ("2026-02-01", "1.165432", "2026-03-01"),
        ("2026-03-01", "1.18", None),
    ]
    acm.control("settings", open_end="far")
    assert dated(acm, "EUR")[-1] == ("2026-03-01", "1.18", "9999-12-31")
    current = acm.rows(
        "SELECT ConversionRate FROM DatedConversionRate "
        "WHERE IsoCode = 'EUR' AND StartDate <= 2026-02-28 AND NextStartDate > 2026-02-28"
    )
    assert current == [{"ConversionRate": 1.165432}]


def test_a_rate_can_be_changed_and_deleted_and_nothing_else(acm: Sim) -> None:
    id = acm.control("dated_rate", currency="EUR", start="2026-02-01", rate=1.16)["id"]
    client = acm.sdk().DatedConversionRate
    client.update(id, {"ConversionRate": 1.17})
    assert dated(acm, "EUR")[-1] == ("2026-02-01", "1.17", None)
    for wrong in ({"StartDate": "2026-04-01"}, {"NextStartDate": "2026-04-01"}, {"IsoCode": "JPY"}):
        with pytest.raises(SalesforceMalformedRequest):
            client.update(id, wrong)
    with pytest.raises(SalesforceMalformedRequest):
        client.create({"IsoCode": "EUR", "StartDate": "2026-05-01", "ConversionRate": 1.1})
    client.delete(id)
    assert dated(acm, "EUR") == [("2000-01-01", "1.25", None)]
    for code, rate in (("GBP", 1), ("EUR", None), ("EUR", -1), ("USD", 2)):
        order = {"currency": code, "start": "2026-01-01", "rate": rate}
        assert acm.http.post("/__sim__/dated_rate", json=order).status_code == 400


def test_a_neighbours_next_start_moves_without_its_stamp(acm: Sim) -> None:
    query = "SELECT SystemModstamp FROM DatedConversionRate WHERE IsoCode = 'EUR' AND StartDate = 2000-01-01"
    before = acm.rows(query)
    acm.control("clock", advance=60)
    acm.control("dated_rate", currency="EUR", start="2026-02-01", rate=1.16)
    assert acm.rows(query) == before


def test_deals_go_by_the_dated_rate_and_accounts_by_the_static_one(acm: Sim) -> None:
    acm.control("dated_rate", currency="EUR", start="2026-02-01", rate=2)
    acm.create("Account", Name="Ann", CurrencyIsoCode="EUR", AnnualRevenue=100)
    for day in ("2026-01-31", "2026-02-01"):
        acm.create("Opportunity", **DEAL, CloseDate=day, Amount=100, CurrencyIsoCode="EUR")
    deals = acm.rows("SELECT Amount, convertCurrency(Amount) own FROM Opportunity ORDER BY CloseDate")
    assert deals == [{"Amount": 100.0, "own": 80.0}, {"Amount": 100.0, "own": 50.0}]
    assert acm.rows("SELECT convertCurrency(AnnualRevenue) FROM Account") == [{"AnnualRevenue": 80.0}]


def test_without_dated_rates_all_go_by_the_static_one(plain: Sim) -> None:
    plain.create("Opportunity", **DEAL, CloseDate="2026-02-01", Amount=1000, CurrencyIsoCode="JPY")
    found = plain.http.get(f"{ROOT}/query", params={"q": "SELECT convertCurrency(Amount) FROM Opportunity"})
    assert '"Amount":5.26}' in found.text  # 1000 / 190.123456 = 5.2597...
    for query in (
        "SELECT Id FROM Opportunity WHERE convertCurrency(Amount) > 1",
        "SELECT Id FROM Opportunity ORDER BY convertCurrency(Amount)",
        "SELECT convertCurrency(Name) FROM Opportunity",
        "SELECT Amount, convertCurrency(Amount) FROM Opportunity",
    ):
        assert plain.refused(query)["errorCode"] in {"MALFORMED_QUERY", "INVALID_FIELD"}


def test_six_decimals_of_a_rate_pass_the_wire(acm: Sim) -> None:
    body = '{"currency": "JPY", "start": "2026-02-01", "rate": 188.100001}'
    assert acm.http.post("/__sim__/dated_rate", content=body).status_code == 200
    answer = acm.http.get(f"{ROOT}/query", params={"q": "SELECT ConversionRate FROM DatedConversionRate"})
    assert '"ConversionRate":188.100001}' in answer.text
    assert Decimal("188.100001") in {Decimal(str(row["ConversionRate"])) for row in answer.json()["records"]}
