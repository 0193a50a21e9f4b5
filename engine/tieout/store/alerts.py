"""What is wrong now, and when somebody was last told of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from tieout.store.instants import stamp, unstamp
from tieout.store.tables import alert


@dataclass(frozen=True, slots=True)
class Known:
    """One thing that is wrong. `told_at` None: nobody was told yet."""

    key: str
    event: str
    since: datetime
    seen: int
    told: int
    told_at: datetime | None


def known(tx: Connection) -> dict[str, Known]:
    """Give all that was wrong at the last look."""
    return {
        row.key: Known(
            row.key,
            row.event,
            unstamp(row.since),
            row.seen,
            row.told,
            None if row.told_at is None else unstamp(row.told_at),
        )
        for row in tx.execute(select(alert).order_by(alert.c.key))
    }


def keep(tx: Connection, wrong: Iterable[Known]) -> None:
    """Store all that is wrong now, in place of what was."""
    tx.execute(delete(alert))
    rows = [
        {"key": one.key, "event": one.event, "since": stamp(one.since), "seen": one.seen, "told": one.told,
         "told_at": None if one.told_at is None else stamp(one.told_at)}
        for one in wrong
    ]  # fmt: skip
    if rows:
        tx.execute(insert(alert), rows)
