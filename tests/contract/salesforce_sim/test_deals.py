"""Opportunities, lines, price books and currencies."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tieout_salesforce.simulator.encoding import decode, encode

from .conftest import ROOT, Sim

GOOD_DEAL = {"Name": "Deal", "StageName": "Closed Won", "CloseDate": "2026-05-01"}


def refusal(sim: Sim, name: str, **values: Any) -> str:
    answer = sim.http.post(f"{ROOT}/sobjects/{name}", json=values)
    assert answer.status_code == 400, answer.text
    return f"{answer.json()[0]['errorCode']}: {answer.json()[0]['message']}"


def standard(sim: Sim) -> str:
    return str(sim.rows("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"])


def entry(sim: Sim, code: str | None = "GBP", price: float = 10, **more: Any) -> str:
    product = more.pop("Product2Id", None) or sim.create("Product2", Name="Chai", ProductCode="1", IsActive=True)
    currency = {"CurrencyIsoCode": code} if code else {}
    values = {"Pricebook2Id": standard(sim), "Product2Id": product, "UnitPrice": price, "IsActive": True}
    return sim.create("PricebookEntry", **{**values, **currency, **more})


def deal(sim: Sim, **more: Any) -> str:
    return sim.create("Opportunity", **{**GOOD_DEAL, **more})


def test_a_stage_sets_the_flags(sim: Sim) -> None:
    id = deal(sim, StageName="Prospecting", Amount=200)
    fields = ("IsWon", "IsClosed", "Probability", "ForecastCategoryName", "ExpectedRevenue", "Fiscal")
    open_deal = sim.read("Opportunity", id, *fields)
    sim.http.patch(f"{ROOT}/sobjects/Opportunity/{id}", json={"StageName": "Closed Won"})
    won = sim.read("Opportunity", id, *fields)
    sim.http.patch(f"{ROOT}/sobjects/Opportunity/{id}", json={"StageName": "Closed Lost", "Probability": 5})
    lost = sim.read("Opportunity", id, *fields)

    assert tuple(open_deal.values()) == (False, False, 10, "Pipeline", 20, "2026 2")
    assert tuple(won.values()) == (True, True, 100, "Closed", 200, "2026 2")
    assert tuple(lost.values()) == (False, True, 5, "Omitted", 10, "2026 2")


@pytest.mark.parametrize(("records", "stage"), [("follow", "Signed"), ("stay", "Closed Won")])
def test_a_stage_that_is_renamed_keeps_its_flags_and_moves_no_stamp(sim: Sim, records: str, stage: str) -> None:
    id = deal(sim)
    stamp = sim.read("Opportunity", id, "SystemModstamp")
    sim.control("clock", advance=60)
    sim.control("stage", **{"from": "Closed Won", "to": "Signed", "records": records})
    assert sim.read("Opportunity", id, "StageName", "IsWon") == {"StageName": stage, "IsWon": True}
    assert sim.read("Opportunity", id, "SystemModstamp") == stamp
    assert sim.read("Opportunity", deal(sim, StageName="Signed"), "IsWon", "Probability") == {
        "IsWon": True,
        "Probability": 100,
    }
    fields = {one["name"]: one for one in sim.http.get(f"{ROOT}/sobjects/Opportunity/describe").json()["fields"]}
    offered = [one["value"] for one in fields["StageName"]["picklistValues"]]
    assert ("Signed" in offered, "Closed Won" in offered) == (True, False)
    again = sim.http.post("/__sim__/stage", json={"from": "Closed Won", "to": "Signed"})
    assert (again.status_code, again.json()[0]["errorCode"]) == (400, "INVALID_STAGE")


def test_a_stage_that_nobody_listed_is_stored_and_neither_won_nor_closed(sim: Sim) -> None:
    id = deal(sim, StageName="Gewonnen")

    assert sim.read("Opportunity", id, "StageName", "IsWon", "IsClosed") == {
        "StageName": "Gewonnen",
        "IsWon": False,
        "IsClosed": False,
    }


def test_the_stages_can_be_read(sim: Sim) -> None:
    won = sim.rows("SELECT ApiName, IsClosed, DefaultProbability FROM OpportunityStage WHERE IsWon = true")

    assert won == [{"ApiName": "Closed Won", "IsClosed": True, "DefaultProbability": 100}]
    assert len(sim.rows("SELECT Id FROM OpportunityStage WHERE IsActive = true")) == 10


def test_lines_decide_the_amount_and_a_write_of_it_is_ignored(sim: Sim) -> None:
    id, price = deal(sim, Amount=5), entry(sim, price=14)
    line = {"OpportunityId": id, "PricebookEntryId": price, "Quantity": 12, "UnitPrice": 14, "Discount": 15}
    first = sim.create("OpportunityLineItem", **line)
    answer = sim.http.patch(f"{ROOT}/sobjects/Opportunity/{id}", json={"Amount": 999, "NextStep": "Call"})

    assert answer.status_code == 204
    fields = ("Amount", "NextStep", "HasOpportunityLineItem", "TotalOpportunityQuantity", "Pricebook2Id")
    assert sim.read("Opportunity", id, *fields) == {
        "Amount": 142.8,
        "NextStep": "Call",
        "HasOpportunityLineItem": True,
        "TotalOpportunityQuantity": 12,
        "Pricebook2Id": standard(sim),
    }
    found = sim.read("OpportunityLineItem", first, "TotalPrice", "ListPrice", "ProductCode", "Name", "CurrencyIsoCode")
    assert tuple(found.values()) == (142.8, 14, "1", "Deal Chai", "GBP")
    sim.http.delete(f"{ROOT}/sobjects/OpportunityLineItem/{first}")
    assert sim.read("Opportunity", id, "Amount", "HasOpportunityLineItem") == {
        "Amount": 0,
        "HasOpportunityLineItem": False,
    }


prices = st.decimals(min_value=0, max_value=Decimal("9999999.99"), places=2)
quantities = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(99999), places=2)
discounts = st.decimals(min_value=0, max_value=100, places=2)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.tuples(quantities, prices, discounts), min_size=1, max_size=4))
def test_totals_are_exact(sim: Sim, lines: list[tuple[Decimal, Decimal, Decimal]]) -> None:
    if not sim.rows("SELECT Id FROM PricebookEntry"):
        entry(sim)
    price = sim.rows("SELECT Id FROM PricebookEntry")[0]["Id"]
    id = deal(sim)
    records = [
        {
            "attributes": {"type": "OpportunityLineItem"},
            "OpportunityId": id,
            "PricebookEntryId": price,
            "Quantity": quantity,
            "UnitPrice": unit,
            "Discount": discount,
        }
        for quantity, unit, discount in lines
    ]
    made = sim.http.post(f"{ROOT}/composite/sobjects", content=encode({"records": records}))
    found = decode(sim.http.get(f"{ROOT}/sobjects/Opportunity/{id}?fields=Amount").content)["Amount"]

    assert all(row["success"] for row in made.json()), made.text
    assert found == sum(quantity * unit * (100 - discount) / 100 for quantity, unit, discount in lines)


def test_a_line_needs_one_price_and_a_total_gives_the_price(sim: Sim) -> None:
    id, price = deal(sim), entry(sim)
    line = {"OpportunityId": id, "PricebookEntryId": price, "Quantity": 4}
    made = sim.create("OpportunityLineItem", **line, TotalPrice=30)

    assert sim.read("OpportunityLineItem", made, "UnitPrice", "TotalPrice") == {"UnitPrice": 7.5, "TotalPrice": 30}
    assert refusal(sim, "OpportunityLineItem", **line).startswith("REQUIRED_FIELD_MISSING")
    both = refusal(sim, "OpportunityLineItem", **line, UnitPrice=1, TotalPrice=4)
    assert both.startswith("FIELD_INTEGRITY_EXCEPTION")
    sim.http.patch(f"{ROOT}/sobjects/OpportunityLineItem/{made}", json={"Quantity": 2})
    assert sim.read("OpportunityLineItem", made, "UnitPrice", "TotalPrice") == {"UnitPrice": 7.5, "TotalPrice": 15}


def test_a_lines_currency_and_book_are_its_deals(sim: Sim) -> None:
    euros = entry(sim, "EUR")
    pounds = deal(sim)
    line = {"PricebookEntryId": euros, "Quantity": 1, "UnitPrice": 1}

    assert "currency code does not match" in refusal(sim, "OpportunityLineItem", OpportunityId=pounds, **line)
    in_euros = deal(sim, CurrencyIsoCode="EUR")
    sim.create("OpportunityLineItem", OpportunityId=in_euros, **line)
    for change in ({"CurrencyIsoCode": "GBP"}, {"Pricebook2Id": None}):
        refused = sim.http.patch(f"{ROOT}/sobjects/Opportunity/{in_euros}", json=change)
        assert refused.json()[0]["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    own = sim.create("Pricebook2", Name="Own", IsActive=True)
    other = deal(sim, CurrencyIsoCode="EUR", Pricebook2Id=own)
    assert "different pricebook" in refusal(sim, "OpportunityLineItem", OpportunityId=other, **line)
    sim.http.patch(f"{ROOT}/sobjects/PricebookEntry/{euros}", json={"IsActive": False})
    assert "inactive" in refusal(sim, "OpportunityLineItem", OpportunityId=in_euros, **line)


def test_the_rules_of_price_books(sim: Sim) -> None:
    product = sim.create("Product2", Name="Chai")
    own = sim.create("Pricebook2", Name="Own", IsActive=True)
    custom = {"Pricebook2Id": own, "Product2Id": product, "UnitPrice": 1, "CurrencyIsoCode": "EUR"}

    assert refusal(sim, "PricebookEntry", **custom).startswith("STANDARD_PRICE_NOT_DEFINED")
    first = entry(sim, "EUR", Product2Id=product)
    sim.create("PricebookEntry", **custom)
    assert refusal(sim, "PricebookEntry", **custom).startswith("DUPLICATE_VALUE: This price definition already exists")
    entry(sim, "USD", Product2Id=product)
    assert sim.read("PricebookEntry", first, "Name") == {"Name": "Chai"}
    refused = sim.http.delete(f"{ROOT}/sobjects/PricebookEntry/{first}")
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "DELETE_FAILED")


def test_a_product_in_use_cannot_be_deleted(sim: Sim) -> None:
    product = sim.create("Product2", Name="Chai")
    price = entry(sim, Product2Id=product)
    sim.create("OpportunityLineItem", OpportunityId=deal(sim), PricebookEntryId=price, Quantity=1, UnitPrice=1)
    refused = sim.http.delete(f"{ROOT}/sobjects/Product2/{product}")

    assert refused.json()[0]["errorCode"] == "DELETE_FAILED"


@pytest.mark.parametrize("moves", [False, True])
def test_whether_a_lines_change_moves_its_deals_stamp_is_a_setting(sim: Sim, *, moves: bool) -> None:
    id, price = deal(sim), entry(sim)
    before = sim.read("Opportunity", id, "SystemModstamp")
    sim.control("settings", line_moves_parent=moves)
    sim.control("clock", advance=60)
    sim.create("OpportunityLineItem", OpportunityId=id, PricebookEntryId=price, Quantity=1, UnitPrice=3)

    assert sim.read("Opportunity", id, "Amount") == {"Amount": 3}
    assert (sim.read("Opportunity", id, "SystemModstamp") != before) is moves


def test_with_one_currency_prices_need_none(single_currency: Sim) -> None:
    sim = single_currency
    id, price = deal(sim), entry(sim, None)
    sim.create("OpportunityLineItem", OpportunityId=id, PricebookEntryId=price, Quantity=3, UnitPrice=2)

    assert sim.read("Opportunity", id, "Amount") == {"Amount": 6}
    assert refusal(sim, "Account", Name="A", CurrencyIsoCode="GBP").startswith("INVALID_FIELD: No such column")


def test_the_corporate_currency_is_the_default(sim: Sim) -> None:
    corporate = sim.rows("SELECT IsoCode, ConversionRate, DecimalPlaces FROM CurrencyType WHERE IsCorporate = true")

    assert corporate == [{"IsoCode": "GBP", "ConversionRate": 1, "DecimalPlaces": 2}]
    assert len(sim.rows("SELECT Id FROM CurrencyType WHERE IsActive = true")) == 13
    assert sim.read("Account", sim.create("Account", Name="A"), "CurrencyIsoCode") == {"CurrencyIsoCode": "GBP"}
