from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, inspect, text

from tieout.errors import Busy, StoreError
from tieout.store import dialect, tables, versions
from tieout.store.database import Database
from tieout.store.lease import acquire
from tieout.store.place import Place, locate, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from unit.store.conftest import Clock


def schema(tx: Connection) -> set[tuple[str, str]]:
    """Everything that stands in a database: tables with their columns, what they demand, indexes, triggers."""
    rows = tx.execute(text(SQLITE if tx.dialect.name == "sqlite" else POSTGRESQL))
    return {(name, " ".join(sorted(part.strip() for part in _flat(sql).split(",")))) for name, sql in rows}


def _flat(sql: str) -> str:
    """A column that was added stands behind what its table demands."""
    return " ".join(sql.split()).removesuffix(")")


SQLITE = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'tieout_version'"
POSTGRESQL = """
    SELECT table_name, concat_ws(' ', column_name, data_type, collation_name, is_nullable, column_default)
      FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'tieout_version'
    UNION SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'tieout_version'
    UNION SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
      WHERE conrelid <> 0 AND connamespace = 'public'::regnamespace AND conrelid <> 'tieout_version'::regclass
    UNION SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""


@pytest.fixture
def elsewhere(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    """Another empty database of the same kind."""
    if store.startswith("postgresql"):
        server = request.getfixturevalue("postgresql")
        return locate(server.url(server.new()), tmp_path)
    place = Place("sqlite", "other", tmp_path / "other.db")
    prepare(place, create=True)
    return place


def test_migrating_from_nothing_gives_the_tables_of_today(database: Database, elsewhere: Place) -> None:
    engine = dialect.make_engine(elsewhere, patience=timedelta(seconds=1))
    with engine.connect() as tx, tx.begin():
        dialect.begin_write(tx)
        versions.migrate(tx)
        assert tx.execute(text("SELECT version_num FROM tieout_version")).scalars().all() == [versions.CURRENT]
    with engine.connect() as tx:
        migrated = schema(tx)
    engine.dispose()
    with database.read() as tx:
        assert migrated == schema(tx)
    assert len(migrated) > len(tables.metadata.tables)


def test_a_migration_that_fails_changes_nothing(elsewhere: Place) -> None:
    engine = dialect.make_engine(elsewhere, patience=timedelta(seconds=1))

    def failing() -> None:
        with engine.connect() as tx, tx.begin():
            dialect.begin_write(tx)
            versions.migrate(tx)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        failing()
    with engine.connect() as tx:
        assert inspect(tx).get_table_names() == []
    engine.dispose()


def test_nothing_is_migrated_under_a_run(database: Database, clock: Clock) -> None:
    place = Place("sqlite", "in memory")
    acquire(database, "run", "host-a pid 7", timedelta(minutes=1))
    with database.read() as tx:
        with pytest.raises(Busy, match="host-a pid 7 is using the state database in memory"):
            versions._nobody_runs(tx, place, clock())
        clock.forward(minutes=2)
        versions._nobody_runs(tx, place, clock())


def test_a_database_from_the_future_is_refused_and_left_alone(tmp_path: Path, clock: Clock) -> None:
    open_and_close("sqlite:state.db", tmp_path, clock, FUTURE)
    before = (tmp_path / "state.db").read_bytes()
    with pytest.raises(StoreError, match="version 0042"):
        Database.open("sqlite:state.db", clock=clock, project_folder=tmp_path)
    assert (tmp_path / "state.db").read_bytes() == before


FUTURE = "UPDATE tieout_version SET version_num = '0042'"


def test_a_database_from_the_future_names_both_versions_and_the_way_out(
    shared: str, tmp_path: Path, clock: Clock
) -> None:
    open_and_close(shared, tmp_path, clock, FUTURE)
    with pytest.raises(StoreError, match=rf"version 0042, .* up to {versions.CURRENT}") as told:
        Database.open(shared, clock=clock, project_folder=tmp_path)
    assert "pip install --upgrade tieout" in told.value.mend
    assert told.value.exit_code == 1


@pytest.mark.parametrize("statement", ["DELETE FROM tieout_version", "UPDATE tieout_version SET version_num = 'abc'"])
def test_a_database_without_a_version_is_refused(shared: str, tmp_path: Path, clock: Clock, statement: str) -> None:
    open_and_close(shared, tmp_path, clock, statement)
    with pytest.raises(StoreError, match="doesn't say its version"):
        Database.open(shared, clock=clock, project_folder=tmp_path)


def test_alembic_is_not_imported_where_nothing_is_migrated(tmp_path: Path) -> None:
    script = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tieout.store.database import Database

for _ in range(2):
    Database.open("sqlite:state.db", clock=lambda: datetime.now(UTC), project_folder=Path(sys.argv[1])).close()
print("alembic" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def open_and_close(store: str, folder: Path, clock: Clock, statement: str) -> None:
    database = Database.open(store, clock=clock, project_folder=folder)
    with database.write() as tx:
        tx.execute(text(statement))
    database.close()
