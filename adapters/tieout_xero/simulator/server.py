"""The application: authorisation, limits and idempotency before the endpoints, and the identity paths beside them."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tieout_xero.simulator import openid
from tieout_xero.simulator.codec import Row, encode
from tieout_xero.simulator.controls import Controls
from tieout_xero.simulator.endpoints import JSON, SCOPES, Call, answer, failure, not_found
from tieout_xero.simulator.grants import GrantRefused, Grants, Token
from tieout_xero.simulator.tenants import Clock, Memory, Reply, Tenant

METHODS = ["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"]
KEY_LENGTH = 128
NIL = "00000000-0000-0000-0000-000000000000"


class Server:
    """One app, its grants, and the tenants that it may be connected to."""

    def __init__(self, grants: Grants, tenants: Sequence[Tenant], clock: Clock) -> None:
        self.grants, self.clock = grants, clock
        self.tenants = {tenant.id: tenant for tenant in tenants}
        self.memory = Memory(clock)
        self.identity, self.subject = openid.Identity(), str(uuid.uuid4())
        self.controls = Controls(self.tenants, grants, clock)

    def app(self) -> Starlette:
        """Give the ASGI application."""
        return Starlette(
            routes=[
                Route("/api.xro/2.0/{rest:path}", self.accounting, methods=METHODS),
                Route("/connect/token", self.token, methods=["POST"]),
                Route("/connect/revocation", self.revocation, methods=["POST"]),
                Route("/identity/connect/authorize", self.authorize, methods=["GET"]),
                Route("/.well-known/openid-configuration", self.discovery, methods=["GET"]),
                Route("/.well-known/openid-configuration/jwks", self.keys, methods=["GET"]),
                Route("/__sim__/{rest:path}", self.control, methods=["GET", "POST"]),
                Route("/{rest:path}", self.connections, methods=METHODS),
            ]
        )

    async def accounting(self, request: Request) -> Response:
        """Answer a call of the accounting API: token, tenant, scope, limits, then the call itself."""
        token = self._token(request)
        if isinstance(token, Reply):
            return _response(token)
        tenant = self._tenant(request, token)
        if tenant is None:
            return _response(_problem(403, "Forbidden", "AuthenticationUnsuccessful"))
        tenant.limits.running += 1
        try:
            # what waits for its body counts as running: five such calls make the sixth one too many
            body = await request.body()
        finally:
            tenant.limits.running -= 1
        return _response(self._admitted(request, tenant, token, body), tenant)

    def _admitted(self, request: Request, tenant: Tenant, token: Token, body: bytes) -> Reply:
        parts = tuple(part for part in request.path_params["rest"].split("/") if part)
        call = Call(request.method, parts, _params(request), body, request.headers.get("if-modified-since"))
        needed = SCOPES.get(parts[0].lower() if parts else "")
        if needed is None:
            return not_found()
        if not _in_scope(token, needed, call.method):
            # the misspelt word is Xero's own (facts: Status table)
            unsure = {"WWW-Authenticate": 'Bearer error="insufficent_scope"'}
            return _problem(401, "Unauthorized", "AuthorizationUnsuccessful", unsure)
        refused = tenant.limits.admit(tenant.books.now())
        if refused is not None:
            tenant.counters.statuses["429"] += 1
            return Reply(429, b"", None, refused)
        tenant.counters.calls[call.kind] += 1
        reply = self._once(request, tenant, call)
        tenant.counters.statuses[str(reply.status)] += 1
        return reply

    def _once(self, request: Request, tenant: Tenant, call: Call) -> Reply:
        """Carry a call out once per idempotency key (facts (c) Idempotency-Key)."""
        key = request.headers.get("idempotency-key")
        if call.method != "GET" and not _is_json(request):
            return failure(415, 0, "UnsupportedMediaType", "The simulator reads JSON bodies only.")
        if not key or call.method not in {"POST", "PUT"}:
            return answer(tenant, call)
        if len(key) > KEY_LENGTH:
            return failure(400, 0, "ValidationException", f"Idempotency Key must not exceed {KEY_LENGTH} characters.")
        sent = (tenant.id, call.method, f"{request.url.path}?{request.url.query}", call.body)
        known = self.memory.recall(key)
        if known is None:
            reply = answer(tenant, call)
            self.memory.remember(key, sent, reply)
            return reply
        if known.request != sent:
            return failure(400, 0, "ValidationException", f"Idempotency Key: {key} is used with a different request.")
        return known.reply

    def _token(self, request: Request) -> Token | Reply:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        token = self.grants.access(value) if scheme.lower() == "bearer" else None
        if token is None:
            return _problem(401, "Unauthorized", "AuthenticationUnsuccessful")
        if token.until <= self.clock():
            return _problem(401, "Unauthorized", f"TokenExpired: token expired at {token.until:%m/%d/%Y %H:%M:%S}")
        return token

    def _tenant(self, request: Request, token: Token) -> Tenant | None:
        """Find the tenant; a custom connection needs no header (facts (a)), a code grant does."""
        named = request.headers.get("xero-tenant-id", "")
        if not named and len(token.session.tenants) == 1:
            named = token.session.tenants[0]
        tenant = self.tenants.get(named) if named in token.session.tenants else None
        return tenant if tenant is not None and tenant.connected else None

    async def connections(self, request: Request) -> Response:
        """List or drop connections, whatever the case of the path (facts (a)); all else is 404."""
        parts = [part for part in request.path_params["rest"].split("/") if part]
        if not parts or parts[0].lower() != "connections":
            return _response(not_found())
        token = self._token(request)
        if isinstance(token, Reply):
            return _response(token)
        mine = [tenant for tenant in self.tenants.values() if tenant.id in token.session.tenants and tenant.connected]
        if request.method == "GET" and len(parts) == 1:
            reply = Reply(200, encode([_connection(tenant, token) for tenant in mine]), JSON)
            return _response(Reply(200, reply.body, JSON, mine[0].limits.app_headers() if mine else {}))
        if request.method == "DELETE" and len(parts) == 2:  # noqa: PLR2004  connections, id
            for tenant in mine:
                if tenant.connection == parts[1]:
                    tenant.connected = False
                    return _response(Reply(204, b"", None))
        return _response(not_found())

    async def token(self, request: Request) -> Response:
        """Answer /connect/token."""
        try:
            granted = dict(self.grants.token(await _form(request)))
        except GrantRefused as problem:
            return _response(Reply(400, encode({"error": problem.error}), JSON))
        if "openid" in str(granted["scope"]).split():
            id = self.grants.client.id
            granted["id_token"] = self.identity.id_token(_issuer(request), id, self.subject, self.clock())
        return _response(Reply(200, encode(granted), JSON, {"Cache-Control": "no-store"}))

    async def discovery(self, request: Request) -> Response:
        """Answer the discovery document."""
        return _response(Reply(200, encode(openid.discovery(_issuer(request))), JSON))

    async def keys(self, _: Request) -> Response:
        """Answer the keys that id tokens are signed with."""
        return _response(Reply(200, encode(self.identity.keys()), JSON))

    async def revocation(self, request: Request) -> Response:
        """Answer /connect/revocation: 200 and nothing."""
        try:
            self.grants.revoke(await _form(request))
        except GrantRefused as problem:
            return _response(Reply(400, encode({"error": problem.error}), JSON))
        return _response(Reply(200, b"", None))

    async def authorize(self, request: Request) -> Response:
        """Answer the consent page at once, as if a person had pressed the button (switch: /__sim__/consent)."""
        query = dict(request.query_params)
        back = {"state": query["state"]} if "state" in query else {}
        try:
            back["code"] = self.grants.authorize(query)
            for tenant in self.tenants.values():  # a consent connects them, again if need be
                tenant.connected = True
        except GrantRefused as problem:
            if problem.error != "access_denied":
                return _response(Reply(400, encode({"error": problem.error}), JSON))
            back["error"] = problem.error
        redirect = query["redirect_uri"]
        return RedirectResponse(f"{redirect}{'&' if '?' in redirect else '?'}{urlencode(back)}", 302)

    async def control(self, request: Request) -> Response:
        """Answer a control under /__sim__/."""
        return _response(self.controls.answer(request.method, request.path_params["rest"], await request.body()))


def _issuer(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _in_scope(token: Token, needed: Sequence[str], method: str) -> bool:
    reading = {f"{scope}.read" for scope in needed} if method == "GET" else set[str]()
    return bool(token.session.scope & {*needed, *reading})


def _params(request: Request) -> Mapping[str, str]:
    """Read the query; names in any case, a `+` in values is a blank (facts (c), (e))."""
    return {name.lower(): value for name, value in parse_qsl(request.url.query, keep_blank_values=True)}


def _is_json(request: Request) -> bool:
    """XML, the API's other form, is not read here."""
    return "xml" not in request.headers.get("content-type", "")


async def _form(request: Request) -> dict[str, str]:
    """Read a form; id and secret from a Basic header count as if they stood in it (facts (a) token)."""
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            id, secret = "", ""
        form["client_id"], form["client_secret"] = id, secret
    return form


def _problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Give the body of 401 and 403 (facts: Status table)."""
    body: Row = {"Type": None, "Title": title, "Status": status, "Detail": detail, "Instance": NIL, "Extensions": {}}
    return Reply(status, encode(body), JSON, headers or {})


def _connection(tenant: Tenant, token: Token) -> Row:
    made = f"{tenant.books.created:%Y-%m-%dT%H:%M:%S.%f}0"
    return {
        "id": tenant.connection,
        "authEventId": str(token.session.id),
        "tenantId": tenant.id,
        "tenantType": "ORGANISATION",
        "tenantName": tenant.books.profile.name,
        "createdDateUtc": made,
        "updatedDateUtc": made,
    }


def _response(reply: Reply, tenant: Tenant | None = None) -> Response:
    headers = dict(reply.headers)
    if tenant is not None:
        headers.update(tenant.limits.headers())
        headers["Xero-Correlation-Id"] = tenant.books.guid()
    response = Response(reply.body, reply.status, headers, media_type=None)
    if reply.type is not None:
        response.headers["content-type"] = reply.type
    return response
