"""undo: the reverse of a run is a plan; what cannot be reversed is named with what is legal instead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_running import valid
from system.northwind.stage import sandbox

PHONE = "crm.Phone=books.Phones.DEFAULT"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own, for these tests write."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        yield made


def contact(desk: Desk, number: str) -> dict[str, Any]:
    """One contact of the ledger, archived ones too."""
    params = {"includeArchived": "true"}
    rows = desk.stage.xero.http.get("/api.xro/2.0/Contacts", params=params).json().get("Contacts", [])
    (found,) = [row for row in rows if row.get("AccountNumber") == number]
    whole: dict[str, Any] = desk.stage.xero.http.get(f"/api.xro/2.0/Contacts/{found['ContactID']}").json()
    return dict(whole["Contacts"][0])


def phone(desk: Desk, number: str) -> str:
    kept = {one["PhoneType"]: one for one in contact(desk, number)["Phones"]}
    return str(kept["DEFAULT"].get("PhoneNumber") or "")


def account(desk: Desk, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.stage.salesforce.http.get(f"/services/data/v66.0/sobjects/Account/{id_}").json()
    return found


def edit(desk: Desk, id_: str, **fields: Any) -> None:
    desk.stage.salesforce.order("edit", object="Account", id=id_, fields=fields)
    desk.stage.advance(5)


def converged(desk: Desk) -> str:
    """Run, expect that all is well, and give the run's name."""
    ended = desk.run("run", "--json")
    assert ended.code == 0, ended
    return str(ended.report["run"])


def quiet(desk: Desk) -> None:
    """Expect that runs do nothing any more."""
    desk.stage.reset()
    converged(desk)
    converged(desk)
    assert (desk.stage.salesforce.effects(), desk.stage.xero.effects()) == ({}, {})


def test_t06_undo_is_a_plan_of_the_fields_that_still_hold_what_the_run_stored(desk: Desk) -> None:
    acme, brook = desk.account("Acme", "A1", Phone="030 1"), desk.account("Brook", "B1", Phone="040 1")
    desk.let_through()
    converged(desk)
    edit(desk, acme, Phone="030 2", BillingCity="Bonn")
    edit(desk, brook, Phone="040 2")
    run = converged(desk)
    assert (phone(desk, "A1"), phone(desk, "B1")) == ("030 2", "040 2")
    theirs = contact(desk, "B1")["ContactID"]
    typed = {"Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "040 3"}]}
    desk.stage.xero.order("edit", object="Contact", id=theirs, fields=typed)
    desk.stage.reset()

    planned = desk.run("undo", run, "--json", "--out", "undo.json")
    assert planned.code == 0, planned
    plan = valid("plan", planned.report)
    assert plan == valid("plan", json.loads((desk.folder / "undo.json").read_text("utf-8")))
    assert plan["undoes"] == run
    books = next(one for one in plan["operations"] if one["do"] == "update in books")
    assert books["record"] == f"customers/books:{contact(desk, 'A1')['ContactID']}"
    assert sorted(books["fields"]) == ["crm.BillingCity=books.Addresses.POBOX.City", PHONE]
    assert "030" not in json.dumps(books)  # a telephone number is personal
    (left,) = [one for one in plan["left"] if one["field"] == PHONE]
    assert left["record"] == f"customers/books:{theirs}"
    assert "edited since" in left["why"]
    assert (desk.stage.salesforce.effects(), desk.stage.xero.effects()) == ({}, {})
    shown = desk.run("undo", run[:-2])
    assert "left" in shown.out
    assert "tieout apply" in shown.out

    applied = desk.run("apply", "undo.json")
    assert applied.code == 0, applied
    assert (phone(desk, "A1"), phone(desk, "B1")) == ("030 1", "040 3")
    assert account(desk, acme)["Phone"] == "030 2"
    again = desk.run("undo", run, "--json").report
    assert [one for one in again["operations"] if "books" in one["do"]] == []


@pytest.mark.extended
def test_t06_what_was_taken_back_is_not_done_again_and_later_edits_travel(desk: Desk) -> None:
    acme = desk.account("Acme", "A1", Phone="030 1")
    desk.let_through()
    converged(desk)
    edit(desk, acme, Phone="030 2")
    plan = desk.run("undo", converged(desk), "--json").report["plan"]
    assert desk.run("apply", plan).code == 0
    assert phone(desk, "A1") == "030 1"
    desk.stage.advance(600)
    quiet(desk)
    desk.run("run", "--full")
    assert (phone(desk, "A1"), account(desk, acme)["Phone"]) == ("030 1", "030 2")
    assert "stored differently" in desk.run("status").out
    edit(desk, acme, Phone="030 3")
    converged(desk)
    assert phone(desk, "A1") == "030 3"
    assert desk.run("audit", "verify").code == 0


@pytest.mark.extended
def test_t06_a_record_that_the_run_made_is_archived_and_stays_so(desk: Desk) -> None:
    acme = desk.account("Acme", "A1")
    stopped = desk.run("run", "--json")
    applied = desk.run(*stopped.report["stopped"]["command"].split()[1:], "--json")
    assert applied.code == 0, applied
    converged(desk)
    plan = desk.run("undo", applied.report["run"], "--json").report
    assert [one["do"] for one in plan["operations"]] == ["archive in books"]
    assert [guard["guard"] for guard in plan["guards"]] == ["deletes"]
    assert desk.run("apply", plan["plan"]).code == 5
    assert desk.run("apply", plan["plan"], "--allow", "deletes").code == 0
    assert contact(desk, "A1")["ContactStatus"] == "ARCHIVED"
    desk.stage.advance(600)
    quiet(desk)
    assert desk.run("review", "list", "--json").report == []
    (held,) = [one for one in desk.run("status", "--json").report["holds"] if one["code"] == "undone"]
    assert held["record"] == f"customers/crm:{acme}"
    edit(desk, acme, Phone="030 9")
    asked = desk.run("run", "--json")
    assert asked.code == 3, asked
    assert [one["code"] for one in asked.report["reviews"]] == ["create"]


@pytest.mark.extended
def test_t06_of_a_link_only_the_link_is_taken_back(desk: Desk) -> None:
    acme = desk.account("Acme", "A1", Phone="030 1")
    kept = {"AccountNumber": "A1", "DefaultCurrency": account(desk, acme)["CurrencyIsoCode"]}
    theirs = desk.contact("Acme", **kept, Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "030 7"}])
    stopped = desk.run("run", "--json")
    assert stopped.code == 5, stopped
    applied = desk.run(*stopped.report["stopped"]["command"].split()[1:], "--json")
    assert applied.code == 0, applied
    assert account(desk, acme)["Phone"] == "030 7"
    plan = desk.run("undo", applied.report["run"], "--json").report
    assert [one["do"] for one in plan["operations"]] == ["update in crm", "end"]
    assert desk.run("apply", plan["plan"]).code == 0
    assert account(desk, acme)["Phone"] == "030 1"
    assert account(desk, acme)["Xero_Contact_ID__c"] is None
    assert contact(desk, "A1")["ContactID"] == theirs
    assert contact(desk, "A1")["ContactStatus"] == "ACTIVE"
    desk.stage.advance(600)
    quiet(desk)
    assert {one["mapping"]: one["links"] for one in desk.run("status", "--json").report["mappings"]}["customers"] == 0
    assert "nothing failed" in desk.run("retry").out
    assert desk.run("retry", f"customers/crm:{acme}").code == 0
    assert "link" in [one["do"] for one in desk.run("plan", "--json").report["operations"]]


def deal(desk: Desk, account_id: str, name: str, amount: int) -> str:
    values = {"Name": name, "AccountId": account_id, "StageName": "Closed Won", "CloseDate": "2026-01-15",
              "Amount": amount}  # fmt: skip
    answer = desk.stage.salesforce.http.post("/services/data/v66.0/sobjects/Opportunity", json=values)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def invoices(desk: Desk) -> dict[str, dict[str, Any]]:
    rows = desk.stage.xero.http.get("/api.xro/2.0/Invoices").json().get("Invoices", [])
    return {str(row["Reference"]): dict(row) for row in rows}


@pytest.mark.extended
def test_t06_an_invoice_that_was_paid_meanwhile_is_named_with_what_is_legal(desk: Desk) -> None:
    acme = desk.account("Acme", "A1")
    desk.let_through()
    converged(desk)
    deal(desk, acme, "Draft", 100)
    deal(desk, acme, "Approved", 200)
    deal(desk, acme, "Paid", 300)
    run = converged(desk)
    made = invoices(desk)
    for name in ("Approved", "Paid"):
        desk.stage.xero.order("approve", invoice=made[name]["InvoiceID"])
    desk.stage.xero.order("pay", invoice=made["Paid"]["InvoiceID"])
    plan = valid("plan", desk.run("undo", run, "--json").report)
    removals = [one for one in plan["operations"] if one["do"] == "delete in books"]
    assert [one["record"] for one in removals] == [f"invoices/books:{made['Draft']['InvoiceID']}"]
    left = {one["record"].partition(":")[2]: one for one in plan["left"] if one["record"].startswith("invoices/books")}
    paid = left[made["Paid"]["InvoiceID"]]
    assert "it is paid" in paid["why"]
    assert any("credit note" in way for way in paid["ways_out"])
    approved = left[made["Approved"]["InvoiceID"]]
    assert any("void it" in way for way in approved["ways_out"])
    assert desk.run("apply", plan["plan"], "--allow", "deletes").code == 0
    now = invoices(desk)
    assert {name: row["Status"] for name, row in now.items()} == {
        "Draft": "DELETED",
        "Approved": "AUTHORISED",
        "Paid": "PAID",
    }


@pytest.mark.extended
@pytest.mark.extended
def test_t06_t02_the_plan_of_an_undo_shows_what_it_does_to_the_books_in_base_currency_too(desk: Desk) -> None:
    acme = desk.account("Acme", "A1")
    desk.let_through()
    converged(desk)
    desk.deal("Euros", acme, CurrencyIsoCode="EUR", Amount=1000)
    planned = desk.run("undo", converged(desk), "--json").report
    effect = planned["effect"]
    assert effect["receivables"] == {"EUR": "-1200"}, planned
    assert list(effect["base"]) == ["receivables EUR in GBP", "revenue 200 EUR in GBP", "tax OUTPUT2 EUR in GBP"]


def test_t06_a_run_that_is_not_there_is_answered_with_those_that_are(desk: Desk) -> None:
    desk.account("Acme", "A1")
    desk.let_through()
    run = converged(desk)
    wrong = desk.run("undo", "19990101")
    assert wrong.code == 2
    assert run in wrong.err


def made(desk: Desk, name: str, **fields: Any) -> str:
    answer = desk.stage.salesforce.http.post(f"/services/data/v66.0/sobjects/{name}", json=fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def priced(desk: Desk, account_id: str) -> tuple[str, dict[str, str]]:
    """A product with a price, and a won deal over three of it."""
    query = {"q": "SELECT Id FROM Pricebook2 WHERE IsStandard = true"}
    found = desk.stage.salesforce.http.get("/services/data/v66.0/query", params=query).json()
    product = made(desk, "Product2", Name="Tea", ProductCode="TEA", IsActive=True)
    currency = account(desk, account_id)["CurrencyIsoCode"]
    entry = {"Product2Id": product, "UnitPrice": 5, "IsActive": True, "CurrencyIsoCode": currency}
    price = made(desk, "PricebookEntry", Pricebook2Id=found["records"][0]["Id"], **entry)
    deal_id = made(desk, "Opportunity", Name="Order", AccountId=account_id, StageName="Closed Won",
                   CloseDate="2026-01-15", CurrencyIsoCode=currency)  # fmt: skip
    lines = {
        word: made(desk, "OpportunityLineItem", OpportunityId=deal_id, PricebookEntryId=price, Quantity=quantity,
                   UnitPrice=5, Description=word)
        for word, quantity in (("first", 1), ("second", 2))
    }  # fmt: skip
    return deal_id, {**lines, "price": price}


def rows(desk: Desk) -> list[tuple[str, str]]:
    """The lines of the one invoice, as the ledger has them."""
    (one,) = invoices(desk).values()
    whole = desk.stage.xero.http.get(f"/api.xro/2.0/Invoices/{one['InvoiceID']}").json()["Invoices"][0]
    return [(row["Description"], f"{row['Quantity']:g}") for row in whole["LineItems"]]


@pytest.mark.extended
def test_t06_rows_of_a_list_get_back_what_they_held_and_stay_so(desk: Desk) -> None:
    acme = desk.account("Acme", "A1")
    desk.let_through()
    converged(desk)
    deal_id, lines = priced(desk, acme)
    converged(desk)
    assert rows(desk) == [("first", "1"), ("second", "2")]
    desk.stage.salesforce.order("edit", object="OpportunityLineItem", id=lines["first"], fields={"Quantity": 7})
    made(desk, "OpportunityLineItem", OpportunityId=deal_id, PricebookEntryId=lines["price"], Quantity=3, UnitPrice=5,
         Description="third")  # fmt: skip
    desk.stage.advance(5)
    run = converged(desk)
    assert rows(desk) == [("first", "7"), ("second", "2"), ("third", "3")]
    plan = valid("plan", desk.run("undo", run, "--json").report)
    (books,) = [one for one in plan["operations"] if one["do"] == "update in books"]
    assert books["lists"]["books.LineItems"]["removed"] == "1"
    assert desk.run("apply", plan["plan"]).code == 0
    assert rows(desk) == [("first", "1"), ("second", "2")]
    desk.stage.advance(600)
    quiet(desk)
    assert rows(desk) == [("first", "1"), ("second", "2")]
    verified = desk.run("verify", "invoices", "--json")
    assert {(one["field"], one["cause"]) for one in verified.report["mismatches"]} >= {
        ("books.LineItems", "taken back")
    }


@pytest.mark.extended
def test_t06_rows_that_the_run_removed_come_back_as_new_ones(desk: Desk) -> None:
    acme = desk.account("Acme", "A1")
    desk.let_through()
    converged(desk)
    _, lines = priced(desk, acme)
    converged(desk)
    desk.stage.salesforce.order("delete", object="OpportunityLineItem", id=lines["second"])
    desk.stage.advance(5)
    run = converged(desk)
    assert rows(desk) == [("first", "1")]
    plan = desk.run("undo", run, "--json").report["plan"]
    assert desk.run("apply", plan).code == 0
    assert rows(desk) == [("first", "1"), ("second", "2")]


@pytest.mark.extended
def test_t06_an_undo_can_be_taken_back_like_any_other_run(desk: Desk) -> None:
    acme = desk.account("Acme", "A1", Phone="030 1")
    desk.let_through()
    converged(desk)
    edit(desk, acme, Phone="030 2")
    plan = desk.run("undo", converged(desk), "--json").report["plan"]
    undone = desk.run("apply", plan, "--json").report["run"]
    assert phone(desk, "A1") == "030 1"
    plan = desk.run("undo", undone, "--json").report["plan"]
    assert desk.run("apply", plan).code == 0
    assert phone(desk, "A1") == "030 2"
    quiet(desk)
    assert desk.run("verify", "--json").report["mismatches"] == []


@pytest.mark.extended
def test_t06_values_that_were_erased_cannot_be_given_back_and_it_says_so(desk: Desk) -> None:
    acme = desk.account("Acme", "A1", Phone="030 1")
    desk.let_through()
    converged(desk)
    edit(desk, acme, Phone="030 2")
    run = converged(desk)
    erased = desk.run("audit", "erase", f"customers/crm:{acme}", "--yes")
    assert erased.code == 0, erased
    plan = desk.run("undo", run, "--json")
    assert plan.code == 0, plan
    assert plan.report["operations"] == []
    assert any("erased" in one["why"] for one in plan.report["left"])


@pytest.mark.extended
def test_t06_what_moved_since_the_plan_is_left_out(desk: Desk) -> None:
    acme = desk.account("Acme", "A1", Phone="030 1")
    desk.let_through()
    converged(desk)
    edit(desk, acme, Phone="030 2")
    plan = desk.run("undo", converged(desk), "--json").report["plan"]
    typed = {"Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "030 9"}]}
    desk.stage.xero.order("edit", object="Contact", id=contact(desk, "A1")["ContactID"], fields=typed)
    applied = desk.run("apply", plan, "--json")
    assert applied.code == 0, applied
    assert "update stale" in applied.report["passes"][0]["ended"]
    assert phone(desk, "A1") == "030 9"
