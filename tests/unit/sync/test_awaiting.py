"""A reference without a partner: what would give it one depends on the record and on what the mapping allows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.world import check
from tieout.mapping.compiled import CompiledMapping
from tieout.problems import errors
from tieout.sync.awaiting import no_partner
from tieout.sync.words import Image, State

MAPPING = """\
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account, where: crm.Type == 'Customer'}
  books: {connection: xero, object: Contact}
match:
  - {crm: AccountNumber, books: AccountNumber}
create: {books: WORD}
fields:
  - {crm: Name, books: Name}
"""
NAME = "customers/crm:001A"


def compiled(word: str) -> CompiledMapping:
    checked = check(MAPPING.replace("WORD", word))
    assert not errors(checked.problems), checked.problems
    return checked.mappings[0]


def ways(word: str, image: Image | None = None, *, taken: bool = True) -> tuple[str, ...]:
    seen = Image("001A", State.PRESENT, {}) if image is None else image
    blocked = no_partner(compiled(word), 0, "001A", seen, lambda _end, _image: taken)
    assert blocked.by == NAME
    assert blocked.why == "it waits for customers: Account 001A has no partner there"
    return blocked.ways


@pytest.mark.parametrize(
    ("word", "way"),
    [
        ("always", f"look what keeps its partner back: tieout plan {NAME}"),
        ("review", f"look what keeps its partner back: tieout plan {NAME}"),
        ("request", f"ask for its partner: tieout plan {NAME} --create"),
        ("never", "make its Contact in books by hand, for `create` is never there; then: tieout match customers"),
    ],
)
def test_the_way_out_is_what_the_mapping_allows(word: str, way: str) -> None:
    assert ways(word) == (way,)


def test_a_create_that_holds_for_some_only_says_for_which() -> None:
    condition, look = ways("{when: crm.Phone}")
    assert condition == "books gets it once `create` holds: crm.Phone; then: tieout plan"
    assert look == f"look what keeps its partner back: tieout plan {NAME}"
    assert ways("{when: crm.Phone, do: request}") == (f"ask for its partner: tieout plan {NAME} --create",)


def test_a_record_out_of_scope_is_to_be_brought_into_it() -> None:
    (way,) = ways("always", taken=False)
    told = f"bring {NAME} into the scope of customers (where: crm.Type == 'Customer'); then: tieout plan"
    assert way == told


def test_px02_what_a_copy_takes_by_route_is_among_the_ways() -> None:
    mapping = compiled("always")
    side = replace(mapping.sides[0], route=mapping.sides[0].where)
    routed = replace(mapping, sides=(side, mapping.sides[1]))
    (way,) = no_partner(routed, 0, "001A", Image("001A", State.PRESENT, {}), lambda _end, _image: False).ways
    assert "(where: crm.Type == 'Customer'; route: crm.Type == 'Customer')" in way


@pytest.mark.parametrize("state", [State.GONE, State.ARCHIVED, State.UNKNOWN])
def test_a_record_that_is_not_in_use_is_to_be_looked_for(state: State) -> None:
    (way,) = ways("always", Image("001A", state, {}))
    assert way == f"see that {NAME} is there, in use, and seen by the login of salesforce; then: tieout plan"
    assert no_partner(compiled("always"), 0, "001A", None, lambda _end, _image: True).ways == (way,)
