"""The tables of one organisation, as plain look-ups: currencies, tax rates, accounts, items, locked periods.

They are the organisation's own and are read from the ledger when a document is planned; nothing here is known
beforehand. What could not be read is absent: nobody guesses what is not in a chart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache

from tieout.model import Value
from tieout.money.rounding import exactly

Row = Mapping[str, Value]
Tables = Mapping[str, Sequence[Row]]
"""Object -> its records, as they were read."""

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a tax rate, in percent; a compound one is taken of the amount with the other parts on it."""

    name: str
    percent: Decimal
    compound: bool = False


@dataclass(frozen=True, slots=True)
class TaxRate:
    """One of the organisation's tax types."""

    code: str
    name: str
    percent: Decimal
    """What all components come to: 6 and 4 compound are 10.24."""
    components: tuple[Component, ...] = ()
    applies: frozenset[str] = frozenset()
    """Classes of accounts that it can be used with, as the ledger spells them: REVENUE, EXPENSE …"""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """One account of the organisation."""

    code: str
    name: str
    kind: str
    """The ledger's word: SALES, BANK …"""
    group: str
    """Its class: REVENUE, ASSET …; "" where the ledger has none."""
    tax: str = ""
    """Tax type of a line that names none."""
    active: bool = True
    reserved: bool = False
    """True: kept by the ledger itself (what customers owe); no line can name it."""


@dataclass(frozen=True, slots=True)
class Item:
    """What an item fills into a sales line that leaves it out."""

    code: str
    price: Decimal | None = None
    """In the organisation's base currency."""
    account: str = ""
    tax: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """The tables of one organisation."""

    base: str = ""
    """Its base currency."""
    country: str = ""
    """ISO 3166 code of two letters."""
    version: str = ""
    """The ledger's word for its edition: UK, NZ …"""
    currencies: frozenset[str] = frozenset()
    tax_rates: Mapping[str, TaxRate] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    items: Mapping[str, Item] | None = None
    """None: not read, as no line rests on what an item fills in."""
    rounding: str = ""
    """Code of the account that the ledger itself keeps for rounding; "" where it has none."""
    locked: str = ""
    """ISO date: no document may be dated on it or before; "" = no period is locked."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a ledger keeps what a chart is made of: the names of its objects, and paths in their records."""

    organisation: str
    base: str
    country: str
    version: str
    locks: tuple[str, ...]
    currency: str
    currency_code: str
    tax_rate: str
    tax_code: str
    tax_name: str
    tax_percent: str
    tax_status: str
    tax_parts: str
    part_name: str
    part_percent: str
    part_compound: str
    applies: Mapping[str, str]
    """Class of accounts -> the field that says whether a tax rate applies to it."""
    account: str
    account_code: str
    account_name: str
    account_kind: str
    account_group: str
    account_status: str
    account_tax: str
    account_system: str
    reserved: frozenset[str]
    """Values of `account_system` of accounts that no line can name."""
    rounding: str
    """Value of `account_system` of the account for rounding."""
    item: str
    item_code: str
    item_price: str
    item_account: str
    item_tax: str
    active: str = "ACTIVE"

    @property
    def objects(self) -> tuple[str, ...]:
        """Name the objects that every document rests on; items are read only for lines that lack something."""
        return (self.organisation, self.currency, self.tax_rate, self.account)


def chart(tables: Tables, columns: Columns) -> Chart:
    """Make a chart of records, read as the port gives them (dates as ISO text or as dates)."""
    organisation = next(iter(tables.get(columns.organisation, ())), {})
    read = tables.get(columns.item)
    locks = [str(day) for name in columns.locks if (day := _at(organisation, name)) is not None]
    return Chart(
        base=_text(organisation, columns.base),
        country=_text(organisation, columns.country),
        version=_text(organisation, columns.version),
        currencies=frozenset(_text(row, columns.currency_code) for row in tables.get(columns.currency, ())),
        tax_rates={rate.code: rate for row in tables.get(columns.tax_rate, ()) if (rate := _rate(row, columns))},
        accounts={one.code: one for row in tables.get(columns.account, ()) if (one := _account(row, columns))},
        items=None if read is None else {item.code: item for row in read if (item := _item(row, columns))},
        locked=max(locks, default=""),
        rounding=next(
            (
                _text(row, columns.account_code)
                for row in tables.get(columns.account, ())
                if _text(row, columns.account_system) == columns.rounding
            ),
            "",
        ),
    )


def effective(components: Iterable[Component]) -> Decimal:
    """Give the percent that components come to together: plain ones are added, a compound one comes on top of all.

    6 and 4 compound: 6 + 4 % of 106 = 10.24 (facts: xero 2.5).
    """
    context, parts = exactly(), list(components)
    total = sum((part.percent for part in parts if not part.compound), Decimal(0))
    for part in parts:
        if part.compound:
            on_top = context.divide(context.multiply(context.add(_HUNDRED, total), part.percent), _HUNDRED)
            total = context.add(total, on_top)
    return total


def _rate(row: Row, columns: Columns) -> TaxRate | None:
    code = _text(row, columns.tax_code)
    parts = _at(row, columns.tax_parts)
    components = tuple(
        Component(
            _text(part, columns.part_name),
            _number(part, columns.part_percent) or Decimal(0),
            _at(part, columns.part_compound) is True,
        )
        for part in (parts if isinstance(parts, list | tuple) else ())
        if isinstance(part, Mapping)
    )
    percent = _number(row, columns.tax_percent)
    if percent is None and components:
        percent = effective(components)
    if not code or percent is None:
        return None
    return TaxRate(
        code,
        _text(row, columns.tax_name) or code,
        percent,
        components,
        frozenset(group for group, name in columns.applies.items() if _at(row, name) is True),
        active=_text(row, columns.tax_status) in {"", columns.active},
    )


def _account(row: Row, columns: Columns) -> Account | None:
    code = _text(row, columns.account_code)
    if not code:
        return None  # nothing can name it
    return Account(
        code,
        _text(row, columns.account_name),
        _text(row, columns.account_kind),
        _text(row, columns.account_group),
        _text(row, columns.account_tax),
        active=_text(row, columns.account_status) in {"", columns.active},
        reserved=_text(row, columns.account_system) in columns.reserved,
    )


def _item(row: Row, columns: Columns) -> Item | None:
    code = _text(row, columns.item_code)
    if not code:
        return None
    price = _number(row, columns.item_price)
    return Item(code, price, _text(row, columns.item_account), _text(row, columns.item_tax))


@cache
def _names(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _at(row: Row, path: str) -> Value:
    value: Value = row
    for name in _names(path):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(row: Row, path: str) -> str:
    value = _at(row, path)
    return value if isinstance(value, str) else ""


def _number(row: Row, path: str) -> Decimal | None:
    value = _at(row, path)
    return value if isinstance(value, Decimal) else None
