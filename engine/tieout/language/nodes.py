"""A file as written: a tree of nodes that know where they stand. Merging keeps the positions of both files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tieout.model import Value
from tieout.problems import Position

Scalar = None | bool | int | str | Decimal
Plain = Scalar | Sequence["Plain"] | Mapping[str, "Plain"]


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """Text, number, boolean or null. Dates stay text; a fraction is the Decimal that was written."""

    value: Scalar
    at: Position
    offset: int | None = 0
    """Columns from `at` to the first character of the text; None where characters do not stand one by one."""
    written: str = ""
    """As it stands in the file ("45e4" for the number 450000)."""

    def inside(self, offset: int) -> Position:
        """Give the position of one character of the text, as far as it can be told."""
        if self.offset is None:
            return self.at
        return Position(self.at.file, self.at.line, self.at.column + self.offset + offset)


@dataclass(frozen=True, slots=True)
class ListNode:
    """A list."""

    items: tuple[Node, ...]
    at: Position


@dataclass(frozen=True, slots=True)
class MapNode:
    """Keys with values, in the order of the file."""

    entries: Mapping[str, Node]
    at: Position
    keys: Mapping[str, Position] = field(default_factory=dict)

    def get(self, key: str) -> Node | None:
        """Give the value of a key, None if it is not there."""
        return self.entries.get(key)

    def table(self, key: str) -> MapNode:
        """Give the map under a key; empty if there is none."""
        found = self.entries.get(key)
        return found if isinstance(found, MapNode) else MapNode({}, self.at)

    def list(self, key: str) -> tuple[Node, ...]:
        """Give the items of the list under a key; empty if there is none."""
        found = self.entries.get(key)
        return found.items if isinstance(found, ListNode) else ()

    def tables(self, key: str) -> tuple[MapNode, ...]:
        """Give those items of the list under a key that are maps."""
        return tuple(item for item in self.list(key) if isinstance(item, MapNode))

    def text(self, key: str, default: str = "") -> str:
        """Give the text under a key; the default if there is no text."""
        found = self.entries.get(key)
        return found.value if isinstance(found, ScalarNode) and isinstance(found.value, str) else default

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Give the boolean under a key."""
        found = self.entries.get(key)
        return found.value if isinstance(found, ScalarNode) and isinstance(found.value, bool) else default

    def key_at(self, key: str) -> Position:
        """Say where a key stands."""
        return self.keys.get(key, self.at)

    def without(self, *gone: str) -> MapNode:
        """Give the same map without some keys."""
        return MapNode({k: v for k, v in self.entries.items() if k not in gone}, self.at, self.keys)


Node = ScalarNode | ListNode | MapNode
Step = str | int


def plain(node: Node) -> Plain:
    """Give the data without positions."""
    match node:
        case MapNode():
            return {key: plain(value) for key, value in node.entries.items()}
        case ListNode():
            return [plain(item) for item in node.items]
    return node.value


def value(node: Node) -> Value:
    """Give the data as the engine holds values: every number is a Decimal."""
    match node:
        case MapNode():
            return {key: value(inner) for key, inner in node.entries.items()}
        case ListNode():
            return [value(item) for item in node.items]
    return as_value(node.value)


def as_value(scalar: Scalar) -> Value:
    """Give one scalar as the engine holds it."""
    if isinstance(scalar, int) and not isinstance(scalar, bool):
        return Decimal(scalar)
    return scalar


def follow(node: Node, path: Sequence[Step]) -> Node:
    """Walk down; stops at the last node that there is."""
    for step in path:
        if isinstance(node, MapNode) and isinstance(step, str) and step in node.entries:
            node = node.entries[step]
        elif isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node


def scalars(node: Node, path: tuple[Step, ...] = ()) -> Iterator[tuple[tuple[Step, ...], ScalarNode]]:
    """Yield every scalar with the path to it."""
    match node:
        case MapNode():
            for key, inner in node.entries.items():
                yield from scalars(inner, (*path, key))
        case ListNode():
            for number, item in enumerate(node.items):
                yield from scalars(item, (*path, number))
        case ScalarNode():
            yield path, node


def merge(below: Node, above: Node) -> Node:
    """Lay one tree over another: maps merge, everything else is replaced."""
    if not (isinstance(below, MapNode) and isinstance(above, MapNode)):
        return above
    entries = dict(below.entries)
    for key, new in above.entries.items():
        entries[key] = merge(entries[key], new) if key in entries else new
    return MapNode(entries, below.at, {**below.keys, **above.keys})
