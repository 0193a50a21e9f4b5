"""New rows of a one-way list that cannot be told after their write: somebody was at the list before it was read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import cast

import pytest

from system.memory.stage import LINES, Stage, thing
from tieout.model import Value
from tieout.store import standing
from tieout.testing.memory import Traits

NATURAL = LINES.replace("      - {books: Text", "      - {books: LineID, from: crm.Id}\n      - {books: Text")
Row = Mapping[str, Value]


def lists(mapping: str = LINES) -> Stage:
    """A deal with two rows and its copy in books, which answers without values; the deal gets a third row."""
    types = (
        thing("code", "Rows.Id", "Rows.Text", children={"Rows": "Id"}),
        thing("code", "Lines.LineID", "Lines.Text", "Lines.Memo", children={"Lines": "LineID"}),
    )
    made = Stage(mapping, types, traits=(Traits(), Traits(answers=False)))
    source = made.add(0, {"code": "k", "Rows": [{"Text": "one"}, {"Text": "two"}]})
    made.run()
    made.run()
    made.systems[0].edit(source, {"Rows": [*rows(made, 0), {"Text": "three"}]}, by="ann")
    return made


def rows(made: Stage, end: int) -> list[Row]:
    return cast("list[Row]", made.record(end)[("Rows", "Lines")[end]])


def texts(made: Stage) -> list[str]:
    return sorted(str(row["Text"]) for row in rows(made, 1))


def between(made: Stage, **change: Value) -> None:
    """Have somebody change our third row and add one of their own, after it was written and before it is read."""

    def act() -> None:
        (document,) = made.rows(1)
        now = [{**row, **change} if row["Text"] == "three" else row for row in rows(made, 1)]
        made.systems[1].edit(document.id, {"Lines": [{"Text": "theirs"}, *now]}, by="bob")

    made.meanwhile(1, partial(made.meanwhile, 1, act))  # the first reading is the one before the write


@pytest.mark.parametrize("mapping", [LINES, NATURAL])
def test_law1_a_row_is_known_by_what_it_holds_though_somebody_added_another_one(mapping: str) -> None:
    made = lists(mapping)
    between(made, Memo="seen")
    for _ in range(4):
        made.run()
    assert texts(made) == ["one", "theirs", "three", "two"]
    assert made.holds() == []
    assert made.run().passes[-1].planning.wire == 0


@pytest.mark.parametrize("change", ["nothing", "a row of theirs", "the mapping", "the names of the sides"])
def test_law2_a_row_that_cannot_be_told_is_not_added_again_whatever_changes(change: str) -> None:
    made = lists()
    between(made, Text="trois")
    made.run()
    (document,) = made.rows(1)
    if change == "a row of theirs":
        made.systems[1].edit(document.id, {"Lines": [*rows(made, 1), {"Text": "more"}]}, by="bob")
    elif change == "the mapping":
        made.use(LINES.replace("drift: restore", "drift: keep"))
    elif change == "the names of the sides":
        made.use(LINES.replace("books", "ledger"))
    for _ in range(3):
        made.run()
    assert [text for text in texts(made) if text != "more"] == ["one", "theirs", "trois", "two"]
    (hold,) = made.holds()
    assert hold.code == "not-stored"
    assert hold.detail["ways_out"] == [
        "make the rows alike on both sides by hand: then they are known again",
        "or have them added: tieout retry",
    ]


def test_law2_a_row_that_was_made_alike_by_hand_is_known_again() -> None:
    made = lists()
    between(made, Text="trois")
    made.run()
    (document,) = made.rows(1)
    alike = [{**row, "Text": "three"} if row["Text"] == "trois" else row for row in rows(made, 1)]
    made.systems[1].edit(document.id, {"Lines": alike}, by="bob")
    for _ in range(2):
        made.run()
    assert texts(made) == ["one", "theirs", "three", "two"]
    assert made.holds() == []
    source = made.rows(0)[0].id
    made.systems[0].edit(source, {"Rows": [{**row, "Text": f"{row['Text']}!"} for row in rows(made, 0)]}, by="ann")
    made.run()
    assert texts(made) == ["one!", "theirs", "three!", "two!"]


def test_law8_a_row_that_cannot_be_told_is_added_on_request() -> None:
    made = lists()
    between(made, Text="trois")
    made.run()
    with made.database.write() as tx:
        for kept in standing.refused(tx):
            standing.allow_again(tx, kept.pair, {kept.scope: [kept.rule]}, tell=lambda *_: None)
    for _ in range(2):
        made.run()
    assert texts(made) == ["one", "theirs", "three", "trois", "two"]
    assert made.holds() == []
