"""What a disk, a file system or a stranger can do to the file: a message, and the next opening goes well."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from tieout.errors import Busy, StoreError, UsageError
from tieout.store import audit, trail
from tieout.store.database import Database

if TYPE_CHECKING:
    from pathlib import Path

    from unit.store.conftest import Clock

OPEN = """
import sys, os
from datetime import UTC, datetime
from pathlib import Path
from tieout.errors import StoreError
from tieout.store import audit, trail
from tieout.store.database import Database

def opened():
    return Database.open("sqlite:state.db", clock=lambda: datetime.now(UTC), project_folder=Path(sys.argv[1]))
"""


def run(script: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", OPEN + script, folder], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def fill(folder: Path, clock: Clock, entries: int = 200) -> None:
    database = Database.open("sqlite:state.db", clock=clock, project_folder=folder)
    with database.write() as tx:
        for number in range(entries):
            audit.append(tx, run="r", epoch=1, kind="k", payload={"n": number}, values={"text": "canary" * 40})
    database.close()


def entries(folder: Path, clock: Clock) -> int:
    database = Database.open("sqlite:state.db", clock=clock, project_folder=folder)
    with database.read() as tx:
        verdict = audit.verify(tx)
    database.close()
    assert verdict.ok
    return verdict.entries


def refused(folder: Path, clock: Clock, url: str = "sqlite:state.db") -> StoreError:
    with pytest.raises(StoreError) as told:
        Database.open(url, clock=clock, project_folder=folder)
    assert told.value.exit_code == 1
    assert told.value.mend
    return told.value


def test_a_full_disk_is_told_and_the_next_opening_goes_well(tmp_path: Path, clock: Clock) -> None:
    fill(tmp_path, clock, 3)
    said = run(
        """
import resource
database = opened()
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
try:
    while True:
        with database.write() as tx:
            audit.append(tx, run="r", epoch=1, kind="k", payload={}, values={"text": "x" * 50_000})
except StoreError as error:
    print(error, "|", error.mend)
with database.read() as tx:
    print(audit.verify(tx).ok)
""",
        tmp_path,
    )
    told, whole = said.splitlines()
    assert f"{tmp_path}/state.db can't be read or written" in told
    assert "the disk is full" in told
    assert "df -h" in told
    assert whole == "True"
    assert entries(tmp_path, clock) >= 3
    fill(tmp_path, clock, 3)


def test_a_disk_full_from_the_start_leaves_nothing_that_hinders(tmp_path: Path, clock: Clock) -> None:
    said = run(
        """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, resource.RLIM_INFINITY))
try:
    opened()
except StoreError as error:
    print(error)
""",
        tmp_path,
    )
    assert "the disk is full" in said
    assert entries(tmp_path, clock) == 0


READ_ONLY = """
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    opened()
except StoreError as error:
    print(error, "|", error.mend)
"""


@pytest.mark.parametrize("exists", [True, False])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, clock: Clock, exists: bool) -> None:  # noqa: FBT001  # a parameter of the test
    if exists:
        fill(tmp_path, clock)
        (tmp_path / "state.db").chmod(0o444)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o555 if folder == tmp_path else 0o755)
    said = run(READ_ONLY, tmp_path)
    tmp_path.chmod(0o755)
    assert f"the state database {tmp_path}/state.db can't be" in said
    assert "write access" in said


@pytest.mark.parametrize(
    "content", [b"hello, this is no database" * 100, b"\0" * 5000, b"SQLite format 3\0" + b"x" * 4080]
)
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, clock: Clock, content: bytes) -> None:
    (tmp_path / "state.db").write_bytes(content)
    told = refused(tmp_path, clock)
    assert "not a state database" in str(told)
    assert f"mv {tmp_path}/state.db" in told.mend
    assert (tmp_path / "state.db").read_bytes() == content


def test_a_torn_file_is_refused(tmp_path: Path, clock: Clock) -> None:
    fill(tmp_path, clock)
    with (tmp_path / "state.db").open("r+b") as stream:
        stream.truncate(20_000)
    assert "damaged" in str(refused(tmp_path, clock))


def test_a_page_gone_bad_is_told_when_it_is_read(tmp_path: Path, clock: Clock) -> None:
    fill(tmp_path, clock, 2000)
    size = (tmp_path / "state.db").stat().st_size
    with (tmp_path / "state.db").open("r+b") as stream:
        stream.seek(size // 2 // 4096 * 4096)
        stream.write(b"\xff" * 4096 * 8)
    database = Database.open("sqlite:state.db", clock=clock, project_folder=tmp_path)
    with pytest.raises(StoreError, match="damaged") as told, database.read() as tx:
        audit.verify(tx)
    database.close()
    assert "backup" in told.value.mend


def test_a_row_whose_json_was_damaged_is_no_fault_of_ours(tmp_path: Path, clock: Clock) -> None:
    fill(tmp_path, clock, 3)
    connection = sqlite3.connect(tmp_path / "state.db")
    with connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET payload = '{' WHERE seq = 2")
    connection.close()
    database = Database.open("sqlite:state.db", clock=clock, project_folder=tmp_path)
    with pytest.raises(StoreError, match="damaged") as told, database.read() as tx:
        list(trail.lines(tx, trail.Asked()))
    database.close()
    assert "backup" in told.value.mend


@pytest.mark.parametrize("url", ["postgresql://u:canary@h:x/d", "postgresql://u:can ary@h:5432x/d"])
def test_a_url_whose_port_is_no_number_is_refused_and_not_quoted(tmp_path: Path, clock: Clock, url: str) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(UsageError, match="URL can't be read") as told:
        Database.open(url, clock=clock, project_folder=tmp_path)
    assert "ary" not in str(told.value) + told.value.mend


def test_a_database_of_another_program_is_refused(tmp_path: Path, clock: Clock) -> None:
    connection = sqlite3.connect(tmp_path / "state.db")
    connection.execute("CREATE TABLE cookies (id)")
    connection.close()
    told = refused(tmp_path, clock)
    assert "tables of another program (cookies)" in str(told)
    assert "store:" in told.mend


def test_an_empty_file_is_a_new_database(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "state.db").touch()
    assert entries(tmp_path, clock) == 0


def test_a_folder_is_no_database(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "state.db").mkdir()
    assert "is not a file" in str(refused(tmp_path, clock))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "taken").touch()
    told = refused(tmp_path, clock, "sqlite:taken/state.db")
    assert "can't be made" in str(told)


def test_a_long_foreign_transaction_is_not_waited_for_for_ever(tmp_path: Path, clock: Clock) -> None:
    fill(tmp_path, clock)
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    patience = timedelta(milliseconds=50)
    database = Database.open("sqlite:state.db", clock=clock, project_folder=tmp_path, patience=patience)
    with database.read() as tx:
        assert audit.verify(tx).ok
    with pytest.raises(Busy, match="another process is writing") as told, database.write():
        pytest.fail("the lock was held")
    assert told.value.exit_code == 75
    other.close()
    with database.write() as tx:
        assert audit.verify(tx).ok
    database.close()


def test_what_was_erased_is_not_left_in_the_file(tmp_path: Path, clock: Clock) -> None:
    fill(tmp_path, clock)
    assert b"canary" in (tmp_path / "state.db").read_bytes()
    database = Database.open("sqlite:state.db", clock=clock, project_folder=tmp_path)
    with database.write() as tx:
        assert audit.erase(tx, range(1, 201), who="ann") == 200
    database.close()
    assert [path.name for path in tmp_path.iterdir()] == ["state.db"]
    assert b"canary" not in (tmp_path / "state.db").read_bytes()
    assert entries(tmp_path, clock) == 201  # the erasure itself is one


def test_what_sqlite_promises_is_switched_on(tmp_path: Path, clock: Clock) -> None:
    database = Database.open("sqlite:state.db", clock=clock, project_folder=tmp_path)
    names = ("journal_mode", "foreign_keys", "synchronous", "recursive_triggers", "secure_delete")
    with database.read() as tx:
        found = [tx.execute(text(f"PRAGMA {name}")).scalar() for name in names]
    database.close()
    assert found == ["wal", 1, 2, 1, 1]


@pytest.mark.skipif(find_spec("psycopg") is not None, reason="the driver is installed")
def test_without_its_driver_postgresql_names_the_extra(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(UsageError) as told:
        Database.open("postgresql://me:canary@db.example/books", clock=clock, project_folder=tmp_path)
    assert told.value.mend == "pip install 'tieout[postgres]'"
    assert "canary" not in str(told.value)
