"""The laws of `tieout.transform`, tested on every transform."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.mapping import builtin
from tieout.mapping.canonical import canonical
from tieout.model import Value
from tieout.transform import Bound, Unconvertible
from tieout.values import dumps
from unit.mapping.transform_cases import (
    COMPARES,
    LOSSY,
    ONE_WAY,
    PAIRS,
    SCOPE,
    TRANSFORMS,
    Case,
)

ALL = [*PAIRS, *LOSSY, *ONE_WAY, *COMPARES]
S = TypeVar("S")


def ids(case: Case) -> str:
    return f"{case.written}-{'pair' if case.pair else 'one-way'}"


def convert(bound: Bound, value: Value, to: str) -> Value:
    return bound.convert(value, to=to, scope=SCOPE, currency="EUR")


def converted(bound: Bound, value: Value, to: str) -> Value | Unconvertible:
    try:
        return convert(bound, value, to)
    except Unconvertible as problem:
        return problem


def test_every_transform_has_cases() -> None:
    assert {case.name for case in ALL} == set(TRANSFORMS)
    assert {one.name for one in builtin.tieout_transforms()} <= set(TRANSFORMS)
    for transform in TRANSFORMS.values():
        assert transform.summary


@pytest.mark.parametrize("case", ALL, ids=ids)
def test_null_in_null_out(case: Case) -> None:
    bound = case.bound()
    for to in ("books", "crm") if case.pair else ("books",):
        assert canonical(convert(bound, None, to), None) is None


@pytest.mark.parametrize("case", PAIRS, ids=ids)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_there_and_back_is_the_same(case: Case, data: st.DataObject) -> None:
    bound = case.bound()
    assert bound.exact
    for here, there, values in (("crm", "books", case.crm), ("books", "crm", case.books)):
        value = data.draw(values)
        over = converted(bound, value, there)
        if isinstance(over, Unconvertible):
            continue
        back = convert(bound, over, here)
        assert bound.same(value, back, on=here)
        assert bound.same(back, value, on=here)
        again = convert(bound, back, there)
        assert bound.same(over, again, on=there)
        assert dumps(convert(bound, again, here)) == dumps(back)


@pytest.mark.parametrize("case", [*PAIRS, *ONE_WAY], ids=ids)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_two_values_are_the_same_in_either_order(case: Case, data: st.DataObject) -> None:
    bound = case.bound()
    ends = (("crm", case.crm), ("books", case.books)) if case.pair else (("books", case.crm),)
    for on, values in ends:
        one, other = data.draw(values), data.draw(values | st.sampled_from([None, "", Decimal(0)]))
        try:
            forth = bound.same(one, other, on=on)
        except Unconvertible:
            continue  # not of this side's kind
        assert bound.same(other, one, on=on) == forth


@pytest.mark.parametrize("name", ["money", "percent", "negate"])
def test_nothing_is_not_zero(name: str) -> None:
    for case in (case for case in ALL if case.name == name):
        assert not case.bound().same(None, Decimal(0), on="books")
        assert not case.bound().same(Decimal(0), None, on="books")
        assert case.bound().same("", None, on="books")


@pytest.mark.parametrize("case", LOSSY, ids=ids)
def test_what_loses_something_says_so(case: Case) -> None:
    assert not case.bound().exact


@pytest.mark.parametrize("case", COMPARES, ids=ids)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_the_compared_form_of_a_compared_form_is_itself(case: Case, data: st.DataObject) -> None:
    bound = case.bound()
    plain = convert(bound, data.draw(case.crm), "books")
    assert convert(bound, plain, "books") == plain


@pytest.mark.parametrize("case", ONE_WAY, ids=ids)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_conversion_is_pure_and_its_answer_the_same_as_itself(case: Case, data: st.DataObject) -> None:
    bound = case.bound()
    value = data.draw(case.crm)
    once = converted(bound, value, "books")
    if isinstance(once, Unconvertible):
        assert once.code in CODES
        assert str(once)
        return
    assert dumps(once) == dumps(convert(bound, value, "books"))
    assert bound.same(once, once, on="books")


@pytest.mark.parametrize("case", ALL, ids=ids)
@settings(max_examples=40, deadline=None)
@given(value=st.sampled_from([True, ["x"], {"a": "b"}, "text"]) | st.decimals(allow_nan=False, allow_infinity=False))
def test_values_of_the_wrong_kind_are_refused_by_name(case: Case, value: Value) -> None:
    result = converted(case.bound(), value, "books")
    if isinstance(result, Unconvertible):
        assert result.code in CODES
    else:
        assert dumps(result)


CODES = {
    "not-a-number",
    "not-a-text",
    "not-a-date",
    "not-an-email",
    "not-in-table",
    "no-currency",
    "unknown-country",
    "not-a-tax-number",
    "no-tax-rules",
    "no-tax-class",
    "refused-name",
    "too-long",
    "no-rate",
}
