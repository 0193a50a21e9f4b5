"""Notices: the steps of each link, when each came up, and when somebody was told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from tieout.store.statements import Statement
from tieout.store.tables import link, notice

Key = tuple[str, int, str]
"""Notice, days after its date, and the date."""


@dataclass(frozen=True, slots=True)
class Came:
    """A step that has come and that nobody was told of."""

    pair: int
    link: int
    part: str
    ids: tuple[str, str]
    name: str
    days: int
    date: str


def schedule(tx: Connection, pair: int, number: int, steps: Mapping[Key, str], today: str, now: str) -> list[Key]:
    """Make these the steps of a link (key -> its day); give those that come up now.

    What has come up once never does again. Of several days that lie behind at the first look only the last one comes
    up, and none that lies before one that came. What is no step any more is forgotten, unless somebody was told.
    """
    rows = _OF_LINK.rows(tx, link=number)
    known = {(row.name, row.days, row.date): row for row in rows}
    _DROP.each(tx, [_named(number, key) for key, row in known.items() if row.told is None and key not in steps])
    came = {key: row.came for key, row in known.items()}
    new = [key for key in steps if key not in came]
    _ADD.each(
        tx,
        [
            {"pair": pair, "link": number, "name": key[0], "days": key[1], "date": key[2], "day": steps[key]}
            for key in new
        ],
    )
    latest: dict[str, Key] = {}
    for key in sorted((key for key, day in steps.items() if day <= today), key=lambda one: steps[one]):
        latest[key[0]] = key
    behind = [key for key, day in steps.items() if day <= today and came.get(key) is None]
    for key in behind:
        _CAME.run(tx, **_named(number, key), came=now, told=None if latest[key[0]] == key else now)
    return [key for key in behind if latest[key[0]] == key]


def _named(number: int, key: Key) -> dict[str, object]:
    return {"l": number, "n": key[0], "d": key[1], "of": key[2]}


_OF_LINK = Statement(select(notice).where(notice.c.link == bindparam("link")))
_THIS = (
    notice.c.link == bindparam("l"),
    notice.c.name == bindparam("n"),
    notice.c.days == bindparam("d"),
    notice.c.date == bindparam("of"),
)
_DROP = Statement(delete(notice).where(*_THIS))
_ADD = Statement(insert(notice))
_CAME = Statement(update(notice).where(*_THIS).values(came=bindparam("came"), told=bindparam("told")))


def arriving(tx: Connection, pair: int, today: str) -> list[str]:
    """Give the records (end 0) of the links of a pair of which a step's day has come."""
    return sorted(set(_ARRIVING.values(tx, n=pair, today=today)))


_ARRIVING = Statement(
    select(link.c.first)
    .join(notice, notice.c.link == link.c.id)
    .where(notice.c.pair == bindparam("n"), notice.c.came.is_(None), notice.c.day <= bindparam("today"))
)


def untold(tx: Connection, pairs: Iterable[int]) -> list[Came]:
    """Give the steps that came up on links that still are, and of which nobody was told."""
    query = (
        select(notice, link.c.part, link.c.first, link.c.second)
        .join(link, link.c.id == notice.c.link)
        .where(notice.c.came.is_not(None), notice.c.told.is_(None), link.c.state == "active")
        .where(notice.c.pair.in_(list(pairs)))
        .order_by(notice.c.pair, notice.c.day, notice.c.link, notice.c.name, notice.c.days)
    )
    return [
        Came(row.pair, row.link, row.part, (row.first, row.second), row.name, row.days, row.date)
        for row in tx.execute(query)
    ]


def note_told(tx: Connection, told: Sequence[tuple[int, Key]], now: str) -> None:
    """Note that somebody was told of these steps of links, or that nobody wants to hear of them."""
    _TOLD.each(tx, [{**_named(number, key), "at": now} for number, key in told])


_TOLD = Statement(update(notice).where(*_THIS).values(told=bindparam("at")))
