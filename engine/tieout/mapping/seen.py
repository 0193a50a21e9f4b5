"""What rules see of a record: paths and expressions, once they are compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tieout.model import Value
from tieout.transform import Scope


class ExpressionFailed(Exception):
    """An expression could not be computed for this record (`[expression-failed]`)."""


class Undecided(Exception):
    """An expression reads a field that is absent (not null) from what is known of the record."""


class Expression(Protocol):
    """A compiled expression."""

    @property
    def text(self) -> str:
        """The expression as written."""

    @property
    def reads(self) -> Mapping[str, frozenset[str]]:
        """Give, by root, the paths below it that are read ("crm" -> {"Type", "Account.Name"}).

        Of a list the list's path and those of its items ("Lines", "Lines.Quantity").
        """

    def __call__(self, scope: Scope) -> Value:
        """Compute; raises ExpressionFailed or Undecided."""


def holds(value: Value) -> bool:
    """Say whether a `when` or `where` holds: not for null, false, '', [] and {}; 0 holds, as in JMESPath."""
    return not (value is None or value is False or value == "" or value == [] or value == {})


class Coin(Protocol):
    """The currency of an amount (`tieout.mapping.coins`)."""

    def seen(self, scope: Scope) -> Value | Missing:
        """Give the code that the record in a scope has; None if it is blank there, Missing if nothing tells."""


class Missing:
    """The type of ABSENT."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Missing()


@dataclass(frozen=True, slots=True)
class Path:
    """Names joined by dots, compiled to a getter."""

    text: str
    names: tuple[str, ...]

    def read(self, record: Mapping[str, Value]) -> Value | Missing:
        """Give the value, None where a parent is null, ABSENT where a name is missing."""
        value: Value = record
        for name in self.names:
            if value is None:
                return None
            if not isinstance(value, Mapping) or name not in value:
                return ABSENT
            value = value[name]
        return value


def put(record: dict[str, Value], names: Sequence[str], value: Value) -> None:
    """Write a value at a path into a nested record, making the objects on the way; objects are merged."""
    here = record
    for name in names[:-1]:
        inner = here.get(name)
        copy: dict[str, Value] = dict(inner) if isinstance(inner, Mapping) else {}
        here[name] = copy
        here = copy
    last, old = names[-1], here.get(names[-1])
    here[last] = {**old, **value} if isinstance(old, Mapping) and isinstance(value, Mapping) else value
