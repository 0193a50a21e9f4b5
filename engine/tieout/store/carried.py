"""Which records carry the keys of ours that their creates were sent with."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from tieout.store.mirror import LIVE
from tieout.store.statements import Statement, among, as_list
from tieout.store.tables import record


def markers(tx: Connection, end: int, keys: Sequence[str]) -> set[str]:
    """Give those of these keys that a live record carries."""
    return set(carrying(tx, end, keys))


def carrying(tx: Connection, end: int, keys: Sequence[str]) -> dict[str, str]:
    """Give key -> a live record that carries it, the first by id."""
    rows = _CARRYING.rows(tx, end=end, keys=as_list(keys))
    return {row.marker: row.id for row in reversed(rows) if row.state in LIVE}


def spent(tx: Connection, end: int, keys: Sequence[str]) -> dict[str, str]:
    """Give key -> a record that was made under it, whatever became of it: a key is used once (law 2). A live one first.

    What was deleted or merged may come back, and would be a twin of what is made under the same key.
    """
    rows = _CARRYING.rows(tx, end=end, keys=as_list(keys))
    gone = {row.marker: row.id for row in reversed(rows)}
    return gone | {row.marker: row.id for row in reversed(rows) if row.state in LIVE}


_CARRYING = Statement(
    select(record.c.marker, record.c.id, record.c.state)
    .where(record.c.endpoint == bindparam("end"), among(record.c.marker, "keys"))
    .order_by(record.c.id)
)


def marked(tx: Connection, end: int, ids: Sequence[str]) -> list[str]:
    """Give those of these records that carry a key, ours or a foreign text."""
    return _MARKED.values(tx, end=end, ids=as_list(ids))


_MARKED = Statement(
    select(record.c.id).where(
        record.c.endpoint == bindparam("end"), record.c.marker.is_not(None), among(record.c.id, "ids")
    )
)
