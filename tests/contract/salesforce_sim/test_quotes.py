"""Quotes and their lines."""

from __future__ import annotations

from typing import Any

from .conftest import ROOT, Sim
from .test_deals import deal, entry, refusal, standard

FIGURES = ("LineItemCount", "Subtotal", "Discount", "TotalPrice", "GrandTotal")


def _quote(sim: Sim, opportunity: str, **more: Any) -> str:
    return sim.create("Quote", Name="Offer", OpportunityId=opportunity, **more)


def test_a_quote_takes_account_and_currency_from_its_opportunity(sim: Sim) -> None:
    account = sim.create("Account", Name="Acme")
    parent = deal(sim, AccountId=account, CurrencyIsoCode="EUR")
    id = _quote(sim, parent, ExpirationDate="2026-12-01")
    fields = ("AccountId", "CurrencyIsoCode", "Status", "QuoteNumber", "IsSyncing", "ExpirationDate")
    assert tuple(sim.read("Quote", id, *fields).values()) == (account, "EUR", "Draft", "00000001", False, "2026-12-01")
    assert sim.read("Quote", _quote(sim, parent), "QuoteNumber") == {"QuoteNumber": "00000002"}
    assert refusal(sim, "Quote", Name="Offer").startswith("REQUIRED_FIELD_MISSING")
    assert refusal(sim, "Quote", Name="Offer", OpportunityId=parent, QuoteNumber="7").startswith("INVALID_FIELD_FOR")


def test_lines_decide_the_figures_and_hold_book_and_currency(sim: Sim) -> None:
    id, price = _quote(sim, deal(sim), Tax=20), entry(sim, price=14)
    line = {"QuoteId": id, "PricebookEntryId": price, "Quantity": 12, "UnitPrice": 14, "Discount": 15}
    first = sim.create("QuoteLineItem", **line)
    assert tuple(sim.read("Quote", id, *FIGURES).values()) == (1, 168, 15, 142.8, 162.8)
    assert sim.read("QuoteLineItem", first, "ListPrice", "TotalPrice", "CurrencyIsoCode") == {
        "ListPrice": 14,
        "TotalPrice": 142.8,
        "CurrencyIsoCode": "GBP",
    }
    assert sim.read("Quote", id, "Pricebook2Id") == {"Pricebook2Id": standard(sim)}
    answer = sim.http.patch(f"{ROOT}/sobjects/Quote/{id}", json={"Pricebook2Id": None})
    assert answer.json()[0]["errorCode"] == "FIELD_INTEGRITY_EXCEPTION"
    euros = entry(sim, "EUR")
    assert "currency code" in refusal(sim, "QuoteLineItem", **{**line, "PricebookEntryId": euros})
    sim.http.delete(f"{ROOT}/sobjects/QuoteLineItem/{first}")
    assert tuple(sim.read("Quote", id, *FIGURES).values()) == (0, 0, 0, 0, 20)


def test_a_quote_is_read_with_its_lines_and_goes_with_its_opportunity(sim: Sim) -> None:
    parent = deal(sim)
    id, price = _quote(sim, parent), entry(sim)
    sim.create("QuoteLineItem", QuoteId=id, PricebookEntryId=price, Quantity=2, UnitPrice=5)
    query = "SELECT Name, Opportunity.Name, (SELECT Quantity, Product2.Name FROM QuoteLineItems) FROM Quote"
    (found,) = sim.rows(query)
    rows = found["QuoteLineItems"]["records"]
    assert (found["Opportunity"]["Name"], rows[0]["Quantity"], rows[0]["Product2"]["Name"]) == ("Deal", 2, "Chai")
    sim.http.delete(f"{ROOT}/sobjects/Opportunity/{parent}")
    assert sim.rows("SELECT Id FROM Quote") == []
    assert sim.rows("SELECT Id FROM QuoteLineItem") == []
