"""The form of the table of keys. The tables themselves are `mapping_table` and `project_table`.

JSON Schemas (`schemas/`), the tables in docs/language.md and the checker's knowledge of what is not built yet come from
the same entries, so that they cannot part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SIDES = "SIDE"
"""Stands for the two side names among the words of a type."""


@dataclass(frozen=True, slots=True)
class Type:
    """What may stand under a key."""

    kind: str
    """word text path expression flag whole literal anything transforms words many by_side named shape either
    percent duration decimal amounts link mapping_name table setting"""
    words: tuple[str, ...] = ()
    of: tuple[Type, ...] = ()
    shape: str = ""
    least: int = 0


WORD, TEXT, PATH, EXPRESSION, FLAG, LITERAL, ANYTHING = (
    Type(kind) for kind in ("word", "text", "path", "expression", "flag", "literal", "anything")
)
TRANSFORMS, PERCENT, DURATION, DECIMAL, AMOUNTS, LINK, MAPPING_NAME, TABLE, SETTING = (
    Type(kind)
    for kind in ("transforms", "percent", "duration", "decimal", "amounts", "link", "mapping_name", "table", "setting")
)


def words(*known: str) -> Type:
    """One of these words."""
    return Type("words", known)


def whole(least: int = 0) -> Type:
    """A whole number, at least `least`."""
    return Type("whole", least=least)


def many(of: Type, least: int = 0) -> Type:
    """A list with at least so many items."""
    return Type("many", of=(of,), least=least)


def by_side(of: Type) -> Type:
    """A value for one side or for both."""
    return Type("by_side", of=(of,), least=1)


def both_sides(of: Type) -> Type:
    """A value for each of exactly two sides."""
    return Type("by_side", of=(of,), least=2)


def named(of: Type) -> Type:
    """Free words as keys."""
    return Type("named", of=(of,))


def shape(name: str) -> Type:
    """Keys of a shape of the table."""
    return Type("shape", shape=name)


def either(text: Type, other: Type) -> Type:
    """A text of one type, or anything else of the other."""
    return Type("either", of=(text, other))


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a shape."""

    name: str
    type: Type
    meaning: str
    default: str = ""
    """As people read it; empty: none."""
    required: bool = False
    on: tuple[str, ...] = ()
    """Variants of the shape that take it; empty: all."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A map with a closed set of keys."""

    name: str
    meaning: str
    keys: tuple[Key, ...]
    sides: bool = False
    """The two side names are keys, too, with a path under each."""
    notes: bool = False
    """Keys that begin with x- are free."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """Variant -> what it is, for messages ("a pair")."""

    def key(self, name: str) -> Key | None:
        """Give a key by its name."""
        return next((key for key in self.keys if key.name == name), None)
