"""One CRM over two ledgers: each copy of a mapping has records, links and settings of its own (row PX-02)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from schemas.world import connection
from system.memory.stage import KEYED, OPEN, VERBS, Stage, thing
from system.memory.test_chart_picks import CHART
from tieout.errors import Unreachable, UsageError
from tieout.model import Deletions, Page, Query, Verb
from tieout.project import ConnectionConfig
from tieout.store import links
from tieout.store.standing import Standing
from tieout.sync.figures import Planning, Selection
from tieout.sync.offering import offers
from tieout.sync.passes import Reading, Report, apply_plan, make_plan
from tieout.sync.run import Joined
from tieout.sync.words import Ending, Kind
from tieout.testing.memory import Row
from tieout.testing.memory_port import MemoryConnection

ONE, BOTH = "crm.region == settings.region", "contains(crm.region, settings.region)"
CRM, UK, EU = 0, 1, 2
LISTED = KEYED.replace("connection: xero,", 'connection: [xero_uk, xero_eu], route: "ROUTE",')
NAMED = "  - {crm: name, books: name}\n"


def things(route: str = ONE, fields: str = "", **more: str) -> str:
    """A mapping over both ledgers, whose names go both ways; `more` are keys of it."""
    keys = "".join(f"{name}: {value}\n" for name, value in more.items())
    return LISTED.replace("ROUTE", route).replace("match:", f"{keys}match:") + NAMED + fields


class Deaf(MemoryConnection):
    """A system that tells who it is and lists nothing."""

    def changes(self, query: Query) -> Iterator[Page]:
        raise Unreachable(f"{self.system.name} does not answer")


class Ledgers(Stage):
    """A CRM, and a ledger for each of two regions."""

    names = ("crm", "uk", "eu")
    connections = ("salesforce", "xero_uk", "xero_eu")

    def __init__(self, mapping: str, *paths: str, verbs: Mapping[Verb, int] = VERBS) -> None:
        self.regions: Mapping[str, str] = {"xero_uk": "UK", "xero_eu": "EU"}
        self.dead: set[str] = set()
        types = [
            thing("code", "name", *paths, *more, verbs=verbs, deletions=Deletions.REPORTED)
            for more in (["region"], [], [])
        ]
        super().__init__(mapping, tuple(types), beside={"Account": CHART})

    def project(self) -> dict[str, object]:
        ledgers = {name: self._ledger(name, region) for name, region in self.regions.items()}
        return {"connections": {"salesforce": connection("salesforce"), **ledgers}}

    def _ledger(self, name: str, region: str) -> ConnectionConfig:
        made = connection(
            "xero", f"adapter: xero\nsettings: {{region: {region}}}\ntables: {{codes: {{a: {region}-1}}}}\n"
        )
        return replace(made, name=name)

    def connection(self, end: int) -> MemoryConnection:
        return Deaf(self.systems[end]) if self.names[end] in self.dead else super().connection(end)

    def plan(self, *names: str) -> Planning:
        return self.chosen(Selection({name: [] for name in names}) if names else None)

    def chosen(self, selection: Selection | None) -> Planning:
        with self._leased() as epoch:
            return make_plan(self._open(epoch), Reading(), selection=selection)[0]

    def apply(self, planning: Planning) -> Report:
        with self._leased() as epoch:
            return apply_plan(self._open(epoch), planning.digest, OPEN, allow={"first-run"}, who="ann")

    def offered(self, id_: str, *names: str) -> list[str]:
        """Give what a person may pick for a record of these copies."""
        chosen = Selection({name: [(CRM, id_)] for name in names}, requesting="create")
        with self._leased() as epoch:
            made = offers(self._open(epoch), Reading(), chosen)
        return [option.key for offer in made for option in offer.options]

    def linked(self) -> list[tuple[Joined, int]]:
        """Give each mapping with the links that it has."""
        with self._leased() as epoch:
            joined = self._open(epoch).joined
        with self.database.read() as tx:
            return [(one, links.count_active(tx, one.pair)) for one in joined]

    def named(self, end: int) -> list[str]:
        return sorted(str(row.record["name"]) for row in self.rows(end))

    def only(self, end: int) -> Row:
        (row,) = self.rows(end)
        return row

    def held(self, code: str) -> list[Standing]:
        return [one for one in self.holds() if one.code == code]

    def settle(self, runs: int = 3) -> Report:
        for _ in range(runs):
            report = self.run()
        return report


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


def test_px02_a_dead_connection_stops_only_its_copy() -> None:
    stage = Ledgers(things())
    stage.add(CRM, {"code": "1", "name": "Acme", "region": "UK"})
    stage.add(CRM, {"code": "2", "name": "Brook", "region": "EU"})
    stage.add(CRM, {"code": "3", "name": "Cole", "region": "US"})
    stage.dead = {"uk"}
    report = stage.run()
    assert (stage.named(UK), stage.named(EU), [*report.faults]) == ([], ["Brook"], ["xero_uk"])
    assert stage.held("unrouted") == [], "the first copy tells it"
    stage.dead = {"eu"}
    stage.run()
    assert (stage.named(UK), stage.named(EU)) == (["Acme"], ["Brook"])
    assert len(stage.held("unrouted")) == 1, "what belongs to the dead one is not among them"


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
