"""The forms that the four grants post to a token endpoint, and how its answer is read (RFC 6749, 7523, 7636).

Forms as in the fact sheets: facts/salesforce 1.2, facts/xero (a). Id and secret go in the form (xero-python does the
same) unless `ClientCredentials.basic` is set.
"""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from tieout.adapter import AuthorizationCode, ClientCredentials, JwtBearer
from tieout.errors import BadAnswer, UsageError
from tieout.http.codec import encode
from tieout.http.hosts import checked_base
from tieout.http.protocols import StoredToken
from tieout.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tieout.adapter import Grant
    from tieout.model import Value

MARGIN = timedelta(seconds=60)
"""A token is renewed so long before it dies, or a tenth of its life if that is less."""
LONGEST_LIFE = 10 * 366 * 86400


def idle_until(grant: Grant, stored: StoredToken | None) -> datetime | None:
    """Give when a login ends that nobody uses from now on; None where nothing tells."""
    if not isinstance(grant, AuthorizationCode) or grant.idle_days is None or stored is None:
        return None
    return None if stored.renewed is None else stored.renewed + timedelta(days=grant.idle_days)


@dataclass(frozen=True, slots=True)
class Form:
    """What is posted to a token endpoint; all of it may be secret."""

    fields: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials of one connection; a missing one is named."""

    connection: str
    values: Mapping[str, Secret]

    def __getitem__(self, name: str) -> str:
        found = self.values.get(name)
        if not found:
            raise UsageError(
                f"connection {self.connection} lacks the credential {name}",
                mend=f"set connections.{self.connection}.credentials.{name} in tieout.yaml, say to ${{env:NAME}}",
            )
        return found.reveal()

    def optional(self, name: str) -> str | None:
        """Give it, or None."""
        found = self.values.get(name)
        return found.reveal() if found else None


def basic(client_id: str, client_secret: str) -> dict[str, str]:
    """Give the Authorization header of RFC 6749, section 2.3.1: both are form-encoded first."""
    both = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return {"Authorization": "Basic " + b64encode(both.encode()).decode()}


def client_credentials(grant: ClientCredentials, credentials: Credentials) -> Form:
    """Ask for a token with id and secret alone."""
    fields = {"grant_type": "client_credentials"} | ({"scope": grant.scope} if grant.scope else {})
    identity = credentials["client_id"], credentials["client_secret"]
    if grant.basic:
        return Form(fields, basic(*identity))
    return Form(fields | {"client_id": identity[0], "client_secret": identity[1]})


def jwt_bearer(grant: JwtBearer, credentials: Credentials, now: datetime) -> Form:
    """Ask for a token with a signed assertion (RS256) that lives `lifetime_seconds`."""
    expiry = int((now + timedelta(seconds=grant.lifetime_seconds)).timestamp())
    claims: dict[str, Value] = {
        "iss": credentials["client_id"],
        "sub": credentials["username"],
        "aud": grant.audience,
        "exp": Decimal(expiry),
    }
    assertion = _signed(claims, credentials)
    return Form({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion})


def refresh(credentials: Credentials, refresh_token: Secret) -> Form:
    """Ask for the next token."""
    return Form(
        {"grant_type": "refresh_token", "refresh_token": refresh_token.reveal()} | _identity(credentials),
    )


def code(credentials: Credentials, code: Secret, redirect_uri: str, verifier: Secret) -> Form:
    """Turn the code that a person's consent gave into the first token."""
    return Form(
        {
            "grant_type": "authorization_code",
            "code": code.reveal(),
            "redirect_uri": redirect_uri,
            "code_verifier": verifier.reveal(),
        }
        | _identity(credentials)
    )


def read_token(answer: Value, grant: Grant, now: datetime, before: StoredToken | None = None) -> StoredToken:
    """Read a token endpoint's answer; what it leaves out (refresh token, scope) stays as before. Raises BadAnswer."""
    access = _text(answer, "access_token")
    if access is None:
        raise BadAnswer("the token endpoint answered without an access_token")
    kind = _text(answer, "token_type") or "Bearer"
    if kind.lower() != "bearer":
        raise BadAnswer(f"the token endpoint gave a token of type {kind[:40]!r}; only Bearer is known")
    renewed = _text(answer, "refresh_token") if isinstance(grant, AuthorizationCode) else None
    return StoredToken(
        access=Secret(access),
        refresh=Secret(renewed) if renewed else before.refresh if before else None,
        expires=_expires(answer, now),
        base=_base(answer, grant),
        scope=_text(answer, "scope") or (before.scope if before else ""),
        version=before.version + 1 if before else 1,
        renewed=now if renewed else before.renewed if before else None,
    )


def _identity(credentials: Credentials) -> dict[str, str]:
    secret = credentials.optional("client_secret")
    return {"client_id": credentials["client_id"]} | ({"client_secret": secret} if secret else {})


def _text(answer: Value, name: str) -> str | None:
    found = answer.get(name) if isinstance(answer, dict) else None
    return found if isinstance(found, str) and found else None


def _expires(answer: Value, now: datetime) -> datetime | None:
    said = answer.get("expires_in") if isinstance(answer, dict) else None
    if isinstance(said, str) and said.isascii() and said.isdigit():
        said = Decimal(said)
    if not isinstance(said, Decimal) or not 0 < said <= LONGEST_LIFE:
        return None
    life = timedelta(seconds=int(said))
    return now + life - min(MARGIN, life / 10)


def _base(answer: Value, grant: Grant) -> str | None:
    if not isinstance(grant, ClientCredentials | JwtBearer) or grant.base_from is None:
        return None
    base = _text(answer, grant.base_from)
    if base is None:
        raise BadAnswer(f"the token endpoint answered without {grant.base_from}")
    return checked_base(base, grant.hosts, grant.token_url)


def _signed(claims: dict[str, Value], credentials: Credentials) -> str:
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415  # 30 ms that one grant needs
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415

    try:
        key = serialization.load_pem_private_key(credentials["key"].encode(), password=None)
    except (ValueError, TypeError):
        raise _bad_key(credentials.connection) from None  # the library's message may quote the key
    if not isinstance(key, rsa.RSAPrivateKey):
        raise _bad_key(credentials.connection)
    head = _segment(encode({"alg": "RS256", "typ": "JWT"})) + "." + _segment(encode(claims))
    return head + "." + _segment(key.sign(head.encode(), padding.PKCS1v15(), hashes.SHA256()))


def _bad_key(connection: str) -> UsageError:
    return UsageError(
        f"the credential key of connection {connection} is no unencrypted RSA private key in PEM form",
        mend="openssl genrsa -out server.key 2048, and upload its certificate to the system",
    )


def _segment(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()
