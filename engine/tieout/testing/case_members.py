"""The records that a case's roll-ups and picks are over: `beside: {books: {Invoice: [...]}}`."""

from __future__ import annotations

from collections.abc import Mapping

from tieout.language.nodes import MapNode
from tieout.mapping.catalogue import Catalogue, Endpoint, near
from tieout.mapping.compiled import CompiledMapping, Side, Source
from tieout.mapping.draft import Draft
from tieout.mapping.rolled import Rollup
from tieout.model import Value
from tieout.testing.case_records import check_record, whole_record


def members_of(rollup: Rollup, mapping: CompiledMapping, beside: MapNode) -> dict[str, Mapping[str, Value]]:
    """Give the records that belong to the case's record: all that stand there."""
    side, name = _place(rollup, mapping)
    read, rows = _read(mapping)[side, name], beside.table(side).tables(name)
    return {f"beside-{number}": whole_record(row, read.type, read.paths) for number, row in enumerate(rows, 1)}


def listed_of(side: str, name: str, mapping: CompiledMapping, beside: MapNode) -> list[Mapping[str, Value]] | None:
    """Give the records that a pick picks among; None: the case does not tell them."""
    if name not in beside.table(side).entries:
        return None
    read = _read(mapping)[side, name]
    return [whole_record(row, read.type, read.paths) for row in beside.table(side).tables(name)]


def check_members(mapping: CompiledMapping, beside: MapNode, catalogue: Catalogue, draft: Draft) -> None:
    """Find objects that no roll-up or pick reads, fields that one does not have, and values that cannot stand there."""
    known = {_place(rollup, mapping) for rollup in mapping.rollups}
    known |= {pick.source for pick in mapping.picks if pick.source is not None}
    for side in beside.entries:
        table = beside.table(side)
        for name in table.entries:
            if (side, name) not in known:
                names = sorted(object_ for where, object_ in known if where == side)
                message = f"no roll-up or pick of {mapping.name} is over {name} of {side}"
                mend = f"there are: {', '.join(names) or 'none'}"
                draft.error("unknown-name", message, table.key_at(name), mend, near(name, names))
                continue
            read = _read(mapping)[side, name]
            end = Endpoint(side, read.connection, read.adapter, name, read.type, mapping.at)
            for row in table.tables(name):
                check_record(row, end, catalogue, draft)


def _read(mapping: CompiledMapping) -> dict[tuple[str, str], Side | Source]:
    """Give what is read of each (side, object)."""
    own: dict[tuple[str, str], Side | Source] = {(side.name, side.object): side for side in mapping.sides}
    return own | {(source.side, source.object): source for source in mapping.sources}


def _place(rollup: Rollup, mapping: CompiledMapping) -> tuple[str, str]:
    """Give the side behind which the members are, and their object."""
    partner = mapping.other(rollup.side)
    return (rollup.side, rollup.object) if rollup.object else (partner.name, partner.object)
