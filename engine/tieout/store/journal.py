"""The journal: what is about to be sent, committed before it is, and kept until its fate is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from tieout.model import Value
from tieout.store.statements import Statement, among, as_list
from tieout.store.tables import intent
from tieout.values import loads_object


@dataclass(frozen=True, slots=True)
class Intent:
    """One write that may have happened (`prepared`) or was accepted and not yet read back (`accepted`)."""

    id: int
    run: str
    epoch: int
    pair: int
    link: int | None
    part: str
    end: int
    verb: str
    record: str | None
    source: str
    key: str
    generation: int
    batch: str
    body: Mapping[str, Value]
    state: str
    sent_at: str
    until: str


def _intent(row: Any) -> Intent:
    values = row._asdict()
    return Intent(**{**values, "body": loads_object(values["body"])})


def prepare(tx: Connection, rows: Sequence[Mapping[str, object]]) -> list[int]:
    """Write intents and give their numbers, in order; the database refuses a second claim on one source record."""
    made = tx.execute(insert(intent).returning(intent.c.id, sort_by_parameter_order=True), list(rows))
    return [int(number) for number in made.scalars()]


def claimed(tx: Connection, number: int, end: int, sources: Sequence[str]) -> set[tuple[str, str]]:
    """Give (part, source) of which an intent is still open."""
    found: set[tuple[str, str]] = set()
    found.update((row.part, row.source) for row in _CLAIMED.rows(tx, n=number, e=end, sources=as_list(sources)))
    return found


_CLAIMED = Statement(
    select(intent.c.part, intent.c.source).where(
        intent.c.pair == bindparam("n"), intent.c.end == bindparam("e"), among(intent.c.source, "sources")
    )
)


def creating(tx: Connection, number: int, end: int) -> list[Mapping[str, Value]]:
    """Give what the open creates at one end of a pair sent."""
    rows = [row for row in _OF_PAIR.rows(tx, n=number) if row.verb == "create" and row.end == end]
    return [cast("Mapping[str, Value]", loads_object(row.body)["sent"]) for row in rows]


def unsettled(tx: Connection) -> list[Intent]:
    """Give all open intents, oldest first."""
    return [_intent(row) for row in _ALL.rows(tx)]


_ALL = Statement(select(intent).order_by(intent.c.id))


def of_batch(tx: Connection, batch: str) -> list[Intent]:
    """Give the open intents of one batch, in the order in which they were sent."""
    return [_intent(row) for row in tx.execute(select(intent).where(intent.c.batch == batch).order_by(intent.c.id))]


def of_ids(tx: Connection, ids: Sequence[int]) -> list[Intent]:
    """Give those of these intents that are still open."""
    return [_intent(row) for row in _OF_IDS.rows(tx, ids=as_list(ids))]


_OF_IDS = Statement(select(intent).where(among(intent.c.id, "ids")))


def busy(tx: Connection, number: int) -> tuple[set[tuple[int, str]], set[str]]:
    """Give (end, record) that an open intent of a pair touches, and the keys of open creates."""
    touched: set[tuple[int, str]] = set()
    keys: set[str] = set()
    for row in _OF_PAIR.rows(tx, n=number):
        touched.add((1 - row.end, row.source))
        if row.record is not None:
            touched.add((row.end, row.record))
        if row.verb == "create":
            keys.add(row.key)
    return touched, keys


_OF_PAIR = Statement(select(intent).where(intent.c.pair == bindparam("n")))


def accept(tx: Connection, id_: int, record: str, link: int | None) -> None:
    """Note that a write was answered without values: the record's id is known, its values are not."""
    tx.execute(update(intent).where(intent.c.id == id_).values(state="accepted", record=record, link=link))


def postpone(tx: Connection, ids: Sequence[int], until: str) -> None:
    """Note that requests were sent again, which may take effect until then."""
    tx.execute(update(intent).where(intent.c.id.in_(ids)).values(until=until))


def settled(tx: Connection, ids: Iterable[int]) -> None:
    """Take intents out of the journal: their fate is known and in the audit log."""
    _SETTLED.run(tx, ids=as_list(ids))


_SETTLED = Statement(delete(intent).where(among(intent.c.id, "ids")))
