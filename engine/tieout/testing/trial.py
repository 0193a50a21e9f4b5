"""One adapter on one bench: connections through the real client, whose network, clock and log are the suite's."""

from __future__ import annotations

import secrets
import ssl
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import httpx

from tieout.adapter import Adapter, Bearer, Connection, Service, Tools
from tieout.errors import BatchRefused
from tieout.http.client import Client
from tieout.http.memory import MemoryTokens, MemoryWindows
from tieout.http.ports import Ports
from tieout.http.redact import Redaction
from tieout.http.retry import Policy
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
from tieout.testing.promises import hold

if TYPE_CHECKING:
    from tieout.http.protocols import Clock
    from tieout.testing.bench import Bench, Sample

CONNECTION = "trial"
QUICK = Policy(base=0.05)
"""The client's own patience, with shorter waits."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class Notes:
    """A log that keeps every line."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, event: str, **facts: object) -> None:
        """Keep a line."""
        self.lines.append(f"{event} {facts!r}")

    def warning(self, event: str, **facts: object) -> None:
        """Keep a line."""
        self.lines.append(f"{event} {facts!r}")


@dataclass(frozen=True, slots=True)
class Skewed:
    """The bench's clock as a machine with a wrong one sees it."""

    bench: Bench
    by: timedelta

    def now(self) -> datetime:
        """Give the wrong time."""
        return self.bench.now() + self.by

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.bench.sleep(seconds)


@cache
def _trusted() -> ssl.SSLContext:
    """Read the authorities that are trusted once: it takes longer than most checks."""
    return httpx.create_ssl_context()


class Line(httpx.BaseTransport):
    """The wire of one connection: carries calls to the peer or to what stands in its way, and knows what they bore."""

    def __init__(self) -> None:
        self._network = httpx.HTTPTransport(verify=_trusted())
        self._carrier: httpx.BaseTransport = self._network
        self.calls = 0
        self.tokens: set[str] = set()
        """Every token that was sent."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one call."""
        self.calls += 1
        _, _, token = request.headers.get("authorization", "").partition(" ")
        if token:
            self.tokens.add(token)
        return self._carrier.handle_request(request)

    def close(self) -> None:
        """Close the network."""
        self._network.close()

    @contextmanager
    def through(self, make: Callable[[httpx.BaseTransport], httpx.BaseTransport]) -> Iterator[None]:
        """Put something in the way for the length of a `with`."""
        self._carrier = make(self._network)
        try:
            yield
        finally:
            self._carrier = self._network


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

    def __init__(self, trial: Trial, service: Service, clock: Clock, tokens: MemoryTokens) -> None:
        bench, notes = trial.bench, trial.notes
        self.bench, self.service, self.line = bench, service, Line()
        ports = Ports(tokens, trial.windows, clock, notes, trial.redaction, policy=QUICK, transport=self.line)
        credentials = {name: Secret(value) for name, value in bench.credentials().items()}
        self.client = Client(CONNECTION, service, credentials, ports)
        self.connection: Connection = trial.adapter.open(bench.options(), Tools(self.client, clock.now, notes))
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
            ours = {name: value for name, value in known.items() if _updatable(type, name)}
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


class Trial:
    """An adapter, a bench, and what all connections share: tokens, windows, the log."""

    def __init__(self, adapter: Adapter, bench: Bench) -> None:
        self.adapter, self.bench = adapter, bench
        self.tokens, self.windows, self.notes = MemoryTokens(), MemoryWindows(), Notes()
        self.redaction = Redaction()
        self._sessions: list[Session] = []
        bench.start()
        granted = bench.granted()
        if granted is not None:
            self.tokens.replace(CONNECTION, 0, granted)

    def open(self, skew: timedelta = timedelta(), *, tokens: MemoryTokens | None = None) -> Session:
        """Open one more connection; `skew`: how wrong our clock is; `tokens`: other ones than those shared."""
        service = self.adapter.service(self.bench.options(), self.bench.organisation())
        session = Session(self, service, Skewed(self.bench, skew), tokens or self.tokens)
        self._sessions.append(session)
        return session

    def close(self) -> None:
        """Close everything."""
        for session in self._sessions:
            session.client.close()
            session.line.close()
        self.bench.stop()

    def secrets(self) -> set[str]:
        """Give every text that nobody must ever see again."""
        tokens = {token for session in self._sessions for token in session.line.tokens}
        return {secret for secret in {*self.bench.credentials().values(), *tokens} if len(secret) >= SHORTEST}


SHORTEST = 8
"""Characters; a shorter secret of a bench would be found everywhere."""


def mark() -> str:
    """Make a text of twelve letters and figures that nothing else has."""
    return f"t{secrets.token_hex(5)}z"


def fresh(sample: Sample, values: Record | None = None) -> Operation:
    """Make a create under a key of its own, of the form that the engine gives keys."""
    return Operation(f"{secrets.token_hex(4)}.{mark()}.1", values=sample.new(mark()) if values is None else values)


def change(id: str, values: Record, version: str | None = None) -> Operation:
    """Make an update under a key of its own."""
    return Operation(f"{secrets.token_hex(4)}.{mark()}.1", id, values, version)


def near(id: str, known: Collection[str]) -> str:
    """Make an id of the same form that no record has: one figure of it is another one."""
    for place in reversed(range(len(id))):
        if id[place].isdecimal():
            made = f"{id[:place]}{(int(id[place]) + 5) % 10}{id[place + 1 :]}"
            if made not in known:
                return made
    return f"{id}0"


def _updatable(type: ObjectType, name: str) -> bool:
    below = [field for path, field in type.fields.items() if path == name or path.startswith(f"{name}.")]
    return any(field.updatable for field in below)
