"""Which runs there were, what they came to, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select, update

from tieout.model import Value
from tieout.store.database import surroundings
from tieout.store.instants import stamp
from tieout.store.tables import run
from tieout.values import dumps, loads_object


@dataclass(frozen=True, slots=True)
class Kept:
    """One run. `exit` is None while it goes on, or where it was killed."""

    id: str
    environment: str
    command: str
    started: str
    ended: str | None
    exit: int | None
    summary: Mapping[str, Value]


def begin(tx: Connection, id_: str, *, environment: str, command: str, epoch: int) -> None:
    """Note that a run has begun."""
    started = stamp(surroundings(tx).now())
    tx.execute(insert(run).values(id=id_, environment=environment, command=command, started=started, epoch=epoch))


def end(tx: Connection, id_: str, *, exit_code: int, summary: Mapping[str, Value]) -> None:
    """Note how it ended."""
    values = {"ended": stamp(surroundings(tx).now()), "exit": exit_code, "summary": dumps(dict(summary))}
    tx.execute(update(run).where(run.c.id == id_).values(**values))


def last_ended(tx: Connection, command: str) -> str | None:
    """Give when a run of this command last ended, however it did."""
    ended: str | None = tx.execute(select(func.max(run.c.ended)).where(run.c.command == command)).scalar()
    return ended


def last_success(tx: Connection, command: str) -> str | None:
    """Give when a run of this command last ended with exit code 0."""
    where = (run.c.command == command, run.c.exit == 0)
    ended: str | None = tx.execute(select(func.max(run.c.ended)).where(*where)).scalar()
    return ended


def latest(tx: Connection, most: int = 1) -> list[Kept]:
    """Give the last runs, the newest first."""
    rows = tx.execute(select(run).order_by(run.c.started.desc(), run.c.id.desc()).limit(most))
    return [
        Kept(row.id, row.environment, row.command, row.started, row.ended, row.exit, loads_object(row.summary))
        for row in rows
    ]
