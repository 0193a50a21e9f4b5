"""Texts: truncate, join, money_text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, cast

from tieout.mapping.compiled import Path
from tieout.mapping.transforms.values import blank, number, text
from tieout.model import Kind, Value
from tieout.money.currencies import exponent, known
from tieout.money.rounding import to_places
from tieout.transform import Binding, Bound, End, Misused, Scope, Transform, Unconvertible
from tieout.values import number as plain


@dataclass(frozen=True, slots=True)
class _Truncate(Bound):
    length: int
    exact: bool = False

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        if blank(value):
            return None
        whole = text(value, "truncate")
        return whole if len(whole) <= self.length else whole[: self.length].rstrip() or None


class Truncate(Transform):
    """The beginning of a text."""

    name = "truncate"
    summary = "the first so many characters; the rest is lost"
    arguments: ClassVar[Mapping[str, object]] = {"type": "integer", "minimum": 1}

    def bind(self, binding: Binding) -> Bound:
        """Take the length."""
        length = binding.argument
        if isinstance(length, bool) or not isinstance(length, int | Decimal) or length < 1 or length % 1:
            raise Misused("truncate takes how many characters to keep, for example {truncate: 255}")
        return _Truncate(int(length))


@dataclass(frozen=True, slots=True)
class _Join(Bound):
    separator: str
    exact: bool = False

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        if isinstance(value, list | tuple):
            parts = [_part(item) for item in cast("Sequence[Value]", value) if not blank(item)]
            return self.separator.join(parts) or None
        return None if blank(value) else _part(value)


def _part(item: Value) -> str:
    if isinstance(item, Decimal):
        return plain(item)
    return text(item, "join")


class Join(Transform):
    """One text of a list."""

    name = "join"
    summary = "one text made of a list, with the argument between the items; blanks are left out"
    arguments: ClassVar[Mapping[str, object]] = {"type": "string"}

    def bind(self, binding: Binding) -> Bound:
        """Take the separator."""
        if not isinstance(binding.argument, str):
            raise Misused('join takes what stands between the items, for example {join: ", "}')
        return _Join(binding.argument)


@dataclass(frozen=True, slots=True)
class _MoneyText(Bound):
    source: End
    converted: Callable[[Scope], Value] | None = None
    """Gives the currency of the amount: what it was converted to before, or the source's; None: its field tells."""
    exact: bool = False

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        if isinstance(value, Mapping):
            return ", ".join(spelt(code, value[code]) for code in sorted(value) if not blank(value[code])) or None
        if blank(value):
            return None
        code = self._currency(scope)
        if code is None:
            raise Unconvertible("no-currency", "money_text does not know the currency of this amount")
        return spelt(code, value)

    def _currency(self, scope: Scope) -> str | None:
        if self.converted is not None:
            code = self.converted(scope)
            return code if isinstance(code, str) and code else None
        named = self.source.field.currency if self.source.field is not None else None
        if named is None or known(named):
            return named
        parent = scope.get("parent")
        above = parent.get(self.source.side) if isinstance(parent, Mapping) else None
        for record in (scope.get(self.source.side), above):
            found = Path(named, tuple(named.split("."))).read(record) if isinstance(record, Mapping) else None
            if isinstance(found, str) and found:
                return found
        return None


def spelt(code: str, value: Value) -> str:
    """Give an amount with its currency: `GBP 1,200.00`. Raises Unconvertible for what is no number."""
    amount, places = number(value, "money_text"), exponent(code)
    return f"{code} {amount if places is None else to_places(amount, places):,f}"


class MoneyText(Transform):
    """Amounts as text."""

    name = "money_text"
    summary = 'an amount, or amounts by currency, as text: "EUR 300.00, GBP 1,200.00"'

    def bind(self, binding: Binding) -> Bound:
        """Refuse a field whose currency nobody knows."""
        field = binding.source.field
        if field is not None and field.kind is not Kind.GROUP and field.currency is None and binding.converted is None:
            raise Misused(f"{field.path} of {binding.source.side} names no currency, so no text can name it")
        return _MoneyText(binding.source, binding.converted or binding.currency)
