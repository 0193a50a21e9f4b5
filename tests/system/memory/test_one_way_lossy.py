"""Rows of a one-way list whose write was done and never answered: no row is added twice, whatever the system names."""

from __future__ import annotations

from typing import cast

import pytest

from system.memory.lossy import Fate, LossyStage
from system.memory.stage import LINES, thing
from tieout.model import Value
from tieout.testing.memory import Traits

KINDS = {
    "full answers": Traits(),
    "bare answers": Traits(answers=False),
    "nobody named": Traits(names_author=False),
    "bare answers, nobody named": Traits(answers=False, names_author=False),
}


def lines(made: LossyStage) -> list[Value]:
    return [row["Text"] for row in cast("list[dict[str, Value]]", made.record(1)["Lines"])]


@pytest.mark.parametrize("extra", ["keep", "remove"])
@pytest.mark.parametrize("ids", ["LineID", None])
@pytest.mark.parametrize("kind", KINDS)
def test_a_row_whose_addition_was_never_answered_is_not_added_again(kind: str, ids: str | None, extra: str) -> None:
    fates = [Fate.ANSWERED]
    paths = ("code", "Lines.LineID", "Lines.Text") if ids else ("code", "Lines.Text")
    types = (
        thing("code", "Rows.Id", "Rows.Text", children={"Rows": "Id"}),
        thing(*paths, children={"Lines": ids}),
    )
    text = LINES.replace("extra: keep", f"extra: {extra}")
    if ids is None:
        text = text.replace("{crm: Id, books: LineID}", "{crm: Text, books: Text}")
    made = LossyStage(text, types, traits=(Traits(), KINDS[kind]))
    made.weather.forecast = lambda: fates[0]
    source = made.add(0, {"code": "k", "Rows": [{"Text": "one"}, {"Text": "two"}]})
    made.run()
    assert lines(made) == ["one", "two"]
    kept = cast("list[dict[str, Value]]", made.record(0)["Rows"])
    made.systems[0].edit(source, {"Rows": [*kept, {"Text": "three"}]}, by="ann")
    fates[0] = Fate.DONE
    made.run()
    assert lines(made) == ["one", "two", "three"]
    fates[0] = Fate.ANSWERED
    for _ in range(3):
        made.run()
    assert sorted(map(str, lines(made))) == ["one", "three", "two"]
