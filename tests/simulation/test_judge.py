"""The judge is no rubber stamp: each law, broken by hand in a world where all was well, is found broken."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from simulation.drafts import Rule
from simulation.judging import calm, deleted, laws, linked, ours, override, persons
from simulation.law_agreement import agreement
from simulation.law_edits import lost_edits
from simulation.law_lists import lists
from simulation.law_plan import overrides, plan_is_apply
from simulation.law_records import twins
from simulation.laws import convergence
from simulation.remains import LinkRow, Remains, Story
from simulation.systems import MEMO, ROW_ID, ROWS, TEXT, THING
from simulation.trial import Trial
from simulation.world import PERSON, Call, World
from tieout.store.tables import link
from tieout.testing.memory_port import USER


@pytest.fixture
def trial() -> Trial:
    return calm()


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
    key = f"0123abcd.{one.ids[0]}.0"
    world.made[1].update({one.ids[1]: key, "R88": key})
    world.systems[1].rows["R88"] = world.systems[1].rows[one.ids[1]]
    remains.links[0] = replace(one, state="ended")
    assert "2 one key twice" in laws(twins(remains))


def test_law_2_what_was_never_linked_is_made_again_with_its_key(trial: Trial) -> None:
    world = trial.world
    remains = Remains(world)
    one = remains.links[0]
    other = next(link for link in remains.links if link.ids[0] != one.ids[0])
    key = f"0123abcd.{other.ids[0]}.0"
    world.made[1].update({one.ids[1]: key, "R88": key})  # a linked record was merged into it, and then deleted
    world.systems[1].rows["R88"] = world.systems[1].rows[one.ids[1]]
    remains.links[0] = replace(one, state="ended")
    assert "2 one key twice" not in laws(twins(remains))


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


def test_law_3_a_row_that_a_person_took_back_rests_in_disagreement() -> None:
    world, one, to = with_rows()
    persons(world, 1 - to, one.ids[1 - to], {ROWS: [{TEXT: "U900"}]})
    ours(world, to, one.ids[to], {ROWS: [{TEXT: "U901"}]})
    rows = [world.systems[end].rows[id_].record[ROWS] for end, id_ in zip(one.ends, one.ids, strict=True)]
    first, second = (str(kept[0]["id"]) for kept in rows if isinstance(kept, list) and isinstance(kept[0], dict))
    texts = ("U901", "U900") if to == 0 else ("U900", "U901")
    for quality, order, expected in (
        ("differs", "u1", set()),
        ("equal", "u1", {"3 rows diverged in silence"}),
        ("differs", "w1", {"3 rows diverged in silence"}),
    ):
        for place in range(len(world.systems[to].history)):
            world.orders[to][place] = order
        remains = Remains(world)
        remains.takes_back = {"u1"}
        kept = {"rows": [(first, second, 0, {"rows[].text": [*texts, quality]})]}
        remains.active = [replace(link, children=kept) if link.id == one.id else link for link in remains.active]
        assert laws(lists(remains)) == expected


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
