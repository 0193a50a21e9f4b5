"""A plan is applied under the mappings it was made for, or not at all; and it speaks of no others (law 7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from system.memory.stage import KEYED, OPEN, Stage, thing
from tieout.errors import Unreachable, UsageError
from tieout.model import Page, Query
from tieout.sync.figures import Selection
from tieout.sync.observe import observe
from tieout.sync.passes import GUARDS, Reading, Report, apply_plan, make_plan, run_passes
from tieout.sync.undoing import undo
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


# --- partners that appear in between ----------------------------------------------------------------------------------

BY_CODE = f"{KEYED}  - {{crm: name, books: name, conflict: crm}}\n"
BY_NAME = BY_CODE.replace("{crm: code, books: code}\ncreate", "{crm: name, books: name}\ncreate")


def coded() -> Moody:
    return Moody(BY_CODE, (thing("code", "name"), thing("code", "name")))


def test_law6_a_partner_that_a_run_read_before_it_died_is_seen_when_an_older_plan_is_applied() -> None:
    stage = coded()
    stage.add(0, {"code": "7", "name": "Acme"})
    digest = stage.plan()
    stage.add(1, {"code": "7", "name": "Acme Ltd"})
    with stage.opened() as run:
        observe(run, run.joined[0].ends[1])  # and here it dies
    report = stage.apply(digest)
    assert [row.record["name"] for row in stage.rows(1)] == ["Acme Ltd"], "no second one is made"
    assert [why for _, _, why in report.passes[-1].applying.left] == ["a partner for it has appeared"]


def test_law6_a_partner_that_was_not_chosen_is_the_partner_of_the_record_that_was() -> None:
    stage = coded()
    stage.run()
    stage.add(1, {"code": "7", "name": "Acme Ltd"})
    acme = stage.add(0, {"code": "7", "name": "Acme"})
    with stage.opened() as run:
        planning, _ = make_plan(run, Reading(), selection=Selection({"things": [(0, acme)]}))
        assert set(planning.counts["things"]) == {"link", "agree"}
        run_passes(run, OPEN, Reading())
    assert len(stage.rows(1)) == 1


def test_law7_a_plan_is_refused_once_its_mapping_was_planned_with_other_contents() -> None:
    stage = coded()
    stage.add(0, {"code": "7", "name": "Acme"})
    digest = stage.plan()
    stage.use(BY_NAME)
    stage.plan()
    stage.use(BY_CODE)
    with pytest.raises(UsageError, match="the mapping things was planned with other contents since"):
        stage.apply(digest)
    assert stage.rows(1) == []
    stage.apply(stage.plan())
    assert len(stage.rows(1)) == 1


def test_law6_an_older_plan_makes_nothing_beside_a_partner_that_was_read_under_other_match_rules() -> None:
    stage = coded()
    stage.add(0, {"code": "7", "name": "Acme"})
    digest = stage.plan()
    stage.add(1, {"code": "7", "name": "Acme Ltd"})
    stage.use(BY_NAME)
    stage.plan()
    stage.use(BY_CODE)
    with suppress(UsageError):
        stage.apply(digest)
    assert len(stage.rows(1)) == 1


def test_t06_a_run_is_taken_back_though_its_mapping_was_changed_and_not_planned_since() -> None:
    stage = coded()
    stage.add(0, {"code": "7", "name": "Acme"})
    stage.run()
    (row,) = stage.rows(0)
    stage.edit(0, row.id, name="Acme Ltd")
    stage.run()
    stage.use(BY_NAME)
    with stage.opened() as run:
        apply_plan(run, undo(run, "run 3").planning.digest, OPEN, allow=GUARDS, who="ann")
    assert stage.record(1)["name"] == "Acme"


def test_law6_a_look_under_another_mapping_leaves_its_match_keys_to_nobody() -> None:
    stage = coded()
    stage.run()
    stage.add(1, {"code": "7", "name": "Acme Ltd"})
    stage.run()
    stage.use(BY_NAME)
    stage.plan()
    stage.use(BY_CODE)
    stage.add(0, {"code": "7", "name": "Acme"})
    stage.run()
    assert len(stage.rows(1)) == 1, "the partner was there: it is found by its code, as the mapping says now"


def test_law7_a_plan_that_links_is_refused_once_its_mapping_was_planned_with_other_contents() -> None:
    stage = coded()
    stage.add(0, {"code": "7", "name": "Acme"})
    stage.add(1, {"code": "7", "name": "Acme Ltd"})
    digest = stage.plan()
    stage.use(BY_CODE.replace("match:\n", "match:\n  - {crm: name, books: name}\n"))
    stage.plan()
    stage.use(BY_CODE)
    with pytest.raises(UsageError, match="the mapping things was planned with other contents since"):
        stage.apply(digest)
    report = stage.apply(stage.plan())
    assert report.passes[-1].applying.endings["link", "done"] == 1


def test_law7_two_records_are_not_linked_by_a_code_that_is_known_to_be_another_one_now() -> None:
    stage = coded()
    stage.add(0, {"code": "7", "name": "Acme"})
    other = stage.add(1, {"code": "7", "name": "Acme"})
    digest = stage.plan()
    stage.edit(1, other, code="8")
    with stage.opened() as run:
        observe(run, run.joined[0].ends[1])  # and here it dies
    report = stage.apply(digest)
    assert report.passes[-1].applying.left[0][2] == "they do not match any more"
    assert report.passes[-1].applying.endings["link", "done"] == 0


def test_law7_two_records_are_not_linked_once_a_third_is_known_that_has_their_code() -> None:
    stage = coded()
    stage.add(0, {"code": "7", "name": "Acme"})
    stage.add(1, {"code": "7", "name": "Acme"})
    digest = stage.plan()
    stage.add(0, {"code": "7", "name": "Acme too"})
    with stage.opened() as run:
        observe(run, run.joined[0].ends[0])  # and here it dies
    report = stage.apply(digest)
    assert report.passes[-1].applying.left[0][2] == "they do not match any more"
    assert report.passes[-1].applying.endings["link", "done"] == 0
