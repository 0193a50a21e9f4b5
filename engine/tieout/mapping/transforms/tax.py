"""tax: a class of goods becomes the tax type of the target's organisation.

A rule is bound without a table; which one holds is known once the organisation is (`tieout.mapping.taxed`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from tieout.mapping.transforms.values import blank, day, text
from tieout.model import Value
from tieout.money.documents import DOCUMENTS
from tieout.money.tax import TaxTable
from tieout.toolkit import nearest
from tieout.transform import Binding, Bound, Misused, OneWay, Scope, Transform, Unconvertible

Read = Callable[[Scope], Value]


@dataclass(frozen=True, slots=True)
class TaxBound(Bound):
    """The transform in one rule."""

    side: str
    """The side whose organisation's tax types are written."""
    at: Read
    written: str
    """The expression of the day, as people know it."""
    table: TaxTable | None = None
    exact: bool = False
    tells: bool = True
    names: frozenset[str] = frozenset()
    converts: bool = False

    def with_table(self, table: TaxTable | None) -> Self:
        """Give the same with the organisation's table."""
        return replace(self, table=table)

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        """Give the tax type of a class; raises Unconvertible where the table has none for the day."""
        if blank(value):
            return None
        return self._found(text(value, "tax"), scope)["type"]

    def evidence(
        self, value: Value, *, to: str, scope: Scope, currency: str | None = None  # noqa: ARG002
    ) -> Mapping[str, Value]:  # fmt: skip
        """Tell of which table and source the tax type is."""
        return {} if blank(value) else self._found(text(value, "tax"), scope)

    def _found(self, class_: str, scope: Scope) -> dict[str, Value]:
        if self.table is None:
            message = (
                f"there is no tax table for the organisation of {self.side}; name one under its connection: tax: …"
            )
            raise Unconvertible("no-tax-table", message)
        when = self.at(scope)
        if blank(when):
            raise Unconvertible("no-tax-class", f"{self.written} is blank, and a tax type is valid from day to day")
        on = day(when, "tax").isoformat()
        entry = self.table.find(class_, on)
        if entry is None:
            raise Unconvertible("no-tax-class", self._why(class_, on))
        told = {"tax_table": self.table.name, "class": class_, "type": entry.type, "source": entry.source, "day": on}
        return {**told, **({} if entry.percent is None else {"percent": entry.percent})}

    def _why(self, class_: str, on: str) -> str:
        table = self.table
        classes = sorted(table.find_classes(on)) if table is not None else []
        near = nearest(class_, classes, most=1)
        hint = f"did you mean {near[0]}?" if near else f"it has: {', '.join(classes) or 'none'}"
        name = "" if table is None else table.name
        return (
            f"the tax table {name} has no tax type for the class {class_!r} on {on}; {hint}; put a lookup of your own "
            "classes before `tax`, or name a table of your own under the connection: tax: …"
        )


class Tax(Transform):
    """A class of goods as a tax type."""

    name = "tax"
    summary = (
        "a class of goods (standard, reduced, zero, exempt, reverse_charge, out_of_scope, or a table's own) as the tax "
        "type that the target's organisation has for it: `at`, an expression (else the document's date)"
    )
    arguments: ClassVar[Mapping[str, object]] = {
        "type": "object",
        "properties": {"at": {"type": "string", "minLength": 1}},
        "additionalProperties": False,
    }
    optional_argument = True

    def bind(self, binding: Binding) -> Bound:
        """Refuse a pair, for several classes may have one tax type; raises Misused where the day cannot be told."""
        if binding.pair:
            raise OneWay("several classes may have one tax type; name one side and give it a `from`")
        argument = binding.argument if isinstance(binding.argument, Mapping) else {}
        written = str(argument.get("at") or _day_of(binding))
        if binding.expression is None:
            raise Misused("a tax type needs records to read its day of")
        return TaxBound(binding.target.side, binding.expression(written), written)


def _day_of(binding: Binding) -> str:
    source = binding.source
    document = DOCUMENTS.get((source.adapter, source.object))
    if document is None:
        mend = f"name the day: as: {{tax: {{at: {source.side}.Date}}}}"
        raise Misused(f"tax needs the day of the document, and {source.object or source.side} is none; {mend}")
    return f"parent.{source.side}.{document.day}" if source.item else f"{source.side}.{document.day}"
