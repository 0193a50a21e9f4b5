"""A listing by numbered pages proves no absence where its pages were not cut from one list."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from system.memory.stage import THING, thing
from tieout.model import Query
from tieout.testing.memory import MemorySystem, Traits
from tieout.testing.memory_port import MemoryConnection

BEGIN = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_a_page_from_a_replica_that_lags_behind_makes_the_read_no_proof() -> None:
    lags: Iterator[timedelta] = iter(())
    clock = [BEGIN]
    system = MemorySystem(
        "books",
        {THING: (thing("code"), Traits(page=2, shifting=True))},
        clock=lambda: clock[0],
        behind=lambda: next(lags, timedelta()),
    )
    ids = [system.create(THING, {"code": f"k{number}"}, by="ann").id for number in range(4)]
    clock[0] += timedelta(minutes=10)
    system.edit(ids[0], {"code": "k9"}, by="ann")
    clock[0] += timedelta(seconds=5)

    def read() -> tuple[set[str], bool]:
        pages = list(MemoryConnection(system).changes(Query(thing("code"), frozenset({"code"}))))
        return {seen.id for page in pages for seen in page.observations}, pages[-1].complete

    assert read() == (set(ids), True)
    for late in range(4):  # one call after the other is answered by the replica
        lags = iter([timedelta(seconds=20) if number == late else timedelta() for number in range(4)])
        shown, complete = read()
        assert not complete or shown == set(ids)
