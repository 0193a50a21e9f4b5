"""The records of a case: checked against what the system describes, and made whole as a read would give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from tieout.language.nodes import ListNode, MapNode, Node, value
from tieout.mapping import fit
from tieout.mapping.catalogue import Catalogue, Endpoint, near
from tieout.mapping.draft import Draft
from tieout.model import ObjectType, Value
from tieout.testing.case_files import names_of

Row = dict[str, Value]


def check_record(node: MapNode, end: Endpoint, catalogue: Catalogue, draft: Draft, above: str = "") -> None:
    """Find fields that the system does not have, and values that cannot stand in them."""
    for key, inner in node.entries.items():
        path = f"{above}{'.'.join(names_of(key))}"
        found = catalogue.field(end, path)
        if found is None:
            nearest = near(key, _names(end, above, deep="." in key))
            draft.error("unknown-field", f"there is no field {path} in {end}", node.key_at(key), "", nearest)
        elif isinstance(inner, MapNode):
            check_record(inner, end, catalogue, draft, path + ".")
        elif isinstance(inner, ListNode):
            for item in inner.items:
                if isinstance(item, MapNode):
                    check_record(item, end, catalogue, draft, path + ".")
        else:
            given = value(inner)
            fit.constant(None if given == "" else given, found, inner.at, draft)


def _names(end: Endpoint, above: str, *, deep: bool) -> set[str]:
    """Give the names that can stand here; `deep`: paths, as joined by dots."""
    known = end.type.fields if end.type is not None else {}
    below = {path.removeprefix(above) for path in known if path.startswith(above)}
    return below if deep else {path.split(".", maxsplit=1)[0] for path in below}


def whole_record(node: MapNode | None, kind: ObjectType, paths: Iterable[str]) -> Row:
    """Give a record as a read would: every path that the mapping reads is there, null if it is blank; rows have ids."""
    record = _plain(node) if node is not None else {}
    for name, id_ in kind.children.items():
        rows = record.get(name)
        if id_ is not None and isinstance(rows, list):
            record[name] = [_with_id(row, id_, f"row-{number}") for number, row in enumerate(rows, 1)]
    for path in sorted(paths):
        _fill(record, path.split("."))
    return record


def _with_id(row: Value, name: str, id_: str) -> Value:
    return {name: id_, **row} if isinstance(row, Mapping) else row


def _plain(node: Node) -> Row:
    """Nest what was joined by dots."""
    made: Row = {}
    for key, inner in cast("MapNode", node).entries.items():
        leaf: Value = _plain(inner) if isinstance(inner, MapNode) else _rows(inner)
        here, names = made, names_of(key)
        for name in names[:-1]:
            below = here.get(name)
            copy: Row = dict(below) if isinstance(below, Mapping) else {}
            here[name] = copy
            here = copy
        old = here.get(names[-1])
        here[names[-1]] = {**old, **leaf} if isinstance(old, Mapping) and isinstance(leaf, Mapping) else leaf
    return made


def _rows(node: Node) -> Value:
    if isinstance(node, ListNode):
        return [_plain(item) if isinstance(item, MapNode) else value(item) for item in node.items]
    return value(node)


def _fill(record: Row, names: list[str]) -> None:
    name, below = names[0], names[1:]
    inner = record.setdefault(name, None)
    if not below:
        return
    if isinstance(inner, Mapping):
        copy = dict(inner)
        _fill(copy, below)
        record[name] = copy
    elif isinstance(inner, list):
        rows: list[Value] = []
        for row in inner:
            if isinstance(row, Mapping):
                filled = dict(row)
                _fill(filled, below)
                rows.append(filled)
            else:
                rows.append(row)
        record[name] = rows
