"""Whose move a failure is, which line of the mapping it is about, and what makes it worth another try."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.world import check
from tieout.mapping.compiled import CompiledMapping
from tieout.model import Cause, Field, Kind, ObjectType, Verb
from tieout.problems import errors
from tieout.sync.failing import OF_CAUSE, Refusal, ground, of_code, position, refusal_detail
from tieout.sync.words import Kind as Act
from tieout.sync.words import Planned, Write

MAPPING = """\
mapping: things
version: 1
between:
  crm: {connection: salesforce, object: Thing}
  books: {connection: xero, object: Thing}
create: {books: always}
fields:
  - {crm: name, books: name}
  - {books: city, from: crm.town}
"""


def thing(*paths: str) -> ObjectType:
    fields = {path: Field(path, Kind.TEXT) for path in paths}
    return ObjectType("Thing", fields, verbs={Verb.CREATE: 10, Verb.UPDATE: 10}, marker="key")


CRM, BOOKS = thing("name", "town"), thing("name", "city")


def compiled(text: str = MAPPING, crm: ObjectType = CRM, books: ObjectType = BOOKS) -> CompiledMapping:
    types = {"salesforce": crm, "xero": books}
    checked = check(text, describe=lambda connection, _name: types[connection])
    assert not errors(checked.problems), checked.problems
    return checked.mappings[0]


def update(mapping: CompiledMapping, *paths: str) -> Planned:
    by_path = {rule.key.rpartition("books.")[2]: rule.key for rule in mapping.rules}
    writes = [Write(by_path[path], 1, (path,), "old", "new", "new", "changed") for path in paths]
    return Planned(Act.UPDATE, "things", 1, 1, "B1", "C1", writes=writes)


def test_sx52_every_cause_of_a_refusal_has_its_class() -> None:
    assert set(OF_CAUSE) == set(Cause)
    assert OF_CAUSE[Cause.BUSY] == "rate"
    assert (of_code("locked"), of_code("not-in-table"), of_code("not-an-email")) == ("locked", "mapping", "data")


@pytest.mark.parametrize(
    ("sent", "paths", "line"),
    [
        (("name", "city"), ("city",), 9),
        (("name", "city"), ("name",), 8),
        (("city",), (), 9),
        (("name", "city"), (), 1),
        (("name", "city"), ("elsewhere",), 1),
    ],
)
def test_sx50_a_refusal_is_about_the_line_that_writes_the_field(
    sent: tuple[str, ...], paths: tuple[str, ...], line: int
) -> None:
    mapping = compiled()
    assert position(update(mapping, *sent), mapping, paths).split(":")[-2] == str(line)


@pytest.mark.parametrize("cause", list(Cause))
def test_sx50_every_refusal_names_a_next_step(cause: Cause) -> None:
    mapping = compiled()
    told = refusal_detail(update(mapping, "name"), mapping, Refusal("x", "their words", cause, ("name",), "B2"))
    assert (told["words"], told["other"], told["class"]) == ("their words", "things/books:B2", OF_CAUSE[cause])
    assert str(told["message"]).startswith("books refused to update Thing (name): ")
    ways = told["ways_out"]
    assert isinstance(ways, list)
    assert any("things/crm:C1" in str(way) or "the mapping at" in str(way) for way in ways)


def test_sx51_another_mapping_or_another_right_is_worth_another_try() -> None:
    now = ground(compiled())
    assert ground(compiled()) == now
    other = MAPPING.replace("fields:", "conflict: crm\nfields:")
    assert ground(compiled(other)) != now
    barred = replace(BOOKS, fields={**BOOKS.fields, "name": replace(BOOKS.fields["name"], creatable=False)})
    assert ground(compiled(books=barred)) != now
    wider = thing("name", "city", "unmapped")
    assert ground(compiled(books=wider)) == now
