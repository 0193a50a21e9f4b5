"""Ways out of a hold as plans: an approved invoice is voided and made anew, or what it does not take is noted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk, with_customer
from system.cli.test_deals import query
from tieout.api import open_project


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project with a customer, and a deal whose invoice was approved and whose name changed afterwards."""
    with with_customer(tmp_path) as made:
        assert made.run("run").code == 0
        deal = made.deal("Harbour", str(query(made, "SELECT Id FROM Account")[0]["Id"]), Amount=100)
        assert made.run("run").code == 0
        (invoice,) = invoices(made)
        made.stage.xero.order("approve", invoice=invoice["InvoiceID"])
        made.stage.salesforce.order("edit", object="Opportunity", id=deal, fields={"Name": "Harbour wall"})
        assert made.run("run").code in {0, 3}
        yield made


def invoices(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.stage.xero.http.get("/api.xro/2.0/Invoices?page=1").json()["Invoices"]
    return found


def stand(desk: Desk) -> list[tuple[str, str]]:
    return sorted((row["Status"], row["Reference"]) for row in invoices(desk))


def held(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.run("status", "--json").report["holds"]
    return [one for one in found if one["code"] == "locked"]


def planned(desk: Desk) -> dict[str, Any]:
    (hold,) = held(desk)
    (way,) = [one for one in hold["ways_out"] if one.endswith("--way reissue")]
    command = way.rpartition("tieout ")[2]
    plan: dict[str, Any] = desk.run(*command.split(), "--json").report
    return plan


def apply(desk: Desk, plan: dict[str, Any]) -> Any:
    guards = ",".join(dict.fromkeys(one["guard"] for one in plan["guards"]))
    return desk.run("apply", plan["plan"], *(("--allow", guards) if guards else ()))


@pytest.mark.extended
def test_px34_an_approved_invoice_is_voided_and_made_anew_by_a_plan(desk: Desk) -> None:
    assert stand(desk) == [("AUTHORISED", "Harbour")]
    plan = planned(desk)
    assert [one["do"] for one in plan["operations"] if one["do"] != "agree"] == ["void in books", "create in books"]
    assert stand(desk) == [("AUTHORISED", "Harbour")]
    assert desk.run("run").code in {0, 3}
    assert stand(desk) == [("AUTHORISED", "Harbour")], "it is asked for, and not approved yet"
    assert apply(desk, plan).code == 0
    assert stand(desk) == [("DRAFT", "Harbour wall"), ("VOIDED", "Harbour")]
    assert desk.run("run").code == 0
    assert stand(desk) == [("DRAFT", "Harbour wall"), ("VOIDED", "Harbour")]
    assert desk.run("plan", "--exit-code").code == 0
    assert (held(desk), desk.run("review", "list", "--json").report) == ([], [])
    assert desk.run("verify").code == 0, "the void document is no twin of the new one"


@pytest.mark.extended
def test_px34_what_stands_in_the_way_of_the_new_one_leaves_the_old_one_as_it_is(desk: Desk) -> None:
    plan = planned(desk)
    desk.stage.xero.order("pay", invoice=invoices(desk)[0]["InvoiceID"], amount=1)
    ended = apply(desk, plan)
    assert ended.code in {0, 3}
    assert stand(desk) == [("AUTHORISED", "Harbour")]
    shown = desk.run("plan", f"invoices/books:{invoices(desk)[0]['InvoiceID']}", "--way", "reissue")
    assert "void in books" not in shown.out


@pytest.mark.extended
def test_px34_a_new_one_that_was_refused_is_made_later_without_another_question_and_once(desk: Desk) -> None:
    plan = planned(desk)
    contact = invoices(desk)[0]["Contact"]["ContactID"]
    desk.stage.xero.order("archive", object="Contact", id=contact)
    assert apply(desk, plan).code == 3
    assert stand(desk) == [("VOIDED", "Harbour")]
    desk.stage.xero.order("restore", object="Contact", id=contact)
    assert desk.run("retry", "invoices").code in {0, 3}
    for _ in range(2):
        assert desk.run("run").code in {0, 3}
    assert stand(desk) == [("DRAFT", "Harbour wall"), ("VOIDED", "Harbour")]


@pytest.mark.extended
def test_px34_a_refused_way_is_forgotten(desk: Desk) -> None:
    planned(desk)
    (question,) = [one for one in desk.run("review", "list", "--json").report if one["kind"] == "request"]
    assert desk.run("review", "answer", str(question["id"]), "no").code == 0
    assert desk.run("run").code in {0, 3}
    assert stand(desk) == [("AUTHORISED", "Harbour")]
    assert len(held(desk)) == 1


@pytest.mark.extended
def test_px34_a_way_needs_a_record_and_one_request_at_a_time(desk: Desk) -> None:
    bare, both = desk.run("plan", "--way", "reissue"), desk.run("plan", "invoices", "--create", "--way", "reissue")
    assert (bare.code, both.code) == (2, 2)
    assert "tieout plan MAPPING/SIDE:ID --way reissue" in bare.err
    assert "two requests" in both.err
    customers = desk.run("plan", "customers", "--way", "reissue")
    assert (customers.code, "nothing can be reissued" in customers.err) == (2, True)


def noted(desk: Desk) -> list[str]:
    """Give the notes in the history of the one invoice."""
    (invoice,) = invoices(desk)
    found = desk.stage.xero.http.get(f"/api.xro/2.0/Invoices/{invoice['InvoiceID']}/History").json()["HistoryRecords"]
    return [str(row["Details"]) for row in found if row["Changes"] == "Note"]


def note(desk: Desk) -> dict[str, Any]:
    """Ask for a note by the command that the hold offers."""
    (hold,) = held(desk)
    (command,) = [way for way in hold["ways_out"] if way.endswith("--way note")]
    plan: dict[str, Any] = desk.run(*command.rpartition("tieout ")[2].split(), "--json").report
    return plan


def wire(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in plan["operations"] if one["do"] != "agree"]


def test_px34_what_an_approved_invoice_does_not_take_is_noted_in_its_history_by_a_plan(desk: Desk) -> None:
    plan = note(desk)
    (operation,) = wire(plan)
    assert (operation["do"], plan["guards"], operation.get("effect")) == ("note in books", [], None)
    assert "Reference: Harbour -> Harbour wall" in operation["note"].splitlines()
    assert noted(desk) == []
    assert operation["note"].splitlines()[1] in desk.run("plan", "--show", plan["plan"]).out
    assert desk.run("run").code in {0, 3}
    assert noted(desk) == [], "it is asked for, and not approved yet"
    assert desk.run("apply", plan["plan"]).code == 0
    assert noted(desk) == [operation["note"]]
    assert held(desk) == []
    assert desk.run("run", "--fail-on", "any").code == 0
    assert desk.run("plan", "--exit-code").code == 0
    assert "noted" in desk.run("status").out
    assert desk.run("audit", "replay", "--compare").code == 0
    assert (len(noted(desk)), stand(desk)) == (1, [("AUTHORISED", "Harbour")])


@pytest.mark.extended
def test_px34_a_paid_invoice_is_noted_by_either_side_s_id_and_held_again_once_a_value_moves(desk: Desk) -> None:
    (invoice,) = invoices(desk)
    desk.stage.xero.order("pay", invoice=invoice["InvoiceID"], amount=invoice["Total"])
    (deal,) = query(desk, "SELECT Id FROM Opportunity")
    desk.stage.salesforce.order("edit", object="Opportunity", id=deal["Id"], fields={"Amount": 130})
    assert desk.run("run").code in {0, 3}
    shown = desk.run("plan", f"invoices/books:{invoice['InvoiceID']}", "--way", "note", "--yes")
    assert (shown.code, "UnitAmount 100 -> 130" in shown.out) == (0, True), shown
    (text,) = noted(desk)
    assert "LineItems: 0 added, 1 changed" in text
    assert (desk.run("run").code, held(desk)) == (0, [])
    desk.stage.salesforce.order("edit", object="Opportunity", id=deal["Id"], fields={"Amount": 140})
    assert desk.run("run").code == 3
    assert len(held(desk)) == 1
    assert apply(desk, note(desk)).code == 0
    assert "UnitAmount 100 -> 140" in noted(desk)[1]


@pytest.mark.extended
def test_px34_what_moved_since_the_plan_is_not_noted(desk: Desk) -> None:
    plan = note(desk)
    (deal,) = query(desk, "SELECT Id FROM Opportunity")
    desk.stage.salesforce.order("edit", object="Opportunity", id=deal["Id"], fields={"Name": "Harbour pier"})
    ended = apply(desk, plan)
    assert "stale" in ended.out
    assert noted(desk) == []
    assert desk.run("run").code in {0, 3}
    assert (noted(desk), len(held(desk))) == ([], 1)


@pytest.mark.extended
def test_px34_the_undo_of_a_note_holds_again_what_it_settled_and_says_that_it_stays(desk: Desk) -> None:
    run = desk.run("apply", note(desk)["plan"], "--json").report["run"]
    taken_back = desk.run("undo", run)
    assert "the note stays in the history" in taken_back.out
    assert "hold again" in taken_back.out
    plan = desk.run("undo", run, "--json").report
    assert desk.run("apply", plan["plan"]).code == 0
    assert desk.run("run").code == 3
    assert (len(held(desk)), len(noted(desk))) == (1, 1)
    assert desk.run("audit", "replay", "--compare").code == 0


@pytest.mark.extended
def test_px34_verify_counts_what_is_noted_as_kept(desk: Desk) -> None:
    apply(desk, note(desk))
    assert desk.run("run").code == 0
    found = desk.run("verify", "invoices", "--json").report
    (mismatch,) = [one for one in found["mismatches"] if "Reference" in one["field"]]
    assert (mismatch["cause"], "noted in its history" in mismatch["message"]) == ("kept", True)


@pytest.mark.extended
def test_px34_a_program_asks_for_a_note(desk: Desk) -> None:
    (deal,) = query(desk, "SELECT Id FROM Opportunity")
    project = open_project(desk.folder, env={**os.environ, **desk.stage.secrets})
    plan = project.plan(f"invoices/crm:{deal['Id']}", ask="note")
    assert [one["do"] for one in plan.writes] == ["note in books"]
    assert project.approve(plan, who="ann").exit_code == 0
    assert noted(desk) == [plan.writes[0]["note"]]


@pytest.mark.extended
def test_px34_a_note_needs_something_that_is_held_and_a_system_that_keeps_notes(desk: Desk) -> None:
    (deal,) = query(desk, "SELECT Id FROM Opportunity")
    bare = desk.run("plan", "--way", "note")
    assert (bare.code, "tieout plan MAPPING/SIDE:ID --way note" in bare.err) == (2, True)
    wrong = desk.run("plan", f"invoices/crm:{deal['Id']}", "--way", "notes")
    assert (wrong.code, "note" in wrong.err) == (2, True)
    (account,) = query(desk, "SELECT Id FROM Account")
    free = desk.run("plan", f"customers/crm:{account['Id']}", "--way", "note")
    assert (free.code, "nothing that was named is held" in free.out) == (0, True)
    alone = desk.deal("Pier", str(account["Id"]), StageName="Prospecting")
    unlinked = desk.run("plan", f"invoices/crm:{alone}", "--way", "note")
    assert (unlinked.code, "nothing that was named is held" in unlinked.out) == (0, True)
    nobody = desk.run("plan", "invoices/crm:006000000000000AAA", "--way", "note")
    assert nobody.code == 2
    assert noted(desk) == []
