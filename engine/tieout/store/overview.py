"""What `status` shows of the store without a run: pairs, their links, and fields that rest in disagreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from tieout.store import described
from tieout.store.tables import child, endpoint, intent, link, pair, record
from tieout.values import loads_object


@dataclass(frozen=True, slots=True)
class End:
    """One endpoint of a pair."""

    adapter: str
    organisation: str
    object: str
    read_at: str | None
    """When it was last read completely."""
    page: str = ""
    """On which a person sees a record, with `{id}` where its id stands; "": none is known."""


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair: two endpoints that a mapping keeps, or kept, in agreement."""

    id: int
    label: str
    dormant: bool
    ends: tuple[End, End]
    links: int
    differs: int
    """Fields of links and lines that are stored differently on the two sides."""


def pairs(tx: Connection) -> list[PairRow]:
    """Give all pairs in the order in which they were made."""
    pages = described.pages(tx)
    ends = {
        row.id: End(
            row.adapter,
            row.organisation,
            row.object,
            row.complete_at,
            pages.get((row.adapter, row.organisation, row.object), ""),
        )
        for row in tx.execute(select(endpoint))
    }
    counted = select(link.c.pair, func.count()).where(link.c.state == "active").group_by(link.c.pair)
    links = {row[0]: row[1] for row in tx.execute(counted)}
    return [
        PairRow(
            row.id,
            row.label,
            bool(row.dormant),
            (ends[row.first], ends[row.second]),
            links.get(row.id, 0),
            len(differing(tx, row.id)),
        )
        for row in tx.execute(select(pair).order_by(pair.c.id))
    ]


def differing(tx: Connection, number: int) -> list[tuple[int, str]]:
    """Give the links of a pair, and the rules of theirs, whose two sides are stored differently; of lines, too."""
    active = (link.c.pair == number, link.c.state == "active")
    own = select(link.c.id, link.c.base).where(*active, link.c.base.contains('"differs"'))
    lines = select(link.c.id, child.c.base).join(link, link.c.id == child.c.link)
    rows = [*tx.execute(own), *tx.execute(lines.where(*active, child.c.base.contains('"differs"')))]
    return [(row.id, rule) for row in rows for rule, kept in loads_object(row.base).items() if _is_differs(kept)]


def _is_differs(kept: object) -> bool:
    return isinstance(kept, Sequence) and not isinstance(kept, str) and kept[2] == "differs"


@dataclass(frozen=True, slots=True)
class Linked:
    """What a link is of."""

    pair: int
    ids: tuple[str, str]
    part: str


def link_of(tx: Connection, number: int) -> Linked | None:
    """Give the pair of a link, its two records and the part that it is for, of an ended one too."""
    row = tx.execute(select(link.c.pair, link.c.first, link.c.second, link.c.part).where(link.c.id == number)).first()
    return None if row is None else Linked(row.pair, (row.first, row.second), row.part)


def ends_of(tx: Connection, number: int) -> tuple[int, int]:
    """Give the endpoints of a pair."""
    row = tx.execute(select(pair.c.first, pair.c.second).where(pair.c.id == number)).one()
    return row.first, row.second


def is_known(tx: Connection, endpoint_number: int, id_: str) -> bool:
    """Say whether a record stands in the mirror, or in any link of its pairs."""
    if tx.execute(select(record.c.id).where(record.c.endpoint == endpoint_number, record.c.id == id_)).first():
        return True
    ends = (pair.c.first == endpoint_number) & (link.c.first == id_)
    ends |= (pair.c.second == endpoint_number) & (link.c.second == id_)
    return tx.execute(select(link.c.id).join(pair, pair.c.id == link.c.pair).where(ends)).first() is not None


@dataclass(frozen=True, slots=True)
class Sent:
    """A write whose fate is not known yet."""

    pair: int
    end: int
    """The end that is written."""
    verb: str
    record: str | None
    """The record that is written; None: a create that was not answered."""
    source: str
    since: str


def sent(tx: Connection, number: int, end: int, id_: str) -> list[Sent]:
    """Give the writes to a record, or to its partner because of it, whose fate is not known yet."""
    own = (intent.c.end == end) & (intent.c.record == id_)
    own |= (intent.c.end != end) & (intent.c.source == id_)
    rows = tx.execute(select(intent).where(intent.c.pair == number, own).order_by(intent.c.id))
    return [Sent(row.pair, row.end, row.verb, row.record, row.source, row.sent_at) for row in rows]


def unsettled(tx: Connection) -> int:
    """Count writes whose fate is not known yet."""
    return int(tx.execute(select(func.count()).select_from(intent)).scalar_one())
