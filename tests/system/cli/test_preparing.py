"""init, check, describe, schema, adapters, help, test: before anything runs."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import stat
import struct
import subprocess
import termios
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from system.cli.desk import BASE, Desk, run_tieout
from system.forked import TIEOUT
from tieout.cli.table import COMMANDS

PACKS = Path(__file__).parents[3] / "mappings"


def test_init_makes_a_project_that_runs_on_the_sandbox(desk: Desk, tmp_path: Path) -> None:
    access = {"salesforce": dict(desk.stage.salesforce.access), "xero": dict(desk.stage.xero.access)}
    ended = run_tieout(["init", "acme", "--sandbox", "-"], tmp_path, stdin=json.dumps(access))
    assert ended.code == 0, ended
    folder = tmp_path / "acme"
    text = (folder / "tieout.yaml").read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=schemas/project.schema.json\n")
    assert access["xero"]["client_secret"] not in text
    secret = folder / ".tieout" / "sandbox" / "xero.client_secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert (folder / ".gitignore").read_text() == ".tieout/\n"
    assert (folder / "mappings").is_dir()
    assert (folder / "tests").is_dir()
    assert run_tieout(["check", "--online"], folder).code == 0
    again = run_tieout(["init", "acme"], tmp_path)
    assert again.code == 2
    assert "there is a project in acme already" in again.err


def test_init_without_a_sandbox_names_what_is_missing(tmp_path: Path) -> None:
    assert run_tieout(["init", "--name", "acme"], tmp_path).code == 0
    assert "project: acme" in (tmp_path / "tieout.yaml").read_text()
    ended = run_tieout(["check"], tmp_path)
    assert ended.code == 2
    assert "the environment variable SALESFORCE_URL is not set" in ended.out
    assert not (tmp_path / ".tieout").exists()


def test_init_says_how_long_what_shows_in_full_reads_only_may_wait(tmp_path: Path) -> None:
    assert run_tieout(["init", "acme", "--only", "spotlercrm,xero"], tmp_path).code == 0
    text = (tmp_path / "acme" / "tieout.yaml").read_text("utf-8")
    assert text.count("full_read") == 1
    spotlercrm = text[text.index("  spotlercrm:") : text.index("  xero:")]
    told = "full_read: 6h  # deletions, and changes of lines and people alone, show in full reads"
    assert told in spotlercrm
    assert " ".join(told.split()) in " ".join((PACKS / "spotlercrm-xero" / "tieout.yaml").read_text("utf-8").split())


@pytest.mark.parametrize("text", ["", "[]", '{"xero": 1}', '{"xero": {}}'])
def test_init_refuses_what_no_sandbox_printed(tmp_path: Path, text: str) -> None:
    ended = run_tieout(["init", "--sandbox", "-"], tmp_path, stdin=text)
    assert ended.code == 2
    assert "this is not what tieout sandbox prints" in ended.err
    assert list(tmp_path.iterdir()) == []


def test_check_asks_nobody_unless_it_is_told_to(desk: Desk) -> None:
    desk.stage.reset()
    offline = desk.run("check", "--json")
    assert offline.code == 0
    assert offline.report["fields_checked"] is False
    assert desk.stage.salesforce.calls() == {}
    assert not desk.database.exists()
    online = desk.run("check", "--online", "--json").report
    assert online["fields_checked"] is True
    assert {one["name"] for one in online["connections"]} == {"salesforce", "xero"}
    assert any(finding["code"] == "calls-left" for one in online["connections"] for finding in one["findings"])
    assert desk.run("check", "--json").report["fields_checked"] is True


def test_check_online_says_which_connection_needs_a_person(desk: Desk) -> None:
    ended = desk.run("check", "--online", env={"XERO_CLIENT_SECRET": "wrong-wrong-wrong"})
    assert ended.code == 6
    assert "xero  Unauthorised" in ended.out
    assert "salesforce  connected to" in ended.out
    assert "next: check the credentials of xero" in ended.out
    assert "not checked as they are now: xero did not let us in" in ended.out
    plan = desk.run("plan", env={"XERO_CLIENT_SECRET": "wrong-wrong-wrong"})
    assert plan.code == 6
    assert "nothing to do in what could be read" in plan.out
    (left,) = [line for line in plan.err.splitlines() if line.startswith("left out  customers")]
    assert left.count("xero: ") == 1, left


@pytest.mark.extended
def test_describe_shows_objects_and_fields_and_keeps_them(desk: Desk) -> None:
    assert "Contact" in desk.run("describe", "xero").out
    shown = desk.run("describe", "xero", "Contact")
    assert shown.code == 0
    assert any(line.startswith("Phones.DEFAULT") for line in shown.out.splitlines())
    desk.replace(desk.stage.xero.access["url"], "http://127.0.0.1:9")
    kept = desk.run("describe", "xero", "Contact")
    assert kept.code == 0
    assert kept.out == shown.out
    assert "this is what was kept" in kept.err
    assert desk.run("describe", "xero", "Contact", "--offline").err == ""
    assert desk.run("describe", "xero", "Invoice").code == 75


def test_describe_names_the_nearest_object(desk: Desk) -> None:
    ended = desk.run("describe", "xero", "Contacts")
    assert ended.code == 2
    assert "did you mean Contact" in ended.err


def test_t14_schema_knows_the_project_after_it_was_described(desk: Desk) -> None:
    assert desk.run("check", "--online").code == 0
    ended = desk.run("schema", "--write", "--json")
    assert ended.code == 0
    for name in ended.report:
        Draft7Validator.check_schema(json.loads((desk.folder / name).read_text("utf-8")))
    own = desk.run("schema", "customers").out
    assert '"Phones.DEFAULT"' in own
    assert '"Phones.DEFAULT"' not in desk.run("schema").out


def test_sx01_adapters_are_listed_with_what_a_connection_needs(tmp_path: Path) -> None:
    listing = run_tieout(["adapters", "--json"], tmp_path).report
    assert {one["name"]: one["status"] for one in listing if one["distribution"] == "tieout"} == {
        "salesforce": "ok",
        "spotlercrm": "ok",
        "xero": "ok",
        "packs": "ok",
        "transforms": "ok",
    }
    shown = run_tieout(["adapters", "xero"], tmp_path).out
    assert "calls_per_day" in shown
    assert "client_secret" in shown


@pytest.mark.parametrize("command", [*COMMANDS])
def test_every_command_that_the_help_lists_explains_itself(tmp_path: Path, command: str) -> None:
    ended = run_tieout([command, "--help"], tmp_path)
    assert ended.code == 0, ended
    assert f"Usage: tieout {command}" in ended.out
    assert run_tieout(["help", command], tmp_path).out.startswith("Usage:")


def test_help_explains_codes_and_topics(tmp_path: Path) -> None:
    assert "unknown-field" in run_tieout(["help", "unknown-field"], tmp_path).out
    assert " 75  not now" in run_tieout(["help", "exit-codes"], tmp_path).out
    assert "customers/crm:" in run_tieout(["help", "records"], tmp_path).out


def test_help_explains_what_adapters_say(tmp_path: Path) -> None:
    shown = run_tieout(["help", "FIELD_CUSTOM_VALIDATION_EXCEPTION"], tmp_path)
    assert shown.code == 0, shown
    assert "a code of the adapter salesforce" in shown.out
    assert "tieout status" in shown.out
    both = run_tieout(["help", "calls-left", "--json"], tmp_path)
    assert set(both.report["adapters"]) == {"salesforce", "xero"}
    unknown = run_tieout(["help", "SOME_CODE_OF_A_SYSTEM"], tmp_path)
    assert unknown.code == 2
    assert "tieout status shows its own words" in unknown.err


def test_t10_mapping_tests_run_without_any_system(desk: Desk) -> None:
    none = desk.run("test")
    assert (none.code, none.out) == (0, "there are no mapping tests\n")
    (desk.folder / "tests").mkdir()
    (desk.folder / "tests" / "broken.yaml").write_text("test: customers\ncasess: []\n")
    ended = desk.run("test")
    assert ended.code == 2
    assert "tests/broken.yaml:2:1" in ended.out
    assert not desk.database.exists()


def on_a_terminal(words: list[str], folder: Path, **env: str) -> str:
    """Run a command with a terminal of 80 columns as its output."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    done = subprocess.run([TIEOUT, *words], cwd=folder, env={**BASE, "TERM": "xterm", **env}, stdout=theirs, check=True)
    os.close(theirs)
    assert done.returncode == 0
    with os.fdopen(ours, "rb", buffering=0) as stream:
        return stream.read(65_536).decode()


def test_colour_is_for_terminals_alone(tmp_path: Path) -> None:
    assert "\x1b[32mok\x1b[0m" in on_a_terminal(["adapters"], tmp_path)
    assert "\x1b" not in on_a_terminal(["adapters"], tmp_path, NO_COLOR="1")
    assert "\x1b" not in run_tieout(["adapters"], tmp_path).out


def test_a_table_fits_the_terminal(tmp_path: Path) -> None:
    shown = on_a_terminal(["adapters", "xero"], tmp_path, NO_COLOR="1")
    assert all(len(line.rstrip("\r")) <= 80 for line in shown.split("\n"))
    assert len(shown.splitlines()) > len(run_tieout(["adapters", "xero"], tmp_path).out.splitlines())
