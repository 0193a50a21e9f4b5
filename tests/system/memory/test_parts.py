"""`parts`: a record of one side has a partner for each of its parts (LANGUAGE §2; laws 2, 3, 6 and 8 with it)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pytest

from system.memory.lossy import Fate, LossyStage
from system.memory.parted import (
    DEAL,
    PARTS,
    WHOLE,
    active,
    applied,
    consistent,
    days,
    document,
    forget,
    lines,
    looked,
    planned,
    quiet,
    shown,
    staged,
    types,
)
from system.memory.stage import Stage
from tieout.model import Deletions, Twins, Value
from tieout.sync.figures import Selection


def test_sx30_each_part_gets_its_own_document() -> None:
    made = staged()
    assert shown(made) == {"mon": ["a", "c"], "tue": ["b"]}
    assert quiet(made)
    assert consistent(made)


def test_a_part_that_comes_gets_a_document_and_the_others_stay() -> None:
    made = staged()
    before = document(made, "tue")
    days(made, "mon", "tue", "wed")
    made.run()
    assert shown(made) == {"mon": ["a"], "tue": ["b"], "wed": ["c"]}
    assert document(made, "tue") == before
    assert quiet(made)


def test_a_part_that_vanishes_leaves_by_the_policy_and_the_others_stay() -> None:
    made = staged()
    days(made, "mon", "mon", "mon")
    made.run()
    assert shown(made) == {"mon": ["a", "b", "c"]}
    assert quiet(made)
    assert consistent(made)


def test_a_kept_part_rests_and_goes_on_when_it_returns() -> None:
    made = staged(PARTS.replace("leave: {books: {do: delete}}", "leave: {books: keep}"))
    days(made, "mon", "mon", "mon")
    made.run()
    (row,) = made.rows(0)
    made.edit(0, row.id, name="Bolt")
    made.run()
    assert {row.record["code"]: row.record["name"] for row in made.rows(1)} == {"mon": "Bolt", "tue": "Acme"}
    days(made, "mon", "tue", "mon")
    made.run()
    assert {row.record["code"]: row.record["name"] for row in made.rows(1)} == {"mon": "Bolt", "tue": "Bolt"}
    assert quiet(made)


def test_px35_a_document_that_somebody_deletes_is_not_made_again_and_its_sister_stays() -> None:
    made = staged()
    made.systems[1].remove(document(made, "mon"), by="ann")
    looked(made)
    assert active(made) == {"tue"}
    assert shown(made) == {"tue": ["b"]}
    assert [review.question["text"] for review in made.reviews()] == [
        'make Thing in books for crm C1#mon ("Acme")?; an earlier link ended: its partner B1 was deleted'
    ]
    made.answer(made.reviews()[0].id, "yes")
    made.run()
    assert shown(made) == {"tue": ["b"], "mon": ["a", "c"]}
    assert quiet(made)


def test_two_documents_of_one_record_that_are_merged_leave_a_question_about_the_part() -> None:
    made = staged(deletions=Deletions.REPORTED)
    made.systems[1].remove(document(made, "tue"), by="ann", into=document(made, "mon"))
    looked(made)
    assert (shown(made), active(made)) == ({"mon": ["a", "c"]}, {"mon"})
    (asked,) = made.reviews()
    assert asked.question["text"] == (
        'books merged the partner of crm C1#tue ("Acme") into B1, which has a partner of its own'
    )
    made.answer(asked.id, "apart")
    made.run()
    assert quiet(made)


def test_a_record_that_is_deleted_takes_all_its_documents_along() -> None:
    made = staged()
    made.systems[0].remove(made.rows(0)[0].id, by="ann")
    looked(made)
    assert shown(made) == {}
    assert active(made) == set()


def test_what_the_record_shows_comes_from_its_first_part_that_has_a_document() -> None:
    made = staged()
    made.edit(1, document(made, "tue"), note="second")
    made.run()
    assert made.record(0).get("note") is None
    made.edit(1, document(made, "mon"), note="first")
    made.run()
    assert made.record(0)["note"] == "first"
    assert made.writes(0, "note") == 1
    made.systems[1].remove(document(made, "mon"), by="ann")
    looked(made)
    assert made.record(0)["note"] == "second"


def test_parts_that_are_no_texts_hold_the_record_and_nothing_else() -> None:
    made = staged()
    other = made.add(0, {"name": "Bolt", "Rows": [{"Text": "x", "day": "sat"}]})
    first = made.rows(0)[0]
    kept = cast("list[Mapping[str, Value]]", first.record["Rows"])
    made.edit(0, first.id, Rows=[{**one, "day": True} for one in kept])
    made.run()
    assert set(shown(made)) == {"mon", "tue", "sat"}
    assert {hold.code for hold in made.holds()} == {"expression-failed"}
    assert "parts must give a list of texts" in str(made.holds()[0].detail["message"])
    made.edit(0, first.id, Rows=kept)
    made.run()
    assert made.holds() == []
    assert other in {row.id for row in made.rows(0)}


def test_t08_after_the_state_is_lost_each_document_finds_its_part_by_its_key() -> None:
    made = staged()
    before = {row.id for row in made.rows(1)}
    forget(made)
    made.run()
    made.run()
    assert {row.id for row in made.rows(1)} == before
    assert active(made) == {"mon", "tue"}
    assert quiet(made)


def test_t08_without_keys_the_remembered_id_names_the_part() -> None:
    remembering = PARTS.replace("parts:", "remember: {books: memo}\nparts:")
    made = staged(remembering, marker=None, twins=Twins.REFUSED)
    made.run()
    assert {row.record["memo"] for row in made.rows(1)} == {"C1#mon", "C1#tue"}
    before = {row.id for row in made.rows(1)}
    forget(made)
    made.run()
    made.run()
    assert {row.id for row in made.rows(1)} == before
    assert active(made) == {"mon", "tue"}


def test_a_mapping_that_gets_parts_makes_nothing_twice() -> None:
    made = staged(WHOLE)
    (before,) = made.rows(1)
    made.use(PARTS)
    made.run()
    assert document(made, "tue") != before.id
    assert len(made.rows(1)) == 2, "the one that was there stands for the first part"
    assert {tuple(line["Text"] for line in lines(row.record)) for row in made.rows(1)} == {("a", "c"), ("b",)}
    made.run()
    assert quiet(made)


def test_a_document_that_stands_for_a_part_stays_with_it_though_another_part_comes_before_it() -> None:
    made = staged(WHOLE)
    (before,) = made.rows(1)
    made.use(PARTS)
    made.run()
    (row,) = made.rows(0)
    made.edit(0, row.id, Rows=[{"Text": "z", "day": "sun"}, *cast("list[Mapping[str, Value]]", row.record["Rows"])])
    made.run()
    assert {row.id: [line["Text"] for line in lines(row.record)] for row in made.rows(1)} == {
        before.id: ["a", "c"],
        document(made, "tue"): ["b"],
        document(made, "sun"): ["z"],
    }
    days(made, "sun", "sun", "tue", "sun")
    made.run()
    assert active(made) == {"sun", "tue"}, "a part that vanishes leaves: what stood for it goes over to no other"
    assert consistent(made)


def test_a_mapping_that_loses_its_parts_keeps_one_document_and_asks_about_the_others() -> None:
    made = staged()
    made.use(WHOLE)
    made.run()
    assert len(made.rows(1)) == 2
    assert [review.kind for review in made.reviews()] == ["delete"]
    assert "has no part tue any more" in str(made.reviews()[0].question["text"])


@pytest.mark.parametrize("part", ["mon", "tue"])
def test_sx31_one_part_is_asked_for_and_only_that_is_made(part: str) -> None:
    made = Stage(PARTS.replace("create: {books: always}", "create: {books: request}"), types())
    id_ = made.add(0, DEAL)
    made.run()
    assert shown(made) == {}
    digest = planned(made, Selection({"things": [(0, id_)]}, None, "create", parts={("things", 0, id_): {part}}))
    assert shown(made) == {}
    applied(made, digest)
    assert set(shown(made)) == {part}
    made.run()
    assert set(shown(made)) == {part}


@pytest.mark.parametrize("fate", [Fate.DONE, Fate.NOT_DONE, Fate.LATE])
def test_a_lost_answer_makes_no_twin_of_any_part(fate: Fate) -> None:
    made = LossyStage(PARTS, types())
    made.add(0, DEAL)
    made.weather.forecast = lambda: fate
    made.run()
    made.weather.forecast = lambda: Fate.ANSWERED
    made.weather.land()
    for _ in range(3):
        made.now += types()[1].horizon
        made.run()
    assert shown(made) == {"mon": ["a", "c"], "tue": ["b"]}
    assert active(made) == {"mon", "tue"}
    assert consistent(made)


@pytest.mark.parametrize("remembering", [False, True])
def test_t08_after_the_state_is_lost_a_document_of_before_the_parts_finds_the_one_that_it_stood_for(
    *, remembering: bool
) -> None:
    remember = "remember: {books: memo}\n" if remembering else ""
    made = staged(remember + WHOLE)
    made.use(remember + PARTS)
    made.run()
    (row,) = made.rows(0)
    made.edit(0, row.id, Rows=[{"Text": "z", "day": "sun"}, *cast("list[Mapping[str, Value]]", row.record["Rows"])])
    made.run()
    before = {row.id: lines(row.record) for row in made.rows(1)}
    forget(made)
    made.run()
    made.run()
    assert {row.id: lines(row.record) for row in made.rows(1)} == before
    assert active(made) == {"sun", "mon", "tue"}
    assert quiet(made)
