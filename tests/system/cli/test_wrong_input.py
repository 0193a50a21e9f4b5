"""What a new user does wrong: each ends in a clear message and the right exit code, and the next run is clean."""

from __future__ import annotations

import platform
import resource
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from system.cli.desk import SIGNALS, Desk, interrupted, run_tieout
from tieout.store import lease
from tieout.store.database import RUN, Database

NO_TRACE = "Traceback"


def test_no_project_names_the_way_to_one(tmp_path: Path) -> None:
    ended = run_tieout(["run"], tmp_path)
    assert ended.code == 2
    assert "there is no tieout.yaml" in ended.err
    assert "tieout init" in ended.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["chek"], "there is no command 'chek'; did you mean check"),
        (["run", "--jsn"], "--json"),
        (["run", "--deadline", "soon"], "90s, 10m or 2h"),
        (["run", "--fail-on", "sometimes"], "'any', 'new', 'never'"),
        (["apply"], "missing argument 'PLAN'"),
        (["describe", "salesforc"], "did you mean salesforce"),
        (["run", "--env", "prodution"], "there is no environment 'prodution'"),
        (["apply", "no-such-file.json"], "neither a plan's digest nor a file"),
        (["apply", "0123", "--allow", "create"], "did you mean creates"),
        (["apply", "0123"], "no saved plan with the digest '0123'"),
        (["plan", "custmers"], "did you mean customers"),
        (["plan", "customers/crn:1"], "did you mean crm"),
        (["plan", "customers/crm"], "names no record"),
        (["help", "unknown-feild"], "did you mean unknown-field"),
        (["adapters", "xerro"], "did you mean xero"),
        (["sandbox", "--only", "xerro"], "did you mean xero"),
        (["test", "custmers"], "did you mean customers"),
        (["audit", "verify", "--head", "12"], "NUMBER:HASH"),
        (["review", "show", "12"], "there is no open question 12"),
    ],
)
def test_a_typo_on_the_command_line(desk: Desk, words: list[str], told: str) -> None:
    if words[0] == "review":
        desk.run("plan")
    ended = desk.run(*words)
    assert ended.code == 2, ended
    assert told in ended.err
    assert NO_TRACE not in ended.err
    assert ended.out == ""


def test_a_typo_in_the_project(desk: Desk) -> None:
    desk.replace("organisation:", "organization:")
    ended = desk.run("run")
    assert ended.code == 2
    assert "tieout.yaml:6:5  error[unknown-key]" in ended.err
    assert "nearest: organisation" in ended.err
    assert "2 errors in the project; nothing was done" in ended.err
    assert ended.out == ""


def test_typos_in_mappings_are_told_together_and_as_json(desk: Desk) -> None:
    assert desk.run("check", "--online").code == 0  # the systems' fields are known from now on
    (desk.folder / "mappings").mkdir()
    (desk.folder / "mappings" / "one.yaml").write_text(MAPPING.replace("books: Name", "books: Nane"))
    (desk.folder / "mappings" / "two.yaml").write_text(MAPPING.replace("mapping: suppliers", "mapping: two\nonn: 1"))
    desk.replace("  - use: salesforce-xero", "  - use: mappings/")
    ended = desk.run("run", "--json")
    assert ended.code == 2
    assert ended.report["error"]["exit_code"] == 2
    found = {(one["file"], one["code"]): one for one in ended.report["problems"]}
    assert found["mappings/one.yaml", "unknown-field"]["nearest"][0] == "Name"
    assert found["mappings/two.yaml", "unknown-key"]["line"] == 2
    (desk.folder / "mappings" / "two.yaml").unlink()
    desk.replace("Nane", "Name", desk.folder / "mappings" / "one.yaml")
    assert desk.run("check", "--online").code == 0


def test_a_missing_secret(desk: Desk) -> None:
    ended = run_tieout(["run"], desk.folder, {"SF_CLIENT_ID": "x"})
    assert ended.code == 2
    assert "the environment variable SF_CLIENT_SECRET is not set" in ended.err
    assert "the environment variable XERO_CLIENT_ID is not set" in ended.err
    assert "export SF_CLIENT_SECRET" in ended.err
    assert desk.run("check").code == 0


def test_a_literal_secret(desk: Desk) -> None:
    desk.replace('"${env:SF_CLIENT_SECRET}"', "hunter2-hunter2")
    ended = desk.run("run")
    assert ended.code == 2
    assert "error[literal-secret]" in ended.err


def test_a_refused_secret_needs_a_person(desk: Desk) -> None:
    ended = desk.run("run", "--json", env={"SF_CLIENT_SECRET": "another-secret-altogether"})
    assert ended.code == 6
    assert ended.report["connections"][0]["fault"] == "Unauthorised"
    assert "another-secret-altogether" not in ended.err + ended.out
    assert desk.run("plan").code == 0


def test_the_wrong_organisation(desk: Desk) -> None:
    desk.replace(desk.stage.xero.access["tenant_id"], "11111111-2222-4333-8444-555555555555")
    ended = desk.run("run", "--json")
    assert ended.code == 6
    (fault,) = ended.report["connections"]
    assert (fault["name"], fault["fault"]) == ("xero", "WrongOrganisation")
    assert desk.stage.xero.access["tenant_id"] in fault["message"]
    assert set(ended.report["refused"]) == {"customers", "products", "invoices", "quotes", "credit_notes"}


def test_an_organisation_that_is_not_pinned(desk: Desk) -> None:
    tenant = desk.stage.xero.access["tenant_id"]
    desk.replace(f'    organisation: "{tenant}"\n', "")
    ended = desk.run("run")
    assert ended.code == 2
    assert f'organisation: "{tenant}"' in ended.err


def test_a_system_that_is_down(desk: Desk, unused_port: int) -> None:
    desk.replace(desk.stage.xero.access["url"], f"http://127.0.0.1:{unused_port}")
    ended = desk.run("run", "--json")
    assert ended.code == 75
    (fault,) = ended.report["connections"]
    assert fault["fault"] == "Unreachable"
    assert NO_TRACE not in ended.err


@pytest.fixture
def unused_port() -> int:
    import socket  # noqa: PLC0415  # only here

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_a_database_from_the_future(desk: Desk) -> None:
    assert desk.run("plan").code == 0
    with sqlite3.connect(desk.database) as connection:
        connection.execute("UPDATE tieout_version SET version_num = '9999'")
    connection.close()
    ended = desk.run("run")
    assert ended.code == 1
    assert "made by a newer Tieout" in ended.err
    assert "pip install --upgrade tieout" in ended.err


def test_a_database_that_is_none(desk: Desk) -> None:
    desk.database.parent.mkdir()
    desk.database.write_bytes(b"this is no database at all" * 100)
    ended = desk.run("run")
    assert ended.code == 1
    assert ".tieout/state.db is not a state database" in ended.err
    assert NO_TRACE not in ended.err


def test_a_full_disk(desk: Desk) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    ended = desk.run("run", before=small)
    assert ended.code == 1
    assert NO_TRACE not in ended.err
    assert "error:" in ended.err
    assert desk.run("plan").code == 0


def test_two_runs_at_once(desk: Desk) -> None:
    assert desk.run("plan").code == 0
    database = Database.open(
        f"sqlite:{desk.database}", clock=lambda: datetime.now(UTC), project_folder=desk.folder, create=False
    )
    epoch = lease.acquire(database, RUN, "elsewhere process 4711", timedelta(minutes=5))
    ended = desk.run("run", "--json")
    assert ended.code == 75
    assert ended.report["error"]["class"] == "Busy"
    assert "elsewhere process 4711 holds the lease" in ended.err
    with database.write() as tx:
        lease.release(tx, RUN, epoch)
    database.close()
    assert desk.run("plan").code == 0


@pytest.mark.skipif(not Path("/proc/self/ns/pid").exists(), reason="the machine has no process namespaces to name")
def test_a_run_that_was_killed_keeps_nobody_out(desk: Desk) -> None:
    assert desk.run("plan").code == 0
    killed = subprocess.Popen([sys.executable, "-c", "pass"])
    killed.wait()
    owner = f"{platform.node()} {Path('/proc/self/ns/pid').readlink()} process {killed.pid}"
    database = Database.open(
        f"sqlite:{desk.database}", clock=lambda: datetime.now(UTC), project_folder=desk.folder, create=False
    )
    lease.acquire(database, RUN, owner, timedelta(minutes=5))
    database.close()
    assert desk.run("plan").code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_it_reads(desk: Desk, number: signal.Signals) -> None:
    process = desk.start("run", "-v")
    ended = interrupted(process, number, '"event": "request"')
    assert ended.code == SIGNALS[number]
    assert NO_TRACE not in ended.err
    assert desk.run("plan").code == 0


def test_a_deadline(desk: Desk) -> None:
    ended = desk.run("run", "--deadline", "0s", "--metrics", "figures.prom")
    assert ended.code == 75
    assert "the deadline is reached" in ended.err
    figures = (desk.folder / "figures.prom").read_text()
    assert 'tieout_run_exit_code{project="northwind",environment="none"} 75' in figures
    assert list(desk.folder.glob(".figures*")) == []


def test_the_figures_of_an_old_run_do_not_stand_for_one_that_could_not_begin(desk: Desk) -> None:
    (desk.folder / "figures.prom").write_text("tieout_run_exit_code 0\n")
    desk.yaml.write_text("project: [")
    assert desk.run("run", "--metrics", "figures.prom").code == 2
    figures = (desk.folder / "figures.prom").read_text()
    assert f'tieout_run_exit_code{{project="{desk.folder.name}",environment="none"}} 2' in figures
    assert "tieout_run_exit_code 0" not in figures


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="this machine has no folder in which nobody may write")
def test_figures_that_cannot_be_written_cost_nobody_the_report(desk: Desk) -> None:
    ended = desk.run("run", "--metrics", "/proc/figures.prom")
    assert ended.code == 1
    assert "head " in ended.out
    assert "this machine refuses" in ended.err


def test_a_reader_that_goes_away(desk: Desk) -> None:
    shell = f"set -o pipefail; {sys.executable} -m tieout schema project | head -n 1"
    done = subprocess.run(["bash", "-c", shell], cwd=desk.folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "{\n"


MAPPING = """\
mapping: suppliers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
fields:
  - {crm: Name, books: Name}
"""
