"""Decide again, from fresh images, directly before a write: what is not as it was planned is stale, by value.

Built once for a batch, so that what all its operations need is looked up together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection as Tx

from tieout.mapping.compiled import LinkTarget, Path, put
from tieout.model import Value
from tieout.store import carried, journal, keying, links
from tieout.store.links import LinkRow
from tieout.sync.decide import Decider, as_link, link_scope, record_scope
from tieout.sync.earlier import earlier
from tieout.sync.expecting import moved_figures
from tieout.sync.fingerprints import list_print
from tieout.sync.lifecycle import Pairing
from tieout.sync.match import match_keys
from tieout.sync.memory import Memory
from tieout.sync.needing import awaited
from tieout.sync.noting import held_in, note_in
from tieout.sync.observe import images
from tieout.sync.partners import find_partner
from tieout.sync.picked import asked_in, keys_in
from tieout.sync.reversal import moved, of_undo
from tieout.sync.run import Joined, Run
from tieout.sync.sending import Prepared
from tieout.sync.sharing import Shared, sharing
from tieout.sync.steps import BESIDE
from tieout.sync.words import Awaited, Blocked, Ending, Image, Item, Kind, ListWrite, Planned, Write
from tieout.values import unit

Verdict = Prepared | tuple[Ending, str]
CHUNK = 500
"""Records that get their match keys at a time."""


class Recheck:
    """One batch: operations of one kind on one end, with the fresh images of their sources."""

    def __init__(
        self,
        run: Run,
        joined: Joined,
        tx: Tx,
        operations: Sequence[Planned],
        sources: Mapping[str, Image],
    ) -> None:
        """Look up what all the operations need."""
        self.run, self.joined, self.tx = run, joined, tx
        self.sources = sources
        self.end = operations[0].end
        self.decider = Decider(run, joined, tx, "", changed=False, needed=True)
        ids = [operation.source for operation in operations]
        rows = links.active(tx, joined.pair, 1 - self.end, ids)
        self.links = {(row.first, row.second): row for row in rows}
        self.partnered = {unit(row.first if self.end else row.second, row.part) for row in rows}
        if operations[0].kind is Kind.CREATE:
            self._prepare_creates(operations)
        else:
            self.decider.remember([link_scope(row.id) for row in rows])
        self.unsettled = self._unsettled(operations)

    def _unsettled(self, operations: Sequence[Planned]) -> Collection[tuple[int, str]]:
        """Give (end, record) of open writes, where lists go both ways: one that is open may give their rows new ids."""
        both = {rule.key for rule in self.joined.mapping.lists if rule.side is None}
        if not any(rows.rule in both for operation in operations for rows in operation.lists):
            return frozenset()
        return journal.busy(self.tx, self.joined.pair)[0]

    def _prepare_creates(self, operations: Sequence[Planned]) -> None:
        tx, pair, source = self.tx, self.joined.pair, 1 - self.end
        parts = [(self.sources[one.source], one.part) for one in operations if one.source in self.sources]
        self.units = {unit(image.id, part): replace(image, part=part) for image, part in parts}
        self.decider.remember([record_scope(source, named) for named in self.units])
        self.past = earlier(tx, self.joined, source, self.units)
        self.marked = carried.markers(tx, self.joined.ends[self.end].number, [one.key for one in operations])
        self.keys: dict[str, dict[int, str]] = {}
        self.shared = Shared(self.joined.mapping)
        if self.joined.mapping.match:
            self._index_new()
            self.keys = {named: self._keys(source, image) for named, image in self.units.items() if image.live}
            links.keep_keys(tx, pair, source, self.keys)
            self.shared = sharing(tx, self.decider, source, self.keys)

    def _index_new(self) -> None:
        """Give records that appeared or changed since the plan their match keys, so that a partner among them is seen.

        Whoever read them: this run before this batch, another mapping of the same object, a run that died.
        """
        pair = self.joined.pair
        while ids := keying.unkeyed_ids(self.tx, pair, self.end, "", CHUNK):
            self._index(ids)
            keying.set_keyed(self.tx, pair, self.end, ids)

    def _index(self, ids: Sequence[str]) -> None:
        rows = links.active(self.tx, self.joined.pair, self.end, ids, children=False)
        taken = {row.second if self.end else row.first for row in rows}
        found = images(self.tx, self.joined.ends[self.end], [id_ for id_ in ids if id_ not in taken])
        keys = {id_: self._keys(self.end, image) for id_, image in found.items() if image.live}
        links.drop_keys(self.tx, self.joined.pair, self.end, found.keys() - keys.keys())
        links.keep_keys(self.tx, self.joined.pair, self.end, keys)

    def _keys(self, end: int, image: Image) -> dict[int, str]:
        return match_keys(self.joined.mapping, end, image, self.decider.facts())

    def one(self, operation: Planned, target: Image | None) -> Verdict:
        """Give the operation as it may be sent, or how it ended."""
        source = self.sources.get(operation.source)
        if source is None or (target is None and operation.kind is not Kind.CREATE):
            return Ending.STALE, "it could not be read just now"
        filled = filled_in(self.decider, operation)
        if filled is None:
            return Ending.BLOCKED, f"what it refers to was not made: {', '.join(_awaits(self.run, operation))}"
        if filled.kind is Kind.CREATE:
            return self._create(filled, source)
        return self._change(filled, source, target)

    def _change(self, filled: Planned, source: Image, target: Image | None) -> Verdict:
        link = self._link(filled)
        if link is None or link.state != "active" or target is None:
            return Ending.STALE, "its link has ended meanwhile"
        pair = (target, source) if filled.end == 0 else (source, target)
        if of_undo(filled):
            return self._take_back(filled, pair, link, target)
        if (filled.end, filled.record or "") in self.unsettled:
            return Ending.STALE, "what became of an earlier write of these two records is not known yet"
        decision = self.decider.link(as_link(link), pair, link_scope(link.id), wishes=asked_in(filled))
        fresh = next((o for o in decision.operations if o.kind is filled.kind and o.end == filled.end), None)
        if fresh is None or not still(filled, fresh):
            return Ending.STALE, "its values moved since the plan"
        return Prepared(replace(_stamped(filled, fresh), link=link.id), target, self._url(source))

    def _take_back(self, filled: Planned, pair: tuple[Image, Image], link: LinkRow, target: Image) -> Verdict:
        """What takes something back is no decision of the rules: it is still so if the target holds what it held."""
        sight = self.decider.sight(pair, as_link(link), link.part)
        why = moved(filled, Pairing(sight, *pair, Memory()))
        source = pair[1 - filled.end]
        return (Ending.STALE, why) if why else Prepared(replace(filled, link=link.id), target, self._url(source))

    def _link(self, operation: Planned) -> LinkRow | None:
        mine, other = operation.record or "", operation.source
        ids = (mine, other) if operation.end == 0 else (other, mine)
        row = self.links.get(ids)
        return row if row is None or operation.link is None or row.id == operation.link else None

    def _create(self, filled: Planned, source: Image) -> Verdict:
        end, source = 1 - filled.end, replace(source, part=filled.part)
        if source.unit in self.partnered:
            return Ending.STALE, "it has a partner meanwhile"
        if filled.key in self.marked:
            return Ending.STALE, "a record with its key has appeared"
        keys = self.keys.get(source.unit, {})
        if find_partner(self.tx, self.decider, end, source, self.shared, keys) is not None:
            return Ending.STALE, "a partner for it has appeared"
        past = self.past.get(source.unit)
        generation = past[1] + 1 if past is not None else 0
        ended = past[0] if past is not None else None
        decision = self.decider.create(source, end, generation=generation, ended=ended, wishes=asked_in(filled))
        fresh = next((o for o in decision.operations if o.kind is Kind.CREATE), None)
        if not self.decider.takes(end, source) or fresh is None or fresh.key != filled.key or not still(filled, fresh):
            return Ending.STALE, "its values moved since the plan"
        return Prepared(replace(_stamped(filled, fresh), agrees=fresh.agrees), None, self._url(source))

    def _url(self, source: Image) -> str | None:
        end = self.joined.ends[1 - self.end]
        return end.peer.connection.url(end.type.name, source.id)


# --- references -----------------------------------------------------------------------------------------------------


def filled_in(decider: Decider, operation: Planned) -> Planned | None:
    """Fill references from the plan's own answers; None: what it refers to is not there."""
    writes: list[Write] = []
    for write in operation.writes:
        if write.awaits is None:
            writes.append(write)
            continue
        value = _awaited(decider, write.awaits)
        if value is None:
            return None
        writes.append(replace(write, sent=value, awaits=None))
    lists = []
    for rows in operation.lists:
        items = [_filled_item(decider, item) for item in rows.items]
        if any(item is None for item in items):
            return None
        lists.append(replace(rows, items=[item for item in items if item is not None]))
    return replace(operation, writes=writes, lists=lists)


def _awaits(run: Run, operation: Planned) -> list[str]:
    """Name the records whose partners an operation waits for."""
    names = []
    for one in awaited(operation):
        other = run.mapping(one.mapping)
        names.append(f"{one.mapping}/{one.end if other is None else other.mapping.sides[one.end].name}:{one.id}")
    return list(dict.fromkeys(names))


def _awaited(decider: Decider, awaited: Awaited) -> Value:
    other = decider.run.mapping(awaited.mapping)
    if other is None:
        return None
    path = None if awaited.path is None else Path(awaited.path, tuple(awaited.path.split(".")))
    side = other.mapping.sides[awaited.end]
    found = decider.resolve(LinkTarget(awaited.mapping, path), side.connection, side.name, awaited.id)
    return None if isinstance(found, Awaited | Blocked) else found


def _filled_item(decider: Decider, item: Item) -> Item | None:
    if not item.awaits:
        return item
    sent, fields = dict(item.sent), dict(item.fields)
    for rule, one in item.awaits.items():
        value = _awaited(decider, one)
        if value is None:
            return None
        put(sent, item.paths[rule], value)
        fields[rule] = (fields[rule][0], value, fields[rule][2])
    return replace(item, sent=sent, fields=fields, awaits={})


def still(planned_: Planned, fresh: Planned) -> bool:
    """Say whether every planned field would be written now as it was planned (staleness by value)."""
    if keys_in(planned_) != keys_in(fresh):
        return False
    if (note_in(planned_), held_in(planned_)) != (note_in(fresh), held_in(fresh)):
        return False
    now = {write.rule: write for write in fresh.writes}
    for write in planned_.writes:
        again = now.get(write.rule)
        if again is None:
            return False
        if write.why == BESIDE:
            continue
        if (again.sent, again.before, again.source) != (write.sent, write.before, write.source):
            return False
    rows = {row.rule: list_print(row) for row in fresh.lists}
    if any(rows.get(row.rule) != list_print(row) for row in planned_.lists):
        return False
    if moved_figures(planned_.figures, fresh.figures):
        return False  # the ledger's own tables say something else now: nobody has seen what that comes to
    return dict(planned_.before) == dict(fresh.before)


def _stamped(planned_: Planned, fresh: Planned) -> Planned:
    """Take what stands beside a change (the time of the run) from now, and whose rows the rows of lists belong to."""
    now = {write.rule: write for write in fresh.writes}
    writes = [now[write.rule] if write.why == BESIDE else write for write in planned_.writes]
    rows = {row.rule: row for row in fresh.lists}
    lists = [_partnered(row, rows[row.rule]) for row in planned_.lists]
    return replace(planned_, writes=writes, lists=lists, figures=fresh.figures)


def _partnered(planned_: ListWrite, fresh: ListWrite) -> ListWrite:
    """An earlier write of the same plan may have given ids, also new ones, to the rows that these are paired with."""
    items = [
        item if item.source == now.source else replace(item, source=now.source)
        for item, now in zip(planned_.items, fresh.items, strict=True)
    ]
    return replace(planned_, items=items)
