"""The simulator as an ASGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tieout_salesforce.simulator.api import Api, too_long
from tieout_salesforce.simulator.encoding import encode
from tieout_salesforce.simulator.routing import Call, Reply

if TYPE_CHECKING:
    from starlette.requests import Request

    from tieout_salesforce.simulator.world import World

_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def application(world: World) -> Starlette:
    """Make the application. Requests are carried out one after another, each whole."""
    api = Api(world)

    async def endpoint(request: Request) -> Response:
        raw_headers = sum(len(name) + len(value) + 4 for name, value in request.scope["headers"])
        address = len(request.scope["raw_path"].partition(b"?")[0]) + len(request.scope["query_string"]) + 1
        refused = too_long(address, raw_headers)
        if refused is not None:
            return _response(refused)
        return _response(api.answer(_call(request, await request.body())))

    return Starlette(routes=[Route("/{path:path}", endpoint, methods=_METHODS)])


def _call(request: Request, body: bytes) -> Call:
    return Call(
        method=request.method,
        path=request.scope["raw_path"].partition(b"?")[0].decode("ascii"),
        params=dict(request.query_params),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        base=f"{request.url.scheme}://{request.url.netloc}",
    )


def _response(reply: Reply) -> Response:
    headers = dict(reply.headers)
    if reply.body is None:
        return Response(status_code=reply.status, headers=headers)
    headers["content-type"] = "application/json;charset=UTF-8"
    return Response(encode(reply.body).encode(), reply.status, headers)
