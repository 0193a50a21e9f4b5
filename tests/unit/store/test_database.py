from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from tieout.errors import Fenced, StoreError, UsageError
from tieout.store import dialect
from tieout.store.database import Database
from tieout.store.instants import stamp, unstamp
from tieout.store.lease import acquire
from tieout.store.place import locate
from tieout.store.tables import due, endpoint, pair

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from unit.store.conftest import Clock

ENDPOINT = {"adapter": "a", "organisation": "o", "object": "Account"}


def endpoints(tx: Connection) -> int:
    return tx.execute(select(func.count()).select_from(endpoint)).scalar_one()


def test_what_a_transaction_wrote_is_there_in_the_next(database: Database) -> None:
    with database.write() as tx:
        tx.execute(insert(endpoint).values(ENDPOINT))
    with database.read() as tx:
        assert endpoints(tx) == 1


@pytest.mark.parametrize("crash", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_a_crash_within_a_transaction_leaves_nothing(database: Database, crash: type[BaseException]) -> None:
    def crashing() -> None:
        with database.write() as tx:
            tx.execute(insert(endpoint).values(ENDPOINT))
            raise crash

    with pytest.raises(crash):
        crashing()
    with database.write() as tx:
        assert endpoints(tx) == 0


def test_a_read_within_a_write_sees_what_was_written(database: Database) -> None:
    with database.write() as tx:
        tx.execute(insert(endpoint).values(ENDPOINT))
        with database.read() as inner:
            assert endpoints(inner) == 1


def test_a_write_within_a_write_is_a_mistake_of_the_caller(database: Database) -> None:
    with pytest.raises(RuntimeError, match="already"), database.write(), database.write():
        pass
    with database.write() as tx:
        assert endpoints(tx) == 0


def test_a_write_within_a_read_is_not_seen_by_it(tmp_path: Path, clock: Clock) -> None:
    database = Database.open("sqlite:state.db", clock=clock, project_folder=tmp_path)
    with database.read() as outer:
        assert endpoints(outer) == 0
        with database.write() as tx:
            tx.execute(insert(endpoint).values(ENDPOINT))
        assert endpoints(outer) == 0
    with database.read() as tx:
        assert endpoints(tx) == 1
    database.close()


def test_threads_write_one_after_the_other(database: Database) -> None:
    with database.write() as tx:
        tx.execute(insert(endpoint).values(ENDPOINT))
        tx.execute(insert(pair).values(id=1, first=1, second=1, label="m"))

    def work(end: int) -> None:
        for number in range(50):
            with database.write() as tx:
                known = tx.execute(select(func.count()).select_from(due)).scalar_one()
                tx.execute(insert(due).values(pair=1, end=end, id=f"{known}-{number}"))

    threads = [Thread(target=work, args=(end,)) for end in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as tx:
        found = tx.execute(select(due.c.id)).scalars().all()
    assert sorted(int(text.partition("-")[0]) for text in found) == list(range(200))


def test_a_write_is_fenced_by_the_epoch_of_its_lease(database: Database, clock: Clock) -> None:
    first = acquire(database, "run", "one", timedelta(minutes=1))
    with database.write(epoch=first) as tx:
        tx.execute(insert(endpoint).values(ENDPOINT))
    clock.forward(minutes=2)
    second = acquire(database, "run", "two", timedelta(minutes=1))
    entered = False
    with pytest.raises(Fenced, match="'run'"), database.write(epoch=first):
        entered = True
    assert not entered
    with database.write(epoch=second) as tx:
        assert endpoints(tx) == 1


def test_a_lease_that_nobody_ever_took_fences_too(database: Database) -> None:
    with pytest.raises(Fenced), database.write(epoch=1):
        pass


def test_foreign_keys_are_enforced(database: Database) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"), database.write() as tx:
        tx.execute(insert(pair).values(first=7, second=8, label="m"))


def test_no_value_stands_in_an_error(database: Database) -> None:
    row = {"adapter": "canary", "organisation": "canary", "object": "canary"}

    def twice() -> None:
        with database.write() as tx:
            tx.execute(insert(endpoint), [row, row])

    with pytest.raises(IntegrityError) as told:
        twice()
    assert "endpoint" in str(told.value)
    assert "canary" not in str(told.value)


def test_upsert_inserts_and_updates_only_what_it_names(database: Database) -> None:
    rows = [{"adapter": "a", "organisation": "o", "object": name, "cursor": "1", "paths": "[1]"} for name in "xyz"]
    keys = ["adapter", "organisation", "object"]
    with database.write() as tx:
        dialect.upsert(tx, endpoint, rows, keys=keys, update=["cursor"])
        again = [row | {"cursor": "2", "paths": "[2]"} for row in rows[:2]]
        dialect.upsert(tx, endpoint, again, keys=keys, update=["cursor"])
        dialect.upsert(tx, endpoint, [], keys=keys, update=["cursor"])
        found = tx.execute(select(endpoint.c.object, endpoint.c.cursor, endpoint.c.paths)).all()
    assert sorted(map(tuple, found)) == [("x", "2", "[1]"), ("y", "2", "[1]"), ("z", "1", "[1]")]


def test_insert_ignore_leaves_what_exists(database: Database) -> None:
    with database.write() as tx:
        dialect.insert_ignore(tx, endpoint, [ENDPOINT | {"cursor": "old"}])
        dialect.insert_ignore(tx, endpoint, [ENDPOINT | {"cursor": "new"}])
        dialect.insert_ignore(tx, endpoint, [])
        assert tx.execute(select(endpoint.c.cursor)).scalars().all() == ["old"]


def test_the_clock_is_the_one_handed_in(database: Database, clock: Clock) -> None:
    assert database.now() == clock.time
    clock.forward(hours=1)
    assert database.now() == clock.time


def test_the_file_is_for_its_owner_alone(tmp_path: Path, clock: Clock) -> None:
    database = Database.open("sqlite:.tieout/state.db", clock=clock, project_folder=tmp_path)
    with database.write() as tx:
        tx.execute(insert(endpoint).values(ENDPOINT))
    modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / ".tieout").iterdir()}
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}
    database.close()


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:.tieout/state.db", "/p/.tieout/state.db"),
        ("sqlite:///var/state.db", "/var/state.db"),
        ("sqlite:////var/state.db", "/var/state.db"),
        ("sqlite:/var/state.db", "/var/state.db"),
    ],
)
def test_a_sqlite_url_names_a_file(url: str, path: str, tmp_path: Path) -> None:
    place = locate(url, tmp_path)
    assert str(place.path) == path.replace("/p/", f"{tmp_path}/")


@pytest.mark.parametrize("url", ["", "sqlite:", "mysql://x", "state.db", "sqlite://host/x", "postgresql:x"])
def test_any_other_url_is_refused_with_the_forms(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as told:
        locate(url, tmp_path)
    assert "sqlite:PATH" in told.value.mend


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_password_is_never_shown(scheme: str, tmp_path: Path) -> None:
    place = locate(f"{scheme}://me:canary@db.example/books", tmp_path)
    assert place.shown == "postgresql://db.example/books"
    assert "canary" not in repr(place)
    with pytest.raises(UsageError) as told:
        locate("mongodb://me:canary@db", tmp_path)
    assert "canary" not in str(told.value) + told.value.mend


def test_a_missing_database_is_not_made_unasked(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(StoreError, match="there is no state database") as told:
        Database.open("sqlite:state.db", clock=clock, project_folder=tmp_path, create=False)
    assert told.value.mend == "tieout plan"
    assert list(tmp_path.iterdir()) == []


instants = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9000, 1, 1), timezones=st.timezones())  # noqa: DTZ001  # hypothesis adds the zone


@given(st.lists(instants, max_size=5))
def test_stamps_sort_as_the_instants_do_and_come_back(given: list[datetime]) -> None:
    stamps = [stamp(instant) for instant in given]
    assert [unstamp(text) for text in stamps] == [instant.astimezone(UTC) for instant in given]
    assert sorted(stamps) == [stamp(instant) for instant in sorted(given)]
    assert {len(text) for text in stamps} <= {27}


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        stamp(datetime(2026, 1, 1))  # noqa: DTZ001  # the case under test
