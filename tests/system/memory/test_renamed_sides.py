"""Sides, connections and mappings are labels: who renames them forgets nothing of what was agreed."""

from __future__ import annotations

import pytest

from system.memory.stage import Stage, thing

NAMES = """\
mapping: names
version: 1
between:
  crm: {connection: salesforce, object: Thing}
  books: {connection: xero, object: Thing}
match: [{crm: code, books: code}]
create: {books: always, crm: always}
on_link: crm
fields:
  - {crm: code, books: code, conflict: crm}
  - {crm: name, books: name, conflict: crm}
  - {books: note, from: crm.note, drift: keep}
"""
RENAMED = NAMES.replace("crm", "sales").replace("books", "ledger")
ONE_WAY = NAMES.replace("  - {crm: code, books: code, conflict: crm}\n", "").replace(
    "  - {crm: name, books: name, conflict: crm}\n", "  - {books: name, from: crm.name, drift: review}\n"
)


@pytest.fixture
def stage() -> Stage:
    stage = Stage(NAMES, (thing("code", "name", "note"), thing("code", "name", "note")))
    stage.add(0, {"code": "1", "name": "Acme", "note": "old"})
    stage.run()
    return stage


def edited(stage: Stage, end: int, **values: str) -> None:
    (row,) = stage.rows(end)
    stage.edit(end, row.id, **values)


def test_an_edit_made_while_sides_were_renamed_travels_and_is_not_overwritten(stage: Stage) -> None:
    edited(stage, 1, name="Acme Ltd")
    stage.use(RENAMED)
    stage.run()
    assert [stage.record(end)["name"] for end in (0, 1)] == ["Acme Ltd", "Acme Ltd"]
    assert stage.writes(1, "name") == 1, "the one that made it"


def test_what_a_rule_kept_stays_kept(stage: Stage) -> None:
    edited(stage, 1, note="theirs")
    stage.run()
    stage.use(RENAMED)
    stage.run()
    assert stage.record(1)["note"] == "theirs"
    edited(stage, 0, note="new")
    stage.run()
    assert stage.record(1)["note"] == "new"
    assert stage.sound()


def test_one_way_fields_tell_the_sides_apart_by_their_paths() -> None:
    stage = Stage(ONE_WAY, (thing("code", "name", "note"), thing("code", "name", "note")))
    stage.add(0, {"code": "1", "name": "Acme", "note": "old"})
    stage.run()
    edited(stage, 0, name="Acme Ltd")
    stage.use(ONE_WAY.replace("crm", "sales").replace("books", "ledger"))
    stage.run()
    assert stage.record(1)["name"] == "Acme Ltd", "the source changed: nothing is asked"
    assert stage.reviews() == []
