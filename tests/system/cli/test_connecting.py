"""connect: nothing is kept unless everything went well."""

from __future__ import annotations

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from system.cli.desk import BASE, Desk
from system.forked import HUNG, TIEOUT, Ended
from system.northwind.stage import sandbox


@pytest.fixture
def asks_a_person(desk: Desk) -> Desk:
    """A project whose ledger wants a person's consent."""
    desk.replace("grant: custom_connection", "grant: pkce")
    return desk


@pytest.fixture
def writing(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own, whose logins may be ended."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        yield made


def kept(desk: Desk) -> list[str]:
    if not desk.database.exists():
        return []
    connection = sqlite3.connect(desk.database)
    try:
        # A token is kept under its connection and what it opens.
        return [name.split()[0] for (name,) in connection.execute("SELECT connection FROM token ORDER BY connection")]
    finally:
        connection.close()


def invited(process: subprocess.Popen[str]) -> str:
    """Give the page that a person is asked to open."""
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"https?://\S+", line):
            return found[0]
    raise AssertionError("no page was named")


def finished(process: subprocess.Popen[str]) -> Ended:
    out, err = process.communicate(timeout=HUNG)
    return Ended(process.returncode, out, err)


def test_sx02_client_credentials_are_tried_and_the_token_kept(desk: Desk) -> None:
    ended = desk.run("connect", "salesforce")
    assert ended.code == 0, ended
    assert "salesforce is connected to Tieout Sandbox Ltd" in ended.out
    assert kept(desk) == ["salesforce"]
    assert desk.stage.salesforce.access["client_secret"].encode() not in desk.database.read_bytes()


def test_sx02_a_refused_secret_leaves_nothing(desk: Desk) -> None:
    ended = desk.run("connect", "xero", env={"XERO_CLIENT_SECRET": "wrong-wrong-wrong"})
    assert ended.code == 6
    assert kept(desk) == []


def test_px01_the_wrong_organisation_leaves_nothing(desk: Desk) -> None:
    desk.replace(desk.stage.xero.access["tenant_id"], "11111111-2222-4333-8444-555555555555")
    ended = desk.run("connect", "xero")
    assert ended.code == 6
    assert "tieout.yaml pins 11111111-2222-4333-8444-555555555555" in ended.err
    assert kept(desk) == []


def test_sx02_a_person_consents_in_a_browser(asks_a_person: Desk) -> None:
    desk = asks_a_person
    assert desk.run("plan").code == 6  # nobody has connected yet
    process = desk.start("connect", "xero", "--port", "0")
    came_back = httpx.get(invited(process), follow_redirects=True)
    assert "you can close this page" in came_back.text
    ended = finished(process)
    assert ended.code == 0, ended
    assert "xero is connected to Harbour Supplies Ltd" in ended.out
    assert "xero" in kept(desk)
    assert desk.run("plan").code == 0


def test_sx02_a_person_cancels(asks_a_person: Desk) -> None:
    desk = asks_a_person
    desk.stage.xero.order("consent", answer="cancel")
    process = desk.start("connect", "xero", "--port", "0")
    httpx.get(invited(process), follow_redirects=True)
    ended = finished(process)
    desk.stage.xero.order("consent", answer="allow")
    assert ended.code == 6
    assert "consent was not given" in ended.err
    assert kept(desk) == []


def test_sx02_an_address_is_pasted(asks_a_person: Desk) -> None:
    desk = asks_a_person
    process = subprocess.Popen(
        [TIEOUT, "connect", "xero", "--paste"],
        cwd=desk.folder,
        env={**BASE, **desk.stage.secrets},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    address = httpx.get(invited(process)).headers["location"]
    out, err = process.communicate(f"{address}\n", timeout=HUNG)
    assert process.returncode == 0, err
    assert "xero is connected to" in out
    assert kept(desk) == ["xero"]


@pytest.mark.extended
def test_sx02_what_is_no_address_is_answered_with_what_is_expected(asks_a_person: Desk) -> None:
    for garbage in ("garbage", "http://localhost:8976/callback", "http://["):
        ended = asks_a_person.run("connect", "xero", "--paste", stdin=f"{garbage}\n")
        assert ended.code == 6
        assert "ends with ?code=…&state=…" in ended.err
        assert "tieout connect xero --paste" in ended.err
    assert kept(asks_a_person) == []


def test_an_answer_to_another_request_is_refused(asks_a_person: Desk) -> None:
    ended = asks_a_person.run("connect", "xero", "--paste", stdin="http://localhost:8976/callback?code=x&state=y\n")
    assert ended.code == 6
    assert "the answer to another request" in ended.err
    assert kept(asks_a_person) == []


def test_a_secret_comes_from_standard_input(desk: Desk) -> None:
    desk.replace('"${env:SF_CLIENT_SECRET}"', '"${secret:sf_client_secret}"')
    missing = desk.run("run")
    assert missing.code == 2
    assert "nothing is stored under 'sf_client_secret'" in missing.err
    assert desk.run("connect", "--secret", "sf_client_secret", stdin="").code == 2
    secret = desk.stage.salesforce.access["client_secret"]
    stored = desk.run("connect", "--secret", "sf_client_secret", stdin=secret + "\n")
    assert stored.code == 0
    assert secret not in stored.out + stored.err
    assert secret.encode() not in desk.database.read_bytes()
    assert desk.run("plan").code == 0


def test_it_says_what_can_be_connected(desk: Desk) -> None:
    ended = desk.run("connect")
    assert ended.code == 2
    assert "connections: salesforce, xero" in ended.err


# --- taking a connection back -----------------------------------------------------------------------------------------


def access(desk: Desk) -> dict[str, dict[str, object]]:
    ended = desk.run("audit", "access", "--json")
    assert ended.code == 0, ended
    return {row["connection"]: row for row in ended.report}


def consented(desk: Desk) -> None:
    process = desk.start("connect", "xero", "--port", "0")
    httpx.get(invited(process), follow_redirects=True)
    ended = finished(process)
    assert ended.code == 0, ended


def test_px01_disconnect_ends_the_login_wipes_it_and_keeps_the_links(writing: Desk) -> None:
    desk = writing
    desk.replace("grant: custom_connection", "grant: pkce")
    consented(desk)
    desk.account("Acme", "K1")
    desk.let_through()
    before = desk.run("status", "--json").report["mappings"]
    token = desk.run("connect", "salesforce")
    assert token.code == 0, token

    ended = desk.run("disconnect", "xero", "--json")
    assert ended.code == 0, ended
    assert ended.report["revoked"] is True
    assert kept(desk) == ["salesforce"]
    for words in (("run",), ("plan",), ("check", "--online"), ("match",)):
        stopped = desk.run(*words)
        assert stopped.code == 6, stopped
        assert "xero is disconnected" in stopped.out + stopped.err
        assert "tieout connect xero" in stopped.out + stopped.err
    assert desk.run("status", "--json").report["mappings"] == before, "links stay"

    consented(desk)
    assert access(desk)["xero"]["state"] == "connected"
    again = desk.run("run", "--json")
    assert again.code == 0, again
    desk.stage.reset()
    assert desk.run("run").code == 0
    assert desk.stage.xero.effects() == {}, "it goes on where it was"


@pytest.mark.extended
def test_sx04_a_persons_login_tells_how_many_days_it_has_left(writing: Desk) -> None:
    desk = writing
    assert desk.run("plan").code == 0
    assert access(desk)["xero"]["expires"] is None, "a custom connection has no login that runs out"
    desk.replace("grant: custom_connection", "grant: pkce")
    before = datetime.now(UTC)
    consented(desk)
    ends = datetime.fromisoformat(str(access(desk)["xero"]["expires"]))
    assert before + timedelta(days=60, seconds=-1) < ends <= datetime.now(UTC) + timedelta(days=60)
    looks = {one["name"]: one["findings"] for one in desk.run("check", "--online", "--json").report["connections"]}
    (told,) = (one["message"] for one in looks["xero"] if one["code"] == "login-ends")
    assert f"ends on {ends:%Y-%m-%d}, in 59 days, if nobody uses it" in told


@pytest.mark.extended
def test_px01_a_login_with_the_apps_own_secret_is_ended_too_and_what_is_left_is_named(writing: Desk) -> None:
    desk = writing
    assert desk.run("connect", "salesforce").code == 0
    ended = desk.run("disconnect", "salesforce")
    assert ended.code == 0, ended
    assert "its login is ended" in ended.out
    assert "${env:SF_CLIENT_SECRET}" in ended.out, "whoever has that can connect again"
    assert desk.run("run").code == 6
    again = desk.run("disconnect", "salesforce", "--json")
    assert (again.code, again.report["wiped"]) == (0, False)
    assert desk.run("connect", "salesforce").code == 0
    assert desk.run("plan").code == 0


@pytest.mark.extended
def test_px01_a_login_that_was_ended_in_xero_needs_a_person(writing: Desk) -> None:
    desk = writing
    desk.replace("grant: custom_connection", "grant: pkce")
    consented(desk)
    desk.stage.xero.order("tokens/revoke")
    stopped = desk.run("run")
    assert stopped.code == 6, stopped
    assert "xero is disconnected: its login was ended" in stopped.out + stopped.err
    assert "tieout connect xero" in stopped.out + stopped.err
    row = access(desk)["xero"]
    assert (row["state"], row["since"] is None) == ("refused", False)
    assert desk.run("disconnect", "xero").code == 0, "what is dead already can be taken back"
    assert access(desk)["xero"]["state"] == "disconnected"
    consented(desk)
    assert access(desk)["xero"]["state"] == "connected"


@pytest.mark.extended
def test_px01_reconnecting_to_another_organisation_is_refused(writing: Desk) -> None:
    desk = writing
    desk.replace("grant: custom_connection", "grant: pkce")
    consented(desk)
    assert desk.run("disconnect", "xero").code == 0
    desk.replace(desk.stage.xero.access["tenant_id"], "11111111-2222-4333-8444-555555555555")
    process = desk.start("connect", "xero", "--port", "0")
    httpx.get(invited(process), follow_redirects=True)
    ended = finished(process)
    assert ended.code == 6, ended
    assert "xero" not in kept(desk)
    assert desk.run("run").code == 6


@pytest.mark.extended
def test_sx63_the_access_review_names_who_granted_what_and_when_it_was_used(desk: Desk) -> None:
    assert desk.run("connect", "salesforce").code == 0
    found = access(desk)
    assert (found["salesforce"]["state"], found["xero"]["state"]) == ("connected", "never used")
    assert found["salesforce"]["granted_by"]
    assert found["salesforce"]["used"]
    assert found["salesforce"]["name"] == "Tieout Sandbox Ltd"
    assert found["salesforce"]["scopes"] == ["api", "id"]
    desk.run("check", "--online")
    seen = access(desk)["xero"]
    assert (seen["state"], seen["granted_by"]) == ("connected", None)
    assert "accounting.contacts" in str(seen["scopes"])
    shown = desk.run("audit", "access").out
    assert "granted by" in shown
    assert desk.stage.salesforce.access["client_secret"] not in shown
    assert "connected" in {entry["kind"] for entry in desk.run("audit", "log", "--json").report}
