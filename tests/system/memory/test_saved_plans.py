"""A plan is applied under the mappings it was made for, or not at all; and it speaks of no others (law 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from system.memory.stage import OPEN, Stage, thing
from tieout.errors import Unreachable, UsageError
from tieout.model import Page, Query
from tieout.sync.passes import Reading, Report, apply_plan, make_plan, run_passes
from tieout.testing.memory_port import MemoryConnection

NAMES = """\
mapping: names
version: 1
between:
  crm: {connection: salesforce, object: Thing}
  books: {connection: xero, object: Thing}
create: {books: always}
fields:
  - {crm: name, books: name}
"""


class Dead(MemoryConnection):
    """A system that tells who it is and lists nothing."""

    def changes(self, query: Query) -> Iterator[Page]:
        raise Unreachable(f"{self.system.name} does not answer")


class Moody(Stage):
    """A stage whose first system can be dead for a while."""

    dead = False

    def connection(self, end: int) -> MemoryConnection:
        return Dead(self.systems[end]) if self.dead and end == 0 else super().connection(end)

    def plan(self) -> str:
        with self._leased() as epoch:
            planning, _ = make_plan(self._open(epoch), Reading())
        return planning.digest

    def apply(self, digest: str) -> Report:
        self.now += timedelta(minutes=15)
        with self._leased() as epoch:
            run = self._open(epoch)
            if self.dead:
                run = replace(run, joined=(), refused={"names": Unreachable("the connection salesforce does not work")})
            return apply_plan(run, digest, OPEN, allow={"first-run"}, who="ann")

    def watched(self) -> Report:
        """Make a run of which nobody lets anything through."""
        self.now += timedelta(minutes=15)
        with self._leased() as epoch:
            return run_passes(self._open(epoch), OPEN, Reading())


@pytest.fixture
def stage() -> Moody:
    stage = Moody(NAMES, (thing("name"), thing("name")))
    stage.add(0, {"name": "Acme"})
    return stage


def guards(report: Report) -> list[str]:
    return [] if report.stopped is None else [stop.guard for stop in report.stopped[1]]


def test_a_plan_of_a_mapping_that_was_renamed_since_is_refused(stage: Moody) -> None:
    digest = stage.plan()
    renamed = NAMES.replace("mapping: names", "mapping: titles")
    stage.use(renamed.replace("{crm: name, books: name}", "{crm: name, books: name, conflict: crm}"))
    with pytest.raises(UsageError, match="the mapping names changed since this plan was made"):
        stage.apply(digest)
    assert guards(stage.watched()) == ["first-run"], "nobody has looked at a plan of the new mapping yet"


def test_a_plan_without_a_mapping_lets_nothing_of_it_through(stage: Moody) -> None:
    stage.dead = True
    empty = stage.plan()
    stage.dead = False
    stage.apply(empty)
    assert guards(stage.watched()) == ["first-run"], "its first plan is still to be looked at"
    assert stage.rows(1) == []


def test_a_mapping_that_does_not_run_now_has_not_changed(stage: Moody) -> None:
    digest = stage.plan()
    stage.dead = True
    stage.apply(digest)
    assert stage.rows(1) == [], "its operations stay open"


def test_t04_a_plan_is_refused_for_another_organisation_than_it_was_made_for(stage: Moody) -> None:
    digest = stage.plan()
    stage.systems[1].name = "another"
    with pytest.raises(UsageError, match="was made for other organisations: names"):
        stage.apply(digest)
    assert stage.rows(1) == []
    stage.systems[1].name = "books"
    stage.apply(digest)
    assert [row.record["name"] for row in stage.rows(1)] == ["Acme"]
