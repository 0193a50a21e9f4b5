"""The functions of an expression: a closed set, null in null out, at home with Decimal (LANGUAGE §1, rule 2).

They take values, never nodes: `not_null`, `sort_by`, `min_by` and `max_by`, whose arguments are expressions
themselves, are put together in `evaluate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from tieout.mapping.compiled import ExpressionFailed
from tieout.model import Value

Key = tuple[bool, Decimal | str]


@dataclass(frozen=True, slots=True)
class Signature:
    """How a function is called. `key`: its second argument is a key (`&Name`)."""

    form: str
    least: int
    most: int | None
    key: bool = False


SIGNATURES: Mapping[str, Signature] = {
    "contains": Signature("contains(list or text, value)", 2, 2),
    "starts_with": Signature("starts_with(text, start)", 2, 2),
    "ends_with": Signature("ends_with(text, end)", 2, 2),
    "length": Signature("length(list, text or object)", 1, 1),
    "not_null": Signature("not_null(value, ...)", 1, None),
    "join": Signature("join(separator, list)", 2, 2),
    "keys": Signature("keys(object)", 1, 1),
    "values": Signature("values(object)", 1, 1),
    "sort": Signature("sort(list)", 1, 1),
    "sort_by": Signature("sort_by(list, &Name)", 2, 2, key=True),
    "reverse": Signature("reverse(list or text)", 1, 1),
    "min": Signature("min(list)", 1, 1),
    "max": Signature("max(list)", 1, 1),
    "min_by": Signature("min_by(list, &Name)", 2, 2, key=True),
    "max_by": Signature("max_by(list, &Name)", 2, 2, key=True),
    "sum": Signature("sum(list)", 1, 1),
    "get": Signature("get(object, name)", 2, 2),
}

INSTEAD: Mapping[str, str] = {
    "to_string": "numbers and texts stay what they are; make text with a transform (as: money_text)",
    "to_number": "numbers and texts stay what they are; make a number with a transform (as: money)",
    "to_array": "write [x] for a list of one",
    "map": "write list[].Name",
    "avg": "averages are the business of roll-ups",
    "abs": "arithmetic is the business of transforms and roll-ups",
    "ceil": "arithmetic is the business of transforms and roll-ups",
    "floor": "arithmetic is the business of transforms and roll-ups",
    "round": "arithmetic is the business of transforms and roll-ups",
    "type": "compare with a value instead",
    "merge": "write {A: x.A, B: y.B}",
    "coalesce": "write not_null(a, b)",
    "lookup": "lookup is a transform: as: {lookup: table}",
    "concat": "write join('', [a, b])",
}
"""Functions of JMESPath, or of other languages, that people reach for, and what stands in their place."""


def is_list(value: Value) -> bool:
    """Say whether a value is a list."""
    return isinstance(value, list | tuple)


def is_number(value: Value) -> bool:
    """Say whether a value is a number; a boolean is none."""
    return isinstance(value, Decimal | int) and not isinstance(value, bool)


def equal(one: Value, other: Value) -> bool:
    """Compare for `==`: true is not 1, and a text is never a number."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if is_list(one) and is_list(other):
        left, right = cast("Sequence[Value]", one), cast("Sequence[Value]", other)
        return len(left) == len(right) and all(map(equal, left, right))
    return one == other


def ordered(one: Value, other: Value) -> int | None:
    """Give the order of two values as -1, 0 or 1; None if one of them is neither number nor text."""
    if isinstance(one, str) and isinstance(other, str):
        return (one > other) - (one < other)
    if is_number(one) and is_number(other):
        left, right = cast("Decimal", one), cast("Decimal", other)
        return (left > right) - (left < right)
    if (isinstance(one, str) or is_number(one)) and (isinstance(other, str) or is_number(other)):
        raise ExpressionFailed("a text is compared with a number")
    return None


def _expect(value: Value, kind: type | tuple[type, ...], function: str, wanted: str) -> None:
    if not isinstance(value, kind):
        raise ExpressionFailed(f"{function}() needs {wanted}, not {name_of(value)}")


def name_of(value: Value) -> str:
    """Name the type of a value for a message; never the value itself."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "a boolean"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, Mapping):
        return "an object"
    return "a list" if is_list(value) else "a number"


def _items(value: Value, function: str) -> list[Value]:
    _expect(value, (list, tuple), function, "a list")
    return list(cast("Sequence[Value]", value))


def _contains(subject: Value, search: Value) -> Value:
    if isinstance(subject, str):
        return isinstance(search, str) and search in subject
    return any(equal(item, search) for item in _items(subject, "contains"))


def _starts_with(subject: Value, start: Value) -> Value:
    _expect(subject, str, "starts_with", "a text")
    _expect(start, str, "starts_with", "a text")
    return cast("str", subject).startswith(cast("str", start))


def _ends_with(subject: Value, end: Value) -> Value:
    _expect(subject, str, "ends_with", "a text")
    _expect(end, str, "ends_with", "a text")
    return cast("str", subject).endswith(cast("str", end))


def _length(value: Value) -> Value:
    _expect(value, (str, list, tuple, Mapping), "length", "a list, a text or an object")
    return Decimal(len(cast("Sequence[Value]", value)))


def _join(separator: Value, items: Value) -> Value:
    _expect(separator, str, "join", "a text as separator")
    parts = [item for item in _items(items, "join") if item is not None]
    for part in parts:
        _expect(part, str, "join", "a list of texts")
    return cast("str", separator).join(cast("list[str]", parts))


def _keys(value: Value) -> Value:
    _expect(value, Mapping, "keys", "an object")
    return list(cast("Mapping[str, Value]", value))


def _values(value: Value) -> Value:
    _expect(value, Mapping, "values", "an object")
    return list(cast("Mapping[str, Value]", value).values())


def _reverse(value: Value) -> Value:
    if isinstance(value, str):
        return value[::-1]
    return _items(value, "reverse")[::-1]


def _sum(value: Value) -> Value:
    numbers = [item for item in _items(value, "sum") if item is not None]
    for number in numbers:
        if not is_number(number):
            raise ExpressionFailed(f"sum() needs numbers, not {name_of(number)}")
    return sum(cast("list[Decimal]", numbers), Decimal(0))


def _get(value: Value, name: Value) -> Value:
    _expect(value, Mapping, "get", "an object")
    _expect(name, str, "get", "a text as name")
    return cast("Mapping[str, Value]", value).get(cast("str", name))


def sort_key(value: Value, function: str) -> Decimal | str:
    """Give a value to sort by; raises ExpressionFailed for what has no order."""
    if isinstance(value, str) or is_number(value):
        return cast("Decimal | str", value)
    raise ExpressionFailed(f"{function}() needs numbers or texts, not {name_of(value)}")


def one_kind(keys: Iterable[Decimal | str], function: str) -> None:
    """Refuse texts and numbers side by side."""
    if len({isinstance(key, str) for key in keys}) > 1:
        raise ExpressionFailed(f"{function}() over texts and numbers side by side")


def arranged(items: Sequence[Value], keys: Sequence[Value], function: str) -> list[tuple[Decimal | str, Value]]:
    """Pair the items that have a key with it, refusing keys without an order; blanks are left out."""
    pairs = [(sort_key(key, function), item) for key, item in zip(keys, items, strict=True) if key is not None]
    one_kind((key for key, _ in pairs), function)
    return pairs


def sorted_by(items: Sequence[Value], keys: Sequence[Value], function: str) -> list[Value]:
    """Sort, stable, items whose key is null last."""
    pairs = arranged(items, keys, function)
    # One kind of key has been made sure of, so a comparison of text with a number cannot happen.
    pairs.sort(key=lambda pair: cast("str", pair[0]))
    return [item for _, item in pairs] + [item for key, item in zip(keys, items, strict=True) if key is None]


def extreme(items: Sequence[Value], keys: Sequence[Value], function: str) -> Value:
    """Give the first item with the least (`min`) or greatest (`max`) key; null if no item has a key."""
    pairs = arranged(items, keys, function)
    if not pairs:
        return None
    choose = min if function.startswith("min") else max
    return choose(pairs, key=lambda pair: cast("str", pair[0]))[1]


def _sort(value: Value) -> Value:
    items = _items(value, "sort")
    return sorted_by(items, items, "sort")


def _min(value: Value) -> Value:
    items = _items(value, "min")
    return extreme(items, items, "min")


def _max(value: Value) -> Value:
    items = _items(value, "max")
    return extreme(items, items, "max")


PLAIN: Mapping[str, Callable[..., Value]] = {
    "contains": _contains,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "length": _length,
    "join": _join,
    "keys": _keys,
    "values": _values,
    "sort": _sort,
    "reverse": _reverse,
    "min": _min,
    "max": _max,
    "sum": _sum,
    "get": _get,
}
"""Functions of values; a null argument has been answered with null before they are called."""
