"""In which currency an amount is: a fixed code, or the code that stands at a path of its record (`Field.currency`).

An amount is only ever copied into its own currency. Where both currencies are told by data, data decides: the record
is held, and both codes are named. What is certain beforehand is refused by the checker (`tieout.mapping.amounts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tieout.mapping.compiled import Missing, Path
from tieout.model import Value
from tieout.transform import Bound, Scope, Unconvertible


@dataclass(frozen=True, slots=True)
class Coin:
    """The currency of one field of one side, as its system describes it."""

    side: str
    path: str
    """Of the amount, from the record on."""
    written: str
    """The code, or its path from the record on."""
    code: str | None
    """None: only the record tells."""
    within: str = ""
    """The list whose item the amount is in ("LineItems"); empty: the record itself."""

    @property
    def places(self) -> tuple[str, ...]:
        """Give the paths at which the code may stand, from the record on: an item's currency is its document's."""
        if self.code is not None:
            return ()
        own = self.written.removeprefix(f"{self.within}.") if self.within else self.written
        return tuple(dict.fromkeys((self.written, own)))

    @property
    def spots(self) -> frozenset[tuple[str, str]]:
        """Give (side, path) of these places."""
        return frozenset((self.side, place) for place in self.places)

    @property
    def name(self) -> str:
        """Name the amount for people."""
        return f"{self.side}.{self.path}"

    @property
    def place(self) -> str:
        """Give where the code stands, for people."""
        return f"{self.side}.{self.places[-1]}" if self.code is None else self.code

    def __str__(self) -> str:
        return self.code if self.code is not None else f"the currency that {self.place} names"

    def seen(self, scope: Scope) -> Value | Missing:
        """Give the code that the record in a scope has; None if it is blank there, Missing if nothing tells."""
        if self.code is not None:
            return self.code
        parent = scope.get("parent")
        above = parent.get(self.side) if isinstance(parent, Mapping) else None
        blank: Value | Missing = Missing()
        for record in (scope.get(self.side), above):
            for place in reversed(self.places):
                found = Path(place, tuple(place.split("."))).read(record) if isinstance(record, Mapping) else Missing()
                if isinstance(found, str) and found:
                    return found
                blank = None if found is None or found == "" else blank
        return blank


@dataclass(frozen=True, slots=True)
class RolledCoin(Coin):
    """The currency of a figure of a roll-up: that of all its items, or the one they are converted into."""

    of: frozenset[tuple[str, str]] = frozenset()
    """(side, path) where the code stands that the figure is in."""

    @property
    def spots(self) -> frozenset[tuple[str, str]]:
        """Give (side, path) that tell the code; `item` is a side here."""
        return self.of

    @property
    def place(self) -> str:
        """Give where the code stands, for people."""
        return self.code or " or ".join(f"{side}.{path}" for side, path in sorted(self.of))

    def seen(self, scope: Scope) -> Value | Missing:
        """Give the code that the figure of the record in a scope is in; a figure over nothing is in none."""
        figures = scope.get("rollup")
        if self.code is not None or not isinstance(figures, Currencies):
            return Missing() if self.code is None else self.code
        code = figures.currency(self.path)
        return Missing() if code is None else code


@runtime_checkable
class Currencies(Protocol):
    """What tells the currencies of figures (`tieout.mapping.rolled.Figures`)."""

    def currency(self, name: str) -> str | None:
        """Give the currency that a figure is in; None: none."""


@dataclass(frozen=True, slots=True)
class SameCurrency(Bound):
    """Lets an amount pass only into its own currency, and then converts as the rule says."""

    inner: Bound | None
    coins: Mapping[str, tuple[Coin, ...]]
    """Side -> the amounts that the rule reads or writes there."""
    exact: bool = True
    names: frozenset[str] = frozenset()

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:
        """Convert; raises Unconvertible (`other-currency`, `no-currency`) for an amount that would change its own."""
        if value is not None and value != "":
            self._hold(to, scope, currency)
        return value if self.inner is None else self.inner.convert(value, to=to, scope=scope, currency=currency)

    def same(self, one: Value, other: Value, *, on: str) -> bool:
        """Compare as the rule does."""
        return one == other if self.inner is None else self.inner.same(one, other, on=on)

    def _hold(self, to: str, scope: Scope, currency: str | None) -> None:
        for target in self.coins.get(to, ()):
            there = currency if currency is not None else target.seen(scope)
            made = _is_made(to, scope)
            for source in (coin for side, coins in self.coins.items() if side != to for coin in coins):
                _compare(source, source.seen(scope), target, None if made and isinstance(there, Missing) else there)


def _is_made(side: str, scope: Scope) -> bool:
    """Say whether the document on this side does not exist yet: a system gives it a currency of its own choice."""
    parent = scope.get("parent")
    return (parent.get(side) if isinstance(parent, Mapping) else scope.get(side)) is None


def _compare(source: Coin, here: Value | Missing, target: Coin, there: Value | Missing) -> None:
    if isinstance(here, Missing):
        return
    if here is None:
        raise Unconvertible("no-currency", f"{source.name} is an amount without a currency: {source.place} is blank")
    if there is None:
        raise Unconvertible("no-currency", f"{source.name} is in {here}, and {target.place} is blank for {target.name}")
    if not isinstance(there, Missing) and here != there:
        message = f"{source.name} is in {here} and {target.name} in {there}: copying does not convert an amount"
        raise Unconvertible("other-currency", message)
