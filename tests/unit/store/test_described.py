from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tieout.model import Deletions, Field, Kind, ObjectType, Twins, Verb
from tieout.store import described
from tieout.values import dumps, loads_object

if TYPE_CHECKING:
    from tieout.store.database import Database
    from unit.store.conftest import Clock

names = st.text(min_size=1, max_size=8)
maybe = st.none() | names
counts = st.integers(0, 100_000)
durations = st.timedeltas(timedelta(0), timedelta(days=4000))
COLUMN: dict[str, st.SearchStrategy[Any]] = {
    "path": names,
    "kind": st.sampled_from(Kind),
    "label": names,
    "length": st.none() | counts,
    "scale": st.none() | counts,
    "currency": maybe,
    "choices": st.none() | st.lists(names, max_size=3).map(tuple),
    "refers_to": st.lists(names, max_size=3).map(tuple),
    **{name: st.booleans() for name in ("readable", "creatable", "updatable", "required", "unique", "tracked")},
    "withheld": st.frozensets(st.sampled_from(Verb)),
    **{name: st.booleans() for name in ("rewritten", "trims", "virtual", "personal", "in_use")},
}
TYPE: dict[str, st.SearchStrategy[Any]] = {
    "name": names,
    "fields": st.dictionaries(names, st.builds(Field, **COLUMN), max_size=4),
    "label": names,
    "page": counts,
    "verbs": st.dictionaries(st.sampled_from(Verb), counts),
    "children": st.dictionaries(names, maybe, max_size=3),
    "whole": st.frozensets(names, max_size=3),
    "deletions": st.sampled_from(Deletions),
    "twins": st.sampled_from(Twins),
    "marker": maybe,
    "horizon": durations,
    "replay": st.none() | durations,
    "grain": durations,
    "fetch": counts,
    "withheld": st.frozensets(st.sampled_from(Verb)),
    "grant": names,
    "hidden": st.dictionaries(names, names, max_size=3),
    "hides": names,
    **{name: st.booleans() for name in ("partial", "conditional", "incremental", "sees_own")},
}
types = st.builds(ObjectType, **TYPE)


@given(types)
def test_a_description_comes_back_as_it_was(one: ObjectType) -> None:
    back = described.from_json(loads_object(dumps(described.to_json(one))))
    assert back == one
    assert [type(getattr(back, field.name)) for field in fields(one)] == [
        type(getattr(one, field.name)) for field in fields(one)
    ]
    for path, column in one.fields.items():
        for field in fields(Field):
            assert type(getattr(back.fields[path], field.name)) is type(getattr(column, field.name))


@given(types, types)
def test_texts_are_equal_exactly_where_descriptions_are(one: ObjectType, other: ObjectType) -> None:
    assert (dumps(described.to_json(one)) == dumps(described.to_json(other))) == (one == other)


def test_every_word_of_the_model_is_drawn_above() -> None:
    assert set(TYPE) == {field.name for field in fields(ObjectType)}
    assert set(COLUMN) == {field.name for field in fields(Field)}


def test_the_latest_description_is_kept_with_its_time(database: Database, clock: Clock) -> None:
    old = ObjectType("Account", {"Name": Field("Name", Kind.TEXT, length=80)})
    new = ObjectType("Account", {"Name": Field("Name", Kind.TEXT, length=255)})
    with database.write() as tx:
        assert described.load(tx, "salesforce", "00D1", "Account") is None
        assert described.saved_digest(tx, "salesforce", "00D1", "Account") is None
        first = described.save(tx, "salesforce", "00D1", old)
    clock.forward(days=1)
    with database.write() as tx:
        second = described.save(tx, "salesforce", "00D1", new)
        described.save(tx, "salesforce", "00D2", old)
    with database.read() as tx:
        assert described.load(tx, "salesforce", "00D1", "Account") == (new, clock.time)
        assert described.saved_digest(tx, "salesforce", "00D1", "Account") == second
        assert described.saved_digest(tx, "salesforce", "00D2", "Account") == first
    assert first != second


def test_sx50_the_page_of_a_record_is_kept_with_the_description_of_its_object(database: Database) -> None:
    with database.write() as tx:
        plain = described.save(tx, "memory", "1", ObjectType("Thing", {}))
        assert described.pages(tx) == {}
        shown = described.save(tx, "memory", "1", ObjectType("Thing", {}), "https://crm.example/{id}/view")
        described.save(tx, "memory", "2", ObjectType("Thing", {}))
        assert described.pages(tx) == {("memory", "1", "Thing"): "https://crm.example/{id}/view"}
        described.save(tx, "memory", "1", ObjectType("Thing", {}))
        assert described.pages(tx) == {}
    assert plain == shown


def test_what_an_older_tieout_did_not_write_has_its_default() -> None:
    written = described.to_json(ObjectType("Account", {}, partial=False))
    del written["fetch"]
    assert described.from_json(written | {"forgotten": True}) == ObjectType("Account", {}, partial=False)


def test_what_is_forgotten_of_one_organisation_is_kept_of_the_others(database: Database) -> None:
    with database.write() as tx:
        for organisation in ("1", "2"):
            described.save(tx, "memory", organisation, ObjectType("Thing", {}))
        assert described.names(tx, "memory", "1") == ["Thing"]
        described.forget(tx, "memory", "1")
    with database.read() as tx:
        assert described.names(tx, "memory", "1") == []
        assert described.load(tx, "memory", "1", "Thing") is None
        assert described.names(tx, "memory", "2") == ["Thing"]
