"""Two mappings over one object: what the one wrote there is no proof of what became of the other's lost write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from system.memory.stage import THING, THINGS, Stage, thing
from tieout.errors import AnswerLost
from tieout.model import Batch, Outcome
from tieout.store.tables import endpoint, pair
from tieout.testing.memory import Traits
from tieout.testing.memory_port import USER, MemoryConnection


class Deaf(MemoryConnection):
    """A system that carries out creates and whose answers do not arrive."""

    def write(self, batch: Batch) -> Sequence[Outcome]:
        super().write(batch)
        raise AnswerLost("books did not answer")


class Unanswered(Stage):
    """Books loses answers while it is `deaf`."""

    deaf = True

    def connection(self, end: int) -> MemoryConnection:
        return (Deaf if self.deaf and end == 1 else MemoryConnection)(self.systems[end])

    def share(self) -> None:
        """Have another mapping join the things of books to those of a third system."""
        with self.database.write() as tx:
            (books,) = tx.execute(select(endpoint.c.id).where(endpoint.c.organisation.startswith("books"))).scalars()
            values = {"adapter": "memory", "organisation": "shop", "object": THING}
            third = tx.execute(insert(endpoint).values(values).returning(endpoint.c.id)).scalar_one()
            tx.execute(insert(pair).values(first=books, second=third, label="copies"))


@pytest.mark.parametrize(("shared", "name"), [(True, "Brook"), (False, "Acme")])
def test_law3_an_edit_between_a_lost_create_and_a_write_of_another_mapping_travels(shared: bool, name: str) -> None:  # noqa: FBT001  # a case of the table
    kept = thing("code", "name", "note", horizon=timedelta(minutes=40))
    made = Unanswered(THINGS, (kept, kept), traits=(Traits(), Traits(names_author=True)))
    made.add(0, {"code": "k1", "name": "Acme"})
    made.run()
    if shared:
        made.share()
    (row,) = made.rows(1)
    made.edit(1, row.id, name="Brook")
    made.systems[1].edit(row.id, {"note": "of the other mapping"}, by=USER, api=True)
    made.deaf = False
    for _ in range(4):
        made.run()
    assert made.record(0)["name"] == name, "only where nobody else of us writes is the last author a proof"
    assert made.sound()
