"""Quotes and credit notes: made for whoever asks, shown before they are sent, and held once they are out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import ROOT, crm, let_deals_through, made, query
from system.cli.test_requests import acme, apply
from system.northwind.stage import sandbox

GBP = {"CurrencyIsoCode": "GBP"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project with a customer and a product in both systems."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        made.account("Acme", "A1")
        made.let_through()
        sell(made)
        let_deals_through(made)
        yield made


def sell(desk: Desk) -> None:
    """Sell tea at ten."""
    (book,) = query(desk, "SELECT Id FROM Pricebook2 WHERE IsStandard = true")
    product = made(desk, "Product2", Name="Tea", ProductCode="T", IsActive=True)
    made(desk, "PricebookEntry", Product2Id=product, Pricebook2Id=book["Id"], UnitPrice=10, IsActive=True, **GBP)


def quote(desk: Desk, deal: str, name: str) -> str:
    """Offer twenty of it at a tenth off."""
    (entry,) = query(desk, "SELECT Id, Pricebook2Id FROM PricebookEntry")
    offered = made(desk, "Quote", Name=name, OpportunityId=deal, Pricebook2Id=entry["Pricebook2Id"])
    made(desk, "QuoteLineItem", QuoteId=offered, PricebookEntryId=entry["Id"], Quantity=20, UnitPrice=10, Discount=10)
    return offered


def in_books(desk: Desk, plural: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.stage.xero.http.get(f"/api.xro/2.0/{plural}?page=1").json()[plural]
    return found


def send(desk: Desk, row: dict[str, Any]) -> None:
    """Send a quote to the customer as the bookkeeper does."""
    body = {"QuoteID": row["QuoteID"], "Contact": row["Contact"], "Date": row["DateString"][:10], "Status": "SENT"}
    kept = {"Title": row["Title"], "Reference": row["Reference"], "LineAmountTypes": row["LineAmountTypes"]}
    answer = desk.stage.xero.http.post("/api.xro/2.0/Quotes", json={**body, **kept})
    assert answer.status_code == 200, answer.text


def test_sx35_a_quote_is_shown_sent_alone_and_held_once_it_is_out(desk: Desk) -> None:
    deal = desk.deal("Wanted", acme(desk), StageName="Prospecting", **GBP)
    wanted, _ = quote(desk, deal, "Spring offer"), quote(desk, deal, "Other offer")
    shown = desk.run("plan", f"quotes/crm:{wanted}", "--create", "--json")
    assert shown.code == 0, shown
    (create,) = [one for one in shown.report["operations"] if one["do"] == "create in books"]
    assert create["source"] == f"quotes/crm:{wanted}"
    assert "Spring offer" in str(create)
    assert in_books(desk, "Quotes") == []
    apply(desk, shown.report)
    (sent,) = in_books(desk, "Quotes")
    assert (sent["Title"], sent["Status"], sent["SubTotal"]) == ("Spring offer", "DRAFT", 180)
    assert [(line["ItemCode"], line["Quantity"]) for line in sent["LineItems"]] == [("T", 20)]

    assert desk.run("run").code == 0
    row = desk.stage.salesforce.http.get(f"{ROOT}/sobjects/Quote/{wanted}").json()
    assert row["Xero_Quote_Number__c"] == sent["QuoteNumber"]
    assert sent["QuoteID"] in row["Xero_Link__c"]

    send(desk, sent)
    assert desk.run("run").code == 0
    desk.stage.salesforce.order("edit", object="Quote", id=wanted, fields={"Name": "Dearer offer"})
    held = desk.run("run", "--json")
    assert held.code == 3, held
    (hold,) = held.report["holds"]
    assert (hold["record"], hold["code"]) == (f"quotes/crm:{wanted}", "locked")
    assert [one["Title"] for one in in_books(desk, "Quotes")] == ["Spring offer"]


@pytest.mark.extended
def test_sx33_a_credit_note_is_asked_for_and_what_is_left_of_it_is_seen_on_the_deal(desk: Desk) -> None:
    returned = desk.deal("Sent back", acme(desk), Amount=-40, **GBP)
    desk.deal("Also sent back", acme(desk), Amount=-7, **GBP)
    assert desk.run("run").code == 0
    assert in_books(desk, "CreditNotes") == []
    shown = desk.run("plan", f"credit_notes/crm:{returned}", "--create", "--json")
    (create,) = [one for one in shown.report["operations"] if one["do"] == "create in books"]
    assert create["source"] == f"credit_notes/crm:{returned}"
    apply(desk, shown.report)
    (note,) = in_books(desk, "CreditNotes")
    assert (note["Type"], note["Status"], note["SubTotal"]) == ("ACCRECCREDIT", "DRAFT", 40)
    assert desk.run("run").code == 0
    row = crm(desk, returned)
    assert (row["Xero_Credit_Note_Number__c"], row["Xero_Credit_Left__c"]) == (
        note["CreditNoteNumber"],
        note["RemainingCredit"],
    )
    assert note["CreditNoteID"] in row["Xero_Credit_Note_Link__c"]

    body = {"CreditNoteID": note["CreditNoteID"], "Status": "AUTHORISED"}
    assert desk.stage.xero.http.post("/api.xro/2.0/CreditNotes", json=body).status_code == 200
    desk.stage.salesforce.order("edit", object="Opportunity", id=returned, fields={"Amount": -50})
    held = desk.run("run", "--json")
    assert held.code == 3, held
    (hold,) = held.report["holds"]
    assert (hold["record"], hold["code"]) == (f"credit_notes/crm:{returned}", "locked")
    assert crm(desk, returned)["Xero_Credit_Note_Status__c"] == "AUTHORISED"
