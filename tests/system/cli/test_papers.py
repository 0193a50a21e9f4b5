"""Quotes and credit notes: made for whoever asks, shown before they are sent, and held once they are out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import ROOT, crm, made, query
from system.cli.test_requests import acme, apply
from system.northwind.stage import sandbox

GBP = {"CurrencyIsoCode": "GBP"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project with a customer in both systems."""
    with sandbox() as running:
        desk = Desk(tmp_path, running)
        desk.write()
        desk.account("Acme", "A1")
        desk.let_through()
        yield desk


def quote(desk: Desk, deal: str, name: str, entry: str) -> str:
    """Offer twenty of it at a tenth off."""
    offered = made(desk, "Quote", Name=name, OpportunityId=deal, ExpirationDate="2027-01-31")
    made(desk, "QuoteLineItem", QuoteId=offered, PricebookEntryId=entry, Quantity=20, UnitPrice=10, Discount=10)
    return offered


def sold(desk: Desk) -> str:
    """Sell tea at ten; gives the price book entry."""
    (book,) = query(desk, "SELECT Id FROM Pricebook2 WHERE IsStandard = true")
    product = made(desk, "Product2", Name="Tea", ProductCode="T", IsActive=True)
    return made(desk, "PricebookEntry", Product2Id=product, Pricebook2Id=book["Id"], UnitPrice=10, IsActive=True, **GBP)


def listed(desk: Desk, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.stage.xero.http.get(f"/api.xro/2.0/{name}?page=1").json()[name]
    return found


def send(desk: Desk, row: dict[str, Any]) -> None:
    """Send a quote to the customer as the bookkeeper does."""
    kept = {name: row[name] for name in ("QuoteID", "Contact", "Title", "Reference", "LineAmountTypes")}
    dates = {"Date": row["DateString"][:10], "ExpiryDate": row["ExpiryDateString"][:10]}
    answer = desk.stage.xero.http.post("/api.xro/2.0/Quotes", json={**kept, **dates, "Status": "SENT"})
    assert answer.status_code == 200, answer.text


def creates(report: dict[str, Any]) -> list[str]:
    return [one["source"] for one in report["operations"] if one["do"] == "create in books"]


def held(desk: Desk) -> list[tuple[str, str]]:
    """Run, and give what is held for news."""
    ended = desk.run("run", "--json")
    assert ended.code == 3, ended
    return [(one["record"], one["code"]) for one in ended.report["holds"]]


def test_sx35_a_quote_is_shown_sent_alone_follows_its_quote_and_is_held_once_it_is_out(desk: Desk) -> None:
    deal = desk.deal("Tea", acme(desk), StageName="Prospecting", **GBP)
    entry = sold(desk)
    wanted, _ = quote(desk, deal, "Offer", entry), quote(desk, deal, "Other offer", entry)
    shown = desk.run("plan", f"quotes/crm:{wanted}", "--create", "--json")
    assert shown.code == 0, shown
    item, document = creates(shown.report)
    assert (item.partition("/")[0], document) == ("products", f"quotes/crm:{wanted}")
    assert listed(desk, "Quotes") == []
    apply(desk, shown.report)
    (sent,) = listed(desk, "Quotes")
    assert (sent["Status"], sent["Title"], sent["SubTotal"], sent["Total"]) == ("DRAFT", "Offer", 180.0, 216.0)
    assert [(line["ItemCode"], line["Quantity"]) for line in sent["LineItems"]] == [("T", 20)]
    assert sent["ExpiryDateString"].startswith("2027-01-31")

    desk.stage.salesforce.order("edit", object="Quote", id=wanted, fields={"Name": "Better offer"})
    assert desk.run("run").code == 0
    (changed,) = listed(desk, "Quotes")
    assert (changed["Title"], changed["Total"], changed["Reference"]) == ("Better offer", 216.0, sent["Reference"])
    row = desk.stage.salesforce.http.get(f"{ROOT}/sobjects/Quote/{wanted}").json()
    assert row["Xero_Quote_Number__c"] == sent["QuoteNumber"]
    assert sent["QuoteID"] in row["Xero_Link__c"]

    send(desk, changed)
    desk.stage.salesforce.order("edit", object="Quote", id=wanted, fields={"Name": "Dearer offer"})
    assert held(desk) == [(f"quotes/crm:{wanted}", "locked")]
    assert [(one["Title"], one["Status"]) for one in listed(desk, "Quotes")] == [("Better offer", "SENT")]


@pytest.mark.extended
def test_sx33_a_negative_deal_is_a_credit_note_for_whoever_asks_and_shows_what_is_left_of_it(desk: Desk) -> None:
    returned = desk.deal("Returned", acme(desk), Amount=-100, **GBP)
    desk.deal("Also returned", acme(desk), Amount=-7, **GBP)
    assert desk.run("run").code == 0
    assert listed(desk, "CreditNotes") == []
    plan = desk.run("plan", f"credit_notes/crm:{returned}", "--create", "--json").report
    assert creates(plan) == [f"credit_notes/crm:{returned}"]
    assert plan["effect"]["receivables"] == {"GBP": "-120"}
    assert plan["effect"]["documents"] == {"credit note new DRAFT": "1"}
    apply(desk, plan)
    (note,) = listed(desk, "CreditNotes")
    figures = [note[name] for name in ("Type", "Status", "Total", "RemainingCredit")]
    assert figures == ["ACCRECCREDIT", "DRAFT", 120.0, 120.0]
    assert desk.run("run").code == 0
    row = crm(desk, returned)
    assert (row["Xero_Credit_Note_Number__c"], row["Xero_Credit_Left__c"]) == (note["CreditNoteNumber"], 120.0)
    assert note["CreditNoteID"] in row["Xero_Credit_Note_Link__c"]

    body = {"CreditNoteID": note["CreditNoteID"], "Status": "AUTHORISED"}
    assert desk.stage.xero.http.post("/api.xro/2.0/CreditNotes", json=body).status_code == 200
    desk.stage.salesforce.order("edit", object="Opportunity", id=returned, fields={"Amount": -90})
    assert held(desk) == [(f"credit_notes/crm:{returned}", "locked")]
    assert crm(desk, returned)["Xero_Credit_Note_Status__c"] == "AUTHORISED"
