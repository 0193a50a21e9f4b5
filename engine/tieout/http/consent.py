"""What `tieout connect` and `tieout disconnect` need: a person's consent with PKCE (RFC 7636), and taking it back.

Nothing here stores anything before the whole dance has succeeded: a person who cancels leaves no trace.
"""

from __future__ import annotations

import hmac
import secrets as randomness
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from math import inf
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tieout.adapter import AuthorizationCode, Bearer
from tieout.errors import AnswerLost, StoreError, Unauthorised
from tieout.http import grants
from tieout.http.client import open_network
from tieout.http.grants import Credentials, Form, read_token
from tieout.http.hosts import checked_url
from tieout.http.token_endpoint import TokenEndpoint
from tieout.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tieout.adapter import Grant
    from tieout.http.ports import Ports
    from tieout.http.protocols import StoredToken, Tokens


@dataclass(frozen=True, slots=True)
class Consent:
    """A request for a person's consent: open `url` in a browser, keep the rest until the browser comes back."""

    url: str
    redirect_uri: str
    state: Secret
    verifier: Secret


@contextmanager
def token_endpoint(connection: str, url: str, ports: Ports) -> Iterator[TokenEndpoint]:
    """Open what speaks to a connection's token URL."""
    with open_network(url, ports) as network:
        yield TokenEndpoint(connection, network, ports)


def ask(grant: AuthorizationCode, credentials: Credentials, redirect_uri: str) -> Consent:
    """Make a new request for consent. Raises UsageError for URLs that would carry it in clear text."""
    state, verifier = Secret(randomness.token_urlsafe(32)), Secret(randomness.token_urlsafe(64))
    url = authorize_url(grant, credentials, redirect_uri, state=state, verifier=verifier)
    return Consent(url, redirect_uri, state, verifier)


def authorize_url(
    grant: AuthorizationCode, credentials: Credentials, redirect_uri: str, *, state: Secret, verifier: Secret
) -> str:
    """Give the page on which a person consents; `verifier` has 43 to 128 characters and does not appear in it."""
    page = checked_url(grant.authorize_url, f"the consent page of connection {credentials.connection}")
    checked_url(redirect_uri, "the redirect address")
    challenge = urlsafe_b64encode(sha256(verifier.reveal().encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": credentials["client_id"],
        "redirect_uri": redirect_uri,
        "scope": grant.scope,
        "state": state.reveal(),
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{page}{'&' if '?' in page else '?'}{urlencode(asked)}"


def exchange_code(
    grant: AuthorizationCode,
    credentials: Credentials,
    consent: Consent,
    came_back: Mapping[str, str],
    endpoint: TokenEndpoint,
) -> StoredToken:
    """Turn what the browser came back with (the query of the redirect address) into a token; stores nothing.

    Raises Unauthorised if the person refused, if the answer belongs to another request, or if the code is refused.
    """
    again = f"tieout connect {credentials.connection}"
    if not hmac.compare_digest(came_back.get("state", "").encode(), consent.state.reveal().encode()):
        raise Unauthorised("the browser came back with the answer to another request; nothing was stored", mend=again)
    if refusal := came_back.get("error"):
        shown = endpoint.ports.redaction.excerpt(f"{refusal} {came_back.get('error_description', '')}".strip())
        raise Unauthorised(f"consent was not given ({shown}); nothing was stored", mend=again)
    if not came_back.get("code"):
        raise Unauthorised("the browser came back without a code; nothing was stored", mend=again)
    code = Secret(came_back["code"])
    for secret in (code, consent.verifier):
        endpoint.ports.redaction.know(secret)
    form = grants.code(credentials, code, consent.redirect_uri, consent.verifier)
    try:
        answer = endpoint.post(grant.token_url, lambda: form, replay_seconds=0)
    except AnswerLost as error:
        # A code is good for one use (facts/xero (a)): whether it was used is not known.
        raise Unauthorised(f"{error}; nothing was stored", mend=again) from error
    token = read_token(answer, grant, endpoint.ports.clock.now())
    for got in (token.access, token.refresh):
        if got is not None:
            endpoint.ports.redaction.know(got)
    return token


def keep(tokens: Tokens, connection: str, token: StoredToken) -> StoredToken:
    """Store a new consent's token over whatever is there. Call it after the organisation has been checked."""
    with tokens.exclusive(connection):
        before = tokens.load(connection)
        version = before.version if before else 0
        kept = replace(token, version=version + 1)
        if not tokens.replace(connection, version, kept):
            raise StoreError(f"another process changed the login of {connection}", mend=f"tieout connect {connection}")
    return kept


def revoke(grant: Grant, credentials: Credentials, token: StoredToken, endpoint: TokenEndpoint) -> bool:
    """Tell the system to end a login (RFC 7009); False: it offers no call for that.

    At Xero this drops all connections of that user and app (facts/xero (a)). Salesforce ends the one session, and asks
    for the token alone (facts/salesforce 1.1). Raises as `TokenEndpoint.post`; Unauthorised as a rule means that the
    token was dead already.
    """
    if isinstance(grant, Bearer) or grant.revoke_url is None:
        return False
    url = grant.revoke_url
    if isinstance(grant, AuthorizationCode):
        what = token.refresh or token.access
        secret = credentials.optional("client_secret")
        fields = {"token": what.reveal()} | ({} if secret else {"client_id": credentials["client_id"]})
        form = Form(fields, grants.basic(credentials["client_id"], secret) if secret else {})
    else:
        form = Form({"token": token.access.reveal()})
    endpoint.post(url, lambda: form, replay_seconds=inf)
    return True
