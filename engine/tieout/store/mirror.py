"""The mirror of each endpoint: what was last seen of its records, its cursor, and which pairs must look again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, insert, literal, not_, select, update

from tieout.model import Cursor, Lock, Value
from tieout.store import dialect
from tieout.store.tables import due, endpoint, listed, pair, record
from tieout.values import dumps, loads_object

CHUNK = 500
"""Ids in one IN list: far below SQLite's bound on variables."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One row of the mirror."""

    id: str
    state: str
    fields: Mapping[str, Value]
    into: str | None = None
    lock: Lock | None = None
    stamp: str | None = None
    by: str | None = None
    version: str | None = None
    marker: str | None = None
    revived: bool = False
    firsts: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an endpoint was read."""

    cursor: Cursor | None
    paths: frozenset[str]
    complete_at: str | None


# --- endpoints and pairs ------------------------------------------------------------------------------------------


def endpoint_id(tx: Connection, adapter: str, organisation: str, name: str) -> int:
    """Give the number of an endpoint, making it if it is new."""
    key = {"adapter": adapter, "organisation": organisation, "object": name}
    dialect.insert_ignore(tx, endpoint, [key])
    where = [endpoint.c[column] == value for column, value in key.items()]
    return int(tx.execute(select(endpoint.c.id).where(*where)).scalar_one())


def pair_id(tx: Connection, first: int, second: int, label: str) -> tuple[int, bool]:
    """Give the number of a pair of endpoints and whether its ends are the other way round here."""
    for one, two, turned in ((first, second, False), (second, first, True)):
        found = tx.execute(select(pair.c.id).where(pair.c.first == one, pair.c.second == two)).scalar()
        if found is not None:
            tx.execute(update(pair).where(pair.c.id == found).values(label=label, dormant=0))
            return int(found), turned
    made = tx.execute(insert(pair).values(first=first, second=second, label=label))
    return int(made.inserted_primary_key[0]), False  # type: ignore[index]  # a row was inserted


def mark(tx: Connection, end: int) -> Mark:
    """Give how far an endpoint was read."""
    row = tx.execute(_MARK, {"end": end}).one()
    cursor = None if row.cursor is None else {name: str(value) for name, value in loads_object(row.cursor).items()}
    paths = loads_object(row.paths) if row.paths != "[]" else {}
    return Mark(cursor, frozenset(paths), row.complete_at)


_MARK = select(endpoint.c.cursor, endpoint.c.paths, endpoint.c.complete_at).where(endpoint.c.id == bindparam("end"))


def set_mark(tx: Connection, end: int, cursor: Cursor | None, paths: frozenset[str], complete_at: str | None) -> None:
    """Store a page's cursor; `complete_at` only where a complete listing ended."""
    values: dict[str, Any] = {"paths": dumps(dict.fromkeys(sorted(paths), True))}
    if cursor is not None:
        values["cursor"] = dumps(dict(cursor))
    if complete_at is not None:
        values["complete_at"] = complete_at
    tx.execute(update(endpoint).where(endpoint.c.id == end).values(**values))


def forget_mark(tx: Connection, end: int) -> None:
    """Have an endpoint read completely next time."""
    tx.execute(update(endpoint).where(endpoint.c.id == end).values(cursor=None, paths="[]"))


# --- records ------------------------------------------------------------------------------------------------------


def seen(tx: Connection, end: int, ids: Iterable[str]) -> dict[str, Seen]:
    """Give what is known of these records."""
    found: dict[str, Seen] = {}
    wanted = list(ids)
    for start in range(0, len(wanted), CHUNK):
        rows = tx.execute(_SEEN, {"end": end, "ids": wanted[start : start + CHUNK]})
        found.update((row.id, as_seen(row)) for row in rows)
    return found


_SEEN = select(record).where(record.c.endpoint == bindparam("end"), record.c.id.in_(bindparam("ids", expanding=True)))


def digests(tx: Connection, end: int, ids: Sequence[str]) -> dict[str, tuple[str, str | None, str]]:
    """Give digest, stamp and state of these records: enough to tell that nothing changed."""
    found: dict[str, tuple[str, str | None, str]] = {}
    for start in range(0, len(ids), CHUNK):
        rows = tx.execute(_DIGESTS, {"end": end, "ids": ids[start : start + CHUNK]})
        found.update((row.id, (row.digest, row.stamp, row.state)) for row in rows)
    return found


_DIGESTS = select(record.c.id, record.c.digest, record.c.stamp, record.c.state).where(
    record.c.endpoint == bindparam("end"), record.c.id.in_(bindparam("ids", expanding=True))
)


def as_seen(row: Row[Any]) -> Seen:
    """Read a row of the mirror."""
    return Seen(
        row.id,
        row.state,
        loads_object(row.fields),
        row.into,
        _lock(row.lock),
        row.stamp,
        row.by,
        row.version,
        row.marker,
        bool(row.revived),
        {name: str(value) for name, value in loads_object(row.firsts).items()} if row.firsts != "{}" else {},
    )


def _lock(text: str | None) -> Lock | None:
    if text is None:
        return None
    kept = loads_object(text)
    editable, ways = kept["editable"], kept["ways"]
    return Lock(
        str(kept["reason"]),
        frozenset(str(path) for path in editable) if isinstance(editable, list) else frozenset(),
        tuple(str(way) for way in ways) if isinstance(ways, list) else (),
    )


def lock_text(lock: Lock | None) -> str | None:
    """Write a lock as it is stored."""
    if lock is None:
        return None
    return dumps({"reason": lock.reason, "editable": sorted(lock.editable), "ways": list(lock.ways_out)})


COLUMNS = ("state", "into", "marker", "stamp", "version", "by", "lock", "fields", "digest", "firsts", "revived")


def keep(tx: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows of the mirror; each has `endpoint`, `id` and all of COLUMNS."""
    dialect.upsert(tx, record, rows, keys=["endpoint", "id"], update=COLUMNS)


def clear_revived(tx: Connection, end: int, id_: str) -> None:
    """Forget that a record came back: it was dealt with."""
    tx.execute(update(record).where(record.c.endpoint == end, record.c.id == id_).values(revived=0))


def markers(tx: Connection, end: int, keys: Sequence[str]) -> set[str]:
    """Give those of these keys that a live record carries."""
    found: set[str] = set()
    for start in range(0, len(keys), CHUNK):
        query = select(record.c.marker).where(
            record.c.endpoint == end,
            record.c.marker.in_(list(keys[start : start + CHUNK])),
            record.c.state.in_(("present", "archived")),
        )
        found.update(tx.execute(query).scalars())
    return found


def marked(tx: Connection, end: int, ids: Sequence[str]) -> list[str]:
    """Give those of these records that carry a key, ours or a foreign text."""
    found: list[str] = []
    for start in range(0, len(ids), CHUNK):
        query = select(record.c.id).where(
            record.c.endpoint == end, record.c.marker.is_not(None), record.c.id.in_(list(ids[start : start + CHUNK]))
        )
        found += tx.execute(query).scalars()
    return found


# --- complete listings --------------------------------------------------------------------------------------------


def start_listing(tx: Connection, end: int) -> None:
    """Begin to note which ids a complete listing shows."""
    tx.execute(delete(listed).where(listed.c.endpoint == end))


def note_listed(tx: Connection, end: int, ids: Iterable[str]) -> None:
    """Note ids of one page."""
    dialect.insert_ignore(tx, listed, [{"endpoint": end, "id": id_} for id_ in ids])


def missing(tx: Connection, end: int, most: int) -> list[str]:
    """Give live records that the complete listing did not show."""
    shown = exists().where(listed.c.endpoint == record.c.endpoint, listed.c.id == record.c.id)
    query = (
        select(record.c.id)
        .where(record.c.endpoint == end, record.c.state.in_(("present", "archived")), not_(shown))
        .order_by(record.c.id)
        .limit(most)
    )
    return [row.id for row in tx.execute(query)]


# --- what must be looked at ---------------------------------------------------------------------------------------


def pairs_of(tx: Connection, end: int) -> list[tuple[int, int]]:
    """Give the pairs that an endpoint belongs to, and its end in each; dormant ones too, for they may come back."""
    return [(row.id, 0 if row.first == end else 1) for row in tx.execute(_PAIRS, {"it": end})]


_PAIRS = select(pair).where((pair.c.first == bindparam("it")) | (pair.c.second == bindparam("it")))


def mark_due(tx: Connection, pairs: Sequence[tuple[int, int]], ids: Iterable[str]) -> None:
    """Have pairs look at records of one endpoint."""
    wanted = list(ids)
    dialect.insert_ignore(
        tx, due, [{"pair": number, "end": place, "id": id_} for number, place in pairs for id_ in wanted]
    )


def mark_all_due(tx: Connection, number: int, ends: tuple[int, int]) -> None:
    """Have a pair look at every record of both its endpoints: its mapping changed, or the day did."""
    for place, end in enumerate(ends):
        already = exists().where(due.c.pair == number, due.c.end == place, due.c.id == record.c.id)
        rows = select(literal(number), literal(place), record.c.id).where(record.c.endpoint == end, not_(already))
        tx.execute(insert(due).from_select(["pair", "end", "id"], rows))


def due_ids(tx: Connection, number: int, place: int, after: str, most: int) -> list[str]:
    """Give the next due records of one end, in the order of their ids."""
    return [row.id for row in tx.execute(_DUE, {"n": number, "e": place, "after": after, "most": most})]


_DUE = (
    select(due.c.id)
    .where(due.c.pair == bindparam("n"), due.c.end == bindparam("e"), due.c.id > bindparam("after"))
    .order_by(due.c.id)
    .limit(bindparam("most"))
)


def are_due(tx: Connection, number: int, place: int, ids: Sequence[str]) -> set[str]:
    """Give those of these records that a pair must look at."""
    found: set[str] = set()
    for start in range(0, len(ids), CHUNK):
        query = select(due.c.id).where(
            due.c.pair == number, due.c.end == place, due.c.id.in_(list(ids[start : start + CHUNK]))
        )
        found.update(tx.execute(query).scalars())
    return found


def done_with(tx: Connection, number: int, place: int, ids: Iterable[str]) -> None:
    """Take records off a pair's list."""
    rows = [{"n": number, "e": place, "i": id_} for id_ in ids]
    if rows:
        tx.execute(_DONE, rows)


_DONE = delete(due).where(and_(due.c.pair == bindparam("n"), due.c.end == bindparam("e"), due.c.id == bindparam("i")))


def streamed(rows: Iterable[Row[Any]], size: int) -> Iterator[list[Row[Any]]]:
    """Cut a result into chunks."""
    chunk: list[Row[Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
