"""What becomes of a deal and its invoice is seen by those who must act, and by nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.northwind.stage import sandbox


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own, with one customer in both systems."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        made.account("Acme", "A1")
        made.let_through()
        yield made


def invoiced(desk: Desk, name: str) -> tuple[str, str]:
    """Win a deal of Acme and run; gives the ids of the deal and of its invoice."""
    (account,) = desk.stage.salesforce.http.get(
        "/services/data/v66.0/query", params={"q": "SELECT Id FROM Account"}
    ).json()["records"]
    deal = desk.deal(name, account["Id"])
    ended = desk.run("run", "--json")
    assert ended.code in {0, 3, 5}, ended
    if ended.code == 5:
        assert desk.run(*ended.report["stopped"]["command"].split()[1:]).code == 0
        assert desk.run("run").code == 0
    return deal, str(crm(desk, deal)["Xero_Invoice_ID__c"])


def crm(desk: Desk, deal: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.stage.salesforce.http.get(f"/services/data/v66.0/sobjects/Opportunity/{deal}").json()
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
