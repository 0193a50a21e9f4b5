"""A note is for people: whatever becomes of it, the write that it tells of stands, and is not made again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from system.memory.stage import THINGS, VERBS, Stage, thing
from tieout.errors import AnswerLost, BatchRefused, ConnectionFault, ObjectForbidden, TieoutError, Unreachable
from tieout.model import Applied, Batch, Cause, Outcome, Refused, Verb
from tieout.sync.histories import Histories
from tieout.sync.run import Run
from tieout.testing.memory_port import MemoryConnection

NOTED = THINGS + "annotate: [books]\n"
VERBS_WITH_NOTES = {**VERBS, Verb.NOTE: 1}


class Noting(MemoryConnection):
    """A connection whose records have a history; notes in it go as `fate` says."""

    notes: list[str]
    keys: list[str]
    fate: Outcome | TieoutError | None = None

    def write(self, batch: Batch) -> Sequence[Outcome]:
        if batch.verb is not Verb.NOTE:
            return super().write(batch)
        self.keys.append(batch.key)
        if isinstance(self.fate, TieoutError):
            raise self.fate
        self.notes += [operation.note or "" for operation in batch.operations if self.fate is None]
        return [self.fate or Applied(str(operation.id)) for operation in batch.operations]


class Annotated(Stage):
    """A stage on which records of books have a history."""

    def __init__(self, fate: Outcome | TieoutError | None = None, mapping: str = NOTED) -> None:
        paths = ("code", "name", "echo", "last")
        super().__init__(mapping, (thing(*paths), thing(*paths, verbs=VERBS_WITH_NOTES)))
        self.notes: list[str] = []
        self.keys: list[str] = []
        self.fate = fate
        self.silent: Histories = {}

    def _open(self, epoch: int) -> Run:
        run = super()._open(epoch)
        self.silent = run.histories
        return run

    def connection(self, end: int) -> MemoryConnection:
        made = Noting(self.systems[end])
        made.notes, made.keys, made.fate = self.notes, self.keys, self.fate
        return made


def test_px20_a_note_follows_each_write_and_nothing_else() -> None:
    stage = Annotated()
    one = stage.add(0, {"code": "A", "name": "Acme"})
    stage.run()
    stage.edit(0, one, name="Acme Ltd")
    stage.run()
    stage.run()
    assert [note.splitlines()[1:] for note in stage.notes] == [["code: A", "name: Acme"], ["name: Acme -> Acme Ltd"]]


def test_px20_two_passes_of_a_run_that_write_the_same_record_leave_two_notes_with_keys_of_their_own() -> None:
    echoed = "  - {crm: echo, from: books.name}\n  - {books: last, from: crm.echo}\n"
    stage = Annotated(mapping=NOTED.replace("annotate: [books]\n", echoed + "annotate: [books]\n"))
    one = stage.add(0, {"code": "A", "name": "Acme"})
    stage.run()
    stage.notes.clear()
    stage.keys.clear()
    stage.edit(0, one, name="Acme Ltd")
    stage.run()
    assert [note.splitlines()[1:] for note in stage.notes] == [["name: Acme -> Acme Ltd"], ["last: Acme -> Acme Ltd"]]
    assert len(set(stage.keys)) == len(stage.keys)


@pytest.mark.parametrize(
    "fate",
    [
        Refused(Cause.DATA, "too-long", "no"),
        BatchRefused("not-found", "no"),
        AnswerLost("no answer"),
        Unreachable("no", mend="try later"),
        ConnectionFault("no", mend="look"),
    ],
)
def test_px20_a_note_that_fails_is_a_warning_and_the_write_stands(fate: Outcome | TieoutError) -> None:
    stage = Annotated(fate)
    stage.add(0, {"code": "A", "name": "Acme"})
    report = stage.run()
    assert (report.new, report.faults) == (0, {})
    assert stage.record(1)["name"] == "Acme"
    assert "the note in its history failed: no" in stage.shown()
    assert stage.writes(1, "name") == 1
    stage.run()
    assert stage.writes(1, "name") == 1


OWN = [Refused(Cause.DATA, "too-long", "no"), Refused(Cause.LOCKED, "archived", "no"), BatchRefused("not-found", "no")]
NOBODYS = [
    Refused(Cause.PERMISSION, "no-right", "no"),
    BatchRefused("slow-down", "no", cause=Cause.BUSY),
    AnswerLost("no"),
    Unreachable("no"),
    ObjectForbidden("no"),
]


@pytest.mark.parametrize("fate", [*OWN, *NOBODYS])
def test_px20_a_history_that_refuses_for_no_reason_of_the_record_is_not_tried_again_in_the_run(
    fate: Outcome | TieoutError,
) -> None:
    stage = Annotated()
    stage.run()
    stage.fate = fate
    for code in "ABC":
        stage.add(0, {"code": code, "name": "Acme"})
    report = stage.run()
    assert (len(stage.rows(1)), report.new, report.faults) == (3, 0, {})
    own = fate in OWN
    assert len(stage.keys) == (3 if own else 1)
    warned = [text for one in report.passes for _, _, text in one.applying.warned]
    together = [str(one) for one in stage.silent.values()]
    if own:
        assert (warned, together) == (["the note in its history failed: no"] * 3, [])
    else:
        assert (warned, together) == ([], ["the note in its history failed: no; 2 more were not tried in this run"])
        assert stage.shown().count("no note in its history: no") == 2
    stage.fate = None
    stage.add(0, {"code": "D", "name": "Acme"})
    stage.run()
    assert len(stage.notes) == 1, "the next run tries anew; what it wrote before stays without a note"
