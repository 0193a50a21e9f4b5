"""lookup: a value's counterpart in a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, cast

from tieout.mapping.canonical import same
from tieout.mapping.transforms.values import blank, ends, fields
from tieout.model import Field, Value
from tieout.toolkit import nearest
from tieout.transform import Binding, Bound, Misused, Scope, Transform, Unconvertible
from tieout.values import number as plain


@dataclass(frozen=True, slots=True)
class _Lookup(Bound):
    towards: Mapping[str, Mapping[str, Value]]
    """Side -> value of the other side, as text -> value of this side."""
    fields: Mapping[str, Field | None]
    pair: bool
    table: str

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        if blank(value):
            return None
        key = _key(value)
        found = self.towards[to].get(key)
        if found is None and self.pair:
            raise Unconvertible("not-in-table", f"{self.table} has no entry for {key!r}")
        return found

    def same(self, one: Value, other: Value, *, on: str) -> bool:
        return same(one, other, self.fields.get(on))


class Lookup(Transform):
    """A value's counterpart in a table."""

    name = "lookup"
    summary = (
        "the value's counterpart in a table, by name or written here; a missing entry is blank, on a pair it holds"
    )
    arguments: ClassVar[Mapping[str, object]] = {
        "description": "the name of a table, {from: to}, or rows by side: - {crm: Net 30, books: '30'}",
        "type": ["string", "object", "array"],
        "items": {"type": "object"},
    }

    def bind(self, binding: Binding) -> Bound:
        """Find the table; on a pair it must have rows by side and be one to one."""
        written, name = _table(binding)
        if isinstance(written, Mapping):
            if binding.pair:
                first, second = ends(binding)
                raise Misused(
                    f"{name} is read from left to right; a pair needs rows: - {{{first}: ..., {second}: ...}}"
                )
            mapped = {_key(cast("Value", key)): _cell(value) for key, value in written.items()}
            return _Lookup({binding.target.side: mapped}, fields(binding), pair=False, table=name)
        if not isinstance(written, list | tuple):
            raise Misused(f"{name} is no table: write {{from: to}} or rows by side")
        return _by_side(written, binding, name)


def _table(binding: Binding) -> tuple[object, str]:
    given = binding.argument
    if not isinstance(given, str):
        return given, "this table"
    if given not in binding.tables:
        near = nearest(given, binding.tables, most=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(binding.tables)) or 'none'}"
        raise Misused(f"there is no table {given!r}; {hint}")
    return binding.tables[given], f"the table {given}"


def _by_side(rows: Iterable[object], binding: Binding, name: str) -> Bound:
    source, target = binding.source.side, binding.target.side
    there, back = dict[str, Value](), dict[str, Value]()
    for row in rows:
        if not isinstance(row, Mapping) or set(row) != {source, target}:
            raise Misused(f"each row of {name} has exactly the sides {source} and {target}")
        one, other = _cell(row[source]), _cell(row[target])
        if one is None or (binding.pair and other is None):
            raise Misused(f"a row of {name} is blank on a side that is looked up")
        _once(there, one, name, source)
        there[_key(one)] = other
        if binding.pair:
            _once(back, other, name, target)
            back[_key(other)] = one
    return _Lookup({target: there, source: back}, fields(binding), pair=binding.pair, table=name)


def _once(seen: Mapping[str, Value], value: Value, name: str, side: str) -> None:
    if _key(value) in seen:
        raise Misused(f"{name} has {_key(value)!r} twice on the side {side}, so it is not one to one")


def _cell(value: object) -> Value:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, str | Decimal | bool):
        return value or None if value == "" else value
    if value is None:
        return None
    raise Misused("a table holds texts, numbers and booleans")


def _key(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal | int):
        return plain(Decimal(value))
    raise Unconvertible("not-a-text", "lookup finds texts, numbers and booleans, not lists and objects")
