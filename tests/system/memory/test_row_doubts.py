"""A write of a list that goes both ways is not answered, and somebody edits its rows before anyone can look."""

from __future__ import annotations

import pytest

from system.memory.lossy import Fate, LossyStage
from system.memory.stage import nothing
from system.memory.test_both_lists import NAMES, SHAPES, Shape, person, put, rest, rows, settle, told, types
from tieout.store import journal
from tieout.store.standing import Review

STORY = ("ann@x", "ben@x", "cem@x")
HERE, THERE = (0, 1)


def pair_of(name: str) -> LossyStage:
    """Two linked records with three rows each; conflicts are books'."""
    shape: Shape = SHAPES[name]
    mapping = shape.mapping("    conflict: books\n").replace("FullName}", "FullName, conflict: books}")
    made = LossyStage(mapping, types(shape), traits=shape.traits, rules=(nothing, nothing))
    made.add(HERE, {"code": "k1", "Contacts": [person(HERE, mail, mail[:3]) for mail in STORY]})
    made.run()
    rest(made)
    return made


def run_unanswered(made: LossyStage, fate: Fate) -> None:
    made.weather.forecast = lambda: fate
    made.run()
    made.weather.forecast = lambda: Fate.ANSWERED


def change(made: LossyStage, end: int, mail: str, path: int, value: str) -> None:
    put(made, end, [{**row, NAMES[end][path]: value} if row[NAMES[end][1]] == mail else row for row in rows(made, end)])


def asked(made: LossyStage) -> Review:
    (review,) = made.reviews()
    return review


def new_row_edited_unseen(name: str) -> LossyStage:
    """A row was added by a write that was done, its answer lost; then somebody changed it there."""
    made = pair_of(name)
    put(made, HERE, [*rows(made, HERE), person(HERE, "dee@x", "dee")])
    run_unanswered(made, Fate.DONE)
    change(made, THERE, "dee@x", 2, "deirdre")
    made.run()
    return made


@pytest.mark.parametrize("name", ["row ids", "row ids, bare answers", "replaced with new ids"])
def test_a_new_row_that_was_edited_before_anyone_saw_it_is_asked_about(name: str) -> None:
    made = new_row_edited_unseen(name)
    assert told(made, HERE) == {*((mail, mail[:3]) for mail in STORY), ("dee@x", "dee")}, "no twin comes back"
    choices = asked(made).question["choices"]
    assert isinstance(choices, dict)
    assert set(choices) == {"pair", "follow", "keep"}
    made.answer(asked(made).id, "pair")
    made.run()
    assert '"dee" and books.FullName is "deirdre"' in str(asked(made).question["text"])
    made.answer(asked(made).id, "books")
    settle(made)
    assert told(made, HERE) == {*((mail, mail[:3]) for mail in STORY), ("dee@x", "deirdre")}
    assert made.reviews() == []


def test_new_rows_that_are_none_of_those_sent_are_added_once_a_person_says_so() -> None:
    made = pair_of("row ids")
    put(made, HERE, [*rows(made, HERE), person(HERE, "dee@x", "dee")])
    run_unanswered(made, Fate.NOT_DONE)
    put(made, THERE, [*rows(made, THERE), person(THERE, "eve@x", "eve")])
    made.run()
    assert "eve" not in str(rows(made, HERE))
    made.answer(asked(made).id, "follow")
    settle(made)
    assert told(made, HERE) == {*((mail, mail[:3]) for mail in STORY), ("dee@x", "dee"), ("eve@x", "eve")}


def test_lists_can_be_left_as_they_are() -> None:
    made = new_row_edited_unseen("row ids")
    made.answer(asked(made).id, "keep")
    rest(made)
    assert ("dee@x", "dee") in told(made, HERE)
    assert ("dee@x", "deirdre") in told(made, THERE)


def test_rows_that_are_made_alike_by_hand_are_known_again() -> None:
    made = new_row_edited_unseen("row ids")
    change(made, HERE, "dee@x", 2, "deirdre")
    settle(made)
    assert made.reviews() == []
    change(made, HERE, "dee@x", 2, "dee")
    settle(made)
    assert ("dee@x", "dee") in told(made, THERE)


def test_rows_with_new_ids_are_known_by_what_was_sent_and_the_one_that_is_not_is_asked_about() -> None:
    made = pair_of("replaced with new ids")
    change(made, HERE, "ann@x", 2, "anna")
    change(made, HERE, "ben@x", 2, "benno")
    run_unanswered(made, Fate.DONE)
    change(made, THERE, "ann@x", 1, "anna@x")
    made.run()
    assert "1 rows of books may be among 1 of crm" in str(asked(made).question["text"])
    made.answer(asked(made).id, "pair")
    settle(made)
    assert told(made, HERE) == {("anna@x", "anna"), ("ben@x", "benno"), ("cem@x", "cem")}


def test_a_write_that_never_arrived_is_no_removal_that_was_done() -> None:
    made = pair_of("no row ids")
    put(made, HERE, rows(made, HERE)[1:])
    run_unanswered(made, Fate.NOT_DONE)
    settle(made)
    assert told(made, THERE) == {("ben@x", "ben"), ("cem@x", "cem")}


def test_the_other_side_is_not_written_while_the_first_is_unsettled() -> None:
    made = pair_of("both replaced")
    change(made, HERE, "ann@x", 2, "anna")
    change(made, THERE, "ben@x", 2, "benno")
    run_unanswered(made, Fate.LATE)
    with made.database.read() as tx:
        assert len(journal.unsettled(tx)) == 1
    made.weather.land()
    settle(made)
    assert told(made, HERE) == {("ann@x", "anna"), ("ben@x", "benno"), ("cem@x", "cem")}
    assert [made.holds(), made.reviews()] == [[], []]
