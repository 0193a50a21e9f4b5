"""tax_number: VAT, GST and other tax numbers, checked by the rules of their country."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from tieout.mapping.transforms.country import code_of
from tieout.mapping.transforms.values import blank, comparing, text
from tieout.model import Value
from tieout.money.tax_numbers import KINDS, NoRules, country_in, fault, plain
from tieout.transform import Binding, Bound, Misused, Scope, Transform, Unconvertible

_CODE = re.compile("[A-Z]{2}")
_FORM = "{tax_number: {country: crm.BillingCountry, kind: vat}}"


def checked(number: str, country: Value, kind: str) -> str:
    """Give a number in letters and digits; raises Unconvertible if it is wrong, or if its rules are not known."""
    code = country_in(number) if blank(country) else code_of(text(country, "tax_number"))
    if code is None:
        spelt = "its country is blank, and it begins with none" if blank(country) else "its country is not known"
        raise Unconvertible("no-tax-rules", f"this {kind} number cannot be checked: {spelt}")
    try:
        wrong = fault(number, code, kind)
    except NoRules as problem:
        raise Unconvertible("no-tax-rules", str(problem)) from None
    if wrong is not None:
        raise Unconvertible("not-a-tax-number", f"this is no {kind} number of {code}: {wrong}")
    return plain(number)


def fixed_country(written: str | None) -> Callable[[Scope], Value] | None:
    """Give what tells a country that is written as a code, or not at all; None: it is an expression."""
    return Fixed(written) if written is None or _CODE.fullmatch(written) else None


def rules_lacking(country: Value, kind: str) -> str | None:
    """Say why numbers of a country and kind cannot be checked; None: they can, or the number itself will tell."""
    try:
        return None if country is None else fault("", str(country), kind) and None
    except NoRules as problem:
        return str(problem)


@dataclass(frozen=True, slots=True)
class Fixed:
    """A country that stands in the mapping; None: the number tells."""

    code: str | None

    def __call__(self, scope: Scope) -> Value:  # noqa: ARG002  # stands for an expression
        """Give the code."""
        return self.code


@dataclass(frozen=True, slots=True)
class _TaxNumber(Bound):
    kind: str
    country: Callable[[Scope], Value]
    compares: bool

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        if blank(value):
            return None
        number = text(value, "tax_number")
        return plain(number) or None if self.compares else checked(number, self.country(scope), self.kind)

    def same(self, one: Value, other: Value, *, on: str) -> bool:  # noqa: ARG002
        left, right = (plain(value) if isinstance(value, str) else value or "" for value in (one, other))
        return left == right


class TaxNumber(Transform):
    """Tax numbers that are checked."""

    name = "tax_number"
    summary = "a tax number in letters and digits; one that breaks the rules of its country is held"
    arguments: ClassVar[Mapping[str, object]] = {
        "description": "whose rules: a country (an expression, or a code), else the one that the number begins with",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "country": {"type": "string", "description": "an expression that gives a country, or a code (GB)"},
            "kind": {"enum": list(KINDS), "description": "vat stands for GST and its like, too; vat by default"},
        },
    }
    optional_argument = True

    def bind(self, binding: Binding) -> Bound:
        """Take country and kind; refuse a country that is known to have no rules."""
        given = binding.argument if binding.argument is not None else {}
        if not isinstance(given, Mapping):
            raise Misused(f"tax_number is written as {_FORM}")
        written, kind = given.get("country"), str(given.get("kind", "vat"))
        compares = comparing(binding)
        spelt = str(written) if written is not None else None
        country = fixed_country(spelt)
        if country is not None:
            lacking = rules_lacking(country({}), kind)
            if lacking is not None:
                raise Misused(lacking)
            return _TaxNumber(kind, country, compares)
        if binding.expression is None or spelt is None:
            raise Misused("the country is a two-letter code here (GB)")
        return _TaxNumber(kind, binding.expression(spelt), compares)
