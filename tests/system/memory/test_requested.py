"""A request is approved by the plan that shows it, and by no other (law 2: what no applied plan showed is not sent)."""

from __future__ import annotations

import pytest

from system.memory.ledgers import CRM, EU, UK, Ledgers, things
from system.memory.parted import DEAL, PARTS, applied, planned, types
from system.memory.stage import THINGS, Stage, thing
from tieout.errors import UsageError
from tieout.sync.figures import Selection
from tieout.sync.offering import offers
from tieout.sync.passes import Reading
from tieout.testing.memory import Traits

TO_BOTH = "contains(crm.region, settings.region)"


def test_sx31_a_request_in_one_copy_is_not_approved_by_the_plan_of_another() -> None:
    stage = Ledgers(things(TO_BOTH).replace("create: {books: always}", "create: {books: request}"))
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK EU"})
    stage.chosen(Selection({"things@xero_uk": [(0, acme)]}, requesting="create"))
    stage.apply(stage.chosen(Selection({"things@xero_eu": [(0, acme)]}, requesting="create")))
    stage.settle()
    assert (stage.named(UK), stage.named(EU)) == ([], ["Acme"])
    assert [one.kind for one in stage.reviews()] == ["request"], "the other one is still open"


def test_sx31_a_request_for_one_record_is_not_approved_by_a_plan_that_shows_the_same_change_of_another() -> None:
    made = Stage(
        THINGS.replace("create: {books: always}", "create: {books: always}\nupdate: {books: request}"),
        (thing("code", "name"), thing("code", "name")),
    )
    first, second = (made.add(0, {"code": code, "name": "Acme"}) for code in "12")
    made.run()
    for id_ in (first, second):
        made.edit(0, id_, name="Bolt")
    made.run()
    planned(made, Selection({"things": [(0, first)]}, requesting="update"))
    applied(made, planned(made, Selection({"things": [(0, second)]}, requesting="update")))
    made.run()
    assert {row.record["code"]: row.record["name"] for row in made.rows(1)} == {"1": "Acme", "2": "Bolt"}


def test_sx31_a_request_for_one_part_is_not_approved_by_the_plan_of_another() -> None:
    made = Stage(PARTS.replace("create: {books: always}", "create: {books: request}"), types(), traits=TWO)
    id_ = made.add(0, DEAL)
    planned(made, only(id_, "mon", "create"))
    applied(made, planned(made, only(id_, "tue", "create")))
    made.run()
    assert [row.record["code"] for row in made.rows(1)] == ["tue"]


def test_sx31_of_a_record_with_parts_only_the_part_that_is_named_is_planned() -> None:
    made = Stage(PARTS.replace("delete:", "update: {books: request}\ndelete:"), types(), traits=TWO)
    id_ = made.add(0, DEAL)
    made.run()
    made.edit(0, id_, name="Bolt")
    made.run()
    applied(made, planned(made, only(id_, "tue", "update")))
    made.run()
    assert {row.record["code"]: row.record["name"] for row in made.rows(1)} == {"mon": "Acme", "tue": "Bolt"}
    assert made.reviews() == []


def test_a_part_that_its_record_does_not_have_is_refused_with_those_that_it_has() -> None:
    made = Stage(PARTS.replace("create: {books: always}", "create: {books: request}"), types(), traits=TWO)
    id_ = made.add(0, DEAL)
    with pytest.raises(UsageError, match="things/crm:C1 has no part wed; it has: mon, tue"):
        planned(made, only(id_, "wed", "create"))


def test_a_plan_names_the_part_that_each_partner_is_for() -> None:
    made = Stage(PARTS, types(), traits=TWO)
    made.add(0, DEAL)
    made.run()
    assert "'source': 'things/crm:C1#mon'" in made.shown()
    assert "'source': 'things/crm:C1#tue'" in made.shown()


def test_px13_picks_are_offered_of_the_one_copy_that_takes_the_record() -> None:
    stage = Ledgers(things(create="{books: request}").replace("create: {books: always}\n", "") + PICK, "note")
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": "EU"})
    both = {f"things@{name}": [(0, acme)] for name in ("xero_uk", "xero_eu")}
    with stage.opened() as run:
        (offer,) = offers(run, Reading(), Selection(both, requesting="create"))
    assert (offer.name, [option.key for option in offer.options]) == ("who", ["a", "b"])


TWO = (Traits(), Traits())
PICK = """\
  - {books: note, from: pick.who.id}
picks:
  who:
    ask: Who?
    of: "[{id: 'a'}, {id: 'b'}]"
    key: id
    default: "'a'"
"""


def only(id_: str, part: str, act: str) -> Selection:
    return Selection({"things": [(0, id_)]}, requesting=act, parts={("things", 0, id_): {part}})


def test_a_record_that_there_is_not_is_refused_whether_or_not_something_is_asked_for() -> None:
    made = Stage(PARTS, types(), traits=TWO)
    made.add(0, DEAL)
    with pytest.raises(UsageError, match="there is no Thing C9 in crm"):
        planned(made, Selection({"things": [(0, "C9")]}))
