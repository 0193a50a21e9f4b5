"""Damaged answers of systems, through the real client and every adapter: values of the port, or a clear error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, cast

from tieout.adapter import Adapter, Batch, Connection, Operation, Query, Tools, Verb
from tieout.errors import AdapterFault, TieoutError
from tieout.foreign import Blame, Foreign
from tieout.http.client import Client
from tieout.http.memory import MemoryTokens, MemoryWindows
from tieout.http.ports import Ports
from tieout.http.protocols import StoredToken
from tieout.model import Applied, Gone, Merged, ObjectType, Present, Unknown
from tieout.plugins import Plugin
from tieout.secrets import Secret
from tieout.sync.wire import plain
from tieout.testing.simulated import URL, InProcess, Quiet
from tieout.values import dumps
from tieout_salesforce.adapter import SalesforceAdapter
from tieout_spotlercrm.adapter import SpotlerAdapter
from tieout_xero.adapter import XeroAdapter

from .garbling import Garbler

if TYPE_CHECKING:
    from tieout.model import Record

WHAT: Mapping[str, tuple[str, Callable[[str], Record]]] = {
    "salesforce": ("Account", lambda mark: {"Name": f"Café {mark}", "BillingCity": "København"}),
    "spotlercrm": ("accounts", lambda mark: {"name": f"Café {mark}", "addresscity": "København"}),
    "xero": ("Contact", lambda mark: {"Name": f"Café {mark}", "EmailAddress": "zoe@example.com"}),
}
PATHS = frozenset({"Name", "name"})


def _adapter(seed: int) -> Adapter:
    """Choose by the seed, so that the cases that went wrong once still meet the adapter that they met then."""
    return SpotlerAdapter() if seed % 5 in {0, 2} else (SalesforceAdapter(), XeroAdapter())[seed % 2]


class Still:
    """A clock that never waits."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 2, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=max(seconds, 0.0))

    def monotonic(self) -> float:
        return (self._now - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds()


@dataclass
class Line:
    """One adapter on its simulator, with a damaged line between them."""

    connection: Connection
    garbler: Garbler
    name: str
    known: ObjectType
    ids: list[str]
    cursor: Mapping[str, str] | None = None


def attack(seed: int) -> str:
    """Use a system whose answers are damaged; the answer is what is wrong, "" if nothing."""
    chance = Random(seed)  # noqa: S311  # a replayable test, no secret
    with _line(_adapter(seed), chance) as line:
        line.garbler.armed = True
        for step in chance.sample(STEPS, 4):
            try:
                wrong = step(line, chance)
            except AdapterFault as fault:
                return f"{line.name}: {fault}"
            except TieoutError as error:
                wrong = "" if str(error).strip() else f"{type(error).__name__} says nothing"
            if wrong:
                return f"{line.name}: {wrong}"
    return ""


@contextmanager
def _line(adapter: Adapter, chance: Random) -> Iterator[Line]:
    simulator = adapter.simulator()
    assert simulator is not None
    clock, tokens = Still(), MemoryTokens()
    access, entry = simulator.access(URL), simulator.connection(URL)
    options, organisation = cast("Record", entry["options"]), entry.get("organisation")
    tokens.replace(adapter.name, 0, StoredToken(Secret(access["access_token"])))
    garbler = Garbler(InProcess(simulator.app(clock.now)), chance)
    ports = Ports(tokens, MemoryWindows(), clock, Quiet(), transport=garbler)
    given = {**access, "token": access["access_token"]}
    credentials = {name: Secret(given[name]) for name in adapter.credentials if name in given}
    service = adapter.service(options, str(organisation) if organisation else None)
    client = Client(adapter.name, service, credentials, ports)
    blame = Blame(adapter.name, adapter.name, Plugin(adapter.name, "tieout", "0"), str)
    connection = Foreign(adapter.open(options, Tools(client, clock.now, Quiet())), blame)
    name, new = WHAT[adapter.name]
    known = connection.describe(name)
    made = connection.write(_batch(known, Verb.CREATE, [Operation(f"k{n}", None, new(f"n{n}")) for n in range(3)]))
    ids = [one.id for one in made if isinstance(one, Applied)]
    assert len(ids) == 3, made
    try:
        yield Line(connection, garbler, adapter.name, known, ids)
    finally:
        client.close()


def _batch(type_: ObjectType, verb: Verb, operations: list[Operation]) -> Batch:
    return Batch(type_, verb, operations, PATHS, "b" * 32, datetime(2026, 11, 2, 9, tzinfo=UTC))


def _organisation(line: Line, _chance: Random) -> str:
    line.connection.organisation()
    line.connection.check()
    return ""


def _describe(line: Line, chance: Random) -> str:
    names = line.connection.objects()
    for name in (WHAT[line.name][0], chance.choice(list(names)) if names else ""):
        if line.connection.describe(name).name != name:
            return "another object was described than was asked for"
    return ""


def _changes(line: Line, _chance: Random) -> str:
    for page in line.connection.changes(Query(line.known, PATHS, line.cursor)):
        for seen in page.observations:
            _stored(seen)
        line.cursor = page.cursor or line.cursor
    return ""


def _fetch(line: Line, _chance: Random) -> str:
    for seen in line.connection.fetch(Query(line.known, PATHS), line.ids):
        _stored(seen)
        if seen.id not in line.ids:
            return f"gave {seen.id[:60]!r}, which was not asked for"
    return ""


def _write(line: Line, chance: Random) -> str:
    mark = str(chance.randrange(10**9))
    name, new = WHAT[line.name]
    verb = chance.choice((Verb.CREATE, Verb.UPDATE))
    targets = line.ids if verb is Verb.UPDATE else [None]
    operations = [Operation(f"w{mark}{n}", id_, new(f"{mark}{n}")) for n, id_ in enumerate(targets)]
    batch = _batch(line.known, verb, operations)
    outcomes = line.connection.write(batch)
    for operation, outcome in zip(operations, outcomes, strict=True):
        if isinstance(outcome, Applied):
            if operation.id is not None and outcome.id != operation.id:
                return f"{name} {operation.id} was changed, and {outcome.id[:60]!r} is said to be"
            if outcome.now is not None:
                _stored(outcome.now)
    if verb is Verb.CREATE:
        line.connection.find_created(batch)
    return ""


def _stored(seen: Present | Merged | Gone | Unknown | object) -> None:
    """Do what the engine does first: write it down."""
    if isinstance(seen, Present):
        dumps(plain(dict(seen.record)))


STEPS = (_organisation, _describe, _changes, _fetch, _write)
