"""A note instead of a change that a locked record does not take: written once, and never again without a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest

from system.memory.stage import BEGIN, OPEN, THINGS, VERBS, Stage, thing
from tieout.errors import AnswerLost, BatchRefused, Forbidden, Unreachable, UsageError
from tieout.model import Applied, Batch, Cause, InDoubt, Lock, Outcome, Refused, Verb
from tieout.store import replay
from tieout.sync.figures import Selection
from tieout.sync.passes import Reading, Report, apply_plan, make_plan
from tieout.sync.undoing import undo
from tieout.testing.memory_port import MemoryConnection

VERBS_WITH_NOTES = {**VERBS, Verb.NOTE: 1}
PAID = Lock("it is paid", ways_out=("add a note to its history",))


class Killed(BaseException):
    """The process dies."""


class Noting(MemoryConnection):
    """A connection whose records have a history; notes in it go as `fate` says."""

    stage: Paid

    def write(self, batch: Batch) -> Sequence[Outcome]:
        if batch.verb is not Verb.NOTE:
            return super().write(batch)
        fate = self.stage.fate
        if isinstance(fate, Outcome):
            return [fate]
        before, raised = fate
        if not before:
            self.stage.notes += [operation.note or "" for operation in batch.operations]
        if raised is not None:
            raise raised
        return [Applied(str(operation.id)) for operation in batch.operations]


Fate = Outcome | tuple[bool, BaseException | None]
"""What is answered; or whether nothing was written, and what is raised."""
WELL: Fate = (False, None)


class Paid(Stage):
    """A record of books that was paid after it was made, and whose name was changed in the CRM since."""

    def __init__(self, *, verbs: dict[Verb, int] | None = None) -> None:
        self.fate: Fate = WELL
        self.notes: list[str] = []
        super().__init__(THINGS, (thing("code", "name"), thing("code", "name", verbs=verbs or VERBS_WITH_NOTES)))
        self.one = self.add(0, {"code": "A", "name": "Acme"})
        self.run()
        (row,) = self.rows(1)
        self.other = row.id
        self.systems[1].lock(self.other, PAID, by="ann")
        self.edit(0, self.one, name="Acme Ltd")
        self.run()

    def connection(self, end: int) -> MemoryConnection:
        if end == 0:
            return super().connection(end)
        made = Noting(self.systems[end])
        made.stage = self
        return made

    def plan(self, *, end: int = 1) -> tuple[str, list[str]]:
        """Ask for a note; gives the plan, and what it would do."""
        selection = Selection({"things": [(end, self.other if end else self.one)]}, requesting="note")
        with self.opened() as run:
            planning, _ = make_plan(run, Reading(), selection=selection)
        return planning.digest, [*planning.counts.get("things", {}), *planning.notes]

    def apply(self, digest: str) -> Report:
        with self.opened() as run:
            return apply_plan(run, digest, OPEN, who="ann")

    def noted(self) -> Report:
        digest, _ = self.plan()
        return self.apply(digest)

    def codes(self) -> list[str]:
        return [one.code for one in self.holds()]

    def told(self) -> str:
        return "; ".join(str(one.detail["message"]) for one in self.holds())

    def same_in_the_log(self) -> bool:
        with self.database.read() as tx:
            return self.sound() and not list(replay.differences(replay.replay(tx), replay.stored(tx)))


def test_px34_a_note_is_planned_and_settles_what_is_held_until_it_moves() -> None:
    stage = Paid()
    assert (stage.codes(), stage.notes) == (["locked"], [])
    digest, does = stage.plan()
    assert (does, stage.notes) == (["note in books"], [])
    stage.run()
    assert (stage.codes(), stage.notes) == (["locked"], []), "it is asked for, and not approved yet"
    report = stage.apply(digest)
    assert (report.new, report.faults, stage.codes()) == (0, {}, [])
    (note,) = stage.notes
    assert note.splitlines()[1:] == ["name: Acme -> Acme Ltd"]
    assert note in stage.shown().replace("\\n", "\n")
    quiet = stage.run()
    assert (quiet.new, quiet.passes[-1].planning.wire, stage.codes()) == (0, 0, ["noted"])
    assert (len(stage.notes), stage.record(1)["name"], stage.same_in_the_log()) == (1, "Acme", True)
    stage.edit(0, stage.one, name="Acme plc")
    stage.run()
    assert (stage.codes(), len(stage.notes)) == (["locked"], 1)
    stage.noted()
    assert stage.notes[1].splitlines()[1:] == ["name: Acme -> Acme plc"]
    assert stage.same_in_the_log()


def test_px34_what_moves_and_moves_back_is_held_again() -> None:
    stage = Paid()
    stage.noted()
    stage.edit(0, stage.one, name="Acme")
    stage.run()
    assert stage.codes() == []
    stage.edit(0, stage.one, name="Acme Ltd")
    stage.run()
    assert (stage.codes(), len(stage.notes), stage.same_in_the_log()) == (["locked"], 1, True)


def test_px34_a_change_in_the_document_is_held_again_too() -> None:
    stage = Paid()
    stage.noted()
    stage.edit(1, stage.other, name="Acme Inc")
    stage.run()
    assert "noted" not in stage.codes()
    assert len(stage.notes) == 1


@pytest.mark.parametrize("end", [0, 1])
def test_px34_what_moved_since_the_plan_is_not_noted_nor_is_it_once_it_moves_back(end: int) -> None:
    stage = Paid()
    digest, _ = stage.plan(end=end)
    stage.edit(0, stage.one, name="Acme plc")
    stage.apply(digest)
    assert stage.notes == []
    assert "stale" in stage.shown()
    stage.edit(0, stage.one, name="Acme Ltd")
    stage.run()
    assert (stage.notes, stage.codes()) == ([], ["locked"])


@pytest.mark.parametrize(
    "fate",
    [
        Refused(Cause.DATA, "too-long", "no room"),
        Refused(Cause.MOVED, "gone", "no room"),
        (True, BatchRefused("not-found", "no room")),
        (True, Forbidden("no room", mend="give the right")),
    ],
)
def test_px34_a_refused_note_is_told_and_the_hold_remains(fate: Fate) -> None:
    stage = Paid()
    stage.fate = fate
    report = stage.noted()
    assert (report.faults, [str(ending) for _, ending, _ in report.passes[-1].applying.failures]) == ({}, ["failed"])
    assert stage.codes() == ["locked"]
    stage.fate = WELL
    for _ in range(2):
        stage.run()
    assert (stage.notes, stage.codes()) == ([], ["locked"]), "it is not written again by itself"
    assert "no room" in stage.told()
    stage.noted()
    stage.run()
    assert (len(stage.notes), stage.codes(), stage.same_in_the_log()) == (1, ["noted"], True)


@pytest.mark.parametrize(
    "fate", [(False, AnswerLost("no answer")), (True, AnswerLost("no answer")), InDoubt("who knows")]
)
@pytest.mark.parametrize(("answer", "after"), [("noted", ["noted"]), ("missing", ["locked"])])
def test_px34_a_note_without_an_answer_is_never_repeated_and_a_person_looks(
    fate: Fate, answer: str, after: list[str]
) -> None:
    stage = Paid()
    stage.fate = fate
    report = stage.noted()
    assert report.new == 1
    written = len(stage.notes)
    stage.fate = WELL
    stage.now = BEGIN.replace(year=BEGIN.year + 1)
    stage.run()
    assert (stage.codes(), len(stage.notes)) == (["locked"], written)
    (question,) = stage.reviews()
    assert f"memory:books/Thing/{stage.other}" in str(question.question["text"])
    stage.answer(question.id, answer)
    for _ in range(2):
        stage.run()
    assert (stage.codes(), len(stage.notes), stage.reviews()) == (after, written, [])
    assert stage.same_in_the_log()


def test_px34_a_note_that_could_not_be_sent_is_sent_by_the_next_run_for_it_was_approved_and_once() -> None:
    stage = Paid()
    stage.fate = (True, Unreachable("no way there", mend="try later"))
    assert [*map(str, stage.noted().faults)] == ["xero"]
    stage.fate = WELL
    for _ in range(2):
        stage.run()
    assert (len(stage.notes), stage.codes(), stage.same_in_the_log()) == (1, ["noted"], True)


def test_px34_a_plan_that_is_applied_again_after_a_crash_writes_no_second_note() -> None:
    stage = Paid()
    stage.fate = (False, Killed())
    digest, _ = stage.plan()
    with pytest.raises(Killed):
        stage.apply(digest)
    stage.fate = WELL
    stage.apply(digest)
    stage.now = BEGIN.replace(year=BEGIN.year + 1)
    with suppress(UsageError):  # it counts as applied by then
        stage.apply(digest)
    stage.run()
    assert (len(stage.notes), stage.codes(), len(stage.reviews())) == (1, ["locked"], 1)


def _dies(stage: Paid, act: Callable[[], object]) -> None:
    with pytest.raises(Killed):
        act()
    stage.fate = WELL
    stage.now = BEGIN.replace(year=BEGIN.year + 1)


@pytest.mark.parametrize("before", [True, False])
def test_px34_a_process_that_dies_around_a_note_leaves_the_hold_and_a_question(before: bool) -> None:  # noqa: FBT001
    stage = Paid()
    stage.fate = (before, Killed())
    digest, _ = stage.plan()
    _dies(stage, lambda: stage.apply(digest))
    for _ in range(2):
        stage.run()
    assert (stage.codes(), len(stage.notes), len(stage.reviews())) == (["locked"], 0 if before else 1, 1)
    assert stage.same_in_the_log()


def test_px34_undo_of_a_note_holds_the_difference_again_and_the_note_stays() -> None:
    stage = Paid()
    stage.noted()
    run = f"run {stage.runs}"
    stage.run()
    with stage.opened() as opened:
        undoing = undo(opened, run)
    assert list(undoing.planning.counts["things"]) == ["hold again"]
    assert ["the note stays" in left.why for _, left in undoing.left] == [True]
    stage.apply(undoing.planning.digest)
    stage.run()
    assert (stage.codes(), len(stage.notes), stage.same_in_the_log()) == (["locked"], 1, True)
    stage.noted()
    assert len(stage.notes) == 2


def test_px34_where_nothing_is_held_or_noted_already_the_plan_says_so() -> None:
    stage = Paid()
    stage.noted()
    _, told = stage.plan()
    assert any("noted in its history on" in one for one in told)
    stage.edit(0, stage.one, name="Acme")
    _, told = stage.plan()
    assert any(one.startswith("--way note: nothing that was named is held") for one in told)


def test_px34_a_system_without_a_history_offers_no_note() -> None:
    stage = Paid(verbs=VERBS)
    assert stage.codes() == ["locked"]
    assert "offers" not in stage.holds()[0].detail
    with pytest.raises(UsageError, match="keeps a history"):
        stage.plan()
