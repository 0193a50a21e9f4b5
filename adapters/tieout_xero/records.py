"""Records between Xero's wire form and the engine's nested form.

Reading: a reader is compiled once from the fields that are asked for. `reader(row)` gives every asked path, None where
Xero has nothing; `answer_reader(row)` gives only what an answer to a write names, for such an answer leaves out what it
does not say (facts 2.1, 2.3). Lists keyed by a type (Phones, Addresses) are objects keyed by it.

Writing: only paths that Xero takes are sent; what blank values mean is said by `Blanks`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from tieout.adapter import Kind
from tieout_xero.wire import READERS, written

if TYPE_CHECKING:
    from tieout.adapter import Field, Record

Read = Callable[[Any], Any]

KEYED = {"Phones": "PhoneType", "Addresses": "AddressType"}
"""List -> the member that says which one of its kind a row is."""
ROW_IDS = {"LineItems": "LineItemID"}
"""List that Xero takes -> the member that names a row which is there already (facts 2.3, line update rule)."""


@dataclass(slots=True)
class Node:
    """One name in a record: its declared field, if it has one, and what stands below it."""

    path: str
    declared: Field | None = None
    below: dict[str, Node] = field(default_factory=dict)


def tree(fields: Mapping[str, Field], paths: Collection[str] | None = None) -> dict[str, Node]:
    """Arrange fields by name and place; with `paths`, only those that are asked for, or lie above or below one."""
    root = Node("")
    for path, one in fields.items():
        if paths is None or _asked(path, paths):
            node = root
            for part in path.split("."):
                node = node.below.setdefault(part, Node(f"{node.path}.{part}".lstrip(".")))
            node.declared = one
    return root.below


def reader(fields: Mapping[str, Field], paths: Collection[str]) -> Callable[[Mapping[str, Any]], Record]:
    """Compile the reader of whole rows: every asked path is in the result."""
    return _whole(tree(fields, paths))


def answer_reader(fields: Mapping[str, Field], paths: Collection[str]) -> Callable[[Mapping[str, Any]], Record]:
    """Compile the reader of answers to writes: only what the answer names; lists and their rows are whole in it."""
    return _named(tree(fields, paths))


class Unwritable(Exception):
    """A value that cannot be put into a request; carries the path and a stable code."""

    def __init__(self, path: str, code: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.code = code


class Blanks(Enum):
    """What a blank value in a write means."""

    LEFT_OUT = "a create: there is nothing to clear"
    CLEARED = "an update of named paths: a blank text is sent as empty text, other kinds are refused"
    EMPTY = "an object or row that is sent whole: blank texts are sent as empty text, other kinds are left out"


def encode(fields: Mapping[str, Field], values: Mapping[str, Any], blanks: Blanks) -> dict[str, Any]:
    """Put nested values into Xero's form; raises Unwritable.

    No fact says how Xero would clear anything but a text, so that clearing another kind is refused in plain words.
    """
    return _object(tree(fields), values, blanks)


def _asked(path: str, paths: Collection[str]) -> bool:
    dotted = f"{path}."
    return any(path == one or path.startswith(f"{one}.") or one.startswith(dotted) for one in paths)


# --- Reading ----------------------------------------------------------------------------------------------------


def _whole(nodes: Mapping[str, Node]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    parts = [(name, _reader(name, node, _whole)) for name, node in nodes.items()]
    return lambda row: {name: read(row.get(name)) for name, read in parts}


def _named(nodes: Mapping[str, Node]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    parts = [(name, _reader(name, node, _named)) for name, node in nodes.items()]
    return lambda row: {name: read(row[name]) for name, read in parts if row.get(name) is not None}


def _reader(name: str, node: Node, below: Callable[[Mapping[str, Node]], Read]) -> Read:
    if node.declared is not None and node.declared.kind is Kind.LIST:
        return _rows(node.path, _whole(node.below))
    if name in KEYED:
        return _keyed(KEYED[name], _whole(node.below))
    if node.below:
        inner = below(node.below)
        return lambda raw: inner(_mapping(raw, node.path))
    kind = Kind.TEXT if node.declared is None else node.declared.kind
    return READERS[kind]


def _rows(path: str, inner: Read) -> Read:
    # Lines that are not there were not sent (an unpaged listing); they are not an empty list.
    absent: list[Any] | None = None if path in ROW_IDS else []
    return lambda raw: absent if raw is None else [inner(_mapping(row, path)) for row in _list(raw, path)]


def _keyed(key: str, inner: Read) -> Read:
    return lambda raw: inner({row.get(key): row for row in _list(raw, key)})


def _mapping(raw: Any, path: str) -> Mapping[str, Any]:
    if raw is not None and not isinstance(raw, Mapping):
        raise ValueError(f"{path} is no object")
    return raw or {}


def _list(raw: Any, path: str) -> Sequence[Any]:
    if raw is not None and not isinstance(raw, list):
        raise ValueError(f"{path} is no list")
    return raw or []


# --- Writing ----------------------------------------------------------------------------------------------------


def _object(nodes: Mapping[str, Node], values: Mapping[str, Any], blanks: Blanks) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in values.items():
        if (node := nodes.get(name)) is None:
            raise Unwritable(name, "unknown-field", f"Xero has no field {name} here")
        if not _takes(node):
            continue
        put = _value(name, node, value, blanks)
        if put is not None:
            out[name] = put
    return out


def _takes(node: Node) -> bool:
    """Tell whether Xero takes this; groups and rows that are sent whole also hold what it alone sets."""
    if node.below:
        return any(_takes(one) for one in node.below.values())
    return node.declared is not None and (node.declared.creatable or node.declared.updatable)


def _value(name: str, node: Node, value: Any, blanks: Blanks) -> Any:
    if name in KEYED:
        # Both kinds of keyed groups hold nothing but text, so that a blank in them can always be written as "".
        return [{KEYED[name]: kind} | _texts(node.below, kind, group) for kind, group in (value or {}).items()]
    if node.declared is not None and node.declared.kind is Kind.LIST:
        return [_row(node, row) for row in value or ()]
    if node.below:
        return _object(node.below, value or {}, blanks) or None
    if value is not None:
        return written(value)
    return _blank(node, blanks)


def _row(node: Node, row: Mapping[str, Any]) -> dict[str, Any]:
    id = ROW_IDS.get(node.path)
    if id is None or row.get(id) is None:
        return _object(node.below, row, Blanks.LEFT_OUT)
    return {id: row[id]} | _object(node.below, _undiscounted(row), Blanks.EMPTY)


def _undiscounted(row: Mapping[str, Any]) -> Mapping[str, Any]:
    # A discount is taken off by a rate of 0: LineAmount = Qty * Unit * (100 - DiscountRate) / 100 (facts 2.3).
    cleared = "DiscountRate" in row and row["DiscountRate"] is None and row.get("DiscountAmount") is None
    return {**row, "DiscountRate": Decimal(0)} if cleared else row


def _texts(kinds: Mapping[str, Node], kind: str, group: Mapping[str, Any] | None) -> dict[str, Any]:
    if kind not in kinds:
        raise Unwritable(kind, "unknown-field", f"Xero has no {kind} here; it has {', '.join(kinds)}")
    return {name: (group or {}).get(name) or "" for name in kinds[kind].below}


def _blank(node: Node, blanks: Blanks) -> str | None:
    is_text = node.declared is not None and node.declared.kind is Kind.TEXT
    if blanks is Blanks.CLEARED and not is_text:
        raise Unwritable(node.path, "cannot-clear", f"no way is known to clear {node.path} in Xero")
    return "" if is_text and blanks is not Blanks.LEFT_OUT else None
