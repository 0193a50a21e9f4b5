"""Lists: filters, If-Modified-Since, order, pages (facts (c))."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from tieout_xero.simulator.codec import Row, read_modified_since
from tieout_xero.simulator.problems import BadQuery, Missing
from tieout_xero.simulator.resource import Resource, View
from tieout_xero.simulator.tables import STAMP
from tieout_xero.simulator.where import folded, parse

PAGE_SIZE = 100
PAGE_LIMIT = 1000
DIGITS = 9
SEARCHED = {
    "Contact": ("Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber", "EmailAddress"),
    "Invoice": ("InvoiceNumber", "Reference"),
}
"""What searchTerm looks at (facts 2.1 for contacts; for invoices [U])."""
FORCES_PAGES = ("page", "statuses", "summaryonly")
"""Query names that make a list paged (facts 2.3); pageSize alone is not known to."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as asked for: rows, their shape, and the `pagination` section if paged."""

    rows: Sequence[Row]
    view: View
    pagination: Row | None


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a list, names in lower case, with If-Modified-Since."""

    params: Mapping[str, str]
    since: str | None

    def flag(self, name: str) -> bool:
        """Read a boolean in any case (facts (e) wire quirks)."""
        return self.params.get(name, "").lower() == "true"

    def words(self, name: str) -> frozenset[str] | None:
        """Read a comma list, or None if it is not given."""
        given = self.params.get(name, "")
        return frozenset(word.strip() for word in given.split(",") if word.strip()) or None

    def whole(self, name: str, default: int) -> int:
        """Read a positive number."""
        given = self.params.get(name, "") or str(default)
        if not given.isdecimal() or len(given) > DIGITS or int(given) < 1:
            raise BadQuery(f"{name} must be a whole number from 1")
        return int(given)


def listed(resource: Resource, query: Query) -> Listing:
    """Select, order and page the rows of an object."""
    paged = resource.paged and any(query.params.get(name) for name in FORCES_PAGES)
    rows, big = _ordered(resource, query, _selected(resource, query)), resource.books.switches.big
    if resource.paged and len(rows) > big and resource.books.switches.big_queries == "refuse":
        raise BadQuery(f"The request matches more than {big} records; narrow it by a filter or If-Modified-Since")
    if (size := resource.uncounted) is not None:
        start = (query.whole("page", 1) - 1) * size
        if start and start >= len(rows) and resource.books.switches.page_past_end == "missing":
            raise Missing("a page past the end")
        return Listing(rows[start : start + size], View.PAGED, None)
    if not paged:
        return Listing(rows, View.UNPAGED, None)
    view = View.SUMMARY if query.flag("summaryonly") else View.PAGED
    page, size = query.whole("page", 1), min(query.whole("pagesize", PAGE_SIZE), PAGE_LIMIT)
    count = -(-len(rows) // size)
    if page > max(count, 1) and resource.books.switches.page_past_end == "missing":
        raise Missing(f"page {page} of {count}")
    section = {"page": page, "pageSize": size, "pageCount": count, "itemCount": len(rows)}
    return Listing(rows[(page - 1) * size : page * size], view, section)


class _All(Sequence[Row]):
    """All rows of a table in the order of an index, without a copy."""

    def __init__(self, rows: Mapping[str, Row], ids: Sequence[Any], id_of: Callable[[Any], str]) -> None:
        self._rows, self._ids, self._id_of = rows, ids, id_of

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._rows[self._id_of(each)] for each in self._ids[index]]
        return self._rows[self._id_of(self._ids[index])]


def _selected(resource: Resource, query: Query) -> Sequence[Row] | None:
    """Give the rows that pass all filters in no order, or None for all rows."""
    tests = _tests(resource, query)
    table = resource.table
    ids = query.words("ids")
    if ids is not None:
        rows: Sequence[Row] = [row for id in ids if (row := table.get(id.lower())) is not None]
    elif query.since:
        inclusive = resource.books.switches.modified_since == "inclusive"
        rows = table.since(read_modified_since(query.since), inclusive=inclusive)
    elif not tests:
        return None
    else:
        rows = list(table.rows.values())
    for test in tests:
        rows = [row for row in rows if test(row)]
    return rows


def _tests(resource: Resource, query: Query) -> list[Callable[[Row], bool]]:
    tests: list[Callable[[Row], bool]] = [*resource.filters(query.params)]
    if not query.flag("includearchived"):  # also of rows asked for by IDs: the harder reading, [U]
        tests.extend(_visible(resource))
    for name, path in (("statuses", "Status"), ("invoicenumbers", "InvoiceNumber"), ("contactids", "Contact")):
        words = query.words(name)
        if words is not None and resource.name == "Invoice":
            tests.append(_among(path, words))
    if term := query.params.get("searchterm"):
        tests.append(_searching(resource.name, term))
    if query.flag("createdbymyapp"):
        tests.append(lambda row: bool(row.get("OwnApp")))
    if where := query.params.get("where"):
        test, named = parse(where, resource.getter)
        _affordable(resource, named)
        tests.append(test)
    return tests


def _visible(resource: Resource) -> list[Callable[[Row], bool]]:
    return [lambda row: not resource.hidden(row)] if resource.has_hidden() else []


def _among(path: str, words: frozenset[str]) -> Callable[[Row], bool]:
    return lambda row: row[path] in words


def _searching(name: str, term: str) -> Callable[[Row], bool]:
    wanted = folded(term) or ""
    return lambda row: any(wanted in (folded(row[field]) or "") for field in SEARCHED.get(name, ()))


def _affordable(resource: Resource, named: frozenset[str]) -> None:
    """Refuse an unoptimised query over more than 100,000 rows (facts (c) Paging)."""
    slow = named - resource.optimised
    switches = resource.books.switches
    if resource.paged and slow and len(resource.table) > switches.big and switches.big_queries == "refuse":
        raise BadQuery(f"{', '.join(sorted(slow))} cannot be queried over more than {switches.big} records")


def _ordered(resource: Resource, query: Query, rows: Sequence[Row] | None) -> Sequence[Row]:
    """Order by one field, ties by id; else by stamp, then id (facts (c) Paging)."""
    table = resource.table
    name, _, direction = query.params.get("order", "").replace("+", " ").strip().partition(" ")
    if direction.strip().upper() not in {"", "ASC", "DESC", "DESCENDING", "ASCENDING"}:
        raise BadQuery(f"'{direction}' is no order")
    down = direction.strip().upper().startswith("DESC")
    if rows is None and not down and name in {resource.key, f"{resource.key[:-2]}Id"}:
        return _All(table.rows, table.by_id, str)
    if rows is None and not down and name in {"", STAMP}:
        return _All(table.rows, table.by_stamp, itemgetter(1))
    given = list(table.rows.values()) if rows is None else list(rows)
    if not name:
        return sorted(given, key=lambda row: (row[STAMP], row[resource.key]))
    _affordable(resource, frozenset({name}))
    get = resource.getter(tuple(name.split(".")))
    given.sort(key=itemgetter(resource.key))
    given.sort(key=lambda row: sortable(folded(get(row))), reverse=down)
    return given


def sortable(value: Any) -> tuple[bool, Any]:
    """Order nulls first."""
    return (value is not None, value if value is not None else 0)
