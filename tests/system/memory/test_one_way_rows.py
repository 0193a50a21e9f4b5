"""Rows of a one-way list that somebody removes in the target: `drift` says what then, every time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from system.memory.stage import KEYED, LINES, Stage, thing
from tieout.model import Value
from tieout.store.replay import differences, replay, stored
from tieout.testing.memory import Traits

ROUNDS = 6


def stage(drift: str) -> Stage:
    types = (
        thing("code", "Rows.Id", "Rows.Text", children={"Rows": "Id"}),
        thing("code", "Lines.LineID", "Lines.Text", children={"Lines": "LineID"}),
    )
    made = Stage(LINES.replace("drift: restore", f"drift: {drift}"), types)
    made.add(0, {"code": "k", "Rows": [{"Text": "one"}, {"Text": "two"}]})
    made.run()
    assert texts(made) == ["one", "two"]
    return made


def rows(made: Stage, end: int) -> list[dict[str, Value]]:
    found = cast("list[Mapping[str, Value]]", made.record(end)[("Rows", "Lines")[end]])
    return [dict(row) for row in found]


def texts(made: Stage) -> list[Value]:
    return [row["Text"] for row in rows(made, 1)]


def put(made: Stage, end: int, kept: list[dict[str, Value]], *, by: str = "ann") -> None:
    made.systems[end].edit(made.rows(end)[0].id, {("Rows", "Lines")[end]: kept}, by=by)


def consistent(made: Stage) -> bool:
    with made.database.read() as tx:
        return not list(differences(replay(tx), stored(tx)))


def test_a_row_that_is_left_removed_stays_so_when_other_rows_change() -> None:
    made = stage("keep")
    put(made, 1, rows(made, 1)[1:])
    made.run()
    one, two = rows(made, 0)
    put(made, 0, [one, {**two, "Text": "second"}])
    made.run()
    made.run()
    assert texts(made) == ["second"]
    assert consistent(made)


def test_t07_a_row_that_is_removed_again_and_again_freezes_and_the_rest_goes_on() -> None:
    made = stage("restore")
    for _ in range(ROUNDS):
        put(made, 1, [row for row in rows(made, 1) if row["Text"] != "one"], by="flow")
        made.run()
    assert texts(made) == ["two"]
    (held,) = made.holds()
    assert held.code == "frozen"
    assert "flow in books" in str(held.detail["message"])
    put(made, 0, [*rows(made, 0), {"Text": "three"}])
    made.run()
    made.run()
    assert texts(made) == ["two", "three"]
    assert [one.code for one in made.holds()] == ["frozen"]
    made.thaw()
    made.run()
    assert texts(made) == ["one", "two", "three"]
    assert made.holds() == []
    assert consistent(made)


def test_a_row_that_is_removed_now_and_then_is_restored_each_time() -> None:
    made = stage("restore")
    for number in range(ROUNDS):
        put(made, 1, rows(made, 1)[1:])
        made.run()
        one, two = rows(made, 0)
        put(made, 0, [{**one, "Text": f"one {number}"}, two])
        made.run()
        assert texts(made) == [f"one {number}", "two"]
    assert made.holds() == []


def test_the_last_row_of_the_source_takes_the_last_row_of_the_target_with_it() -> None:
    made = stage("restore")
    put(made, 0, [])
    made.run()
    assert rows(made, 1) == []


PERSONAL = (
    KEYED
    + """\
lists:
  - books: People
    from: crm.Contacts
    key: {crm: Mail, books: Email}
    drift: review
    extra: review
    fields:
      - {books: Email, from: crm.Mail, pii: true}
      - {books: FullName, from: crm.Name}
"""
)


def test_rows_that_are_known_by_personal_data_are_named_by_what_says_nothing() -> None:
    first = thing("code", "Contacts.Mail", "Contacts.Name", children={"Contacts": None})
    second = thing("code", "People.Email", "People.FullName", children={"People": None})
    made = Stage(PERSONAL, (first, second))
    made.add(0, {"code": "k", "Contacts": [{"Mail": "ann@x", "Name": "ann"}, {"Mail": "ben@x", "Name": "ben"}]})
    made.run()
    extra: dict[str, Value] = {"Email": "eve@x", "FullName": "eve"}
    kept: list[Value] = [{"Email": "ben@x", "FullName": "benno"}, extra]
    made.systems[1].edit(made.rows(1)[0].id, {"People": kept}, by="ann")
    made.run()
    asked = made.reviews()
    assert len(asked) == 3
    assert not [one for one in asked if "@x" in f"{one.rule} {one.question}"]
    for one in asked:
        choices = cast("Mapping[str, Value]", one.question["choices"])
        made.answer(one.id, next((word for word in ("restore", "remove") if word in choices), min(choices)))
    made.run()
    assert made.reviews() == []
    assert {row["Email"] for row in cast("list[Mapping[str, Value]]", made.record(1)["People"])} == {"ann@x", "ben@x"}


def test_law1_a_row_that_is_stored_as_it_was_is_held_and_not_sent_for_ever() -> None:
    types = (
        thing("code", "Rows.Id", "Rows.Text", children={"Rows": "Id"}),
        thing("code", "Lines.LineID", "Lines.Text", children={"Lines": "LineID"}),
    )
    plain = Traits(answers=False, names_author=False, spelling={"Lines.Text": str.upper})
    lists = LINES.replace("drift: restore", "drift: review")
    made = Stage(lists, types, traits=(Traits(), plain))
    made.add(0, {"code": "k", "Rows": [{"Text": "one"}]})
    made.run()
    made.run()
    for asked in made.reviews():
        made.answer(asked.id, "restore")
    made.run()
    for _ in range(4):
        assert made.run().passes[-1].planning.wire == 0
    assert texts(made) == ["ONE"]
    assert [hold.code for hold in made.holds()] == ["not-stored"]
    assert consistent(made)
