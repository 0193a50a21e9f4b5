"""A held document is credited in full by a plan, and its record gets a new one if it still wants one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk, with_customer
from system.cli.test_deals import crm, let_deals_through, pay, query, set_stage, set_status
from system.cli.test_ways import apply, held, invoices, stand
from system.crash.machine import LACKING, Machine
from system.crash.wire import Phase, Wire, before
from system.forked import Ended

HORIZON = 1000
"""Seconds until a request without an answer can no longer take effect, and some more."""
CREDITS = "PUT /api.xro/2.0/CreditNotes"


class Cutting(Wire):
    """Loses the answers to credit notes that are made."""

    def reach(self, number: int, phase: Phase) -> bool:
        return phase == "carried out" and self.sent[number - 1][0] == CREDITS


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project with a customer, and a deal whose invoice was approved and paid in part."""
    with with_customer(tmp_path) as made:
        (account,) = query(made, "SELECT Id FROM Account")
        made.deal("Harbour", account["Id"])
        let_deals_through(made)
        (invoice,) = invoices(made)
        set_status(made, invoice["InvoiceID"], "AUTHORISED")
        pay(made, invoice["InvoiceID"], 50)
        assert made.run("run").code == 0
        yield made


def deal_of(desk: Desk) -> str:
    (deal,) = query(desk, "SELECT Id FROM Opportunity")
    return str(deal["Id"])


def renamed(desk: Desk) -> None:
    desk.stage.salesforce.order("edit", object="Opportunity", id=deal_of(desk), fields={"Name": "Harbour wall"})
    assert desk.run("run").code == 3


def credit_notes(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.stage.xero.read("/api.xro/2.0/CreditNotes", page="1")["CreditNotes"]
    return found


def credited(desk: Desk) -> Ended:
    """Take the way out of the one hold as it tells, and apply the plan."""
    (hold,) = held(desk)
    (way,) = [one for one in hold["ways_out"] if one.endswith("--way credit")]
    assert not any(one.endswith("--way reissue") for one in hold["ways_out"]), "what is paid cannot be voided"
    plan = desk.run(*way.rpartition("tieout ")[2].split(), "--json").report
    writes = [one["do"] for one in plan["operations"] if one["do"] != "agree"]
    assert writes == ["credit in books", "create in books"]
    ended: Ended = apply(desk, plan)
    return ended


def test_px34_a_paid_invoice_is_credited_in_full_and_made_anew_by_a_plan(desk: Desk) -> None:
    renamed(desk)
    (old,) = invoices(desk)
    assert credited(desk).code == 0
    assert stand(desk) == [("AUTHORISED", "Harbour"), ("DRAFT", "Harbour wall")]
    (note,) = credit_notes(desk)
    shown = {name: note[name] for name in ("Type", "Status", "CurrencyCode", "Total", "TotalTax", "LineAmountTypes")}
    assert shown == {"Type": "ACCRECCREDIT", "Status": "DRAFT", "CurrencyCode": old["CurrencyCode"],
                     "Total": Decimal(str(old["Total"])), "TotalTax": Decimal(str(old["TotalTax"])),
                     "LineAmountTypes": old["LineAmountTypes"]}  # fmt: skip
    assert note["Contact"]["ContactID"] == old["Contact"]["ContactID"]
    assert note["Reference"].startswith(f"{old['InvoiceNumber']} ")
    (new,) = [one for one in invoices(desk) if one["Status"] == "DRAFT"]
    for _ in range(2):
        assert desk.run("run").code == 0
    told = crm(desk, deal_of(desk))
    assert (told["Xero_Invoice_ID__c"], told["Xero_Invoice_Number__c"]) == (new["InvoiceID"], new["InvoiceNumber"])
    assert told["Amount_Paid__c"] == 0, "the payment stays with the old invoice"
    assert (len(invoices(desk)), len(credit_notes(desk)), held(desk)) == (2, 1, [])
    assert desk.run("plan", "--exit-code").code == 0
    assert desk.run("verify").code == 0
    assert desk.run("log", "--verify").code in {0, 2}


@pytest.mark.extended
def test_px34_a_lost_deal_has_its_invoice_credited_alone(desk: Desk) -> None:
    set_stage(desk, deal_of(desk), "Closed Lost")
    assert desk.run("run").code == 3
    shown = desk.run("plan", f"invoices/crm:{deal_of(desk)}", "--way", "credit", "--json").report
    assert [one["do"] for one in shown["operations"] if one["do"] != "agree"] == ["credit in books"]
    assert apply(desk, shown).code == 0
    assert desk.run("run").code == 0
    assert (stand(desk), len(credit_notes(desk))) == ([("AUTHORISED", "Harbour")], 1)
    set_stage(desk, deal_of(desk), "Closed Won")
    desk.run("run")
    assert stand(desk) == [("AUTHORISED", "Harbour")], "a deal that is won again is asked about"
    assert [one["kind"] for one in desk.run("review", "list", "--json").report] == ["create"]


@pytest.mark.extended
def test_px34_a_fully_paid_invoice_of_a_lost_deal_is_credited_though_nothing_is_held(desk: Desk) -> None:
    (old,) = invoices(desk)
    pay(desk, old["InvoiceID"], float(old["AmountDue"]))
    set_stage(desk, deal_of(desk), "Closed Lost")
    desk.run("run")
    shown = desk.run("plan", f"invoices/crm:{deal_of(desk)}", "--way", "credit", "--json").report
    assert [one["do"] for one in shown["operations"] if one["do"] != "agree"] == ["credit in books"]
    assert apply(desk, shown).code == 0
    assert (stand(desk), len(credit_notes(desk))) == ([("PAID", "Harbour")], 1)


@pytest.mark.extended
def test_px34_a_deal_that_was_deleted_has_its_invoice_credited_alone(desk: Desk) -> None:
    deal = deal_of(desk)
    desk.stage.salesforce.order("delete", object="Opportunity", id=deal)
    assert desk.run("run").code == 3
    (hold,) = desk.run("status", "--json").report["holds"]
    (way,) = [one for one in hold["ways_out"] if one.endswith("--way credit")]
    plan = desk.run(*way.rpartition("tieout ")[2].split(), "--json").report
    assert apply(desk, plan).code == 0
    assert desk.run("run").code == 0
    assert (stand(desk), len(credit_notes(desk)), desk.run("status", "--json").report["holds"]) == (
        [("AUTHORISED", "Harbour")], 1, [])  # fmt: skip


@pytest.mark.extended
@pytest.mark.skipif(bool(LACKING), reason=LACKING or "")
def test_px34_a_credit_whose_answer_was_lost_is_found_and_the_new_one_made_once(desk: Desk, tmp_path: Path) -> None:
    machine = Machine.build(tmp_path)
    desk = replace(desk, more=dict(machine.env()))
    renamed(desk)
    straight = desk.stage.xero.access["url"]
    with before(Cutting(), straight) as address:
        desk.replace(straight, address)
        assert credited(desk).code == 3
        desk.replace(address, straight)
    assert (len(credit_notes(desk)), stand(desk)) == (1, [("AUTHORISED", "Harbour")])
    desk.run("run")
    assert stand(desk) == [("AUTHORISED", "Harbour")], "its fate is not known yet"
    desk.stage.advance(HORIZON)
    machine.advance(HORIZON)
    for _ in range(3):
        assert desk.run("run").code in {0, 3}
    assert (len(credit_notes(desk)), stand(desk)) == (1, [("AUTHORISED", "Harbour"), ("DRAFT", "Harbour wall")])


@pytest.mark.extended
def test_px34_a_credit_that_is_refused_leaves_everything_as_it_is(desk: Desk) -> None:
    renamed(desk)
    contact = invoices(desk)[0]["Contact"]["ContactID"]
    (hold,) = held(desk)
    plan = desk.run(*hold["ways_out"][-1].rpartition("tieout ")[2].split(), "--json").report
    desk.stage.xero.order("archive", object="Contact", id=contact)
    assert apply(desk, plan).code == 3
    desk.run("run")
    assert (credit_notes(desk), stand(desk)) == ([], [("AUTHORISED", "Harbour")])
    codes = sorted(one["code"] for one in desk.run("status", "--json").report["holds"])
    assert codes == ["contact-archived", "locked"]
    assert "credit in books" not in desk.run("plan", "invoices").out, "it is not sent again by itself"
    desk.stage.xero.order("restore", object="Contact", id=contact)
    assert desk.run("retry", "invoices").code == 0
    again = desk.run("run", "--json")
    assert again.code == 5, "it is approved, and the guard is asked once more"
    assert desk.run(*again.report["stopped"]["command"].split()[1:]).code == 0
    assert desk.run("run").code == 0
    assert (len(credit_notes(desk)), stand(desk)) == (1, [("AUTHORISED", "Harbour"), ("DRAFT", "Harbour wall")])


@pytest.mark.extended
def test_px34_what_is_asked_twice_is_credited_once(desk: Desk) -> None:
    renamed(desk)
    (hold,) = held(desk)
    words = hold["ways_out"][-1].rpartition("tieout ")[2].split()
    first, second = (desk.run(*words, "--json").report for _ in range(2))
    assert apply(desk, first).code == 0
    assert apply(desk, second).code in {0, 2, 3, 6}
    assert desk.run(*words).code in {0, 3}
    assert (len(credit_notes(desk)), len(invoices(desk))) == (1, 2)


@pytest.mark.extended
def test_px34_whoever_asks_for_a_credit_is_told_why_the_new_document_bars_it(desk: Desk) -> None:
    desk.stage.xero.order("lock", period="2026-11-10")
    renamed(desk)
    shown = desk.run("plan", f"invoices/crm:{deal_of(desk)}", "--way", "credit")
    assert "credit in books" not in shown.out
    dated = "books.Date of the new one would be 2026-"
    assert f"no credit: {dated}" in shown.out
    assert "and the books are closed up to 2026-11-10: change that date" in shown.out
    assert "--way credit" not in shown.out, "nobody is offered what cannot be done"
    assert "nothing that was named is held" not in shown.out


@pytest.mark.extended
def test_px34_a_draft_is_edited_and_an_invoice_of_which_nothing_is_held_is_left(desk: Desk) -> None:
    asked = ("plan", f"invoices/crm:{deal_of(desk)}", "--way", "credit")
    left = desk.run(*asked)
    assert "credit in books" not in left.out
    assert "nothing of it is held" in left.out + left.err
    assert (left.out + left.err).count("credit:") == 1, "one reason, and none for the deal, which nobody can credit"
    assert "nothing that was named is held" not in left.out + left.err
    customers = desk.run("plan", "customers", "--way", "credit")
    assert (customers.code, "nothing that it writes can be credited" in customers.err) == (2, True)


@pytest.mark.extended
def test_t06_undo_of_a_credit_names_the_document_that_stays(desk: Desk) -> None:
    renamed(desk)
    ended = credited(desk)
    assert ended.code == 0
    run = re.search(r"\"run\": \"([^\"]+)\"", ended.err)
    assert run is not None
    assert desk.run("run").code == 0
    shown = desk.run("undo", run[1], "--json").report
    (note,) = credit_notes(desk)
    told = [one for one in shown["left"] if note["CreditNoteID"] in one["why"]]
    assert [one["record"].partition(":")[0] for one in told] == ["invoices/books"]
    assert [one["do"] for one in shown["operations"] if one["do"] != "agree"] == ["delete in books"], shown["left"]
