"""The judge is no rubber stamp: what is made on request, and a mapping that is only tried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from simulation.judging import calm, laws
from simulation.law_agreement import agreement
from simulation.law_creation import creations
from simulation.law_records import twins
from simulation.law_undo import undone
from simulation.picks import try_out
from simulation.profiles import PROFILES
from simulation.remains import Remains, Story
from simulation.runs import Scheduler
from simulation.systems import THING
from simulation.trial import Trial
from simulation.world import PERSON, World
from tieout.testing.memory_port import USER


@pytest.fixture
def trial() -> Trial:
    """Give a world in which partners are made on request, from now on."""
    trial = calm()
    trial.world.drafts = [replace(trial.world.drafts[0], requested=(True, True))]
    return trial


def answered(end: int, source: str, answer: str, *, rule: str = "request", pair: int = 1) -> Story:
    return Story("answer", {"pair": pair, "scope": f"record:{end}:{source}", "rule": rule, "answer": answer}, {})


def made_for(source: str, *, generation: int = 0) -> Story:
    key = f"0123abcd.{source}.{generation}"
    payload = {"pair": 1, "end": 1, "record": None, "source": source, "verb": "create", "key": key}
    return Story("intent", payload, {"writes": {}, "before": {}, "lists": {}})


def test_law_7_what_is_made_on_request_was_asked_for_and_approved_for_this_time(trial: Trial) -> None:
    remains = Remains(trial.world)
    wrong = {"7 made though nobody asked for it"}
    linked = Story("link", {"link": 99, "pair": 1, "first": "L77", "second": "R77"}, {})
    yes, no = answered(0, "L77", "yes"), answered(0, "L77", "no")
    before: Sequence[tuple[Sequence[Story], set[str]]] = (
        ((), wrong),
        ((yes,), set()),
        ((yes, no), wrong),
        ((no, yes), set()),
        ((yes, linked), wrong),
        ((yes, linked, yes), set()),
        ((answered(0, "L77", "yes", rule="create"),), wrong),
        ((answered(1, "L77", "yes"), answered(0, "L78", "yes"), answered(0, "L77", "yes", pair=2)), wrong),
    )
    for stories, expected in before:
        remains.audit[:] = [*stories, made_for("L77")]
        assert laws(creations(remains)) == expected, stories
    remains.audit[:] = [made_for("L77"), yes]
    assert laws(creations(remains)) == wrong, "afterwards is too late"


def test_law_3_who_asked_for_no_partner_is_alone_and_who_did_is_not(trial: Trial) -> None:
    world = trial.world
    id_ = world.systems[0].create(THING, {"code": "k900"}, by=PERSON).id
    remains = Remains(world)
    alone = {"3 a record without a partner"}
    assert laws(agreement(remains)) == set()
    for story, expected in ((answered(0, id_, "yes"), alone), (answered(0, id_, "no"), set())):
        remains.audit.append(story)
        assert laws(agreement(remains)) == expected
    remains.audit.append(answered(0, id_, "yes"))
    remains.scopes.add((1, f"record:0:{id_}"))
    assert laws(agreement(remains)) == set(), "it is held, and named"


def test_law_2_a_second_record_was_asked_for_once_the_first_had_lost_its_link(trial: Trial) -> None:
    world, remains = trial.world, Remains(trial.world)
    source = remains.links[0].ids[0]
    for number in (0, 1):
        row = world.systems[1].create(THING, {"code": f"k9{number}"}, by=USER, api=True)
        world.made[1][row.id] = f"0123abcd.{source}.{number}"
    ended = Story("end", {"link": remains.links[0].id, "reason": "it is gone"}, {})
    for stories, expected in (
        ((), {"2 twin"}),
        ((answered(0, source, "yes"), ended), {"2 twin"}),
        ((ended, answered(0, source, "no")), {"2 twin"}),
        ((ended, answered(0, source, "yes")), set()),
    ):
        again = Remains(world)
        again.audit += stories
        assert laws(twins(again)) == expected, stories


def test_law_10_what_was_taken_back_is_made_again_for_who_asks_again(trial: Trial) -> None:
    world = trial.world
    remains = Remains(world)
    source = remains.links[0].ids[0]
    gone = world.systems[1].create(THING, {"code": "k900"}, by=USER, api=True).id
    world.made[1][gone] = f"0123abcd.{source}.0"
    world.orders[1][len(world.systems[1].history)] = "w1"
    world.systems[1].remove(gone, by=USER)
    world.undoings.add("r9")
    again = world.systems[1].create(THING, {"code": "k901"}, by=USER, api=True).id
    world.made[1][again] = f"0123abcd.{source}.1"
    for after, expected in ((-1, {"10 made again"}), (1, set())):
        remains = Remains(world)
        remains.audit.append(replace(made_for(source), payload={**made_for(source).payload, "key": "w1"}, run="r9"))
        remains.audit.append(replace(answered(0, source, "yes"), at=world.now + timedelta(seconds=after)))
        assert laws(undone(remains)) == expected


def test_a_mapping_that_is_tried_out_is_none_that_was_in_force() -> None:
    for seed in range(4):
        world = World(seed, PROFILES["tried"])
        before, written = world.drafts, list(world.written)
        try_out(Scheduler(world))
        assert (list(world.drafts), world.written, world.tally.changes) == (list(before), written, 0)
        assert [mapping.name for mapping in world.mappings] == [draft.name for draft in before]
        assert "a consultant tries out" in "\n".join(world.transcript)
        world.close()
