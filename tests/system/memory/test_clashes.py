"""A value that another record has already: who has it is told, also by a system that does not say it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from system.memory.stage import THINGS, Stage, thing
from tieout.model import Batch, Cause, Outcome, Refused, Verb
from tieout.testing.memory_port import MemoryConnection


class Choosy(MemoryConnection):
    """A connection that refuses every change of a name, and does not say who has it."""

    def write(self, batch: Batch) -> Sequence[Outcome]:
        if batch.verb is Verb.UPDATE:
            refused = Refused(Cause.EXISTS, "name-taken", "the name is taken", ("name",))
            return [refused for _ in batch.operations]
        return super().write(batch)


class Clashing(Stage):
    """A stage on which names in books are taken."""

    def __init__(self) -> None:
        super().__init__(THINGS, (thing("code", "name"), thing("code", "name")))

    def connection(self, end: int) -> MemoryConnection:
        return Choosy(self.systems[end]) if end == 1 else super().connection(end)


def in_the_way(stage: Clashing) -> object:
    (held,) = stage.holds()
    return held.detail.get("other", "")


@pytest.mark.parametrize("spelling", ["O'Hara % Sons", " o'hara % SONS"])
def test_px12_a_clash_is_reported_with_its_owner(spelling: str) -> None:
    stage = Clashing()
    one = stage.add(0, {"code": "A", "name": "Acme"})
    stage.run()
    owner = stage.add(1, {"code": "B", "name": spelling})
    stage.edit(0, one, name="O'Hara % Sons")
    stage.run()
    assert in_the_way(stage) == f"things/books:{owner}"


def test_px12_of_several_that_may_be_in_the_way_none_is_named() -> None:
    stage = Clashing()
    one = stage.add(0, {"code": "A", "name": "Acme"})
    stage.run()
    for code in ("B", "C"):
        stage.add(1, {"code": code, "name": "Taken"})
    stage.edit(0, one, name="Taken")
    stage.run()
    assert in_the_way(stage) == ""
