"""notify: people are told once, again while it lasts, and when it is over; one message a run, never a failed run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_running import valid
from system.forked import Ended
from system.northwind.stage import sandbox

SECRET = "hook-7f3a9c1e5b2d8f4a6c0e"


@dataclass
class Hook:
    """A webhook on this machine, and what it was sent."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200

    def take(self) -> list[dict[str, Any]]:
        """Give what came since the last time."""
        found, self.got = self.got, []
        return found


@contextmanager
def listening() -> Iterator[Hook]:
    hook = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            hook.got.append({"path": self.path, **body})
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    hook.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as made:
        yield made


NOTIFY = """\
notify:
  expect_run_every: 5m
  silence_after: 3
  to:
    ops: {webhook: "${env:OPS_HOOK}"}
    finance: {url: "${env:FINANCE}"}
  send: {failures: ops, silence: ops, recovery: ops, reviews: finance}
"""


@pytest.fixture
def desk(tmp_path: Path, hook: Hook) -> Iterator[Desk]:
    with sandbox() as running:
        finance = hook.url.replace("http://", "json://")
        addresses = {"OPS_HOOK": f"{hook.url}/{SECRET}", "FINANCE": f"{finance}/finance"}
        made = Desk(tmp_path, running, addresses)
        made.write(NOTIFY)
        yield made


def hours_pass(desk: Desk, hours: float) -> None:
    """Have everything that was told, and every run, lie further back."""
    connection = sqlite3.connect(desk.database)
    with connection:
        for table, column, key in (("alert", "told_at", "key"), ("alert", "since", "key"), ("run", "ended", "id")):
            rows = connection.execute(f"SELECT {key}, {column} FROM {table}").fetchall()  # noqa: S608  # names of ours
            for name, at in rows:
                if at is None:
                    continue
                then = datetime.fromisoformat(at).astimezone(UTC) - timedelta(hours=hours)
                text = then.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (text, name))  # noqa: S608  # as above
    connection.close()


def quiet(desk: Desk, ended: Ended) -> None:
    """Nothing that is secret was shown."""
    assert SECRET not in ended.out + ended.err
    assert SECRET.encode() not in desk.database.read_bytes()


@pytest.mark.extended
def test_sx54_first_failure_repeat_and_recovery_one_message_a_run(desk: Desk, hook: Hook) -> None:
    desk.account("Acme", "A1")
    stopped = desk.run("run", "--json")
    assert stopped.code == 5
    (first,) = hook.take()
    assert first["path"] == f"/{SECRET}"
    assert first["title"] == "[northwind] 1 new"
    assert first["type"] == "failure"
    assert stopped.report["stopped"]["command"] in first["message"]
    quiet(desk, stopped)

    assert desk.run("run").code == 5
    assert hook.take() == []
    for hours, told in ((1.1, True), (1.1, False), (1.1, True), (3.9, False), (0.2, True), (7.9, False)):
        hours_pass(desk, hours)
        assert desk.run("run").code == 5
        assert [one["title"] for one in hook.take()] == (["[northwind] 1 still so"] if told else [])

    assert desk.run(*desk.run("run", "--json").report["stopped"]["command"].split()[1:]).code == 0
    assert desk.run("run").code == 0
    (over,) = hook.take()
    assert (over["title"], over["type"]) == ("[northwind] 1 over", "success")
    assert "no plan is stopped by a guard any more" in over["message"]
    assert desk.run("run").code == 0
    assert hook.take() == []


@pytest.mark.extended
def test_sx54_several_things_are_one_message_and_questions_go_to_whom_they_concern(desk: Desk, hook: Hook) -> None:
    desk.account("Twin Ltd", "T1")
    desk.contact("Twin Ltd")
    desk.account("Brook", "B1")
    assert desk.run("run").code == 5
    finance, ops = sorted(hook.take(), key=lambda one: str(one["path"]))
    assert "a guard stopped the plan" in ops["message"]
    assert "wait for an answer" not in ops["message"]
    assert "customers: 1 wait for an answer" in finance["message"]
    assert "a guard" not in finance["message"]
    assert desk.run(*desk.run("run", "--json").report["stopped"]["command"].split()[1:]).code in {0, 3}
    assert desk.run("run").code in {0, 3}
    hook.take()
    desk.account("Twin Two", "T2")
    desk.contact("Twin Two")
    assert desk.run("run").code == 3
    (more,) = [one for one in hook.take() if one["path"] == "/finance"]
    assert more["title"] == "[northwind] 1 new"
    assert "customers: 2 wait for an answer" in more["message"]


NOTICES = """\
  - use: salesforce-xero
    change:
      customers:
        notices:
          welcome: {date: crm.CreatedDate, days: [0, 400], say: A new customer}
          later: {when: books.EmailAddress, date: crm.CreatedDate, days: [0], say: It has an address}
"""


def test_sx66_a_notice_is_told_once_to_whom_it_is_for(desk: Desk, hook: Hook) -> None:
    desk.replace("  - use: salesforce-xero\n", NOTICES)
    desk.replace("reviews: finance}", "reviews: finance, by_notice: {welcome: finance}}")
    desk.account("Acme", "A1")
    stopped = desk.run("run", "--json")
    desk.run(*stopped.report["stopped"]["command"].split()[1:])
    ended = desk.run("run", "--json")
    (event,) = valid("run-report", ended.report)["notices"]
    assert (event["notice"], event["say"], event["days"]) == ("welcome", "A new customer", 0)
    assert event["records"][1].startswith("customers/books:")
    (told,) = [one for one in hook.take() if one["path"] == "/finance"]
    assert "DUE\nA new customer: customers/books:" in told["message"]
    again = desk.run("run", "--json")
    assert again.report["notices"] == []
    assert hook.take() == []


@pytest.mark.extended
def test_sx54_what_needs_a_person_is_told_at_once_and_an_outage_when_it_lasts(desk: Desk, hook: Hook) -> None:
    assert desk.run("run").code == 0
    right = desk.yaml.read_text("utf-8")
    desk.replace(desk.stage.xero.access["url"], "http://127.0.0.1:9")
    for number in range(3):
        assert desk.run("run").code == 75
        assert len(hook.take()) == (1 if number == 2 else 0)
    desk.yaml.write_text(right, "utf-8")
    assert desk.run("run").code == 0
    (over,) = hook.take()
    assert "xero works again" in over["message"]
    desk.replace(desk.stage.xero.access["tenant_id"], "11111111-2222-4333-8444-555555555555")
    assert desk.run("run").code == 6
    (told,) = hook.take()
    assert (told["title"], told["type"]) == ("[northwind] 1 new", "failure")
    assert "xero:" in told["message"]


@pytest.mark.extended
def test_sx54_silence_is_told_by_another_scheduler_and_ends_with_the_next_run(desk: Desk, hook: Hook) -> None:
    assert desk.run("run").code == 0
    assert desk.run("status", "--alert").code == 0
    assert hook.take() == []
    hours_pass(desk, 0.3)
    silent = desk.run("status", "--alert", "--json")
    assert silent.code == 3
    assert silent.report["silent"] is True
    (told,) = hook.take()
    assert "no run has ended since" in told["message"]
    assert desk.run("status", "--alert").code == 3
    assert hook.take() == []
    assert desk.run("run").code == 0
    (over,) = hook.take()
    assert "a run has ended again" in over["message"]
    assert desk.run("status", "--alert").code == 0
    assert hook.take() == []


@pytest.mark.extended
def test_sx54_a_message_that_fails_is_a_warning_and_is_tried_again(desk: Desk, hook: Hook) -> None:
    desk.account("Acme", "A1")
    hook.status = 503
    failed = desk.run("run", "--json")
    assert failed.code == 5
    assert failed.report["stopped"] is not None
    assert "ops was not told" in failed.err
    quiet(desk, failed)
    assert len(hook.take()) == 1
    hook.status = 200
    assert desk.run("run").code == 5
    (again,) = hook.take()
    assert again["title"] == "[northwind] 1 new"
    gone = desk.run("run", env={"OPS_HOOK": f"http://alerts.example/{SECRET}"})
    assert gone.code == 5
    assert hook.take() == []


@pytest.mark.extended
def test_sx54_a_run_that_cannot_be_made_is_told(desk: Desk, hook: Hook) -> None:
    assert desk.run("run").code == 0
    right = desk.yaml.read_text("utf-8")
    desk.replace('client_id: "${env:XERO_CLIENT_ID}"', 'client_id: "${env:NOWHERE}"')
    assert desk.run("run").code == 2
    (told,) = hook.take()
    assert "no run:" in told["message"]
    desk.yaml.write_text(right, "utf-8")
    assert desk.run("run").code == 0
    (over,) = hook.take()
    assert "runs can be made again" in over["message"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("${env:OPS_HOOK}", "https://hooks.example/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx",
         "literal-secret"),
        ("${env:FINANCE}", "slack://tokens/of/mine", "literal-secret"),
        ("failures: ops", "failures: opps", "did you mean ops?"),
        ('{webhook: "${env:OPS_HOOK}"}', '{webhook: "${env:OPS_HOOK}", url: "${env:FINANCE}"}', "bad-receiver"),
        ("silence: ops", "silent: ops", "unknown-key"),
    ],
)  # fmt: skip
@pytest.mark.extended
def test_sx54_what_is_wrong_in_notify_is_named(desk: Desk, old: str, new: str, told: str) -> None:
    desk.replace(old, new)
    ended = desk.run("check")
    assert ended.code == 2
    assert told in ended.out + ended.err


@pytest.mark.extended
def test_sx54_clear_text_over_a_network_and_unchecked_certificates_are_refused(desk: Desk, hook: Hook) -> None:
    desk.account("Acme", "A1")
    for address, told in {
        f"http://alerts.example/{SECRET}": "no https URL",
        f"https://user:{SECRET}@alerts.example/": "no https URL",
    }.items():
        ended = desk.run("run", env={"OPS_HOOK": address})
        assert ended.code == 5
        assert told in ended.err
        quiet(desk, ended)
    desk.replace('{webhook: "${env:OPS_HOOK}"}', '{url: "${env:OPS_HOOK}"}')
    for address, told in {
        f"json://alerts.example/{SECRET}": "reached in clear text",
        f"jsons://alerts.example/{SECRET}?verify=no": "switches the check of certificates off",
        f"nosuch://{SECRET}": "knows no such kind of address",
    }.items():
        ended = desk.run("run", env={"OPS_HOOK": address})
        assert ended.code == 5
        assert told in ended.err
        quiet(desk, ended)
    assert hook.take() == []


@pytest.mark.extended
def test_sx54_without_apprise_the_way_to_install_it_is_named(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "sitecustomize.py").write_text("import sys\nsys.modules['apprise'] = None\n")
    ended = desk.run("run", env={"PYTHONPATH": str(tmp_path / "without")})
    assert ended.code == 2
    assert "pip install 'tieout[alerts]'" in ended.err
    desk.yaml.write_text(desk.yaml.read_text("utf-8").replace(NOTIFY, ""), "utf-8")
    assert desk.run("run", env={"PYTHONPATH": str(tmp_path / "without")}).code == 0
    ended = desk.run("status", "--alert")
    assert ended.code == 2
    assert "expect_run_every" in ended.err


def test_sx54_receivers_can_be_tried_before_anything_is_wrong(desk: Desk, hook: Hook) -> None:
    tried = desk.run("status", "--try-alerts")
    assert (tried.code, tried.out.split()) == (0, ["reached", "finance", "reached", "ops"])
    assert [one["title"] for one in hook.take()] == ["[northwind] a trial"] * 2
    hook.status = 404
    failed = desk.run("status", "--try-alerts", "--json")
    assert failed.code == 3
    told = failed.report["receivers"]
    assert [(one["receiver"], one["reached"]) for one in told] == [("finance", False), ("ops", False)]
    assert all("404" in one["why"] for one in told), told
    quiet(desk, failed)
    both = desk.run("status", "--alert", "--try-alerts")
    assert both.code == 2
    assert "one at a time" in both.err
    desk.write("")
    nobody = desk.run("status", "--try-alerts")
    assert nobody.code == 2
    assert "names nobody" in nobody.err
