"""What a saved plan says of links alone is decided again before it counts: it may be older than the links (law 7)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from system.memory.stage import KEYED, OPEN, THINGS, Stage, thing
from tieout.store.tables import link
from tieout.sync.passes import Reading, Report, apply_plan, make_plan
from tieout.values import loads_object

KEPT = KEYED + "  - {books: note, from: crm.note, drift: keep}\n"
DONE, STALE = "done", "stale"


class Saving(Stage):
    """A stage on which plans are saved and applied later."""

    def plan(self) -> str:
        self.now += timedelta(minutes=15)
        self.runs += 1
        with self._leased() as epoch:
            return make_plan(self._open(epoch), Reading(full=True))[0].digest

    def apply(self, digest: str) -> Report:
        self.now += timedelta(minutes=15)
        self.runs += 1
        with self._leased() as epoch:
            return apply_plan(self._open(epoch), digest, OPEN, allow={"first-run", "emptied"}, who="ann")

    def links(self) -> list[tuple[str, str]]:
        with self.database.read() as tx:
            return [(row.first, row.second) for row in tx.execute(select(link).where(link.c.state == "active"))]

    def base(self, rule: str) -> object:
        with self.database.read() as tx:
            (text,) = tx.execute(select(link.c.base)).scalars()
        return loads_object(text)[rule]


def linked(mapping: str) -> tuple[Saving, str]:
    """Give a stage with two linked records, and the id of the one in books."""
    stage = Saving(mapping, (thing("code", "name", "note"), thing("code", "name", "note")))
    stage.add(0, {"code": "1", "name": "Acme"})
    stage.run()
    (row,) = stage.rows(1)
    return stage, row.id


def ends(report: Report, kind: str) -> dict[str, int]:
    return {end: count for (verb, end), count in report.endings.items() if verb == kind}


def test_an_older_plan_does_not_turn_a_base_back() -> None:
    stage, id_ = linked(KEPT)
    stage.edit(1, id_, note="first")
    digest = stage.plan()
    stage.edit(1, id_, note="second")
    stage.run()
    agreed = stage.base("books.note")
    assert ends(stage.apply(digest), "agree") == {STALE: 1}
    assert stage.base("books.note") == agreed
    assert stage.record(1)["note"] == "second"


def test_an_older_plan_that_made_its_link_first_does_not_turn_a_base_back() -> None:
    both_ways = THINGS.replace("fields:", "on_link: crm\nfields:")
    stage = Saving(both_ways, (thing("code", "name"), thing("code", "name")))
    first = stage.add(0, {"code": "7", "name": "Acme"})
    second = stage.add(1, {"code": "7", "name": "Acme"})
    digest = stage.plan()
    stage.edit(0, first, name="Acme Ltd")
    stage.run()
    agreed = stage.base("crm.name=books.name")
    assert ends(stage.apply(digest), "agree") == {STALE: 1}
    assert stage.base("crm.name=books.name") == agreed
    stage.edit(1, second, name="Acme Limited")
    stage.run()
    assert stage.record(0)["name"] == "Acme Limited", "it is the only edit since both agreed"


def test_a_base_that_is_still_so_is_moved() -> None:
    stage, id_ = linked(KEPT)
    stage.edit(1, id_, note="first")
    digest = stage.plan()
    assert ends(stage.apply(digest), "agree") == {DONE: 1}
    assert stage.base("books.note") == [None, "first", "differs"]


def test_an_older_plan_does_not_end_the_link_of_a_record_that_came_back() -> None:
    stage, id_ = linked(THINGS)
    stage.systems[1].remove(id_, by="ann")
    digest = stage.plan()
    stage.systems[1].restore(id_, by="ann")
    stage.plan()
    assert ends(stage.apply(digest), "end") == {STALE: 1}
    assert len(stage.links()) == 1


def test_a_link_whose_partner_is_gone_still_ends() -> None:
    stage, id_ = linked(THINGS)
    stage.systems[1].remove(id_, by="ann")
    digest = stage.plan()
    assert ends(stage.apply(digest), "end") == {DONE: 1}
    assert stage.links() == []


def test_an_older_plan_does_not_link_records_that_do_not_match_any_more() -> None:
    stage = Saving(THINGS, (thing("code", "name"), thing("code", "name")))
    stage.add(0, {"code": "1", "name": "Acme"})
    there = stage.add(1, {"code": "1", "name": "Acme"})
    digest = stage.plan()
    stage.edit(1, there, code="2")
    stage.plan()
    assert ends(stage.apply(digest), "link") == {STALE: 1}
    assert stage.links() == []


def test_records_that_still_match_are_linked() -> None:
    stage = Saving(THINGS, (thing("code", "name"), thing("code", "name")))
    stage.add(0, {"code": "1", "name": "Acme"})
    stage.add(1, {"code": "1", "name": "Acme"})
    digest = stage.plan()
    assert ends(stage.apply(digest), "link") == {DONE: 1}
    assert len(stage.links()) == 1
