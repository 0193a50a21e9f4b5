"""Statements that a run repeats thousands of times: built by SQLAlchemy once, then run on the driver's own cursor.

Building, keying and wrapping a statement anew costs SQLAlchemy ten times what SQLite takes to answer it. This is only
for statements over texts and whole numbers, which both drivers take and give as they are; all else goes by `execute`.
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Integer, Text, bindparam
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles

if TYPE_CHECKING:
    from sqlalchemy import Dialect, Executable
    from sqlalchemy.engine.interfaces import DBAPICursor
    from sqlalchemy.sql.compiler import SQLCompiler


def as_list(values: Iterable[object]) -> str:
    """Write values as the one parameter that `among` takes, however many they are."""
    return json.dumps(list(values))


class among(ColumnElement[bool]):  # noqa: N801  # it stands in statements like SQLAlchemy's own functions
    """Says whether a column's value is one of those of a parameter made by `as_list`."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], parameter: str) -> None:
        self.column = column
        self.parameter = bindparam(parameter, type_=Text())


@compiles(among, "sqlite")
def _among_sqlite(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, given = compiler.process(element.column, **kw), compiler.process(element.parameter, **kw)
    return f"{column} IN (SELECT value FROM json_each({given}))"  # noqa: S608  # a column's name and a parameter's


@compiles(among, "postgresql")
def _among_postgresql(element: among, compiler: SQLCompiler, **kw: Any) -> str:
    column, given = compiler.process(element.column, **kw), compiler.process(element.parameter, **kw)
    kind = "integer" if isinstance(element.column.type, Integer) else "text"
    return f"{column} IN (SELECT CAST(json_array_elements_text(CAST({given} AS json)) AS {kind}))"


@dataclass(slots=True)
class _Ready:
    """One statement in one dialect. `names`: its parameters in order, or None where the driver takes them by name."""

    text: str
    names: tuple[str, ...] | None
    fixed: Mapping[str, object]
    row: Any = None


@dataclass(slots=True)
class Statement:
    """One statement, compiled once per dialect and set of columns given."""

    made: Executable
    _ready: dict[tuple[str, tuple[str, ...]], _Ready] = field(default_factory=dict)

    def rows(self, tx: Connection, **values: object) -> list[Any]:
        """Run it and give all its rows; their columns are attributes."""
        ready, cursor = self._execute(tx, values)
        if ready.row is None:
            ready.row = _row_of([column[0] for column in cursor.description])
        return [ready.row(found) for found in cursor.fetchall()]

    def first(self, tx: Connection, **values: object) -> Any:
        """Run it and give its first row, or None."""
        found = self.rows(tx, **values)
        return found[0] if found else None

    def values(self, tx: Connection, **values: object) -> list[Any]:
        """Run it and give the first column."""
        return [found[0] for found in self._execute(tx, values)[1].fetchall()]

    def run(self, tx: Connection, **values: object) -> int:
        """Run it for its effect and give how many rows it touched."""
        return int(self._execute(tx, values)[1].rowcount)

    def each(self, tx: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Run it once for each row; all have the same names. For an insert they are the columns."""
        if not rows:
            return
        ready = self._of(tx.dialect, tuple(rows[0]))
        try:
            tx.connection.cursor().executemany(ready.text, [_given(ready, row) for row in rows])
        except tx.dialect.loaded_dbapi.Error as error:
            raise _told(tx, ready, error) from error

    def _execute(self, tx: Connection, values: Mapping[str, object]) -> tuple[_Ready, DBAPICursor]:
        ready = self._of(tx.dialect, ())
        cursor = tx.connection.cursor()
        try:
            cursor.execute(ready.text, _given(ready, values))
        except tx.dialect.loaded_dbapi.Error as error:
            raise _told(tx, ready, error) from error
        return ready, cursor

    def _of(self, dialect: Dialect, columns: tuple[str, ...]) -> _Ready:
        key = (dialect.name, columns)
        found = self._ready.get(key)
        if found is None:
            found = self._ready[key] = _compile(self.made, dialect, columns)
        return found


def _compile(made: Executable, dialect: Dialect, columns: tuple[str, ...]) -> _Ready:
    inserts = getattr(made, "is_insert", False)
    compiled: SQLCompiler = made.compile(  # type: ignore[attr-defined]  # every executable of ours is a clause
        dialect=dialect,
        column_keys=list(columns) if inserts and columns else None,
    )
    fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    names = None if compiled.positiontup is None else tuple(compiled.positiontup)
    return _Ready(str(compiled), names, fixed)


def _told(tx: Connection, ready: _Ready, error: Exception) -> BaseException:
    """Give the driver's error as SQLAlchemy would, without parameters: they are customers' data."""
    base = tx.dialect.loaded_dbapi.Error
    return DBAPIError.instance(ready.text, None, error, base, hide_parameters=True, dialect=tx.dialect)


def _row_of(names: Sequence[str]) -> Callable[[Iterable[Any]], Any]:
    made: Any = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024  # its names come from the statement
    make: Callable[[Iterable[Any]], Any] = made._make
    return make


def _given(ready: _Ready, values: Mapping[str, object]) -> Any:
    together = {**ready.fixed, **values}
    return together if ready.names is None else [together[name] for name in ready.names]
