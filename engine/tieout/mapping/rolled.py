"""Roll-ups (LANGUAGE §9): figures over the records that belong to one record, computed in Decimal when a rule asks.

A figure is never small because something was not read: what is not known of a member is `Undecided`. An amount keeps
its currency: amounts in two currencies are never added up, unless each is converted first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tieout.mapping.coins import Coin
from tieout.mapping.compiled import Expression, ExpressionFailed, Path, Undecided, holds
from tieout.mapping.compiled import Missing as Absent
from tieout.mapping.functions import is_number, name_of, ordered
from tieout.mapping.transforms.values import day
from tieout.model import Value
from tieout.money.currencies import exponent
from tieout.money.documents import DocumentMoney
from tieout.money.rates import Missing, Own, Rates, converted
from tieout.money.rounding import exactly, to_places
from tieout.problems import Position
from tieout.transform import Scope, Unconvertible
from tieout.values import dumps, number

Record = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Exchange:
    """`in`: each amount is converted at the rate of its own document, else at the chain's rate of its own day."""

    goal: Expression | str
    """A currency's code, or what gives it."""
    connection: str
    object: str
    money: DocumentMoney
    rates: Rates | None = None
    """Handed over by a run."""

    def convert(self, amount: Decimal, code: str, scope: Scope, name: str) -> tuple[Decimal, str]:
        """Give an amount of `item` in the currency asked for, and that currency; raises Unconvertible."""
        goal = self.goal if isinstance(self.goal, str) else self.goal(scope)
        places = exponent(goal) if isinstance(goal, str) else None
        if not isinstance(goal, str) or places is None:
            raise Unconvertible("no-currency", f"{name} does not know into which currency to convert")
        if goal == code:
            return to_places(amount, places), goal
        if self.rates is None:
            raise Unconvertible("no-rate", f"no rates were read, and {name} needs one of {code}/{goal}")
        when = self._of(scope, self.money.day)
        if not isinstance(when, str) or not when:
            raise Unconvertible("no-rate", f"{self.money.day} is blank, and {name} needs a rate of {code}/{goal}")
        found = self.rates.find(
            code, goal, day(when, "rate"), object_=self.object, own=self._own(code, when, scope, self.rates)
        )
        if isinstance(found, Missing):
            raise Unconvertible(found.code, f"{name}: {found}")
        return converted(amount, found, places), goal

    def _own(self, code: str, when: str, scope: Scope, rates: Rates) -> Own | None:
        base, rate = rates.bases.get(self.connection), self._of(scope, self.money.rate) if self.money.rate else None
        if base is None or not isinstance(rate, Decimal):
            return None
        return Own(code, base, rate, day(when, "rate"), f"item.{self.money.rate}")

    def _of(self, scope: Scope, path: str) -> Value:
        record = scope["item"]
        found = Path(path, tuple(path.split("."))).read(record) if isinstance(record, Mapping) else None
        if isinstance(found, Absent):
            raise Undecided(f"item.{path} is not known of this record")
        return found


@dataclass(frozen=True, slots=True)
class Rollup:
    """One roll-up, ready to be computed."""

    name: str
    side: str
    """The side whose record the members belong to."""
    object: str
    """Whose records are members; empty: the partners of the record, over all parts (`of: links`)."""
    by: Path | None
    """Where a member holds the id of that record; None: links."""
    act: str
    """sum max min list or count"""
    value: Expression | None
    where: Expression | None
    per: Expression | None
    exchange: Exchange | None
    less: str
    coins: tuple[Coin, ...]
    """The currencies of the amounts that `value` reads of an item."""
    at: Position
    personal: bool = False
    """It shows personal data of its members."""

    @property
    def members(self) -> tuple[str, str, str]:
        """Name what the members are: roll-ups over the same ones share them."""
        return (self.side, self.object, self.by.text if self.by is not None else "")


@dataclass(frozen=True, slots=True)
class Told:
    """What a roll-up came to for one record."""

    value: Value
    codes: Mapping[str, str]
    """Key ("" without `per`) -> the currency, where it is an amount and there is one."""
    records: int
    """How many members it is made of."""


@dataclass(slots=True)
class _Group:
    values: list[Value] = field(default_factory=list)
    codes: set[str] = field(default_factory=set)
    records: int = 0


Members = Callable[[Rollup], Sequence[Record]]
"""Gives the members of the record in hand; raises Undecided where it is not known which there are."""


class Figures(Mapping[str, Value]):
    """What expressions see as `rollup`: each figure is computed when it is first read.

    Reading one raises Undecided, ExpressionFailed or Unconvertible.
    """

    def __init__(self, rollups: Sequence[Rollup], members: Members, scope: Scope) -> None:
        self._rollups = {one.name: one for one in rollups}
        self._members, self._scope = members, scope
        self._read: dict[tuple[str, str, str], Sequence[Record]] = {}
        self._told: dict[str, Told] = {}

    def __getitem__(self, name: str) -> Value:
        return self.told(name).value

    def __iter__(self) -> Iterator[str]:
        return iter(self._rollups)

    def __len__(self) -> int:
        return len(self._rollups)

    def told(self, name: str) -> Told:
        """Give a figure with what it is made of. Raises KeyError for a name that there is not."""
        if name not in self._told:
            rollup = self._rollups[name]
            made = self._made(rollup)
            self._told[name] = _less(rollup, made, self.told(rollup.less)) if rollup.less else made
        return self._told[name]

    def currency(self, name: str) -> str | None:
        """Give the currency that a figure is in; None for one over nothing. Raises Unconvertible if it is in two."""
        codes = set(self.told(name).codes.values())
        _one_currency(name, codes)
        return next(iter(codes), None)

    def _made(self, rollup: Rollup) -> Told:
        groups: dict[str, _Group] = {} if rollup.per is not None else {"": _Group()}
        count = 0
        for record in self._of(rollup):
            scope = {**self._scope, "item": record}
            if rollup.where is None or holds(rollup.where(scope)):
                count += 1
                _add(rollup, groups.setdefault(_key(rollup, scope), _Group()), scope)
        for group in groups.values():
            _one_currency(rollup.name, group.codes)
        codes = {key: next(iter(group.codes)) for key, group in groups.items() if group.codes}
        values = {key: _reduced(rollup, groups[key]) for key in sorted(groups)}
        return Told(values if rollup.per is not None else values[""], codes, count)

    def _of(self, rollup: Rollup) -> Sequence[Record]:
        if rollup.members not in self._read:
            self._read[rollup.members] = self._members(rollup)
        return self._read[rollup.members]


def _key(rollup: Rollup, scope: Scope) -> str:
    value = None if rollup.per is None else rollup.per(scope)
    if value is None or isinstance(value, str):
        return value or ""
    return number(value) if isinstance(value, Decimal) else dumps(value)


def _add(rollup: Rollup, group: _Group, scope: Scope) -> None:
    group.records += 1
    value = None if rollup.value is None else rollup.value(scope)
    if value is None:
        return
    if rollup.coins:
        value, code = _amount(rollup, value, scope)
        group.codes.add(code)
    group.values.append(value)


def _amount(rollup: Rollup, value: Value, scope: Scope) -> tuple[Value, str]:
    name = f"rollup.{rollup.name}"
    seen = [coin.seen(scope) for coin in rollup.coins]
    if any(isinstance(code, Absent) for code in seen):
        raise Undecided(f"the currency of what {name} reads is not known of this record")
    codes = {code for code in seen if isinstance(code, str) and code}
    if not codes:
        raise Unconvertible("no-currency", f"{name} reads an amount without a currency: {rollup.coins[0].name}")
    _one_currency(rollup.name, codes)
    code = codes.pop()
    if rollup.exchange is None:
        return value, code
    return rollup.exchange.convert(_number(rollup, value), code, scope, name)


def _one_currency(name: str, codes: set[str]) -> None:
    if len(codes) > 1:
        told = " and ".join(sorted(codes))
        raise Unconvertible("other-currency", f"rollup.{name} is over amounts in {told}, which cannot be added up")


def _number(rollup: Rollup, value: Value) -> Decimal:
    if not is_number(value):
        raise ExpressionFailed(f"rollup.{rollup.name}: {rollup.act} needs numbers, not {name_of(value)}")
    return Decimal(value)  # type: ignore[arg-type]  # is_number says so


def _reduced(rollup: Rollup, group: _Group) -> Value:
    match rollup.act:
        case "count":
            return Decimal(group.records)
        case "sum":
            total, context = Decimal(0), exactly()
            for value in group.values:
                total = context.add(total, _number(rollup, value))
            return total
        case "list":
            return sorted(group.values, key=_place)
    return _extreme(rollup, group.values)


def _place(value: Value) -> tuple[bool, Decimal, str]:
    """Numbers before texts; two readings of the same members give the same list."""
    return (False, value, "") if isinstance(value, Decimal) else (True, Decimal(0), _plain(value))


def _plain(value: Value) -> str:
    return value if isinstance(value, str) else dumps(value)


def _extreme(rollup: Rollup, values: Sequence[Value]) -> Value:
    best: Value = None
    for value in values:
        if not (isinstance(value, str) or is_number(value)):
            told = f"{rollup.act} needs numbers, texts or dates, not {name_of(value)}"
            raise ExpressionFailed(f"rollup.{rollup.name}: {told}")
        if best is None or ordered(value, best) == (1 if rollup.act == "max" else -1):
            best = value
    return best


def _less(rollup: Rollup, one: Told, other: Told) -> Told:
    """Subtract another roll-up, key by key; a key that only one of them has counts as nothing in the other."""
    for key in one.codes.keys() & other.codes.keys():
        _one_currency(rollup.name, {one.codes[key], other.codes[key]})
    codes, context = {**other.codes, **one.codes}, exactly()
    if not isinstance(one.value, Mapping) or not isinstance(other.value, Mapping):
        value = context.subtract(_number(rollup, one.value), _number(rollup, other.value))
        return Told(value, codes, one.records + other.records)
    mine, theirs, nothing = one.value, other.value, Decimal(0)
    values = {
        key: context.subtract(_number(rollup, mine.get(key, nothing)), _number(rollup, theirs.get(key, nothing)))
        for key in sorted(mine.keys() | theirs.keys())
    }
    return Told(values, codes, one.records + other.records)
