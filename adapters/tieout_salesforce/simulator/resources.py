"""The resources of an API version, which a composite request reaches as well (fact sheet, section 2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tieout_salesforce.simulator import api_collections, api_meta, api_query, api_records
from tieout_salesforce.simulator.problems import not_found, refuse
from tieout_salesforce.simulator.routing import Call, Reply, Route, find

if TYPE_CHECKING:
    from tieout_salesforce.simulator.world import World

VERSIONED = re.compile(r"/services/data/v(\d+)\.0(/.*)?")
_GONE = 410

PLAIN = (*api_meta.ROUTES, *api_query.ROUTES, *api_collections.ROUTES, *api_records.ROUTES)
"""In the order in which they are tried: `/sobjects/X/describe` before a record of that id."""


def resource(world: World, routes: Sequence[Route], call: Call) -> Reply:
    """Answer a request that has passed the gates; raises RequestRefused or RowRefused.

    Versions below 31 are retired (section 1.4), those above 68 unknown (section 2.1).
    """
    match = VERSIONED.fullmatch(call.path)
    if match is None:
        raise not_found()
    version = int(match[1])
    if version < api_meta.FIRST_VERSION:
        raise refuse(_GONE, "UNSUPPORTED_API_VERSION", f"API version {version}.0 is retired")
    if version > api_meta.LAST_VERSION:
        raise not_found()
    method = call.params.get("_HttpMethod", call.method) if call.method == "POST" else call.method
    one, args = find(routes, method.upper(), match[2] or "")
    world.org.counters.calls[one.kind] += 1
    if one.write:
        world.org.counters.calls["writes"] += 1
    return one.handler(world, replace(call, args=args, version=f"{version}.0"))
