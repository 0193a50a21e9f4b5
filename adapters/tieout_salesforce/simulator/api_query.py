"""Queries, and what was changed or deleted in a window (fact sheet, sections 2.5 and 2.10)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tieout_salesforce.simulator.api_meta import find_object
from tieout_salesforce.simulator.encoding import moment, stamp
from tieout_salesforce.simulator.problems import BAD_REQUEST, refuse
from tieout_salesforce.simulator.routing import Call, Reply, Route, route
from tieout_salesforce.simulator.soql_run import LARGEST_PAGE, SMALLEST_PAGE, Asked

if TYPE_CHECKING:
    from tieout_salesforce.simulator.world import World

_UPDATED_BACK, _DELETED_BACK = timedelta(days=30), timedelta(days=15)
_SHORTEST = timedelta(minutes=1)


def _page_size(call: Call) -> int:
    """Read the wish for a page size; it is a hint within 200 and 2000 (section 2.5)."""
    for option in call.headers.get("sforce-query-options", "").split(","):
        name, _, value = option.partition("=")
        if name.strip().lower() == "batchsize" and value.strip().isdigit():
            return min(max(int(value), SMALLEST_PAGE), LARGEST_PAGE)
    return LARGEST_PAGE


def _query(world: World, call: Call, *, deleted: bool) -> Reply:
    text = call.params.get("q", "")
    if not text.strip():
        raise refuse(BAD_REQUEST, "MALFORMED_QUERY", "A query string has to be specified")
    asked = Asked(text, call.user, call.token, call.version, deleted, _page_size(call))
    return Reply(body=world.queries.run(asked))


def query(world: World, call: Call) -> Reply:
    """Run a query over live records."""
    return _query(world, call, deleted=False)


def query_all(world: World, call: Call) -> Reply:
    """Run a query over live and deleted records."""
    return _query(world, call, deleted=True)


def query_more(world: World, call: Call) -> Reply:
    """Give the next page."""
    return Reply(body=world.queries.more(call.args[0], call.token, _page_size(call)))


def _window(world: World, call: Call, back: timedelta) -> tuple[str, str]:
    """Read start and end, seconds cut off; raises RequestRefused (INVALID_REPLICATION_DATE; section 2.10)."""
    try:
        start, end = (_minute(call.params[name]) for name in ("start", "end"))
    except (KeyError, ValueError):
        raise refuse(BAD_REQUEST, "INVALID_REPLICATION_DATE", "start and end must be dateTime values") from None
    if end - start < _SHORTEST:
        raise refuse(BAD_REQUEST, "INVALID_REPLICATION_DATE", "startDate must be at least one minute before endDate")
    if start < world.org.now() - back:
        raise refuse(BAD_REQUEST, "INVALID_REPLICATION_DATE", f"startDate before {back.days} days ago")
    return stamp(start), stamp(end)


def _minute(text: str) -> datetime:
    return moment(text).replace(second=0, microsecond=0)


def updated(world: World, call: Call) -> Reply:
    """Tell the ids of records created or updated in a window."""
    one = find_object(world, call)
    start, end = _window(world, call, _UPDATED_BACK)
    rows = world.org.tables[one.name].since((start, ""))
    ids = [row["Id"] for row in rows if row["SystemModstamp"] < end and not row.get("IsDeleted")]
    return Reply(body={"ids": ids, "latestDateCovered": end})


def deleted(world: World, call: Call) -> Reply:
    """Tell the ids of records deleted in a window, those erased for good among them (section 0, 5)."""
    one = find_object(world, call)
    start, end = _window(world, call, _DELETED_BACK)
    table = world.org.tables[one.name]
    found = [(row["Id"], row["SystemModstamp"]) for row in table.since((start, "")) if row.get("IsDeleted")]
    inside = [(id, at) for id, at in [*found, *table.erased] if start <= at < end]
    records = [{"id": id, "deletedDate": at} for id, at in inside]
    earliest = world.org.now() - _DELETED_BACK
    return Reply(body={"deletedRecords": records, "earliestDateAvailable": stamp(earliest), "latestDateCovered": end})


ROUTES: tuple[Route, ...] = (
    route("GET", "/query", "query", query),
    route("GET", "/queryAll", "queryAll", query_all),
    route("GET", "/query/*", "queryMore", query_more),
    route("GET", "/queryAll/*", "queryMore", query_more),
    route("GET", "/sobjects/*/updated", "updated", updated),
    route("GET", "/sobjects/*/deleted", "deleted", deleted),
)
