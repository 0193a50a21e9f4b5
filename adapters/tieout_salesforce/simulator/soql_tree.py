"""The parts of a parsed query."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Path:
    """A field, perhaps through parents: `Account.Owner.Name`."""

    parts: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Converted:
    """`convertCurrency(field) [alias]`: an amount in the user's currency, in SELECT only (section 2.13)."""

    path: Path
    alias: str | None


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal. `kind`: string, number, datetime, date, boolean or null."""

    kind: str
    value: str | Decimal | bool | None
    at: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`field operator constant`."""

    path: Path
    operator: str
    constant: Constant


@dataclass(frozen=True, slots=True)
class Membership:
    """`field [NOT] IN (constants)`."""

    path: Path
    constants: tuple[Constant, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Not:
    """`NOT condition`."""

    inner: Condition


@dataclass(frozen=True, slots=True)
class Both:
    """Conditions joined by AND."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Conditions joined by OR."""

    parts: tuple[Condition, ...]


Condition = Comparison | Membership | Not | Both | Either


@dataclass(frozen=True, slots=True)
class Order:
    """One `ORDER BY` term; nulls come first unless asked otherwise."""

    path: Path
    descending: bool = False
    nulls: Literal["FIRST", "LAST"] = "FIRST"


@dataclass(frozen=True, slots=True)
class Select:
    """A whole query, or one of child records inside another."""

    columns: tuple[Path | Converted | Select, ...]
    source: str
    source_at: int
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    count: bool = False
