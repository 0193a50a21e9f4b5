"""What `tieout audit erase` does: everything that is kept about one person is forgotten, between two runs."""

from __future__ import annotations

import re

from sqlalchemy import Connection as Tx
from sqlalchemy import select

from tieout.errors import Busy
from tieout.store import audit, lease, person
from tieout.store.database import RUN
from tieout.store.tables import audit_value, endpoint, metadata, record

from .runs import TTL
from .systems import NAMES
from .world import PERSON, World


def erase(world: World) -> None:
    """Erase somebody, unless a run is at work or the fate of a write to them is not known yet."""
    try:
        epoch = lease.acquire(world.database, RUN, PERSON, TTL)
    except Busy:
        return
    with world.database.write(epoch=epoch) as tx:
        known = tx.execute(select(record.c.endpoint, record.c.id).order_by(record.c.endpoint, record.c.id)).all()
        if known:
            chosen = world.random.choice(known)
            _erase(world, tx, chosen.endpoint, chosen.id)
        lease.release(tx, RUN, epoch)


def erase_one(world: World, tx: Tx, id_: str) -> None:
    """Erase the person whom one record is about; ids differ by their system."""
    number = tx.execute(select(record.c.endpoint).where(record.c.id == id_)).scalar_one()
    _erase(world, tx, number, id_)


def _erase(world: World, tx: Tx, number: int, id_: str) -> None:
    about = person.find(tx, number, id_)
    if person.unsettled(tx, about):
        return
    entries = person.entries(tx, about)
    kept = select(audit_value.c.seq, audit_value.c.value).where(audit_value.c.seq.in_(entries))
    world.erased.values |= {row.seq: row.value for row in tx.execute(kept)}
    person.forget(tx, about)
    names = [f"{pair}/{end}:{one}" for pair, end, one in sorted(about.places)]
    audit.erase(tx, entries, who=PERSON, about={"records": names, **person.told(tx, about)})
    world.tally.erased += 1
    world.trace(f"person has {names} erased")
    places = {row.id: _place(row.organisation) for row in tx.execute(select(endpoint))}
    mine = {(places[at], one) for at, one in about.records}
    world.erased.kept += [f"{names}: {leak}" for leak in leaks(world, tx, mine)]


def _place(organisation: str) -> int:
    return next(place for place, name in enumerate(NAMES) if organisation.startswith(name))


def leaks(world: World, tx: Tx, mine: set[tuple[int, str]]) -> list[str]:
    """Give what is still kept of the values that these records, and no others, ever had."""
    own: set[str] = set()
    others: set[str] = set()
    for place, system in enumerate(world.systems):
        for change in system.history:
            numbers = re.findall(r"[UuTt](\d+)", str(change.value))
            (own if (place, change.id) in mine else others).update(numbers)
    pattern = re.compile("|".join(rf"[UuTt]{number}(?!\d)" for number in sorted(own - others)) or "(?!)")
    return [
        f"{table.name}: {found.group()} in {row}"
        for table in metadata.sorted_tables
        for row in tx.execute(select(table))
        if (found := pattern.search(str(tuple(row)))) is not None
    ]
