"""One object that a login may not use: the mappings that need it stop, the others of the connection go on (SX-06)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from system.memory.stage import OPEN, THINGS, Stage, thing
from tieout.errors import AnswerLost, ConnectionFault, ObjectForbidden, Unreachable
from tieout.model import Batch, Field, Found, Kind, ObjectType, Observation, Outcome, Page, Query, Twins
from tieout.store import journal
from tieout.sync.passes import GUARDS, Reading, Report, apply_plan, make_plan, recovered_by_reading, run_passes
from tieout.sync.undoing import Undoing, undo
from tieout.sync.verifying import Verification, scope, verify
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
            raise self.stage.fault(f"this login may not {verb} {name}", mend="give it the right")

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

    fault: type[ConnectionFault] = ObjectForbidden

    def __init__(self, others: str = OTHERS, fields: Sequence[Field] = ()) -> None:
        """`others`: the mapping over the second object, which has these `fields`, too."""
        self.barred: set[str] = set()
        self.loses = False
        self.asked: list[tuple[str, str]] = []
        kind = thing("code", "name", twins=Twins.FOUND, page=10, fetch=10)
        super().__init__(THINGS, (kind, kind), beside={OTHER: _with(kind, fields)})
        self.use(THINGS, others)

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

    def undo(self, undone: str, *, apply: bool = False) -> Undoing:
        """Plan to take a run back, and apply the plan."""
        with self.opened() as run:
            undoing = undo(run, undone, recovered_by_reading(run))
            if apply:
                apply_plan(run, undoing.planning.digest, OPEN, allow=GUARDS, who="ann")
        return undoing

    def verify(self, calls: int = 500) -> Verification:
        """Compare both sides."""
        with self.opened() as run:
            return verify(run, scope(run, ["things", "others"], calls))


def _with(kind: ObjectType, fields: Sequence[Field]) -> ObjectType:
    return replace(kind, name=OTHER, fields={**kind.fields, **{one.path: one for one in fields}})


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


# --- undo ---------------------------------------------------------------------------------------------------------


def made_by_a_run(stage: Gate) -> str:
    """Have a run make one record of each object, and give its name."""
    stage.run()  # nothing is there yet: so the guard of a first run does not stop the next one
    stage.both()
    stage.run()
    assert stage.made() == (1, 1)
    return f"run {stage.runs}"


def planned(undoing: Undoing) -> dict[str, dict[str, int]]:
    return {name: dict(counts) for name, counts in undoing.planning.counts.items()}


def test_t06_what_is_out_of_reach_is_left_by_name_and_the_rest_is_taken_back(stage: Gate) -> None:
    run = made_by_a_run(stage)
    stage.barred = {"read"}
    undoing = stage.undo(run, apply=True)
    assert planned(undoing) == {"things": {"delete in books": 1}}
    ((record, left),) = undoing.left
    assert record.startswith("others/")
    assert left.why == "it can't be read now: xero: this login may not read Other"
    assert left.ways_out == ("give it the right", f"tieout undo {run} again, once it can be read")
    assert [*map(str, undoing.planning.faults)] == ["xero Other"]
    assert (len(stage.rows(1)), stage.named()) == (0, ["Acme"])
    stage.barred = set()
    again = stage.undo(run, apply=True)
    assert (planned(again)["others"], again.planning.faults) == ({"delete in books": 1}, {})
    assert all("others" not in record for record, _ in again.left)
    assert [row.state for row in stage.systems[1].of(OTHER)] == ["gone"]


def test_t06_a_connection_that_fails_leaves_all_that_needs_it(stage: Gate) -> None:
    run = made_by_a_run(stage)
    stage.barred, stage.fault = {"read"}, Unreachable
    undoing = stage.undo(run, apply=True)
    assert (planned(undoing), [*map(str, undoing.planning.faults)]) == ({}, ["xero"])
    assert sorted(record.partition("/")[0] for record, _ in undoing.left) == ["others", "things"]
    assert stage.made() == (1, 1)


def test_t06_what_a_write_of_unknown_fate_needs_may_be_out_of_reach(stage: Gate) -> None:
    stage.run()
    stage.both()
    stage.loses = True
    stage.run()
    run = f"run {stage.runs}"
    stage.loses, stage.barred, stage.fault = False, {"find", "read"}, Unreachable
    undoing = stage.undo(run)
    assert [*map(str, undoing.planning.faults)] == ["xero"]
    assert [one.verb for one in unsettled(stage)] == ["create"], "what could be found out was, and the rest rests"


REFERS = OTHERS + "  - {crm: thing, books: thing, link: things}\n"


def test_t06_a_record_stays_while_what_may_refer_to_it_cannot_be_read() -> None:
    stage = Gate(REFERS, [Field("thing", Kind.REFERENCE, refers_to=("Thing",))])
    stage.run()
    mine = stage.add(0, {"code": "1", "name": "Acme"})
    stage.add(0, {"code": "1", "name": "Acme", "thing": mine}, name=OTHER)
    stage.run()
    run = f"run {stage.runs}"
    stage.barred = {"read"}
    undoing = stage.undo(run, apply=True)
    assert planned(undoing) == {}
    assert [(record.partition("/")[0], left.why) for record, left in undoing.left] == [
        ("others", "it can't be read now: xero: this login may not read Other"),
        ("things", "others may refer to it, and can't be read now"),
    ]
    assert stage.made() == (1, 1)
    stage.barred = set()
    assert sorted(planned(stage.undo(run, apply=True))) == ["others", "things"]


# --- verify -------------------------------------------------------------------------------------------------------


def compared(made: Verification) -> dict[str, tuple[int, int]]:
    return {one.mapping: (one.compared, one.links) for one in made.comparisons}


@pytest.mark.parametrize("fault", [ObjectForbidden, Unreachable])
def test_sx53_what_cannot_be_read_is_named_and_the_rest_is_compared(stage: Gate, fault: type[ConnectionFault]) -> None:
    made_by_a_run(stage)
    stage.barred, stage.fault = {"list"}, fault
    made = stage.verify()
    why = "xero refuses Other" if fault is ObjectForbidden else "the connection xero does not work"
    assert (compared(made), made.stopped) == ({"things": (1, 1)}, {"others": why})
    assert [type(one) for one in made.faults.values()] == [fault]
    stage.barred = set()
    assert (compared(stage.verify()), stage.verify().stopped) == ({"things": (1, 1), "others": (1, 1)}, {})


@pytest.mark.parametrize("fault", [ObjectForbidden, Unreachable])
def test_sx53_link_by_link_a_fault_ends_the_mapping_that_it_stops_and_no_other(
    stage: Gate, fault: type[ConnectionFault]
) -> None:
    for _ in range(60):
        stage.both()
    stage.run()
    stage.barred, stage.fault = {"read"}, fault
    made = stage.verify(calls=14)
    assert not made.scope.whole
    (links,) = [one for one in made.comparisons if one.mapping == "things"]
    assert (links.links, links.compared) == (60, made.scope.slices["things"][1])
    assert made.stopped.keys() == {"others"}
    assert made.stopped_at.keys() == {"things"}, "the next time begins where this one did"
    stage.barred = set()
    assert stage.verify(calls=14).stopped == {}


def test_sx53_a_write_of_unknown_fate_whose_object_is_out_of_reach_does_not_end_it(stage: Gate) -> None:
    made_by_a_run(stage)
    stage.both()
    stage.loses = True
    stage.run()
    stage.loses, stage.barred, stage.fault = False, {"find", "read"}, Unreachable
    made = stage.verify()
    assert ([*map(str, made.faults)], [*made.stopped]) == (["xero"], ["things", "others"])
