"""A pick as the engine runs it: one item out of a list, chosen by a person or a rule (LANGUAGE §8). Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tieout.mapping.compiled import Expression, Missing, Path
from tieout.model import Value
from tieout.problems import Position

PREFIX = "pick:"
"""Begins the name under which a pick is remembered on the link, beside the rules, and asked about."""


@dataclass(frozen=True, slots=True)
class Pick:
    """What may be picked, how that is told apart, and what is taken where nobody says."""

    name: str
    of: Expression | None
    """The list of the options; None: they are records, of `source`."""
    source: tuple[str, str] | None
    """(side, object) whose records are the options (`CompiledMapping.sources`)."""
    where: Expression | None
    """Which of them are options; sees `item`."""
    key: Path
    """Of an item: what is remembered."""
    ask: str
    """The question; "": nobody is asked."""
    show: tuple[Path, ...]
    """Of an item: its label."""
    default: Expression | None
    """Gives a key."""
    required: bool
    personal: frozenset[str]
    """Paths of an item that are masked wherever people read."""
    list: str | None
    """Side and path of the one list whose items these are ("crm.Contacts"); None: they are records, or built."""
    at: Position
    record: tuple[str, str, Path] | None = None
    """(side, object, path of the id in an item) where the items of a list are records of their own; None: no such."""
    lasting: bool = True
    """Something reads it of records that have their partner, too; false: only what is written at their create."""

    @property
    def rule(self) -> str:
        """Name what is remembered of it."""
        return f"{PREFIX}{self.name}"

    def key_of(self, item: Mapping[str, Value]) -> str | None:
        """Give the key of an item; None: it has none, and is no option."""
        return as_key(self.key.read(item))


def as_key(value: Value | Missing) -> str | None:
    """Give a value as a key: keys are text."""
    if isinstance(value, Missing) or value is None or value == "" or isinstance(value, bool | list | Mapping):
        return None
    return str(value)
