"""Amounts: money, percent, negate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tieout.mapping.functions import equal
from tieout.mapping.transforms.values import blank, ends, number
from tieout.model import Field, Value
from tieout.money.currencies import exponent, known
from tieout.money.rounding import to_places
from tieout.transform import Binding, Bound, End, Misused, Scope, Transform, Unconvertible

_PERCENT_PLACES = 4


def _equal_to(places: int | None, one: Value, other: Value) -> bool:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return one == other if places is None else to_places(one, places) == to_places(other, places)
    if blank(one) or blank(other):
        return blank(one) and blank(other)  # nothing is not zero
    return equal(one, other)


# --- money ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Money(Bound):
    fields: Mapping[str, Field | None]
    compared: int | None
    """Places to which both ends agree; None: all."""
    pair: bool
    exact: bool

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        if blank(value):
            return None
        amount = number(value, "money")
        places = _places(self.fields.get(to), currency)
        if places is None and not self.pair:
            raise Unconvertible("no-currency", f"the currency of this amount is not known ({currency or 'none given'})")
        return amount if places is None else to_places(amount, places)

    def same(self, one: Value, other: Value, *, on: str) -> bool:  # noqa: ARG002
        return _equal_to(self.compared, one, other)


def _places(field: Field | None, currency: str | None) -> int | None:
    """Give the decimals that a field keeps: its own, else those of the currency."""
    if field is not None and field.scale is not None:
        return field.scale
    code = currency or (field.currency if field is not None else None)
    return exponent(code) if code is not None else None


class Money(Transform):
    """Amounts, rounded half up to the decimals that the target keeps."""

    name = "money"
    summary = "an amount, rounded half up to the decimals that the target keeps"

    def bind(self, binding: Binding) -> Bound:
        """Refuse a target without a currency."""
        written = [binding.source, binding.target] if binding.pair else [binding.target]
        for end in written:
            _must_have_currency(end)
        fields = {side: end.field for side, end in ends(binding).items()}
        places = [_fixed_places(end.field) for end in written]
        told = [place for place in places if place is not None]
        exact = not told or len(told) == len(places)
        return _Money(fields, min(told) if told and exact else None, binding.pair, exact)


def _fixed_places(field: Field | None) -> int | None:
    code = field.currency if field is not None else None
    return _places(field, code if code is not None and known(code) else None)


def _must_have_currency(end: End) -> None:
    """Refuse a written field that names no currency; of one that is not described now (offline) nothing is known."""
    if end.field is not None and end.field.currency is None:
        raise Misused(
            f"{end.field.path} of {end.side} names no currency, and an amount never stands without one; "
            "write it to a field whose currency is described, or as text with money_text"
        )


# --- percent, negate -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Percent(Bound):
    places: int

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        return None if blank(value) else to_places(number(value, "percent"), self.places)

    def same(self, one: Value, other: Value, *, on: str) -> bool:  # noqa: ARG002
        return _equal_to(self.places, one, other)


class Percent(Transform):
    """A percent stays a percent."""

    name = "percent"
    summary = "a percent stays a percent (never times 100), at most four decimals, half up"

    def bind(self, binding: Binding) -> Bound:
        """Keep no more decimals than either end does."""
        written = [binding.source, binding.target] if binding.pair else [binding.target]
        scales = [end.field.scale for end in written if end.field is not None and end.field.scale is not None]
        return _Percent(min([_PERCENT_PLACES, *scales]))


class _Negate(Bound):
    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        if blank(value):
            return None
        return number(value, "negate").copy_negate() if value else Decimal(0)

    def same(self, one: Value, other: Value, *, on: str) -> bool:  # noqa: ARG002
        return _equal_to(None, one, other)


class Negate(Transform):
    """The other sign."""

    name = "negate"
    summary = "the number with the other sign"

    def bind(self, binding: Binding) -> Bound:  # noqa: ARG002  # it has nothing to know
        """Bind."""
        return _Negate()
