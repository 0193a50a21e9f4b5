"""Ways out of a hold as plans: an approved invoice is voided and made anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import query
from system.northwind.stage import sandbox


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project with a customer, and a deal whose invoice was approved and whose name changed afterwards."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        made.account("Acme", "A1")
        made.let_through()
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
    command = hold["ways_out"][-1].rpartition("tieout ")[2]
    plan: dict[str, Any] = desk.run(*command.split(), "--json").report
    return plan


def apply(desk: Desk, plan: dict[str, Any]) -> Any:
    guards = ",".join(dict.fromkeys(one["guard"] for one in plan["guards"]))
    return desk.run("apply", plan["plan"], *(("--allow", guards) if guards else ()))


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
