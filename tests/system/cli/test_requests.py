"""What is made only for a person who asks for it, and what only because another record needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import query, with_lines
from system.northwind.stage import sandbox

ON_REQUEST = """\
  - use: salesforce-xero
    change:
      invoices: {create: {books: {when: crm.IsWon, do: request}}}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with asking(tmp_path) as made:
        yield made


@contextmanager
def asking(folder: Path) -> Iterator[Desk]:
    """Give a project in which invoices are asked for, with a customer in both systems."""
    with sandbox() as running:
        made = Desk(folder, running)
        made.write()
        made.replace("  - use: salesforce-xero\n", ON_REQUEST)
        made.account("Acme", "A1")
        made.let_through()
        assert made.run("run").code == 0
        yield made


def invoices(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.stage.xero.http.get("/api.xro/2.0/Invoices?page=1").json()["Invoices"]
    return found


def items(desk: Desk) -> list[str]:
    return sorted(row["Code"] for row in desk.stage.xero.http.get("/api.xro/2.0/Items").json()["Items"])


def apply(desk: Desk, plan: dict[str, Any]) -> None:
    """Apply a plan, letting it pass its guards."""
    guards = ",".join(dict.fromkeys(one["guard"] for one in plan["guards"]))
    ended = desk.run("apply", plan["plan"], *(("--allow", guards) if guards else ()))
    assert ended.code == 0, ended


def cities(desk: Desk) -> list[str]:
    rows = desk.stage.xero.http.get("/api.xro/2.0/Contacts?page=1").json()["Contacts"]
    return [one["City"] for row in rows for one in row["Addresses"] if one.get("City")]


def acme(desk: Desk) -> str:
    return str(query(desk, "SELECT Id FROM Account")[0]["Id"])


@pytest.mark.extended
def test_sx31_nothing_is_pending_until_somebody_asks(desk: Desk) -> None:
    desk.deal("Quiet", acme(desk))
    for _ in range(2):
        ended = desk.run("run", "--json")
        assert (ended.code, ended.report["reviews"], ended.report["holds"]) == (0, [], []), ended
    assert invoices(desk) == []


def test_sx31_the_plan_shows_the_invoice_and_only_that_one_is_sent(desk: Desk) -> None:
    wanted, other = desk.deal("Wanted", acme(desk)), desk.deal("Other", acme(desk))
    shown = desk.run("plan", f"invoices/crm:{wanted}", "--create", "--json")
    (create,) = [one for one in shown.report["operations"] if one["do"] == "create in books"]
    assert create["source"] == f"invoices/crm:{wanted}"
    assert desk.run("run").code in {0, 3}
    assert invoices(desk) == []  # asked for, and not approved yet
    (question,) = desk.run("review", "list", "--json").report
    assert (question["kind"], question["record"]) == ("request", f"invoices/crm:{wanted}")
    apply(desk, shown.report)
    assert [row["Reference"] for row in invoices(desk)] == ["Wanted"]
    assert desk.run("run").code == 0
    assert len(invoices(desk)) == 1, other
    assert desk.run("review", "list", "--json").report == []


@pytest.mark.extended
def test_sx31_a_refused_request_is_forgotten_and_may_be_made_again(desk: Desk) -> None:
    deal = desk.deal("Refused", acme(desk))
    assert desk.run("plan", f"invoices/crm:{deal}", "--create").code == 0
    (question,) = desk.run("review", "list", "--json").report
    assert desk.run("review", "answer", str(question["id"]), "no").code == 0
    assert desk.run("run").code == 0
    assert (invoices(desk), desk.run("review", "list", "--json").report) == ([], [])
    assert desk.run("plan", f"invoices/crm:{deal}", "--create").code == 0
    assert len(desk.run("review", "list", "--json").report) == 1


@pytest.mark.extended
def test_sx31_a_request_that_nobody_wants_any_more_is_withdrawn_by_its_number_or_its_plan(desk: Desk) -> None:
    first, second = (desk.deal(name, acme(desk)) for name in ("First", "Second"))
    plan = desk.run("plan", f"invoices/crm:{first}", "--create")
    hint = f"forget it:  tieout review forget --plan {plan.out.split()[1]}"
    assert hint in plan.out
    desk.run("plan", f"invoices/crm:{second}", "--create")
    listed = desk.run("review", "list")
    assert "tieout review forget N withdraws a request" in listed.out
    withdrawn = desk.run("review", "forget", "--plan", plan.out.split()[1], "--why", "cancelled")
    assert (withdrawn.code, "forgotten: 1 request" in withdrawn.out) == (0, True)
    (left,) = desk.run("review", "list", "--json").report
    assert second in left["record"]
    again = desk.run("review", "forget", str(left["id"]))
    assert (again.code, f"forgotten: request {left['id']}" in again.out) == (0, True)
    assert desk.run("review", "list", "--json").report == []
    whys = {
        one["record"]: (one["answer"], one["why"]) for one in desk.run("review", "list", "--answered", "--json").report
    }
    assert whys == {
        f"invoices/crm:{first}": ("no", "cancelled"),
        f"invoices/crm:{second}": ("no", "the request was withdrawn"),
    }
    assert desk.run("review", "forget").code == 2
    assert desk.run("run").code == 0
    assert invoices(desk) == []


@pytest.mark.extended
def test_px10_all_records_may_be_asked_for_at_once_and_later_only_the_new_ones(desk: Desk) -> None:
    for name in ("One", "Two"):
        desk.deal(name, acme(desk))
    first = desk.run("plan", "invoices", "--create", "--json")
    assert sum(one["do"] == "create in books" for one in first.report["operations"]) == 2
    apply(desk, first.report)
    desk.deal("Three", acme(desk))
    later = desk.run("plan", "invoices", "--create", "--json")
    assert sum(one["do"] == "create in books" for one in later.report["operations"]) == 1


@pytest.mark.extended
def test_sx34_needed_items_are_made_with_the_invoice_that_names_them_and_never_else(desk: Desk) -> None:
    deal = with_lines(desk, acme(desk), 2)
    assert desk.run("run").code == 0
    assert items(desk) == []
    shown = desk.run("plan", f"invoices/crm:{deal}", "--create", "--json")
    made = [one["source"].partition("/")[0] for one in shown.report["operations"] if one["do"] == "create in books"]
    assert made == ["products", "products", "invoices"]
    apply(desk, shown.report)
    assert items(desk) == ["T0", "T1"]
    assert [row["ItemCode"] for row in invoices(desk)[0]["LineItems"]] == ["T0", "T1"]
    assert desk.run("run").code == 0
    assert desk.run("plan", "--exit-code").code == 0


@pytest.mark.extended
def test_px20_an_update_on_request_waits_for_it_and_is_used_up_by_it(desk: Desk) -> None:
    desk.replace("      invoices:", "      customers: {update: {books: request}}\n      invoices:")
    desk.stage.salesforce.order("edit", object="Account", id=acme(desk), fields={"BillingCity": "Bath"})
    for _ in range(2):
        ended = desk.run("run", "--json")
        assert (ended.code, ended.report["reviews"]) == (0, []), (ended.report["stopped"], ended.err)
    shown = desk.run("plan", f"customers/crm:{acme(desk)}", "--update", "--json")
    assert [one["do"] for one in shown.report["operations"]] == ["update in books"]
    apply(desk, shown.report)
    assert cities(desk) == ["Bath"]
    desk.stage.salesforce.order("edit", object="Account", id=acme(desk), fields={"BillingCity": "York"})
    assert desk.run("run").code == 0
    assert cities(desk) == ["Bath"]


WRONG = (
    (("--create",), "--create needs to be told what for"),
    (("customers", "--create"), "customers has no `create: request`"),
    (("invoices/crm:006nobody", "--create"), "there is no Opportunity 006nobody in crm"),
    (("invoices", "--yes"), "--yes approves what --create, --update, --way or --pick asks for"),
)


@pytest.mark.extended
def test_what_cannot_be_asked_for_is_said(desk: Desk) -> None:
    for words, told in WRONG:
        ended = desk.run("plan", *words)
        assert ended.code == 2, ended
        assert told in ended.err
