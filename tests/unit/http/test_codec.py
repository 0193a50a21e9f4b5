from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.http.codec import MOST_NESTED, NotJson, decode, encode

if TYPE_CHECKING:
    from tieout.model import Value

numbers = st.decimals(allow_nan=False, allow_infinity=False).filter(lambda number: abs(number.adjusted()) < 300)
texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = st.none() | st.booleans() | texts | numbers
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=30)


@given(values)
def test_what_is_written_reads_back_to_the_last_digit(value: Value) -> None:
    assert decode(encode(value)) == value


@given(numbers)
def test_a_number_is_plain_and_keeps_its_trailing_zeros(number: Decimal) -> None:
    written = encode(number).decode()
    assert "e" not in written.lower()
    read = decode(written.encode())
    assert isinstance(read, Decimal)
    assert read.compare_total(number) == 0 or number.as_tuple().exponent > 0  # type: ignore[operator]  # finite


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("0.10"), "0.10"),
        (Decimal("1E+3"), "1000"),
        (Decimal("12345678901234567890.123456789"), "12345678901234567890.123456789"),
        (date(2026, 2, 28), '"2026-02-28"'),
        (datetime(2026, 2, 28, 1, 2, 3, tzinfo=UTC), '"2026-02-28T01:02:03Z"'),
        (datetime(2026, 2, 28, 1, 2, 3, 40, tzinfo=timezone(timedelta(hours=13))), '"2026-02-27T12:02:03.000040Z"'),
        ({"é": '\x00\n"\\\u2028'}, '{"é":"\\u0000\\n\\"\\\\\u2028"}'),
        ((), "[]"),
        ({}, "{}"),
        ([{"a": None}, True, False], '[{"a":null},true,false]'),
    ],
)
def test_forms(value: Value, text: str) -> None:
    assert encode(value) == text.encode()


@pytest.mark.parametrize("value", [1.5, b"x", {1: "x"}, datetime(2026, 1, 1), object(), {"a": {1, 2}}])  # noqa: DTZ001  # naive on purpose
def test_what_has_no_exact_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    "value", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+999999"), Decimal("1E-999999"), "\ud800"]
)
def test_what_is_no_number_or_text_is_refused(value: Value) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the message differs by value
        encode(value)


BAD = [
    b"",
    b" ",
    b"<html>",
    b"{",
    b'{"a": 1} x',
    b'{"a": 1}{"a": 1}',
    b"[1,]",
    b"NaN",
    b'{"a": Infinity}',
    b"[-Infinity]",
    b'{"a": 1, "a": 2}',
    b"'a'",
    b"01",
    b"1e999999999",
    b"1e401",
    b"1." + b"1" * 500,
    b'"\xff"',
    '"text"'.encode("utf-16"),
    b'"\\ud800"',
    b'{"\\udc00": 1}',
    b"[" * (MOST_NESTED + 1) + b"]" * (MOST_NESTED + 1),
    b'{"a":' * 100_000,
    b'["' + b"]" * 5000 + b'",' + b"[" * 5000,
]


@pytest.mark.parametrize("body", BAD, ids=lambda body: repr(body[:20]))
def test_all_else_is_refused(body: bytes) -> None:
    with pytest.raises(NotJson):
        decode(body)


@given(st.binary(max_size=200))
def test_garbage_never_does_anything_else(body: bytes) -> None:
    with suppress(NotJson):
        value = decode(body)
        assert decode(encode(value)) == value


def test_a_byte_order_mark_and_a_real_surrogate_pair_are_taken() -> None:
    assert decode(b'\xef\xbb\xbf{"a": "\\ud83d\\ude00"}') == {"a": "😀"}
