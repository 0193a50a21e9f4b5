"""A deal with several invoices, one for each date of its products: the pack with `split_by_date`, through the CLI."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import crm, made, pay, query, set_stage, set_status
from system.cli.test_requests import apply
from system.forked import Ended
from system.northwind.stage import sandbox

BY_DATE = ["invoices: {settings: {split_by_date: true}}"]
MAY, JUNE = "2026-05-04", "2026-06-01"
GBP = {"CurrencyIsoCode": "GBP"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project that splits by date, with one customer in both systems."""
    with sandbox() as running:
        desk = Desk(tmp_path, running)
        desk.write(change=BY_DATE)
        desk.account("Acme", "A1")
        desk.let_through()
        yield desk


def sold(desk: Desk, **lines: str) -> tuple[str, dict[str, str]]:
    """Win a deal with a product for each of these names, at ten, on its date; gives the ids of deal and lines."""
    (book,) = query(desk, "SELECT Id FROM Pricebook2 WHERE IsStandard = true")
    (account,) = query(desk, "SELECT Id FROM Account")
    deal = desk.deal("Courses", account["Id"], StageName="Prospecting", Pricebook2Id=book["Id"], **GBP)
    ids = {}
    for name, date in lines.items():
        product = made(desk, "Product2", Name=name, ProductCode=name, IsActive=True)
        entry = made(
            desk, "PricebookEntry", Product2Id=product, Pricebook2Id=book["Id"], UnitPrice=10, IsActive=True, **GBP
        )
        line = {"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 1, "UnitPrice": 10}
        ids[name] = made(desk, "OpportunityLineItem", **line, **({"ServiceDate": date} if date else {}))
    set_stage(desk, deal, "Closed Won")
    return deal, ids


def drafted(desk: Desk, **lines: str) -> tuple[str, dict[str, str]]:
    """The same with its invoices."""
    found = sold(desk, **lines)
    let_through(desk)
    return found


def let_through(desk: Desk) -> None:
    ended = desk.run("run", "--json")
    if ended.code == 5:
        assert desk.run(*ended.report["stopped"]["command"].split()[1:]).code == 0
        ended = desk.run("run", "--json")
    assert ended.code == 0, ended


def invoices(desk: Desk) -> dict[str, dict[str, Any]]:
    """Give by date the invoices that are not deleted."""
    rows = desk.stage.xero.http.get("/api.xro/2.0/Invoices?page=1").json()["Invoices"]
    return {row["DateString"][:10]: row for row in rows if row["Status"] != "DELETED"}


def told(desk: Desk) -> dict[str, list[str]]:
    """Give by date what the invoices are for."""
    return {day: sorted(line["Description"] for line in row["LineItems"]) for day, row in invoices(desk).items()}


def edit(desk: Desk, name: str, id_: str, **fields: Any) -> None:
    desk.stage.salesforce.order("edit", object=name, id=id_, fields=fields)


def only(ended: Ended, what: str) -> dict[str, Any]:
    (found,) = ended.report[what]
    return dict(found)


def settled(desk: Desk) -> None:
    ended = desk.run("plan", "--exit-code", "--json")
    assert ended.code == 0, ended
    assert [one for one in desk.run("status", "--json").report["holds"] if not one["quiet"]] == []


@pytest.mark.extended
def test_px31_several_invoices_of_a_deal_show_their_numbers_and_what_is_paid_of_all_on_it(desk: Desk) -> None:
    deal, lines = drafted(desk, First=MAY, Second=JUNE, Third=MAY)
    assert told(desk) == {MAY: ["First", "Third"], JUNE: ["Second"]}
    first, second = (invoices(desk)[day] for day in (MAY, JUNE))
    shown = crm(desk, deal)
    assert shown["Xero_Invoice_Number__c"] == ", ".join(sorted([first["InvoiceNumber"], second["InvoiceNumber"]]))
    assert (shown["Xero_Invoice_Status__c"], shown["Payment_Status__c"]) == ("DRAFT", "Unpaid")
    assert (shown["Xero_Subtotal__c"], shown["Xero_Invoice_ID__c"]) == (30, None)
    assert first["InvoiceID"] in shown["Xero_Link__c"]

    edit(desk, "OpportunityLineItem", lines["Third"], ServiceDate=JUNE)
    assert desk.run("run").code == 0
    assert told(desk) == {MAY: ["First"], JUNE: ["Second", "Third"]}

    set_status(desk, second["InvoiceID"], "AUTHORISED")
    pay(desk, second["InvoiceID"], 5)
    assert desk.run("run").code == 0
    shown = crm(desk, deal)
    assert (shown["Xero_Invoice_Status__c"], shown["Payment_Status__c"]) == ("AUTHORISED, DRAFT", "Part paid")
    total = sum(row["Total"] for row in invoices(desk).values())
    assert (shown["Amount_Paid__c"], shown["Amount_Due__c"]) == (5, total - 5)
    settled(desk)


@pytest.mark.extended
def test_px31_several_invoices_of_which_one_loses_its_last_line_and_is_deleted_after_consent(desk: Desk) -> None:
    deal, lines = drafted(desk, First=MAY, Second=JUNE)
    number = invoices(desk)[MAY]["InvoiceNumber"]
    edit(desk, "OpportunityLineItem", lines["Second"], ServiceDate=MAY)
    ended = desk.run("run", "--json")
    assert ended.code == 3, ended
    asked = only(ended, "reviews")
    assert (asked["record"], asked["code"]) == (f"invoices/crm:{deal}#{JUNE}", "delete")
    assert told(desk) == {MAY: ["First", "Second"], JUNE: ["Second"]}
    assert f"invoices/crm:{deal}#{JUNE}" in desk.run("review", "list").out
    assert f"invoices/crm:{deal}#{JUNE}" in desk.run("status").out
    assert desk.run("review", "answer", str(asked["id"]), "yes").code == 0
    let_through(desk)
    assert told(desk) == {MAY: ["First", "Second"]}
    assert crm(desk, deal)["Xero_Invoice_Number__c"] == number
    settled(desk)


@pytest.mark.extended
def test_px31_several_invoices_of_which_one_is_approved_when_its_line_moves(desk: Desk) -> None:
    deal, lines = drafted(desk, First=MAY, Second=JUNE, Third=JUNE)
    approved = invoices(desk)[JUNE]
    set_status(desk, approved["InvoiceID"], "AUTHORISED")
    assert desk.run("run").code == 0
    edit(desk, "OpportunityLineItem", lines["Third"], ServiceDate=MAY)
    ended = desk.run("run", "--json")
    assert ended.code == 3, ended
    held = only(ended, "holds")
    assert (held["record"], held["code"]) == (f"invoices/crm:{deal}#{JUNE}", "locked")
    assert f"invoices/crm:{deal}#{JUNE}" in desk.run("status").out

    edit(desk, "OpportunityLineItem", lines["Second"], ServiceDate=MAY)
    held = only(desk.run("run", "--json"), "holds")
    assert (held["record"], held["code"]) == (f"invoices/crm:{deal}#{JUNE}", "removal-held")
    pay(desk, approved["InvoiceID"], 4)
    assert desk.run("run").code == 0
    assert (crm(desk, deal)["Amount_Paid__c"], invoices(desk)[JUNE]["Status"]) == (4, "AUTHORISED")


@pytest.mark.extended
def test_px31_several_invoices_of_which_one_is_asked_for(desk: Desk) -> None:
    desk.write(change=["invoices: {settings: {split_by_date: true}, create: {books: {when: crm.IsWon, do: request}}}"])
    deal, _ = sold(desk, First=MAY, Second=JUNE, Books="")
    assert desk.run("run").code in {0, 5}
    shown = desk.run("plan", f"invoices/crm:{deal}#{JUNE}", "--create", "--json").report
    assert [one["source"] for one in shown["operations"] if one["do"] == "create in books"][-1:] == [
        f"invoices/crm:{deal}#{JUNE}"
    ]
    assert f"create in books  invoices/crm:{deal}#{JUNE}" in desk.run("plan", "--show", shown["plan"][:12]).out
    apply(desk, shown)
    assert told(desk) == {JUNE: ["Second"]}
    apply(desk, desk.run("plan", f"invoices/crm:{deal}", "--create", "--json").report)
    assert sorted(told(desk).values()) == [["Books"], ["First"], ["Second"]]
    assert "2026-11-02" in told(desk), "what has no date is of the deal's"
    unknown = desk.run("plan", f"invoices/crm:{deal}#2027-01-01", "--create")
    assert unknown.code == 2
    assert "has no part 2027-01-01" in unknown.err


@pytest.mark.extended
def test_px31_several_invoices_are_named_by_their_parts_in_plans_the_log_and_undo(desk: Desk) -> None:
    deal, lines = drafted(desk, First=MAY, Second=JUNE)
    edit(desk, "OpportunityLineItem", lines["Second"], UnitPrice=12)
    plan = desk.run("plan")
    (line,) = [one for one in plan.out.splitlines() if one.startswith("update in books")]
    assert f"invoices/crm:{deal}#{JUNE}" in line
    assert desk.run("run").code == 0
    log = desk.run("audit", "log", f"invoices/crm:{deal}").out
    assert f"invoices/crm:{deal}#{JUNE} ↔ invoices/books:{invoices(desk)[JUNE]['InvoiceID']}" in log
    linked = desk.run("audit", "log", f"invoices/crm:{deal}", "--kind", "link", "--json").report
    assert sorted(one["records"][0] for one in linked) == [f"invoices/crm:{deal}#{day}" for day in (MAY, JUNE)]

    of_june = desk.run("audit", "log", f"invoices/crm:{deal}#{JUNE}", "--json").report
    assert {"intent", "link", "settled"} <= {one["kind"] for one in of_june}
    assert {name for one in of_june for name in one["records"] if "#" in name} == {f"invoices/crm:{deal}#{JUNE}"}
    wrong = desk.run("audit", "log", f"invoices/crm:{deal}#2027-01-01")
    assert (wrong.code, MAY in wrong.err, JUNE in wrong.err) == (2, True, True)

    run = desk.run("status", "--json").report["runs"][0]["run"]
    undone = desk.run("undo", run, "--json").report
    assert [one["source"] for one in undone["operations"] if one["do"] == "update in books"] == [
        f"invoices/crm:{deal}#{JUNE}"
    ]
    apply(desk, undone)
    assert {day: row["SubTotal"] for day, row in invoices(desk).items()} == {MAY: 10, JUNE: 10}
