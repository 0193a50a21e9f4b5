"""The mirror of each endpoint: what was last seen of its records, its cursor, and which pairs must look again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Text,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    not_,
    or_,
    select,
    update,
)

from tieout.model import Cursor, Lock, Value, Verb
from tieout.store import dialect, keying
from tieout.store.statements import Statement, among, as_list
from tieout.store.tables import due, endpoint, listed, pair, record
from tieout.values import dumps, loads_object

CHUNK = 500
"""Records looked at in one step."""
LIVE = ("present", "archived")
"""States of a record that is there."""


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
    return int(_ENDPOINT.values(tx, a=adapter, o=organisation, n=name)[0])


def known_endpoint(tx: Connection, adapter: str, organisation: str, name: str) -> int | None:
    """Give the number of an endpoint; None: nothing of it was ever read."""
    row = next(iter(_ENDPOINT.rows(tx, a=adapter, o=organisation, n=name)), None)
    return None if row is None else int(row.id)


_ENDPOINT = Statement(
    select(endpoint.c.id).where(
        endpoint.c.adapter == bindparam("a"),
        endpoint.c.organisation == bindparam("o"),
        endpoint.c.object == bindparam("n"),
    )
)


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
    row = _MARK.first(tx, end=end)
    cursor = None if row.cursor is None else {name: str(value) for name, value in loads_object(row.cursor).items()}
    paths = loads_object(row.paths) if row.paths != "[]" else {}
    return Mark(cursor, frozenset(paths), row.complete_at)


_MARK = Statement(
    select(endpoint.c.cursor, endpoint.c.paths, endpoint.c.complete_at).where(endpoint.c.id == bindparam("end"))
)


def set_mark(tx: Connection, end: int, cursor: Cursor | None, paths: frozenset[str], complete_at: str | None) -> None:
    """Store a page's cursor; `complete_at` only where a complete listing ended."""
    read = dumps(dict.fromkeys(sorted(paths), True))
    at = None if cursor is None else dumps(dict(cursor))
    _SET_MARK.run(tx, end=end, read=read, at=at, ended=complete_at)


_SET_MARK = Statement(
    update(endpoint)
    .where(endpoint.c.id == bindparam("end"))
    .values(
        paths=bindparam("read"),
        cursor=func.coalesce(bindparam("at", type_=Text), endpoint.c.cursor),
        complete_at=func.coalesce(bindparam("ended", type_=Text), endpoint.c.complete_at),
    )
)


def forget_mark(tx: Connection, end: int) -> None:
    """Have an endpoint read completely next time."""
    tx.execute(update(endpoint).where(endpoint.c.id == end).values(cursor=None, paths="[]"))


# --- records ------------------------------------------------------------------------------------------------------


def seen(tx: Connection, end: int, ids: Iterable[str]) -> dict[str, Seen]:
    """Give what is known of these records."""
    return {row.id: as_seen(row) for row in _SEEN.rows(tx, end=end, ids=as_list(ids))}


_SEEN = Statement(select(record).where(record.c.endpoint == bindparam("end"), among(record.c.id, "ids")))


def live(tx: Connection, end: int) -> Iterator[Seen]:
    """Give every record of an endpoint that is there, by id."""
    for row in _ALIVE.rows(tx, end=end):
        yield as_seen(row)


_ALIVE = Statement(
    select(record)
    .where(record.c.endpoint == bindparam("end"), or_(*(record.c.state == state for state in LIVE)))
    .order_by(record.c.id)
)


def holding(tx: Connection, end: int, text: str) -> list[Seen]:
    """Give every record that is there and has this text, as JSON spells it, among its fields, in any case."""
    return [as_seen(row) for row in _HOLDING.rows(tx, end=end, text=text)]


_LOWERED = func.lower(record.c.fields)
_HOLDING = Statement(
    select(record)
    .where(
        record.c.endpoint == bindparam("end"),
        or_(*(record.c.state == state for state in LIVE)),
        func.replace(_LOWERED, func.lower(bindparam("text", type_=Text())), "") != _LOWERED,  # no wildcards, as in LIKE
    )
    .order_by(record.c.id)
)


def live_ids(tx: Connection, end: int, after: str, most: int) -> list[str]:
    """Give the next records of an endpoint that are there, in the order of their ids."""
    return _LIVE_IDS.values(tx, end=end, after=after, most=most)


_LIVE_IDS = Statement(
    select(record.c.id)
    .where(
        record.c.endpoint == bindparam("end"),
        record.c.id > bindparam("after"),
        or_(*(record.c.state == state for state in LIVE)),
    )
    .order_by(record.c.id)
    .limit(bindparam("most"))
)


def digests(tx: Connection, end: int, ids: Sequence[str]) -> dict[str, tuple[str, str | None, str]]:
    """Give digest, stamp and state of these records: enough to tell that nothing changed."""
    rows = _DIGESTS.rows(tx, end=end, ids=as_list(ids))
    return {row.id: (row.digest, row.stamp, row.state) for row in rows}


_DIGESTS = Statement(
    select(record.c.id, record.c.digest, record.c.stamp, record.c.state).where(
        record.c.endpoint == bindparam("end"), among(record.c.id, "ids")
    )
)


def as_seen(row: Any) -> Seen:
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
    editable, ways, allows, closed = kept["editable"], kept["ways"], kept.get("allows"), kept.get("closed")
    return Lock(
        str(kept["reason"]),
        frozenset(str(path) for path in editable) if isinstance(editable, list) else frozenset(),
        tuple(str(way) for way in ways) if isinstance(ways, list) else (),
        frozenset(Verb(str(verb)) for verb in allows) if isinstance(allows, list) else frozenset(),
        date.fromisoformat(closed) if isinstance(closed, str) else None,
    )


def lock_text(lock: Lock | None) -> str | None:
    """Write a lock as it is stored."""
    if lock is None:
        return None
    told: dict[str, Value] = {"reason": lock.reason, "editable": sorted(lock.editable), "ways": list(lock.ways_out)}
    told |= {"closed": lock.closed_until.isoformat()} if lock.closed_until else {}
    return dumps(told | ({"allows": sorted(lock.allows)} if lock.allows else {}))


COLUMNS = ("state", "into", "marker", "stamp", "version", "by", "lock", "fields", "digest", "firsts", "revived")


def keep(tx: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows of the mirror; each has `endpoint`, `id` and all of COLUMNS."""
    dialect.upsert(tx, record, rows, keys=["endpoint", "id"], update=COLUMNS)


def clear_revived(tx: Connection, end: int, id_: str) -> None:
    """Forget that a record came back: it was dealt with."""
    tx.execute(update(record).where(record.c.endpoint == end, record.c.id == id_).values(revived=0))


def undate(tx: Connection, end: int, id_: str, paths: Iterable[str]) -> None:
    """Forget when the values of a record at these paths appeared."""
    kept = tx.execute(select(record.c.firsts).where(record.c.endpoint == end, record.c.id == id_)).scalar_one_or_none()
    known = loads_object(kept or "{}")
    left = {path: at for path, at in known.items() if path not in set(paths)}
    if left != known:
        tx.execute(update(record).where(record.c.endpoint == end, record.c.id == id_).values(firsts=dumps(left)))


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
        .where(record.c.endpoint == end, record.c.state.in_(LIVE), not_(shown))
        .order_by(record.c.id)
        .limit(most)
    )
    return [row.id for row in tx.execute(query)]


# --- what must be looked at ---------------------------------------------------------------------------------------


def pairs_of(tx: Connection, end: int) -> list[tuple[int, int]]:
    """Give the pairs that an endpoint belongs to, and its end in each; dormant ones too, for they may come back."""
    return [(row.id, 0 if row.first == end else 1) for row in _PAIRS.rows(tx, it=end)]


_PAIRS = Statement(select(pair).where((pair.c.first == bindparam("it")) | (pair.c.second == bindparam("it"))))


def ends_of(tx: Connection, number: int) -> tuple[int, int]:
    """Give the two endpoints of a pair."""
    row = tx.execute(select(pair.c.first, pair.c.second).where(pair.c.id == number)).one()
    return row.first, row.second


def mark_due(tx: Connection, pairs: Sequence[tuple[int, int]], ids: Iterable[str]) -> None:
    """Have pairs look at records of one endpoint, and make their match keys anew."""
    wanted = list(ids)
    rows = [{"pair": number, "end": place, "id": id_, "keyed": 0} for number, place in pairs for id_ in wanted]
    dialect.upsert(tx, due, rows, keys=("pair", "end", "id"), update=("keyed",))


def mark_all_due(tx: Connection, number: int, ends: tuple[int, int]) -> None:
    """Have a pair look at every record of both its endpoints: its mapping changed, or the day did."""
    keying.unkey(tx, number)
    for place, end in enumerate(ends):
        already = exists().where(due.c.pair == number, due.c.end == place, due.c.id == record.c.id)
        rows = select(literal(number), literal(place), record.c.id).where(record.c.endpoint == end, not_(already))
        tx.execute(insert(due).from_select(["pair", "end", "id"], rows))


def due_ids(tx: Connection, number: int, place: int, after: str, most: int) -> list[str]:
    """Give the next due records of one end, in the order of their ids."""
    return _DUE.values(tx, n=number, e=place, after=after, most=most)


_DUE = Statement(
    select(due.c.id)
    .where(due.c.pair == bindparam("n"), due.c.end == bindparam("e"), due.c.id > bindparam("after"))
    .order_by(due.c.id)
    .limit(bindparam("most"))
)


def count_due(tx: Connection, number: int) -> int:
    """Count the due records of both ends."""
    return tx.execute(select(func.count()).select_from(due).where(due.c.pair == number)).scalar_one()


def are_due(tx: Connection, number: int, place: int, ids: Sequence[str]) -> set[str]:
    """Give those of these records that a pair must look at."""
    return set(_ARE_DUE.values(tx, n=number, e=place, ids=as_list(ids)))


_ARE_DUE = Statement(
    select(due.c.id).where(due.c.pair == bindparam("n"), due.c.end == bindparam("e"), among(due.c.id, "ids"))
)


def done_with(tx: Connection, number: int, place: int, ids: Iterable[str]) -> None:
    """Take records off a pair's list."""
    _DONE.each(tx, [{"n": number, "e": place, "i": id_} for id_ in ids])


_DONE = Statement(
    delete(due).where(due.c.pair == bindparam("n"), due.c.end == bindparam("e"), due.c.id == bindparam("i"))
)


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
