"""Which records belong to which: the index behind roll-ups, and the pairs that look again when a member changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, ForeignKey, Index, Integer, Table, bindparam, delete, insert, not_, select

from tieout.store import dialect
from tieout.store.statements import Statement, among, as_list
from tieout.store.tables import Text, metadata, record

watch = Table(
    "watch",
    metadata,
    Column("endpoint", Integer, ForeignKey("endpoint.id"), primary_key=True),
    Column("path", Text, primary_key=True),  # where a member holds its owner's id; empty: the links tell; a pick
    Column("pair", Integer, ForeignKey("pair.id"), primary_key=True),
    Column("end", Integer, primary_key=True),  # the owner's
)
"""Pairs that look again when a record of an endpoint changes: with roll-ups over them, or that pick among them."""

member = Table(
    "member",
    metadata,
    Column("endpoint", Integer, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Index("member_owner", "endpoint", "path", "owner"),
)
"""To which record a record belongs, by a path that some pair watches; a cache like the mirror."""

LINKS = ""
"""Stands for a path where the links of a pair say what belongs together."""
PICK = "pick:"
"""Begins what stands for a path where the records of a pair pick among those of an endpoint."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A pair whose records at one end have members among the records of an endpoint."""

    endpoint: int
    path: str
    """Where a member holds the id of the record that it belongs to; LINKS: the pair's links say so; PICK…: a pick."""
    pair: int
    end: int


def watches(tx: Connection, endpoint: int) -> list[Watch]:
    """Give who looks at the records of an endpoint as members; mappings that do not run now are among them."""
    return [Watch(endpoint, row.path, row.pair, row.end) for row in _WATCHES.rows(tx, it=endpoint)]


_WATCHES = Statement(select(watch.c.path, watch.c.pair, watch.c.end).where(watch.c.endpoint == bindparam("it")))


def watch_for(tx: Connection, pair: int, wanted: Collection[Watch]) -> list[tuple[int, str]]:
    """Have a pair watch for these from now on; give (endpoint, path) of which nobody kept members so far."""
    rows = tx.execute(select(watch.c.endpoint, watch.c.path, watch.c.pair, watch.c.end).where(watch.c.pair == pair))
    before = {Watch(row.endpoint, row.path, row.pair, row.end) for row in rows}
    if before == set(wanted):
        return []
    known = _kept(tx)
    tx.execute(delete(watch).where(watch.c.pair == pair))
    for one in sorted(wanted, key=lambda one: (one.endpoint, one.path, one.end)):
        tx.execute(insert(watch).values(endpoint=one.endpoint, path=one.path, pair=one.pair, end=one.end))
    now = _kept(tx)
    for endpoint, path in known - now:
        tx.execute(delete(member).where(member.c.endpoint == endpoint, member.c.path == path))
    return sorted(now - known)


def _kept(tx: Connection) -> set[tuple[int, str]]:
    rows = tx.execute(
        select(watch.c.endpoint, watch.c.path).where(watch.c.path != LINKS, not_(watch.c.path.startswith(PICK)))
    )
    return {(row.endpoint, row.path) for row in rows}


def keep(tx: Connection, endpoint: int, path: str, owners: Mapping[str, str | None]) -> None:
    """Note to which record these belong now; None: to none."""
    rows = [{"endpoint": endpoint, "path": path, "id": id_, "owner": owner} for id_, owner in owners.items() if owner]
    _FORGET.each(tx, [{"it": endpoint, "p": path, "i": id_} for id_, owner in owners.items() if not owner])
    dialect.upsert(tx, member, rows, keys=["endpoint", "path", "id"], update=("owner",))


_FORGET = Statement(
    delete(member).where(
        member.c.endpoint == bindparam("it"), member.c.path == bindparam("p"), member.c.id == bindparam("i")
    )
)


def owners(tx: Connection, endpoint: int, path: str, ids: Iterable[str]) -> dict[str, str]:
    """Give to which record these belong, as last noted."""
    return {row.id: row.owner for row in _OWNERS.rows(tx, it=endpoint, p=path, ids=as_list(ids))}


_OWNERS = Statement(
    select(member.c.id, member.c.owner).where(
        member.c.endpoint == bindparam("it"), member.c.path == bindparam("p"), among(member.c.id, "ids")
    )
)


def members(tx: Connection, endpoint: int, path: str, owner: str) -> Sequence[str]:
    """Give the records that belong to this one."""
    return _MEMBERS.values(tx, it=endpoint, p=path, o=owner)


_MEMBERS = Statement(
    select(member.c.id)
    .where(member.c.endpoint == bindparam("it"), member.c.path == bindparam("p"), member.c.owner == bindparam("o"))
    .order_by(member.c.id)
)


def records_after(tx: Connection, endpoint: int, after: str, most: int) -> dict[str, str]:
    """Give the next records of the mirror in the order of their ids, with their fields as JSON."""
    rows = tx.execute(
        select(record.c.id, record.c.fields)
        .where(record.c.endpoint == endpoint, record.c.id > after)
        .order_by(record.c.id)
        .limit(most)
    )
    return {row.id: row.fields for row in rows}
