"""What `convert` and `rate` have in common: asking the project's chain of sources for a rate of a day.

A rule is bound without rates; a run hands them over (`tieout.mapping.rated`), and until then there are none.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Self

from tieout.mapping.transforms.values import blank, day
from tieout.model import Value
from tieout.money.currencies import countable, known
from tieout.money.documents import DOCUMENTS, DocumentMoney
from tieout.money.rates import Found, Missing, Own, Rates
from tieout.transform import Binding, Bound, End, Misused, Scope, Unconvertible

_CODE = re.compile("[A-Z]{3}")

Read = Callable[[Scope], Value]


class RatedBound(Bound):
    """A bound transform that asks for rates: a frozen dataclass."""

    asking: Asking
    exact = False
    tells = True

    def with_rates(self, rates: Rates, bases: Mapping[str, str]) -> Self:
        """Give the same with rates. `bases`: side -> the currency in which its organisation keeps its books."""
        return replace(self, asking=replace(self.asking, rates=rates, bases=bases))  # type: ignore[type-var]  # it is one

    @abstractmethod
    def codes(self, value: Value, scope: Scope, currency: str | None) -> tuple[str, str]:
        """Give the two currencies between which a rate is needed for this value; raises Unconvertible."""

    def evidence(
        self, value: Value, *, to: str, scope: Scope, currency: str | None = None  # noqa: ARG002
    ) -> Mapping[str, Value]:  # fmt: skip
        """Tell which rate was used."""
        if blank(value):
            return {}
        code, other = self.codes(value, scope, currency)
        return {} if code == other else dict(self.asking.find(code, other, scope).evidence)


# --- the document in hand ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DocumentRate:
    """How the rate that the source's document carries is read of it."""

    side: str
    path: str
    currency: Read
    rate: Read
    day: Read

    def own(self, scope: Scope, base: str | None) -> Own | None:
        """Give its own rate; None if it has none, or nobody knows against which currency."""
        currency, rate, when = self.currency(scope), self.rate(scope), self.day(scope)
        if base is None or not isinstance(currency, str) or not isinstance(rate, Decimal) or blank(when):
            return None
        return Own(currency, base, rate, day(when, "rate"), f"{self.side}.{self.path}")


@dataclass(frozen=True, slots=True)
class Asking:
    """What both transforms need to ask for a rate: of which day, for which object."""

    at: Read
    written: str
    """The expression of the day, as people know it."""
    source: End
    document: DocumentRate | None
    rates: Rates | None = None
    bases: Mapping[str, str] = field(default_factory=dict)

    def find(self, currency: str, base: str, scope: Scope) -> Found:
        """Give a rate; raises Unconvertible (no-rate, stale-rate) with every source's reason."""
        when = self.at(scope)
        if blank(when):
            raise Unconvertible("no-rate", f"{self.written} is blank, and a rate of {currency}/{base} is of a day")
        if self.rates is None:
            raise Unconvertible("no-rate", f"no rates were read, and {currency}/{base} needs one")
        own = self.document.own(scope, self.bases.get(self.source.side)) if self.document is not None else None
        found = self.rates.find(currency, base, self._day(when), object_=self.source.object, own=own)
        if isinstance(found, Missing):
            raise Unconvertible(found.code, str(found))
        return found

    def _day(self, when: Value) -> date:
        return day(when, "rate")


def asking_for(binding: Binding, argument: Mapping[str, object], name: str) -> Asking:
    """Bind the day of the rate and the document it may come from; raises Misused where the day cannot be told."""
    source, money = binding.source, DOCUMENTS.get((binding.source.adapter, binding.source.object))
    written = argument.get("at")
    if written is None:
        if money is None:
            mend = f"name the day of the rate: as: {{{name}: {{at: {source.side}.Date}}}}"
            raise Misused(
                f"{name} needs the day of the rate, and {source.object or source.side} is no document; {mend}"
            )
        written = _from_document(source, money.day)
    return Asking(_compiled(binding, str(written)), str(written), source, _document(binding, money))


def _document(binding: Binding, money: DocumentMoney | None) -> DocumentRate | None:
    if money is None or not money.rate:
        return None
    names = [_from_document(binding.source, path) for path in (money.currency, money.rate, money.day)]
    currency, rate, when = (_compiled(binding, name) for name in names)
    return DocumentRate(binding.source.side, money.rate, currency, rate, when)


def _from_document(end: End, path: str) -> str:
    """Give the expression of a path of the document, also from within one of its lists."""
    return f"parent.{end.side}.{path}" if end.item else f"{end.side}.{path}"


def _compiled(binding: Binding, written: str) -> Read:
    if binding.expression is None:
        raise Misused("a rate needs records to read its day of")
    return binding.expression(written)


def code_or_expression(binding: Binding, written: object) -> Read:
    """Bind a currency that is written as its code or as an expression; raises Misused."""
    code = str(written)
    if _CODE.fullmatch(code):
        if not countable(code):
            told = "no currency that amounts can be in" if known(code) else "no currency of ISO 4217"
            raise Misused(f"{code} is {told}")
        return lambda _scope: code
    return _compiled(binding, code)
