"""What `verify` reads of the store: links in order, records without one, keys that stand twice, where it stopped."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, exists, func, not_, select

from tieout.store import links
from tieout.store.links import LinkRow
from tieout.store.tables import link, record, run
from tieout.values import loads_object

LIVE = ("present", "archived")


def count_live(tx: Connection, endpoint: int) -> int:
    """Count the live records of an endpoint that the mirror knows."""
    query = select(func.count()).select_from(record).where(record.c.endpoint == endpoint, record.c.state.in_(LIVE))
    return int(tx.execute(query).scalar_one())


def active_links(tx: Connection, pair: int, after: int, most: int) -> list[LinkRow]:
    """Give the next active links of a pair in the order of their numbers, with their children."""
    query = (
        select(link.c.id)
        .where(link.c.pair == pair, link.c.state == "active", link.c.id > after)
        .order_by(link.c.id)
        .limit(most)
    )
    ids = list(tx.execute(query).scalars())
    found = links.by_ids(tx, ids)
    return [found[id_] for id_ in ids]


def unlinked(tx: Connection, pair: int, end: int, endpoint: int, after: str, most: int) -> list[str]:
    """Give the next live records of one end that have no active link, in the order of their ids."""
    rows = tx.execute(_UNLINKED[end], {"pair": pair, "endpoint": endpoint, "after": after, "most": most})
    return list(rows.scalars())


_UNLINKED = tuple(
    select(record.c.id)
    .where(
        record.c.endpoint == bindparam("endpoint"),
        record.c.id > bindparam("after"),
        record.c.state.in_(LIVE),
        not_(
            exists().where(link.c.pair == bindparam("pair"), link.c.state == "active", column == record.c.id),
        ),
    )
    .order_by(record.c.id)
    .limit(bindparam("most"))
    for column in (link.c.first, link.c.second)
)


def keys_twice(tx: Connection, endpoint: int) -> dict[str, list[str]]:
    """Give every key that more than one live record carries, with these records."""
    carried = [record.c.endpoint == endpoint, record.c.marker.is_not(None), record.c.state.in_(LIVE)]
    doubled = select(record.c.marker).where(*carried).group_by(record.c.marker).having(func.count() > 1)
    found: dict[str, list[str]] = {}
    rows = select(record.c.marker, record.c.id).where(*carried, record.c.marker.in_(doubled)).order_by(record.c.id)
    for row in tx.execute(rows):
        found.setdefault(str(row.marker), []).append(str(row.id))
    return found


def stopped_at(tx: Connection) -> Mapping[str, int]:
    """Give mapping -> number of the link at which the last verification that had too few calls stopped."""
    query = select(run.c.summary).where(run.c.command == "verify", run.c.exit.is_not(None))
    text = tx.execute(query.order_by(run.c.started.desc(), run.c.id.desc()).limit(1)).scalar()
    marks = loads_object(text).get("stopped_at") if text else None
    return {name: int(str(mark)) for name, mark in marks.items()} if isinstance(marks, Mapping) else {}
