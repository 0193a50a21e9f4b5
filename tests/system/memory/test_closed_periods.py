"""`--way credit` of a document in a closed period: offered where the new one can be dated, else the date is named."""

from __future__ import annotations

from datetime import date

import pytest

from system.memory.parted import applied, planned
from system.memory.stage import KEYED, VERBS, Stage, thing
from system.memory.test_credits import NOTE
from tieout.model import Deletions, Lock, Verb
from tieout.sync.figures import Selection
from tieout.sync.passes import Reading, make_plan
from tieout.testing.memory import Traits

DATED = (
    KEYED
    + """\
  - {crm: name, books: name}
  - {books: Date, from: crm.day}
update: {books: hold}
delete: {books: hold, crm: keep}
"""
)
DOCUMENT = thing(
    "code", "name", "Date", "LineItems.text",
    children={"LineItems": None}, verbs=VERBS | {Verb.CREDIT: 10}, sees_own=True,
)  # fmt: skip
CLOSED = Lock("the books are closed", allows=frozenset({Verb.CREDIT}), closed_until=date(2026, 1, 3))


class Closed(Stage):
    """A deal whose document lies in a period that was closed; the deal was renamed since, and maybe dated anew."""

    def __init__(self, day: str | None) -> None:
        super().__init__(
            DATED,
            (thing("code", "name", "day", deletions=Deletions.REPORTED), DOCUMENT),
            traits=(Traits(), Traits(credits="Credit")),
            beside={"Credit": NOTE},
        )
        self.deal = self.add(0, {"code": "1", "name": "Acme", "day": "2026-01-02"})
        self.run()
        self.systems[1].lock(self.rows(1)[0].id, CLOSED, by="bea")
        self.edit(0, self.deal, name="Bolt", day=day)
        self.run()

    def offered(self) -> object:
        (held,) = self.holds()
        return held.detail.get("offers")


@pytest.mark.parametrize("day", ["2026-01-04", None], ids=["dated later", "dated today"])
def test_px34_a_credit_is_offered_where_the_new_document_can_be_dated(day: str | None) -> None:
    made = Closed(day)
    assert made.offered() == ["credit"]
    applied(made, planned(made, Selection({"things": [(0, made.deal)]}, requesting="credit")))
    assert [row.record["name"] for row in made.systems[1].of("Thing")] == ["Acme", "Bolt"]


@pytest.mark.parametrize("day", ["2026-01-02", "2026-01-03"])
def test_px34_a_credit_is_not_offered_where_it_would_lie_in_the_same_period_and_the_date_is_named(day: str) -> None:
    made = Closed(day)
    assert not made.offered()
    with made.opened() as run:
        planning, _ = make_plan(run, Reading(), selection=Selection({"things": [(0, made.deal)]}, requesting="credit"))
    (told,) = planning.notes
    dated = f"no credit: books.Date of the new one would be {day} (from crm.day), and the books are closed up to 2026-"
    assert dated in told
    assert told.endswith("change that date, or have the lock date moved back in books")
    assert [row.record["name"] for row in made.systems[1].of("Thing")] == ["Acme"]


def test_px34_where_no_new_document_is_wanted_it_is_credited_whatever_the_date() -> None:
    made = Closed("2026-01-02")
    made.systems[0].remove(made.deal, by="ann")
    made.run()
    applied(made, planned(made, Selection({"things": [(0, made.deal)]}, requesting="credit")))
    assert len(list(made.systems[1].of("Credit"))) == 1
    assert [row.record["name"] for row in made.systems[1].of("Thing")] == ["Acme"]
