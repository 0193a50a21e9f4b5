"""Objects that are read beside the two sides of a mapping."""

from __future__ import annotations

from schemas.systems import describe
from tieout.language.loading import load_text
from tieout.language.nodes import MapNode, ScalarNode
from tieout.mapping.catalogue import Catalogue, Endpoint
from tieout.mapping.draft import Draft, Ground, Reach
from tieout.mapping.names import read_expression
from tieout.mapping.sources import ITEM, find_source, settle, sources
from tieout.model import ObjectType
from tieout.problems import Position

HERE = Position("mapping.yaml", 1, 1)


def ground() -> Ground:
    catalogue = Catalogue(describe)
    ends = []
    for side, connection, name in (("crm", "salesforce", "Account"), ("books", "xero", "Contact")):
        found = catalogue.look_up(connection, name)
        assert isinstance(found, ObjectType)
        ends.append(Endpoint(side, connection, connection, name, found, HERE))
    none: dict[str, str] = {}
    return Ground(
        mapping="customers",
        ends=(ends[0], ends[1]),
        settings={},
        tables={},
        transforms={},
        catalogue=catalogue,
        links={},
        absent=none,
        names=frozenset(),
        conflict="review",
        drift="restore",
        blank="clear",
        creates=frozenset(),
        updates=frozenset({"crm", "books"}),
    )


def of(text: str) -> MapNode:
    loaded = load_text(text, "mapping.yaml")
    assert loaded.root is not None
    return loaded.root


def test_what_item_reads_is_read_of_the_other_object_and_not_of_the_side() -> None:
    given, draft = ground(), Draft()
    for written in ("item.Total", "item.Contact.ContactID", "books.Name == item.Reference"):
        part = Draft()
        found = find_source(of("books: Invoice"), given, part)
        assert found is not None
        side, end = found
        reach = {**given.records(), ITEM: Reach(end)}
        assert read_expression(ScalarNode(written, HERE), given, part, reach) is not None
        settle(part, side, end, draft)
    assert draft.problems == []
    assert draft.paths == {("books", "Name")}
    made = sources(draft)
    assert made is not None
    (one,) = made
    assert (one.side, one.connection, one.object) == ("books", "xero", "Invoice")
    assert one.paths >= {"Total", "CurrencyCode", "Contact.ContactID", "Reference"}, "an amount with its currency"


def test_a_misspelt_name_of_an_item_is_told_with_the_nearest() -> None:
    given, draft = ground(), Draft()
    found = find_source(of("books: Invoice"), given, draft)
    assert found is not None
    read_expression(ScalarNode("item.Totl", HERE), given, draft, {ITEM: Reach(found[1])})
    (problem,) = draft.problems
    assert (problem.code, problem.nearest[0]) == ("unknown-field", "Total")
    assert "Invoice (xero)" in problem.message


def test_an_object_that_is_not_there_is_told_at_its_line_and_can_be_skipped() -> None:
    draft = Draft()
    found = find_source(of("books: Invioce"), ground(), draft)
    assert found is not None
    assert found[1].type is None
    (problem,) = draft.problems
    assert problem.code == "unknown-object"
    assert "Invoice" in problem.nearest
    assert problem.at == Position("mapping.yaml", 1, 8)
    assert draft.missing, "an optional mapping is left out for it"
    assert sources(draft) is None, "nothing runs without its description"
