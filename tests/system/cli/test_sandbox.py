"""`tieout sandbox`: one line of JSON when it listens, tokens that work at once, an end when it is told."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from system.cli.desk import BASE, run_tieout
from system.forked import HUNG, TIEOUT


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [TIEOUT, "sandbox", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=BASE
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_one_line_and_stops_on_a_signal(number: signal.Signals) -> None:
    with started() as process:
        assert process.stdout is not None
        access = json.loads(process.stdout.readline())
        assert set(access) == {"salesforce", "spotlercrm", "xero"}
        crm, books, spotler = access["salesforce"], access["xero"], access["spotlercrm"]
        assert {"url", "client_id", "client_secret", "access_token"} <= set(crm)
        assert {"url", "tenant_id", "client_id", "client_secret", "access_token"} <= set(books)
        answer = httpx.get(f"{crm['url']}/services/data/v66.0/sobjects", headers=_bearer(crm["access_token"]))
        assert answer.status_code == 200
        answer = httpx.get(f"{books['url']}/connections", headers=_bearer(books["access_token"]))
        assert answer.json()[0]["tenantId"] == books["tenant_id"]
        assert set(spotler) == {"url", "access_token"}
        answer = httpx.get(f"{spotler['url']}/accounts", headers=_bearer(spotler["access_token"]))
        assert answer.json()["metadata"]["object_type"] == "list"
        process.send_signal(number)
        out, err = process.communicate(timeout=HUNG)
        assert (process.returncode, out, err) == (0, "", "")


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_only_some_at_a_port_that_was_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with started("--only", "xero", "--port", str(port)) as process:
        assert process.stdout is not None
        access = json.loads(process.stdout.readline())
        assert access["xero"]["url"] == f"http://127.0.0.1:{port}"
        assert list(access) == ["xero"]


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run_tieout(["sandbox", "--port", str(port)], tmp_path)
    assert ended.code == 2
    assert f"port {port} can't be used for salesforce" in ended.err
