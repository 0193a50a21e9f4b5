"""Several processes on one database: the lease, the fence, the lock and a kill in the middle."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from tieout.errors import Fenced
from tieout.store import audit, lease, tables
from tieout.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKER = Path(__file__).with_name("worker.py")


def start(store: str, folder: Path, name: str, *what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, WORKER, store, folder, name, *what], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def said(process: subprocess.Popen[str]) -> str:
    out, problems = process.communicate(timeout=60)
    assert process.returncode == 0, problems
    return out.strip()


@pytest.fixture
def ours(shared: str, tmp_path: Path) -> Iterator[Database]:
    database = Database.open(shared, clock=partial(datetime.now, UTC), project_folder=tmp_path)
    yield database
    database.close()


def test_processes_that_make_the_database_at_once_write_one_chain(shared: str, tmp_path: Path) -> None:
    processes = [start(shared, tmp_path, name, "record") for name in ("one", "two", "three")]
    assert max(int(said(process)) for process in processes) == 120
    database = Database.open(shared, clock=partial(datetime.now, UTC), project_folder=tmp_path, create=False)
    with database.read() as tx:
        verdict = audit.verify(tx)
        runs = tx.execute(select(tables.audit.c.run, func.count()).group_by(tables.audit.c.run)).all()
    database.close()
    assert verdict.ok
    assert sorted(map(tuple, runs)) == [("one", 40), ("three", 40), ("two", 40)]


def test_one_of_many_processes_gets_the_lease(shared: str, tmp_path: Path) -> None:
    processes = [start(shared, tmp_path, f"p{number}", "grab") for number in range(4)]
    assert sorted(said(process) for process in processes) == ["1", "None", "None", "None"]


def test_a_run_that_another_process_replaced_is_fenced(shared: str, tmp_path: Path, ours: Database) -> None:
    epoch = lease.acquire(ours, "run", "the first", timedelta(milliseconds=1))
    assert said(start(shared, tmp_path, "the second", "grab")) == str(epoch + 1)
    assert said(start(shared, tmp_path, "too early", "grab")) == "None"
    with pytest.raises(Fenced), ours.write(epoch=epoch):
        pytest.fail("another process took over")
    with ours.write() as tx, pytest.raises(Fenced):
        lease.renew(tx, "run", epoch, timedelta(minutes=5))


def test_a_reader_keeps_its_snapshot_while_another_process_writes(shared: str, tmp_path: Path, ours: Database) -> None:
    with ours.read() as tx:
        assert audit.head(tx).seq == 0
        assert said(start(shared, tmp_path, "one", "record")) == "40"
        assert audit.head(tx).seq == 0
    with ours.read() as tx:
        assert audit.head(tx).seq == 40


def test_a_kill_in_the_middle_of_a_transaction_leaves_what_was_committed(
    shared: str, tmp_path: Path, ours: Database
) -> None:
    process = start(shared, tmp_path, "one", "die")
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    with ours.write() as tx:
        assert audit.append(tx, run="r2", epoch=2, kind="k", payload={}) == 4
        verdict = audit.verify(tx)
    assert verdict.ok
    assert verdict.entries == 4
