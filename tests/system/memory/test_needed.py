"""`create: needed`: what must be asked before a partner is made that another record needs is asked, and once."""

from __future__ import annotations

from dataclasses import replace

from system.memory.stage import OPEN, THINGS, Stage, thing
from tieout.sync.passes import Reading, run_passes

NEEDED = THINGS.replace("create: {books: always}", "create: {books: needed}")
DEALS = """\
mapping: deals
version: 1
between:
  crm: {connection: salesforce, object: Deal}
  books: {connection: xero, object: Deal}
match:
  - {crm: code, books: code}
create: {books: always}
fields:
  - {crm: code, books: code}
  - {books: thing, from: crm.thing, link: things}
"""


def staged() -> tuple[Stage, str]:
    """Give two systems in which the partner of a thing was made for a deal, and then deleted."""
    made = Stage(NEEDED, (thing("code", "name"), thing("code", "name")), beside={"Deal": DEAL})
    made.use(NEEDED, DEALS)
    needed = made.add(0, {"code": "1", "name": "Tea"})
    made.add(0, {"code": "2", "name": "Nobody sells it"})
    made.run()
    assert made.rows(1) == []
    made.add(0, {"code": "first", "thing": needed}, name="Deal")
    made.run()
    (partner,) = made.rows(1)
    made.systems[1].remove(partner.id, by="ann")
    with made.opened() as run:
        run_passes(run, OPEN, Reading(full=True))
    assert made.reviews() == [], "nothing needs it now"
    return made, needed


DEAL = replace(thing("code", "thing"), name="Deal")


def deals(made: Stage) -> dict[object, object]:
    return {row.record["code"]: row.record.get("thing") for row in made.systems[1].of("Deal") if row.state == "live"}


def test_sx34_a_partner_that_somebody_deleted_is_asked_about_once_it_is_needed_again() -> None:
    made, needed = staged()
    made.add(0, {"code": "second", "thing": needed}, name="Deal")
    report = made.run()
    (asked,) = made.reviews()
    assert (asked.kind, report.new) == ("create", 1)
    assert "second" not in deals(made), "it waits"
    made.edit(0, needed, name="Green tea")
    assert made.run().new == 0
    assert [one.id for one in made.reviews()] == [asked.id], "looked at again, it is still the same question"
    made.answer(asked.id, "yes")
    made.run()
    (partner,) = made.rows(1)
    assert (partner.record["name"], deals(made)["second"]) == ("Green tea", partner.id)
    assert made.sound()


def test_sx34_a_no_lets_what_needs_it_wait_and_says_so() -> None:
    made, needed = staged()
    made.add(0, {"code": "second", "thing": needed}, name="Deal")
    made.run()
    (asked,) = made.reviews()
    made.answer(asked.id, "no")
    assert made.run().new == 0
    assert made.rows(1) == []
    told = [str(one.detail["message"]) for one in made.holds() if one.code == "blocked"]
    assert len(told) == 1, "the first deal keeps what it has"
    assert "a person said no to it (tieout review list --answered)" in told[0]
