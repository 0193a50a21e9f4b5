"""People edit both systems, at different times and sometimes the same field: every winner is the one we work out."""

from __future__ import annotations

import random

import pytest

from system.northwind.conftest import GUARDS, World
from system.northwind.deals import Deal, edit_deal, read_deals
from system.northwind.parties import Party, edit, read_parties
from system.northwind.shop import DATA

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}"),
    pytest.mark.slow,
]

NEWEST = "customers: {conflict: newest}"
EDITS, ROUNDS = 200, 4


def test_sx20_sx22_edits_on_both_sides_converge_on_the_winners(world: World) -> None:
    dice = random.Random(1996)  # noqa: S311  the same edits every time
    world.project.write(GUARDS, change=[NEWEST])
    world.project.converge()
    parties, deals = read_parties(world), read_deals(world)
    hot = dice.sample(sorted(parties), 6)  # few enough that edits meet
    open_ = dice.sample(sorted(deals), 12)
    met = 0
    for moment in range(EDITS):
        world.stage.advance(dice.randrange(3, 12))
        if dice.random() < 0.7:
            edit(world, parties[dice.choice(hot)], moment, dice)
        else:
            edit_deal(world, deals[dice.choice(open_)], moment, dice)
        if moment % (EDITS // ROUNDS) == EDITS // ROUNDS - 1:
            met += meet(world, parties, deals)
    assert met >= 10, "too few edits met to prove anything"
    world.stage.reset()
    world.project.converge()
    assert (world.stage.salesforce.effects(), world.stage.xero.effects()) == ({}, {})


def meet(world: World, parties: dict[str, Party], deals: dict[str, Deal]) -> int:
    """Run once, compare both systems with what the edits make of them, and give in how many fields two edits met."""
    met = sum(party.settle() for party in parties.values())
    for deal in deals.values():
        deal.settle()
    world.project.converge()
    now, then = read_parties(world), read_deals(world)
    for number, party in parties.items():
        assert (now[number].crm, now[number].books) == (party.crm, party.books), number
        party.rest()
    for name, deal in deals.items():
        assert (then[name].crm, then[name].books) == (deal.crm, deal.books), name
        deal.rest()
    return met
