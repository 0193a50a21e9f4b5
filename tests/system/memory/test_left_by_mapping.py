"""A record that leaves the scope because the mapping changed is a question, and stays one (LANGUAGE §6)."""

from __future__ import annotations

import pytest

from system.memory.stage import KEYED, Stage, thing

SCOPED = (
    KEYED.replace("object: Thing}", "object: Thing, where: \"crm.name != 'out'\"}", 1).replace(
        "create: {books: always}", "create: {books: always}\nleave: {books: {do: delete}}"
    )
    + "  - {crm: name, books: name}\n"
)


@pytest.fixture
def stage() -> Stage:
    """Two linked records, of which another text of the mapping leaves out one."""
    made = Stage(SCOPED, (thing("code", "name"), thing("code", "name")))
    made.add(0, {"code": "1", "name": "Acme"})
    made.add(0, {"code": "2", "name": "Bolt"})
    made.run()
    made.use(SCOPED.replace("!= 'out'", "!= 'Bolt'"))
    made.run()
    return made


def there(stage: Stage) -> set[object]:
    return {row.record["name"] for row in stage.rows(1)}


def test_nothing_is_deleted_while_the_question_is_open(stage: Stage) -> None:
    for _ in range(3):
        stage.run()
    assert there(stage) == {"Acme", "Bolt"}
    assert [review.kind for review in stage.reviews()] == ["delete"]


def test_another_value_is_another_question_and_no_yes(stage: Stage) -> None:
    first = stage.reviews()[0].id
    stage.edit(1, next(row.id for row in stage.rows(1) if row.record["name"] == "Bolt"), code="22")
    stage.run()
    stage.run()
    assert there(stage) == {"Acme", "Bolt"}
    assert [review.id for review in stage.reviews()] != [first]


@pytest.mark.parametrize(("answer", "left"), [("yes", {"Acme"}), ("no", {"Acme", "Bolt"})])
def test_the_answer_is_followed(stage: Stage, answer: str, left: set[object]) -> None:
    stage.answer(stage.reviews()[0].id, answer)
    stage.run()
    stage.run()
    assert there(stage) == left
    assert stage.reviews() == []


def test_a_record_that_leaves_by_its_own_values_is_deleted_as_the_policy_says(stage: Stage) -> None:
    acme = next(row.id for row in stage.rows(0) if row.record["name"] == "Acme")
    stage.use(SCOPED)
    stage.run()
    assert stage.reviews() == [], "both are in scope again"
    stage.edit(0, acme, name="out")
    stage.run()
    assert there(stage) == {"Bolt"}
