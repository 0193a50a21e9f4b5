"""Xero's own transforms: telephone numbers in three fields, names as Xero takes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

from tieout.adapter import Binding, Bound, End, Kind, Misused, Scope, Transform, Unconvertible, Value
from tieout_xero import phones
from tieout_xero.names import xero_name

_XERO = "xero"
"""The adapter's name: a transform finds its end by it."""


def _xero_end(binding: Binding, name: str) -> End:
    """Find the end that is in Xero; raises Misused."""
    found = [end for end in (binding.source, binding.target) if end.adapter == _XERO]
    if len(found) != 1:
        raise Misused(f"{name} stands between Xero and another system; here {len(found) or 'no'} sides are Xero")
    return found[0]


@dataclass(frozen=True, slots=True)
class _Phone(Bound):
    side: str
    names: frozenset[str] = frozenset({phones.COUNTRY, phones.AREA, phones.NUMBER})

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        text = _text(value)
        if to != self.side:
            return text
        if text is None:
            # An object of blanks, so that clearing leaves the other names of the group alone.
            return dict.fromkeys(sorted(self.names))
        try:
            return {name: part or None for name, part in phones.to_xero(text).items()}
        except ValueError as error:
            raise Unconvertible("too-long", str(error)) from None

    def same(self, one: Value, other: Value, *, on: str) -> bool:  # noqa: ARG002
        return phones.same(_text(one) or "", _text(other) or "")


def _text(value: Value) -> str | None:
    """Give a number as text, from either side's form."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return phones.to_text(cast("Mapping[str, str | None]", value)) or None
    if not isinstance(value, str):
        raise Unconvertible("not-a-text", "xero_phone converts text; this value is none")
    return value.strip() or None


class XeroPhone(Transform):
    """A telephone number in Xero's three fields."""

    name: ClassVar[str] = "xero_phone"
    summary: ClassVar[str] = "a number that starts with + is split by country and area; other text stays whole"

    def bind(self, binding: Binding) -> Bound:
        """Find Xero's end, which must be one of a contact's phones."""
        end = _xero_end(binding, self.name)
        if end.field is not None and end.field.kind is not Kind.GROUP:
            raise Misused(f"{end.field.path} is one part of a telephone; write Phones.DEFAULT (or DDI, MOBILE, FAX)")
        return _Phone(end.side)


@dataclass(frozen=True, slots=True)
class _Name(Bound):
    side: str | None
    """Xero's; None: only compared."""

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise Unconvertible("not-a-text", "xero_name converts text; this value is none")
        if self.side is None:
            return _one_line(value) or None
        if to != self.side:
            return value
        try:
            return xero_name(value) or None
        except ValueError as error:
            raise Unconvertible("refused-name", str(error)) from None

    def same(self, one: Value, other: Value, *, on: str) -> bool:  # noqa: ARG002
        return _one_line(one) == _one_line(other)


def _one_line(value: Value) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


class XeroName(Transform):
    """A name as Xero takes it."""

    name: ClassVar[str] = "xero_name"
    summary: ClassVar[str] = "towards Xero blanks are trimmed and runs of them made one; compared so"

    def bind(self, binding: Binding) -> Bound:
        """Find Xero's end."""
        end = _xero_end(binding, self.name)
        compares = binding.source.field is None and binding.target.field is None
        return _Name(None if compares else end.side)
