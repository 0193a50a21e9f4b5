"""A reading that ends without a resting point proves no absence: nothing is made on its word (law 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from system.memory.stage import THINGS, Stage, thing
from tieout.model import Page, Query
from tieout.testing.memory import MemorySystem
from tieout.testing.memory_port import MemoryConnection


class Cut(MemoryConnection):
    """Readings of changes break off in silence, and show nothing, while there are `acts`: one is done in each."""

    def __init__(self, system: MemorySystem, acts: list[Callable[[], object]]) -> None:
        super().__init__(system)
        self.acts = acts

    def changes(self, query: Query) -> Iterator[Page]:
        if query.since is None or not self.acts:
            yield from super().changes(query)
            return
        self.acts.pop(0)()
        for page in super().changes(query):
            yield replace(page, observations=(), cursor=None, complete=False)


class CutStage(Stage):
    """A stage whose readings of books can be cut."""

    cuts: list[Callable[[], object]]

    def connection(self, end: int) -> MemoryConnection:
        return Cut(self.systems[end], self.cuts) if end == 1 else super().connection(end)


def test_nothing_is_made_while_the_target_could_not_be_read_to_its_end() -> None:
    made = CutStage(THINGS, (thing("code", "name"), thing("code", "name")))
    made.cuts = []
    made.run()
    made.add(0, {"code": "k1", "name": "Acme"})
    # The reading before the plan, and the one directly before the create, during which somebody types it in.
    made.cuts += [lambda: None, lambda: made.add(1, {"code": "k1", "name": "Acme"})]
    made.run()
    assert made.cuts == []
    assert len(made.rows(1)) == 1, "a second one was made beside the one that the reading did not show"
    assert "could not be read to its end" in made.shown()
    made.run()
    assert len(made.rows(1)) == 1
    assert made.reviews() == []


def test_what_waits_for_a_whole_reading_is_made_by_the_next_one() -> None:
    made = CutStage(THINGS, (thing("code", "name"), thing("code", "name")))
    made.cuts = []
    made.run()
    made.add(0, {"code": "k1", "name": "Acme"})
    made.cuts += [lambda: None, lambda: None]
    made.run()
    made.run()
    assert [row.record["name"] for row in made.rows(1)] == ["Acme"]
