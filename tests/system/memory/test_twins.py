"""A record that was made for another and went elsewhere still carries its key: to make one more would be a twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from system.memory.stage import BEGIN, THING, THINGS, Stage, thing
from tieout.errors import AnswerLost
from tieout.model import Batch, Deletions, Outcome, Twins
from tieout.store import standing
from tieout.testing.memory_port import MemoryConnection


def archived_twin(deletions: Deletions = Deletions.ABSENCE) -> Stage:
    """What was made for the second record, its answer lost, was archived before it could be linked."""
    made = Stage(THINGS, (thing("code", "name"), thing("code", "name", deletions=deletions)))
    first = made.add(0, {"code": "k1", "name": "Acme"})
    made.run()
    key = made.rows(1)[0].key
    assert key is not None
    second = made.add(0, {"code": "k2", "name": "Brook"})
    lost = made.systems[1].create(THING, {"code": "k2"}, by="tieout", key=key.replace(first, second))
    made.systems[1].archive(lost.id, by="ann")
    return made


def consent(made: Stage) -> None:
    """Answer the one question with yes."""
    (review,) = made.reviews()
    with made.database.write() as tx:
        standing.answer(tx, review.id, chosen="yes", who="ann", why="", now=f"{BEGIN:%Y-%m-%dT%H:%M:%SZ}")


def test_what_was_made_for_a_record_and_went_elsewhere_is_a_question() -> None:
    made = archived_twin()
    assert made.run().new == 1
    (review,) = made.reviews()
    assert review.kind == "create"
    assert "was made for it" in str(review.question["text"])
    assert made.run().endings == {}, "nothing is tried again and again"
    assert len(made.rows(1)) == 1


def test_it_is_made_under_a_key_of_its_own_once_a_person_says_so() -> None:
    made = archived_twin()
    made.run()
    consent(made)
    made.run()
    assert [(row.record["code"], row.key is not None and row.key.endswith(".1")) for row in made.rows(1)] == [
        ("k1", False),
        ("k2", True),
    ]


def test_law2_what_was_made_for_a_record_is_a_question_still_once_it_is_deleted_and_comes_back() -> None:
    made = archived_twin(Deletions.REPORTED)
    made.run()
    lost = next(row.id for row in made.systems[1].of(THING) if row.state == "archived")
    made.systems[1].remove(lost, by="ann")
    made.run()
    (review,) = made.reviews()
    assert "was made for it" in str(review.question["text"])
    made.systems[1].restore(lost, by="ann")
    for _ in range(2):
        made.run()
    assert sorted(str(row.record["code"]) for row in made.rows(1)) == ["k1", "k2"], "each of them once"


class Deaf(MemoryConnection):
    """A system without keys that carries out creates and whose answers do not arrive."""

    def write(self, batch: Batch) -> Sequence[Outcome]:
        super().write(batch)
        raise AnswerLost("books did not answer")


class Unanswered(Stage):
    """Books loses answers while it is `deaf`."""

    deaf = False

    def connection(self, end: int) -> MemoryConnection:
        return (Deaf if self.deaf and end == 1 else MemoryConnection)(self.systems[end])


def test_what_an_unanswered_create_may_have_made_is_no_creation_source() -> None:
    mapping = THINGS.replace("{books: always}", "{books: always, crm: always}")
    books = thing("code", "name", twins=Twins.POSSIBLE, marker=None, horizon=timedelta(minutes=10))
    made = Unanswered(mapping, (thing("code", "name", deletions=Deletions.REPORTED), books))
    first = made.add(0, {"code": "k1", "name": "Acme"})
    made.run()
    consent(made)
    made.run()
    second = made.add(0, {"code": "k2", "name": "Brook"})
    made.run()
    consent(made)
    made.deaf = True
    made.run()
    made.deaf = False
    made.systems[0].remove(first, by="ann", into=second)
    made.run()
    made.run()
    assert [row.id for row in made.rows(0)] == [second], "what was made for it is not made back"
    (hold,) = [hold for hold in made.holds() if hold.code == "unsure"]
    assert second in str(hold.detail["message"])


MATCHED = THINGS.replace("{books: always}", "{books: always, crm: always}")
UNMATCHED = MATCHED.replace("match:\n  - {crm: code, books: code}\n", "")


def doubtful(mapping: str, code: str | None) -> Unanswered:
    """A record was made in books, which keeps no keys, and nobody heard of it; no rule tells it from others."""
    books = thing("code", "name", twins=Twins.POSSIBLE, marker=None, horizon=timedelta(minutes=20))
    made = Unanswered(mapping, (thing("code", "name"), books))
    made.add(0, {"code": code, "name": "Acme"})
    made.run()
    if made.reviews():
        consent(made)
    made.deaf = True
    made.run()
    made.deaf = False
    assert [row.by for row in made.rows(1)] == ["tieout"]
    return made


@pytest.mark.parametrize(("mapping", "code"), [(UNMATCHED, "k1"), (MATCHED, None)])
def test_what_no_rule_tells_from_an_unanswered_create_is_made_back_only_if_a_person_says_so(
    mapping: str, code: str | None
) -> None:
    made = doubtful(mapping, code)
    made.run()
    assert len(made.rows(0)) == 1, "its fate may still be found out"
    made.run()
    made.run()
    assert len(made.rows(0)) == 1
    (review,) = [review for review in made.reviews() if review.scope.startswith("record:1:")]
    assert "may have been made for crm" in str(review.question["text"])
    with made.database.write() as tx:
        standing.answer(tx, review.id, chosen="yes", who="ann", why="", now=f"{BEGIN:%Y-%m-%dT%H:%M:%SZ}")
    made.run()
    made.run()
    assert len(made.rows(0)) == 2


def test_others_go_on_where_a_rule_tells_them_from_an_unanswered_create() -> None:
    made = doubtful(MATCHED, "k1")
    made.add(1, {"code": "k2", "name": "Brook"})
    made.run()
    assert sorted(str(row.record["code"]) for row in made.rows(0)) == ["k1", "k2"]


@pytest.mark.parametrize("id_", ["R1", "7c9e6679-7425-40de-944b-e07fc1f90ae7"])
def test_what_was_made_for_a_record_stays_quietly_when_that_one_is_deleted_and_the_policy_keeps_it(id_: str) -> None:
    mapping = THINGS.replace("{books: always}", "{crm: always}") + "delete: {crm: keep}\n"
    made = Stage(mapping, (thing("code", "name"), thing("code", "name", deletions=Deletions.REPORTED)))
    row = made.systems[1].rows.pop(made.add(1, {"code": "k1", "name": "Acme"}))
    row.id, row.sightings = id_, [(at, replace(seen, id=id_)) for at, seen in row.sightings]
    made.systems[1].rows[id_] = row
    made.run()
    assert [row.record["code"] for row in made.rows(0)] == ["k1"]
    made.systems[1].remove(id_, by="ann")
    made.run()
    made.run()
    assert (made.holds(), made.reviews()) == ([], [])


@pytest.mark.parametrize(("path", "value"), [("scope", "out"), ("code", "k3")])
def test_law2_what_an_open_create_may_have_made_waits_whatever_became_of_its_source(path: str, value: str) -> None:
    scoped = MATCHED.replace("object: Thing}", "object: Thing, where: crm.scope != 'out'}", 1)
    books = thing("code", "name", twins=Twins.POSSIBLE, marker=None, horizon=timedelta(minutes=40))
    made = Unanswered(scoped, (thing("code", "name", "scope"), books))
    made.add(0, {"code": "k1", "name": "Acme", "scope": "in"})
    made.run()
    consent(made)
    made.deaf = True
    made.run()
    made.deaf = False
    assert [row.by for row in made.rows(1)] == ["tieout"]
    made.systems[0].edit(made.rows(0)[0].id, {path: value}, by="ann")
    made.run()
    assert len(made.rows(0)) == 1
    assert len(made.rows(1)) == 1
