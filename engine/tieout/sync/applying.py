"""Apply a saved plan: batch by batch, each with a fresh read before, a journal entry, and its answer settled.

Nothing outside the plan is sent. Each operation ends in exactly one way, and the plan remembers which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection as Tx

from tieout.errors import ConnectionFault
from tieout.mapping.compiled import LinkTarget, Path, put
from tieout.model import Value, Verb
from tieout.store import audit, links, mirror, plans
from tieout.store.plans import Stored
from tieout.sync.codec import planned
from tieout.sync.commit import agreed, close_link, entry, make_link
from tieout.sync.decide import Decider, as_link, link_scope, record_scope
from tieout.sync.match import match_keys
from tieout.sync.observe import images, look_at, observe
from tieout.sync.planning import find_partner
from tieout.sync.reconcile import list_print
from tieout.sync.run import Endpoint, Joined, Run
from tieout.sync.sending import Prepared, send
from tieout.sync.words import INTERNAL, Awaited, Blocked, Ending, Image, Item, Kind, Planned, Write

CHUNK = 200
"""Operations read from the plan, and internal ones committed, at a time."""


@dataclass(slots=True)
class Applying:
    """How the operations of a plan ended."""

    endings: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(verb, end) -> count."""
    failures: list[tuple[Planned, Ending, str]] = field(default_factory=list)
    """Operations that need somebody: failed, not stored, unsure."""
    faults: dict[str, ConnectionFault] = field(default_factory=dict)
    """Connection -> what stopped it."""

    def end(self, operation: Planned, ending: Ending, detail: str) -> None:
        """Count one operation."""
        self.endings[str(operation.kind), str(ending)] += 1
        if ending in {Ending.FAILED, Ending.NOT_STORED, Ending.UNSURE, Ending.HELD}:
            self.failures.append((operation, ending, detail))


def apply(run: Run, digest: str) -> Applying:
    """Apply every operation of a plan that has not ended yet, in order."""
    applying = Applying()
    after = (-1, -1)
    while True:
        with run.database.read() as tx:
            chunk = plans.operations(tx, digest, open_only=True, after=after, most=CHUNK)
        if not chunk:
            return applying
        after = (chunk[-1].phase, chunk[-1].seq)
        for group in _groups(chunk):
            run.renew()
            joined = run.mapping(group[0].mapping)
            if joined is None or joined.pair != group[0].pair:
                continue  # its mapping does not run now: the operations stay open
            if any(end.peer.name in applying.faults for end in joined.ends):
                continue
            _Group(run, joined, digest, applying).apply(group)
            run.tick(f"{joined.mapping.name}: {sum(applying.endings.values())} applied")


def _groups(chunk: Sequence[Stored]) -> Iterator[list[Stored]]:
    """Cut a chunk into runs of one mapping, end and verb."""
    group: list[Stored] = []
    for row in chunk:
        if group and (row.phase, row.pair, row.end, row.verb) != (
            group[0].phase,
            group[0].pair,
            group[0].end,
            group[0].verb,
        ):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


@dataclass(slots=True)
class _Group:
    run: Run
    joined: Joined
    digest: str
    applying: Applying

    def apply(self, rows: Sequence[Stored]) -> None:
        """Apply operations of one kind on one end."""
        operations = {row.seq: _planned(row) for row in rows}
        kind = Kind(rows[0].verb)
        if kind in INTERNAL:
            self._internal(operations)
            return
        target = self.joined.ends[rows[0].end]
        size = target.type.verbs.get(Verb(str(kind)), 1)
        seqs = list(operations)
        for start in range(0, len(seqs), size):
            self._batch({seq: operations[seq] for seq in seqs[start : start + size]}, kind, target)

    def _end(self, tx: Tx, ends: Mapping[int, tuple[Planned, Ending, str]]) -> None:
        plans.end_operations(tx, self.digest, {seq: (str(end), text) for seq, (_, end, text) in ends.items()})
        for operation, ending, text in ends.values():
            self.applying.end(operation, ending, text)

    # --- our own state only -------------------------------------------------------------------------------------------

    def _internal(self, operations: Mapping[int, Planned]) -> None:
        with self.run.database.write(epoch=self.run.epoch) as tx:
            ends: dict[int, tuple[Planned, Ending, str]] = {}
            for seq, operation in operations.items():
                ends[seq] = (operation, *self._own(tx, operation))
            self._end(tx, ends)

    def _own(self, tx: Tx, operation: Planned) -> tuple[Ending, str]:
        if operation.kind is Kind.LINK:
            ids = (operation.record or "", operation.source)
            evidence = {**operation.evidence, "run": self.run.id}
            made = make_link(tx, self.run, operation, ids, evidence)
            return (Ending.DONE, "") if made is not None else (Ending.STALE, "one of them has another partner now")
        link = self._link_row(tx, operation)
        if link is None or link.state != "active":
            return Ending.STALE, "its link has ended meanwhile"
        if operation.kind is Kind.AGREE:
            agreed(tx, self.run, link, operation)
        elif operation.kind is Kind.END:
            close_link(tx, self.run, self.joined, link.id, operation.why, operation.before)
        else:
            kept = operation.evidence.get("merge")
            first, second = [str(id_) for id_ in kept] if isinstance(kept, list) else (link.first, link.second)
            links.repoint(tx, link.id, first, second)
            payload = {"link": link.id, "first": first, "second": second}
            audit.append_many(tx, [entry(self.run, "re-point", payload)])
        return Ending.DONE, ""

    def _link_row(self, tx: Tx, operation: Planned) -> links.LinkRow | None:
        if operation.link is not None:
            return links.by_id(tx, operation.link)
        ids = self._ids(operation)
        rows = links.active(tx, self.joined.pair, 0, [ids[0]])
        return next((row for row in rows if (row.first, row.second) == ids and row.part == operation.part), None)

    def _ids(self, operation: Planned) -> tuple[str, str]:
        mine, other = operation.record or "", operation.source
        return (mine, other) if operation.end == 0 else (other, mine)

    # --- writes -----------------------------------------------------------------------------------------------------

    def _batch(self, operations: Mapping[int, Planned], kind: Kind, target: Endpoint) -> None:
        try:
            source = self.joined.ends[1 - next(iter(operations.values())).end]
            ready, ended = self._ready(operations, kind, target, source)
            with self.run.database.write(epoch=self.run.epoch) as tx:
                self._end(tx, ended)
            if ready:
                ends = send(self.run, self.joined, kind, list(ready.values()))
                with self.run.database.write(epoch=self.run.epoch) as tx:
                    by_seq = {seq: (prepared.operation, *ends[prepared.operation.key])
                              for seq, prepared in ready.items() if prepared.operation.key in ends}  # fmt: skip
                    self._end(tx, by_seq)
        except ConnectionFault as fault:
            self.applying.faults[target.peer.name] = fault

    def _ready(
        self, operations: Mapping[int, Planned], kind: Kind, target: Endpoint, source: Endpoint
    ) -> tuple[dict[int, Prepared], dict[int, tuple[Planned, Ending, str]]]:
        """Read both partners afresh, decide again, and keep what is still so (the cornerstone)."""
        sources = look_at(self.run, source, [operation.source for operation in operations.values()])
        if kind is Kind.CREATE:
            observe(self.run, target)
            targets: dict[str, Image] = {}
        else:
            targets = look_at(self.run, target, [operation.record or "" for operation in operations.values()])
        ready: dict[int, Prepared] = {}
        ended: dict[int, tuple[Planned, Ending, str]] = {}
        with self.run.database.write(epoch=self.run.epoch) as tx:
            for seq, operation in operations.items():
                verdict = self._again(tx, operation, targets.get(operation.record or ""), sources.get(operation.source))
                if isinstance(verdict, Prepared):
                    ready[seq] = verdict
                else:
                    ended[seq] = (operation, *verdict)
        return ready, ended

    def _again(
        self, tx: Tx, planned_: Planned, target: Image | None, source: Image | None
    ) -> Prepared | tuple[Ending, str]:
        """Decide again from fresh images: stale unless every planned field would be written as planned."""
        if source is None or (target is None and planned_.kind is not Kind.CREATE):
            return Ending.STALE, "it could not be read just now"
        filled = self._filled(tx, planned_)
        if filled is None:
            return Ending.BLOCKED, "what it refers to was not made"
        decider = Decider(self.run, self.joined, tx, "", changed=False)
        if filled.kind is Kind.CREATE:
            return self._again_create(tx, decider, filled, source)
        link = self._link_row(tx, filled)
        if link is None or link.state != "active" or target is None:
            return Ending.STALE, "its link has ended meanwhile"
        decider.remember([link_scope(link.id)])
        pair = (target, source) if filled.end == 0 else (source, target)
        decision = decider.link(as_link(link), pair, link_scope(link.id))
        fresh = next((o for o in decision.operations if o.kind is filled.kind and o.end == filled.end), None)
        if fresh is None or not _still(filled, fresh):
            return Ending.STALE, "its values moved since the plan"
        return Prepared(replace(_stamped(filled, fresh), link=link.id), target, self._url(source))

    def _again_create(self, tx: Tx, decider: Decider, filled: Planned, source: Image) -> Prepared | tuple[Ending, str]:
        end = 1 - filled.end
        if links.active(tx, self.joined.pair, end, [source.id], children=False):
            return Ending.STALE, "it has a partner meanwhile"
        decider.remember([record_scope(end, source.id)])
        links.keep_keys(tx, self.joined.pair, end, {source.id: self._keys(decider, end, source)})
        self._index_new(tx, decider, filled.end)
        keys = links.keys_of(tx, self.joined.pair, end, [source.id]).get(source.id, {})
        if find_partner(tx, decider, end, source, keys) is not None:
            return Ending.STALE, "a partner for it has appeared"
        if mirror.with_marker(tx, self.joined.ends[filled.end].number, filled.key):
            return Ending.STALE, "a record with its key has appeared"
        past = links.ended(tx, self.joined.pair, end, [source.id]).get(source.id)
        generation = past[1] + 1 if past is not None else 0
        decision = decider.create(source, end, generation=generation, ended=past[0] if past is not None else None)
        fresh = next((o for o in decision.operations if o.kind is Kind.CREATE), None)
        if source.state.value != "present" or fresh is None or fresh.key != filled.key or not _still(filled, fresh):
            return Ending.STALE, "its values moved since the plan"
        return Prepared(replace(_stamped(filled, fresh), agrees=fresh.agrees), None, self._url(source))

    def _keys(self, decider: Decider, end: int, image: Image) -> dict[int, str]:
        return match_keys(self.joined.mapping, end, image, decider.facts())

    def _index_new(self, tx: Tx, decider: Decider, end: int) -> None:
        """Give records that appeared since the plan their match keys, so that a partner among them is seen."""
        if not self.joined.mapping.match:
            return
        ids = mirror.due_ids(tx, self.joined.pair, end, "", CHUNK)
        taken = {
            row.second if end else row.first for row in links.active(tx, self.joined.pair, end, ids, children=False)
        }
        known = links.keys_of(tx, self.joined.pair, end, ids)
        fresh = [id_ for id_ in ids if id_ not in taken and id_ not in known]
        found = images(tx, self.joined.ends[end], fresh)
        keys = {id_: self._keys(decider, end, image) for id_, image in found.items() if image.live}
        links.keep_keys(tx, self.joined.pair, end, keys)

    def _url(self, source: Image) -> str | None:
        for end in self.joined.ends:
            url = end.peer.connection.url(end.type.name, source.id)
            if url is not None and source.id.replace("-", "")[:15] in url.replace("-", ""):
                return url
        return None

    # --- references -------------------------------------------------------------------------------------------------

    def _filled(self, tx: Tx, operation: Planned) -> Planned | None:
        """Fill references from the plan's own answers; None: what it refers to is not there."""
        decider = Decider(self.run, self.joined, tx, "", changed=False)
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


def _planned(row: Stored) -> Planned:
    return planned(row.verb, row.mapping, row.pair, row.end, row.record, row.source, row.phase, row.body)


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
    for rule, awaited in item.awaits.items():
        value = _awaited(decider, awaited)
        if value is None:
            return None
        put(sent, item.paths[rule], value)
        fields[rule] = (fields[rule][0], value, fields[rule][2])
    return replace(item, sent=sent, fields=fields, awaits={})


def _still(planned_: Planned, fresh: Planned) -> bool:
    """Say whether every planned field would be written now as it was planned (staleness by value)."""
    now = {write.rule: write for write in fresh.writes}
    for write in planned_.writes:
        again = now.get(write.rule)
        if again is None:
            return False
        if write.why == "beside a change":
            continue
        if (again.sent, again.before, again.source) != (write.sent, write.before, write.source):
            return False
    rows = {row.rule: list_print(row) for row in fresh.lists}
    if any(rows.get(row.rule) != list_print(row) for row in planned_.lists):
        return False
    return dict(planned_.before) == dict(fresh.before)


def _stamped(planned_: Planned, fresh: Planned) -> Planned:
    """Take what stands beside a change (the time of the run) from now."""
    now = {write.rule: write for write in fresh.writes}
    writes = [now[write.rule] if write.why == "beside a change" else write for write in planned_.writes]
    return replace(planned_, writes=writes)
