"""All that differs between SQLite and PostgreSQL, and all that a database can say when it fails. Nowhere else.

SQLite: WAL, so that readers never wait; `synchronous=FULL`, for a committed intent must survive a power cut (the batch
is the commit unit, which makes it cheap); connections come from a pool, each used by one thread at a time.

No error quotes a statement's parameters: they are customers' data.
"""

from __future__ import annotations

import os
import sqlite3
import time
from functools import lru_cache
from importlib.util import find_spec
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import QueuePool, StaticPool

from tieout.errors import Busy, StoreError, UsageError
from tieout.store.place import Place
from tieout.store.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.dialects import postgresql

CACHE_KIB = 8192
"""Page cache of one connection; what does not fit, sorts included, goes to disk."""
WAL_LEFT_BYTES = 64 * 1024 * 1024
"""What the write-ahead log is cut back to after a large transaction."""
ONE_WRITER = 0x7469656F7574
"""Number of PostgreSQL's advisory lock: "tieout" in ASCII."""
OLDEST_SERVER = 15
"""The oldest PostgreSQL that the tests run on."""
FROZEN_SECONDS = 60
"""After so long without a word within a write the server ends it: the process is frozen, or its host is gone."""


# --- Opening ----------------------------------------------------------------------------------------------------


def make_engine(place: Place, *, patience: timedelta) -> Engine:
    """Make the engine; no connection yet. `patience`: how long to wait for another process's transaction."""
    if place.kind == "postgresql":
        return _postgresql(place, patience)
    seconds = patience.total_seconds()
    pool: dict[str, Any] = (
        {"poolclass": StaticPool} if place.path is None else {"poolclass": QueuePool, "max_overflow": -1}
    )
    if place.path is not None:
        pool["pool_use_lifo"] = True  # the connection used last has its pages and statements at hand
    engine = create_engine(
        URL.create("sqlite", database=str(place.path or ":memory:")),
        connect_args={
            "check_same_thread": False,
            "isolation_level": None,  # transactions begin where `begin_write` and `begin_read` say
            "timeout": seconds,
            "cached_statements": 256,
        },
        hide_parameters=True,
        **pool,
    )

    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        _pragmas(connection, seconds)

    event.listen(engine, "connect", on_connect)
    return engine


def _pragmas(connection: sqlite3.Connection, patience: float) -> None:
    _switch_to_wal(connection, time.monotonic() + patience)
    for pragma in (
        "foreign_keys = ON",
        "recursive_triggers = ON",
        "synchronous = FULL",
        "secure_delete = ON",  # what is erased for privacy must not stay in a free page
        "temp_store = DEFAULT",
        f"cache_size = -{CACHE_KIB}",
        f"journal_size_limit = {WAL_LEFT_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _switch_to_wal(connection: sqlite3.Connection, deadline: float) -> None:
    # Two processes that make the same file meet here, and SQLite does not wait by itself for this one lock.
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _postgresql(place: Place, patience: timedelta) -> Engine:
    if find_spec("psycopg") is None:
        raise UsageError(
            "a PostgreSQL store needs the driver psycopg, which is not installed",
            mend="pip install 'tieout[postgres]'",
        )
    try:
        url = make_url(place.url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):  # ValueError: its port is no number
        raise UsageError(
            "the store's URL can't be read", mend="write store: postgresql://user:password@host/database"
        ) from None  # its own text may quote the password
    milliseconds = int(patience.total_seconds() * 1000)
    given = url.query.get("options", "")
    options = f"{given if isinstance(given, str) else ' '.join(given)} -c lock_timeout={milliseconds} -c timezone=UTC"
    return create_engine(
        url,
        connect_args={
            **{name: value for name, value in _REACHING.items() if name not in url.query},
            "options": options,
        },
        hide_parameters=True,
        pool_pre_ping=True,
    )


_REACHING = {"connect_timeout": 10, "keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 4}
"""Seconds, and a count: within which a server that is gone is noticed. The store's URL may say otherwise."""


def begin_write(connection: Connection) -> datetime | None:
    """Take the one writer's lock at once, so that what is read in this transaction is what is written upon.

    Gives the server's clock; None: the database has none but this machine's. A PostgreSQL server ends a transaction
    whose process is frozen, so that it keeps the other hosts out no longer than a lease would.
    """
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute("BEGIN IMMEDIATE")
        return None
    now: datetime = connection.exec_driver_sql(_BEGIN_WRITE).scalar_one()
    return now


_BEGIN_WRITE = (
    f"SELECT clock_timestamp() FROM (SELECT pg_advisory_xact_lock({ONE_WRITER}),"  # noqa: S608  # a number of ours
    f" set_config('idle_in_transaction_session_timeout', '{FROZEN_SECONDS}s', true) OFFSET 0) AS taken"
)


def server_clock(tx: Connection, place: Place) -> datetime | None:
    """Give the server's clock as `begin_write` does. Raises StoreError for a server of too old a version."""
    if tx.dialect.name == "sqlite":
        return None
    found = tx.dialect.server_version_info or (0,)
    if int(found[0]) < OLDEST_SERVER:
        raise StoreError(
            f"the server of {place.shown} is PostgreSQL {'.'.join(map(str, found))}; Tieout needs {OLDEST_SERVER} or"
            " newer",
            mend="upgrade the server, or name another one under `store:`",
        )
    now: datetime = tx.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return now


def begin_read(connection: Connection) -> None:
    """Begin a snapshot that later writes do not reach."""
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute("BEGIN")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


# --- Statements -------------------------------------------------------------------------------------------------


def upsert(
    tx: Connection, table: Table, rows: Sequence[Mapping[str, object]], *, keys: Sequence[str], update: Sequence[str]
) -> None:
    """Insert rows, or set `update` where a row with these `keys` (a unique index) exists. Rows have equal columns."""
    if rows:
        _upsert(tx.dialect.name, table, tuple(keys), tuple(update)).each(tx, rows)


def insert_ignore(tx: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, except those that exist already by any unique index."""
    if rows:
        _insert_ignore(tx.dialect.name, table).each(tx, rows)


@lru_cache(maxsize=256)
def _upsert(dialect: str, table: Table, keys: tuple[str, ...], update: tuple[str, ...]) -> Statement:
    made = _insert(dialect, table)
    changed = {name: made.excluded[name] for name in update}
    return Statement(made.on_conflict_do_update(index_elements=keys, set_=changed))


@lru_cache(maxsize=64)
def _insert_ignore(dialect: str, table: Table) -> Statement:
    return Statement(_insert(dialect, table).on_conflict_do_nothing())


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # with all its drivers' names: only who needs it waits

    return postgresql.insert(table)


# --- What the database itself refuses ---------------------------------------------------------------------------

_SQLITE_GUARDS = (
    """CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END""",
    """CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END""",
    # INSERT OR REPLACE deletes without asking the trigger above, on a connection without recursive triggers.
    """CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
    WHEN NEW.seq IS NOT 1 + (SELECT coalesce(max(seq), 0) FROM audit)
    BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END""",
    """CREATE TRIGGER audit_value_once BEFORE INSERT ON audit_value
    WHEN EXISTS (SELECT 1 FROM audit_value WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'values of the audit trail can only be erased'); END""",
    """CREATE TRIGGER audit_value_no_update BEFORE UPDATE ON audit_value
    WHEN NEW.value IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.seq IS NOT OLD.seq
    BEGIN SELECT RAISE(ABORT, 'values of the audit trail can only be erased'); END""",
    """CREATE TRIGGER audit_value_no_delete BEFORE DELETE ON audit_value
    BEGIN SELECT RAISE(ABORT, 'values of the audit trail can only be erased'); END""",
)

_POSTGRESQL_GUARDS = (
    """CREATE FUNCTION tieout_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE FUNCTION tieout_in_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.seq <> 1 + (SELECT coalesce(max(seq), 0) FROM audit) THEN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF; RETURN NEW; END $$""",
    """CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
    FOR EACH ROW EXECUTE FUNCTION tieout_in_order()""",
    """CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION tieout_refuse()""",
    """CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION tieout_refuse()""",
    """CREATE TRIGGER audit_value_no_update BEFORE UPDATE ON audit_value
    FOR EACH ROW WHEN (NEW.value IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.seq <> OLD.seq)
    EXECUTE FUNCTION tieout_refuse()""",
    """CREATE TRIGGER audit_value_no_delete BEFORE DELETE ON audit_value
    FOR EACH ROW EXECUTE FUNCTION tieout_refuse()""",
    """CREATE TRIGGER audit_value_no_truncate BEFORE TRUNCATE ON audit_value
    FOR EACH STATEMENT EXECUTE FUNCTION tieout_refuse()""",
)


def create_guards(tx: Connection) -> None:
    """Make the triggers by which the database refuses to change or delete what the audit trail holds."""
    for statement in _SQLITE_GUARDS if tx.dialect.name == "sqlite" else _POSTGRESQL_GUARDS:
        tx.exec_driver_sql(statement)


# --- What went wrong, in words ----------------------------------------------------------------------------------


FAILURES = (DBAPIError, sqlite3.Error, UnicodeDecodeError, JSONDecodeError)
"""What a database raises: through SQLAlchemy, by itself while a connection is being made, or where SQLite's own words
quote what stands in a damaged file; and what reading a row raises where its JSON was damaged."""


def translate(
    error: DBAPIError | sqlite3.Error | UnicodeDecodeError | JSONDecodeError, place: Place
) -> Busy | StoreError | None:
    """Say in words why the database failed; None for a fault of the statement (a unique key, a syntax error)."""
    if isinstance(error, UnicodeDecodeError):
        return _damaged(place, "what stands in it is no text")
    if isinstance(error, JSONDecodeError):
        return _damaged(place, "a row of it is no JSON")
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return _translate_sqlite(cause, place)
    return _translate_postgresql(_first_cause(error), place)


def _first_cause(error: BaseException) -> BaseException | None:
    """Find what the server said: a rollback that failed as well says less than what came before it."""
    seen: BaseException | None = error
    while seen is not None:
        cause = seen.orig if isinstance(seen, DBAPIError) else seen
        if getattr(cause, "sqlstate", None) is not None:
            return cause
        seen = seen.__context__
    return error.orig if isinstance(error, DBAPIError) else error


def _translate_sqlite(error: sqlite3.Error, place: Place) -> Busy | StoreError | None:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    file, folder = place.shown, place.path.parent if place.path else "."
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            told: Busy | StoreError | None = _busy(place)
        case sqlite3.SQLITE_FULL:
            told = StoreError(f"the disk that holds the state database {file} is full", mend=f"df -h {folder}")
        case sqlite3.SQLITE_IOERR:
            told = StoreError(
                f"the state database {file} can't be read or written ({error}): the disk is full or failing, or a limit"
                " on file sizes is reached; nothing was half written",
                mend=f"df -h {folder}; ulimit -f",
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH | sqlite3.SQLITE_CANTOPEN:
            told = not_writable(file, folder)
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            told = _damaged(place, error)
        case sqlite3.SQLITE_ERROR if str(error).startswith("no such "):  # a table or column: its schema was torn
            told = _damaged(place, error)
        case _:
            told = None
    return told


def _busy(place: Place) -> Busy:
    return Busy(f"another process is writing to the state database {place.shown}", mend="try again later")


def _damaged(place: Place, error: object) -> StoreError:
    file = place.shown
    away = f"move it away: mv {file} {file}.broken" if place.path else "name an empty one under `store:`"
    return StoreError(
        f"{file} is not a state database, or is damaged ({error})",
        mend=f"restore it from a backup, or {away}; links are found again by the keys kept in the systems",
    )


def not_writable(file: str, folder: object) -> StoreError:
    """Say that SQLite's file or its folder cannot be written: it also keeps `-wal` and `-shm` files beside it."""
    user = os.geteuid() if hasattr(os, "geteuid") else "this user"
    return StoreError(
        f"the state database {file} can't be opened for writing by user {user}",
        mend=f"give write access to the file and its folder: ls -la {folder}; or name another place under `store:`",
    )


def _translate_postgresql(error: object, place: Place) -> Busy | StoreError | None:
    state = getattr(error, "sqlstate", None)
    match state:
        case "55P03" | "40001" | "40P01":
            return _busy(place)
        case "25P03":
            return Busy(
                f"this process stood still within a transaction until {place.shown} ended it; nothing of it was kept",
                mend="run again",
            )
        case "53100":
            return StoreError(f"the disk that holds the state database {place.shown} is full", mend="make room there")
        case "25006":
            return StoreError(
                f"the state database {place.shown} can only be read: its server is a stand-by, or was made read-only",
                mend="name the primary server under `store:`",
            )
        case "42501":
            return StoreError(
                f"the state database {place.shown} can't be written by this user",
                mend="GRANT CREATE, USAGE ON SCHEMA public TO the user that `store:` names",
            )
    lost = any(kind.__name__ in {"OperationalError", "InterfaceError"} for kind in type(error).__mro__)
    if (state is None and lost) or (state or "")[:2] in {"08", "28", "3D", "53", "57"}:
        return StoreError(
            f"the state database {place.shown} can't be reached{_said(error, place)}",
            mend="check that the server runs and the database exists, and what `store:` says of user and password",
        )
    return None


def _said(error: object, place: Place) -> str:
    """Quote the first line of what the driver said, which ends in the reason; never the password."""
    first = str(error).strip().partition("\n")[0]
    reason = first.rpartition(" failed: ")[2].removeprefix("FATAL:").strip()
    password = make_url(place.url).password
    return f": {reason.replace(password, '…') if password else reason}" if reason else ""


def leave_values_out(error: BaseException) -> None:
    """Take customers' data out of the text of an error: PostgreSQL quotes the row that it refuses."""
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    if state is None:
        return
    told = cause.diag.message_primary if state[:2] in _WITHOUT_VALUES else state
    cause.args = (told,)
    error.args = (f"({type(cause).__name__}) {told}",)


_WITHOUT_VALUES = {"23", "42"}
"""Classes of errors whose first line names constraints, tables and columns, and no value."""
