"""What was there before for a record without a partner: a link that ended, or a record made for it that is not its."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection as Tx

from tieout.store import carried, links
from tieout.sync.match import endpoints_digest, possible_keys
from tieout.sync.run import Joined
from tieout.sync.words import Image

Earlier = tuple[str, int, str]
"""Why it ended, its generation, and the partner it had."""


def earlier(tx: Tx, joined: Joined, end: int, units: Mapping[str, Image]) -> dict[str, Earlier]:
    """Give what was there before for each of these records, or parts of records, that had something.

    A record that carries the key of the next create, and is not the record's partner, was made for it and went
    elsewhere: merged with another's, out of scope, or that and deleted since. To create once more under that key would
    make a twin (law 2), now or once it is restored.
    """
    found = _ended(tx, joined, end, units)
    source, target = joined.ends[end], joined.ends[1 - end]
    digest, name = endpoints_digest(source.name, target.name), joined.mapping.sides[1 - end].name
    asked = list(units)
    while asked:
        generations = {unit: found[unit][1] + 1 if unit in found else 0 for unit in asked}
        keys = {
            unit: possible_keys(digest, units[unit].id, units[unit].part, generation)
            for unit, generation in generations.items()
        }
        spent = carried.spent(tx, target.number, [key for given in keys.values() for key in given])
        others = _of_sisters(tx, joined, end, units, list(spent.values()))
        made = {
            unit: next((spent[key] for key in given if key in spent and (unit, spent[key]) not in others), None)
            for unit, given in keys.items()
        }
        asked = [unit for unit, id_ in made.items() if id_ is not None]
        for unit, id_ in made.items():
            if id_ is not None:
                found[unit] = (f"{name} {id_} was made for it", generations[unit], id_)
    return found


def _of_sisters(tx: Tx, joined: Joined, end: int, units: Mapping[str, Image], ids: list[str]) -> set[tuple[str, str]]:
    """Give (unit, record) where another part of the same record has that partner: a key of before may fit both."""
    rows = links.active(tx, joined.pair, 1 - end, list(dict.fromkeys(ids)), children=False)
    partners = [((row.first, row.second), row.part) for row in rows if row.part]
    return {
        (unit, pair[1 - end])
        for unit, image in units.items()
        for pair, part in partners
        if image.part and pair[end] == image.id and part != image.part
    }


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
