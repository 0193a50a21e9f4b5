"""Which records have to be looked at again when an item changes that they pick, or may pick."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Text, bindparam, exists, insert, literal, not_, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from tieout.store import mirror
from tieout.store.statements import Statement, among, as_list
from tieout.store.tables import due, hold, link, review, suppress

LINK, RECORD = "link:", "record:"
"""How scopes begin (`hold.scope`)."""


class remembered(ColumnElement[str]):  # noqa: N801  # it stands in statements like SQLAlchemy's own functions
    """The value of the first side that a link's base has for a rule; null where it has none."""

    inherit_cache = False

    def __init__(self, column: Column[Any], parameter: str) -> None:
        self.column, self.type = column, Text()
        self.parameter = bindparam(parameter, type_=Text())


@compiles(remembered, "sqlite")
def _remembered_sqlite(element: remembered, compiler: SQLCompiler, **kw: Any) -> str:
    column, given = compiler.process(element.column, **kw), compiler.process(element.parameter, **kw)
    return f"json_extract({column}, '$.\"' || {given} || '\"[0]')"


@compiles(remembered, "postgresql")
def _remembered_postgresql(element: remembered, compiler: SQLCompiler, **kw: Any) -> str:
    column, given = compiler.process(element.column, **kw), compiler.process(element.parameter, **kw)
    return f"(CAST({column} AS json) -> CAST({given} AS text) ->> 0)"


def look_again_linked(tx: Connection, pair: int, rule: str, keys: Collection[str]) -> None:
    """Have a pair look at the links that remember one of these keys under a rule, or none at all."""
    _LINKED.run(tx, n=pair, rule=rule, keys=as_list(keys))


_KEY = remembered(link.c.base, "rule")
_LINKED = Statement(
    insert(due).from_select(
        ["pair", "end", "id"],
        select(link.c.pair, literal(0), link.c.first)
        .where(
            link.c.pair == bindparam("n"),
            link.c.state == "active",
            or_(_KEY.is_(None), among(_KEY, "keys")),
            not_(exists().where(due.c.pair == link.c.pair, due.c.end == 0, due.c.id == link.c.first)),
        )
        .distinct(),
    )
)


def look_again_standing(tx: Connection, pair: int, rule: str) -> None:
    """Have a pair look at what is held or asked under a rule, and at records without a partner that anything holds."""
    scopes: set[str] = set()
    for table in (hold, review, suppress):
        concerned = (table.c.rule == rule) | table.c.scope.startswith(RECORD)
        scopes.update(tx.execute(select(table.c.scope).where(table.c.pair == pair, concerned)).scalars())
    numbers = [int(scope.removeprefix(LINK)) for scope in scopes if scope.startswith(LINK)]
    for place, endpoint in enumerate(mirror.ends_of(tx, pair)):
        column = link.c.second if place else link.c.first
        linked = tx.execute(select(column).where(link.c.id.in_(numbers))).scalars()
        head = f"{RECORD}{place}:"
        units = [scope.removeprefix(head) for scope in scopes if scope.startswith(head)]
        # Of a record that has parts its id stands before the #; an id may also have one itself.
        named = {*linked, *units, *(unit.partition("#")[0] for unit in units)}
        mirror.mark_due(tx, [(pair, place)], sorted(mirror.seen(tx, endpoint, named)))
