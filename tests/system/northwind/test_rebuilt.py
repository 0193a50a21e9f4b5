"""The state database is lost: everything finds its partner again by the keys that the systems keep."""

from __future__ import annotations

import pytest

from system.northwind.conftest import GUARDS, World
from system.northwind.deals import Deal, read_deals
from system.northwind.parties import Party, read_parties
from system.northwind.shop import DATA

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}"),
    pytest.mark.slow,
]


def test_t08_a_lost_state_leaves_no_twin_plans_only_links_and_goes_on(world: World) -> None:
    world.project.write(GUARDS)
    world.project.converge()
    parties, deals = read_parties(world), read_deals(world)
    world.stage.advance(3600)
    world.stage.reset()
    world.project.forget()
    report = world.project.converge().report
    planned = {
        name: {what for one in report["passes"] for what in one["planned"].get(name, {})}
        for name in ("customers", "products", "invoices")
    }
    # Nothing but our own memory of what agrees: what a bookkeeper keeps for himself stays (`drift: keep`).
    assert all(what == {"link", "agree"} for what in planned.values()), planned
    linked = {name: report["passes"][0]["planned"][name]["link"] for name in planned}
    assert linked == {"customers": 91, "products": 77, "invoices": 830}
    assert (world.stage.salesforce.effects(), world.stage.xero.effects()) == ({}, {})
    assert (read_parties(world), read_deals(world)) == (parties, deals)
    edits_travel_as_before(world, parties, deals)


def edits_travel_as_before(world: World, parties: dict[str, Party], deals: dict[str, Deal]) -> None:
    party, deal = parties["ALFKI"], deals["10248"]
    assert world.salesforce.Account.update(party.account, {"Phone": "030 1"}) == 204
    world.stage.xero.order("renumber", invoice=deal.invoice, number="AFTER-1")
    world.stage.advance(10)
    world.project.converge()
    assert read_parties(world)["ALFKI"].books["phone"] == "030 1"
    assert read_deals(world)["10248"].crm["number"] == "AFTER-1"
