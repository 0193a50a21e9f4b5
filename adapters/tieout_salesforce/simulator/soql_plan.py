"""Which rows a query has to look at: by id, by index, from a stamp on, or all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from tieout_salesforce.simulator.soql_filter import Column, Scope, Test, compiled, constant
from tieout_salesforce.simulator.soql_tree import Both, Comparison, Condition, Constant, Either, Membership, Order, Path
from tieout_salesforce.simulator.table import Row

_AFTER_ALL_IDS = "~"
_KEYS: Mapping[str, Callable[[Row], Any]] = {
    "stamp": lambda row: (row["SystemModstamp"], row["Id"]),
    "id": lambda row: row["Id"],
}
_WALKS = {("SystemModstamp",): "stamp", ("SystemModstamp", "Id"): "stamp", ("Id",): "id"}

Bound = tuple[str, str]
"""(SystemModstamp, Id): no row below it can match."""


def _direct(path: Path, name: str) -> bool:
    return len(path.parts) == 1 and path.parts[0].lower() == name.lower()


def lower_bound(scope: Scope, condition: Condition | None) -> Bound | None:
    """Find how far on the walk by (SystemModstamp, Id) may begin."""
    if isinstance(condition, Comparison) and _direct(condition.path, "SystemModstamp"):
        if condition.operator not in {"=", ">", ">="} or condition.constant.kind == "null":
            return None
        stamp = constant(scope, scope.column(condition.path), condition.constant)
        return (stamp, _AFTER_ALL_IDS if condition.operator == ">" else "")
    if isinstance(condition, Both):
        bounds = [bound for part in condition.parts if (bound := lower_bound(scope, part))]
        return _beyond_id(scope, condition, max(bounds)) if bounds else None
    if isinstance(condition, Either):
        found = [lower_bound(scope, part) for part in condition.parts]
        return min(bound for bound in found if bound) if all(found) else None
    return None


def _beyond_id(scope: Scope, condition: Both, bound: Bound) -> Bound:
    """Begin behind an id, if `SystemModstamp = X AND Id > 'Y'` is what a keyset reader asks."""
    for part in condition.parts:
        if isinstance(part, Comparison) and part.operator == ">" and _direct(part.path, "Id"):
            return max(bound, (bound[0], str(constant(scope, scope.column(part.path), part.constant) or "")))
    return bound


def lower_id(scope: Scope, condition: Condition | None) -> str:
    """Find the id behind which a walk by id may begin; empty for the beginning."""
    if isinstance(condition, Comparison) and condition.operator == ">" and _direct(condition.path, "Id"):
        return str(constant(scope, scope.column(condition.path), condition.constant) or "")
    if isinstance(condition, Both):
        return max(lower_id(scope, part) for part in condition.parts)
    return ""


def by_index(scope: Scope, condition: Condition | None) -> dict[str, Row] | None:
    """Find candidates by id or index; None if the condition does not allow it."""
    if isinstance(condition, Comparison) and condition.operator == "=":
        return _looked_up(scope, condition.path, (condition.constant,))
    if isinstance(condition, Membership) and not condition.negated:
        return _looked_up(scope, condition.path, condition.constants)
    if isinstance(condition, Both):
        found = [rows for part in condition.parts if (rows := by_index(scope, part)) is not None]
        return min(found, key=len) if found else None
    if isinstance(condition, Either):
        parts = [by_index(scope, part) for part in condition.parts]
        known = [rows for rows in parts if rows is not None]
        return {id: row for rows in known for id, row in rows.items()} if len(known) == len(parts) else None
    return None


def _looked_up(scope: Scope, path: Path, literals: tuple[Constant, ...]) -> dict[str, Row] | None:
    if len(path.parts) > 1 or any(literal.kind != "string" for literal in literals):
        return None
    column = scope.column(path)
    table = scope.org.tables[scope.object]
    values = [constant(scope, column, literal) for literal in literals]
    if column.field.name == "Id":
        return {value: table.rows[value] for value in values if value in table.rows}
    if not table.indexed(column.field.name) or None in values:
        return None
    rows = [row for value in values for row in table.having(column.field.name, value)]
    return {row["Id"]: row for row in rows}


def _walk(order: tuple[Order, ...]) -> str:
    """Say along which index the rows come in the order asked: `stamp`, `id` or none."""
    names = tuple(term.path.parts[0] if len(term.path.parts) == 1 else "" for term in order)
    return "" if any(term.descending for term in order) else _WALKS.get(names, "")


def ordered(scope: Scope, order: tuple[Order, ...]) -> Callable[[list[Row]], list[Row]]:
    """Make the function that sorts rows; raises RequestRefused for a field that cannot be sorted by."""
    keys = [(scope.column(term.path), term) for term in order]
    for column, term in keys:
        if not column.field.sortable:
            message = f"field '{column.field.name}' can not be sorted in a query call"
            raise scope.place.error("MALFORMED_QUERY", message, term.path.at)

    def arrange(rows: list[Row]) -> list[Row]:
        for column, term in reversed(keys):
            rows = _sorted(rows, column, term)
        return rows

    return arrange


def matching(
    scope: Scope, where: Condition | None, order: tuple[Order, ...], *, deleted: bool, most: int | None
) -> list[Row]:
    """Find the rows of a query in its order, `most` of them; `deleted` ones too for /queryAll (section 2.5)."""
    test = compiled(scope, where) if where else None
    arrange = ordered(scope, order)
    walk = _walk(order)
    found = _filtered(_candidates(scope, where, walk), test, deleted=deleted)
    if walk or not order:
        return list(islice(found, most))
    return arrange(list(found))[:most]


def _candidates(scope: Scope, where: Condition | None, walk: str) -> Iterable[Row]:
    table = scope.org.tables[scope.object]
    rows = by_index(scope, where)
    if rows is not None:
        return sorted(rows.values(), key=_KEYS[walk]) if walk else rows.values()
    bound = lower_bound(scope, where)
    if walk == "id":
        return table.after(lower_id(scope, where))
    return table.since(bound) if walk or bound else table.all()


def _filtered(rows: Iterable[Row], test: Test | None, *, deleted: bool) -> Iterable[Row]:
    for row in rows:
        if (deleted or not row.get("IsDeleted")) and (test is None or test(row)):
            yield row


def _sorted(rows: list[Row], column: Column, term: Order) -> list[Row]:
    """Sort stably by one column: text without heed to case, nulls first unless asked otherwise."""
    fold = str.casefold if column.is_text else _same
    there: list[tuple[Any, Row]] = []
    nulls: list[Row] = []
    for row in rows:
        value = column.read(row)
        if value is None:
            nulls.append(row)
        else:
            there.append((fold(value), row))
    there.sort(key=lambda pair: pair[0], reverse=term.descending)
    ordered = [row for _, row in there]
    return nulls + ordered if term.nulls == "FIRST" else ordered + nulls


def _same(value: Any) -> Any:
    return value
