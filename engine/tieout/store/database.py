"""The state database: opened, brought up to date, and used in short transactions.

One writer at a time: `write` takes the lock at once, so that what is read in a transaction is what is written upon,
and the audit chain has one end. Readers see a snapshot and never wait.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import RLock, local
from typing import TYPE_CHECKING, Self

from sqlalchemy import Connection, Engine, bindparam, event, select

from tieout.errors import Fenced
from tieout.store import dialect, versions
from tieout.store.instants import stamp, unstamp
from tieout.store.place import Place, locate, prepare
from tieout.store.statements import Statement
from tieout.store.tables import lease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy.pool import ConnectionPoolEntry

__all__ = ["PATIENCE", "RUN", "Database", "Surroundings", "fresh_salt", "stamp", "surroundings", "unstamp"]

PATIENCE = timedelta(seconds=30)
"""How long a transaction waits for another process's; transactions here take milliseconds."""
RUN = "run"
"""Name of the lease that a run holds."""


def fresh_salt() -> str:
    """Give 128 random bits as text."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a transaction may know of the world besides its rows; the simulation hands in its own.

    `now` is the database's clock: this machine's for a file on it, the server's where several hosts share one.
    """

    now: Callable[[], datetime]
    salt: Callable[[], str]


def surroundings(tx: Connection) -> Surroundings:
    """Give the clock and the random source of the database that this transaction belongs to."""
    found: Surroundings = tx.info["tieout"]
    return found


class Database:
    """One open state database, for all threads of this process."""

    def __init__(self, engine: Engine, place: Place, around: Surroundings) -> None:
        """Use `Database.open`."""
        self.place = place
        self._engine = engine
        self._clock = around.now
        self._ahead = timedelta()  # of the server's clock before this machine's
        self._around = Surroundings(self.now, around.salt)
        self._thread = local()
        # A database in memory is one connection, which threads must share.
        self._alone = RLock() if place.kind == "sqlite" and place.path is None else None
        event.listen(engine, "connect", self._on_connect)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        clock: Callable[[], datetime],
        project_folder: Path,
        create: bool = True,
        patience: timedelta = PATIENCE,
        salt: Callable[[], str] = fresh_salt,
    ) -> Self:
        """Open the database that `store:` names, making it first if `create`, and migrate an older one.

        `clock` gives aware instants; `salt` 128 random bits as text, another source only for simulations. Raises
        UsageError for the URL, StoreError for a newer, damaged, foreign, unreachable or unwritable database, Busy if
        another process holds it.
        """
        place = locate(url, project_folder)
        prepare(place, create=create)
        database = cls(dialect.make_engine(place, patience=patience), place, Surroundings(clock, salt))
        try:
            database._bring_up_to_date()
        except BaseException:
            database.close()
            raise
        return database

    def now(self) -> datetime:
        """Give the current instant by the database's clock, aware, in UTC.

        For PostgreSQL that is the server's, which hosts with clocks of their own share: asked for in every write, and
        between two of them this machine's, put right by the difference.
        """
        return self._clock().astimezone(UTC) + self._ahead

    @contextmanager
    def write(self, *, epoch: int | None = None, lease: str = RUN) -> Iterator[Connection]:
        """Open one immediate transaction: committed at the end, rolled back on any exception.

        With `epoch`, first checks in the same transaction that `lease` still has it, else raises Fenced.
        Raises RuntimeError within another write of the same thread; StoreError and Busy as `open` does.
        """
        if self._current() is not None:
            raise RuntimeError("this thread is in a write transaction already")
        with self._exclusive(), self._in_words(), self._engine.connect() as connection, connection.begin():
            self._set_clock(dialect.begin_write(connection))
            if epoch is not None:
                _fence(connection, lease, epoch)
            self._thread.tx = connection
            try:
                yield connection
            finally:
                self._thread.tx = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a snapshot. Within a write of the same thread it is that transaction, and sees what it wrote.

        A write within a read of the same thread is a transaction of its own that the read does not see; in memory,
        where there is but one connection, take the rows out first.
        """
        if (current := self._current()) is not None:
            yield current
        elif self._alone is not None:
            with self._alone, self._in_words(), self._engine.connect() as connection:
                yield connection
        else:
            with self._in_words(), self._engine.connect() as connection:
                dialect.begin_read(connection)
                yield connection

    def close(self) -> None:
        """Close every connection; SQLite then folds its write-ahead log into the file."""
        self._engine.dispose()

    def _set_clock(self, server: datetime | None) -> None:
        if server is not None:
            self._ahead = server - self._clock().astimezone(UTC)

    def _current(self) -> Connection | None:
        found: Connection | None = getattr(self._thread, "tx", None)
        return found

    def _on_connect(self, _connection: object, record: ConnectionPoolEntry) -> None:
        record.info["tieout"] = self._around

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        if self._alone is None:
            yield
        else:
            with self._alone:
                yield

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except dialect.FAILURES as error:
            told = dialect.translate(error, self.place)
            if told is None:
                dialect.leave_values_out(error)
                raise
            raise told from error

    def _bring_up_to_date(self) -> None:
        with self.read() as tx:
            self._set_clock(dialect.server_clock(tx, self.place))
            current = versions.is_current(tx, self.place)
        if not current:
            with self.write() as tx:
                versions.bring_up_to_date(tx, self.place, self.now())


def _fence(tx: Connection, name: str, epoch: int) -> None:
    found = _EPOCH.values(tx, lease=name)
    held = found[0] if found else None
    if held != epoch:
        raise Fenced(f"another process took over the lease {name!r}: epoch {held} instead of {epoch}")


_EPOCH = Statement(select(lease.c.epoch).where(lease.c.name == bindparam("lease")))
