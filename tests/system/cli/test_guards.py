"""Guards: what stops a plan, the command that lets exactly this plan through, and who did so."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import BASE, Desk
from system.cli.test_running import valid
from system.forked import HUNG, TIEOUT, Ended
from system.northwind.stage import sandbox

MAPPING = """\
mapping: people
version: 1
between:
  crm: {{connection: salesforce, object: Account}}
  books: {{connection: xero, object: Contact}}
match:
  - {{crm: AccountNumber, books: AccountNumber}}
create: {{books: always}}
delete: {{books: {delete}}}
fields:
  - {{crm: Name, books: Name}}
  - {{crm: AccountNumber, books: AccountNumber}}
"""
HERE = "  - use: mappings/\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own, for these tests write."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        yield made


def plain(desk: Desk, *, delete: str = "archive", guards: str = "") -> None:
    """Use one small mapping instead of the pack."""
    (desk.folder / "mappings").mkdir(exist_ok=True)
    (desk.folder / "mappings" / "people.yaml").write_text(MAPPING.format(delete=delete), "utf-8")
    desk.replace("  - use: salesforce-xero\n", HERE + guards)


def customers(desk: Desk, many: int) -> list[str]:
    """Make customers in the CRM, 200 in a call."""
    made: list[str] = []
    for start in range(0, many, 200):
        rows = [{"attributes": {"type": "Account"}, "Name": f"Firm {n:04}", "AccountNumber": f"F{n:04}"}
                for n in range(start, min(many, start + 200))]  # fmt: skip
        made += [str(row["id"]) for row in collection(desk, "POST", rows)]
    return made


def rename(desk: Desk, ids: list[str], word: str) -> None:
    """Give accounts another name, 200 in a call."""
    for start in range(0, len(ids), 200):
        rows = [{"attributes": {"type": "Account"}, "id": id_, "Name": f"{word} {id_}"}
                for id_ in ids[start : start + 200]]  # fmt: skip
        collection(desk, "PATCH", rows)


def collection(desk: Desk, method: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answer = desk.stage.salesforce.http.request(
        method, "/services/data/v66.0/composite/sobjects", json={"allOrNone": True, "records": rows}
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    assert all(row["success"] for row in found), answer.text
    return found


def delete(desk: Desk, ids: list[str]) -> None:
    """Delete accounts as people do."""
    for id_ in ids:
        answer = desk.stage.salesforce.http.delete(f"/services/data/v66.0/sobjects/Account/{id_}")
        assert answer.status_code == 204, answer.text


def names(desk: Desk) -> dict[str, str]:
    """Read contacts over plain HTTP: account number -> name."""
    rows: list[dict[str, Any]] = []
    while page := desk.stage.xero.read("/api.xro/2.0/Contacts", page=str(len(rows) // 100 + 1))["Contacts"]:
        rows += page
        if len(page) < 100:
            break
    return {str(row["AccountNumber"]): str(row["Name"]) for row in rows if row.get("AccountNumber")}


def in_shell(desk: Desk, command: str, folder: Path) -> Ended:
    """Paste a command into a shell that knows the secrets and where tieout is, and nothing else."""
    env = {**BASE, **desk.stage.secrets, "PATH": f"{Path(TIEOUT).parent}{os.pathsep}{BASE['PATH']}"}
    done = subprocess.run(  # noqa: S602  # pasting into a shell is what is tried
        command, shell=True, cwd=folder, env=env, capture_output=True, text=True, timeout=HUNG, check=False
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def stopped(ended: Ended) -> dict[str, Any]:
    assert ended.code == 5, ended
    found: dict[str, Any] = valid("run-report", ended.report)["stopped"]
    return found


def guards(stop: dict[str, Any]) -> set[str]:
    return {one["guard"] for one in stop["guards"]}


@pytest.mark.parametrize("do", ["keep", pytest.param("archive", marks=pytest.mark.extended)])
def test_t04_a_side_that_lost_all_its_records_stops_the_plan(desk: Desk, do: str) -> None:
    plain(desk, delete=do, guards="guards: {deletes: 100, share: 100%}\n")
    ids = customers(desk, 4)
    desk.let_through()
    assert desk.run("run").code == 0
    delete(desk, ids)
    desk.stage.reset()
    stop = stopped(desk.run("run", "--json"))
    assert guards(stop) == {"emptied"}
    assert "all 4 linked records of crm are gone" in stop["guards"][0]["message"]
    assert (stop["count"], len(stop["operations"])) == (4, 4)
    assert desk.stage.xero.effects() == {}
    again = stopped(desk.run("run", "--json"))
    assert again["plan"] == stop["plan"]

    through = desk.run(*stop["command"].split()[1:])
    assert through.code == 0, through
    assert desk.stage.xero.effects() == ({} if do == "keep" else {"Contact": {"updated": 4}})
    assert desk.run("run").code == 0


@pytest.mark.extended
def test_t04_a_side_that_is_tidied_up_stops_nothing(desk: Desk) -> None:
    plain(desk, guards="guards: {deletes: 100, share: 100%}\n")
    ids = customers(desk, 4)
    desk.let_through()
    assert desk.run("run").code == 0
    delete(desk, ids[:3])
    ended = desk.run("run")
    assert ended.code == 0, ended


def test_t04_a_mass_change_is_stopped_with_the_list_and_the_exact_command(desk: Desk) -> None:
    plain(desk, guards="guards: {updates: 5}\n")
    ids = customers(desk, 12)
    desk.let_through()
    assert desk.run("run").code == 0
    rename(desk, ids, "Mass")
    desk.stage.reset()
    report = desk.run("run")
    assert report.code == 5
    assert "12 updates, and at most 5 are allowed [updates]" in report.out
    assert "12 changes are 100% of 12 linked records, and at most 20% are allowed [share]" in report.out
    assert sum(line.startswith("  update in books  people/books:") for line in report.out.splitlines()) == 12
    assert desk.stage.xero.effects() == {}

    command = report.out.split("let it through:")[1].splitlines()[0].strip()
    digest = command.split()[2]
    part = desk.run("apply", digest, "--allow", "updates", "--json")
    assert guards(stopped(part)) == {"updates", "share"}
    assert part.report["stopped"]["command"] == command
    assert desk.stage.xero.effects() == {}

    pasted = in_shell(desk, command, desk.folder)
    assert pasted.code == 0, pasted
    assert desk.stage.xero.effects() == {"Contact": {"updated": 12}}
    assert all(name.startswith("Mass ") for name in names(desk).values())
    assert desk.run("apply", digest, "--allow", "updates,share").code == 2
    (allowed,) = desk.run("audit", "log", "--kind", "allowed", "--json").report[-1:]
    assert allowed["about"]["guards"] == ["share", "updates"]
    assert allowed["about"]["plan"].startswith(digest)
    assert allowed["about"]["who"]


@pytest.mark.extended
def test_t04_letting_one_plan_through_lets_no_other_through(desk: Desk) -> None:
    plain(desk)
    ids = customers(desk, 12)
    desk.let_through()
    assert desk.run("run").code == 0
    rename(desk, ids, "Once")
    first = stopped(desk.run("run", "--json"))
    rename(desk, ids[:1], "Twice")
    second = stopped(desk.run("run", "--json"))
    assert first["plan"] != second["plan"]
    through = desk.run(*first["command"].split()[1:], "--json")
    assert valid("run-report", through.report)["passes"][0]["ended"] == {"update done": 11, "update stale": 1}
    assert guards(stopped(desk.run("apply", second["plan"][:12], "--json"))) == {"share"}


@pytest.mark.extended
def test_t04_a_mass_delete_is_stopped(desk: Desk) -> None:
    plain(desk)
    ids = customers(desk, 12)
    desk.let_through()
    assert desk.run("run").code == 0
    delete(desk, ids[:4])
    desk.stage.reset()
    stop = stopped(desk.run("run", "--json"))
    assert guards(stop) == {"deletes", "share"}
    assert {one["do"] for one in stop["operations"]} == {"archive in books"}
    assert {one["source"] for one in stop["operations"]} == {f"people/crm:{id_}" for id_ in ids[:4]}
    assert desk.stage.xero.effects() == {}


@pytest.mark.extended
def test_t04_the_command_works_from_where_the_scheduler_called(desk: Desk) -> None:
    desk.replace("project: northwind\n", "project: northwind\nenvironments: {live: {}}\n")
    plain(desk)
    customers(desk, 2)
    outside = desk.folder / "else where"
    outside.mkdir()
    ended = in_shell(desk, "tieout run -C .. --env live --json", outside)
    command = stopped(ended)["command"]
    assert command.endswith("--allow first-run -C .. --env live")
    assert in_shell(desk, command, outside).code == 0
    assert len(names(desk)) == 2
    inside = in_shell(desk, f"TIEOUT_ENV=live tieout run -C '{outside}/..'", desk.folder)
    assert inside.code == 0, inside


@pytest.mark.extended
def test_t04_a_plan_is_not_applied_to_another_organisation(desk: Desk) -> None:
    plain(desk)
    customers(desk, 2)
    stop = stopped(desk.run("run", "--json"))
    desk.replace(desk.stage.xero.access["tenant_id"], "11111111-2222-4333-8444-555555555555")
    desk.stage.reset()
    wrong = desk.run(*stop["command"].split()[1:], "--json")
    assert wrong.code == 6, wrong
    assert desk.stage.xero.effects() == {}
    (connection,) = wrong.report["connections"]
    assert connection["fault"] == "WrongOrganisation"
    assert "11111111-2222-4333-8444-555555555555" in connection["message"]


@pytest.mark.extended
def test_t05_of_500_changes_480_are_applied_and_the_20_that_moved_are_named(desk: Desk) -> None:
    plain(desk)
    ids = customers(desk, 500)
    desk.let_through()
    assert desk.run("run").code == 0
    rename(desk, ids, "Agreed")
    assert desk.run("plan", "--out", "plan.json").code == 0
    document = valid("plan", json.loads((desk.folder / "plan.json").read_text("utf-8")))
    assert len(document["operations"]) == 500
    allow = ",".join(one["guard"] for one in document["guards"])

    moved = ids[::25]
    rename(desk, moved, "Moved")
    desk.stage.reset()
    ended = desk.run("apply", "plan.json", "--allow", allow, "--json")
    assert ended.code == 0, ended
    report = valid("run-report", ended.report)
    assert report["passes"][0]["ended"] == {"update done": 480, "update stale": 20}
    assert desk.stage.xero.effects() == {"Contact": {"updated": 480}}
    assert {one["partner"] for one in report["left"]} == {f"people/crm:{id_}" for id_ in moved}
    assert {one["code"] for one in report["left"]} == {"stale"}
    assert sum(name.startswith("Agreed ") for name in names(desk).values()) == 480

    after = desk.run("run", "--json")
    assert after.code == 0, after
    assert after.report["passes"][0]["ended"] == {"update done": 20}
    assert sum(name.startswith("Moved ") for name in names(desk).values()) == 20
