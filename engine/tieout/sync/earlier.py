"""What was there before for a record without a partner: a link that ended, or a record made for it that is not its."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection as Tx

from tieout.store import links, mirror
from tieout.sync.match import endpoints_digest, make_key
from tieout.sync.run import Joined

Earlier = tuple[str, int, str]
"""Why it ended, its generation, and the partner it had."""


def earlier(tx: Tx, joined: Joined, end: int, ids: Sequence[str]) -> dict[str, Earlier]:
    """Give what was there before for each of these records that had something.

    A live record that carries the key of the next create, and is not the record's partner, was made for it and went
    elsewhere: merged with another's, or out of scope. To create once more under that key would make a twin (law 2).
    """
    found: dict[str, Earlier] = dict(links.ended(tx, joined.pair, end, ids))
    source, target = joined.ends[end], joined.ends[1 - end]
    digest, name = endpoints_digest(source.name, target.name), joined.mapping.sides[1 - end].name
    asked = list(ids)
    while asked:
        generations = {id_: found[id_][1] + 1 if id_ in found else 0 for id_ in asked}
        keys = {make_key(digest, id_, "", generation): id_ for id_, generation in generations.items()}
        carrying = mirror.carrying(tx, target.number, list(keys))
        asked = [keys[key] for key in carrying]
        for key, made in carrying.items():
            found[keys[key]] = (f"{name} {made} was made for it", generations[keys[key]], made)
    return found
