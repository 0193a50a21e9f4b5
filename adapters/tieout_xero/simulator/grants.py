"""Tokens and grants: custom connections, the code flow with PKCE, rotating refresh tokens (facts (a))."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

ACCESS = timedelta(minutes=30)
REFRESH = timedelta(days=60)
CODE = timedelta(minutes=5)
GRACE = timedelta(minutes=30)
VERIFIER = range(43, 129)
BROAD = ("accounting.transactions", "accounting.contacts", "accounting.settings", "accounting.attachments")
GRANULAR = (
    "accounting.invoices",
    "accounting.payments",
    "accounting.banktransactions",
    "accounting.manualjournals",
)
SCOPES = frozenset(
    {*BROAD, *GRANULAR, *(f"{name}.read" for name in (*BROAD, *GRANULAR))}
    | {"openid", "profile", "email", "offline_access", "accounting.reports.read", "accounting.journals.read"}
    | {"accounting.budgets.read"}
)
"""Broad scopes still work for older apps, granular ones for all (facts (a) Scopes)."""
DEFAULT_SCOPE = " ".join(sorted({*BROAD, *GRANULAR}))


class GrantRefused(Exception):
    """A token request fails: its OAuth error word (facts (a) token errors)."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Client:
    """The registered app."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True)
class Session:
    """What a person or a custom connection granted: scope, tenants; `proof` tells a PKCE client without a secret."""

    scope: frozenset[str]
    tenants: tuple[str, ...]
    id: str
    proof: str = ""
    person: bool = False
    """A person has consented; else an app acts by itself."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token with its session and its end."""

    value: str
    session: Session
    until: datetime


@dataclass(frozen=True, slots=True)
class Refresh:
    """A refresh token; once rotated it is retriable until `grace` (facts (a) rotation)."""

    token: Token
    grace: datetime | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code: single use, five minutes."""

    session: Session
    until: datetime
    redirect: str
    challenge: str


class Grants:
    """All codes and tokens of the app, by the simulator's clock."""

    def __init__(self, client: Client, tenants: tuple[str, ...], clock: Callable[[], datetime]) -> None:
        self.client, self.tenants, self._clock = client, tenants, clock
        self._codes: dict[str, Code] = {}
        self._access: dict[str, Token] = {}
        self._refresh: dict[str, Refresh] = {}
        self.consent = "allow"

    def adopt(self, value: str) -> None:
        """Let a token work at once, for all tenants and scopes."""
        session = Session(frozenset(DEFAULT_SCOPE.split()), self.tenants, str(uuid.uuid4()))
        self._access[value] = Token(value, session, self._clock() + ACCESS)

    def access(self, value: str) -> Token | None:
        """Give the token if it was ever issued and not revoked; it may be over."""
        return self._access.get(value)

    def authorize(self, query: Mapping[str, str]) -> str:
        """Answer the consent page: a code, or `error=access_denied`; give the query of the redirect."""
        if query.get("response_type") != "code" or query.get("client_id") != self.client.id:
            raise GrantRefused("unauthorized_client")
        if not _allowed(query.get("redirect_uri", "")):
            raise GrantRefused("invalid_request")
        challenge = query.get("code_challenge", "")
        if challenge and query.get("code_challenge_method") != "S256":
            raise GrantRefused("invalid_request")
        if self.consent != "allow":
            raise GrantRefused("access_denied")
        code = secrets.token_urlsafe(32)
        session = Session(_scope(query.get("scope", "")), self.tenants, str(uuid.uuid4()), challenge, person=True)
        self._codes[code] = Code(session, self._clock() + CODE, query["redirect_uri"], challenge)
        return code

    def token(self, form: Mapping[str, str]) -> Mapping[str, object]:
        """Answer a token request; client id and secret stand in the form (the Basic header was read before)."""
        match form.get("grant_type"):
            case "client_credentials":
                self._authenticate(form, "")
                scope = form.get("scope") or form.get("scopes") or DEFAULT_SCOPE  # `scopes`: facts (e) wire quirks
                session = Session(_scope(scope) - {"offline_access"}, self.tenants[:1], str(uuid.uuid4()))
                return self._issue(session)
            case "authorization_code":
                return self._redeem(form)
            case "refresh_token":
                return self._rotate(form)
        raise GrantRefused("unsupported_grant_type")

    def revoke(self, form: Mapping[str, str]) -> None:
        """Drop everything that its user has consented to (facts (a) revoke); unknown tokens are fine."""
        found = self._refresh.get(form.get("token", ""))
        self._authenticate(form, found.token.session.proof if found else "")
        if found is not None:
            self._drop_people()

    def revoke_all(self) -> None:
        """Make every token unknown, as when a person removes the app."""
        self._access.clear()
        self._refresh.clear()

    def _authenticate(self, form: Mapping[str, str], proof: str) -> None:
        if form.get("client_id") != self.client.id:
            raise GrantRefused("invalid_client")
        secret = form.get("client_secret")
        if secret is None and proof:
            return  # a PKCE app has no secret
        if not hmac.compare_digest((secret or "").encode(), self.client.secret.encode()):
            raise GrantRefused("invalid_client")

    def _redeem(self, form: Mapping[str, str]) -> Mapping[str, object]:
        code = self._codes.pop(form.get("code", ""), None)
        self._authenticate(form, code.challenge if code else "")
        if code is None or code.until < self._clock() or code.redirect != form.get("redirect_uri"):
            raise GrantRefused("invalid_grant")
        if code.challenge and not _proves(form.get("code_verifier", ""), code.challenge):
            raise GrantRefused("invalid_grant")
        return self._issue(code.session)

    def _rotate(self, form: Mapping[str, str]) -> Mapping[str, object]:
        found = self._refresh.get(form.get("refresh_token", ""))
        self._authenticate(form, found.token.session.proof if found else "")
        now = self._clock()
        if found is None or found.token.until < now or (found.grace is not None and found.grace < now):
            raise GrantRefused("invalid_grant")
        if found.grace is None:
            self._refresh[found.token.value] = replace(found, grace=now + GRACE)
        return self._issue(found.token.session)

    def _issue(self, session: Session) -> Mapping[str, object]:
        now = self._clock()
        access = Token(secrets.token_urlsafe(48), session, now + ACCESS)
        self._access[access.value] = access
        answer: dict[str, object] = {
            "access_token": access.value,
            "expires_in": int(ACCESS.total_seconds()),
            "token_type": "Bearer",
            "scope": " ".join(sorted(session.scope)),
        }
        if "offline_access" in session.scope:
            refresh = Token(secrets.token_urlsafe(32), session, now + REFRESH)
            self._refresh[refresh.value] = Refresh(refresh)
            answer["refresh_token"] = refresh.value
        return answer

    def _drop_people(self) -> None:
        """One person uses this simulator."""
        self._access = {key: token for key, token in self._access.items() if not token.session.person}
        self._refresh = {key: item for key, item in self._refresh.items() if not item.token.session.person}


def _scope(text: str) -> frozenset[str]:
    wanted = frozenset(text.split())
    if not wanted or wanted - SCOPES:
        raise GrantRefused("invalid_scope")
    return wanted


def _allowed(redirect: str) -> bool:
    """Allow https anywhere, http on this machine; Xero itself refuses 127.0.0.1, the simulator does not (facts (a))."""
    address = urlsplit(redirect)
    return address.scheme == "https" or (address.scheme == "http" and address.hostname in {"localhost", "127.0.0.1"})


def _proves(verifier: str, challenge: str) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    return len(verifier) in VERIFIER and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge
