"""The state database is lost, or an older copy comes back: links are rebuilt from the keys that the systems keep."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.northwind.stage import sandbox


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Three customers in agreement, one of them spelt in two ways, on a sandbox of its own."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        for name, number in (("Acme  Ltd", "A1"), ("Brook", "B1"), ("Çafé", "C1")):
            made.account(name, number, Phone="030 1")
        made.let_through()
        assert made.run("run").code == 0
        assert {one["Name"] for one in contacts(made)} == {"Acme Ltd", "Brook", "Çafé"}
        running.advance(900)
        running.reset()
        yield made


def contacts(desk: Desk) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = desk.stage.xero.http.get("/api.xro/2.0/Contacts").json()["Contacts"]
    return rows


def account_of(desk: Desk, number: str) -> str:
    query = {"q": "SELECT Id, AccountNumber FROM Account"}
    rows = desk.stage.salesforce.http.get("/services/data/v66.0/query", params=query).json()["records"]
    return str(next(row["Id"] for row in rows if row["AccountNumber"] == number))


def test_t08_links_are_rebuilt_and_nothing_is_written_where_values_agree(desk: Desk) -> None:
    desk.forget()
    planned = desk.run("plan", "--json", "--exit-code")
    assert planned.code == 0, planned
    assert {one["do"] for one in planned.report["operations"]} == {"link", "agree"}
    assert planned.report["notes"] == ["customers: rebuilt 3 links from keys that the systems keep"]
    ended = desk.run("run")
    assert ended.code == 0, ended
    assert "rebuilt 3 links" in ended.out
    assert (desk.stage.salesforce.effects(), desk.stage.xero.effects()) == ({}, {})
    assert "nothing to do" in desk.run("plan").out


@pytest.mark.extended
def test_t08_what_differs_is_named_and_waits_for_a_person(desk: Desk) -> None:
    desk.forget()
    brook = account_of(desk, "B1")
    desk.stage.salesforce.order("edit", object="Account", id=brook, fields={"Phone": "030 2"})
    desk.stage.reset()
    stopped = desk.run("run", "--json")
    assert stopped.code == 5, stopped
    (guard,) = stopped.report["stopped"]["guards"]
    assert guard["guard"] == "first-run"
    assert "3 links were rebuilt from keys" in guard["message"]
    assert (desk.stage.salesforce.effects(), desk.stage.xero.effects()) == ({}, {})
    shown = desk.run("plan", "--show", stopped.report["stopped"]["plan"][:12], "--json").report
    (written,) = [one for one in shown["operations"] if "fields" in one]
    assert written["record"] == f"customers/crm:{brook}"
    assert "crm.Phone=books.Phones.DEFAULT" in written["fields"]
    applied = desk.run(*stopped.report["stopped"]["command"].split()[1:])
    assert applied.code == 0, applied
    assert len(contacts(desk)) == 3


@pytest.mark.extended
def test_t08_an_older_copy_of_the_state_makes_no_twin(desk: Desk) -> None:
    shutil.copy(desk.database, desk.folder / "copy.db")
    dora = desk.account("Dora", "D1")
    assert desk.run("run").code == 0
    assert len(contacts(desk)) == 4
    desk.forget()
    shutil.move(desk.folder / "copy.db", desk.database)
    desk.stage.reset()
    ended = desk.run("run", "--json")
    assert ended.code == 0, ended
    assert "customers: rebuilt 1 link from keys that the systems keep" in ended.report["passes"][0]["notes"]
    assert desk.stage.xero.effects() == {}
    assert len(contacts(desk)) == 4
    assert dora == account_of(desk, "D1")
