"""What was there before for a record without a partner: a link that ended, or a record made for it that is not its."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection as Tx

from tieout.store import links, mirror
from tieout.sync.match import endpoints_digest, make_key
from tieout.sync.run import Joined
from tieout.sync.words import Image

Earlier = tuple[str, int, str]
"""Why it ended, its generation, and the partner it had."""


def earlier(tx: Tx, joined: Joined, end: int, units: Mapping[str, Image]) -> dict[str, Earlier]:
    """Give what was there before for each of these records, or parts of records, that had something.

    A live record that carries the key of the next create, and is not the record's partner, was made for it and went
    elsewhere: merged with another's, or out of scope. To create once more under that key would make a twin (law 2).
    """
    found = _ended(tx, joined, end, units)
    source, target = joined.ends[end], joined.ends[1 - end]
    digest, name = endpoints_digest(source.name, target.name), joined.mapping.sides[1 - end].name
    asked = list(units)
    while asked:
        generations = {unit: found[unit][1] + 1 if unit in found else 0 for unit in asked}
        keys = {
            make_key(digest, units[unit].id, units[unit].part, generation): unit
            for unit, generation in generations.items()
        }
        carrying = mirror.carrying(tx, target.number, list(keys))
        asked = [keys[key] for key in carrying]
        for key, made in carrying.items():
            found[keys[key]] = (f"{name} {made} was made for it", generations[keys[key]], made)
    return found


def _ended(tx: Tx, joined: Joined, end: int, units: Mapping[str, Image]) -> dict[str, Earlier]:
    """Give the last link that ended of each; one from before the mapping had parts, or had none, counts for all."""
    by_record: dict[str, list[links.Ended]] = {}
    for one in links.ended(tx, joined.pair, end, list(dict.fromkeys(image.id for image in units.values()))):
        by_record.setdefault(one.id, []).append(one)
    found: dict[str, Earlier] = {}
    for unit, image in units.items():
        mine = [one for one in by_record.get(image.id, ()) if one.part in {"", image.part} or not image.part]
        if mine:
            found[unit] = (mine[-1].reason, mine[-1].generation, mine[-1].partner)
    return found
