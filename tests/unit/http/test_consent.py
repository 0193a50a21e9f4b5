from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import hashes

from tieout.adapter import Bearer, ClientCredentials, Service
from tieout.errors import Unauthorised
from tieout.http.consent import Consent, ask, exchange_code, keep, revoke, token_endpoint
from tieout.http.grants import Credentials
from tieout.http.protocols import StoredToken
from tieout.secrets import Secret
from unit.http.logins import BY_CODE, CLIENT, bench, unpadded
from unit.http.peers import URL, Bench, Login, Peer

# --- Consent ----------------------------------------------------------------------------------------------------

BACK = "http://localhost:8765/callback"


def asked() -> Consent:
    return ask(BY_CODE, Credentials("books", CLIENT), BACK)


def exchanged(login: Login, consent: Consent, came_back: dict[str, str]) -> tuple[Bench, StoredToken]:
    made = bench(login, BY_CODE)
    with token_endpoint("books", URL, made.ports()) as endpoint:
        return made, exchange_code(BY_CODE, Credentials("books", CLIENT), consent, came_back, endpoint)


def test_the_consent_page_is_asked_with_pkce_and_no_secret() -> None:
    consent = asked()
    query = dict(parse_qsl(urlsplit(consent.url).query))
    challenge = query.pop("code_challenge")
    digest = hashes.Hash(hashes.SHA256())
    digest.update(consent.verifier.reveal().encode())
    assert unpadded(challenge) == digest.finalize()
    assert query == {
        "response_type": "code",
        "client_id": "id & co",
        "redirect_uri": BACK,
        "scope": "offline_access read",
        "state": consent.state.reveal(),
        "code_challenge_method": "S256",
    }
    assert 43 <= len(consent.verifier.reveal()) <= 128
    assert asked().state != consent.state


def test_a_code_becomes_a_token_that_is_stored_when_it_is_kept() -> None:
    login, consent = Login(), asked()
    made, token = exchanged(login, consent, {"state": consent.state.reveal(), "code": "c0de"})
    assert made.tokens.load("books") is None
    assert login.forms[0] == {
        "grant_type": "authorization_code",
        "code": "c0de",
        "redirect_uri": BACK,
        "code_verifier": consent.verifier.reveal(),
        "client_id": "id & co",
        "client_secret": "secret-canary/+=",
        "authorization": "",
    }
    keep(made.tokens, "books", token)
    assert keep(made.tokens, "books", token).version == 2
    with made.client() as http:
        assert http("GET", "/x").json() == {"ok": True}


@pytest.mark.parametrize(
    ("came_back", "said"),
    [
        ({"error": "access_denied", "error_description": "The user said no"}, "access_denied The user said no"),
        ({}, "without a code"),
        ({"state": "forged", "code": "c"}, "another request"),
    ],
)
def test_a_refused_or_forged_consent_asks_for_nothing(came_back: dict[str, str], said: str) -> None:
    login, consent = Login(), asked()
    with pytest.raises(Unauthorised, match=said) as caught:
        exchanged(login, consent, {"state": consent.state.reveal()} | came_back)
    assert "nothing was stored" in str(caught.value)
    assert login.forms == []


def test_a_code_is_used_once() -> None:
    login, consent = Login(lose=1), asked()
    with pytest.raises(Unauthorised, match="nothing was stored"):
        exchanged(login, consent, {"state": consent.state.reveal(), "code": "c"})
    assert len(login.forms) == 1


def test_a_consent_is_taken_back_by_its_refresh_token() -> None:
    peer = Peer(httpx.Response(200))
    made = Bench(peer, Service(URL, BY_CODE), CLIENT)
    token = StoredToken(Secret("a"), Secret("r-canary"))
    with token_endpoint("books", URL, made.ports()) as endpoint:
        revoke(BY_CODE, Credentials("books", CLIENT), token, endpoint)
        public = Credentials("books", {"client_id": Secret("public")})
        assert revoke(BY_CODE, public, token, endpoint)
        assert not revoke(replace(BY_CODE, revoke_url=None), public, token, endpoint)
        assert not revoke(Bearer(), public, token, endpoint)
        by_id = ClientCredentials(URL + "/token", revoke_url=URL + "/revoke")
        assert revoke(by_id, Credentials("books", CLIENT), token, endpoint)
    assert [request.content for request in peer.requests] == [
        b"token=r-canary",
        b"token=r-canary&client_id=public",
        b"token=a",
    ]
    assert "authorization" not in peer.requests[-1].headers
    assert peer.requests[0].headers["authorization"].startswith("Basic ")
