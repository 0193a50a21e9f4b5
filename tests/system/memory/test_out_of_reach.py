"""One object that a login may not use: the mappings that need it stop, the others of the connection go on (SX-06)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from system.memory.stage import OPEN, THINGS, Stage, thing
from tieout.errors import AnswerLost, ObjectForbidden
from tieout.model import Batch, Found, Observation, Outcome, Page, Query, Twins
from tieout.store import journal
from tieout.sync.passes import Reading, Report, make_plan, run_passes
from tieout.testing.memory import MemorySystem
from tieout.testing.memory_port import MemoryConnection

OTHER = "Other"
OTHERS = THINGS.replace("mapping: things", "mapping: others").replace("object: Thing", f"object: {OTHER}")


class Guarded(MemoryConnection):
    """A connection whose login may not do some things with one object."""

    def __init__(self, system: MemorySystem, stage: Gate) -> None:
        super().__init__(system)
        self.stage = stage

    def _asked(self, verb: str, name: str) -> None:
        self.stage.asked.append((verb, name))
        if name == OTHER and verb in self.stage.barred:
            raise ObjectForbidden(f"this login may not {verb} {name}", mend="give it the right")

    def changes(self, query: Query) -> Iterator[Page]:
        self._asked("list", query.type.name)
        return super().changes(query)

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        self._asked("read", query.type.name)
        return super().fetch(query, ids)

    def write(self, batch: Batch) -> Sequence[Outcome]:
        self._asked("write", batch.type.name)
        outcomes = super().write(batch)
        if self.stage.loses:
            raise AnswerLost("the answer never came")
        return outcomes

    def find_created(self, batch: Batch) -> Sequence[Found]:
        self._asked("find", batch.type.name)
        return super().find_created(batch)


class Gate(Stage):
    """Two mappings over the same two systems; the ledger's login may not do what is `barred` with the second object."""

    def __init__(self) -> None:
        self.barred: set[str] = set()
        self.loses = False
        self.asked: list[tuple[str, str]] = []
        kind = thing("code", "name", twins=Twins.FOUND)
        super().__init__(THINGS, (kind, kind), beside={OTHER: replace(kind, name=OTHER)})
        self.use(THINGS, OTHERS)

    def connection(self, end: int) -> MemoryConnection:
        return super().connection(end) if end == 0 else Guarded(self.systems[end], self)

    def made(self) -> tuple[int, int]:
        """Count the records of both objects in the ledger."""
        things, others = ([*self.systems[1].of(name)] for name in ("Thing", OTHER))
        return len(things), len(others)

    def named(self) -> list[str]:
        """Give what the ledger calls the records of the second object."""
        return sorted(str(row.record["name"]) for row in self.systems[1].of(OTHER))

    def both(self) -> None:
        """Have a person make a record of each object in the CRM."""
        for name in ("Thing", OTHER):
            self.add(0, {"code": f"{len([*self.systems[0].of(name)])}", "name": "Acme"}, name=name)


@pytest.fixture
def stage() -> Gate:
    return Gate()


def where(report: Report) -> list[str]:
    return [*map(str, report.faults)]


@pytest.mark.parametrize("verb", ["list", "read", "write"])
def test_sx06_one_object_out_of_reach_stops_only_its_mapping_wherever_it_shows(stage: Gate, verb: str) -> None:
    stage.both()
    stage.run()
    assert stage.made() == (1, 1)
    stage.both()
    stage.edit(0, next(iter(stage.systems[0].of(OTHER))).id, name="Brook")
    stage.barred = {verb}
    stage.asked.clear()
    report = stage.run()
    things, others = stage.made()
    assert (where(report), things, stage.named()) == (["xero Other"], 2, ["Acme"] * others)
    (fault,) = report.faults.values()
    assert (type(fault), fault.exit_code, str(fault)) == (ObjectForbidden, 6, f"this login may not {verb} Other")
    assert [(one.code, one.rule) for one in stage.holds()] == [], "it is the login's fault, and no record's"
    assert stage.asked.count((verb, OTHER)) == 1, "what is refused is not asked for again in the same run"
    stage.barred = set()
    assert where(stage.run()) == []
    assert (stage.made(), stage.named()) == ((2, 2), ["Acme", "Brook"])


def test_sx06_the_mapping_is_kept_out_of_the_plan_by_name_with_the_reason(stage: Gate) -> None:
    stage.both()
    stage.barred = {"list"}
    with stage.opened() as run:
        planning, report = make_plan(run, Reading())
    assert (sorted(planning.counts), where(report)) == (["things"], ["xero Other"])
    with stage.opened() as run:
        live = run_passes(run, OPEN, Reading())
    assert where(live) == ["xero Other"]
    assert live.passes[0].planning.counts.keys() == {"things"}


def test_sx06_what_was_sent_and_never_answered_rests_while_its_object_is_out_of_reach(stage: Gate) -> None:
    stage.both()
    stage.run()
    stage.both()
    stage.loses = True
    stage.run()
    assert len(unsettled(stage)) == 2
    stage.loses, stage.barred = False, {"find", "read"}
    for _ in range(3):
        report = stage.run()
    assert where(report) == ["xero Other"]
    assert [*{one.verb for one in unsettled(stage)}] == ["create"], "only that of the object that is out of reach"
    assert len(unsettled(stage)) == 1
    stage.barred = set()
    assert where(stage.run()) == []
    assert (unsettled(stage), stage.made()) == ([], (2, 2))


def test_sx06_a_connection_that_is_dead_is_no_single_object(stage: Gate) -> None:
    stage.both()
    stage.use(THINGS)
    stage.barred = {"list"}
    assert where(stage.run()) == [], "nothing needs the object"
    assert stage.made() == (1, 0)


def unsettled(stage: Gate) -> list[journal.Intent]:
    with stage.database.read() as tx:
        return [*journal.unsettled(tx)]
