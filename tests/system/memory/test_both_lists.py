"""Lists that go both ways between two systems whose lists can be written: with row ids, without, and replacing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import pytest

from system.memory.stage import Stage, thing
from tieout.model import ObjectType, Value
from tieout.store.replay import differences, replay, stored
from tieout.testing.memory import Traits

HEAD = """\
mapping: things
version: 1
between:
  crm: {connection: salesforce, object: Thing}
  books: {connection: xero, object: Thing}
match:
  - {crm: code, books: code}
create: {crm: always, books: always}
fields:
  - {crm: code, books: code}
lists:
  - crm: Contacts
    books: People
"""
FIELDS = """\
    fields:
      - {crm: Mail, books: Email}
      - {crm: Name, books: FullName}
"""
OWN = "{crm: Id, books: PersonID}"
NATURAL = "{crm: Mail, books: Email}"
MIXED = "{crm: Id, books: Email}"


@dataclass(frozen=True)
class Shape:
    """How the two systems know their rows, and the mapping that goes with it."""

    key: str
    ids: tuple[str | None, str | None]
    traits: tuple[Traits, Traits] = (Traits(), Traits())
    fields: str = FIELDS

    def mapping(self, more: str = "") -> str:
        return f"{HEAD}    key: {self.key}\n{more}{self.fields}"


SHAPES = {
    "row ids": Shape(OWN, ("Id", "PersonID")),
    "row ids, bare answers": Shape(
        OWN, ("Id", "PersonID"), (Traits(answers=False, names_author=False), Traits(answers=False, names_author=False))
    ),
    "no row ids": Shape(NATURAL, (None, None)),
    "row ids on one side": Shape(MIXED, ("Id", None)),
    "replaced with new ids": Shape(OWN, ("Id", "PersonID"), (Traits(), Traits(renumbers=True))),
    "both replaced": Shape(OWN, ("Id", "PersonID"), (Traits(renumbers=True), Traits(renumbers=True, answers=False))),
}
SHOUTING = Shape(OWN, ("Id", "PersonID"), (Traits(), Traits(renumbers=True, spelling={"People.FullName": str.upper})))
NAMES = (("Contacts", "Mail", "Name"), ("People", "Email", "FullName"))


def types(shape: Shape) -> tuple[ObjectType, ObjectType]:
    made = []
    for (path, *inner), id_ in zip(NAMES, shape.ids, strict=True):
        rows = [f"{path}.{name}" for name in (*inner, "Note", *([id_] if id_ else []))]
        made.append(thing("code", *rows, children={path: id_}))
    return made[0], made[1]


def stage(shape: Shape, more: str = "") -> Stage:
    return Stage(shape.mapping(more), types(shape), traits=shape.traits)


def rows(made: Stage, end: int) -> list[dict[str, Value]]:
    found = made.record(end)[NAMES[end][0]]
    return [dict(row) for row in cast("list[Mapping[str, Value]]", found)]


def told(made: Stage, end: int) -> set[tuple[Value, Value]]:
    """Give what people see of the rows of one side, in no order, whatever their case."""
    _, mail, name = NAMES[end]
    found = [(row[mail], str(row[name]).lower()) for row in rows(made, end)]
    assert len(set(found)) == len(found), f"twins: {found}"
    return set(found)


def put(made: Stage, end: int, kept: list[dict[str, Value]]) -> None:
    made.systems[end].edit(made.rows(end)[0].id, {NAMES[end][0]: kept}, by="ann")


def person(end: int, mail: str, name: str) -> dict[str, Value]:
    return dict(zip(NAMES[end][1:], (mail, name), strict=True))


def pair_of(shape: Shape, more: str = "") -> Stage:
    """Two linked records with three rows each, known to each other."""
    made = stage(shape, more)
    people = [person(0, f"{name}@x", name) for name in ("ann", "ben", "cem")]
    made.add(0, {"code": "k1", "Contacts": people})
    made.run()
    assert told(made, 0) == told(made, 1) == {("ann@x", "ann"), ("ben@x", "ben"), ("cem@x", "cem")}
    rest(made)
    return made


def rest(made: Stage) -> None:
    """Nothing is left to do, and the log tells what the tables hold."""
    before = [len(system.history) for system in made.systems]
    report = made.run()
    assert [len(system.history) for system in made.systems] == before, "nothing more is written"
    assert report.converged
    with made.database.read() as tx:
        assert list(differences(replay(tx), stored(tx))) == []


def settle(made: Stage) -> None:
    for _ in range(2):
        made.run()
    assert told(made, 0) == told(made, 1)
    rest(made)


@pytest.fixture(params=list(SHAPES))
def shape(request: pytest.FixtureRequest) -> Shape:
    return SHAPES[request.param]


@pytest.mark.parametrize("end", [0, 1])
def test_a_row_that_is_added_is_added_on_the_other_side(shape: Shape, end: int) -> None:
    made = pair_of(shape)
    put(made, end, [*rows(made, end), person(end, "dee@x", "dee")])
    settle(made)
    assert ("dee@x", "dee") in told(made, 1 - end)
    assert made.holds() == []


@pytest.mark.parametrize("end", [0, 1])
def test_a_row_that_is_removed_is_removed_on_the_other_side(shape: Shape, end: int) -> None:
    made = pair_of(shape)
    put(made, end, rows(made, end)[1:])
    settle(made)
    assert told(made, 1 - end) == {("ben@x", "ben"), ("cem@x", "cem")}


@pytest.mark.parametrize("end", [0, 1])
def test_the_last_rows_can_go_too(shape: Shape, end: int) -> None:
    made = pair_of(shape)
    put(made, end, [])
    settle(made)
    assert told(made, 1 - end) == set()
    put(made, end, [person(end, "dee@x", "dee")])
    settle(made)
    assert told(made, 1 - end) == {("dee@x", "dee")}


@pytest.mark.parametrize("end", [0, 1])
def test_an_edited_row_travels(shape: Shape, end: int) -> None:
    made = pair_of(shape)
    first, *others = rows(made, end)
    put(made, end, [*others, {**first, NAMES[end][2]: "anna"}])
    settle(made)
    assert ("ann@x", "anna") in told(made, 1 - end)


def test_all_at_once_on_both_sides(shape: Shape) -> None:
    made = pair_of(shape)
    ann, ben, cem = rows(made, 0)
    put(made, 0, [{**ann, "Name": "anna"}, cem, person(0, "dee@x", "dee")])
    there = {str(row["Email"]): row for row in rows(made, 1)}
    put(made, 1, [there["ann@x"], there["ben@x"], {**there["cem@x"], "FullName": "cemal"}, person(1, "eve@x", "eve")])
    assert ben["Name"] == "ben"
    settle(made)
    wanted = {("ann@x", "anna"), ("cem@x", "cemal"), ("dee@x", "dee"), ("eve@x", "eve")}
    assert told(made, 0) == told(made, 1) == wanted


def test_what_only_one_side_knows_of_a_row_stays(shape: Shape) -> None:
    made = pair_of(shape)
    put(made, 1, [{**row, "Note": f"note of {row['Email']}"} for row in rows(made, 1)])
    put(made, 0, [*rows(made, 0), person(0, "dee@x", "dee")])
    settle(made)
    notes = {row["Email"]: row["Note"] for row in rows(made, 1) if row.get("Note")}
    assert notes == {mail: f"note of {mail}" for mail in ("ann@x", "ben@x", "cem@x")}


def test_rows_keep_their_ids() -> None:
    made = pair_of(SHAPES["row ids"])
    before = [
        {row["Email"]: row["PersonID"] for row in rows(made, 1)},
        {row["Mail"]: row["Id"] for row in rows(made, 0)},
    ]
    put(made, 0, [*rows(made, 0), person(0, "dee@x", "dee")])
    settle(made)
    after = [
        {row["Email"]: row["PersonID"] for row in rows(made, 1)},
        {row["Mail"]: row["Id"] for row in rows(made, 0)},
    ]
    assert after[0].items() >= before[0].items()
    assert after[1].items() >= before[1].items()


@pytest.mark.parametrize("winner", ["crm", "books", "union", "review"])
def test_removed_here_and_edited_there_is_the_lists_conflict(winner: str) -> None:
    own = Shape(OWN, ("Id", "PersonID"), fields=FIELDS.replace("}", ", conflict: review}"))
    made = pair_of(own, f"    conflict: {winner}\n")
    put(made, 0, rows(made, 0)[1:])
    first, *others = rows(made, 1)
    put(made, 1, [{**first, "FullName": "anna"}, *others])
    made.run()
    if winner == "review":
        (asked,) = made.reviews()
        assert "removed in crm and edited in books" in str(asked.question["text"])
        made.answer(asked.id, "keep")
    settle(made)
    assert (("ann@x", "anna") in told(made, 0)) == (winner != "crm")
    assert made.reviews() == []


def test_a_row_both_removed_and_edited_can_be_removed_by_a_person() -> None:
    made = pair_of(SHAPES["row ids"])
    put(made, 1, rows(made, 1)[1:])
    first, *others = rows(made, 0)
    put(made, 0, [{**first, "Name": "anna"}, *others])
    made.run()
    (asked,) = made.reviews()
    made.answer(asked.id, "remove")
    settle(made)
    assert told(made, 0) == {("ben@x", "ben"), ("cem@x", "cem")}


def test_a_field_that_both_changed_is_asked_and_the_rest_of_the_list_goes_on() -> None:
    made = pair_of(SHAPES["row ids"])
    for end in (0, 1):
        first, *others = rows(made, end)
        put(made, end, [{**first, NAMES[end][2]: f"ann {end}"}, *others, person(end, f"new{end}@x", f"new{end}")])
    made.run()
    (asked,) = made.reviews()
    assert ("new0@x", "new0") in told(made, 1)
    assert ("new1@x", "new1") in told(made, 0)
    made.answer(asked.id, "books")
    settle(made)
    assert ("ann@x", "ann 1") in told(made, 0)


def test_sx22_a_conflict_in_a_row_that_comes_back_with_the_same_values_is_asked_about_again() -> None:
    made = pair_of(SHAPES["row ids"])
    for _ in range(5):  # more often than a field may be put back by rules alone
        _name_the_first(made, 0, "leeds")
        _name_the_first(made, 1, "hull")
        made.run()
        (asked,) = made.reviews()
        assert ("ann@x", "hull") in told(made, 1)
        made.answer(asked.id, "crm")
        made.run()
        assert ("ann@x", "leeds") in told(made, 1)
        _name_the_first(made, 0, "york")
        made.run()
        assert ("ann@x", "york") in told(made, 1)
    assert made.holds() == []
    settle(made)


def _name_the_first(made: Stage, end: int, name: str) -> None:
    first, *others = rows(made, end)
    put(made, end, [{**first, NAMES[end][2]: name}, *others])


@pytest.mark.parametrize("answer", ["remove", "keep"])
def test_sx22_a_row_that_is_removed_and_edited_once_more_is_asked_about_once_more(answer: str) -> None:
    made = pair_of(SHAPES["no row ids"])
    for _ in range(2):
        kept = rows(made, 0)
        put(made, 1, [row for row in rows(made, 1) if row["Email"] != "ann@x"])
        _name_the_first(made, 0, "anna")
        made.run()
        (asked,) = made.reviews()
        made.answer(asked.id, answer)
        made.run()
        assert (("ann@x", "anna") in told(made, 0), ("ann@x", "anna") in told(made, 1)) == (answer == "keep",) * 2
        put(made, 0, kept)
        made.run()
        assert ("ann@x", "ann") in told(made, 1)
    settle(made)


def test_records_that_are_linked_pair_rows_by_content_and_ask_about_strangers_on_both_sides() -> None:
    made = stage(SHAPES["row ids"])
    made.add(0, {"code": "k1", "Contacts": [person(0, "ann@x", "ann"), person(0, "ben@x", "ben")]})
    made.add(1, {"code": "k1", "People": [person(1, "cem@x", "cem"), person(1, "ann@x", "ann")]})
    made.run()
    (asked,) = made.reviews()
    assert "1 rows of crm and 1 rows of books" in str(asked.question["text"])
    assert told(made, 0) == {("ann@x", "ann"), ("ben@x", "ben")}
    made.answer(asked.id, "add")
    settle(made)
    assert told(made, 0) == {("ann@x", "ann"), ("ben@x", "ben"), ("cem@x", "cem")}


def test_records_that_are_linked_pair_rows_by_a_natural_key() -> None:
    made = stage(SHAPES["no row ids"], "    conflict: crm\n")
    made.add(0, {"code": "k1", "Contacts": [person(0, "ann@x", "ann"), person(0, "ben@x", "ben")]})
    made.add(1, {"code": "k1", "People": [person(1, "cem@x", "cem"), person(1, "ann@x", "")]})
    made.run()
    settle(made)
    assert told(made, 0) == {("ann@x", "ann"), ("ben@x", "ben"), ("cem@x", "cem")}


def test_equal_natural_keys_are_told_apart_by_their_order() -> None:
    made = stage(SHAPES["no row ids"])
    twins = [person(0, "shop@x", "ann"), person(0, "shop@x", "ben")]
    made.add(0, {"code": "k1", "Contacts": twins})
    made.run()
    assert told(made, 1) == {("shop@x", "ann"), ("shop@x", "ben")}
    rest(made)
    put(made, 1, rows(made, 1)[:1])
    settle(made)
    assert told(made, 0) == {("shop@x", "ann")}


def test_a_row_outside_where_and_one_without_a_key_stay_where_they_are() -> None:
    made = stage(SHAPES["no row ids"], "    where: crm.Name != 'secret' && books.FullName != 'secret'\n")
    made.add(0, {"code": "k1", "Contacts": [person(0, "ann@x", "ann"), person(0, "s@x", "secret"), {"Name": "nobody"}]})
    made.run()
    assert told(made, 1) == {("ann@x", "ann")}
    put(made, 1, [*rows(made, 1), person(1, "t@x", "secret"), person(1, "ben@x", "ben")])
    made.run()
    assert [row["Name"] for row in rows(made, 0)] == ["ann", "secret", "nobody", "ben"]
    rest(made)


def test_a_list_that_is_ignored_is_held_and_nothing_comes_back() -> None:
    shape = SHAPES["row ids"]
    made = pair_of(replace(shape, traits=(Traits(), Traits(ignored=frozenset({"People"})))))
    made.systems[1].stick(made.rows(1)[0].id, stuck=True, by="ann")
    put(made, 0, [rows(made, 0)[0], *rows(made, 0)[2:]])
    made.run()
    (held,) = made.holds()
    assert held.code == "not-stored"
    assert told(made, 0) == {("ann@x", "ann"), ("cem@x", "cem")}, "what was removed does not come back"
    rest(made)


def test_a_row_that_somebody_changes_before_the_write_makes_it_stale_and_is_not_lost() -> None:
    made = pair_of(SHAPES["row ids"])
    put(made, 0, [*rows(made, 0), person(0, "dee@x", "dee")])
    first, *others = rows(made, 1)
    made.meanwhile(1, lambda: put(made, 1, [{**first, "FullName": "anna"}, *others]))
    settle(made)
    assert {("ann@x", "anna"), ("dee@x", "dee")} <= told(made, 0)


def test_one_new_row_that_is_spelt_otherwise_is_known_by_its_place() -> None:
    made = stage(SHOUTING)
    made.add(0, {"code": "k1", "Contacts": [person(0, "ann@x", "ann")]})
    made.run()
    settle(made)
    put(made, 0, [*rows(made, 0), person(0, "ben@x", "ben")])
    settle(made)
    assert made.holds() == []
    put(made, 0, rows(made, 0)[1:])
    settle(made)
    assert told(made, 1) == {("ben@x", "ben")}


def test_new_ids_that_content_does_not_tell_apart_are_held() -> None:
    made = stage(SHOUTING)
    made.add(0, {"code": "k1", "Contacts": [person(0, "ann@x", "ann"), person(0, "ben@x", "ben")]})
    made.run()
    made.run()
    assert [row["Name"] for row in rows(made, 0)] == ["ann", "ben"], "no twin comes back"
    assert [row["FullName"] for row in rows(made, 1)] == ["ANN", "BEN"]
    assert [str(asked.kind) for asked in made.reviews()] == ["list"]


def test_a_personal_key_is_masked_wherever_people_read() -> None:
    hidden = FIELDS.replace("{crm: Mail, books: Email}", "{crm: Mail, books: Email, pii: true}")
    made = pair_of(Shape(NATURAL, (None, None), fields=hidden))
    for end in (0, 1):
        first, *others = rows(made, end)
        put(made, end, [{**first, NAMES[end][2]: f"ann {end}"}, *others])
    put(made, 0, [row for row in rows(made, 0) if row["Mail"] != "ben@x"])
    put(made, 1, [{**row, "FullName": "benno"} if row["Email"] == "ben@x" else row for row in rows(made, 1)])
    made.run()
    asked = made.reviews()
    assert len(asked) == 2
    assert not [one for one in asked if "@x" in f"{one.rule} {one.question}"]
    made.answer(next(one.id for one in asked if one.kind == "conflict"), "crm")
    assert made.run().converged
    assert "ann 0" in made.shown()
    assert "@x" not in made.shown()
    assert ("ann@x", "ann 0") in told(made, 1)
