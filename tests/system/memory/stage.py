"""Two systems in memory, one mapping, and runs over them as a scheduler makes them; no process, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

from sqlalchemy import select

from schemas.world import check
from tieout.model import Field, Kind, ObjectType, Observation, Query, Record, Twins, Value, Verb
from tieout.problems import errors
from tieout.store import audit, lease, standing
from tieout.store.database import RUN, Database, stamp
from tieout.store.standing import Review, Standing
from tieout.store.tables import plan
from tieout.sync.guard import Limits
from tieout.sync.passes import Reading, Report, apply_plan, run_passes
from tieout.sync.planview import operation_views
from tieout.sync.run import Peer, Run, join
from tieout.sync.thawing import frozen_fields, thaw
from tieout.testing.memory import MemorySystem, Row, Traits
from tieout.testing.memory_port import MemoryConnection

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)
OPEN = Limits(creates=10**6, updates=10**6, deletes=10**6, voids=10**6, share=Decimal(10**6))
VERBS = {Verb.CREATE: 10, Verb.UPDATE: 10, Verb.DELETE: 10}
THING = "Thing"
Rule = Callable[[Row, Record], Record]
KEYED = """\
mapping: things
version: 1
between:
  crm: {connection: salesforce, object: Thing}
  books: {connection: xero, object: Thing}
match:
  - {crm: code, books: code}
create: {books: always}
fields:
  - {crm: code, books: code}
"""
"""The beginning of a mapping that makes in books what stands in the CRM: its fields, of which a code matches."""
THINGS = KEYED + "  - {crm: name, books: name}\n"
"""The same with a name."""
LINES = (
    KEYED
    + """\
lists:
  - books: Lines
    from: crm.Rows
    key: {crm: Id, books: LineID}
    drift: restore
    extra: keep
    fields:
      - {books: Text, from: crm.Text}
"""
)
"""The same with a one-way list: rows of a deal become lines of a document."""


def thing(*paths: str, children: Mapping[str, str | None] | None = None, **more: object) -> ObjectType:
    """An object of text fields (and lists), whose creates leave a key and whose records show who changed them last."""
    lists = children or {}
    fields = {path: Field(path, Kind.LIST if path in lists else Kind.TEXT) for path in (*paths, *lists)}
    given: dict[str, object] = {"verbs": VERBS, "children": lists, "twins": Twins.REFUSED, "marker": "key", **more}
    return ObjectType(THING, fields, **given)  # type: ignore[arg-type]  # checked by the tests that give them


def nothing(_row: Row, _written: Record) -> Record:
    return {}


class Quiet:
    def info(self, event: str, **facts: object) -> None:
        """Say nothing."""

    debug = info

    def warning(self, event: str, **facts: object) -> None:
        """Say nothing."""


class Watched(MemoryConnection):
    """A connection during whose next fetch somebody acts."""

    def __init__(self, system: MemorySystem, acts: dict[int, Callable[[], None]], end: int) -> None:
        super().__init__(system)
        self.acts, self.end = acts, end

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        act = self.acts.pop(self.end, None)
        if act is not None:
            act()
        return super().fetch(query, ids)


class Stage:
    """Two systems, `systems[0]` behind the side crm and `systems[1]` behind books."""

    names: tuple[str, ...] = ("crm", "books")
    connections: tuple[str, ...] = ("salesforce", "xero")

    def __init__(
        self,
        mapping: str,
        types: tuple[ObjectType, ...],
        *,
        traits: tuple[Traits, Traits] | None = None,
        rules: tuple[Rule, Rule] = (nothing, nothing),
        beside: Mapping[str, ObjectType] | None = None,
    ) -> None:
        """Set both up; `beside`: further objects of each."""
        self.now, self.runs, self.salts = BEGIN, 0, 0
        self.acts: dict[int, Callable[[], None]] = {}
        more = len(self.names) - len(rules)
        behave = (*(traits or (Traits(), Traits())), *(Traits() for _ in range(more)))
        automations = (*rules, *(nothing for _ in range(more)))
        self.systems = tuple(
            MemorySystem(
                name,
                {THING: (types[end], behave[end]), **{one: (kind, Traits()) for one, kind in (beside or {}).items()}},
                clock=lambda: self.now,
                rule=automations[end],
            )
            for end, name in enumerate(self.names)
        )
        self.behind = dict(zip(self.connections, self.systems, strict=True))
        self.use(mapping)
        self.database = Database.open("sqlite::memory:", clock=lambda: self.now, project_folder=Path(), salt=self._salt)

    def _salt(self) -> str:
        self.salts += 1
        return f"{self.salts:032x}"

    def use(self, *mappings: str) -> None:
        """Run these mappings from now on."""
        described = self.behind
        checked = check(
            *mappings, describe=lambda connection, name: described[connection].objects[name][0], **self.project()
        )
        assert not errors(checked.problems), checked.problems
        self.mappings = checked.mappings

    def project(self) -> dict[str, object]:
        """Give what tieout.yaml says beside the mapping."""
        return {}

    # --- people -----------------------------------------------------------------------------------------------------

    def add(self, end: int, values: Record, *, by: str = "ann", name: str = THING) -> str:
        return self.systems[end].create(name, values, by=by).id

    def edit(self, end: int, id_: str, *, by: str = "ann", **values: Value) -> None:
        self.systems[end].edit(id_, values, by=by)

    def rows(self, end: int) -> list[Row]:
        return [row for row in self.systems[end].of(THING) if row.state == "live"]

    def record(self, end: int) -> dict[str, Value]:
        (row,) = self.rows(end)
        return row.record

    def writes(self, end: int, path: str) -> int:
        """Count what Tieout wrote to a field."""
        return sum(one.path == path and one.by == "tieout" for one in self.systems[end].history)

    # --- runs ---------------------------------------------------------------------------------------------------------

    def run(self) -> Report:
        """Make a run; a guard that stops it (a first one) is let through."""
        self.runs += 1
        self.now += timedelta(minutes=15)
        with self._leased() as epoch:
            run = self._open(epoch)
            report = run_passes(run, OPEN, Reading())
            if report.stopped is not None:
                apply_plan(run, report.stopped[0], OPEN, allow={stop.guard for stop in report.stopped[1]}, who="ann")
        return report if report.stopped is None else self.run()

    @contextmanager
    def opened(self) -> Iterator[Run]:
        """Open a run for something else than passes."""
        self.runs += 1
        self.now += timedelta(minutes=15)
        with self._leased() as epoch:
            yield self._open(epoch)

    @contextmanager
    def _leased(self) -> Iterator[int]:
        epoch = lease.acquire(self.database, RUN, f"run {self.runs}", timedelta(minutes=5))
        try:
            yield epoch
        finally:
            with self.database.write() as tx:
                lease.release(tx, RUN, epoch)

    def _open(self, epoch: int) -> Run:
        peers = {}
        for end, name in enumerate(self.connections):
            connection = self.connection(end)
            peers[name] = Peer(name, "memory", connection, connection.organisation())
        joined, endpoints = join(self.database, epoch, peers, self.mappings)
        today = self.now.date().isoformat()
        id_ = f"run {self.runs}"
        return Run(id_, epoch, "test", "ann", self.database, joined, endpoints, Quiet(), today, self.now)

    def connection(self, end: int) -> MemoryConnection:
        return Watched(self.systems[end], self.acts, end)

    def meanwhile(self, end: int, act: Callable[[], None]) -> None:
        """Have somebody act directly before the next time that records of this end are read for a write."""
        self.acts[end] = act

    def thaw(self) -> None:
        """Ask for everything that is frozen again."""
        with self.database.write() as tx:
            for kept in frozen_fields(tx):
                thaw(tx, kept, who="ann")

    def answer(self, number: int, chosen: str) -> None:
        """Answer a question as the command line does."""
        with self.database.write() as tx:
            kept = standing.find_review(tx, number)
            assert kept is not None
            assert chosen in cast("Mapping[str, Value]", kept.question["choices"])
            standing.answer(tx, number, chosen=chosen, who="ann", why="", now=stamp(self.now))
            payload = {"review": number, "pair": kept.pair, "scope": kept.scope, "rule": kept.rule, "who": "ann",
                       "answer": chosen, "fingerprint": kept.fingerprint}  # fmt: skip
            audit.append(tx, run="", epoch=0, kind="answer", payload=payload)

    # --- what stands --------------------------------------------------------------------------------------------------

    def holds(self) -> list[Standing]:
        with self.database.read() as tx:
            return standing.holds(tx)

    def reviews(self) -> Sequence[Review]:
        with self.database.read() as tx:
            return standing.reviews(tx)

    def shown(self) -> str:
        """Give everything that people read of the operations of all plans."""
        mappings = {mapping.name: mapping for mapping in self.mappings}
        with self.database.read() as tx:
            digests = list(tx.execute(select(plan.c.digest)).scalars())
            return str([list(operation_views(tx, digest, mappings)) for digest in digests])

    def sound(self) -> bool:
        """Say whether the audit chain holds."""
        with self.database.read() as tx:
            return audit.verify(tx).ok
