"""One CRM over two ledgers: each copy of a mapping has records, links and settings of its own (row PX-02)."""

from __future__ import annotations

import pytest

from system.memory.ledgers import BOTH, CRM, EU, UK, Ledgers, things
from system.memory.stage import VERBS
from tieout.errors import UsageError
from tieout.model import Verb
from tieout.sync.figures import Selection
from tieout.sync.words import Ending, Kind


def test_px02_a_record_goes_to_the_ledger_that_its_route_names() -> None:
    stage = Ledgers(things())
    stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK"})
    brook = stage.add(CRM, {"code": "2", "name": "Brook", "region": "EU"})
    stage.run()
    assert (stage.named(UK), stage.named(EU)) == (["Acme"], ["Brook"])
    stage.edit(EU, stage.only(EU).id, name="Brooks")
    stage.settle()
    assert stage.systems[CRM].rows[brook].record["name"] == "Brooks"
    assert stage.named(UK) == ["Acme"]
    assert stage.settle(1).passes[0].planning.wire == 0
    assert stage.sound()


def test_px02_a_record_matches_only_in_the_ledger_that_it_is_routed_to() -> None:
    stage = Ledgers(things())
    for end in (UK, EU):
        stage.add(end, {"code": "1", "name": "Acme"})
    stage.add(CRM, {"code": "1", "name": "Acme", "region": "EU"})
    stage.run()
    linked = [joined.mapping.name for joined, many in stage.linked() if many]
    assert linked == ["things@xero_eu"]
    assert len(stage.rows(UK)) == len(stage.rows(EU)) == 1


def test_px02_sx23_a_record_that_moves_is_left_where_it_was_and_made_where_it_belongs() -> None:
    stage = Ledgers(things())
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK"})
    stage.run()
    stage.edit(CRM, acme, region="EU")
    stage.run()
    stage.edit(CRM, acme, name="Acme Ltd")
    stage.settle()
    assert (stage.named(UK), stage.named(EU)) == (["Acme"], ["Acme Ltd"])
    stage.edit(UK, stage.only(UK).id, name="Acme of old")
    stage.settle()
    assert stage.systems[CRM].rows[acme].record["name"] == "Acme Ltd", "a link that rests carries nothing"
    assert not stage.holds()
    stage.edit(CRM, acme, region="UK")
    stage.settle()
    assert len(stage.rows(UK)) == len(stage.rows(EU)) == 1, "back at its old partner, no twin"


def test_px02_what_becomes_of_a_record_that_moved_away_is_said_by_leave() -> None:
    stage = Ledgers(things(leave="{books: archive}"), verbs={**VERBS, Verb.ARCHIVE: 10})
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK"})
    stage.run()
    stage.edit(CRM, acme, region="EU")
    stage.settle()
    assert [row.state for row in stage.systems[UK].of("Thing")] == ["archived"]
    assert stage.named(EU) == ["Acme"]
    assert not stage.reviews()


def test_px02_what_left_because_a_setting_changed_is_only_asked() -> None:
    stage = Ledgers(things(leave="{books: archive}"), verbs={**VERBS, Verb.ARCHIVE: 10})
    stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK"})
    stage.run()
    stage.regions = {"xero_uk": "GB", "xero_eu": "EU"}
    stage.use(things(leave="{books: archive}"))
    stage.settle()
    (asked,) = stage.reviews()
    assert (asked.kind, stage.only(UK).state) == ("archive", "live"), "no run acts on it, the next ones neither"
    stage.answer(asked.id, "no")
    stage.settle()
    assert (list(stage.reviews()), stage.only(UK).state) == ([], "live")


def test_px02_sx23_one_customer_in_two_organisations_has_two_links() -> None:
    stage = Ledgers(things(BOTH))
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK EU"})
    stage.run()
    assert (stage.named(UK), stage.named(EU)) == (["Acme"], ["Acme"])
    assert [many for _, many in stage.linked()] == [1, 1]
    stage.edit(CRM, acme, name="Acme Ltd")
    stage.settle()
    assert (stage.named(UK), stage.named(EU)) == (["Acme Ltd"], ["Acme Ltd"])


def test_px02_what_two_copies_would_write_in_one_record_is_held_and_the_rest_travels() -> None:
    stage = Ledgers(things(BOTH, "  - {books: note, from: crm.note}\n"), "note")
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK EU"})
    stage.add(CRM, {"code": "2", "name": "Brook", "region": "UK"})
    stage.settle()
    uk = next(row for row in stage.rows(UK) if row.record["code"] == "1")
    stage.edit(UK, uk.id, name="Acme of the UK")
    stage.edit(CRM, acme, note="important")
    first, second = stage.run(), stage.run()
    assert (first.new, second.new) == (1, 0), "told once"
    (held,) = stage.held("two-writers")
    told = "things@xero_uk, things@xero_eu all take this record, so none of them writes what all of them write there"
    assert held.detail["message"] == f"{told}: crm.name"
    assert stage.systems[CRM].rows[acme].record["name"] == "Acme"
    assert stage.only(EU).record == {"code": "1", "name": "Acme", "note": "important"}
    assert stage.systems[UK].rows[uk.id].record == {"code": "1", "name": "Acme of the UK", "note": "important"}
    assert not any(one.planning.wire for one in second.passes), "nobody goes on rewriting it"
    brook = next(row for row in stage.rows(UK) if row.record["code"] == "2")
    stage.edit(UK, brook.id, name="Brooks")
    stage.settle()
    assert "Brooks" in stage.named(CRM), "of one copy alone"
    stage.edit(CRM, acme, region="UK")
    stage.settle()
    assert (stage.held("two-writers"), "Acme of the UK" in stage.named(CRM)) == ([], True)


def test_px02_a_record_that_another_copy_takes_is_not_removed() -> None:
    stage = Ledgers(things(BOTH, delete="{crm: delete}"))
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK EU"})
    stage.add(CRM, {"code": "2", "name": "Brook", "region": "UK"})
    stage.run()
    for row in stage.rows(UK):
        stage.systems[UK].remove(row.id, by="ann")
    stage.settle()
    (held,) = stage.held("two-writers")
    assert "it belongs to things@xero_eu, too" in str(held.detail["message"])
    assert [row.id for row in stage.rows(CRM)] == [acme]
    assert stage.named(EU) == ["Acme"]


def test_px02_a_link_means_the_copy_over_the_same_connection() -> None:
    stage = Ledgers(things(BOTH, "  - {books: parent, from: crm.parent, link: things}\n"), "parent")
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK EU"})
    stage.add(CRM, {"code": "2", "name": "Brook", "region": "UK EU", "parent": acme})
    alone = stage.add(CRM, {"code": "3", "name": "Cole", "region": "UK"})
    stage.add(CRM, {"code": "4", "name": "Dale", "region": "EU", "parent": alone})
    stage.settle()
    for end in (UK, EU):
        by_name = {row.record["name"]: row for row in stage.rows(end)}
        assert by_name["Brook"].record["parent"] == by_name["Acme"].id
    (blocked,) = stage.held("blocked")
    assert f"things@xero_eu: Thing {alone} has no partner there" in str(blocked.detail["message"])


def test_px02_a_record_that_moves_while_its_plan_waits_is_made_nowhere_else() -> None:
    stage = Ledgers(things())
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK"})
    planning = stage.plan()
    stage.edit(CRM, acme, region="EU")
    report = stage.apply(planning)
    assert report.endings == {(str(Kind.CREATE), str(Ending.STALE)): 1}
    assert stage.rows(UK) == []
    stage.run()
    assert (stage.rows(UK), stage.named(EU)) == ([], ["Acme"])


def test_px02_a_copy_sees_the_tables_and_the_organisation_of_its_own_connection() -> None:
    rules = (
        "  - {books: note, from: crm.note, as: {lookup: codes}}\n"
        "  - {books: link, from: \"join(' ', [link.books.connection, settings.region])\", only: change}\n"
    )
    stage = Ledgers(things(BOTH, rules), "note", "link")
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK EU", "note": "a"})
    stage.run()
    assert [stage.only(end).record["note"] for end in (UK, EU)] == ["UK-1", "EU-1"]
    stage.edit(CRM, acme, name="Acme Ltd")
    stage.run()
    assert [stage.only(end).record["link"] for end in (UK, EU)] == ["xero_uk UK", "xero_eu EU"]


def test_px02_what_is_asked_for_in_all_copies_is_made_where_the_record_is() -> None:
    stage = Ledgers(things(BOTH).replace("create: {books: always}", "create: {books: never, crm: request}"))
    asked = stage.add(EU, {"code": "1", "name": "Acme"})
    stage.run()
    both = ("things@xero_uk", "things@xero_eu")
    planning = stage.chosen(Selection({name: [(1, asked)] for name in both}, requesting="create"))
    assert planning.counts == {"things@xero_eu": {"create in crm": 1}}
    with pytest.raises(UsageError, match="there is no Thing E9 in books"):
        stage.chosen(Selection({name: [(1, "E9")] for name in both}, requesting="create"))


def test_px02_what_may_be_picked_is_what_the_records_own_organisation_has() -> None:
    picked = "  - {books: account, from: pick.code.Code}\n"
    picks = "picks: {code: {ask: Which account?, of: {books: Account}, key: Code}}\n"
    stage = Ledgers(things(BOTH, picked + picks).replace("books: always", "books: request"), "account")
    for end, codes in ((UK, ("200", "210")), (EU, ("400", "410"))):
        for code in codes:
            stage.add(end, {"Code": code}, name="Account")
    brook = stage.add(CRM, {"code": "1", "name": "Brook", "region": "EU"})
    dale = stage.add(CRM, {"code": "2", "name": "Dale", "region": "UK EU"})
    stage.run()
    uk, eu = "things@xero_uk", "things@xero_eu"
    assert [stage.offered(brook, *names) for names in ([uk], [eu], [uk, eu])] == [[], ["400", "410"], ["400", "410"]]
    assert [stage.offered(dale, *names) for names in ([uk], [eu])] == [["200", "210"], ["400", "410"]]
    planning = stage.chosen(Selection({eu: [(CRM, dale)]}, requesting="create", picks={"code": "410"}))
    stage.apply(planning)
    assert stage.only(EU).record["account"] == "410"


def test_px02_a_plan_of_one_copy_has_nothing_of_the_other() -> None:
    stage = Ledgers(things(BOTH))
    stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK EU"})
    planning = stage.plan("things@xero_eu")
    assert planning.counts == {"things@xero_eu": {"create in books": 1}}


@pytest.mark.parametrize("order", [("UK", "EU"), ("EU", "UK")])
def test_px02_links_are_rebuilt_each_in_its_own_organisation(order: tuple[str, str]) -> None:
    stage = Ledgers(things(BOTH))
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": " ".join(order)})
    stage.run()
    keys = {stage.only(end).key for end in (UK, EU)}
    assert len(keys) == 2, "the key of a create names both endpoints"
    fresh = Ledgers(things(BOTH))
    fresh.systems, fresh.now = stage.systems, stage.now
    fresh.run()
    assert [many for _, many in fresh.linked()] == [1, 1]
    assert (len(fresh.rows(CRM)), len(fresh.rows(UK)), len(fresh.rows(EU))) == (1, 1, 1)
    assert fresh.rows(CRM)[0].id == acme


def test_px02_a_mapping_of_one_connection_keeps_its_links_when_another_one_joins() -> None:
    alone = things().replace("[xero_uk, xero_eu]", "xero_uk").replace(', route: "crm.region == settings.region"', "")
    stage = Ledgers(alone)
    for code, region in (("1", "UK"), ("2", "EU")):
        stage.add(CRM, {"code": code, "name": region, "region": region})
    stage.run()
    stage.use(things())
    stage.settle()
    assert [(one.mapping.name, many) for one, many in stage.linked()] == [("things@xero_uk", 2), ("things@xero_eu", 1)]
    assert (stage.named(UK), stage.named(EU)) == (["EU", "UK"], ["EU"]), "what is in the wrong ledger stays, by `leave`"
    stage.use(alone)
    stage.edit(CRM, stage.rows(CRM)[1].id, name="Europe")
    report = stage.settle()
    assert report.dormant == [("things@xero_eu", 1)]
    assert (stage.named(UK), stage.named(EU)) == (["Europe", "UK"], ["EU"])


def test_two_mappings_of_one_object_hold_what_both_would_write_in_a_record_that_both_take() -> None:
    """The law of one writer knows no families: where only data can tell, the record is held."""
    stage = Ledgers(things())
    uk, eu = (
        things(f"crm.region != '{other}'").replace("[xero_uk, xero_eu]", f"[{name}]").replace("things", mapping)
        for name, mapping, other in (("xero_uk", "first", "EU"), ("xero_eu", "second", "UK"))
    )
    stage.use(uk, eu)
    for code, region in (("1", "UK"), ("2", "both")):
        stage.add(CRM, {"code": code, "name": region, "region": region})
    stage.run()
    for row in stage.rows(UK):
        stage.edit(UK, row.id, name=f"{row.record['name']} edited")
    stage.settle()
    assert stage.named(CRM) == ["UK edited", "both"]
    (held,) = stage.held("two-writers")
    assert "first@xero_uk, second@xero_eu all take this record" in str(held.detail["message"])
