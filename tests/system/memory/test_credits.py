"""A held document is credited and made anew: whatever becomes of the two writes, each is made once (laws 2 and 9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from system.memory.lossy import Fate, LossyStage
from system.memory.parted import applied, consistent, forget, planned
from system.memory.stage import KEYED, VERBS, thing
from tieout.model import Deletions, Field, Kind, Lock, ObjectType, Twins, Verb
from tieout.sync.figures import Selection
from tieout.testing.memory import Row, Traits

CREDITED = (
    KEYED.replace("create: {books: always}", "create: {books: {when: crm.name != 'Lost'}, crm: always}")
    + "  - {crm: name, books: name}\n"
    + "update: {books: hold}\ndelete: {books: hold, crm: keep}\n"
)
NOTE = ObjectType("Credit", {"of": Field("of", Kind.TEXT)}, verbs=VERBS, twins=Twins.FOUND, marker="key", sees_own=True)
DOCUMENT = thing("code", "name", verbs=VERBS | {Verb.CREDIT: 10}, sees_own=True, horizon=timedelta(hours=1))
PAID = Lock("it is paid", ways_out=("credit it",), allows=frozenset({Verb.CREDIT}))


class Killed(BaseException):
    """The process ends."""


def ready(document: ObjectType = DOCUMENT) -> tuple[LossyStage, str]:
    """Give a stage with a paid document whose record has another name since, and that record."""
    types = (thing("code", "name", deletions=Deletions.REPORTED), document)
    made = LossyStage(CREDITED, types, traits=(Traits(), Traits(credits="Credit")), beside={"Credit": NOTE})
    id_ = made.add(0, {"code": "1", "name": "Acme"})
    made.run()
    (row,) = made.rows(1)
    made.systems[1].lock(row.id, PAID, by="bea")
    made.edit(0, id_, name="Bolt")
    made.run()
    return made, id_


def plan(made: LossyStage, id_: str) -> str:
    return planned(made, Selection({"things": [(0, id_)]}, requesting="credit"))


def notes(made: LossyStage) -> list[Row]:
    return [row for row in made.systems[1].of("Credit") if row.state == "live"]


def names(made: LossyStage, end: int = 1) -> list[str]:
    return sorted(str(row.record["name"]) for row in made.rows(end))


def rested(made: LossyStage) -> None:
    for _ in range(3):
        made.now += DOCUMENT.horizon
        made.run()


def forecast(*fates: Fate | Killed) -> Iterator[Fate]:
    """Give the fates of the next writes; all after them are answered."""
    for one in fates:
        if isinstance(one, Killed):
            raise one
        yield one
    while True:
        yield Fate.ANSWERED


def weather(made: LossyStage, *fates: Fate | Killed) -> None:
    coming = forecast(*fates)
    made.weather.forecast = lambda: next(coming)


def test_px34_a_paid_document_is_credited_once_and_made_anew_and_is_nobodys_after_that() -> None:
    made, id_ = ready()
    (old,) = made.rows(1)
    applied(made, plan(made, id_))
    assert ([row.record["of"] for row in notes(made)], names(made)) == ([old.id], ["Acme", "Bolt"])
    rested(made)
    assert (len(notes(made)), names(made), names(made, 0)) == (1, ["Acme", "Bolt"], ["Bolt"])
    assert (made.holds(), made.reviews()) == ([], [])
    made.edit(1, old.id, by="bea", name="Corr")
    made.edit(0, id_, name="Dorn")
    made.run()
    assert names(made, 0) == ["Dorn"], "what people do to the credited document concerns nobody"
    assert consistent(made)
    assert made.sound()


def test_t08_after_the_state_is_lost_the_new_document_and_not_the_credited_one_is_found_by_its_key() -> None:
    made, id_ = ready()
    applied(made, plan(made, id_))
    rested(made)
    forget(made)
    made.use(CREDITED.replace("match:\n  - {crm: code, books: code}\n", ""))
    rested(made)
    made.edit(0, id_, name="Dorn")
    made.run()
    (hold,) = [one for one in made.holds() if one.code == "locked"]
    assert "books B3" in str(hold.detail["message"]), "the new document is the one that is linked"
    assert (len(notes(made)), names(made)) == (1, ["Acme", "Bolt"])


@pytest.mark.parametrize("fate", [Fate.DONE, Fate.NOT_DONE, Fate.LATE])
def test_px34_a_credit_whose_answer_was_lost_is_made_once(fate: Fate) -> None:
    made, id_ = ready()
    weather(made, fate)
    applied(made, plan(made, id_))
    made.run()
    assert names(made) == ["Acme"], "nothing is made anew before it is known what became of the credit"
    made.weather.land()
    rested(made)
    assert (len(notes(made)), names(made)) == (1, ["Acme", "Bolt"])
    assert consistent(made)


@pytest.mark.parametrize("fate", [Killed(), Fate.DONE, Fate.NOT_DONE])
def test_px34_what_comes_between_the_credit_and_the_new_document_has_it_made_later_and_once(
    fate: Fate | Killed,
) -> None:
    made, id_ = ready()
    weather(made, Fate.ANSWERED, fate)
    digest = plan(made, id_)
    if isinstance(fate, Killed):
        with pytest.raises(Killed):
            applied(made, digest)
        weather(made)
    else:
        applied(made, digest)
    assert len(notes(made)) == 1
    rested(made)
    assert (len(notes(made)), names(made), made.reviews()) == (1, ["Acme", "Bolt"], [])
    assert consistent(made)


@pytest.mark.parametrize(("answer", "many"), [("again", 1), ("leave", 0)])
def test_px34_a_credit_that_cannot_be_found_out_is_repeated_only_by_a_person(answer: str, many: int) -> None:
    made, id_ = ready(document=replace(DOCUMENT, twins=Twins.FOUND, sees_own=False))
    weather(made, Fate.NOT_DONE)
    applied(made, plan(made, id_))
    rested(made)
    (asked,) = made.reviews()
    assert (asked.kind, notes(made)) == ("unsure", [])
    made.answer(asked.id, answer)
    rested(made)
    assert len(notes(made)) == many
    assert consistent(made)


@pytest.mark.parametrize("gone", [False, True])
def test_px34_where_the_record_wants_no_document_any_more_it_is_credited_alone(*, gone: bool) -> None:
    made, id_ = ready()
    if gone:
        made.systems[0].remove(id_, by="ann")
    else:
        made.edit(0, id_, name="Lost")
    made.run()
    applied(made, plan(made, id_))
    rested(made)
    assert (len(notes(made)), names(made)) == (1, ["Acme"])
    assert not [hold for hold in made.holds() if hold.code == "removal-held"]


def test_px34_a_credit_that_turned_stale_is_asked_for_anew_and_not_made_once_it_moves_back() -> None:
    made, id_ = ready()
    digest = plan(made, id_)
    (document,) = made.rows(1)
    made.edit(1, document.id, by="bea", name="Corr")
    applied(made, digest)
    assert (notes(made), names(made)) == ([], ["Corr"])
    made.edit(1, document.id, by="bea", name="Acme")
    rested(made)
    assert (notes(made), names(made), made.reviews()) == ([], ["Acme"], []), "it moved back, and nobody asks any more"
    applied(made, plan(made, id_))
    rested(made)
    assert (len(notes(made)), names(made)) == (1, ["Acme", "Bolt"])
    assert consistent(made)


def test_px34_a_credit_of_what_nobody_wanted_is_not_made_later_by_the_approval_of_a_stale_plan() -> None:
    made, id_ = ready()
    made.edit(0, id_, name="Lost")
    made.run()
    digest = plan(made, id_)
    made.edit(0, id_, name="Bolt")
    applied(made, digest)
    assert notes(made) == []
    made.edit(0, id_, name="Lost")
    rested(made)
    assert (notes(made), names(made)) == ([], ["Acme"])


def test_px34_what_stands_in_the_way_of_the_new_document_leaves_the_old_one_as_it_is() -> None:
    made, id_ = ready()
    made.use(CREDITED + "checks:\n  - {that: crm.name != 'Bolt', say: no bolts}\n")
    digest = plan(made, id_)
    applied(made, digest)
    rested(made)
    assert (notes(made), names(made)) == ([], ["Acme"])


def test_px34_a_lock_that_does_not_let_it_be_credited_bars_that() -> None:
    made, id_ = ready()
    (row,) = made.rows(1)
    made.systems[1].lock(row.id, replace(PAID, allows=frozenset()), by="bea")
    made.run()
    applied(made, plan(made, id_))
    assert (notes(made), names(made)) == ([], ["Acme"])
