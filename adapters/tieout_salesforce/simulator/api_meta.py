"""Resources about the org itself: versions, limits, describes (fact sheet, sections 2.1, 2.2 and 2.4)."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from tieout_salesforce.simulator.describing import describe_all, describe_object
from tieout_salesforce.simulator.encoding import moment
from tieout_salesforce.simulator.problems import BAD_REQUEST, not_found, refuse
from tieout_salesforce.simulator.routing import NOT_MODIFIED, Call, Reply, Route, route
from tieout_salesforce.simulator.schema import Object

if TYPE_CHECKING:
    from tieout_salesforce.simulator.world import World

FIRST_VERSION, LAST_VERSION = 31, 68
_SEASONS = ("Spring", "Summer", "Winter")
_SPRING_26 = 66


def _label(version: int) -> str:
    years, season = divmod(version - _SPRING_26, len(_SEASONS))
    return f"{_SEASONS[season]} '{26 + years + (season == len(_SEASONS) - 1):02d}"


def versions(_world: World, _call: Call) -> Reply:
    """List the versions, the newest last; neither token nor limit (section 2.1)."""
    listed = [
        {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(FIRST_VERSION, LAST_VERSION + 1)
    ]
    return Reply(body=listed)


def resources(world: World, call: Call) -> Reply:
    """List the resources of a version, with an absolute identity URL (section 2.1)."""
    root = f"/services/data/v{call.version}"
    names = ("sobjects", "query", "queryAll", "composite", "limits")
    identity = f"{call.base}/id/{world.org.id}/{call.user}"
    return Reply(body={**{name: f"{root}/{name}" for name in names}, "identity": identity})


def limits(world: World, _call: Call) -> Reply:
    """Tell what is left; clients also read the rows of the bulk interfaces and of storage (section 2.2)."""
    left = max(0, world.allowance.daily - world.allowance.used)
    bulk, queries, megabytes = 15000, 10000, 976562
    return Reply(
        body={
            "DailyApiRequests": {"Max": world.allowance.daily, "Remaining": left},
            "DailyBulkApiBatches": {"Max": bulk, "Remaining": bulk},
            "DailyBulkV2QueryJobs": {"Max": queries, "Remaining": queries},
            "DailyBulkV2QueryFileStorageMB": {"Max": megabytes, "Remaining": megabytes},
            "DataStorageMB": {"Max": 1024, "Remaining": 1024},
        }
    )


def record_count(world: World, call: Call) -> Reply:
    """Count records."""
    wanted = [name for name in call.params.get("sObjects", "").split(",") if name]
    names = [one.name for name in wanted if (one := world.org.layout.find(name))]
    counts = [
        {"count": sum(not row.get("IsDeleted") for row in world.org.tables[name].all()), "name": name}
        for name in names or world.org.tables
    ]
    return Reply(body={"sObjects": counts})


def find_object(world: World, call: Call) -> Object:
    """Find the object that a path names, if its user sees it; raises RequestRefused (NOT_FOUND)."""
    found = world.org.layout.seen(call.args[0], everything=world.org.sees_all(call.user))
    if found is None:
        raise not_found()
    return found


def describe_objects(world: World, call: Call) -> Reply:
    """List the objects with what the user may do with them."""
    everything = world.org.sees_all(call.user)
    return Reply(body=describe_all(world.org.layout, call.version, everything=everything))


def object_info(world: World, call: Call) -> Reply:
    """Describe an object in short."""
    one = find_object(world, call)
    listed = describe_all(world.org.layout, call.version, everything=world.org.sees_all(call.user))["sobjects"]
    summary = next(item for item in listed if item["name"] == one.name)
    return Reply(body={"objectDescribe": summary, "recentItems": []})


def http_date(call: Call, header: str) -> datetime | None:
    """Read a date header; raises RequestRefused if it is no date."""
    text = call.headers.get(header)
    if text is None:
        return None
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        raise refuse(BAD_REQUEST, "INVALID_HEADER", f"{header} is no HTTP date: {text}") from None


def describe(world: World, call: Call) -> Reply:
    """Describe an object as the user sees it; unchanged since `If-Modified-Since`: 304 (section 2.4)."""
    one = find_object(world, call)
    changed = moment(world.org.layout.changed[one.name])
    known = http_date(call, "if-modified-since")
    if known is not None and known > changed:
        return Reply(NOT_MODIFIED)
    fields = world.org.fields(one.name, call.user)
    currencies = tuple(str(row["IsoCode"]) for row in world.currencies())
    allowed = world.org.allowed(one.name, call.user)
    return Reply(body=describe_object(allowed, fields, call.version, currencies))


ROUTES: tuple[Route, ...] = (
    route("GET", "", "resources", resources),
    route("GET", "/limits", "limits", limits),
    route("GET", "/limits/recordCount", "limits", record_count),
    route("GET", "/sobjects", "describe", describe_objects),
    route("GET", "/sobjects/*", "describe", object_info),
    route("GET", "/sobjects/*/describe", "describe", describe),
)
