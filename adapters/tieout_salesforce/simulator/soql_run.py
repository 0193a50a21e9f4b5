"""Runs queries and hands out their pages (fact sheet, section 2.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tieout_salesforce.simulator import ids
from tieout_salesforce.simulator.org import Org
from tieout_salesforce.simulator.problems import BAD_REQUEST, UNAUTHORISED, refuse
from tieout_salesforce.simulator.soql_filter import Scope
from tieout_salesforce.simulator.soql_parser import parse
from tieout_salesforce.simulator.soql_plan import matching
from tieout_salesforce.simulator.soql_shape import Renderer, parts_of
from tieout_salesforce.simulator.soql_tree import Select
from tieout_salesforce.simulator.soql_words import Located
from tieout_salesforce.simulator.table import Row, Table

SMALLEST_PAGE, LARGEST_PAGE = 200, 2000
_LOCATOR_LIFE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as a request carries it."""

    text: str
    user: str
    session: str
    version: str
    deleted: bool
    """True: /queryAll."""
    page: int = LARGEST_PAGE


@dataclass(frozen=True, slots=True)
class Cursor:
    """The rows of a query as they were when it ran; bound to the session that asked (section 1.3)."""

    asked: Asked
    table: Table
    rows: Sequence[Row]
    renderer: Renderer
    made: datetime


class Queries:
    """Runs queries on an org and keeps the cursors of unfinished ones."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.cursors: dict[str, Cursor] = {}
        self._made = 0

    def run(self, asked: Asked) -> dict[str, Any]:
        """Run a query and give its first page; raises RequestRefused."""
        select = parse(asked.text)
        scope = self._scope(asked, select)
        parts = parts_of(scope, select)
        most = select.offset + select.limit if select.limit is not None else None
        rows = matching(scope, select.where, select.order, deleted=asked.deleted, most=most)[select.offset :]
        if select.count:
            return {"totalSize": len(rows), "done": True, "records": []}
        renderer = Renderer(parts, asked.version, asked.deleted)
        self._made += 1
        self.cursors = {id: one for id, one in self.cursors.items() if self._alive(one)}
        cursor = Cursor(asked, self.org.tables[scope.object], rows, renderer, self.org.now())
        return self._page(cursor, ids.make("01g", self._made), 0, asked.page)

    def more(self, locator: str, session: str, page: int) -> dict[str, Any]:
        """Give a further page; raises RequestRefused for a locator that is unknown, too old or another session's."""
        id, _, start = locator.rpartition("-")
        cursor = self.cursors.get(id)
        if cursor is None or not start.isdigit() or not self._alive(cursor):
            raise refuse(BAD_REQUEST, "INVALID_QUERY_LOCATOR", "invalid query locator")
        if cursor.asked.session != session:
            raise refuse(UNAUTHORISED, "INVALID_SESSION_ID", "Session expired or invalid")
        return self._page(cursor, id, int(start), page)

    def _alive(self, cursor: Cursor) -> bool:
        return self.org.now() - cursor.made <= _LOCATOR_LIFE

    def _scope(self, asked: Asked, select: Select) -> Scope:
        place = Located(asked.text)
        found = self.org.layout.seen(select.source, everything=self.org.sees_all(asked.user))
        if found is None:
            raise place.error(
                "INVALID_TYPE",
                f"sObject type '{select.source}' is not supported. If you are attempting to use a custom object, be "
                "sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for "
                "the appropriate names.",
                select.source_at,
            )
        return Scope(self.org, asked.user, found.name, place)

    def _page(self, cursor: Cursor, id: str, start: int, size: int) -> dict[str, Any]:
        """Cut a page: child rows count against its size, so that it may hold fewer than asked (section 2.5)."""
        records: list[dict[str, Any]] = []
        weight, at = 0, start
        while at < len(cursor.rows) and (weight < size or not records):
            record, children = cursor.renderer.record(cursor.table, cursor.rows[at])
            if records and weight + 1 + children > size:
                break
            records.append(record)
            weight, at = weight + 1 + children, at + 1
        done = at >= len(cursor.rows)
        answer: dict[str, Any] = {"totalSize": len(cursor.rows), "done": done}
        if not done:
            self.cursors[id] = cursor
            answer["nextRecordsUrl"] = f"/services/data/v{cursor.asked.version}/query/{id}-{at}"
        return {**answer, "records": records}
