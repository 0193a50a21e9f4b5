"""A live token for every call: fetched, kept, rotated, one refresh at a time across all processes."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from tieout.adapter import AuthorizationCode, Bearer, ClientCredentials
from tieout.errors import AnswerLost, Unauthorised, UsageError
from tieout.http import bearer, grants
from tieout.http.grants import Credentials, idle_until, read_token
from tieout.http.protocols import StoredToken
from tieout.secrets import Secret

if TYPE_CHECKING:
    from datetime import datetime

    from tieout.adapter import Grant
    from tieout.http.ports import Ports
    from tieout.http.token_endpoint import TokenEndpoint
    from tieout.model import Value

ENDED = "invalid_grant"
"""What a token endpoint says of a refresh token that it does not know any more (RFC 6749, 5.2)."""


class Authoriser:
    """Gives one connection's token. Not for several threads at once; several processes share `Ports.tokens`."""

    def __init__(self, grant: Grant, credentials: Credentials, endpoint: TokenEndpoint, ports: Ports) -> None:
        self._grant = grant
        self._credentials = credentials
        self._endpoint = endpoint
        self._ports = ports
        self._held: StoredToken | None = None

    def header(self, token: StoredToken) -> str:
        """Give the value of the Authorization header. Raises UsageError for what no header can hold."""
        value = token.access.reveal()
        if not (value.isascii() and value.isprintable()):
            raise UsageError(f"the token of connection {self._name} holds characters that can't be sent in a header")
        scheme = self._grant.scheme if isinstance(self._grant, Bearer) else "Bearer"
        return f"{scheme} {value}"

    def token(self) -> StoredToken:
        """Give a token that is not known to be dead."""
        if isinstance(self._grant, Bearer):
            return self._know(StoredToken(Secret(self._credentials["token"])))
        if self._held is None:
            self._held = self._ports.tokens.load(self._name)
        if self._held is None or self._over(self._held):
            return self._another(self._held)
        return self._know(self._held)

    def ends(self) -> datetime | None:
        """Give when a fixed token ends, if it says so, or a login that nobody uses any more; None: not known."""
        if isinstance(self._grant, Bearer):
            return bearer.ends(self._credentials["token"])
        return idle_until(self._grant, self._held or self._ports.tokens.load(self._name))

    def scopes(self) -> frozenset[str]:
        """Give the scopes that the system named with the token; none: it named none, or there is no token yet."""
        known = None if isinstance(self._grant, Bearer) else self._held or self._ports.tokens.load(self._name)
        return frozenset(known.scope.split()) if known else frozenset()

    def renewed(self, refused: StoredToken, why: Exception) -> StoredToken:
        """Give another token than the one that was just refused; raises `why` where there is no other."""
        if isinstance(self._grant, Bearer):
            raise why
        return self._another(refused)

    @property
    def _name(self) -> str:
        return self._credentials.connection

    def _another(self, dead: StoredToken | None) -> StoredToken:
        with self._ports.tokens.exclusive(self._name):
            stored = self._ports.tokens.load(self._name)
            # Whoever held the lock before may have done it for all of us.
            if stored is None or self._over(stored) or (dead is not None and stored.access == dead.access):
                stored = self._stored(self._asked(stored), stored)
        self._held = stored
        return self._know(stored)

    def _stored(self, fresh: StoredToken, before: StoredToken | None) -> StoredToken:
        """Store it before its first use: a rotated token that only this process knew would die with it."""
        self._know(fresh)
        if self._ports.tokens.replace(self._name, before.version if before else 0, fresh):
            return fresh
        theirs = self._ports.tokens.load(self._name)
        if theirs is None:
            raise Unauthorised(
                f"connection {self._name} was disconnected meanwhile", mend=f"tieout connect {self._name}"
            )
        return theirs

    def _asked(self, before: StoredToken | None) -> StoredToken:
        answer = self._answer(before)
        return read_token(answer, self._grant, self._ports.clock.now(), before)

    def _answer(self, before: StoredToken | None) -> Value:
        grant, credentials, ports = self._grant, self._credentials, self._ports
        if isinstance(grant, Bearer):
            raise UsageError(f"connection {self._name} has a fixed token; there is nothing to ask for")
        if isinstance(grant, AuthorizationCode):
            return self._refreshed(grant, before)
        if isinstance(grant, ClientCredentials):
            return self._endpoint.post(
                grant.token_url,
                lambda: grants.client_credentials(grant, credentials),
                replay_seconds=inf,
            )
        return self._endpoint.post(
            grant.token_url,
            lambda: grants.jwt_bearer(grant, credentials, ports.clock.now()),
            replay_seconds=inf,
        )

    def _refreshed(self, grant: AuthorizationCode, before: StoredToken | None) -> Value:
        mend = f"tieout connect {self._name}"
        if before is None:
            raise Unauthorised(f"nobody has connected {self._name} yet", mend=mend)
        if before.refresh is None:
            raise Unauthorised(f"the login of {self._name} has ended and can't be renewed", mend=mend)
        token = before.refresh
        try:
            return self._endpoint.post(
                grant.token_url, lambda: grants.refresh(self._credentials, token), replay_seconds=grant.grace_seconds
            )
        except AnswerLost as error:
            raise Unauthorised(f"{error}; the login of {self._name} may be spent", mend=mend) from error
        except Unauthorised as error:
            if ENDED not in str(error):
                raise
            told = f"{self._name} is disconnected: its login was ended at the system, or was not used for too long"
            raise Unauthorised(f"{told} ({error})", mend=mend) from error

    def _over(self, token: StoredToken) -> bool:
        return token.expires is not None and token.expires <= self._ports.clock.now()

    def _know(self, token: StoredToken) -> StoredToken:
        self._ports.redaction.know(token.access)
        if token.refresh is not None:
            self._ports.redaction.know(token.refresh)
        return token
