"""Several hosts on one PostgreSQL store: the same commands, two runs at once, a frozen run, a server that dies."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from system.cli.desk import Desk
from system.crash.wire import Wire, before
from system.forked import HUNG, Ended
from system.northwind.stage import Stage, System, sandbox
from unit.store.cluster import MISSING, PASSWORD, Cluster, cluster, programs

GUARDS = "guards: {creates: 1000, updates: 2000, share: 100%}\n"
STORE = 'store: "${env:TIEOUT_STORE}"\n'
LEASE = 90
"""Seconds, more than any lease."""


@dataclass(frozen=True)
class Hosts:
    """Two hosts with a project folder each and one store for both."""

    one: Desk
    other: Desk
    server: Cluster
    name: str
    wire: Wire


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    found = programs()
    if found is None:
        pytest.skip(MISSING)
    with cluster(found) as running:
        yield running


@pytest.fixture
def hosts(server: Cluster, tmp_path: Path) -> Iterator[Hosts]:
    name, wire = server.new(), Wire()
    more = {"TIEOUT_STORE": server.url(name), "TIEOUT_KEY": Fernet.generate_key().decode()}
    with sandbox() as direct, before(wire, direct.xero.access["url"]) as books:
        stage = Stage(direct.salesforce, System({**direct.xero.access, "url": books}, direct.xero.http))
        one, other = (Desk(tmp_path / host, stage, more) for host in ("one", "other"))
        for desk in (one, other):
            desk.folder.mkdir()
            desk.write(STORE + GUARDS)
        yield Hosts(one, other, server, name, wire)
    server.drop(name)


def finished(process: subprocess.Popen[str]) -> Ended:
    out, err = process.communicate(timeout=HUNG)
    assert "Traceback" not in err
    return Ended(process.returncode, out, err)


def contacts(desk: Desk) -> list[str]:
    rows = desk.stage.xero.read("/api.xro/2.0/Contacts", pageSize="1000", page="1")["Contacts"]
    return sorted(row["AccountNumber"] for row in rows)


def test_a_project_works_on_postgresql_as_it_does_on_a_file(hosts: Hosts) -> None:
    desk = hosts.one
    for number in range(3):
        desk.account(f"Çafé {number}", f"C{number}")
    first = desk.run("run")
    assert first.code == 5, first
    told = re.search(r"let it through: +tieout (.+)", first.out)
    assert told is not None
    assert hosts.other.run(*told[1].split()).code == 0  # the plan is in the store, not on one host
    assert desk.run("run", "--json").report["converged"] is True
    desk.stage.reset()
    assert "nothing to do" in hosts.other.run("run").out
    assert (desk.stage.xero.effects(), desk.stage.salesforce.effects()) == ({}, {})
    assert contacts(desk) == ["C0", "C1", "C2"]
    status = desk.run("status", "--json").report
    assert {one["mapping"]: one["links"] for one in status["mappings"]}["customers"] == 3
    assert hosts.other.run("audit", "verify", "--json").report["ok"] is True
    assert not any(desk.folder.glob(".tieout/state.db*"))


@pytest.mark.extended
def test_t15_two_hosts_at_once_make_each_thing_once(hosts: Hosts) -> None:
    numbers = [f"C{number:02}" for number in range(30)]
    for number in numbers:
        hosts.one.account(f"Customer {number}", number)
    hosts.one.let_through()
    hosts.one.stage.reset()
    for late in range(30, 60):
        hosts.one.account(f"Customer C{late}", f"C{late}")
    for _ in range(3):
        running = [desk.start("run", "--json") for desk in (hosts.one, hosts.other)]
        codes = [finished(process).code for process in running]
        assert 0 in codes
        assert set(codes) <= {0, 75}
    assert [desk.run("run").code for desk in (hosts.one, hosts.other)] == [0, 0]
    assert contacts(hosts.one) == [f"C{number:02}" for number in range(60)]
    assert hosts.one.stage.xero.effects() == {"Contact": {"created": 30}}
    assert hosts.one.run("audit", "verify").code == 0


@pytest.mark.extended
def test_a_run_frozen_beyond_its_lease_is_fenced_on_another_host(hosts: Hosts) -> None:
    hosts.one.account("First", "C0")
    hosts.one.let_through()
    hosts.one.account("Second", "C1")
    hosts.one.stage.reset()
    frozen: list[subprocess.Popen[str]] = []

    def freeze() -> bool:
        frozen[0].send_signal(signal.SIGSTOP)
        return False

    hosts.wire.expect()
    hosts.one.run("plan")
    reads = len(hosts.wire.sent)  # then comes the read directly before the write
    hosts.wire.expect((reads + 1, "carried out"), freeze)
    frozen.append(hosts.one.start("run", "--json"))
    while hosts.wire.number <= reads:
        assert frozen[0].poll() is None
        time.sleep(0.01)
    with hosts.server.clock(hosts.name) as show:
        show(datetime.now(UTC) + timedelta(seconds=LEASE))
    hosts.wire.expect()
    taken_over = hosts.other.run("run", "--json")
    assert taken_over.code == 0, taken_over
    settled = (hosts.one.stage.xero.effects(), hosts.one.stage.salesforce.effects())
    frozen[0].send_signal(signal.SIGCONT)
    late = finished(frozen[0])
    assert late.code == 75, late
    assert "another process took over the lease" in late.out + late.err
    assert (hosts.one.stage.xero.effects(), hosts.one.stage.salesforce.effects()) == settled
    assert contacts(hosts.one) == ["C0", "C1"]
    assert hosts.one.run("run").code == 0


@pytest.mark.extended
def test_a_server_that_dies_in_the_middle_loses_nothing(hosts: Hosts) -> None:
    hosts.one.account("First", "C0")
    hosts.one.let_through()
    hosts.one.account("Second", "C1")
    hosts.one.stage.reset()

    def die() -> bool:
        hosts.server.stop()
        return False

    hosts.wire.expect()
    hosts.one.run("plan")
    hosts.wire.expect((len(hosts.wire.sent) + 2, "carried out"), die)
    ended = hosts.one.run("run")
    hosts.server.start()
    assert hosts.wire.sent[-1][0] == "PUT /api.xro/2.0/Contacts"
    assert ended.code == 1, ended
    assert "can't be reached" in ended.err
    assert PASSWORD not in ended.out + ended.err
    assert hosts.other.run("run").code == 0
    assert contacts(hosts.one) == ["C0", "C1"]
    assert hosts.one.stage.xero.effects() == {"Contact": {"created": 1}}
    assert hosts.one.run("audit", "verify").code == 0


@pytest.mark.parametrize(
    ("database", "password", "told"),
    [
        ("", "wrong-canary", "password authentication failed"),
        ("no_such_one", PASSWORD, 'database "no_such_one" does not exist'),
    ],
)
@pytest.mark.extended
def test_a_store_that_cannot_be_opened_is_told_without_its_password(
    hosts: Hosts, database: str, password: str, told: str
) -> None:
    url = hosts.server.url(database or hosts.name, password=password)
    for words in (["run"], ["status", "--json"]):
        ended = hosts.one.run(*words, env={"TIEOUT_STORE": url})
        assert ended.code == 1, ended
        assert told in ended.err
        assert password not in ended.out + ended.err
        assert "next: check that the server runs" in ended.err
    assert hosts.one.run("plan").code == 0
