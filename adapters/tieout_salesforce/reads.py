"""Reading: changes by stamp and id, records by id, and what became of creates without an answer.

The way of reading follows the fact sheet, section 0 (4, 5): `queryAll` in the order of (SystemModstamp, Id) up to now;
only the cursor stays behind by the overlap and by the time that a commit may be late, so that a row committed late
with an older stamp is met by the next read.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tieout.adapter import Applied, Gone, InDoubt, NotApplied, Page, Present, Unknown
from tieout.errors import CursorExpired
from tieout.toolkit import batched, instant
from tieout_salesforce.describe import FIGURES, IDS_A_CALL
from tieout_salesforce.records import observe
from tieout_salesforce.rest import Rows, Walk, walk
from tieout_salesforce.soql import RECORD_ID, moment, quote, quoted, select, selection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tieout.adapter import Batch, Cursor, Found, Observation, Query
    from tieout_salesforce.catalogue import Catalogue
    from tieout_salesforce.records import Row
    from tieout_salesforce.rest import Rest
    from tieout_salesforce.soql import Selection

KEYS_A_CALL = 100
"""Keys of 50 characters whose query still fits into a URL."""


class Reads:
    """Reads of one org. A cursor stays `late` behind the server's clock, and `overlap` further back."""

    def __init__(self, rest: Rest, catalogue: Catalogue, *, marker: str, overlap: timedelta, late: timedelta) -> None:
        self._rest, self._catalogue, self._marker = rest, catalogue, marker
        self._overlap, self._late = overlap, late

    # --- by time ---

    def changes(self, query: Query) -> Iterator[Page]:
        """Yield what changed since the cursor, or everything; complete only if nothing was left out by a cursor."""
        chosen = selection(query.type, query.paths, self._marker)
        stamped = query.type.incremental
        since = _since(query.since) if stamped else None
        pending, started = self._parents_of_moved_lines(chosen, since)
        for rows, last in walk(self._rest, Walk(chosen.text(), stamped=stamped), since=since):
            started = started or rows.at
            observations = self._observed(rows, chosen)
            pending.difference_update(one.id for one in observations)
            rest = self._resting_point(rows, started, last=last, stamped=stamped)
            yield Page(observations, None if pending else rest, complete=last and since is None)
            if last and pending:
                yield from self._left_over(chosen, sorted(pending), rest)

    def _left_over(self, chosen: Selection, ids: Sequence[str], rest: Cursor | None) -> Iterator[Page]:
        """Yield the parents whose lines moved while they themselves did not; only after them it is safe to rest."""
        for some in batched(ids, IDS_A_CALL):
            found = [one for one in self._by_id(chosen, some) if not isinstance(one, Unknown)]
            yield Page(found, rest if some[-1] == ids[-1] else None)

    def _resting_point(self, rows: Rows, started: datetime, *, last: bool, stamped: bool) -> Cursor | None:
        """Say from where the next read misses nothing, whatever becomes of the rest of this one."""
        bound = started - self._late
        if not last:
            if not stamped:
                return None
            bound = min(bound, instant(rows.records[-1]["SystemModstamp"])) if rows.records else bound
        return {"stamp": moment(bound - self._overlap)} if last or rows.records else None

    def _parents_of_moved_lines(self, chosen: Selection, since: datetime | None) -> tuple[set[str], datetime | None]:
        """Ask each child list for its own changes, deleted lines too: they need not move the stamp of the parent.

        Also gives the server's time at the first question: asked before anything else, so that a cursor reckoned from
        then covers the lines as well. A first read needs none of it: it shows every parent with its lines.
        """
        parents: set[str] = set()
        asked_at: datetime | None = None
        for name in _watched(chosen) if since else ():
            item, pointer = self._catalogue.child(chosen.type.name, name)
            way = Walk(select(["Id", "SystemModstamp", pointer], item), stamped=True)
            for rows, _ in walk(self._rest, way, since=since):
                asked_at = asked_at or rows.at
                parents.update(row[pointer] for row in rows.records if row.get(pointer))
        return parents, asked_at

    # --- by id and by key ---

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        """Yield one observation for each id, in their order."""
        chosen = selection(query.type, query.paths, self._marker)
        for some in batched(ids, IDS_A_CALL):
            yield from self._by_id(chosen, some)

    def _by_id(self, chosen: Selection, ids: Sequence[str]) -> list[Observation]:
        real = [id for id in ids if RECORD_ID.fullmatch(id)]
        found = self._where(chosen, f"Id IN {quoted(real)}") if real else []
        by_id = {one.id: one for one in found}
        return [by_id.get(id) or Unknown(id, "not found, or this login has no access to it") for id in ids]

    def created(self, batch: Batch) -> list[Found]:
        """Find what creates without an answer made, by the key in the marker field; deleted records count."""
        if batch.type.marker is None:
            why = f"{batch.type.name} has no field {self._marker} that would keep our key"
            return [InDoubt(why) for _ in batch.operations]
        chosen = selection(batch.type, batch.paths, batch.type.marker)
        found: dict[str, list[tuple[str, Observation]]] = {}
        for some in batched([operation.key for operation in batch.operations], KEYS_A_CALL):
            for row in self._rows(chosen, f"{batch.type.marker} IN {quoted(some)}"):
                found.setdefault(row[batch.type.marker], []).append((row["Id"], observe(row, chosen)))
        return [_settled(found.get(operation.key, [])) for operation in batch.operations]

    def _where(self, chosen: Selection, condition: str) -> list[Observation]:
        return [observe(row, chosen) for row in self._rows(chosen, condition)]

    def _rows(self, chosen: Selection, condition: str) -> Iterator[Row]:
        for rows, _ in walk(self._rest, Walk(chosen.text(), (condition,))):
            yield from (self._whole(row, chosen) for row in rows.records)

    def _observed(self, rows: Rows, chosen: Selection) -> list[Observation]:
        return [observe(self._whole(row, chosen), chosen) for row in rows.records]

    # --- child lists that did not fit ---

    def _whole(self, row: Row, chosen: Selection) -> Row:
        """Complete the child lists of a row that Salesforce cut off: from the last id on, in the order of ids."""
        short = {name for name in chosen.lists if row.get(name) and not row[name]["done"]}
        return {**row, **{name: self._completed(row, name, chosen) for name in short}} if short else row

    def _completed(self, row: Row, name: str, chosen: Selection) -> dict[str, Any]:
        item, pointer = self._catalogue.child(chosen.type.name, name)
        had: list[Row] = list(row[name]["records"])
        after = f"Id > {quote(had[-1]['Id'])}" if had else ""
        way = Walk(
            select(chosen.item_columns(name), item), (f"{pointer} = {quote(row['Id'])}", chosen.live(name), after)
        )
        more = [one for rows, _ in walk(self._rest, way) for one in rows.records]
        return {"done": True, "records": [*had, *more]}


def _watched(chosen: Selection) -> list[str]:
    """Name the lists whose items must be asked for changes: those that are read, and those that figures come from."""
    fields, name = chosen.type.fields, chosen.type.name
    figured = {
        child for child in chosen.type.children if not FIGURES.get((name, child), frozenset()).isdisjoint(chosen.asked)
    }
    return [child for child in sorted({*chosen.lists, *figured}) if f"{child}.SystemModstamp" in fields]


def _since(cursor: Cursor | None) -> datetime | None:
    if cursor is None:
        return None
    try:
        return instant(cursor["stamp"])
    except (KeyError, ValueError) as problem:
        raise CursorExpired("this cursor is none of this adapter's; everything is read") from problem


def _settled(found: Sequence[tuple[str, Observation]]) -> Found:
    """Judge what carries one key: a live record before deleted ones, two live ones are for a person."""
    live = [(id, one) for id, one in found if not isinstance(one, Gone)]
    if len(live) > 1:
        return InDoubt(f"{len(live)} records carry this key: {', '.join(id for id, _ in live)}")
    if not found:
        return NotApplied()
    id, one = live[0] if live else found[0]
    return Applied(id, one if isinstance(one, Present | Gone) else None)
