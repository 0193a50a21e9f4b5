"""T-07: a value that an outside automation rewrites again and again freezes, that field of that record only."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, select

from system.memory.stage import KEYED, Stage, thing
from tieout.model import ObjectType
from tieout.store.standing import Standing
from tieout.store.tables import audit

ONE_WAY = (
    KEYED
    + """\
  - {crm: name, books: name}
  - {books: note, from: crm.note}
"""
)
PAIR = ONE_WAY.replace("{books: note, from: crm.note}", "{crm: note, books: note}")
ROUNDS = 8


def types() -> tuple[ObjectType, ObjectType]:
    return thing("code", "name", "note"), thing("code", "name", "note")


def stage(mapping: str) -> Stage:
    made = Stage(mapping, types())
    made.add(0, {"code": "k1", "name": "Acme", "note": "ours"})
    made.add(0, {"code": "k2", "name": "Brook", "note": "ours"})
    made.run()
    return made


def quarrel(made: Stage, rewrite: Callable[[], None], rounds: int = ROUNDS) -> list[int]:
    """Have an automation rewrite after every run; give what was new to people in each run."""
    told = []
    for _ in range(rounds):
        rewrite()
        told.append(made.run().new)
    return told


def the_hold(made: Stage) -> Standing:
    (held,) = made.holds()
    return held


def insist(made: Stage, end: int, value: str) -> Callable[[], None]:
    row = made.rows(end)[0]

    def rewrite() -> None:
        made.edit(end, row.id, by="flow", note=value)

    return rewrite


def test_t07_a_target_that_is_rewritten_freezes_after_three_alternations() -> None:
    made = stage(ONE_WAY)
    before = made.writes(1, "note")
    told = quarrel(made, insist(made, 1, "theirs"))
    assert made.writes(1, "note") == before + 3
    assert made.rows(1)[0].record["note"] == "theirs"
    assert told == [0, 0, 0, 1, 0, 0, 0, 0], "it is news once"
    held = the_hold(made)
    assert (held.code, held.rule) == ("frozen", "books.note")
    message = str(held.detail["message"])
    for named in ('"theirs"', '"ours"', "flow in books"):
        assert named in message
    assert "tieout retry things/books:B1" in json.dumps(held.detail["ways_out"])


def test_t07_all_other_fields_and_records_go_on() -> None:
    made = stage(ONE_WAY)
    quarrel(made, insist(made, 1, "theirs"))
    first, second = made.rows(0)
    made.edit(0, first.id, name="Acme Ltd")
    made.edit(0, second.id, note="news")
    made.run()
    assert made.rows(1)[0].record == {"code": "k1", "name": "Acme Ltd", "note": "theirs"}
    assert made.rows(1)[1].record["note"] == "news"
    assert the_hold(made).code == "frozen"


def test_t07_two_automations_that_rewrite_a_pair_are_both_named() -> None:
    made = stage(PAIR)
    mine, theirs = insist(made, 0, "left"), insist(made, 1, "right")
    for _ in range(ROUNDS):
        mine()
        made.run()
        theirs()
        made.run()
    writes = made.writes(0, "note") + made.writes(1, "note")
    held = the_hold(made)
    message = str(held.detail["message"])
    for named in ('"left"', '"right"', "flow in crm", "flow in books"):
        assert named in message
    mine()
    made.run()
    theirs()
    made.run()
    assert made.writes(0, "note") + made.writes(1, "note") == writes, "nothing more is written"


def test_t07_an_automation_that_never_writes_the_same_twice_is_noticed() -> None:
    made = stage(ONE_WAY)
    row = made.rows(1)[0]
    for number in range(ROUNDS):
        made.edit(1, row.id, by="flow", note=f"seen {number}")
        made.run()
    assert made.rows(1)[0].record["note"] == f"seen {ROUNDS - 1}"
    assert the_hold(made).code == "frozen"


@pytest.mark.parametrize("mapping", [ONE_WAY, PAIR])
def test_t07_one_person_who_changes_to_and_fro_quarrels_with_nobody(mapping: str) -> None:
    made = stage(mapping)
    row = made.rows(0)[0]
    for number in range(2 * ROUNDS):
        made.edit(0, row.id, note="open" if number % 2 else "closed")
        made.run()
        assert made.rows(1)[0].record["note"] == row.record["note"]
    assert made.holds() == []


def test_t07_new_values_of_two_people_are_no_quarrel() -> None:
    made = stage(PAIR)
    for number in range(ROUNDS):
        for end in (0, 1):
            made.edit(end, made.rows(end)[0].id, note=f"{end} {number}")
            made.run()
            assert {made.rows(side)[0].record["note"] for side in (0, 1)} == {f"{end} {number}"}
    assert made.holds() == []


def test_t07_it_thaws_when_retried_and_freezes_again_if_the_quarrel_goes_on() -> None:
    made = stage(ONE_WAY)
    rewrite = insist(made, 1, "theirs")
    quarrel(made, rewrite)
    written = made.writes(1, "note")
    made.thaw()
    made.run()
    assert made.rows(1)[0].record["note"] == "ours"
    assert made.holds() == []
    quarrel(made, rewrite)
    assert made.writes(1, "note") == written + 3
    assert the_hold(made).code == "frozen"


def test_t07_it_thaws_when_its_rule_changes() -> None:
    made = stage(ONE_WAY)
    quarrel(made, insist(made, 1, "theirs"))
    made.use(ONE_WAY.replace("from: crm.note}", "from: crm.note, blank: keep}"))
    made.run()
    assert made.rows(1)[0].record["note"] == "ours"
    assert made.holds() == []


def test_t07_it_is_over_when_both_sides_agree() -> None:
    made = stage(PAIR)
    row = made.rows(0)[0]
    for _ in range(ROUNDS):
        made.edit(0, row.id, by="flow", note="left")
        made.run()
        made.edit(1, made.rows(1)[0].id, by="flow", note="right")
        made.run()
    assert the_hold(made).code == "frozen"
    for end in (0, 1):
        made.edit(end, made.rows(end)[0].id, note="agreed")
    made.run()
    assert made.holds() == []
    made.edit(0, row.id, note="news")
    made.run()
    assert made.rows(1)[0].record["note"] == "news"


def test_t07_a_frozen_field_of_personal_data_is_masked() -> None:
    made = stage(ONE_WAY.replace("from: crm.note}", "from: crm.note, pii: true}"))
    quarrel(made, insist(made, 1, "theirs"))
    message = str(the_hold(made).detail["message"])
    assert "theirs" not in message
    assert "ours" not in message
    assert "(masked)" in message


def test_t07_what_is_counted_stands_in_the_audit_log() -> None:
    made = stage(ONE_WAY)
    quarrel(made, insist(made, 1, "theirs"))
    made.thaw()
    assert made.sound()
    with made.database.read() as tx:
        thawed = [payload for kind, payload in entries(tx) if kind == "thawed"]
    assert [(one["rule"], one["who"]) for one in thawed] == [("books.note", "ann")]


def entries(tx: Connection) -> list[tuple[str, dict[str, object]]]:
    rows = tx.execute(select(audit.c.kind, audit.c.payload).order_by(audit.c.seq))
    return [(row.kind, json.loads(row.payload)) for row in rows]


def test_t07_an_answer_puts_back_one_edit_and_the_next_one_is_asked_about() -> None:
    made = stage(ONE_WAY.replace("{books: note, from: crm.note}", "{books: note, from: crm.note, drift: review}"))
    rewrite = insist(made, 1, "robot")
    for number in range(1, 6):
        rewrite()
        made.run()
        (asked,) = made.reviews()
        assert made.rows(1)[0].record["note"] == "robot"
        assert made.writes(1, "note") == 1 + number, "the two creates, and one restored for each answer"
        made.answer(asked.id, "restore")
        made.run()
        assert made.rows(1)[0].record["note"] == "ours"
    rewrite()
    for _ in range(3):
        made.run()
    assert made.rows(1)[0].record["note"] == "robot", "nobody has answered the last question"


def test_sx22_a_conflict_that_comes_back_with_the_same_values_is_asked_about_again() -> None:
    made = stage(PAIR)
    for _ in range(2):
        made.edit(0, made.rows(0)[0].id, note="Leeds")
        made.edit(1, made.rows(1)[0].id, note="Hull")
        made.run()
        (asked,) = made.reviews()
        assert made.rows(1)[0].record["note"] == "Hull"
        made.answer(asked.id, "crm")
        made.run()
        assert made.rows(1)[0].record["note"] == "Leeds"
        made.edit(0, made.rows(0)[0].id, note="York")
        made.run()
        assert made.rows(1)[0].record["note"] == "York"
