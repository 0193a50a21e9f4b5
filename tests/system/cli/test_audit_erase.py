"""audit erase: one person's values are gone everywhere, the chain holds, and the next run does no harm."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.northwind.stage import sandbox
from tieout.store import lease
from tieout.store.database import RUN, Database

ACCOUNT = "/services/data/v66.0/sobjects/Account"
CONTACTS = "/api.xro/2.0/Contacts"
PHONE = "+44 20 7946 0001"
LATER = "+44 20 7946 0009"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        yield made


def edit(desk: Desk, id_: str, **fields: Any) -> None:
    desk.stage.salesforce.http.patch(f"{ACCOUNT}/{id_}", json=fields).raise_for_status()


def account(desk: Desk, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.stage.salesforce.http.get(f"{ACCOUNT}/{id_}").json()
    return found


def contact(desk: Desk, name: str) -> dict[str, Any]:
    (found,) = [one for one in desk.stage.xero.http.get(CONTACTS).json()["Contacts"] if one["Name"] == name]
    whole: dict[str, Any] = desk.stage.xero.http.get(f"{CONTACTS}/{found['ContactID']}").json()["Contacts"][0]
    return whole


def brought_over(desk: Desk) -> str:
    """Two customers on both sides, one of them edited once."""
    acme = desk.account("Acme Ltd", "A1", Phone=PHONE, Website="https://acme.example")
    desk.account("Brook Ltd", "B1", Phone="+44 20 7946 0002")
    desk.let_through()
    assert desk.run("run").code == 0
    edit(desk, acme, Phone=LATER)
    assert desk.run("run").code == 0
    return acme


def kept(desk: Desk, text: str) -> list[str]:
    """Name the tables in which a text stands."""
    connection = sqlite3.connect(f"file:{desk.database}?mode=ro", uri=True)
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    query = "SELECT * FROM {}"  # of tables that the database itself names
    found = [name for name in names for row in connection.execute(query.format(name)) if text in str(row)]
    connection.close()
    return sorted(set(found))


def test_sx61_erased_values_are_gone_from_log_and_state_and_the_chain_holds(desk: Desk) -> None:
    acme = brought_over(desk)
    before = desk.run("audit", "verify", "--json").report["head"]
    assert {"audit_value", "link", "operation", "record"} <= set(kept(desk, "7946 0009") + kept(desk, "79460009"))
    ended = desk.run("audit", "erase", f"customers/crm:{acme}", "--yes", "--json")
    assert ended.code == 0, ended
    assert f"customers/crm:{acme}" in ended.report["records"]
    assert len(ended.report["records"]) == 2
    for text in ("Acme", "7946 0009", "7946 0001", "acme.example"):
        assert kept(desk, text) == []
    whole = desk.database.read_bytes()
    assert b"acme.example" not in whole
    assert "audit_value" in kept(desk, "Brook")
    verified = desk.run("audit", "verify", "--head", before, "--json").report
    assert (verified["ok"], verified["erased"]) == (True, ended.report["entries"])
    assert desk.run("audit", "replay", "--compare").code == 0
    (erasure,) = desk.run("audit", "log", "--kind", "erase", "--json").report
    assert erasure["about"]["records"] == ended.report["records"]
    assert erasure["who"]
    told = desk.run("audit", "log", f"customers/crm:{acme}", "--json").report
    assert [one for one in told if one["kind"] == "settled"]
    assert all(one["erased"] for one in told if one["kind"] == "settled")


@pytest.mark.extended
def test_sx61_the_next_run_reads_again_agrees_and_writes_nothing(desk: Desk) -> None:
    acme = brought_over(desk)
    assert desk.run("audit", "erase", f"crm:{acme}", "--yes").code == 0
    desk.stage.reset()
    ended = desk.run("run", "--json")
    assert ended.code == 0, ended
    assert (desk.stage.xero.effects(), desk.stage.salesforce.effects()) == ({}, {})
    assert ended.report["reviews"] == []
    edit(desk, acme, Phone=PHONE)
    assert desk.run("run").code == 0
    assert "0001" in str(contact(desk, "Acme Ltd")["Phones"])
    assert desk.run("audit", "replay", "--compare").code == 0


@pytest.mark.extended
def test_sx61_what_differs_after_an_erasure_is_asked_and_never_overwritten(desk: Desk) -> None:
    acme = brought_over(desk)
    edit(desk, acme, Phone="+44 20 7946 0777")
    assert desk.run("audit", "erase", f"crm:{acme}", "--yes").code == 0
    desk.stage.reset()
    ended = desk.run("run", "--json")
    assert ended.code == 3, ended
    assert (desk.stage.xero.effects(), desk.stage.salesforce.effects()) == ({}, {})
    (question,) = ended.report["reviews"]
    assert "their last agreement was erased" in question["message"]
    assert desk.run("review", "answer", str(question["id"]), "crm").code == 0
    assert desk.run("run").code == 0
    assert "0777" in str(contact(desk, "Acme Ltd")["Phones"])
    assert desk.run("audit", "replay", "--compare").code == 0


@pytest.mark.extended
def test_sx61_a_plan_that_was_made_before_is_not_applied_to_what_was_erased(desk: Desk) -> None:
    acme = brought_over(desk)
    edit(desk, acme, Phone="+44 20 7946 0777")
    digest = desk.run("plan", "--json").report["plan"]
    assert desk.run("audit", "erase", f"crm:{acme}", "--yes").code == 0
    assert "0777" not in desk.run("plan", "--show", digest[:12]).out
    desk.stage.reset()
    applied = desk.run("apply", digest[:12], "--json")
    assert applied.code in {0, 3}, applied
    assert (desk.stage.xero.effects(), desk.stage.salesforce.effects()) == ({}, {})


@pytest.mark.extended
def test_sx61_a_deletion_that_was_not_carried_over_yet_is_still_seen(desk: Desk) -> None:
    acme = brought_over(desk)
    desk.stage.salesforce.http.delete(f"{ACCOUNT}/{acme}").raise_for_status()
    assert desk.run("audit", "erase", f"crm:{acme}", "--yes").code == 0
    ended = desk.run("run", "--json")
    assert ended.code in {0, 3, 5}, ended
    links = desk.run("audit", "replay", "--compare", "--json").report["links"]
    asked = [one["record"] for one in ended.report["reviews"] + ended.report["holds"]]
    states = [one["state"] for one in links if acme in (one["first"], one["second"])]
    assert states == ["ended"] or asked


@pytest.mark.extended
def test_sx61_nothing_is_erased_while_a_run_is_at_work(desk: Desk) -> None:
    acme = brought_over(desk)
    database = Database.open("sqlite:.tieout/state.db", clock=lambda: datetime.now(UTC), project_folder=desk.folder)
    epoch = lease.acquire(database, RUN, "another host", timedelta(minutes=5))
    ended = desk.run("audit", "erase", f"crm:{acme}", "--yes")
    assert ended.code == 75, ended
    assert "another host holds the lease" in ended.err
    with database.write() as tx:
        lease.release(tx, RUN, epoch)
    database.close()
    assert "audit_value" in kept(desk, "Acme")
    assert desk.run("audit", "erase", f"crm:{acme}", "--yes").code == 0


@pytest.mark.extended
def test_sx61_what_was_sent_and_not_answered_is_settled_first(desk: Desk) -> None:
    acme = brought_over(desk)
    connection = sqlite3.connect(desk.database)
    with connection:
        connection.execute(UNSETTLED, (acme,))
    connection.close()
    ended = desk.run("audit", "erase", f"crm:{acme}", "--yes")
    assert ended.code == 75, ended
    assert "the fate of 1 write" in ended.err
    assert "tieout run" in ended.err
    assert "audit_value" in kept(desk, "Acme")


UNSETTLED = """INSERT INTO intent (run, epoch, pair, part, "end", verb, record, source, key, generation, batch, body,
    state, sent_at, until) SELECT 'r', 1, pair, '', 1, 'update', second, first, 'k', 0, 'b', '{}', 'prepared', '', ''
    FROM link WHERE first = ?"""


@pytest.mark.extended
def test_sx61_an_erasure_is_confirmed_and_names_what_it_does_not_find(desk: Desk) -> None:
    acme = brought_over(desk)
    unconfirmed = desk.run("audit", "erase", f"crm:{acme}")
    assert unconfirmed.code == 2
    assert "--yes" in unconfirmed.err
    assert "audit_value" in kept(desk, "Acme")
    assert desk.run("audit", "erase", "crm:unknown", "--yes").code == 2


@pytest.mark.extended
def test_sx61_an_erased_document_agrees_again_line_by_line(desk: Desk) -> None:
    acme = desk.account("Acme Ltd", "A1", Phone=PHONE)
    deal = desk.deal("Ten lamps", acme)
    desk.let_through()
    assert desk.run("run").code == 0
    assert desk.run("audit", "erase", f"invoices/crm:{deal}", "--yes").code == 0
    assert kept(desk, "Ten lamps") == []
    assert "audit_value" in kept(desk, "Acme Ltd")
    desk.stage.reset()
    ended = desk.run("run", "--json")
    assert ended.code == 0, ended
    assert (desk.stage.xero.effects(), desk.stage.salesforce.effects()) == ({}, {})
    assert desk.run("audit", "replay", "--compare").code == 0
    lines = [one["lines"] for one in desk.run("audit", "replay", "--json").report["links"]]
    assert any(lines)
