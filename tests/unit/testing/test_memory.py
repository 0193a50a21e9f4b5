from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tieout.errors import BatchRefused, UnknownObject
from tieout.model import (
    Applied,
    Archived,
    Batch,
    Cause,
    Deletions,
    Field,
    Gone,
    InDoubt,
    Kind,
    Merged,
    NotApplied,
    ObjectType,
    Observation,
    Operation,
    Outcome,
    Present,
    Query,
    Record,
    Refused,
    Twins,
    Unknown,
    Verb,
)
from tieout.testing.memory import AUTOMATION, MemorySystem, Row, Traits
from tieout.testing.memory_port import USER, MemoryConnection

ALL = {Verb.CREATE: 10, Verb.UPDATE: 10, Verb.DELETE: 10, Verb.ARCHIVE: 10}
BASE = ObjectType(
    "Thing",
    {path: Field(path, Kind.TEXT) for path in ("name", "phone", "grade")},
    verbs=ALL,
    deletions=Deletions.REPORTED,
    twins=Twins.REFUSED,
    marker="key",
    grain=timedelta(seconds=10),
)


class World:
    """One system on a clock that is set by hand."""

    def __init__(self, type_: ObjectType = BASE, traits: Traits | None = None, *, late: int = 0) -> None:
        self.now = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self.type, self.traits = type_, traits or Traits()
        self.late = timedelta(seconds=late)
        self.system = MemorySystem(
            "books",
            {"Thing": (self.type, self.traits)},
            clock=lambda: self.now,
            late=lambda: self.late,
            rule=self.rule,
        )
        self.connection = MemoryConnection(self.system)
        self.batches = 0

    def rule(self, _row: Row, written: Record) -> Record:
        return {"grade": "by rule"} if "phone" in written else {}

    def later(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def person(self, **values: str) -> Row:
        return self.system.create("Thing", values, by="ann")

    def write(self, verb: Verb, *operations: Operation, key: str = "") -> Sequence[Outcome]:
        self.batches += 1
        batch = self.batch(verb, *operations, key=key or f"batch {self.batches}")
        return self.connection.write(batch)

    def batch(self, verb: Verb, *operations: Operation, key: str = "batch") -> Batch:
        return Batch(self.type, verb, operations, frozenset({"name"}), key, self.now)

    def listed(self, since: str | None = None) -> list[Observation]:
        query = Query(self.type, frozenset({"name"}), None if since is None else {"since": since})
        return [seen for page in self.connection.changes(query) for seen in page.observations]

    def fetched(self, id_: str) -> Observation:
        return next(iter(self.connection.fetch(Query(self.type, frozenset({"name"})), [id_])))


def now_of(outcome: Outcome) -> Record:
    assert isinstance(outcome, Applied)
    assert isinstance(outcome.now, Present)
    return outcome.now.record


# --- reading ------------------------------------------------------------------------------------------------------


def test_a_listing_shows_every_record_once_over_any_number_of_pages() -> None:
    world = World(traits=Traits(page=2))
    rows = [world.person(name=str(number)) for number in range(5)]
    pages = list(world.connection.changes(Query(BASE, frozenset({"name"}))))
    assert [len(page.observations) for page in pages] == [2, 2, 1]
    assert sorted(seen.id for page in pages for seen in page.observations) == sorted(row.id for row in rows)
    assert [page.complete for page in pages] == [False, False, True]


def test_from_a_cursor_only_what_changed_since_is_read_and_never_called_complete() -> None:
    world = World()
    world.person(name="old")
    world.later(100)
    mark = world.now.isoformat()
    new = world.person(name="new")
    pages = list(world.connection.changes(Query(BASE, frozenset({"name"}), {"since": mark})))
    assert [seen.id for page in pages for seen in page.observations] == [new.id]
    assert not pages[-1].complete


def test_a_late_listing_shows_a_record_as_it_was_while_a_fetch_shows_it_as_it_is() -> None:
    world = World(traits=Traits(overlap=timedelta(seconds=60)))
    row = world.person(name="before")
    world.later(10)
    world.late = timedelta(seconds=30)
    world.system.edit(row.id, {"name": "after"}, by="ann")
    shown, fresh = world.listed()[0], world.fetched(row.id)
    assert isinstance(shown, Present)
    assert isinstance(fresh, Present)
    assert (shown.record["name"], fresh.record["name"]) == ("before", "after")
    cursor = list(world.connection.changes(Query(BASE, frozenset({"name"}))))[-1].cursor
    assert cursor is not None
    world.later(31)
    assert [seen.id for seen in world.listed(cursor["since"])] == [row.id]  # the overlap reaches back to it


def test_deletions_are_listed_where_they_are_reported_and_missing_where_they_are_not() -> None:
    for deletions, expected in ((Deletions.REPORTED, 1), (Deletions.ABSENCE, 0)):
        world = World(replace(BASE, deletions=deletions))
        row = world.person(name="x")
        world.system.remove(row.id, by="ann")
        assert len(world.listed()) == expected
        assert isinstance(world.fetched(row.id), Gone)


def test_merged_archived_and_unknown_records_are_told_apart() -> None:
    world = World()
    loser, winner, kept = (world.person(name=name) for name in "abc")
    world.system.remove(loser.id, by="ann", into=winner.id)
    world.system.archive(kept.id, by="ann")
    assert world.fetched(loser.id) == Merged(loser.id, winner.id)
    assert isinstance(world.fetched(kept.id), Archived)
    assert isinstance(world.fetched("B99"), Unknown)


def test_stamps_have_the_grain_and_the_author_that_the_object_declares() -> None:
    world = World(traits=Traits(names_author=False))
    world.later(17)
    seen = world.fetched(world.person(name="x").id)
    assert isinstance(seen, Present)
    assert seen.modified == datetime(2026, 1, 5, 9, 0, 10, tzinfo=UTC)
    assert seen.by is None
    assert seen.version is None


def test_objects_are_named_and_described() -> None:
    world = World()
    assert list(world.connection.objects()) == ["Thing"]
    assert world.connection.describe("Thing") == BASE
    assert world.connection.organisation().user == USER
    with pytest.raises(UnknownObject, match="Thing"):
        world.connection.describe("Things")


# --- writing ------------------------------------------------------------------------------------------------------


def test_what_is_stored_is_spelt_by_the_system_and_answered_as_it_is_stored() -> None:
    world = World(traits=Traits(spelling={"name": str.lower}))
    made = world.write(Verb.CREATE, Operation("k1", values={"name": "ANN"}))[0]
    assert now_of(made)["name"] == "ann"
    seen = world.fetched(made.id) if isinstance(made, Applied) else None
    assert isinstance(seen, Present)
    assert (seen.key, seen.by) == ("k1", USER)


def test_a_bare_answer_has_no_values() -> None:
    world = World(traits=Traits(answers=False))
    made = world.write(Verb.CREATE, Operation("k1", values={"name": "x"}))[0]
    assert isinstance(made, Applied)
    assert made.now is None


def test_an_automation_changes_more_than_was_sent_and_is_named_in_the_history() -> None:
    world = World()
    row = world.person(name="x")
    answer = world.write(Verb.UPDATE, Operation("u", row.id, {"phone": "1"}))[0]
    assert now_of(answer)["grade"] == "by rule"
    assert [(change.path, change.by) for change in world.system.history[-2:]] == [
        ("phone", USER),
        ("grade", AUTOMATION),
    ]


def test_a_stuck_record_ignores_writes_but_not_people() -> None:
    world = World(traits=Traits(ignored=frozenset({"name"})))
    row = world.person(name="x")
    world.system.stick(row.id, stuck=True, by="ann")
    assert now_of(world.write(Verb.UPDATE, Operation("u", row.id, {"name": "y"}))[0])["name"] == "x"
    world.system.edit(row.id, {"name": "z"}, by="ann")
    assert row.record["name"] == "z"


def test_twins_are_refused_written_over_or_made_as_the_object_declares() -> None:
    refused = World()
    upserting = World(traits=Traits(upserts=True))
    possible = World(replace(BASE, twins=Twins.POSSIBLE, marker=None))
    answers = {}
    for name, world in (("refused", refused), ("upserting", upserting), ("possible", possible)):
        world.write(Verb.CREATE, Operation("k1", values={"name": "x"}))
        answers[name] = world.write(Verb.CREATE, Operation("k1", values={"name": "y"}))[0]
    first = answers["refused"]
    assert isinstance(first, Refused)
    assert (first.cause, first.other) == (Cause.EXISTS, "B1")
    assert now_of(answers["upserting"])["name"] == "y"
    assert (len(refused.system.rows), len(upserting.system.rows), len(possible.system.rows)) == (1, 1, 2)


def test_a_repeated_batch_is_answered_again_and_done_once_while_its_key_lives() -> None:
    world = World(replace(BASE, twins=Twins.POSSIBLE, marker=None, replay=timedelta(minutes=5)))
    operation = Operation("k1", values={"name": "x"})
    first = world.write(Verb.CREATE, operation, key="same")
    world.later(60)
    assert world.write(Verb.CREATE, operation, key="same") == first
    assert len(world.system.rows) == 1
    world.later(600)
    world.write(Verb.CREATE, operation, key="same")
    assert len(world.system.rows) == 2


def test_a_stale_version_is_refused() -> None:
    world = World(replace(BASE, conditional=True))
    row = world.person(name="x")
    seen = world.fetched(row.id)
    world.system.edit(row.id, {"phone": "1"}, by="ann")
    version = seen.version if isinstance(seen, Present) else None
    refused = world.write(Verb.UPDATE, Operation("u", row.id, {"name": "y"}, version))[0]
    assert isinstance(refused, Refused)
    assert refused.cause is Cause.MOVED
    assert row.record["name"] == "x"


def test_one_bad_operation_spoils_an_atomic_batch_and_nothing_is_done() -> None:
    world = World(traits=Traits(atomic=True))
    good, bad = world.person(name="x"), world.person(name="y")
    world.system.remove(bad.id, by="ann")
    operations = [Operation(row.id, row.id, {"name": "z"}) for row in (good, bad)]
    with pytest.raises(BatchRefused):
        world.write(Verb.UPDATE, *operations)
    assert good.record["name"] == "x"
    alone = world.write(Verb.UPDATE, operations[1])[0]
    assert isinstance(alone, Refused)
    assert alone.cause is Cause.MOVED


def test_records_are_deleted_archived_and_come_back() -> None:
    world = World()
    row = world.person(name="x")
    world.write(Verb.ARCHIVE, Operation("a", row.id))
    assert isinstance(world.fetched(row.id), Archived)
    world.write(Verb.DELETE, Operation("d", row.id))
    assert isinstance(world.fetched(row.id), Gone)
    world.system.restore(row.id, by="ann")
    assert isinstance(world.fetched(row.id), Present)


# --- finding creates ----------------------------------------------------------------------------------------------


def found(world: World, key: str = "k1") -> object:
    return world.connection.find_created(world.batch(Verb.CREATE, Operation(key)))[0]


def test_a_create_is_found_by_its_key_also_when_it_is_gone_again() -> None:
    world = World()
    made = world.write(Verb.CREATE, Operation("k1", values={"name": "x"}))[0]
    assert isinstance(made, Applied)
    first = found(world)
    assert isinstance(first, Applied)
    assert first.id == made.id
    world.system.remove(made.id, by="ann")
    again = found(world)
    assert isinstance(again, Applied)
    assert isinstance(again.now, Gone)
    assert isinstance(found(world, "k2"), NotApplied)


def test_not_finding_proves_nothing_where_the_search_lags_or_there_is_no_key() -> None:
    lagging = World(replace(BASE, twins=Twins.FOUND), late=30)
    lagging.write(Verb.CREATE, Operation("k1", values={"name": "x"}))
    assert isinstance(found(lagging), InDoubt)
    lagging.later(31)
    assert isinstance(found(lagging), Applied)
    keyless = World(replace(BASE, twins=Twins.POSSIBLE, marker=None))
    assert isinstance(found(keyless), InDoubt)
    seeing = World(replace(BASE, twins=Twins.FOUND, sees_own=True), late=30)
    assert isinstance(found(seeing), NotApplied)
    seeing.write(Verb.CREATE, Operation("k1", values={"name": "x"}))
    assert isinstance(found(seeing), Applied)
