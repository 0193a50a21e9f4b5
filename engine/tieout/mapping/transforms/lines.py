"""lines: one text of several lines on one side, several one-line fields on the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tieout.mapping.transforms.values import blank, ends, known_side, text
from tieout.model import Kind, Value
from tieout.transform import Binding, Bound, Misused, Scope, Transform


@dataclass(frozen=True, slots=True)
class _Lines(Bound):
    side: str
    order: tuple[str, ...]
    names: frozenset[str]

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        # A blank group is an object of blanks, so that clearing it leaves the group's other names alone.
        return self._group(self._lines(value)) if to == self.side else self._text(value)

    def same(self, one: Value, other: Value, *, on: str) -> bool:  # noqa: ARG002
        return self._group(self._lines(one)) == self._group(self._lines(other))

    def _text(self, group: Value) -> Value:
        lines = self._lines(group)
        return "\n".join(lines) or None

    def _lines(self, value: Value) -> list[str]:
        """Give the lines of a text or a group, blanks around them dropped, blank ones kept where others follow."""
        if isinstance(value, Mapping):
            value = "\n".join(str(value.get(name) or "") for name in self.order)
        lines = [] if blank(value) else [line.strip() for line in text(value, "lines").splitlines()]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def _group(self, lines: list[str]) -> dict[str, Value]:
        """Spread the lines; those that find no place are joined into the last."""
        last = len(self.order) - 1
        kept = [*lines[:last], ", ".join(line for line in lines[last:] if line)]
        return {name: (kept[count] if count < len(kept) else "") or None for count, name in enumerate(self.order)}


class Lines(Transform):
    """A text of several lines as several fields."""

    name = "lines"
    summary = "a text of several lines as several fields; lines beyond the last field are joined into it"
    arguments: ClassVar[Mapping[str, object]] = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
    }

    def bind(self, binding: Binding) -> Bound:
        """Find the side with the fields."""
        given = binding.argument
        if not isinstance(given, Mapping) or len(given) != 1:
            raise Misused("lines names the fields of one side: {lines: {books: [AddressLine1, AddressLine2]}}")
        ((key, order),) = given.items()
        side = known_side(key, binding, self.name)
        if not isinstance(order, list | tuple) or not order or len(set(order)) < len(order):
            raise Misused("lines needs the names of the fields, each once, in their order")
        field = ends(binding)[side].field
        if field is not None and field.kind is not Kind.GROUP:
            raise Misused(f"{field.path} of {side} is one field; name the group above the lines instead")
        names = tuple(str(name) for name in order)
        return _Lines(side, names, frozenset(names))
