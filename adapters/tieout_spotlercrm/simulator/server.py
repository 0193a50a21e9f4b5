"""The simulator as an ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tieout_spotlercrm.simulator import api, controls
from tieout_spotlercrm.simulator.encoding import encode
from tieout_spotlercrm.simulator.problems import Refused, bad

if TYPE_CHECKING:
    from starlette.requests import Request

    from tieout_spotlercrm.simulator.world import World

_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def application(world: World) -> Starlette:
    """Make the application. Requests are carried out one after another, each whole."""

    async def endpoint(request: Request) -> Response:
        reply = _reply(world, request, await request.body())
        return Response(encode(reply.body).encode(), reply.status, {"content-type": "application/json"})

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=_METHODS)])


def _reply(world: World, request: Request, body: bytes) -> api.Reply:
    try:
        names = [name for name, _ in request.query_params.multi_items()]
        if len(set(names)) != len(names):
            raise bad("a parameter stands twice")
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = api.Call(request.method, request.url.path, dict(request.query_params), headers, body)
        answer = controls.answer if call.path.startswith(controls.PREFIX) else api.answer
        return answer(world, call)
    except Refused as refused:
        world.counters.refused[refused.status] += 1
        return api.Reply(refused.status, refused.body())
