"""The adapter of a system in memory: the whole port in one page, and a first example for authors of adapters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tieout.adapter import (
    Adapter,
    Applied,
    Archived,
    Batch,
    Bearer,
    Cause,
    Connection,
    Cursor,
    Deletions,
    Found,
    Gone,
    InDoubt,
    Lock,
    Merged,
    NotApplied,
    ObjectType,
    Observation,
    Operation,
    Organisation,
    Outcome,
    Page,
    Present,
    Query,
    Record,
    Refused,
    Service,
    Tools,
    Twins,
    Unknown,
    Verb,
)
from tieout.errors import BatchRefused, UnknownObject
from tieout.testing.memory import MemorySystem, Row, Traits
from tieout.toolkit import instant, nearest

USER = "tieout"
"""As whom the adapter writes."""
LIVE = ("live", "archived")


class MemoryAdapter(Adapter):
    """Opens the one system it was made for."""

    name = "memory"
    version = "1"

    def __init__(self, system: MemorySystem) -> None:
        self.system = system

    def service(self, options: Record, organisation: str | None) -> Service:  # noqa: ARG002  # there is no network
        """Name the system; nothing is ever called over a network."""
        return Service(f"memory:{self.system.name}", Bearer())

    def open(self, options: Record, tools: Tools) -> Connection:  # noqa: ARG002  # it needs neither
        """Make a connection."""
        return MemoryConnection(self.system)


class MemoryConnection(Connection):
    """Reads and writes one system in memory."""

    def __init__(self, system: MemorySystem) -> None:
        self.system = system

    def organisation(self) -> Organisation:
        """Say whose account this is."""
        return Organisation(self.system.name, f"{self.system.name} in memory", live=False, user=USER)

    def objects(self) -> Sequence[str]:
        """Name the objects."""
        return list(self.system.objects)

    def describe(self, name: str) -> ObjectType:
        """Describe one object."""
        if name not in self.system.objects:
            raise UnknownObject(name, nearest(name, self.system.objects))
        return self.system.objects[name][0]

    def url(self, name: str, id: str) -> str | None:
        """Give an address that names the record."""
        return f"memory:{self.system.name}/{name}/{id}"

    # --- reading --------------------------------------------------------------------------------------------------

    def changes(self, query: Query) -> Iterator[Page]:
        """Yield what changed, in the order of (stamp, id); each page is a call of its own, so records may move."""
        type_, traits = self.system.objects[query.type.name]
        latest = self.system.clock()
        since = instant(query.since["since"]) if query.since is not None and type_.incremental else None
        if traits.shifting:
            yield from self._by_number(type_, traits, since, {"since": (latest - traits.overlap).isoformat()})
            return
        after: tuple[datetime, str] | None = None
        while True:
            found = self._next(type_, since, after)
            page, more = found[: traits.page], len(found) > traits.page
            after = page[-1][0] if page else after
            safe = min(latest, after[0]) if more and after is not None else latest
            cursor: Cursor = {"since": (safe - traits.overlap).isoformat()}
            yield Page([seen for _, seen in page], cursor, complete=not more and since is None)
            if not more:
                return

    def _by_number(self, type_: ObjectType, traits: Traits, since: datetime | None, cursor: Cursor) -> Iterator[Page]:
        """Yield pages by their number; only a read all of whose pages were cut from one list is whole.

        Any other leaves no cursor, too: a replica that lags behind may have answered a page.
        """
        found = self._next(type_, since, None)
        began, still, start = [place for place, _ in found], True, 0
        while True:
            still = still and [place for place, _ in found] == began
            more = len(found) > start + traits.page
            whole = still and not more
            shown = [seen for _, seen in found[start : start + traits.page]]
            yield Page(shown, cursor if whole else None, complete=whole and since is None)
            if not more:
                return
            start += traits.page
            found = self._next(type_, since, None)

    def _next(
        self, type_: ObjectType, since: datetime | None, after: tuple[datetime, str] | None
    ) -> list[tuple[tuple[datetime, str], Observation]]:
        found = []
        as_of = self.system.as_of()
        for row in self.system.of(type_.name):
            seen = self.system.listed(row, as_of)
            if seen is None or (type_.deletions is not Deletions.REPORTED and isinstance(seen, Gone | Merged)):
                continue
            place = (self._stamp(row, seen), row.id)
            if (since is None or place[0] >= since) and (after is None or place > after):
                found.append((place, seen))
        return sorted(found, key=lambda entry: entry[0])

    def _stamp(self, row: Row, seen: Observation) -> datetime:
        stamp = seen.modified if isinstance(seen, Present) else seen.at if isinstance(seen, Gone) else None
        return row.modified if stamp is None else stamp

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        """Read records by id, as they are now."""
        for id_ in ids:
            row = self.system.rows.get(id_)
            if row is None or row.object != query.type.name:
                yield Unknown(id_, "not found")
            else:
                yield self.system.observed(row)

    # --- writing --------------------------------------------------------------------------------------------------

    def write(self, batch: Batch) -> Sequence[Outcome]:
        """Carry out one batch; where idempotency keys are honoured, a repeated one is only answered again."""
        type_, traits = self.system.objects[batch.type.name]
        replay = self._remembered(batch, type_.replay)
        if replay is not None:
            return replay
        barred = [self._barred(batch, operation) for operation in batch.operations]
        if traits.atomic and len(barred) > 1 and any(barred):
            raise BatchRefused("all-or-nothing", "one operation of this batch cannot be carried out")
        outcomes = [
            refusal or self._carry_out(batch, operation)
            for refusal, operation in zip(barred, batch.operations, strict=True)
        ]
        self.system.answered[batch.key] = (self.system.clock(), outcomes)
        return outcomes

    def _remembered(self, batch: Batch, replay: timedelta | None) -> Sequence[Outcome] | None:
        known = self.system.answered.get(batch.key)
        if replay is None or known is None or self.system.clock() - known[0] > replay:
            return None
        return known[1]

    def _barred(self, batch: Batch, operation: Operation) -> Refused | None:
        type_, traits = self.system.objects[batch.type.name]
        if batch.verb not in type_.verbs:
            return Refused(Cause.MAPPING, "no-such-verb", f"{type_.name} cannot be {batch.verb}d")
        if batch.verb is Verb.CREATE:
            twin = self._with_key(type_, operation.key)
            if twin is None or type_.twins is not Twins.REFUSED or traits.upserts:
                return None
            return Refused(Cause.EXISTS, "duplicate-key", f"{twin.id} has this key already", other=twin.id)
        row = self.system.rows.get(operation.id or "")
        if row is None or row.state not in LIVE:
            return Refused(Cause.MOVED, "gone", f"{operation.id} was deleted")
        if batch.verb is Verb.CREDIT and self._credit_of(traits, operation.key) is not None:
            return Refused(Cause.EXISTS, "duplicate-key", f"{row.id} is credited under this key already")
        if row.lock is not None and not _let_through(batch.verb, operation, row.lock):
            return Refused(Cause.LOCKED, "locked", f"{operation.id} is locked: {row.lock.reason}")
        if type_.conditional and operation.version is not None and operation.version != str(row.version):
            return Refused(Cause.MOVED, "version", f"{operation.id} was changed since")
        return None

    def _carry_out(self, batch: Batch, operation: Operation) -> Outcome:
        type_, traits = self.system.objects[batch.type.name]
        if batch.verb is Verb.CREATE:
            row = self._create(type_, traits, operation)
        elif batch.verb is Verb.UPDATE:
            row = self.system.edit(operation.id or "", operation.values, by=USER, api=True)
        elif batch.verb is Verb.CREDIT:
            values = {"of": operation.id}
            return Applied(self.system.create(traits.credits, values, by=USER, key=operation.key, api=True).id)
        elif batch.verb in {Verb.ARCHIVE, Verb.VOID}:
            row = self.system.archive(operation.id or "", by=USER)
        else:
            row = self.system.remove(operation.id or "", by=USER)
        seen = self.system.observed(row)
        if traits.partial and isinstance(seen, Present):
            seen = replace(seen, record={path: seen.record[path] for path in operation.values})
        return Applied(row.id, seen if traits.answers and isinstance(seen, Present | Archived | Gone) else None)

    def _create(self, type_: ObjectType, traits: Traits, operation: Operation) -> Row:
        twin = self._with_key(type_, operation.key)
        if twin is not None and traits.upserts:
            return self.system.edit(twin.id, operation.values, by=USER, api=True)
        key = operation.key if type_.marker is not None else None
        return self.system.create(type_.name, operation.values, by=USER, key=key, api=True)

    def _credit_of(self, traits: Traits, key: str) -> Row | None:
        return next((row for row in self.system.of(traits.credits) if row.key == key and row.state in LIVE), None)

    def _with_key(self, type_: ObjectType, key: str) -> Row | None:
        found = [row for row in self.system.of(type_.name) if row.key == key and row.state in LIVE]
        return found[0] if found and type_.marker is not None else None

    def find_created(self, batch: Batch) -> Sequence[Found]:
        """Look for creates and credits by their key; where the search lags, not finding one proves nothing."""
        if batch.verb is Verb.CREDIT:
            made = self.system.objects[self.system.objects[batch.type.name][1].credits][0]
            return [self._find(made, operation) for operation in batch.operations]
        return [self._find(batch.type, operation) for operation in batch.operations]

    def _find(self, wanted: ObjectType, operation: Operation) -> Found:
        type_ = self.system.objects[wanted.name][0]
        if type_.twins is Twins.POSSIBLE or type_.marker is None:
            return InDoubt("records carry no key here")
        rows = [row for row in self.system.of(type_.name) if row.key == operation.key]
        if not type_.sees_own:
            rows = [row for row in rows if self.system.listed(row) is not None]
        live = [row for row in rows if row.state in LIVE]
        if len(live) > 1:
            return InDoubt(f"{len(live)} records carry this key")
        if live or rows:
            row = (live or rows)[0]
            seen = self.system.observed(row)
            return Applied(row.id, seen if isinstance(seen, Present | Archived | Gone) else None)
        certain = type_.sees_own or type_.twins is Twins.REFUSED
        return NotApplied() if certain else InDoubt("not found, but the search lags behind")


def _let_through(verb: Verb, operation: Operation, lock: Lock) -> bool:
    return verb in lock.allows or (verb is Verb.UPDATE and operation.values.keys() <= lock.editable)
