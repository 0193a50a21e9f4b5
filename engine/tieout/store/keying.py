"""Which due records of a pair have no match keys since they became due: partners that would not be found."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select, update

from tieout.store.statements import Statement
from tieout.store.tables import due


def unkeyed_ids(tx: Connection, number: int, place: int, after: str, most: int) -> list[str]:
    """Give the next due records of one end whose match keys were not made since they became due."""
    return _UNKEYED.values(tx, n=number, e=place, after=after, most=most)


_UNKEYED = Statement(
    select(due.c.id)
    .where(due.c.pair == bindparam("n"), due.c.end == bindparam("e"), due.c.keyed == 0, due.c.id > bindparam("after"))
    .order_by(due.c.id)
    .limit(bindparam("most"))
)


def set_keyed(tx: Connection, number: int, place: int, ids: Iterable[str]) -> None:
    """Note that the match keys of records were made, or that they have none."""
    _KEYED.each(tx, [{"n": number, "e": place, "i": id_} for id_ in ids])


_KEYED = Statement(
    update(due)
    .where(due.c.pair == bindparam("n"), due.c.end == bindparam("e"), due.c.id == bindparam("i"))
    .values(keyed=1)
)


def unkey(tx: Connection, number: int) -> None:
    """Have the match keys of all due records of a pair made anew."""
    _UNKEY.run(tx, n=number)


_UNKEY = Statement(update(due).where(due.c.pair == bindparam("n"), due.c.keyed == 1).values(keyed=0))
