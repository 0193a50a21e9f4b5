"""A note is for people: whatever becomes of it, the write that it tells of stands, and is not made again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from system.memory.stage import THINGS, VERBS, Stage, thing
from tieout.errors import AnswerLost, BatchRefused, ConnectionFault, TieoutError, Unreachable
from tieout.model import Applied, Batch, Cause, Outcome, Refused, Verb
from tieout.testing.memory_port import MemoryConnection

NOTED = THINGS + "annotate: [books]\n"
VERBS_WITH_NOTES = {**VERBS, Verb.NOTE: 1}


class Noting(MemoryConnection):
    """A connection whose records have a history; notes in it go as `fate` says."""

    notes: list[str]
    fate: Outcome | TieoutError | None = None

    def write(self, batch: Batch) -> Sequence[Outcome]:
        if batch.verb is not Verb.NOTE:
            return super().write(batch)
        if isinstance(self.fate, TieoutError):
            raise self.fate
        self.notes += [operation.note or "" for operation in batch.operations]
        return [self.fate or Applied(str(operation.id)) for operation in batch.operations]


class Annotated(Stage):
    """A stage on which records of books have a history."""

    def __init__(self, fate: Outcome | TieoutError | None = None) -> None:
        types = (thing("code", "name"), thing("code", "name", verbs=VERBS_WITH_NOTES))
        super().__init__(NOTED, types)
        self.notes: list[str] = []
        self.fate = fate

    def connection(self, end: int) -> MemoryConnection:
        made = Noting(self.systems[end])
        made.notes, made.fate = self.notes, self.fate
        return made


def test_px20_a_note_follows_each_write_and_nothing_else() -> None:
    stage = Annotated()
    one = stage.add(0, {"code": "A", "name": "Acme"})
    stage.run()
    stage.edit(0, one, name="Acme Ltd")
    stage.run()
    stage.run()
    assert [note.splitlines()[1:] for note in stage.notes] == [["code: A", "name: Acme"], ["name: Acme -> Acme Ltd"]]


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
