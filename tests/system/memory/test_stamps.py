"""`only: change`: a value that stands beside another change of a record that exists, and never causes anything."""

from __future__ import annotations

from system.memory.stage import KEYED, Stage, thing
from tieout.model import Batch, Cause, ObjectType, Outcome, Refused, Verb
from tieout.testing.memory_port import MemoryConnection

MAPPING = (
    KEYED
    + """\
  - {crm: name, books: name}
  - {books: made_by, value: tieout, only: create}
  - {books: synced, from: run.time, only: change}
"""
)


def types() -> tuple[ObjectType, ObjectType]:
    return thing("code", "name"), thing("code", "name", "made_by", "synced")


def test_a_create_is_no_change_so_nothing_stands_beside_it() -> None:
    made = Stage(MAPPING, types())
    made.add(0, {"code": "k1", "name": "Acme"})
    made.run()
    assert made.record(1)["made_by"] == "tieout"
    assert made.record(1).get("synced") is None
    assert made.run().converged
    assert made.writes(1, "synced") == 0


def test_it_is_written_beside_a_change_and_never_without_one() -> None:
    made = Stage(MAPPING, types())
    thing_ = made.add(0, {"code": "k1", "name": "Acme"})
    made.run()
    made.edit(0, thing_, name="Acme Ltd")
    made.run()
    stamped = made.record(1)["synced"]
    assert stamped
    made.run()
    assert made.record(1)["synced"] == stamped
    assert made.record(1)["made_by"] == "tieout"


class Strict(MemoryConnection):
    """Refuses every update, and counts them."""

    refused = 0

    def write(self, batch: Batch) -> list[Outcome]:
        if batch.verb is not Verb.UPDATE:
            return list(super().write(batch))
        type(self).refused += len(batch.operations)
        return [Refused(Cause.DATA, "not-today", "no change is taken today") for _ in batch.operations]


class StrictBooks(Stage):
    """Books that refuse updates."""

    def connection(self, end: int) -> MemoryConnection:
        return Strict(self.systems[end]) if end else super().connection(end)


def test_a_refused_update_is_not_tried_again_because_time_went_by() -> None:
    made = StrictBooks(MAPPING, types())
    thing_ = made.add(0, {"code": "k1", "name": "Acme"})
    made.run()
    made.edit(0, thing_, name="Acme Ltd")
    assert made.run().new == 1
    assert [hold.code for hold in made.holds()] == ["not-today"]
    tried = Strict.refused
    for _ in range(3):
        assert made.run().new == 0
    assert Strict.refused == tried
