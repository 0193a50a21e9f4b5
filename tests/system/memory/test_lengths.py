"""A text that its field cannot keep is held when it is planned: nobody waits for the system's refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from system.memory.stage import KEYED, THINGS, Stage, thing
from tieout.model import Field, Kind, ObjectType
from tieout.testing.memory import Traits

LIMIT = 50
ROWS = """\
lists:
  - books: rows
    from: crm.rows
    key: {crm: Id, books: Id}
    fields:
      - {books: text, from: crm.text}
"""


def short(path: str, *paths: str, **more: object) -> ObjectType:
    """An object one of whose texts keeps fifty characters."""
    made = thing(*paths, **more)  # type: ignore[arg-type]  # as it takes them
    return replace(made, fields={**made.fields, path: Field(path, Kind.TEXT, length=LIMIT)})


@pytest.mark.parametrize("mapping", [THINGS, KEYED + "  - {books: name, from: crm.name}\n"])
def test_px12_a_text_that_is_too_long_is_held_and_not_sent(mapping: str) -> None:
    made = Stage(mapping, (thing("code", "name"), short("name", "code", "name")), traits=(Traits(), Traits()))
    long = made.add(0, {"code": "k", "name": "x" * (LIMIT + 2)})
    made.run()
    (held,) = made.holds()
    assert (made.rows(1), held.code) == ([], "too-long")
    assert "books.name keeps 50 characters, and this has 52" in str(held.detail["message"])
    assert "shorten the text in its record" in str(held.detail["ways_out"])
    made.edit(0, long, name="x" * LIMIT)
    made.run()
    assert (made.record(1)["name"], made.holds()) == ("x" * LIMIT, [])


def test_px12_a_change_that_becomes_too_long_is_held_and_the_rest_goes_on() -> None:
    made = Stage(THINGS + "  - {crm: other, books: other}\n", (
        thing("code", "name", "other"), short("name", "code", "name", "other")))  # fmt: skip
    one = made.add(0, {"code": "k", "name": "short", "other": "a"})
    made.run()
    made.edit(0, one, name="x" * (LIMIT + 1), other="b")
    made.run()
    assert (made.record(1)["name"], made.record(1)["other"]) == ("short", "b")
    assert [held.code for held in made.holds()] == ["too-long"]


def test_a_row_with_a_text_that_is_too_long_holds_its_list() -> None:
    lists = {"rows": "Id"}
    made = Stage(
        KEYED + ROWS,
        (
            thing("code", "rows.Id", "rows.text", children=lists),
            short("rows.text", "code", "rows.Id", "rows.text", children=lists),
        ),
    )
    made.add(0, {"code": "k", "rows": [{"Id": "1", "text": "x" * (LIMIT + 1)}]})
    made.run()
    (held,) = made.holds()
    assert (made.rows(1), held.code) == ([], "too-long")
    assert "books.rows.text keeps 50 characters, and this has 51" in str(held.detail["message"])
