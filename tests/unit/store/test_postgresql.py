"""What is PostgreSQL's own: its clock for all hosts, its refusals in words, a server that dies or is taken away."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from tieout.errors import Busy, Fenced, StoreError
from tieout.store import audit, dialect, lease
from tieout.store.database import Database
from unit.store.cluster import PASSWORD, Cluster
from unit.store.conftest import Clock
from unit.store.worker import TTL

REAL = partial(datetime.now, UTC)
WORKER = Path(__file__).with_name("worker.py")


@pytest.fixture
def name(postgresql: Cluster) -> Iterator[str]:
    made = postgresql.new()
    yield made
    postgresql.drop(made)


def opened(url: str, folder: Path, ahead: timedelta = timedelta()) -> Database:
    """Open it as a host does whose clock is wrong by `ahead`."""
    patience = timedelta(milliseconds=300)
    return Database.open(url, clock=lambda: REAL() + ahead, project_folder=folder, patience=patience)


# --- one clock for all hosts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_host_whose_clock_is_wrong_sees_the_servers_time(
    postgresql: Cluster, name: str, tmp_path: Path, hours: int
) -> None:
    database = opened(postgresql.url(name), tmp_path, timedelta(hours=hours))
    assert abs(database.now() - REAL()) < timedelta(minutes=5)
    epoch = lease.acquire(database, "run", "skewed", TTL)
    with database.write(epoch=epoch) as tx:
        ends = lease.renew(tx, "run", epoch, TTL)
    assert abs(ends - REAL() - TTL) < timedelta(minutes=5)
    database.close()


@pytest.mark.parametrize("later", ["-1", "1"])
def test_a_lease_is_not_taken_by_a_host_whose_clock_is_wrong(
    postgresql: Cluster, name: str, tmp_path: Path, later: str
) -> None:
    url = postgresql.url(name)
    database = opened(url, tmp_path)
    epoch = lease.acquire(database, "run", "the first", TTL)
    command = [sys.executable, str(WORKER), url, str(tmp_path), "another", "grab", later]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("None", "")
    with database.write(epoch=epoch) as tx:
        lease.release(tx, "run", epoch)
    database.close()


def test_a_servers_clock_that_moves_is_followed(postgresql: Cluster, name: str, tmp_path: Path, clock: Clock) -> None:
    with postgresql.clock(name) as show:
        show(clock.time)
        one = Database.open(postgresql.url(name), clock=REAL, project_folder=tmp_path)
        other = Database.open(
            postgresql.url(name), clock=lambda: datetime(2001, 1, 1, tzinfo=UTC), project_folder=tmp_path
        )
        epoch = lease.acquire(one, "run", "one", timedelta(minutes=1))
        show(clock.time + timedelta(seconds=59))
        with pytest.raises(Busy, match="one holds"):
            lease.acquire(other, "run", "other", timedelta(minutes=1))
        show(clock.time + timedelta(seconds=61))
        assert lease.acquire(other, "run", "other", timedelta(minutes=1)) == epoch + 1
        with pytest.raises(Fenced), one.write(epoch=epoch):
            pytest.fail("another host took over")
        for database in (one, other):
            database.close()


# --- refusals, in words --------------------------------------------------------------------------------------------


def refused(url: str, folder: Path) -> StoreError:
    with pytest.raises(StoreError) as told:
        opened(url, folder)
    assert told.value.exit_code == 1
    assert told.value.mend
    assert PASSWORD not in str(told.value) + told.value.mend
    return told.value


def test_a_server_that_is_down_is_named(tmp_path: Path, postgresql: Cluster) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = postgresql.url("books", port=taken.getsockname()[1])
        told = refused(url, tmp_path)
    assert "/books can't be reached" in str(told)
    assert "refused" in str(told)


def test_a_wrong_password_is_told_and_not_shown(tmp_path: Path, postgresql: Cluster) -> None:
    told = refused(postgresql.url("postgres", password="wrong-canary"), tmp_path)
    assert 'password authentication failed for user "tieout"' in str(told)
    assert "canary" not in str(told)


def test_a_database_that_does_not_exist_is_named(tmp_path: Path, postgresql: Cluster) -> None:
    assert 'database "no_such_one" does not exist' in str(refused(postgresql.url("no_such_one"), tmp_path))


def test_a_user_without_rights_is_told_which_to_grant(tmp_path: Path, postgresql: Cluster, name: str) -> None:
    postgresql.order("CREATE USER guest PASSWORD 'canary-of-the-cluster'")
    told = refused(postgresql.url(name, user="guest"), tmp_path)
    assert "can't be written by this user" in str(told)
    assert "GRANT CREATE" in told.mend
    postgresql.order("DROP USER guest")


def test_a_server_that_may_only_be_read_is_told_so(tmp_path: Path, postgresql: Cluster, name: str) -> None:
    opened(postgresql.url(name), tmp_path).close()
    postgresql.order(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    database = opened(postgresql.url(name), tmp_path)
    with pytest.raises(StoreError, match="can only be read"), database.write() as tx:
        audit.append(tx, run="r", epoch=1, kind="k", payload={})
    database.close()


def test_what_the_driver_refuses_is_no_lost_connection(tmp_path: Path, postgresql: Cluster, name: str) -> None:
    database = opened(postgresql.url(name), tmp_path)
    with pytest.raises(DataError), database.write() as tx:
        tx.execute(text("INSERT INTO listed (endpoint, id) VALUES (1, :id)"), {"id": "nul \0 in it"})
    database.close()


def test_a_database_of_another_program_is_refused(tmp_path: Path, postgresql: Cluster, name: str) -> None:
    postgresql.order("CREATE TABLE cookies (id int)", name)
    assert "tables of another program (cookies)" in str(refused(postgresql.url(name), tmp_path))


def test_a_server_that_is_too_old_is_refused(tmp_path: Path, postgresql: Cluster, name: str) -> None:
    with aged(postgresql.port) as port:
        told = refused(postgresql.url(name, port=port), tmp_path)
    assert "is PostgreSQL " in str(told)
    assert f"needs {dialect.OLDEST_SERVER} or newer" in str(told)
    assert "upgrade the server" in told.mend


# --- a server that goes away, a process that stands still ------------------------------------------------------------


def test_a_connection_that_the_server_ends_costs_one_transaction(
    tmp_path: Path, postgresql: Cluster, name: str
) -> None:
    database = opened(postgresql.url(name), tmp_path)

    def cut() -> None:
        with database.write() as tx:
            audit.append(tx, run="r", epoch=1, kind="k", payload={"n": 1})
            others = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {} AND pid <> pg_backend_pid()"
            )
            postgresql.order(psycopg.sql.SQL(others).format(psycopg.sql.Literal(name)))
            audit.append(tx, run="r", epoch=1, kind="k", payload={"n": 2})

    with pytest.raises(StoreError, match="can't be reached"):
        cut()
    with database.write() as tx:
        assert audit.append(tx, run="r", epoch=1, kind="k", payload={"n": 3}) == 1
        assert audit.verify(tx).ok
    database.close()


def test_a_server_that_crashed_has_what_was_committed(tmp_path: Path, postgresql: Cluster, name: str) -> None:
    database = opened(postgresql.url(name), tmp_path)
    with database.write() as tx:
        audit.append(tx, run="r", epoch=1, kind="k", payload={"n": 1})
    postgresql.stop()
    with pytest.raises(StoreError, match="can't be reached"), database.write():
        pytest.fail("there is no server")
    postgresql.start()
    with database.write() as tx:
        assert audit.append(tx, run="r", epoch=1, kind="k", payload={"n": 2}) == 2
        assert audit.verify(tx).ok
    database.close()


def test_a_transaction_of_another_host_is_not_waited_for_for_ever(
    tmp_path: Path, postgresql: Cluster, name: str
) -> None:
    one, other = opened(postgresql.url(name), tmp_path), opened(postgresql.url(name), tmp_path)
    with one.write() as tx:
        audit.append(tx, run="r", epoch=1, kind="k", payload={})
        with pytest.raises(Busy, match="another process is writing") as told, other.write():
            pytest.fail("the lock was held")
        with other.read() as reading:
            assert audit.head(reading).seq == 0
    assert told.value.exit_code == 75
    for database in (one, other):
        database.close()


def test_a_process_that_stands_still_in_a_transaction_gives_way(tmp_path: Path, postgresql: Cluster, name: str) -> None:
    database, other = opened(postgresql.url(name), tmp_path), opened(postgresql.url(name), tmp_path)

    def stood_still() -> None:
        with database.write() as tx:
            audit.append(tx, run="r", epoch=1, kind="k", payload={"n": 1})
            assert tx.execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "1min"
            tx.execute(text("SET LOCAL idle_in_transaction_session_timeout = '50ms'"))  # a minute in less time
            patient = Thread(target=taken_over, args=(other,))
            patient.start()
            patient.join()
            audit.append(tx, run="r", epoch=1, kind="k", payload={"n": 2})

    with pytest.raises(Busy, match="stood still") as told:
        stood_still()
    assert told.value.exit_code == 75
    with database.write() as tx:
        assert [audit.head(tx).seq, audit.verify(tx).ok] == [1, True]
    for one in (database, other):
        one.close()


def taken_over(other: Database) -> None:
    while True:
        try:
            with other.write() as tx:
                audit.append(tx, run="other", epoch=2, kind="k", payload={})
        except Busy:
            continue
        return


def test_ids_sort_by_their_bytes_whatever_the_server_speaks(tmp_path: Path, postgresql: Cluster, name: str) -> None:
    database = opened(postgresql.url(name), tmp_path)
    ids = ["a", "B", "_", "é", "Z", "10", "9", "-", "aa", "a-b", "a b"]
    with database.write() as tx:
        tx.execute(text("INSERT INTO listed (endpoint, id) SELECT 1, unnest(CAST(:ids AS text[]))"), {"ids": ids})
        found = tx.execute(text("SELECT id FROM listed ORDER BY id")).scalars().all()
        plain = (
            tx.execute(text("SELECT x FROM unnest(CAST(:ids AS text[])) AS x ORDER BY x"), {"ids": ids}).scalars().all()
        )
    database.close()
    assert found == sorted(ids)
    assert plain != sorted(ids)  # the server itself sorts as people do


# --- an old server ---------------------------------------------------------------------------------------------------


class aged:  # noqa: N801  # it reads as what it does: `with aged(port) as port`
    """A door before a server, through which it looks far older than any that could be installed here."""

    def __init__(self, port: int) -> None:
        self.inner = port
        self.door = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> int:
        Thread(target=self._admit, daemon=True).start()
        return int(self.door.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()

    def _admit(self) -> None:
        while True:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.inner))
            Thread(target=_carry, args=(client, server, False), daemon=True).start()
            Thread(target=_carry, args=(server, client, True), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket, older: bool) -> None:  # noqa: FBT001  # which way
    with suppress(OSError):  # either end may go first
        while piece := source.recv(65536):
            target.sendall(piece.replace(b"PostgreSQL 1", b"PostgreSQL 0") if older else piece)
        target.shutdown(socket.SHUT_RDWR)
