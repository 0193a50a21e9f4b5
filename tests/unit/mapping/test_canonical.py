"""What a system cannot tell apart is the same."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.mapping.canonical import canonical, identity, same
from tieout.model import Field, Kind, Value
from tieout.transform import End
from tieout.values import dumps

TEXT = Field("Name", Kind.TEXT)
TRIMMED = Field("Name", Kind.TEXT, trims=True)
MONEY = Field("Amount", Kind.MONEY, scale=2, currency="CurrencyCode")
GROUP = Field("Phones.DEFAULT", Kind.GROUP)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        (TEXT, "", None),
        (TEXT, "a\r\nb\rc", "a\nb\nc"),
        (TRIMMED, "  Acme ", "Acme"),
        (TRIMMED, "   ", None),
        (MONEY, Decimal("5.10"), Decimal("5.1")),
        (MONEY, Decimal("1.005"), Decimal("1.01")),
        (MONEY, Decimal("-0"), Decimal(0)),
        (Field("N", Kind.NUMBER), Decimal("1E+2"), Decimal(100)),
        (Field("C", Kind.CHOICES), ["b", "a"], ["a", "b", "a"]),
        (Field("C", Kind.CHOICES), [], None),
        (Field("T", Kind.INSTANT), "2026-01-02T03:04:05.900Z", "2026-01-02T03:04:05Z"),
        (Field("T", Kind.INSTANT), "2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05Z"),
        (Field("D", Kind.DATE), "2026-01-02T00:00:00Z", "2026-01-02"),
        (GROUP, {"PhoneNumber": "1", "PhoneAreaCode": ""}, {"PhoneNumber": "1"}),
        (GROUP, {"PhoneNumber": "", "PhoneAreaCode": None}, None),
        (Field("A", Kind.GROUP, trims=True), {"City": " Wien "}, {"City": "Wien"}),
        (Field("L", Kind.LIST), [{"N": "x", "M": ""}], [{"N": "x"}]),
        (None, "", None),
    ],
)
def test_the_same(field: Field | None, one: Value, other: Value) -> None:
    assert same(one, other, field)
    assert same(other, one, field)
    assert dumps(canonical(one, field)) == dumps(canonical(other, field))


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        (TEXT, " Acme", "Acme"),
        (TEXT, "5.10", Decimal("5.10")),
        (TEXT, "Acme", "ACME"),
        (MONEY, Decimal("1.004"), Decimal("1.01")),
        (Field("N", Kind.NUMBER), Decimal("1.001"), Decimal(1)),
        (Field("B", Kind.BOOLEAN), True, Decimal(1)),
        (Field("B", Kind.BOOLEAN), False, None),
        (Field("L", Kind.LIST), [{"N": "x"}, {"N": "y"}], [{"N": "y"}, {"N": "x"}]),
        (Field("T", Kind.INSTANT), "2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z"),
    ],
)
def test_not_the_same(field: Field | None, one: Value, other: Value) -> None:
    assert not same(one, other, field)


VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.none() | st.builds(
    Field,
    st.just("X"),
    st.sampled_from(Kind),
    scale=st.none() | st.integers(0, 4),
    trims=st.booleans(),
)


@given(VALUES, FIELDS)
def test_the_canonical_form_of_a_canonical_form_is_itself(value: Value, field: Field | None) -> None:
    once = canonical(value, field)
    assert dumps(canonical(once, field)) == dumps(once)
    assert same(value, once, field)


def test_identity_compares_as_each_side_keeps_its_field() -> None:
    bound = identity(End("crm", "salesforce", TEXT), End("books", "xero", TRIMMED))
    assert bound.exact
    assert bound.convert(" Acme ", to="books", scope={}) == " Acme "
    assert bound.same(" Acme ", "Acme", on="books")
    assert not bound.same(" Acme ", "Acme", on="crm")
