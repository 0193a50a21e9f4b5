"""Grants, and benches that are connected by them."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import timedelta

from tieout.adapter import AuthorizationCode, ClientCredentials, JwtBearer, Service
from tieout.http.protocols import StoredToken
from tieout.secrets import Secret
from unit.http.peers import START, URL, Bench, Login

CLIENT = {"client_id": Secret("id & co"), "client_secret": Secret("secret-canary/+=")}
BY_CLIENT = ClientCredentials(URL + "/token", scope="read")
BY_CODE = AuthorizationCode(
    URL + "/authorize", URL + "/token", "offline_access read", revoke_url=URL + "/revoke", grace_seconds=1800
)


def bench(login: Login, grant: ClientCredentials | AuthorizationCode | JwtBearer) -> Bench:
    return Bench(login.transport(), Service(URL, grant), CLIENT)


def connected(login: Login, grant: AuthorizationCode = BY_CODE, *, over: bool = True) -> Bench:
    made = bench(login, grant)
    login.living = "access-canary-0"
    expires = START - timedelta(1) if over else None
    made.tokens.replace("books", 0, StoredToken(Secret(login.living), Secret(login.refresh), expires, None, "a b"))
    return made


def unpadded(segment: str) -> bytes:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
