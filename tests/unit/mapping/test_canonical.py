"""What a system cannot tell apart is the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.errors import BadAnswer
from tieout.mapping.canonical import canonical, identity, same
from tieout.mapping.edge import record_to_engine, record_to_system, to_engine, to_system
from tieout.model import Field, Kind, Value
from tieout.transform import End, Unconvertible
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


FIELDS_BY_PATH = {
    "Date": Field("Date", Kind.DATE),
    "At": Field("At", Kind.INSTANT),
    "Lines.Day": Field("Lines.Day", Kind.DATE),
    "Group.Day": Field("Group.Day", Kind.DATE),
    "Name": Field("Name", Kind.TEXT),
}


def test_dates_are_texts_inside_and_objects_outside() -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    outside: dict[str, Value] = {
        "Date": date(2026, 1, 2),
        "At": at,
        "Lines": [{"Day": date(2026, 3, 4), "N": Decimal("1.10")}],
        "Group": {"Day": date(2026, 5, 6)},
        "Name": "2026-01-02",
        "None": None,
    }
    inside = record_to_engine(outside, FIELDS_BY_PATH)
    assert inside == {
        "Date": "2026-01-02",
        "At": "2026-01-02T03:04:05Z",
        "Lines": [{"Day": "2026-03-04", "N": Decimal("1.10")}],
        "Group": {"Day": "2026-05-06"},
        "Name": "2026-01-02",
        "None": None,
    }
    assert record_to_system(inside, FIELDS_BY_PATH) == outside


def test_instants_become_utc_and_keep_fractions_they_have() -> None:
    berlin = timezone(timedelta(hours=1))
    assert to_engine(datetime(2026, 1, 2, 1, 0, tzinfo=berlin)) == "2026-01-02T00:00:00Z"
    assert to_engine(datetime(2026, 1, 2, 1, 0, 0, 500000, tzinfo=UTC)) == "2026-01-02T01:00:00.500000Z"
    assert to_engine(datetime(2026, 1, 2, 1, 0, tzinfo=UTC), FIELDS_BY_PATH["Date"]) == "2026-01-02"


def test_whole_numbers_become_decimal() -> None:
    assert dumps(to_engine([5, True])) == "[5,true]"
    assert isinstance(to_engine(5), Decimal)


@pytest.mark.parametrize("bad", [1.5, datetime(2026, 1, 2), {"x": [2.5]}, b"x", object()])  # noqa: DTZ001  # the case
def test_what_is_no_value_is_refused(bad: object) -> None:
    with pytest.raises(BadAnswer):
        to_engine(bad, FIELDS_BY_PATH["At"])


def test_a_text_that_is_no_date_is_held_with_its_field() -> None:
    with pytest.raises(Unconvertible, match="Date takes a date") as refusal:
        to_system("soon", "Date", FIELDS_BY_PATH)
    assert refusal.value.code == "not-a-date"
    assert to_system("", "Date", FIELDS_BY_PATH) is None
