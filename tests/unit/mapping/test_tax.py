"""tax: a class of goods becomes a tax type, by the table of the target's organisation and the document's date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from tieout.mapping.transforms import bind_chain
from tieout.mapping.transforms.registry import built_in
from tieout.mapping.transforms.tax import TaxBound
from tieout.model import Field, Kind, Value
from tieout.money.tax import Entry, TaxTable
from tieout.transform import Binding, End, Misused, Scope, Unconvertible
from unit.mapping.transform_cases import SCOPE, expression

TRANSFORMS = {one.name: one for one in built_in()}
TABLE = TaxTable(
    "ours",
    "xero",
    {
        "standard": (
            Entry("OLD", until="2026-11-20", source="s"),
            Entry("NEW", Decimal(21), since="2026-11-21", source="s"),
        ),
        "reverse_charge": (Entry("RC", until="2026-11-20", source="s"),),
    },
)
DEAL = End("crm", "salesforce", None, "Opportunity")
BOOKS = End("books", "xero", Field("TaxType", Kind.CHOICE), "Invoice")


def binding(source: End = DEAL, *, pair: bool = False) -> Binding:
    return Binding(None, source, BOOKS, pair, {"own": {"Full rate": "standard"}}, expression)


def converted(written: object, value: Value, scope: Scope = SCOPE, table: TaxTable | None = TABLE) -> Value:
    bound = bind_chain(written, TRANSFORMS, binding())
    assert isinstance(bound, TaxBound)
    return bound.with_table(table).convert(value, to="books", scope=scope)


@pytest.mark.parametrize(
    ("written", "value", "type_"),
    [
        ("tax", "standard", "NEW"),
        ("tax", " Standard ", "NEW"),
        ({"tax": {"at": "crm.CloseDate"}}, "standard", "NEW"),
        ({"tax": {"at": "settings.day"}}, "standard", "OLD"),
        ({"tax": {"at": "settings.day"}}, "Reverse charge", "RC"),
        ("tax", "", None),
        ("tax", None, None),
    ],
)
def test_sx42_a_class_has_the_tax_type_of_the_documents_day(written: object, value: Value, type_: str | None) -> None:
    assert converted(written, value, {**SCOPE, "settings": {"day": "2026-11-20"}}) == type_


@pytest.mark.parametrize(
    ("value", "scope", "table", "code", "words"),
    [
        ("standard", SCOPE, None, "no-tax-table", ("the organisation of books", "tax: …")),
        ("standrd", SCOPE, TABLE, "no-tax-class", ("ours", "'standrd'", "2026-11-21", "did you mean standard?")),
        ("Reverse charge", SCOPE, TABLE, "no-tax-class", ("'Reverse charge'", "it has: standard")),
        ("standard", {"crm": {"CloseDate": None}}, TABLE, "no-tax-class", ("crm.CloseDate is blank",)),
    ],
)
def test_a_class_without_a_tax_type_is_held(
    value: str, scope: Scope, table: TaxTable | None, code: str, words: tuple[str, ...]
) -> None:
    with pytest.raises(Unconvertible) as raised:
        converted("tax", value, scope, table)
    assert raised.value.code == code
    for word in words:
        assert word in str(raised.value)


def test_what_a_tax_type_rests_on_is_told() -> None:
    bound = bind_chain("tax", TRANSFORMS, binding())
    assert isinstance(bound, TaxBound)
    assert bound.tells
    told: Mapping[str, Value] = bound.with_table(TABLE).evidence("Standard", to="books", scope=SCOPE)
    assert told == {
        "tax_table": "ours",
        "class": "Standard",
        "type": "NEW",
        "source": "s",
        "day": "2026-11-21",
        "percent": Decimal(21),
    }
    assert bound.with_table(TABLE).evidence(None, to="books", scope=SCOPE) == {}


def test_classes_of_ones_own_are_looked_up_before() -> None:
    chain = bind_chain([{"lookup": "own"}, "tax"], TRANSFORMS, binding())
    with pytest.raises(Unconvertible, match="no tax table"):
        chain.convert("Full rate", to="books", scope=SCOPE)
    assert chain.convert("Another", to="books", scope=SCOPE) is None


def test_a_tax_type_cannot_be_turned_back() -> None:
    with pytest.raises(Misused, match="one side"):
        bind_chain("tax", TRANSFORMS, binding(pair=True))


def test_what_is_no_document_has_to_name_the_day() -> None:
    with pytest.raises(Misused, match=r"as: \{tax: \{at: crm.Date\}\}"):
        bind_chain("tax", TRANSFORMS, binding(replace(DEAL, object="Account")))
