"""JSON in both directions without losing a digit: no float ever stands between the wire and a Decimal."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from tieout.model import Value

MOST_NESTED = 100
"""Levels; the deepest real answer known has under ten."""
MOST_DIGITS = 400
"""Characters of one number; beyond any amount, and short of an exponent written to fill the memory."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_QUOTED = json.encoder.encode_basestring
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class NotJson(ValueError):
    """This is no JSON that can be trusted; the message says why and quotes nothing."""


def encode(value: Value) -> bytes:
    """Write JSON: Decimals as plain numbers with all their digits, dates as ISO 8601, instants in UTC with Z.

    Raises TypeError for a float, a naive datetime or another type, ValueError for NaN, infinity or absurd exponents.
    """
    return _text(value).encode("utf-8")


def decode(body: bytes) -> Value:
    """Read JSON: every number is a Decimal. Raises NotJson for all that is not exactly one strict JSON document."""
    if _nesting(body) > MOST_NESTED:
        raise NotJson(f"nested more than {MOST_NESTED} levels deep")
    try:
        value: Value = _DECODER.decode(body.decode("utf-8-sig"))
        if _SURROGATE.search(body):
            _QUOTED(json.dumps(value, ensure_ascii=False, default=str)).encode("utf-8")
    except UnicodeEncodeError:
        raise NotJson("half a surrogate pair in a text") from None
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg} at line {error.lineno}, column {error.colno}, of {len(body)} bytes") from None
    except RecursionError:
        raise NotJson("nested too deep") from None
    return value


def _number(digits: str) -> Decimal:
    if len(digits) > MOST_DIGITS:
        raise NotJson(f"a number of {len(digits)} characters")
    number = Decimal(digits)
    if abs(number.adjusted()) > MOST_DIGITS:
        raise NotJson("a number with an absurd exponent")
    return number


def _no_constant(name: str) -> NoReturn:
    raise NotJson(f"{name} is no number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJson("one name stands twice in one object")
    return found


# Whole numbers, ids and counts, are the common case and need no guard: Decimal keeps every digit.
_DECODER = json.JSONDecoder(
    parse_float=_number, parse_int=Decimal, parse_constant=_no_constant, object_pairs_hook=_unique
)


def _nesting(body: bytes) -> int:
    # Brackets within texts count too; the parser's own limit stands behind this one.
    brackets = body.translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0)


def _text(value: Value) -> str:
    write = _BY_TYPE.get(type(value))
    return write(value) if write else _by_kind(value)


def _by_kind(value: Value) -> str:
    """Write what is not exactly of one of the common types: other mappings and sequences, enums of text."""
    for kind, write in _BY_KIND:
        if isinstance(value, kind) and not isinstance(value, bytes | bytearray | memoryview):
            return write(value)
    raise TypeError(f"{type(value).__name__} can't be written as JSON")


def _object(value: Mapping[str, Value]) -> str:
    return "{" + ",".join([f"{_name(name)}:{_text(item)}" for name, item in value.items()]) + "}"


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f"a name in JSON is text, not {type(name).__name__}")
    return _QUOTED(name)


def _array(value: Sequence[Value]) -> str:
    return "[" + ",".join([_text(item) for item in value]) + "]"


def _plain(number: Decimal | int) -> str:
    exact = Decimal(number)
    if not exact.is_finite() or abs(exact.adjusted()) > MOST_DIGITS:
        raise ValueError(f"{number} can't be written as JSON")
    return format(exact, "f")


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        raise TypeError("an instant without a zone can't be written as JSON")
    return f'"{value.astimezone(UTC).isoformat().replace("+00:00", "Z")}"'


# In this order: a boolean is an int, an instant is a date, text is a sequence.
_BY_KIND: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (bool, lambda value: "true" if value else "false"),
    (str, _QUOTED),
    (Decimal, _plain),
    (int, _plain),
    (datetime, _instant),
    (date, lambda value: f'"{value.isoformat()}"'),
    (Mapping, _object),
    (Sequence, _array),
)
_BY_TYPE: dict[type, Callable[[Any], str]] = {
    **dict(_BY_KIND),
    type(None): lambda _: "null",
    dict: _object,
    list: _array,
    tuple: _array,
}
