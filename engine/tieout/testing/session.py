"""One connection on trial, used as the engine uses it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx

from tieout.adapter import Adapter, AuthorizationCode, Bearer, Connection, Service, Tools
from tieout.errors import BatchRefused
from tieout.http.client import Client
from tieout.http.ports import Ports
from tieout.model import (
    Applied,
    Batch,
    Cause,
    Found,
    InDoubt,
    ObjectType,
    Observation,
    Operation,
    Outcome,
    Page,
    Present,
    Query,
    Record,
    Refused,
    Verb,
)
from tieout.secrets import Secret
from tieout.testing.comparing import laid_over, paths_of
from tieout.testing.faults import FaultyTransport, Strike
from tieout.testing.line import Line
from tieout.testing.making import change, fresh, updatable
from tieout.testing.promises import hold

if TYPE_CHECKING:
    from tieout.testing.bench import Bench, Sample

CONNECTION = "trial"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class Reading:
    """What one read of changes gave."""

    pages: list[Page] = field(default_factory=list)

    @property
    def seen(self) -> dict[str, Observation]:
        """What is known by id: the later sighting stands."""
        return {one.id: one for page in self.pages for one in page.observations}

    @property
    def complete(self) -> bool:
        """Whether it claims to hold every record."""
        return bool(self.pages) and self.pages[-1].complete

    def cursor(self, before: dict[str, str] | None = None) -> dict[str, str] | None:
        """Where the next read begins, as the engine keeps it: the last cursor that was given."""
        given = [page.cursor for page in self.pages if page.cursor is not None]
        return dict(given[-1]) if given else before


class Session:
    """One open connection, used as the engine uses it."""

    def __init__(self, adapter: Adapter, bench: Bench, service: Service, around: Ports) -> None:
        self.bench, self.service, self.line = bench, service, Line()
        ports = replace(around, transport=self.line)
        credentials = {name: Secret(value) for name, value in bench.credentials().items()}
        self.client = Client(CONNECTION, service, credentials, ports)
        tools = Tools(self.client, around.clock.now, around.log, self.client.token_ends, self.client.scopes)
        self.connection: Connection = adapter.open(bench.options(), tools)
        self._types: dict[str, ObjectType] = {}

    # --- the network ---

    @contextmanager
    def faulty(self, *strikes: Strike) -> Iterator[FaultyTransport]:
        """Spoil calls for the length of a `with`; those that fetch a token pass and are not counted."""
        made: list[FaultyTransport] = []

        def spoil(network: httpx.BaseTransport) -> FaultyTransport:
            made.append(FaultyTransport(network, strikes, refusal=self.bench.refusal))
            return made[0]

        with self.line.through(spoil):
            yield made[0]

    @property
    def renewable(self) -> bool:
        """Whether the client can have another token in place of a dead one."""
        auth, granted = self.service.auth, self.bench.granted()
        if isinstance(auth, AuthorizationCode):
            return granted is not None and granted.refresh is not None
        return not isinstance(auth, Bearer)

    def asks(self, request: httpx.Request) -> bool:
        """Say whether a call goes to the API, not for a token."""
        token_url = "" if isinstance(self.service.auth, Bearer) else self.service.auth.token_url
        return str(request.url).partition("?")[0] != token_url

    def writes(self, request: httpx.Request) -> bool:
        """Say whether a call may change something."""
        return self.asks(request) and request.method not in READING

    # --- reading ---

    def type(self, name: str) -> ObjectType:
        """Describe an object, once a connection."""
        if name not in self._types:
            self._types[name] = self.connection.describe(name)
        return self._types[name]

    def query(self, sample: Sample, since: dict[str, str] | None = None, paths: frozenset[str] | None = None) -> Query:
        """Ask for the paths of a sample, or for others."""
        type = self.type(sample.object)
        return Query(type, self.paths(sample) if paths is None else paths, since)

    def paths(self, sample: Sample) -> frozenset[str]:
        """Give the paths that a sample uses, ids of rows included, as a mapping would."""
        type = self.type(sample.object)
        parts = (sample.new("x" * 12), sample.edit, sample.other_edit, sample.digits)
        used = {path for part in parts for path in paths_of(part)}
        heads = {path.partition(".")[0] for path in used}
        ids = {f"{name}.{id}" for name, id in type.children.items() if id and name in heads}
        return frozenset(path for path in used | ids if path in type.fields)

    def read(
        self, sample: Sample, since: dict[str, str] | None = None, *, paths: frozenset[str] | None = None
    ) -> Reading:
        """Read changes, or everything."""
        return Reading(list(self.connection.changes(self.query(sample, since, paths))))

    def fetch(self, sample: Sample, *ids: str) -> dict[str, Observation]:
        """Read records by id."""
        return {one.id: one for one in self.connection.fetch(self.query(sample), ids)}

    def record(self, sample: Sample, id: str) -> Record:
        """Read one record that must be there."""
        found = self.fetch(sample, id).get(id)
        hold(isinstance(found, Present), f"{sample.object} {id} was there a moment ago; fetch gives {found!r}")
        return found.record if isinstance(found, Present) else {}

    # --- writing ---

    def batch(self, sample: Sample, verb: Verb, operations: Sequence[Operation]) -> Batch:
        """Make a batch as the engine does."""
        type = self.type(sample.object)
        return Batch(type, verb, operations, self.paths(sample), uuid.uuid4().hex, self.bench.now())

    def send(self, batch: Batch) -> Sequence[Outcome]:
        """Carry out one batch and hold the adapter to one outcome an operation."""
        outcomes = self.connection.write(batch)
        hold(
            len(outcomes) == len(batch.operations),
            f"{len(outcomes)} outcomes for {len(batch.operations)} operations on {batch.type.name}",
        )
        return outcomes

    def deliver(self, sample: Sample, verb: Verb, operations: Sequence[Operation]) -> list[Outcome]:
        """Carry out any number of operations as the engine does: cut to the limit, bisected where all are refused."""
        most = self.type(sample.object).verbs[verb]
        outcomes: list[Outcome] = []
        for start in range(0, len(operations), most):
            outcomes += self._bisected(sample, verb, operations[start : start + most])
        return outcomes

    def _bisected(self, sample: Sample, verb: Verb, operations: Sequence[Operation]) -> Sequence[Outcome]:
        try:
            return self.send(self.batch(sample, verb, operations))
        except BatchRefused as refused:
            if len(operations) == 1:
                return [Refused(Cause.DATA, refused.code, str(refused))]
        half = len(operations) // 2
        first, second = operations[:half], operations[half:]
        return [*self._bisected(sample, verb, first), *self._bisected(sample, verb, second)]

    def make(self, sample: Sample, many: int = 1) -> list[str]:
        """Create records and give their ids."""
        outcomes = self.deliver(sample, Verb.CREATE, [fresh(sample) for _ in range(many)])
        refused = [one for one in outcomes if not isinstance(one, Applied)]
        hold(not refused, f"a new {sample.object} with the sample's values was not made: {refused[:1]!r}")
        return [one.id for one in outcomes if isinstance(one, Applied)]

    def edit(self, sample: Sample, id: str, values: Record, version: str | None = None) -> Operation:
        """Make an update as the engine does: of an object without partial updates everything is sent."""
        type = self.type(sample.object)
        if not type.partial:
            known = self.record(sample, id)
            ours = {name: value for name, value in known.items() if updatable(type, name)}
            values = laid_over(ours, values)
        return change(id, values, version)

    def settle(self, batch: Batch) -> Sequence[Found]:
        """Find out what became of creates, asking until a request that went astray can have no effect any more."""
        until = batch.sent_at + batch.type.horizon + timedelta(minutes=1)
        wait = 1.0
        while True:
            found = self.connection.find_created(batch)
            hold(len(found) == len(batch.operations), f"{len(found)} answers for {len(batch.operations)} creates")
            if self.bench.now() >= until or not any(isinstance(one, InDoubt) for one in found):
                return found
            self.bench.sleep(wait)
            wait *= 2
