"""The judge is no rubber stamp: each law, broken by hand in a world where all was well, is found broken."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from simulation.breach import Breach
from simulation.drafts import Rule
from simulation.erasing import erase, erase_one, leaks
from simulation.law_agreement import agreement
from simulation.law_bases import bases
from simulation.law_creation import creations
from simulation.law_edits import lost_edits
from simulation.law_lists import lists
from simulation.law_plan import overrides, plan_is_apply
from simulation.law_records import endings, removals, twins
from simulation.law_undo import undone
from simulation.law_verify import explained, found, named, plant
from simulation.laws import convergence, echoes, held_for_nothing, judge
from simulation.remains import LinkRow, Remains, Story
from simulation.replay import replay
from simulation.systems import MEMO, ROW_ID, ROWS, TEXT, THING
from simulation.trial import Trial, play
from simulation.world import PERSON, SHARES, Call, Profile, Undone, World
from tieout.model import Lock, Value
from tieout.store import audit as audit_
from tieout.store.tables import audit, hold, link
from tieout.testing.memory import MemorySystem
from tieout.testing.memory_port import USER

PLAIN = {"answers": "full", "deletions": "reported", "twins": "refused", "conditional": False, "automated": ""}


def calm(*features: str, seed: int = 2) -> Trial:
    """Play a world in which nothing but people happened, and nothing is wrong."""
    wanted = {name: name in features for name in SHARES}
    trial = play(seed, Profile(faults=False, features=wanted, tempers=PLAIN))
    assert judge(trial) == []
    return trial


@pytest.fixture
def trial() -> Trial:
    return calm()


def laws(found: object) -> set[str]:
    assert not isinstance(found, list) or all(isinstance(one, Breach) for one in found)
    return {one.law for one in found} if hasattr(found, "__iter__") else set()


def linked(world: World) -> LinkRow:
    """Give a link of two live records."""
    remains = Remains(world)
    return next(
        one
        for one in remains.active
        if all(remains.live(place, id_) for place, id_ in zip(one.ends, one.ids, strict=True))
    )


def ours(world: World, place: int, id_: str, values: dict[str, Value], *, read: int | None = None) -> None:
    """Write to a record as Tieout does; `read`: how long the history was when it read the record."""
    system = world.systems[place]
    start = len(system.history)
    system.edit(id_, values, by=USER, api=True)
    world.windows[place].update(dict.fromkeys(range(start, len(system.history)), read))


def persons(world: World, place: int, id_: str, values: dict[str, Value]) -> int:
    """Write to a record as a person does; give how long the history was before."""
    system = world.systems[place]
    before = len(system.history)
    system.edit(id_, values, by=PERSON)
    return before


def deleted(world: World, place: int, id_: str, by: str) -> None:
    system: MemorySystem = world.systems[place]
    world.windows[place][len(system.history)] = None
    system.remove(id_, by=by)


# --- 1 ------------------------------------------------------------------------------------------------------------


def test_law_1_a_write_in_the_last_quiet_run(trial: Trial) -> None:
    trial.writes[-1] = 1
    assert laws(convergence(trial)) == {"1 convergence"}


def test_law_1_a_quiet_run_that_died(trial: Trial) -> None:
    trial.quiet[1] = None
    assert laws(convergence(trial)) == {"1 a quiet run did not finish"}


def test_law_1_a_world_that_never_was_quiet(trial: Trial) -> None:
    trial.quiet.clear()
    trial.writes.clear()
    assert laws(convergence(trial)) == {"1 convergence"}


def test_law_1_passes_that_went_on_and_a_plan_that_is_not_empty(trial: Trial) -> None:
    last = trial.quiet[-1]
    assert last is not None
    last.converged = False
    assert laws(convergence(trial)) == {"1 a run did not converge"}
    last.converged = True
    last.passes[-1].planning.wire = 1
    assert laws(convergence(trial)) == {"1 the plan is not empty"}


# --- 2 ------------------------------------------------------------------------------------------------------------


def test_law_2_two_records_for_one_source(trial: Trial) -> None:
    world = trial.world
    for number in (0, 1):
        row = world.systems[1].create(THING, {"code": f"k9{number}"}, by=USER, api=True)
        world.made[1][row.id] = f"0123abcd.L1.{number}"
    assert laws(twins(Remains(world))) == {"2 twin"}


def test_law_2_a_record_that_we_made_was_a_source(trial: Trial) -> None:
    world = trial.world
    first = next(row.id for row in world.systems[0].rows.values() if row.state == "live")
    made = world.systems[1].create(THING, {}, by=USER, api=True).id
    back = world.systems[0].create(THING, {}, by=USER, api=True).id
    world.made[1][made], world.made[0][back] = f"0123abcd.{first}.0", f"dcba3210.{made}.0"
    assert "2 reflection twin" in laws(twins(Remains(world)))


def test_law_2_two_partners_of_one_record(trial: Trial) -> None:
    remains = Remains(trial.world)
    remains.active.append(replace(remains.active[0], id=999))
    assert laws(twins(remains)) == {"2 two links"}


def test_law_2_what_is_made_again_has_another_key(trial: Trial) -> None:
    world = trial.world
    remains = Remains(world)
    one = remains.links[0]
    world.made[1].update({one.ids[1]: "0123abcd.L77.0", "R88": "0123abcd.L77.0"})
    world.systems[1].rows["R88"] = world.systems[1].rows[one.ids[1]]
    remains.links[0] = replace(one, state="ended")
    assert "2 one key twice" in laws(twins(remains))


# --- 3 ------------------------------------------------------------------------------------------------------------


def test_law_3_a_value_overwritten_that_nobody_had_seen(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    persons(world, 0, one.ids[0], {"name": "U900"})
    ours(world, 0, one.ids[0], {"name": "U901"})
    assert laws(lost_edits(Remains(world))) == {"3 overwritten unseen"}


def test_law_3_the_same_between_read_and_write_lies_in_the_window(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    read = persons(world, 0, one.ids[0], {"name": "U900"})
    ours(world, 0, one.ids[0], {"name": "U901"}, read=read)
    found = list(lost_edits(Remains(world)))
    assert laws(found) == {"3w overwritten in the window"}
    assert all(breach.excused for breach in found)


def test_law_3_an_older_value_put_back(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    persons(world, 0, one.ids[0], {"name": "U900"})
    persons(world, 0, one.ids[0], {"name": "U901"})
    ours(world, 0, one.ids[0], {"name": "U900"})
    assert "3 an older value came back" in laws(lost_edits(Remains(world)))


def test_law_3_an_edit_that_went_with_its_record(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    persons(world, 0, one.ids[0], {"name": "U900"})
    deleted(world, 0, one.ids[0], USER)
    remains = Remains(world)
    key = {"pair": one.pair, "end": 0, "record": one.ids[0], "verb": "delete", "key": ""}
    remains.audit.append(Story("intent", key, {"writes": {}, "before": {}, "lists": {}}))
    assert {"3 deleted unseen", "3 deleted with an edit, unasked"} <= laws(lost_edits(remains))


def test_law_3_sides_that_differ_and_nobody_says_so(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    persons(world, 0, one.ids[0], {"name": "U900"})
    assert laws(agreement(Remains(world))) == {"3 diverged in silence"}


def test_law_3_a_difference_that_an_earlier_rule_left(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    draft = world.drafts[0]
    kept, restored = (replace(draft, rules=[Rule("note", 1, {"drift": word})]) for word in ("keep", "restore"))
    world.drafts, world.written = [restored], [restored]
    persons(world, 0, one.ids[0], {"note": "U900"})
    persons(world, 1, one.ids[1], {"note": "U901"})
    base = {"right.note": ["U900", "U901", "differs"]}
    with world.database.write() as tx:
        tx.execute(update(link).where(link.c.id == one.id).values(base=json.dumps(base)))

    def found(kind: str) -> set[str]:
        remains = Remains(world)
        remains.audit.append(Story(kind, {"link": one.id}, {"base": base}))
        return laws(agreement(remains))

    assert found("agreed") == {"3 diverged in silence"}
    world.written.insert(0, kept)
    assert found("agreed") == set()
    assert found("settled") == {"3 diverged in silence"}, "no rule wrote and left it"


def test_law_3_what_is_misread_in_the_window_is_told_apart(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    persons(world, 0, one.ids[0], {"limit": "U901"})
    edited = persons(world, 1, one.ids[1], {"limit": "U900"})
    with world.database.write() as tx:
        text = json.dumps({**one.base, "left.limit=right.limit": ["U901", "U900", "differs"]})
        tx.execute(update(link).where(link.c.id == one.id).values(base=text))
    for read, ended, expected in (
        (edited, edited + 1, "3w misread in the window"),
        (edited, edited, "3 diverged in silence"),
        (edited + 1, edited + 1, "3 diverged in silence"),
    ):
        world.calls[1][:] = [Call({one.ids[1]: read}, ended, ended)]
        assert laws(agreement(Remains(world))) == {expected}, "the system ignored the write: it left no trace"


def test_law_3_a_partner_that_is_gone_and_one_that_never_was(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    deleted(world, 0, one.ids[0], PERSON)
    assert laws(agreement(Remains(world))) == {"3 half link"}
    world.systems[0].restore(one.ids[0], by=PERSON)
    world.systems[1].create(THING, {"code": "k900"}, by=PERSON)
    assert laws(agreement(Remains(world))) == {"3 a record without a partner"}


def test_law_3_references_that_point_elsewhere() -> None:
    world = calm("references", seed=3).world
    one = linked(world)
    persons(world, 0, one.ids[0], {"parent": "L77"})
    assert "3 references diverged in silence" in laws(agreement(Remains(world)))


def override(one: LinkRow, rule: str, write: list[Value], *, key: str = "w1") -> Story:
    payload = {"pair": one.pair, "end": 1, "record": one.ids[1], "source": one.ids[0], "verb": "update", "key": key}
    return Story("intent", payload, {"writes": {rule: write}, "before": {}, "lists": {}})


def test_law_3_who_is_to_be_asked_is_asked(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    draft = world.drafts[0]
    rules = [replace(rule, options={**rule.options, "conflict": "review"}) for rule in draft.rules if rule.to is None]
    world.drafts = [replace(draft, rules=rules, on_link="review")]
    remains = Remains(world)
    remains.audit[:] = [override(one, "left.name=right.name", ["U900", "U901", "U901", "U900"])]
    assert laws(overrides(remains)) == {"3 overridden without an answer"}
    world.shown.append("left.name is U901 and right.name is U900; both changed")
    assert laws(overrides(remains)) == set()
    world.shown[:] = ["left.name is U902 and right.name is U900; both changed"]
    assert laws(overrides(remains)) == {"3 overridden without an answer"}


def test_law_3_the_newer_value_wins(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    draft = world.drafts[0]
    rules = [replace(rule, options={**rule.options, "conflict": "newest"}) for rule in draft.rules if rule.to is None]
    world.drafts = [replace(draft, rules=rules, on_link="newest")]
    persons(world, 0, one.ids[0], {"name": "U901"})
    world.now += timedelta(hours=1)
    persons(world, 1, one.ids[1], {"name": "U900"})
    world.orders[1][len(world.systems[1].history)] = "w1"
    ours(world, 1, one.ids[1], {"name": "U901"})
    remains = Remains(world)
    remains.audit[:] = [override(one, "left.name=right.name", ["U900", "U901", "U901", "U900"])]
    assert "3 the older value won" in laws(plan_is_apply(remains))


# --- 3, lists -----------------------------------------------------------------------------------------------------


def with_rows() -> tuple[World, LinkRow, int]:
    """Give a world, two linked records with empty lists, and the end that is written."""
    world = calm("lists").world
    one, draft = linked(world), world.drafts[0]
    assert draft.rows_to is not None
    world.drafts = [replace(draft, rows={"extra": "keep", "drift": "restore"})]
    return world, one, draft.rows_to


def test_law_3_rows_that_are_missing() -> None:
    world, one, to = with_rows()
    persons(world, 1 - to, one.ids[1 - to], {ROWS: [{TEXT: "U900"}]})
    assert laws(lists(Remains(world))) == {"3 rows diverged in silence"}


def test_law_3_rows_of_the_targets_own_and_what_stands_in_them() -> None:
    world, one, to = with_rows()
    system, id_ = world.systems[to], one.ids[to]
    persons(world, to, id_, {ROWS: [{TEXT: "U900", MEMO: "U901"}]})
    (row,) = [dict(kept) for kept in system.rows[id_].record[ROWS]]  # type: ignore[union-attr, arg-type]
    ours(world, to, id_, {ROWS: [{ROW_ID: row[ROW_ID], TEXT: "U902", MEMO: None}]})
    assert "3 overwritten unseen" in laws(lists(Remains(world)))
    ours(world, to, id_, {ROWS: []})
    assert "3 a row of the target's own went" in laws(lists(Remains(world)))


def test_law_3_a_row_that_was_taken_out_in_the_window_comes_back_with_all_it_held() -> None:
    world, one, to = with_rows()
    id_ = one.ids[to]
    persons(world, to, id_, {ROWS: [{TEXT: "U900", MEMO: "U901"}]})
    read = persons(world, to, id_, {ROWS: []})
    for seen, expected in (
        (read + 1, "3 a row's own value came from nowhere"),
        (read, "3w a row came back in the window"),
    ):
        ours(world, to, id_, {ROWS: [{TEXT: "U900", MEMO: "U901"}]}, read=seen)
        assert expected in laws(lists(Remains(world)))
    assert "3w a row came back in the window" not in laws(lists(Remains(calm("lists").world)))


# --- 4 and 6 to 9 -------------------------------------------------------------------------------------------------


def test_law_4_a_value_that_comes_back(trial: Trial) -> None:
    world, one = trial.world, linked(trial.world)
    persons(world, 0, one.ids[0], {"name": "U900"})
    ours(world, 0, one.ids[0], {"name": "u900"})
    assert laws(echoes(Remains(world))) == {"4 echo"}


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
