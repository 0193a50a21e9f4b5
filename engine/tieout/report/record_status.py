"""How one record stands, by what is kept of it; no system is asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieout.choosing import no_such
from tieout.errors import UsageError
from tieout.language.copies import called, names_to_call
from tieout.report.standing import PairNames, SideNames, Words, whole
from tieout.store import links, mirror, overview
from tieout.sync.naming import title_in
from tieout.values import unit

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieout.mapping.compiled import CompiledMapping
    from tieout.report.run_view import Standing
    from tieout.store.overview import Sent

NEAR = 2000
"""Records among which the nearest to a wrong id is looked for."""
Place = tuple[int, int]
"""A pair, and an end of it."""


@dataclass(frozen=True, slots=True)
class InFlight:
    """A write that was sent, and not answered yet."""

    do: str
    record: str
    """What is written; "": a create whose record is not known yet."""
    source: str
    since: str

    def as_json(self) -> dict[str, object]:
        """Give it for a program."""
        return {"do": self.do, "record": self.record, "source": self.source, "since": self.since}


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """How a record stands."""

    partners: tuple[str, ...]
    """The records that it is linked to, as MAPPING/SIDE:ID."""
    held: tuple[Standing, ...]
    """What is held or failed."""
    asked: tuple[Standing, ...]
    sent: tuple[InFlight, ...]
    """Writes to it, or because of it, whose fate is not known yet."""


def record_status(tx: Connection, names: SideNames, record: str) -> RecordStatus:
    """Say how MAPPING/SIDE:ID stands. Raises UsageError for a mapping or a side that there is not."""
    id_, words = read_record(record)[2], Words(tx, names)
    partners, mine, sent = list[str](), set[str](), list[InFlight]()
    for number, end in places_of(names, record):
        named = names[number]
        mine.add(named.record(end, id_))
        sent += [_in_flight(named, one) for one in overview.sent(tx, number, end, id_)]
        for row in links.active(tx, number, end, [whole(id_)], children=False):
            ids = (row.first, row.second)
            if id_ in {ids[end], unit(ids[end], row.part)}:
                partners.append(named.record(1 - end, ids[1 - end], row.part))
    return RecordStatus(
        tuple(dict.fromkeys(partners)),
        tuple(one for one in words.holds() if _about(one.record, one.partner) & mine),
        tuple(one for one in words.reviews() if _about(one.record, one.partner) & mine),
        tuple(sent),
    )


def places_of(names: SideNames, record: str) -> list[Place]:
    """Give where records of this mapping and side stand. Raises UsageError with the nearest name."""
    mapping, side, _ = read_record(record)
    found = {number: one for number, one in names.items() if called(mapping, [one.mapping])}
    if not found:
        known = names_to_call(sorted({one.mapping for one in names.values()}))
        told = no_such("mapping that has been planned", mapping, known)
        raise UsageError(told, mend="tieout status")
    places = [(number, one.sides.index(side)) for number, one in found.items() if side in one.sides]
    if not places:
        sides = list(dict.fromkeys(each for one in found.values() for each in one.sides))
        raise UsageError(no_such("side", side, sides), mend=f"write it as {mapping}/{sides[0]}:ID")
    return places


def must_be_known(tx: Connection, names: SideNames, record: str) -> None:
    """Raise UsageError with the nearest id if nothing was ever seen of a record."""
    id_ = read_record(record)[2]
    ends = [overview.ends_of(tx, number)[end] for number, end in places_of(names, record)]
    if not any(overview.is_known(tx, end, id_) for end in ends):
        known = [one for end in dict.fromkeys(ends) for one in mirror.live_ids(tx, end, "", NEAR)]
        raise UsageError(no_such("record", id_, known), mend=f"tieout plan {record} reads it from its system")


def read_record(record: str) -> tuple[str, str, str]:
    """Read MAPPING/SIDE:ID; a part behind the id is left out. Raises UsageError."""
    mapping, _, rest = record.partition("/")
    side, colon, id_ = rest.partition(":")
    if not (mapping and side and colon and id_):
        raise UsageError(f"{record!r} names no record", mend="write it as MAPPING/SIDE:ID")
    return mapping, side, whole(id_)


def _in_flight(named: PairNames, one: Sent) -> InFlight:
    written = "" if one.record is None else named.record(one.end, one.record)
    return InFlight(one.verb, written, named.record(1 - one.end, one.source), one.since)


def _about(*names: str) -> set[str]:
    """Name what these are about: each record, and the part of it."""
    return {one for name in names if name for one in (name, whole(name))}


@dataclass(frozen=True, slots=True)
class Titles:
    """Gives what people call a record beside its id, as it was read last; never what is personal."""

    tx: Connection
    names: SideNames
    mappings: Collection[CompiledMapping]

    def of(self, record: str) -> str:
        """Give the title of MAPPING/SIDE:ID; "" if none is known, or all that is known is personal."""
        name, side, id_ = read_record(record)
        for number, one in self.names.items():
            if side not in one.sides or not called(name, [one.mapping]):
                continue
            endpoint = overview.ends_of(self.tx, number)[one.sides.index(side)]
            found = mirror.seen(self.tx, endpoint, [id_]).get(id_)
            mapping = next((each for each in self.mappings if each.name == one.mapping), None)
            ends = [] if mapping is None else [end for end, each in enumerate(mapping.sides) if each.name == side]
            if found is not None and mapping is not None and ends:
                return title_in(mapping, ends[0], found.fields)
        return ""
