"""The shape of a query's answer: plain columns, parent records and lists of children (fact sheet, section 2.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tieout_salesforce.simulator.currencies import converted
from tieout_salesforce.simulator.reading import Getter, attributes
from tieout_salesforce.simulator.soql_filter import Scope, Test, compiled
from tieout_salesforce.simulator.soql_plan import ordered
from tieout_salesforce.simulator.soql_tree import Converted, Path, Select
from tieout_salesforce.simulator.table import Row, Table


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column of the answer."""

    name: str
    read: Getter


@dataclass(frozen=True, slots=True)
class Parent:
    """A parent record in the answer, with the columns asked of it."""

    name: str
    field: str
    table: Table
    parts: tuple[Leaf | Parent, ...]


@dataclass(frozen=True, slots=True)
class Children:
    """A list of child records in the answer."""

    name: str
    field: str
    table: Table
    parts: tuple[Leaf | Parent, ...]
    test: Test | None
    arrange: Callable[[list[Row]], Sequence[Row]]

    def rows(self, parent: Row, *, deleted: bool) -> Sequence[Row]:
        """Find the children of one parent, deleted ones too if the whole query asks for them."""
        found = self.table.having(self.field, parent["Id"])
        live = [row for row in found if deleted or not row.get("IsDeleted")]
        return self.arrange([row for row in live if self.test is None or self.test(row)])


Part = Leaf | Parent | Children


def parts_of(scope: Scope, select: Select) -> tuple[Part, ...]:
    """Work out the columns of a query; raises RequestRefused for one that is unknown or named twice."""
    paths = [column for column in select.columns if isinstance(column, Path | Converted)]
    seen: set[str] = set()
    for one in paths:
        path, alias = (one.path, one.alias) if isinstance(one, Converted) else (one, None)
        name = (alias or ".".join(path.parts)).lower()
        if name in seen:
            raise scope.place.malformed(f"duplicate field selected: {'.'.join(path.parts)}", path.at)
        seen.add(name)
    lists = [_children(scope, column) for column in select.columns if isinstance(column, Select)]
    return (*_columns(scope, paths), *lists)


def _columns(scope: Scope, columns: Sequence[Path | Converted]) -> tuple[Leaf | Parent, ...]:
    converted = [_converted(scope, column) for column in columns if isinstance(column, Converted)]
    return (*_nested(scope, [column for column in columns if isinstance(column, Path)]), *converted)


def _converted(scope: Scope, column: Converted) -> Leaf:
    """Work out an amount in the user's currency: of the record itself, in an org with several (section 2.13)."""
    path = column.path
    found = scope.column(path)
    if found.field.type != "currency" or len(path.parts) > 1 or not scope.org.settings.multi_currency:
        message = f"convertCurrency() takes a currency field of {scope.object} in an org with several currencies"
        raise scope.place.error("INVALID_FIELD", message, path.at)
    return Leaf(column.alias or found.field.name, converted(scope.org, scope.object, found.read))


def _nested(scope: Scope, paths: Sequence[Path]) -> tuple[Leaf | Parent, ...]:
    """Group columns by the parent that they are read through, each where it is first named."""
    parts: dict[str, Leaf | Parent] = {}
    for path in paths:
        head = path.parts[0]
        column = scope.column(path)
        if len(path.parts) == 1:
            parts[head.lower()] = Leaf(column.field.name, column.read)
        elif head.lower() not in parts:
            field = scope.relationship(path)
            inner = replace(scope, object=field.refers_to[0])
            below = [Path(p.parts[1:], p.at) for p in paths if len(p.parts) > 1 and p.parts[0].lower() == head.lower()]
            table = scope.org.tables[inner.object]
            parts[head.lower()] = Parent(column.parents[0], field.name, table, _nested(inner, below))
    return tuple(parts.values())


def _children(scope: Scope, select: Select) -> Children:
    known = scope.org.layout.objects[scope.object].children
    child = next((one for one in known if one.relationship.lower() == select.source.lower()), None)
    if child is None:
        message = (
            f"Didn't understand relationship '{select.source}' in FROM part of query call. If you are attempting to "
            "use a custom relationship, be sure to append the '__r' after the custom relationship name."
        )
        raise scope.place.error("INVALID_TYPE", message, select.source_at)
    inner = replace(scope, object=child.object)
    test = compiled(inner, select.where) if select.where else None
    arrange = ordered(inner, select.order)
    end = select.offset + select.limit if select.limit is not None else None
    return Children(
        child.relationship,
        child.field,
        scope.org.tables[child.object],
        _columns(inner, [column for column in select.columns if isinstance(column, Path | Converted)]),
        test,
        lambda rows: arrange(rows)[select.offset : end],
    )


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders rows of one query."""

    parts: tuple[Part, ...]
    version: str
    deleted: bool

    def record(self, table: Table, row: Row) -> tuple[dict[str, Any], int]:
        """Render a row; gives it with the number of child rows in it."""
        children = 0
        record: dict[str, Any] = {"attributes": attributes(table.object.name, row["Id"], self.version)}
        for part in self.parts:
            if isinstance(part, Children):
                rows = part.rows(row, deleted=self.deleted)
                children += len(rows)
                record[part.name] = self._list(part, rows)
            else:
                record[part.name] = self._value(part, row)
        return record, children

    def _value(self, part: Leaf | Parent, row: Row) -> Any:
        if isinstance(part, Leaf):
            return part.read(row)
        id = row.get(part.field)
        found = part.table.rows.get(id) if id else None
        return self._plain(part.table, part.parts, found) if found else None

    def _plain(self, table: Table, parts: Sequence[Leaf | Parent], row: Row) -> dict[str, Any]:
        record: dict[str, Any] = {"attributes": attributes(table.object.name, row["Id"], self.version)}
        for part in parts:
            record[part.name] = self._value(part, row)
        return record

    def _list(self, part: Children, rows: Sequence[Row]) -> dict[str, Any] | None:
        """Nest child records in an envelope of their own; a parent without any has null."""
        if not rows:
            return None
        records = [self._plain(part.table, part.parts, row) for row in rows]
        return {"totalSize": len(records), "done": True, "records": records}
