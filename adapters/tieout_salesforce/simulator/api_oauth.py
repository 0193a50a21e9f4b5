"""Tokens (fact sheet, section 1): errors are an object here, not the array of all other resources."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from tieout_salesforce.simulator.problems import BAD_REQUEST
from tieout_salesforce.simulator.routing import Call, Reply, Route, route

if TYPE_CHECKING:
    from tieout_salesforce.simulator.world import World


def _error(code: str, description: str) -> Reply:
    return Reply(BAD_REQUEST, {"error": code, "error_description": description})


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))


def _client(call: Call, form: dict[str, str]) -> tuple[str, str]:
    """Read id and secret from the form or from an Authorization header (section 1.2)."""
    scheme, _, coded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        id, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote(id), unquote(secret)


def token(world: World, call: Call) -> Reply:
    """Grant an access token to the integration user: no `expires_in`, no refresh token (sections 1.2 and 1.3)."""
    form = _form(call)
    if form.get("grant_type") != "client_credentials":
        return _error("unsupported_grant_type", "grant type not supported")
    id, secret = _client(call, form)
    if not hmac.compare_digest(id.encode(), world.client_id.encode()):
        return _error("invalid_client_id", "client identifier invalid")
    if not hmac.compare_digest(secret.encode(), world.client_secret.encode()):
        return _error("invalid_client", "invalid client credentials")
    session = world.sessions.open(world.org.integration_user)
    return Reply(
        body={
            "access_token": session.token,
            "signature": base64.b64encode(session.token[-32:].encode()).decode(),
            "scope": "api id",
            "instance_url": call.base,
            "id": f"{call.base}/id/{world.org.id}/{session.user}",
            "token_type": "Bearer",
            "issued_at": str(int(world.org.now().timestamp() * 1000)),
        }
    )


def revoke(world: World, call: Call) -> Reply:
    """End a session; the empty body is not confirmed (section 8, 11)."""
    world.sessions.revoke(_form(call).get("token") or call.params.get("token", ""))
    return Reply()


def userinfo(world: World, call: Call) -> Reply:
    """Say who the token speaks for (section 4)."""
    session = world.sessions.use(call.headers.get("authorization", ""))
    row = world.org.tables["User"].rows[session.user]
    return Reply(
        body={
            "sub": f"{call.base}/id/{world.org.id}/{session.user}",
            "user_id": session.user,
            "organization_id": world.org.id,
            "preferred_username": row["Username"],
            "name": row["Name"],
            "email": row["Email"],
            "active": row["IsActive"],
        }
    )


ROUTES: tuple[Route, ...] = (
    route("POST", "/services/oauth2/token", "token", token),
    route("POST", "/services/oauth2/revoke", "revoke", revoke),
    route("GET", "/services/oauth2/userinfo", "userinfo", userinfo),
    route("POST", "/services/oauth2/userinfo", "userinfo", userinfo),
    route("GET", "/id/*/*", "userinfo", userinfo),
)
