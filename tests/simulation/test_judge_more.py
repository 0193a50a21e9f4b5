"""The judge is no rubber stamp, laws 4 to 10."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from simulation.erasing import erase, erase_one, leaks
from simulation.judging import calm, deleted, laws, linked, ours, override, persons
from simulation.law_bases import bases
from simulation.law_creation import creations
from simulation.law_plan import plan_is_apply
from simulation.law_records import endings, removals
from simulation.law_undo import undone
from simulation.law_verify import explained, found, named, plant
from simulation.laws import echoes, held_for_nothing
from simulation.remains import Remains, Story
from simulation.replay import replay
from simulation.systems import THING
from simulation.trial import Trial
from simulation.world import PERSON, Call, Undone, World
from tieout.model import Lock
from tieout.store import audit as audit_
from tieout.store.tables import audit, hold, link
from tieout.testing.memory_port import USER


@pytest.fixture
def trial() -> Trial:
    return calm()


# --- 4 and 6 to 9 -------------------------------------------------------------------------------------------------


def test_law_4_a_value_that_comes_back(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    persons(world, 0, one.ids[0], {"name": "U900"})
    ours(world, 0, one.ids[0], {"name": "u900"})
    assert laws(echoes(Remains(world))) == {"4 echo"}


def test_law_4_another_spelling_of_the_source_is_a_change_and_no_echo(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    world.tally.lost = 1
    for _ in range(4):
        ours(world, 1, one.ids[1], {"name": "u900"})
    last = len(world.systems[1].history)
    for sent, expected in ((["U900"] * 4, {"4 echo"}), (["U900", "U900", "U900 ", "U900 "], set())):
        world.spelt[1].update(zip(range(last - 4, last), sent, strict=True))
        assert laws(echoes(Remains(world))) == expected


def test_law_4_what_is_sent_again_counts_unless_something_called_for_it(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    world.tally.lost = 1
    persons(world, 0, one.ids[0], {"name": "U900"})
    for _ in range(3):
        ours(world, 0, one.ids[0], {"name": "u900"})
    assert laws(echoes(Remains(world))) == {"4 echo"}
    last = len(world.systems[0].history) - 1
    world.calls[0].append(Call({one.ids[0]: last}, last, last + 1))
    assert laws(echoes(Remains(world))) == set(), "nobody heard that it was stored"
    world.calls[0].clear()
    for rule, lengths, expected in (
        ("left.name=right.name", [last], set()),
        ("@0", [last], set()),
        ("left.phone=right.phone", [last], {"4 echo"}),
        ("left.name=right.name", [last + 1], {"4 echo"}),
    ):
        world.retried[:] = [(one.pair, one.scope, rule, lengths)]
        assert laws(echoes(Remains(world))) == expected, "a person had it tried again, or something else, or later"
    for ends, expected in (("0-1", set()), ("1-2", {"4 echo"})):
        world.retried[:] = [(0, ends, "", [last])]
        assert laws(echoes(Remains(world))) == expected, "another mapping, of these two or of others"


def test_law_4_two_records_that_are_linked_anew_have_no_base(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    persons(world, 1, one.ids[1], {"name": "U900"})
    world.orders[1][len(world.systems[1].history)] = "w1"
    ours(world, 1, one.ids[1], {"name": "u900"})
    remains = Remains(world)
    sent = override(replace(one, id=999), "left.name=right.name", ["U900", "u900", "u900", "U900"])
    agreed = Story("agreed", {"link": 999}, {"base": {"left.name=right.name": ["u900", "U900", "normalised"]}})
    remains.audit[:] = [replace(sent, payload={**sent.payload, "link": 999})]
    assert laws(echoes(remains)) == {"4 echo"}
    remains.links.append(replace(one, id=999))
    assert laws(echoes(remains)) == set()
    remains.audit.insert(0, agreed)
    assert laws(echoes(remains)) == {"4 echo"}, "it has a base by then"


def test_law_5_a_base_that_hides_a_difference_and_one_that_its_side_never_held(trial: Trial) -> None:
    remains, one = Remains(trial.world), linked(trial.world)
    place = remains.active.index(next(link for link in remains.active if link.id == one.id))
    remains.active[place] = replace(one, base={"left.name=right.name": ("U900", "U901", "differs")})
    assert laws(bases(remains)) == {"5 a base that its side never held"}
    persons(trial.world, 0, one.ids[0], {"name": "U900"})
    persons(trial.world, 1, one.ids[1], {"name": "U901"})
    again = Remains(trial.world)
    again.active[place] = remains.active[place]
    assert laws(bases(again)) == set()
    again.active[place] = replace(one, base={"left.name=right.name": ("U900", "U901", "equal")})
    assert laws(bases(again)) == {"5 a base hides a difference"}


def test_law_5_verify_leaves_nothing_to_explain_and_finds_what_was_planted(trial: Trial) -> None:
    remains = Remains(trial.world)
    made = trial.scheduler.verify()
    assert made is not None
    assert laws([*explained(made), *named(remains, made)]) == set()
    planted = plant(remains)
    assert planted is not None
    assert laws(found(planted, made)) == {"5 verify does not find what was planted"}
    again = trial.scheduler.verify()
    assert laws(found(planted, again)) == set()
    assert again is not None
    assert laws(explained(again)) == {"5 verify finds what nothing explains"}
    assert laws(named(Remains(trial.world), made)) == {"5 verify overlooks a difference"}


def test_law_6_a_record_was_made_though_its_partner_was_there(trial: Trial) -> None:
    world = trial.world
    source = world.systems[0].create(THING, {"code": "k900"}, by=PERSON).id
    partner = world.systems[1].create(THING, {"code": "k900"}, by=PERSON).id
    remains = Remains(world)
    key = f"0123abcd.{source}.0"
    payload = {"pair": 1, "end": 1, "record": None, "source": source, "verb": "create", "key": key}
    remains.audit.append(Story("intent", payload, {"writes": {}, "before": {}, "lists": {}}, at=world.now))
    assert laws(creations(remains)) == set(), "nobody could see it yet"
    remains.audit[-1] = replace(remains.audit[-1], at=world.now + timedelta(minutes=10))
    assert laws(creations(remains)) == set(), "no listing was read since"
    place = next(number for number, place in remains.places.items() if place == 1)
    read = Story("read", {"endpoint": place, "records": 1}, {}, at=world.now + timedelta(minutes=9))
    remains.audit.insert(-1, read)
    assert laws(creations(remains)) == {"6 made although its partner was there"}
    world.shown.append(f"does left {source} belong to right {partner}?")
    assert laws(creations(remains)) == set()


def test_law_6_a_delete_that_nobody_caused(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    deleted(world, 0, one.ids[0], USER)
    assert laws(removals(Remains(world))) == {"6 unjustified delete"}
    deleted(world, 1, one.ids[1], PERSON)
    assert laws(removals(Remains(world))) == set(), "both at the same moment"


def test_law_6_a_link_that_ended_of_itself(trial: Trial) -> None:
    one, remains = linked(trial.world), Remains(trial.world)
    remains.audit.append(Story("end", {"link": one.id, "reason": "it is gone"}, {}))
    assert laws(endings(remains)) == {"6 a link ended without a cause"}
    deleted(trial.world, 0, one.ids[0], PERSON)
    again = Remains(trial.world)
    again.audit.append(remains.audit[-1])
    assert laws(endings(again)) == set()


def test_law_7_a_write_that_no_plan_had_and_a_plan_of_another_mapping(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    ours(world, 0, one.ids[0], {"name": "U900"})
    world.misapplied.append("0123456789abcdef")
    expected = {"7 sent outside the plan", "7 a plan was applied under another mapping"}
    assert laws(plan_is_apply(Remains(world))) == expected


def test_law_8_a_hold_without_a_cause(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    ours(world, 1, one.ids[1], {"name": "U900"})
    row = {"pair": one.pair, "scope": one.scope, "rule": "left.name=right.name", "code": "not-stored"}
    with world.database.write() as tx:
        tx.execute(insert(hold).values(**row, detail="{}", fingerprint="f", since="", run="r1"))
    assert laws(held_for_nothing(Remains(world))) == {"8 held without a cause"}


def test_law_8_a_hold_of_a_record_that_is_not_locked(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    row = {"pair": one.pair, "scope": one.scope, "rule": "@1", "code": "locked"}
    with world.database.write() as tx:
        tx.execute(insert(hold).values(**row, detail="{}", fingerprint="f", since="", run="r1"))
    assert laws(held_for_nothing(Remains(world))) == {"8 held as locked, and is not"}
    world.systems[1].lock(one.ids[1], Lock("its period is closed"), by=PERSON)
    assert laws(held_for_nothing(Remains(world))) == set()


def test_law_9_a_base_that_the_log_does_not_know(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    with world.database.write() as tx:
        text = json.dumps({"left.name=right.name": ["U900", "U900", "equal"]})
        tx.execute(update(link).where(link.c.id == one.id).values(base=text))
    assert laws(replay(Remains(world))) == {"9 replay"}


def test_law_9_who_is_erased_is_nowhere_and_the_chain_verifies(trial: Trial) -> None:
    world = trial.world
    erase(world)
    assert world.tally.erased == 1
    assert laws(replay(Remains(world))) == set()
    (erased,) = (story for story in Remains(world).audit if story.kind == "erase")
    links = [int(id_) for id_ in erased.payload["links"]]
    with world.database.write() as tx:
        text = json.dumps({"left.name=right.name": [world.systems[0].history[1].value, None, "differs"]})
        tx.execute(update(link).where(link.c.id.in_(links)).values(base=text))
    assert laws(replay(Remains(world))) == {"9 replay"}


def test_law_9_an_erasure_that_leaves_something(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    persons(world, 0, one.ids[0], {"name": "U900"})
    mine = {(0, one.ids[0])}
    with world.database.write() as tx:
        assert leaks(world, tx, mine) != []
        erase_one(world, tx, one.ids[0])
        assert leaks(world, tx, mine) == []
        audit_.append(tx, run="", epoch=0, kind="note", payload={"text": "U900"})
        (leak,) = leaks(world, tx, mine)
    assert "U900" in leak
    world.erased.kept.append(leak)
    assert "9 erased, and still kept" in laws(replay(Remains(world)))


def test_law_9_a_log_that_was_changed(trial: Trial) -> None:
    with trial.world.database.write() as tx:
        for name in tx.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
            tx.exec_driver_sql(f"DROP TRIGGER {name}")
        tx.execute(update(audit).where(audit.c.seq == 2).values(payload="{}"))
    assert "9 the chain is broken" in laws(replay(Remains(trial.world)))


# --- 10 -----------------------------------------------------------------------------------------------------------


def taken_back(world: World, *, given: bool) -> tuple[Remains, Undone]:
    """Have a run store a name, and another one take it back; `given`: the old name is there again."""
    one = linked(world)
    persons(world, 1, one.ids[1], {"name": "U900"})
    world.orders[1][len(world.systems[1].history)] = "w1"
    ours(world, 1, one.ids[1], {"name": "U901"})
    began = [len(system.history) for system in world.systems]
    if given:
        world.orders[1][len(world.systems[1].history)] = "w2"
        ours(world, 1, one.ids[1], {"name": "U900"})
    ended = [len(system.history) for system in world.systems]
    world.undoings.add("r92")
    back = Undone("r92", "r91", began, ended, *[frozenset()] * 3)
    world.undone.append(back)
    remains = Remains(world)
    rule = "left.name=right.name"
    writes = {rule: ["U900", "U901", "U901", None]}
    told = {"writes": writes, "base": {rule: ["U901", "U901", "equal"]}, "children": {}}
    remains.audit.append(Story("settled", {"link": one.id, "end": 1, "record": one.ids[1]}, told, "r91"))
    remains.audit.append(replace(override(one, rule, ["U901", "U900", "U901", None], key="w2"), run="r92"))
    return remains, back


def test_law_10_what_still_held_what_the_run_stored_is_back(trial: Trial) -> None:
    assert laws(undone(taken_back(trial.world, given=True)[0])) == set()


def test_law_10_what_is_not_back_and_is_not_named(trial: Trial) -> None:
    remains, back = taken_back(trial.world, given=False)
    assert laws(undone(remains)) == {"10 neither taken back nor named"}
    id_ = linked(trial.world).ids[1]
    trial.world.undone[:] = [replace(back, left=frozenset({(id_, "left.name=right.name")}))]
    assert laws(undone(remains)) == {"10 left though it still held"}
    trial.world.undone[:] = [replace(back, failed=frozenset({(id_, "left.name=right.name")}))]
    assert laws(undone(remains)) == set()


def test_law_10_what_an_open_write_may_still_change_is_left(trial: Trial) -> None:
    remains, back = taken_back(trial.world, given=False)
    one = linked(trial.world)
    left = replace(back, left=frozenset({(one.ids[0], "")}), waits=frozenset({one.ids[0]}))
    trial.world.undone[:] = [left]
    remains.audit.insert(0, Story("undo", {}, {}, "r92"))
    assert laws(undone(remains)) == {"10 left though it still held"}, "it says so, and the log knows of no such write"
    rule = "left.name=right.name"
    sent = override(one, rule, ["U901", "U903", "U903", None], key="w3")
    remains.audit.insert(0, replace(sent, payload={**sent.payload, "link": one.id}))
    assert laws(undone(remains)) == set()
    trial.world.undone[:] = [replace(left, waits=frozenset())]
    assert laws(undone(remains)) == {"10 left though it still held"}, "it gives another reason"
    trial.world.undone[:] = [left]
    remains.audit.insert(1, Story("void", {"key": "w3"}, {}))
    assert laws(undone(remains)) == {"10 left though it still held"}, "it was known"


def test_law_10_what_had_changed_since_is_let_alone(trial: Trial) -> None:
    remains, _ = taken_back(trial.world, given=True)
    id_ = linked(trial.world).ids[1]
    entries = remains.histories[1][id_, "name"]
    place = next(number for number, entry in enumerate(entries) if entry.value == "U901")
    entries[place] = replace(entries[place], value="U902", by=PERSON)
    assert laws(undone(remains)) == {"10 took back what had changed since"}


def test_law_10_what_was_taken_back_is_not_done_again(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    taken_back(world, given=True)
    world.orders[1][len(world.systems[1].history)] = "w3"
    ours(world, 1, one.ids[1], {"name": "U901"})
    remains = Remains(world)
    remains.audit.append(
        replace(override(one, "left.name=right.name", ["U901", "U900", "U901", None], key="w2"), run="r92")
    )
    assert "10 an undone decision was made again" in laws(undone(remains))
