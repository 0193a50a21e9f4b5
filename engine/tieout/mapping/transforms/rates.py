"""Exchange rates in a mapping: `convert` makes an amount one of another currency, `rate` gives the rate itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from tieout.mapping.transforms.asking import Asking, RatedBound, Read, asking_for, code_or_expression
from tieout.mapping.transforms.values import blank, number, text
from tieout.model import Value
from tieout.money.currencies import exponent, known
from tieout.money.lossy import loss
from tieout.money.rate_sources.ecb import Ecb
from tieout.money.rates import Found, Rates, converted, shown
from tieout.money.rounding import to_places
from tieout.transform import Binding, Bound, End, Misused, OneWay, Scope, Transform, Unconvertible

_RATE_PLACES = 6
"""Decimals of a rate where the target does not say: Xero keeps six (facts: xero 2.7)."""
_UNIT_PRICE = 4
"""A field that keeps so many decimals is a unit price, whose cents have parts whatever the currency."""


# --- convert -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Convert(RatedBound):
    asking: Asking
    amount: Read
    """The currency of the amount."""
    goal: Read | None
    """The currency to convert to; None: that of the target."""
    target: End
    converts: bool = True
    exact: bool = False
    tells: bool = True
    names: frozenset[str] = frozenset()

    def gives(self) -> Read | None:
        """Give the currency that is named by `to`."""
        return self.goal

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        """Convert an amount, rounded half up once; raises Unconvertible for one without currency or rate."""
        if blank(value):
            return None
        amount = number(value, "convert")
        code, goal = self.codes(value, scope, currency)
        if code == goal:
            return to_places(amount, self._places(goal))
        return converted(amount, self.asking.find(code, goal, scope), self._places(goal))

    def codes(self, value: Value, scope: Scope, currency: str | None) -> tuple[str, str]:  # noqa: ARG002
        """Give the amount's currency and the one to convert to."""
        code, goal = self.amount(scope), currency if self.goal is None else self.goal(scope)
        if blank(code):
            raise Unconvertible("no-currency", "the currency of the amount that is converted is not known")
        if blank(goal):
            raise Unconvertible("no-currency", "the currency to convert to is not known")
        wanted = text(goal, "convert")
        if currency is not None and currency != wanted:
            raise Unconvertible("other-currency", f"it is converted to {wanted}, and its target is in {currency}")
        return text(code, "convert"), wanted

    def _places(self, goal: str) -> int:
        of_code = exponent(goal)
        scale = self.target.field.scale if self.target.field is not None else None
        told = [places for places in (of_code, scale) if places is not None]
        if not told:
            raise Unconvertible("no-currency", f"{goal} is no currency whose decimals are known")
        return scale if scale is not None and scale >= _UNIT_PRICE else min(told)


class Convert(Transform):
    """An amount in another currency."""

    name = "convert"
    summary = (
        "the amount in another currency, at the rate of a day: `to`, a code or an expression (else the target's "
        "currency), `at`, an expression (else the document's date), `from` where the amount's own currency is not known"
    )
    arguments: ClassVar[Mapping[str, object]] = {
        "type": "object",
        "properties": {name: {"type": "string", "minLength": 1} for name in ("to", "at", "from")},
        "additionalProperties": False,
    }
    optional_argument = True

    def bind(self, binding: Binding) -> Bound:
        """Refuse a pair, with what it would lose; raises Misused where day or currency cannot be told."""
        if binding.pair:
            raise OneWay(_why_not_both_ways(binding))
        argument = binding.argument if isinstance(binding.argument, Mapping) else {}
        written, goal = argument.get("from"), argument.get("to")
        amount = (binding.converted or binding.currency) if written is None else code_or_expression(binding, written)
        if amount is None:
            mend = f"name it: as: {{convert: {{from: {binding.source.side}.…}}}}"
            raise Misused(f"the currency of what is converted here is not described; {mend}")
        if goal is None and (binding.target.field is None or binding.target.field.currency is None):
            raise Misused(f"{binding.target.side} does not say in which currency this is kept; write to: …")
        to = None if goal is None else code_or_expression(binding, goal)
        return _Convert(asking_for(binding, argument, self.name), amount, to, binding.target)


def _why_not_both_ways(binding: Binding) -> str:
    """Say what a pair would lose, in numbers, for the currencies at hand if they are known beforehand."""
    argument = binding.argument if isinstance(binding.argument, Mapping) else {}
    codes = [*(_fixed(end) for end in (binding.source, binding.target)), str(argument.get("to"))]
    told = [code for code in codes if code is not None and known(code)] or ["USD", "GBP"]
    one, other = told[0], next((code for code in (*told, "GBP", "USD") if code != told[0]), "EUR")
    lost = _lost(one, other) or _lost(other, one)
    said = "a converted amount cannot be converted back"
    if lost is not None:
        said += f": {lost}"
    return f"{said}; make the rule one way: name one side and give it a `from`"


def _fixed(end: End) -> str | None:
    code = end.field.currency if end.field is not None else None
    return code if code is not None and known(code) else None


def _lost(one: str, other: str) -> str | None:
    rate = Rates((Ecb(),)).find(other, one, _EXAMPLE_DAY)
    units = rate.rate if isinstance(rate, Found) else _EXAMPLE_RATE
    found = loss(to_places(units, _EXAMPLE_PLACES), exponent(one) or 0, exponent(other) or 0)
    if found is None:
        return None
    at = shown(to_places(units, _EXAMPLE_PLACES))
    return (
        f"at {at} {other} for 1 {one}, {found.share} % of all amounts come back as another one "
        f"({found.amount} {one} is {found.there} {other}, and that is {found.back} {one})"
    )


_EXAMPLE_DAY = date(2025, 3, 14)
_EXAMPLE_RATE = Decimal("0.7732")
"""For currencies that the European Central Bank does not quote."""
_EXAMPLE_PLACES = 6


# --- rate ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rate(RatedBound):
    asking: Asking
    base: Read | None
    """None: the currency in which the target's organisation keeps its books."""
    target: End
    converts: bool = False
    exact: bool = False
    tells: bool = True
    names: frozenset[str] = frozenset()

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        """Give units of the currency `value` for one unit of base; 1 for the base currency alone."""
        if blank(value):
            return None
        code, base = self.codes(value, scope, currency)
        if code == base:
            return Decimal(1)
        found = self.asking.find(code, base, scope)
        rate = to_places(found.rate, self._places())
        if rate in {Decimal(0), Decimal(1)}:
            raise Unconvertible("no-rate", f"{found} is {rate} with {self._places()} decimals, which is no rate")
        return rate

    def same(self, one: Value, other: Value, *, on: str) -> bool:  # noqa: ARG002
        """Say whether two rates are the same; a document in base currency may show 1 or none (facts: xero 2.7)."""
        return one == other or (blank(other) and one == 1) or (blank(one) and other == 1)

    def codes(self, value: Value, scope: Scope, currency: str | None) -> tuple[str, str]:  # noqa: ARG002
        """Give the currency that stands there, and the base that its rate is for."""
        base = self.asking.bases.get(self.target.side) if self.base is None else self.base(scope)
        if blank(base):
            message = f"the currency in which {self.target.side} keeps its books is not known; write rate: {{base: …}}"
            raise Unconvertible("no-rate", message)
        return text(value, "rate"), text(base, "rate")

    def _places(self) -> int:
        scale = self.target.field.scale if self.target.field is not None else None
        return _RATE_PLACES if scale is None else scale


class Rate(Transform):
    """An exchange rate."""

    name = "rate"
    summary = (
        "the exchange rate of a currency code, in its units for ONE unit of the target's base currency (as Xero's "
        "CurrencyRate): `at`, an expression (else the document's date), `base`, a code or an expression"
    )
    arguments: ClassVar[Mapping[str, object]] = {
        "type": "object",
        "properties": {name: {"type": "string", "minLength": 1} for name in ("at", "base")},
        "additionalProperties": False,
    }
    optional_argument = True

    def bind(self, binding: Binding) -> Bound:
        """Refuse a pair; raises Misused where the day cannot be told."""
        if binding.pair:
            raise OneWay("a rate is looked up, and cannot be turned back; name one side and give it a `from`")
        argument = binding.argument if isinstance(binding.argument, Mapping) else {}
        base = argument.get("base")
        asking = asking_for(binding, argument, self.name)
        return _Rate(asking, None if base is None else code_or_expression(binding, base), binding.target)
