"""A removal that a person consented to, record by record, needs no second consent from the guard that counts it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from system.memory.stage import THINGS, Stage, thing
from tieout.model import Deletions
from tieout.sync.guard import FEW, Limits
from tieout.sync.passes import Reading, Report, apply_plan, make_plan, run_passes

ASKED = THINGS + "delete: {books: {do: delete, ask: true}}\n"
SILENT = THINGS + "delete: {books: delete}\n"


class Limited(Stage):
    """A stage whose runs stop at the usual guards, and of which nobody lets anything through."""

    def watched(self) -> Report:
        self.now += timedelta(minutes=15)
        with self._leased() as epoch:
            return run_passes(self._open(epoch), Limits(), Reading())

    def planned(self) -> Report:
        """Save a plan, and apply it in a run of its own."""
        with self._leased() as epoch:
            planning, _ = make_plan(self._open(epoch), Reading())
        self.now += timedelta(minutes=15)
        with self._leased() as epoch:
            return apply_plan(self._open(epoch), planning.digest, Limits(), allow=set(), who="ann")

    def agreed(self, many: int) -> list[str]:
        """Have so many records in agreement; give their ids in the CRM."""
        made = [self.add(0, {"code": str(n), "name": f"Firm {n}"}) for n in range(many)]
        self.run()
        assert len(self.rows(1)) == many
        return made

    def consent(self) -> None:
        """Say yes to every question."""
        for review in self.reviews():
            self.answer(review.id, "yes")


def limited(mapping: str) -> Limited:
    told = thing("code", "name", deletions=Deletions.REPORTED)
    return Limited(mapping, (told, told))


def stopped(report: Report) -> set[str]:
    return set() if report.stopped is None else {stop.guard for stop in report.stopped[1]}


@pytest.mark.parametrize("way", ["watched", "planned"])
def test_px35_a_removal_that_a_person_consented_to_is_not_stopped_once_more(way: str) -> None:
    stage = limited(ASKED)
    stage.systems[0].remove(stage.agreed(4)[0], by="ann")
    assert stopped(stage.watched()) == set()
    assert len(stage.rows(1)) == 4
    stage.consent()
    assert stopped(getattr(stage, way)()) == set()
    assert [row.record["code"] for row in stage.rows(1)] == ["1", "2", "3"]
    assert stage.reviews() == []
    assert stage.sound()


def test_t04_a_removal_that_nobody_was_asked_about_is_stopped() -> None:
    stage = limited(SILENT)
    stage.systems[0].remove(stage.agreed(4)[0], by="ann")
    assert stopped(stage.watched()) == {"deletes"}
    assert len(stage.rows(1)) == 4


def test_t04_more_than_a_few_removals_are_stopped_although_each_was_consented_to() -> None:
    stage = limited(ASKED)
    for id_ in stage.agreed(6 * FEW)[: FEW + 1]:
        stage.systems[0].remove(id_, by="ann")
    stage.watched()
    stage.consent()
    assert stopped(stage.watched()) == {"deletes"}
    assert len(stage.rows(1)) == 6 * FEW


def test_t04_removals_that_were_consented_to_count_for_the_share_and_an_emptied_side() -> None:
    stage = limited(ASKED)
    made = stage.agreed(FEW)
    for id_ in made[:3]:
        stage.systems[0].remove(id_, by="ann")
    stage.watched()
    stage.consent()
    assert stopped(stage.watched()) == {"share"}
    for id_ in made[3:]:
        stage.systems[0].remove(id_, by="ann")
    stage.watched()
    stage.consent()
    assert stopped(stage.watched()) == {"share", "emptied"}
    assert len(stage.rows(1)) == FEW
