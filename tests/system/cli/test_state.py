"""The state database in trouble: the process killed amid updates, copied while a run is on, not writable."""

from __future__ import annotations

import ctypes
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.crash.machine import LACKING, Machine
from system.forked import HUNG
from system.northwind.stage import sandbox

GUARDS = "guards: {creates: 1000, updates: 2000, share: 100%}\n"
MANY = 210
"""More than one batch of updates to Salesforce, and several batches of creates in Xero."""
HORIZON = 1000
"""Seconds until a request without an answer can no longer take effect, and some more."""
ROOT = "/services/data/v66.0"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project with customers in Salesforce only, on a machine whose clock can be set."""
    if LACKING:
        pytest.skip(LACKING)
    with sandbox() as running:
        (tmp_path / "project").mkdir()
        machine = Machine.build(tmp_path)
        made = Desk(tmp_path / "project", running, dict(machine.env()))
        made.write(GUARDS)
        records = [
            {
                "attributes": {"type": "Account"},
                "Name": f"Customer {number:03}",
                "Type": "Customer - Direct",
                "AccountNumber": f"A{number:03}",
            }
            for number in range(MANY)
        ]
        for start in range(0, MANY, 200):
            body = {"records": records[start : start + 200]}
            assert running.salesforce.http.post(f"{ROOT}/composite/sobjects", json=body).status_code == 200
        yield made


def wait(desk: Desk, seconds: int) -> None:
    """Let time pass, for the systems and for us."""
    desk.stage.advance(seconds)
    Machine(Path(desk.more["LD_PRELOAD"]), Path(desk.more["MACHINE"])).advance(seconds)


def query(desk: Desk, text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.stage.salesforce.http.get(f"{ROOT}/query", params={"q": text}).json()["records"]
    return found


def contacts(desk: Desk) -> dict[str, str]:
    """Account number -> id, of every contact."""
    found: dict[str, str] = {}
    for page in range(1, MANY // 100 + 2):
        rows = desk.stage.xero.http.get(f"/api.xro/2.0/Contacts?page={page}&pageSize=100").json()["Contacts"]
        for row in rows:
            assert row["AccountNumber"] not in found
            found[row["AccountNumber"]] = row["ContactID"]
    return found


def creates(desk: Desk) -> int:
    return sum(count for call, count in desk.stage.xero.calls().items() if call.startswith("PUT "))


def updates(desk: Desk) -> int:
    return desk.stage.salesforce.calls().get("collections.update", 0)


@pytest.mark.extended
def test_updates_of_salesforce_killed_before_their_answer_rest_and_then_converge(desk: Desk) -> None:
    desk.let_through()
    assert desk.run("run").code == 0
    for number, id in contacts(desk).items():
        desk.stage.xero.order("edit", object="Contact", id=id, fields={"Name": f"New {number}"})
    before = updates(desk)
    process = desk.start("run")
    while process.poll() is None and updates(desk) == before:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=HUNG)
    assert process.returncode == -signal.SIGKILL
    accounts = {row["AccountNumber"]: row for row in query(desk, "SELECT Id, AccountNumber, Name FROM Account")}
    written = [number for number, row in accounts.items() if row["Name"] == f"New {number}"]
    assert written
    mine, phoned = (accounts[number]["Id"] for number in written[:2])
    desk.stage.salesforce.order("edit", object="Account", id=mine, fields={"Name": "Mine"})
    desk.stage.salesforce.order("edit", object="Account", id=phoned, fields={"Phone": "0123456"})

    desk.stage.reset()
    assert desk.run("run").code == 0
    effects = desk.stage.salesforce.effects().get("Account", {})
    assert effects.get("updated", 0) == MANY - len(written), "what may have been written is not written again"
    wait(desk, HORIZON)
    assert desk.run("run").code == 0
    names = {row["AccountNumber"]: row["Name"] for row in query(desk, "SELECT AccountNumber, Name FROM Account")}
    assert names == {number: f"New {number}" for number in names} | {written[0]: "Mine"}
    ids = contacts(desk)
    shown = {
        number: desk.stage.xero.http.get(f"/api.xro/2.0/Contacts/{ids[number]}").json()["Contacts"][0]
        for number in written[:2]
    }
    assert shown[written[0]]["Name"] == "Mine"
    assert any(phone.get("PhoneNumber") == "0123456" for phone in shown[written[1]]["Phones"])
    desk.stage.reset()
    assert desk.run("run").code == 0
    assert (desk.stage.salesforce.effects(), desk.stage.xero.effects()) == ({}, {})


@pytest.mark.extended
def test_a_copy_that_was_taken_while_a_run_was_on_makes_nothing_twice(desk: Desk) -> None:
    stopped = desk.run("run", "--json").report["stopped"]["command"].split()[1:]
    copies = copied_while(desk, desk.start(*stopped))
    assert len(copies) > 1, "the run made several batches"
    assert desk.run("run").code == 0
    made = contacts(desk)
    assert len(made) == MANY
    wait(desk, HORIZON)
    for copy in (copies[0], copies[-1]):
        desk.forget()
        shutil.copy(copy, desk.database)
        back = desk.run("run", "--json")
        assert back.code == 0, back
        assert contacts(desk) == made
        assert desk.run("audit", "verify").code == 0
        desk.stage.reset()
        assert desk.run("run").code == 0
        assert (desk.stage.salesforce.effects(), desk.stage.xero.effects()) == ({}, {})


def copied_while(desk: Desk, process: subprocess.Popen[str]) -> list[Path]:
    """Copy the database as the page for operators says, after each batch of creates, until the run ends."""
    copies: list[Path] = []
    seen = creates(desk)
    while process.poll() is None:
        if creates(desk) > seen:
            seen = creates(desk)
            copy = desk.folder / f"copy{len(copies)}.db"
            with closing(sqlite3.connect(desk.database)) as state:
                state.execute("VACUUM INTO ?", (str(copy),))
            copies.append(copy)
        time.sleep(0.002)
    process.communicate(timeout=HUNG)
    assert process.returncode == 0
    return copies


# --- rights -------------------------------------------------------------------------------------------------------

DROP, WRITE_ANYTHING, READ_ANYTHING = 24, 1, 2
"""prctl(PR_CAPBSET_DROP), CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: without them root obeys a file's mode, too."""


def obey_modes() -> None:
    system = ctypes.CDLL(None)
    for right in (WRITE_ANYTHING, READ_ANYTHING):
        system.prctl(DROP, right, 0, 0, 0)


@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.extended
def test_a_state_that_cannot_be_written_is_refused_by_name_and_a_file_can_still_be_read(desk: Desk, what: str) -> None:
    desk.let_through()
    path, mode = (desk.database, 0o400) if what == "file" else (desk.database.parent, 0o500)
    usual = path.stat().st_mode
    path.chmod(mode)
    try:
        shown = desk.run("status", before=obey_modes)
        refused = [desk.run(word, before=obey_modes) for word in ("plan", "run")]
    finally:
        path.chmod(usual)
    if what == "file":
        assert shown.code == 0, shown
    else:  # SQLite keeps files beside the database even to read it
        refused.append(shown)
    for ended in refused:
        assert ended.code == 1, ended
        assert "can't be opened for writing" in ended.err
        assert "give write access" in ended.err
    assert desk.run("run").code == 0
