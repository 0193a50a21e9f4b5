"""The port for transforms: how a value of one side becomes a value of the other.

Part of what plugins may import (through `tieout.adapter` users also get `Field` and `Kind`). A transform is written
once, *bound* to each rule that uses it, and is then pure: same value, same answer. Values inside the engine are text,
Decimal, boolean, null, lists and objects; dates and instants are ISO text (UTC, Z).

Laws, property-tested for every transform by the suite:
    exact      for a pair: converting there and back gives a value that is `same` as the first
    stable     converting a converted value's round trip again changes nothing more
    null       null in, null out
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from tieout.model import Field, Value

Scope = Mapping[str, Value]
"""Root name -> value: what an expression sees."""


class Unconvertible(Exception):
    """This value cannot be converted; the record is held with `code` and this message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Misused(Exception):
    """Raised by `bind`: this rule may not use the transform like this; the message says why and how instead."""


class OneWay(Misused):
    """Raised by `bind` for a pair: what the transform does cannot be undone; told as `lossy-pair`."""


@dataclass(frozen=True, slots=True)
class End:
    """One end of a rule, as far as a transform may know it."""

    side: str
    adapter: str
    """Name of the adapter behind this side: an adapter's own transforms find their end by it."""
    field: Field | None
    """None for the source of a one-way rule that is more than a path, and in `match`."""
    object: str = ""
    """The object behind this side, as its system names it."""
    item: bool = False
    """True: the side's name stands for an item of one of its lists, and `parent.SIDE` for the document."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One use of a transform in a rule."""

    argument: object
    """As written, already valid against `Transform.arguments`; None if there was none."""
    source: End
    """One way: where the value comes from. A pair: the side named first."""
    target: End
    pair: bool
    tables: Mapping[str, object] = field(default_factory=dict)
    expression: Callable[[str], Callable[[Scope], Value]] | None = None
    """Compiles an argument that is an expression; raises Misused for one that is not."""
    currency: Callable[[Scope], Value] | None = None
    """Gives the currency of the source amount, null where its record does not tell; None: the source is no amount."""
    converted: Callable[[Scope], Value] | None = None
    """Gives the currency that an earlier step of the same chain converts to; None: no step does."""


class Bound(ABC):
    """A transform bound to a rule."""

    exact: bool = True
    """The way back gives the same under `same`. A pair must be exact."""
    names: frozenset[str] = frozenset()
    """Names below the target path that are read and written (`lines`); empty: the path as a whole."""
    converts: bool = False
    """True: gives an amount in another currency than it takes. All others keep the currency, and are held to it."""
    tells: bool = False
    """True: `evidence` says what a converted value rests on."""

    def gives(self) -> Callable[[Scope], Value] | None:
        """Give the currency of what a step that `converts` gives, where that is not the target's."""
        return None

    @abstractmethod
    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:
        """Convert a value of the other side for the side `to`; `currency`: of the target amount, where known."""

    def evidence(
        self, value: Value, *, to: str, scope: Scope, currency: str | None = None  # noqa: ARG002
    ) -> Mapping[str, Value]:  # fmt: skip
        """Tell what the conversion of this value rests on beside the record; the audit log keeps it with the write."""
        return {}

    def same(self, one: Value, other: Value, *, on: str) -> bool:  # noqa: ARG002
        """Say whether these two values of side `on` are the same for this rule."""
        return one == other


class Transform(ABC):
    """A named transform; registered by the hook `tieout_transforms`."""

    name: ClassVar[str]
    summary: ClassVar[str]
    """One line for people: what it does, what is lost."""
    arguments: ClassVar[Mapping[str, object] | None] = None
    """JSON Schema of the argument; None: it takes none."""
    optional_argument: ClassVar[bool] = False

    @abstractmethod
    def bind(self, binding: Binding) -> Bound:
        """Check this use and make it ready; raise Misused with the mend."""
