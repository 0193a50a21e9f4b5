"""Records that no copy of a mapping takes are told, and nothing is done with them (row PX-02)."""

from __future__ import annotations

from system.memory.ledgers import CRM, EU, ONE, UK, Ledgers, things


def test_px02_a_record_that_no_route_takes_is_told_once_and_kept_in_sight() -> None:
    stage = Ledgers(things())
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": "US"})
    reports = [stage.run(), stage.run()]
    (held,) = stage.held("unrouted")
    assert held.detail["quiet"] is True
    assert "it belongs to none of things@xero_uk, things@xero_eu" in str(held.detail["message"])
    assert [report.new for report in reports] == [0, 0]
    told = f"things: no `route` takes 1 record: things/crm:{acme}"
    assert all(told in report.passes[0].planning.notes for report in reports)
    assert stage.rows(UK) == stage.rows(EU) == []
    stage.edit(CRM, acme, region="EU")
    stage.run()
    assert (stage.named(EU), stage.held("unrouted")) == (["Acme"], [])


def test_px02_a_linked_record_that_no_route_takes_any_more_is_told_too() -> None:
    stage = Ledgers(things())
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": "EU"})
    brook = stage.add(CRM, {"code": "2", "name": "Brook", "region": "UK"})
    stage.run()
    for id_ in (acme, brook):
        stage.edit(CRM, id_, region="")
    stage.settle()
    assert len(stage.held("unrouted")) == 2
    stage.systems[CRM].remove(acme, by="ann")
    stage.edit(CRM, brook, region="UK")
    stage.settle()
    assert stage.held("unrouted") == []


def test_px02_a_changed_setting_of_one_copy_shows_what_is_in_none_now() -> None:
    stage = Ledgers(things())
    stage.add(CRM, {"code": "1", "name": "Acme", "region": "EU"})
    stage.run()
    stage.regions = {"xero_uk": "UK", "xero_eu": "DE"}
    stage.use(things())
    stage.run()
    assert len(stage.held("unrouted")) == 1
    stage.regions = {"xero_uk": "UK", "xero_eu": "EU"}
    stage.use(things())
    stage.run()
    assert stage.held("unrouted") == []


def test_px02_a_record_that_where_leaves_out_is_not_unrouted() -> None:
    stage = Ledgers(things().replace("object: Thing}\n  books", "object: Thing, where: crm.code != '9'}\n  books"))
    stage.add(CRM, {"code": "9", "name": "Acme", "region": "US"})
    stage.run()
    assert stage.holds() == []


def test_px02_a_dead_connection_stops_only_its_copy() -> None:
    stage = Ledgers(things())
    stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK"})
    stage.add(CRM, {"code": "2", "name": "Brook", "region": "EU"})
    stage.add(CRM, {"code": "3", "name": "Cole", "region": "US"})
    stage.dead = {"uk"}
    report = stage.run()
    assert (stage.named(UK), stage.named(EU), [*map(str, report.faults)]) == ([], ["Brook"], ["xero_uk"])
    assert stage.held("unrouted") == [], "the first copy tells it"
    stage.dead = {"eu"}
    stage.run()
    assert (stage.named(UK), stage.named(EU)) == (["Acme"], ["Brook"])
    assert len(stage.held("unrouted")) == 1, "what belongs to the dead one is not among them"


def test_px02_a_record_of_which_no_route_can_tell_whether_it_is_taken_is_held() -> None:
    stage = Ledgers(things(f"crm.code > `5` && {ONE}"))
    acme = stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK"})
    reports = [stage.run(), stage.run()]
    held = stage.held("expression-failed")
    (told,) = {str(one.detail["message"]) for one in held}
    assert told.startswith("whether the mapping takes this record of crm cannot be told: crm.code > `5` && ")
    assert told.endswith(": a text is compared with a number")
    assert [len(held), *(report.new for report in reports)] == [2, 2, 0], "each copy tells it, once"
    assert (stage.named(UK), stage.named(EU), stage.held("unrouted")) == ([], [], [])
    stage.systems[CRM].remove(acme, by="ann")
    stage.run()
    assert stage.held("expression-failed") == []
