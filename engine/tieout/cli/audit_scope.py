"""What the commands of `tieout audit` share: the opened log, and records named by people."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieout.choosing import no_such
from tieout.cli.asked import asked
from tieout.errors import UsageError
from tieout.language.copies import called, names_to_call
from tieout.report.audit_text import Names, Personal
from tieout.report.standing import side_names
from tieout.session import Session, load
from tieout.store import overview
from tieout.store.person import find, of_part, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from tieout.report.standing import SideNames
    from tieout.store.person import Person


@dataclass(frozen=True, slots=True)
class Opened:
    """The log, opened for reading."""

    tx: Connection
    session: Session
    sides: SideNames

    @property
    def names(self) -> Names:
        """Puts ids into names."""
        return Names(self.tx, self.sides)

    def personal(self) -> Personal:
        """Say which values are not personal, by the mappings as they are now."""
        return Personal.of(self.session.check().mappings)


@contextmanager
def opened() -> Iterator[Opened]:
    """Open the project's store for reading; it must be there."""
    with session() as one, one.database.read() as tx:
        yield Opened(tx, one, sides(tx, one))


@contextmanager
def session() -> Iterator[Session]:
    """Open the project; its store must be there."""
    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    with Session(loaded, settings.env, create=False) as made:
        yield made


def sides(tx: Connection, session: Session) -> SideNames:
    """Name the ends of all pairs."""
    return side_names(session.project, overview.pairs(tx))


def chosen(tx: Connection, names: SideNames, text: str, *, partners: bool) -> Person:
    """Find the record that is called `MAPPING/SIDE:ID`, or `SIDE:ID` where only one can be meant.

    `partners`: with all records that belong to the same person, and all parts of them, so that a part can't be named;
    without, `SIDE:ID#PART` is that part alone. Raises UsageError with what could be meant.
    """
    mapping, slash, rest = text.rpartition("/") if "/" in text.partition(":")[0] else ("", "", text)
    side, colon, id_ = rest.partition(":")
    if not colon or not id_:
        raise UsageError(f"{text!r} names no record", mend="write it as MAPPING/SIDE:ID; tieout help records")
    id_, _, part = id_.partition("#")
    if partners and part:
        whole = text.partition("#")[0]
        raise UsageError(f"{text} names a part, and only a whole record is given out or erased", mend=f"name {whole}")
    named = {number: one for number, one in names.items() if not slash or called(mapping, [one.mapping])}
    if not named:
        known_ = names_to_call(sorted({one.mapping for one in names.values()}))
        raise UsageError(no_such("mapping", mapping, known_), mend="tieout status")
    ends = [(number, one.sides.index(side)) for number, one in named.items() if side in one.sides]
    if not ends:
        known = sorted({each for one in named.values() for each in one.sides})
        raise UsageError(no_such("side", side, known), mend="tieout help records")
    endpoints = {overview.ends_of(tx, number)[end]: (number, end) for number, end in ends}
    found = [number for number in endpoints if overview.is_known(tx, number, id_)]
    if not found:
        raise UsageError(f"nothing is known of {text}", mend="tieout audit log")
    if len(found) > 1:
        meant = ", ".join(names[endpoints[one][0]].record(endpoints[one][1], id_) for one in found)
        raise UsageError(f"{text} can be several records: {meant}", mend=f"tieout audit log {meant.partition(',')[0]}")
    person = find(tx, found[0], id_, partners=partners)
    if partners or not part:
        return person
    parts = parts_of(tx, person)
    if part not in parts:
        raise UsageError(no_such(f"part of {text.partition('#')[0]}", part, parts), mend="tieout audit log")
    return of_part(tx, person, part)
