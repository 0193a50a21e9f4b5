"""Turns the condition of a query into a function over rows, once for each query."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tieout_salesforce.simulator import ids
from tieout_salesforce.simulator.encoding import fine_stamp, moment
from tieout_salesforce.simulator.org import Org
from tieout_salesforce.simulator.problems import BAD_REQUEST, refuse
from tieout_salesforce.simulator.reading import Getter, getter
from tieout_salesforce.simulator.schema import Field
from tieout_salesforce.simulator.soql_tree import Both, Comparison, Condition, Constant, Membership, Not, Path
from tieout_salesforce.simulator.soql_words import Located
from tieout_salesforce.simulator.table import Row

Test = Callable[[Row], bool]

_DEEPEST_PATH = 6
"""A field behind five parents (SOQL's relationship limit)."""
_ORDERING: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TAKES = {
    "id": {"string"},
    "reference": {"string"},
    "boolean": {"boolean"},
    "date": {"date"},
    "datetime": {"datetime", "date"},
    "double": {"number"},
    "currency": {"number"},
    "percent": {"number"},
    "int": {"number"},
}
_UNORDERED = {"boolean"}


@dataclass(frozen=True, slots=True)
class Column:
    """A field that a query names, found in the schema."""

    object: str
    field: Field
    read: Getter
    parents: tuple[str, ...]
    """Relationship names that lead to it, in the schema's spelling."""

    @property
    def is_text(self) -> bool:
        """Say whether values are compared as text."""
        return self.field.type not in _TAKES


@dataclass(frozen=True, slots=True)
class Scope:
    """The object that a query reads, as one user sees it, and the query's text for pointing at errors."""

    org: Org
    user: str
    object: str
    place: Located

    def column(self, path: Path) -> Column:
        """Find a field, perhaps through parents; raises RequestRefused (INVALID_FIELD)."""
        name, steps = self.object, list[tuple[str, str]]()
        parents: list[str] = []
        if len(path.parts) > _DEEPEST_PATH:
            raise self.place.malformed("too many levels of relationships", path.at)
        for part in path.parts[:-1]:
            field = self._related(name, part, path)
            steps.append((field.name, field.refers_to[0]))
            parents.append(str(field.relationship))
            name = field.refers_to[0]
        field = self._field(name, path)
        return Column(name, field, self._through(steps, getter(self.org, name, field)), tuple(parents))

    def _field(self, name: str, path: Path) -> Field:
        fields = self.org.fields(name, self.user)
        wanted = path.parts[-1]
        found = fields.get(wanted) or next((f for f in fields.values() if f.name.lower() == wanted.lower()), None)
        if found is None:
            raise self.place.error(
                "INVALID_FIELD",
                f"No such column '{wanted}' on entity '{name}'. If you are attempting to use a custom field, be sure "
                "to append the '__c' after the custom field name. Please reference your WSDL or the describe call for "
                "the appropriate names.",
                path.at,
            )
        return found

    def relationship(self, path: Path) -> Field:
        """Find the reference that the first part of a path goes through; raises RequestRefused."""
        return self._related(self.object, path.parts[0], path)

    def _related(self, name: str, part: str, path: Path) -> Field:
        fields = self.org.fields(name, self.user).values()
        found = next((f for f in fields if f.relationship and f.relationship.lower() == part.lower()), None)
        if found is None or found.refers_to[0] not in self.org.tables:
            raise self.place.error(
                "INVALID_FIELD",
                f"Didn't understand relationship '{part}' in field path. If you are attempting to use a custom "
                "relationship, be sure to append the '__r' after the custom relationship name.",
                path.at,
            )
        return found

    def _through(self, steps: list[tuple[str, str]], read: Getter) -> Getter:
        if not steps:
            return read
        walk = [(field, self.org.tables[name].rows) for field, name in steps]

        def far(row: Row) -> Any:
            found: Row | None = row
            for field, rows in walk:
                id = found.get(field) if found else None
                found = rows.get(id) if id else None
            return read(found) if found else None

        return far


def constant(scope: Scope, column: Column, literal: Constant) -> Any:
    """Bring a literal to the form in which the field is stored; raises RequestRefused for another type's."""
    field = column.field
    if literal.kind == "null":
        return None
    takes = _TAKES.get(field.type, {"string"})
    if literal.kind not in takes:
        quoted = " and should not be enclosed in quotes" if literal.kind == "string" else ""
        raise scope.place.error(
            "INVALID_FIELD",
            f"value of filter criterion for field '{field.name}' must be of type {field.type}{quoted}",
            literal.at,
        )
    value = literal.value
    if field.type in {"id", "reference"}:
        return _id(str(value))
    if field.type in {"date", "datetime"}:
        return _time(scope, field, str(value), literal.at)
    if column.is_text:
        return str(value).strip() or None
    return value


def _id(text: str) -> str:
    if not text:
        return ""
    id = ids.normal(text)
    if id is None:
        raise refuse(BAD_REQUEST, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}")
    return id


def _time(scope: Scope, field: Field, text: str, at: int) -> str:
    try:
        if field.type == "date":
            return date.fromisoformat(text).isoformat()
        return fine_stamp(moment(text if "T" in text else f"{text}T00:00:00Z"))
    except ValueError:
        raise scope.place.malformed(f"invalid {field.type}: {text}", at) from None


def compiled(scope: Scope, condition: Condition) -> Test:
    """Compile a condition; nulls are less than nothing and equal only to null."""
    if isinstance(condition, Comparison):
        return _comparison(scope, condition)
    if isinstance(condition, Membership):
        return _membership(scope, condition)
    if isinstance(condition, Not):
        inner = compiled(scope, condition.inner)
        return lambda row: not inner(row)
    tests = [compiled(scope, part) for part in condition.parts]
    if isinstance(condition, Both):
        return lambda row: all(test(row) for test in tests)
    return lambda row: any(test(row) for test in tests)


def _filterable(scope: Scope, path: Path) -> Column:
    column = scope.column(path)
    if not column.field.filterable or column.field.type == "address":
        message = f"field '{column.field.name}' can not be filtered in a query call"
        raise scope.place.error("INVALID_FIELD", message, path.at)
    return column


def _folds(scope: Scope, column: Column) -> bool:
    exact = column.field.unique and column.field.case_sensitive
    return column.is_text and not exact and scope.org.settings.case_fold_text


def _folded(read: Getter) -> Getter:
    def fold(row: Row) -> Any:
        value = read(row)
        return value.casefold() if value is not None else None

    return fold


def _comparison(scope: Scope, condition: Comparison) -> Test:
    column = _filterable(scope, condition.path)
    wanted = constant(scope, column, condition.constant)
    if condition.operator == "LIKE":
        return _like(scope, column, condition)
    read = column.read
    if _folds(scope, column):
        read = _folded(read)
        wanted = wanted.casefold() if wanted is not None else None
    if condition.operator == "=":
        return lambda row: bool(read(row) == wanted)
    if condition.operator == "!=":
        return lambda row: bool(read(row) != wanted)
    if column.field.type in _UNORDERED or wanted is None:
        message = f"invalid operator {condition.operator} for field '{column.field.name}'"
        raise scope.place.error("INVALID_QUERY_FILTER_OPERATOR", message, condition.path.at)
    compare = _ORDERING[condition.operator]

    def ordered(row: Row) -> bool:
        value = read(row)
        return value is not None and compare(value, wanted)

    return ordered


def _like(scope: Scope, column: Column, condition: Comparison) -> Test:
    if not column.is_text:
        message = f"invalid operator LIKE for field '{column.field.name}'"
        raise scope.place.error("INVALID_QUERY_FILTER_OPERATOR", message, condition.path.at)
    wild = {"%": ".*", "_": "."}
    pieces = re.findall(r"\\.|.", str(condition.constant.value or ""), re.DOTALL)
    pattern = "".join(wild.get(piece) or re.escape(piece[-1]) for piece in pieces)
    matcher = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    read = column.read

    def like(row: Row) -> bool:
        value = read(row)
        return value is not None and matcher.fullmatch(value) is not None

    return like


def _membership(scope: Scope, condition: Membership) -> Test:
    column = _filterable(scope, condition.path)
    wanted: set[str | Decimal | None] = {constant(scope, column, literal) for literal in condition.constants}
    read = column.read
    if _folds(scope, column):
        read = _folded(read)
        wanted = {value.casefold() if isinstance(value, str) else value for value in wanted}
    if condition.negated:
        return lambda row: read(row) not in wanted
    return lambda row: read(row) in wanted
