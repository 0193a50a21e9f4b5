"""verify: both sides are read again and compared; what cursors miss is found, and every mismatch has a cause."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_running import valid
from system.northwind.stage import sandbox

NAME, CITY = "crm.Name=books.Name", "crm.BillingCity=books.Addresses.POBOX.City"
PHONE = "crm.Phone=books.Phones.DEFAULT"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Two customers in agreement, one of them spelt in two ways, on a sandbox of its own."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        made.account("Acme  Ltd", "A1", Phone="030 1", BillingCity="Bonn")
        made.account("Brook", "B1", Phone="040 1")
        made.let_through()
        assert made.run("run").code == 0
        yield made


def accounts(desk: Desk) -> dict[str, str]:
    query = {"q": "SELECT Id, AccountNumber FROM Account"}
    rows = desk.stage.salesforce.http.get("/services/data/v66.0/query", params=query).json()["records"]
    return {str(row["AccountNumber"]): str(row["Id"]) for row in rows}


def edit(desk: Desk, number: str, **fields: Any) -> str:
    id_ = accounts(desk)[number]
    desk.stage.salesforce.order("edit", object="Account", id=id_, fields=fields)
    return id_


def now(desk: Desk) -> datetime:
    answer = desk.stage.salesforce.http.get("/__sim__/clock").json()
    return datetime.fromisoformat(answer["now"]).astimezone(UTC)


def slip_past_the_cursor(desk: Desk, number: str, **fields: Any) -> str:
    """Commit an edit with a stamp that every reading of changes has left behind."""
    id_, then = accounts(desk)[number], now(desk) + timedelta(minutes=1)
    desk.stage.advance(1500)
    assert desk.run("run").code == 0
    stamp = f"{then:%Y-%m-%dT%H:%M:%S}.000Z"
    desk.stage.salesforce.order("late", object="Account", id=id_, fields=fields, modstamp=stamp)
    desk.stage.advance(10)
    assert desk.run("run").code == 0
    return id_


def verified(desk: Desk, *words: str, code: int) -> Any:
    ended = desk.run("verify", "--json", *words)
    assert ended.code == code, ended
    return valid("verify-report", ended.report)


def test_sx53_sides_that_agree_have_equal_totals_and_nothing_is_written(desk: Desk) -> None:
    desk.stage.advance(600)
    desk.stage.reset()
    report = verified(desk, code=0)
    assert (report["complete"], report["mismatches"], report["causes"]) == (True, [], {})
    customers = next(one for one in report["mappings"] if one["mapping"] == "customers")
    assert (customers["links"], customers["compared"]) == (2, 2)
    totals = {one["field"]: one for one in customers["fields"]}
    assert (totals[NAME]["compared"], totals[NAME]["differs"]) == (2, 0)
    assert all(one["digests"]["crm"] == one["digests"]["books"] for one in customers["fields"])
    assert (desk.stage.salesforce.effects(), desk.stage.xero.effects()) == ({}, {})
    assert "both sides agree" in desk.run("verify").out


def test_sx53_an_edit_that_no_reading_of_changes_showed_is_found(desk: Desk) -> None:
    brook = slip_past_the_cursor(desk, "B1", Name="Brook & Co", Phone="040 2")
    assert desk.run("plan", "--json").report["operations"] == []
    desk.stage.reset()
    report = verified(desk, "customers", code=3)
    found = {one["field"]: one for one in report["mismatches"]}
    assert sorted(found) == [NAME, PHONE]
    assert {one["cause"] for one in found.values()} == {"missed"}
    assert {one["record"] for one in found.values()} == {f"customers/crm:{brook}"}
    assert found[NAME]["values"] == ['"Brook & Co"', '"Brook"']
    assert "040" not in str(found[PHONE]["values"])  # a telephone number is personal
    (fields,) = [one["fields"] for one in report["mappings"]]
    uneven = [one["field"] for one in fields if one["digests"]["crm"] != one["digests"]["books"]]
    assert uneven == [NAME, PHONE]
    assert (desk.stage.salesforce.effects(), desk.stage.xero.effects()) == ({}, {})
    # What was found is in the mirror: the next run carries it over, and then both sides agree.
    assert desk.run("run").code == 0
    assert verified(desk, code=0)["mismatches"] == []


@pytest.mark.extended
def test_sx53_every_mismatch_is_named_with_its_cause(desk: Desk) -> None:
    acme = edit(desk, "A1", BillingCity="Berlin")
    report = verified(desk, code=3)
    (pending,) = report["mismatches"]
    assert (pending["cause"], pending["field"], pending["record"]) == ("pending", CITY, f"customers/crm:{acme}")
    assert report["causes"] == {"pending": 1}
    assert desk.run("run").code == 0

    desk.contact("Taken", AccountNumber="T1")
    desk.run("run")
    edit(desk, "B1", Name="Taken")
    refused = desk.run("run", "--json")
    assert refused.code == 3, refused
    causes = {(one["field"], one["cause"]) for one in verified(desk, code=3)["mismatches"]}
    assert (NAME, "refused") in causes
    shown = desk.run("verify", "customers")
    assert shown.code == 3
    assert "tieout retry" in shown.out
    assert "Taken" in shown.out


@pytest.mark.extended
def test_sx53_records_without_a_partner_and_twins_are_named(desk: Desk) -> None:
    lone = desk.account("Cora", "C1")
    report = verified(desk, "customers", code=3)
    (unlinked,) = report["mismatches"]
    assert (unlinked["cause"], unlinked["record"]) == ("unlinked", f"customers/crm:{lone}")
    assert "create in books" in unlinked["message"]
    assert report["mappings"][0]["unlinked"] == {"crm": 1, "books": 0}

    rows = desk.stage.xero.http.get("/api.xro/2.0/Contacts").json()["Contacts"]
    (brook,) = [row for row in rows if row.get("AccountNumber") == "B1"]
    desk.stage.xero.order("edit", object="Contact", id=brook["ContactID"], fields={"ContactNumber": "of our own"})
    typed = {"Name": "Brook again", "ContactNumber": brook["ContactNumber"], "IsCustomer": True}
    twin = desk.stage.xero.order("edit", object="Contact", fields=typed)["ContactID"]
    found = {one["record"]: one for one in verified(desk, "customers", code=3)["mismatches"]}
    assert found[f"customers/books:{twin}"]["cause"] == "twin"
    assert f"customers/crm:{accounts(desk)['B1']}" in found[f"customers/books:{twin}"]["message"]


@pytest.mark.extended
def test_sx53_what_a_rule_or_a_person_wants_so_is_told_and_no_fault(desk: Desk) -> None:
    edit(desk, "A1", BillingCity="Berlin")
    run = desk.run("run", "--json").report["run"]
    plan = desk.run("undo", run, "--json").report["plan"]
    assert desk.run("apply", plan).code == 0
    report = verified(desk, code=0)
    (accepted,) = [one for one in report["mismatches"] if one["field"] == CITY]
    assert (accepted["cause"], accepted["accepted"]) == ("taken back", True)
    assert run in accepted["message"]


@pytest.mark.extended
def test_sx53_calls_are_said_before_and_never_passed(desk: Desk) -> None:
    for number in range(6):
        desk.account(f"More {number}", f"M{number}")
    assert desk.run("run").code == 0
    brook = slip_past_the_cursor(desk, "B1", BillingCity="Köln")
    told = desk.run("verify", "customers", "--json")
    expected = told.report["calls"]["expected"]
    assert f"about {expected} calls" in told.err
    assert told.report["calls"]["used"] <= expected
    assert [one["record"] for one in told.report["mismatches"]] == [f"customers/crm:{brook}"]

    few = desk.run("verify", "customers", "--calls", "1")
    assert few.code == 2
    assert "suffice for nothing" in few.err


@pytest.mark.extended
def test_sx53_too_few_calls_verify_some_links_and_go_on_behind_them(desk: Desk) -> None:
    desk.replace("grant: custom_connection,", "grant: custom_connection, page_size: 1,")
    assert desk.run("describe", "xero", "Contact").code == 0  # what is kept of it is a day old at most
    for number in range(45):
        desk.account(f"More {number}", f"M{number:02}")
    assert desk.run("run").code == 0
    early, late = slip_past_the_cursor(desk, "A1", BillingCity="Köln"), accounts(desk)["M44"]
    then = now(desk) - timedelta(minutes=15)
    stamp = f"{then:%Y-%m-%dT%H:%M:%S}.000Z"
    fields = {"BillingCity": "Ulm"}
    desk.stage.salesforce.order("late", object="Account", id=late, fields=fields, modstamp=stamp)
    desk.stage.reset()
    # Reading changes is reckoned as 5 calls, everything as 48 more; 2 suffice for both partners of 40 links.
    first = verified(desk, "customers", "--calls", "7", code=3)
    assert first["complete"] is False
    assert first["calls"]["used"] <= 7
    customers = first["mappings"][0]
    assert (customers["links"], customers["compared"]) == (47, 40)
    assert [(one["record"], one["cause"]) for one in first["mismatches"]] == [(f"customers/crm:{early}", "missed")]
    second = desk.run("verify", "customers", "--calls", "7")
    assert second.code == 3
    assert "40 links of customers" in second.err
    assert f"customers/crm:{late}" in second.out
    assert f"customers/crm:{early}" not in second.out
    assert "not everything was read" in second.out
    third = verified(desk, "customers", "--calls", "7", code=3)
    assert f"customers/crm:{early}" in {one["record"] for one in third["mismatches"]}  # once round
    assert (desk.stage.salesforce.effects(), desk.stage.xero.effects()) == ({}, {})


@pytest.mark.extended
def test_sx53_a_connection_that_is_down_leaves_out_its_mappings_and_says_so(desk: Desk) -> None:
    desk.replace(desk.stage.xero.access["url"], "http://127.0.0.1:9")
    ended = desk.run("verify", "--json")
    assert ended.code == 75, ended
    report = valid("verify-report", ended.report)
    assert (report["complete"], report["mappings"]) == (False, [])
    assert "customers" in report["refused"]
    wrong = desk.run("verify", "customer")
    assert wrong.code == 2
    assert "there is no mapping 'customer'" in wrong.err


@pytest.mark.extended
def test_sx53_amounts_are_added_up_by_currency_on_both_sides(desk: Desk) -> None:
    values = {"AccountId": accounts(desk)["B1"], "StageName": "Closed Won", "CloseDate": "2026-01-15"}
    for name, amount in (("One", 100), ("Two", 250)):
        made = desk.stage.salesforce.http.post(
            "/services/data/v66.0/sobjects/Opportunity", json={**values, "Name": name, "Amount": amount}
        )
        assert made.status_code == 201, made.text
    assert desk.run("run").code == 0
    report = verified(desk, "invoices", code=0)
    totals = {one["field"]: one for one in report["mappings"][0]["fields"]}
    (sums,) = totals["books.LineItems"]["sums"].values()
    assert sums == {"crm": "350", "books": "350"}
    found = desk.stage.xero.http.get("/api.xro/2.0/Invoices").json()["Invoices"]
    id_ = next(row["InvoiceID"] for row in found if row["Reference"] == "One")
    (one,) = desk.stage.xero.http.get(f"/api.xro/2.0/Invoices/{id_}").json()["Invoices"]
    kept = ("LineItemID", "Description", "Quantity", "AccountCode")
    line = {**{name: one["LineItems"][0][name] for name in kept}, "UnitAmount": 90}
    desk.stage.xero.order("edit", object="Invoice", id=one["InvoiceID"], fields={"LineItems": [line]})
    report = verified(desk, "invoices", code=3)
    totals = {one["field"]: one for one in report["mappings"][0]["fields"]}
    (sums,) = totals["books.LineItems"]["sums"].values()
    assert sums == {"crm": "350", "books": "340"}
    lines = next(one for one in report["mismatches"] if one["field"] == "books.LineItems")
    assert lines["record"].startswith("invoices/crm:")
    assert lines["cause"] == "asked"
