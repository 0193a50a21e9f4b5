"""A partner that was deleted takes nothing with it that no pass had seen and agreed upon (law 3)."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from schemas.world import check
from system.memory.stage import Stage, thing
from tieout.model import Deletions, Record, Value
from tieout.sync.lifecycle import mapped_values
from tieout.sync.sight import Facts, Sight
from tieout.sync.words import Image, State

DEALS = """\
mapping: deals
version: 1
between:
  crm: {connection: salesforce, object: Thing}
  books: {connection: xero, object: Thing}
match: [{crm: name, books: name}]
create: {books: always, crm: always}
delete: {books: delete, crm: delete}
fields:
  - {crm: name, books: name}
  - {books: note, from: crm.note, drift: review}
lists:
  - books: lines
    from: crm.lines
    key: {crm: id, books: id}
    extra: keep
    fields:
      - {books: text, from: crm.text}
"""
ROWS = thing("name", "note", "lines.id", "lines.text", children={"lines": "id"}, deletions=Deletions.REPORTED)


@pytest.fixture
def stage() -> Stage:
    return Stage(DEALS, (ROWS, ROWS))


def row(text: str, id_: Value = None) -> Record:
    return {"id": id_, "text": text}


def asked(stage: Stage) -> list[str]:
    return [one.kind for one in stage.reviews()]


def gone(stage: Stage, end: int) -> None:
    (one,) = stage.rows(end)
    stage.systems[end].remove(one.id, by="ann")


def test_rows_that_nobody_touched_go_with_their_record(stage: Stage) -> None:
    stage.add(0, {"name": "Acme", "lines": [row("Tea")]})
    stage.run()
    gone(stage, 1)
    stage.run()
    assert stage.rows(0) == []


@pytest.mark.parametrize("lines", [["Tea", "Milk"], ["Oats"], []], ids=["added", "changed", "removed"])
def test_a_record_whose_rows_were_edited_is_not_deleted_unasked(stage: Stage, lines: list[str]) -> None:
    id_ = stage.add(0, {"name": "Acme", "lines": [row("Tea")]})
    stage.run()
    gone(stage, 1)
    kept = stage.record(0)["lines"]
    assert isinstance(kept, list)
    ids: list[Value] = [one["id"] for one in kept]
    stage.edit(0, id_, lines=[row(text, ids[place] if place < len(ids) else None) for place, text in enumerate(lines)])
    stage.run()
    assert len(stage.rows(0)) == 1
    assert asked(stage) == ["delete"]


def test_a_record_with_a_value_that_was_never_agreed_is_not_deleted_unasked(stage: Stage) -> None:
    stage.add(0, {"name": "Acme", "note": "ours"})
    stage.add(1, {"name": "Acme", "note": "theirs"})
    stage.run()
    assert asked(stage) == ["drift"]
    gone(stage, 0)
    stage.run()
    assert [one.record["note"] for one in stage.rows(1)] == ["theirs"]
    assert asked(stage) == ["delete"]


def test_a_record_with_a_row_of_which_something_was_never_agreed_is_not_deleted_unasked() -> None:
    kind = thing("name", "note", "lines.id", "lines.text", "lines.memo", children={"lines": "id"})
    kind = replace(kind, deletions=Deletions.REPORTED)
    stage = Stage(DEALS, (kind, kind))
    stage.add(0, {"name": "Acme", "lines": [{"text": "Tea", "memo": "ours"}]})
    stage.run()
    (one,) = cast("list[Record]", stage.record(1)["lines"])
    stage.edit(1, stage.rows(1)[0].id, lines=[{**one, "memo": "theirs"}])
    stage.use(DEALS + "      - {books: memo, from: crm.memo, drift: review}\n")
    stage.run()
    assert asked(stage) == ["drift"]
    gone(stage, 1)
    stage.run()
    assert len(stage.rows(0)) == 1
    assert asked(stage) == ["delete"]


def test_what_other_mappings_read_of_a_record_goes_into_the_log_with_it() -> None:
    (mapping,) = check(DEALS, describe=lambda *_: ROWS).mappings
    image = Image("L1", State.PRESENT, {"name": "Acme", "note": None, "lines": [row("Tea", "1")], "phone": "020"})
    sight = Sight(mapping, (image, None), Facts({}, lambda *_: None, lambda *_: None))
    assert mapped_values(sight, 0, image) == {
        "crm.name=books.name": "Acme",
        "crm.note": None,
        "crm.lines": [row("Tea", "1")],
        "crm.phone": "020",
    }
