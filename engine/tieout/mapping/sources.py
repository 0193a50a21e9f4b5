"""Objects that a mapping reads beside its two sides: `of: {books: Invoice}` of roll-ups and picks.

In their expressions `item` stands for a record of such an object. While they are compiled, what is read of it is noted
as read of a side called `item`; `settle` then says of which object.
"""

from __future__ import annotations

from tieout.errors import UnknownObject
from tieout.language.nodes import MapNode
from tieout.mapping.catalogue import Endpoint, absent
from tieout.mapping.compiled import Source
from tieout.mapping.draft import Draft, Ground

ITEM = "item"


def find_source(of: MapNode, ground: Ground, draft: Draft) -> tuple[str, Endpoint] | None:
    """Give the side and the object that `{books: Invoice}` names; an object that is not there is told."""
    named = [side for side in ground.sides if side in of.entries]
    if len(named) != 1:
        mend = f"write of: {{{ground.sides[1]}: OBJECT}}"
        draft.error("wrong-count", "the records of one object of one side are read here", of.at, mend)
        return None
    side = named[0]
    name, at, own = of.text(side), of.entries[side].at, ground.end(side)
    found = ground.catalogue.look_up(own.connection, name)
    if isinstance(found, UnknownObject):
        message, mend = absent(own.connection, found)
        draft.lacking("unknown-object", message, at, f"{own.connection}: {found.name}", found.nearest, mend)
        found = None
    end = Endpoint(ITEM, own.connection, own.adapter, name, found, at, own.rounding)
    draft.sources[side, name] = end
    return side, end


def settle(part: Draft, side: str, end: Endpoint, draft: Draft) -> None:
    """Take over what was found out while `item` stood for a record of this object."""
    draft.source_paths |= {(side, end.object, path) for where, path in part.paths if where == ITEM}
    part.paths = {(where, path) for where, path in part.paths if where != ITEM}
    draft.take(part)


def sources(draft: Draft) -> tuple[Source, ...] | None:
    """Give the objects that are read beside the sides; None if one is not known now."""
    found = []
    for (side, name), end in draft.sources.items():
        if end.type is None:
            return None
        paths = frozenset(path for where, object_, path in draft.source_paths if (where, object_) == (side, name))
        found.append(Source(side, end.connection, end.adapter, name, end.type, paths))
    return tuple(found)
