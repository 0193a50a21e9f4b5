"""connect: nothing is kept unless everything went well."""

from __future__ import annotations

import re
import sqlite3
import subprocess

import httpx
import pytest

from system.cli.desk import BASE, Desk
from system.northwind.stage import HUNG, TIEOUT, Ended


@pytest.fixture
def asks_a_person(desk: Desk) -> Desk:
    """A project whose ledger wants a person's consent."""
    desk.replace("grant: custom_connection", "grant: pkce")
    return desk


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


def test_client_credentials_are_tried_and_the_token_kept(desk: Desk) -> None:
    ended = desk.run("connect", "salesforce")
    assert ended.code == 0, ended
    assert "salesforce is connected to Tieout Sandbox Ltd" in ended.out
    assert kept(desk) == ["salesforce"]
    assert desk.stage.salesforce.access["client_secret"].encode() not in desk.database.read_bytes()


def test_a_refused_secret_leaves_nothing(desk: Desk) -> None:
    ended = desk.run("connect", "xero", env={"XERO_CLIENT_SECRET": "wrong-wrong-wrong"})
    assert ended.code == 6
    assert kept(desk) == []


def test_the_wrong_organisation_leaves_nothing(desk: Desk) -> None:
    desk.replace(desk.stage.xero.access["tenant_id"], "11111111-2222-4333-8444-555555555555")
    ended = desk.run("connect", "xero")
    assert ended.code == 6
    assert "tieout.yaml pins 11111111-2222-4333-8444-555555555555" in ended.err
    assert kept(desk) == []


def test_a_person_consents_in_a_browser(asks_a_person: Desk) -> None:
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


def test_a_person_cancels(asks_a_person: Desk) -> None:
    desk = asks_a_person
    desk.stage.xero.order("consent", answer="cancel")
    process = desk.start("connect", "xero", "--port", "0")
    httpx.get(invited(process), follow_redirects=True)
    ended = finished(process)
    desk.stage.xero.order("consent", answer="allow")
    assert ended.code == 6
    assert "consent was not given" in ended.err
    assert kept(desk) == []


def test_an_address_is_pasted(asks_a_person: Desk) -> None:
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
