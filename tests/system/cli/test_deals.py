"""What becomes of a deal and its invoice is seen by those who must act, and by nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk, with_customer

ROOT = "/services/data/v66.0"
KEPT = ("LineItemID", "Description", "Quantity", "UnitAmount", "AccountCode", "TaxType", "ItemCode")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own, with one customer in both systems."""
    with with_customer(tmp_path) as made:
        yield made


def query(desk: Desk, text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.stage.salesforce.http.get(f"{ROOT}/query", params={"q": text}).json()["records"]
    return found


def let_deals_through(desk: Desk) -> None:
    """Run until deals are invoices; the first plan of the mapping is let through."""
    ended = desk.run("run", "--json")
    assert ended.code in {0, 3, 5}, ended
    if ended.code == 5:
        assert desk.run(*ended.report["stopped"]["command"].split()[1:]).code == 0
        assert desk.run("run").code == 0


def invoiced(desk: Desk, name: str) -> tuple[str, str]:
    """Win a deal of Acme and run; gives the ids of the deal and of its invoice."""
    (account,) = query(desk, "SELECT Id FROM Account")
    deal = desk.deal(name, account["Id"])
    let_deals_through(desk)
    return deal, str(crm(desk, deal)["Xero_Invoice_ID__c"])


def with_lines(desk: Desk, account: str, many: int) -> str:
    """Win a deal with so many products, two of each at ten."""
    (book,) = query(desk, "SELECT Id FROM Pricebook2 WHERE IsStandard = true")
    deal = desk.deal("With lines", account, StageName="Prospecting", Pricebook2Id=book["Id"], CurrencyIsoCode="GBP")
    for number in range(many):
        product = made(desk, "Product2", Name=f"Tea {number}", ProductCode=f"T{number}", IsActive=True)
        price = {"UnitPrice": 10, "IsActive": True, "CurrencyIsoCode": "GBP"}
        entry = made(desk, "PricebookEntry", Product2Id=product, Pricebook2Id=book["Id"], **price)
        made(desk, "OpportunityLineItem", OpportunityId=deal, PricebookEntryId=entry, Quantity=2, UnitPrice=10)
    set_stage(desk, deal, "Closed Won")
    return deal


def made(desk: Desk, name: str, **fields: Any) -> str:
    answer = desk.stage.salesforce.http.post(f"{ROOT}/sobjects/{name}", json=fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def crm(desk: Desk, deal: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.stage.salesforce.http.get(f"{ROOT}/sobjects/Opportunity/{deal}").json()
    return found


def statuses(desk: Desk) -> list[str]:
    rows = desk.stage.xero.http.get("/api.xro/2.0/Invoices?page=1&order=InvoiceNumber").json()["Invoices"]
    return [row["Status"] for row in rows]


def set_status(desk: Desk, invoice: str, status: str) -> None:
    """Approve, void or delete as the bookkeeper does."""
    answer = desk.stage.xero.http.post(
        f"/api.xro/2.0/Invoices/{invoice}", json={"InvoiceID": invoice, "Status": status}
    )
    assert answer.status_code == 200, answer.text


def set_stage(desk: Desk, deal: str, stage: str) -> None:
    desk.stage.salesforce.order("edit", object="Opportunity", id=deal, fields={"StageName": stage})


def pay(desk: Desk, invoice: str, amount: float) -> None:
    account = desk.stage.xero.http.get("/api.xro/2.0/Accounts?where=Type==%22BANK%22").json()["Accounts"][0]
    body = {"Invoice": {"InvoiceID": invoice}, "Account": {"AccountID": account["AccountID"]}, "Amount": amount}
    answer = desk.stage.xero.http.put("/api.xro/2.0/Payments", json={**body, "Date": "2026-11-20"})
    assert answer.status_code == 200, answer.text


@pytest.mark.extended
def test_a_deal_lost_after_approval_is_held_until_one_of_the_two_is_put_right(desk: Desk) -> None:
    deal, invoice = invoiced(desk, "Lost later")
    set_status(desk, invoice, "AUTHORISED")
    assert desk.run("run").code == 0
    set_stage(desk, deal, "Closed Lost")
    told = desk.run("run", "--json")
    assert told.code == 3, told
    (held,) = told.report["holds"]
    assert (held["record"], held["code"]) == (f"invoices/crm:{deal}", "locked")
    assert "the approved invoice of a lost deal is to be voided" in held["message"]
    assert len(held["ways_out"]) > 1

    pay(desk, invoice, 50)
    assert desk.run("run").code == 0, "the hold is known, and the payment comes back"
    assert crm(desk, deal)["Payment_Status__c"] == "Part paid"
    assert statuses(desk) == ["AUTHORISED"]

    set_stage(desk, deal, "Closed Won")
    assert desk.run("run").code == 0
    assert desk.run("status", "--json").report["holds"] == []


@pytest.mark.extended
def test_a_lost_deals_invoice_that_was_voided_holds_nothing_any_more(desk: Desk) -> None:
    deal, invoice = invoiced(desk, "Lost and voided")
    set_status(desk, invoice, "AUTHORISED")
    set_stage(desk, deal, "Closed Lost")
    assert desk.run("run").code == 3
    set_status(desk, invoice, "VOIDED")
    assert desk.run("run").code == 0
    assert desk.run("status", "--json").report["holds"] == []
    assert crm(desk, deal)["Xero_Invoice_Status__c"] == "VOIDED"


def test_a_draft_that_the_bookkeeper_deleted_is_a_question_and_a_yes_makes_another(desk: Desk) -> None:
    deal, invoice = invoiced(desk, "Deleted in Xero")
    first = crm(desk, deal)["Xero_Invoice_Number__c"]
    set_status(desk, invoice, "DELETED")
    told = desk.run("run", "--json")
    assert told.code == 3, told
    (asked,) = told.report["reviews"]
    assert asked["code"] == "create"
    assert "an earlier link ended" in asked["message"]
    assert desk.run("run").code == 0, "asked once, and nothing is made meanwhile"
    assert statuses(desk) == ["DELETED"]

    assert desk.run("review", "answer", str(asked["id"]), "yes", "--why", "by mistake").code == 0
    assert desk.run("run").code == 0
    assert statuses(desk) == ["DELETED", "DRAFT"]
    now = crm(desk, deal)
    assert now["Xero_Invoice_Status__c"] == "DRAFT"
    assert now["Xero_Invoice_Number__c"] != first


@pytest.mark.extended
def test_a_draft_edited_by_hand_asks_everything_at_once_and_then_rests(desk: Desk) -> None:
    (account,) = query(desk, "SELECT Id FROM Account")
    deal = with_lines(desk, account["Id"], 3)
    let_deals_through(desk)
    invoice = str(crm(desk, deal)["Xero_Invoice_ID__c"])
    (before,) = desk.stage.xero.http.get(f"/api.xro/2.0/Invoices/{invoice}").json()["Invoices"]
    lines = [{name: line[name] for name in KEPT if name in line} for line in before["LineItems"]]
    lines[0] |= {"Quantity": 5, "UnitAmount": 7}
    lines[1] |= {"Description": "By hand"}
    extra = {"Description": "Postage", "Quantity": 1, "UnitAmount": 3, "AccountCode": "200"}
    body = {"InvoiceID": invoice, "Reference": "Ours", "LineItems": [lines[0], lines[1], extra]}  # the third is removed
    assert desk.stage.xero.http.post(f"/api.xro/2.0/Invoices/{invoice}", json=body).status_code == 200

    told = desk.run("run", "--json")
    assert told.code == 3, told
    asked = {one["id"]: one["message"] for one in told.report["reviews"]}
    wanted = ("Reference", "Quantity", "UnitAmount", "Description", "removed by hand", "of its own")
    assert sorted(word for word in wanted if any(word in text for text in asked.values())) == sorted(wanted)
    assert len(asked) == len(wanted)
    for number, text in asked.items():
        answer = "restore" if "UnitAmount" in text or "removed by hand" in text else "keep"
        assert desk.run("review", "answer", str(number), answer, "--why", "as agreed").code == 0
    assert desk.run("run").code == 0
    (after,) = desk.stage.xero.http.get(f"/api.xro/2.0/Invoices/{invoice}").json()["Invoices"]
    assert after["Reference"] == "Ours"
    shown = [(line["Description"], line["Quantity"], line["UnitAmount"]) for line in after["LineItems"]]
    assert sorted(shown) == [("By hand", 2, 10), ("Postage", 1, 3), ("Tea 0", 5, 10), ("Tea 2", 2, 10)]
    rest = desk.run("run", "--json")
    assert (rest.code, rest.report["reviews"]) == (0, [])


@pytest.mark.extended
def test_an_answer_to_a_question_that_has_changed_since_is_dropped_and_it_is_asked_anew(desk: Desk) -> None:
    (account,) = query(desk, "SELECT Id FROM Account")
    (contact,) = desk.stage.xero.http.get("/api.xro/2.0/Contacts").json()["Contacts"]
    desk.stage.salesforce.order("edit", object="Account", id=account["Id"], fields={"Name": "Acme CRM"})
    desk.stage.xero.order("edit", object="Contact", id=contact["ContactID"], fields={"Name": "Acme Books"})
    (asked,) = desk.run("run", "--json").report["reviews"]
    desk.stage.salesforce.order("edit", object="Account", id=account["Id"], fields={"Name": "Acme Newer"})
    assert desk.run("review", "answer", str(asked["id"]), "crm", "--why", "theirs").code == 0
    again = desk.run("review", "answer", str(asked["id"]), "books")
    assert again.code == 2
    assert f"answered question {asked['id']} already: crm" in again.err

    anew = desk.run("run", "--json")
    assert anew.code == 3, anew
    (other,) = anew.report["reviews"]
    assert other["id"] != asked["id"]
    assert "Acme Newer" in other["message"]
    assert desk.run("review", "answer", str(asked["id"]), "books", "--why", "late").code == 2
    (row,) = query(desk, "SELECT Name FROM Account")
    (books,) = desk.stage.xero.http.get("/api.xro/2.0/Contacts").json()["Contacts"]
    assert (row["Name"], books["Name"]) == ("Acme Newer", "Acme Books")

    assert desk.run("review", "answer", str(other["id"]), "crm", "--why", "theirs").code == 0
    assert desk.run("run").code == 0
    (books,) = desk.stage.xero.http.get("/api.xro/2.0/Contacts").json()["Contacts"]
    assert books["Name"] == "Acme Newer"
