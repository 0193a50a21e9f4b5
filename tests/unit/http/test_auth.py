from __future__ import annotations

import json
import threading
from base64 import b64decode, urlsafe_b64decode
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tieout.adapter import AuthorizationCode, ClientCredentials, JwtBearer, Service
from tieout.errors import BadAnswer, NotNow, StoreError, TieoutError, Unauthorised, Unreachable, UsageError
from tieout.http.consent import Consent, ask, exchange_code, keep, revoke, token_endpoint
from tieout.http.grants import Credentials
from tieout.http.memory import MemoryTokens
from tieout.http.protocols import StoredToken
from tieout.secrets import Secret
from unit.http.peers import START, URL, Bench, Login, Peer, ok

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


# --- Client credentials -----------------------------------------------------------------------------------------


def test_client_credentials_go_in_the_form() -> None:
    login = Login()
    with bench(login, BY_CLIENT).client() as http:
        http("GET", "/x")
        http("GET", "/x")
    assert login.forms == [
        {
            "grant_type": "client_credentials",
            "scope": "read",
            "client_id": "id & co",
            "client_secret": "secret-canary/+=",
            "authorization": "",
        }
    ]
    assert login.calls == ["Bearer access-canary-1"] * 2


def test_client_credentials_go_in_a_header_where_the_system_wants_it() -> None:
    login = Login()
    with bench(login, replace(BY_CLIENT, basic=True, scope=None)).client() as http:
        http("GET", "/x")
    form = login.forms[0]
    scheme, _, value = form.pop("authorization").partition(" ")
    assert (scheme, form) == ("Basic", {"grant_type": "client_credentials"})
    assert b64decode(value) == b"id+%26+co:secret-canary%2F%2B%3D"


def test_a_token_is_shared_with_the_next_process() -> None:
    login = Login()
    first = bench(login, BY_CLIENT)
    second = bench(login, BY_CLIENT)
    second.tokens = first.tokens
    for one in (first, second):
        with one.client() as http:
            http("GET", "/x")
    assert login.issued == 1


@pytest.mark.parametrize("lifetime", [1800, 30])
def test_a_token_is_renewed_a_little_before_it_dies(lifetime: int) -> None:
    login = Login(lifetime=lifetime)
    made = bench(login, BY_CLIENT)
    with made.client() as http:
        http("GET", "/x")
        made.clock.instant += timedelta(seconds=lifetime * 0.85)
        http("GET", "/x")
        assert login.issued == 1
        made.clock.instant += timedelta(seconds=lifetime * 0.15)
        http("GET", "/x")
    assert login.issued == 2


def test_without_a_lifetime_a_token_is_used_until_it_is_refused() -> None:
    login = Login(lifetime=None)
    made = bench(login, BY_CLIENT)
    with made.client() as http:
        http("GET", "/x")
        made.clock.instant += timedelta(days=30)
        http("GET", "/x")
        login.living = "revoked"
        assert http("PUT", "/x", json={}).json() == {"ok": True}
    assert login.calls[-2:] == ["Bearer access-canary-1", "Bearer access-canary-2"]


def test_a_second_refusal_is_final() -> None:
    peer = Peer(lambda r: ok('{"access_token": "t-canary"}') if r.url.path == "/token" else httpx.Response(401))
    with Bench(peer, Service(URL, BY_CLIENT), CLIENT).client() as http, pytest.raises(Unauthorised) as caught:
        http("GET", "/x")
    assert [request.url.path for request in peer.requests] == ["/token", "/x", "/token", "/x"]
    assert caught.value.mend == "tieout connect books"


def test_refused_credentials_are_named_not_shown() -> None:
    said = httpx.Response(401, json={"error": "invalid_client", "error_description": "secret-canary/+= is wrong"})
    with Bench(Peer(said), Service(URL, BY_CLIENT), CLIENT).client() as http, pytest.raises(Unauthorised) as caught:
        http("GET", "/x")
    assert "invalid_client" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_missing_credential_is_named() -> None:
    made = Bench(Peer(ok()), Service(URL, BY_CLIENT), {"client_id": Secret("x")})
    with made.client() as http, pytest.raises(UsageError, match="client_secret") as caught:
        http("GET", "/x")
    assert "connections.books.credentials.client_secret" in caught.value.mend


@pytest.mark.parametrize(
    ("trouble", "calls", "expected"),
    [
        (httpx.Response(503), 5, Unreachable),
        (httpx.ReadTimeout("x"), 5, Unreachable),
        (ok("<html>"), 5, Unreachable),
        (httpx.Response(400, json={"error": "rate_limit_exceeded"}), 5, Unreachable),
        (httpx.Response(429, headers={"Retry-After": "7200"}), 1, NotNow),
        (httpx.Response(404, text="<h1>no such page</h1>"), 1, BadAnswer),
        (ok('{"token": "x"}'), 1, BadAnswer),
        (ok('["x"]'), 1, BadAnswer),
        (ok('{"access_token": "x", "token_type": "mac"}'), 1, BadAnswer),
    ],
    ids=repr,
)
def test_trouble_at_the_token_endpoint(
    trouble: httpx.Response | Exception, calls: int, expected: type[Exception]
) -> None:
    peer = Peer(trouble)
    with Bench(peer, Service(URL, BY_CLIENT), CLIENT).client() as http, pytest.raises(expected):
        http("PUT", "/x", json={})
    assert len(peer.requests) == calls


# --- The base URL of the answer ---------------------------------------------------------------------------------

BASED = ClientCredentials("https://login.example.com/token", base_from="instance_url", hosts=("my.example.com",))


def based(base: str | None, grant: ClientCredentials = BASED) -> tuple[Peer, Bench]:
    answer = '{"access_token": "t"}' if base is None else json.dumps({"access_token": "t", "instance_url": base})
    peer = Peer(lambda r: ok(answer) if r.url.path == "/token" else ok())
    return peer, Bench(peer, Service("https://login.example.com", grant), CLIENT)


@pytest.mark.parametrize(
    "base", ["https://my.example.com", "https://acme.MY.example.com/", "https://a.b.my.example.com:8443"]
)
def test_further_calls_go_where_the_answer_says(base: str) -> None:
    peer, made = based(base)
    with made.client() as http:
        http("GET", "/services/data")
    assert str(peer.requests[-1].url) == f"{base.rstrip('/').lower()}/services/data"


@pytest.mark.parametrize(
    "base",
    [
        "http://my.example.com",
        "https://evil.example",
        "https://evilmy.example.com",
        "https://my.example.com.evil.example",
        "https://my.example.com@evil.example",
        "https://evil.example/?my.example.com",
        "https://evil.example#.my.example.com",
        "http://127.0.0.1:9",
        "javascript:x",
        "",
        None,
    ],
)
def test_the_token_is_never_sent_to_a_host_that_is_not_trusted(base: str | None) -> None:
    peer, made = based(base)
    with made.client() as http, pytest.raises(BadAnswer):
        http("GET", "/services/data")
    assert [request.url.path for request in peer.requests] == ["/token"]
    assert made.tokens.load("books") is None


def test_a_loopback_base_may_be_the_one_that_was_asked() -> None:
    peer, made = based("http://127.0.0.1:8001", replace(BASED, token_url="http://127.0.0.1:8001/token"))
    with made.client() as http:
        http("GET", "/x")
    assert str(peer.requests[-1].url) == "http://127.0.0.1:8001/x"


def test_another_loopback_port_than_the_one_that_was_asked_is_not_trusted() -> None:
    peer, made = based("http://127.0.0.1:9", replace(BASED, token_url="http://127.0.0.1:8001/token"))
    with made.client() as http, pytest.raises(BadAnswer, match="not trusted"):
        http("GET", "/x")
    assert len(peer.requests) == 1


def test_a_token_url_in_clear_text_is_refused() -> None:
    made = Bench(Peer(ok()), Service(URL, replace(BY_CLIENT, token_url="http://login.example.com/token")), CLIENT)
    with made.client() as http, pytest.raises(UsageError, match="clear text"):
        http("GET", "/x")


# --- JWT bearer -------------------------------------------------------------------------------------------------


def test_a_jwt_is_signed_and_lives_as_long_as_the_grant_says() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    login = Login()
    made = bench(login, JwtBearer(URL + "/token", "https://login.salesforce.com", lifetime_seconds=180))
    made.credentials = {"client_id": Secret("app"), "username": Secret("me@x.com"), "key": Secret(pem)}
    with made.client() as http:
        http("GET", "/x")
    form = login.forms[0]
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    head, claims, signature = form["assertion"].split(".")
    key.public_key().verify(unpadded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
    assert json.loads(unpadded(head)) == {"alg": "RS256", "typ": "JWT"}
    assert json.loads(unpadded(claims)) == {
        "iss": "app",
        "sub": "me@x.com",
        "aud": "https://login.salesforce.com",
        "exp": int(START.timestamp()) + 180,
    }


@pytest.mark.parametrize("pem", ["canary", "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----"])
def test_a_bad_key_is_named_not_shown(pem: str) -> None:
    made = bench(Login(), JwtBearer(URL + "/token", "aud"))
    made.credentials = {"client_id": Secret("app"), "username": Secret("me"), "key": Secret(pem)}
    with made.client() as http, pytest.raises(UsageError, match="credential key of connection books") as caught:
        http("GET", "/x")
    assert "canary" not in f"{caught.value} {caught.value.__cause__!r}"


def unpadded(segment: str) -> bytes:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


# --- Rotation ---------------------------------------------------------------------------------------------------


def test_nobody_has_connected_yet() -> None:
    with bench(Login(), BY_CODE).client() as http, pytest.raises(Unauthorised, match="nobody has connected") as caught:
        http("GET", "/x")
    assert caught.value.mend == "tieout connect books"


def test_a_rotated_token_is_stored_before_its_first_use() -> None:
    login = Login()
    made = connected(login)
    seen: list[StoredToken | None] = []
    answer = login.transport()

    def look(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/x":
            seen.append(made.tokens.load("books"))
        return answer.handle_request(request)

    made.peer = httpx.MockTransport(look)
    with made.client() as http:
        http("GET", "/x")
    assert seen == [
        StoredToken(
            Secret("access-canary-1"),
            Secret("refresh-canary-1"),
            START + timedelta(seconds=1740),
            None,
            "a b",
            2,
        )
    ]


class FullDisk(MemoryTokens):
    def replace(self, connection: str, expected_version: int, token: StoredToken) -> bool:
        if expected_version:
            raise StoreError("the disk is full")
        return super().replace(connection, expected_version, token)


def test_a_token_that_cannot_be_stored_is_not_used() -> None:
    login = Login()
    made = bench(login, BY_CODE)
    made.tokens = FullDisk()
    made.tokens.replace("books", 0, StoredToken(Secret("old"), Secret(login.refresh), START))
    with made.client() as http, pytest.raises(StoreError):
        http("GET", "/x")
    assert login.calls == []


def test_a_refresh_whose_answer_is_lost_is_repeated_with_the_same_token() -> None:
    login = Login(lose=2)
    with connected(login).client() as http:
        http("GET", "/x")
    assert [form["refresh_token"] for form in login.forms] == ["refresh-canary-0"] * 3
    assert login.calls == ["Bearer access-canary-3"]


def test_without_grace_a_refresh_is_sent_once() -> None:
    login = Login(lose=1, grace=False)
    made = connected(login, replace(BY_CODE, grace_seconds=0))
    with made.client() as http, pytest.raises(Unauthorised, match="may be spent") as caught:
        http("GET", "/x")
    assert len(login.forms) == 1
    assert caught.value.mend == "tieout connect books"


def test_a_refresh_that_was_never_sent_is_repeated_even_without_grace() -> None:
    login = Login(grace=False)
    transport = login.transport()
    peer = Peer(httpx.ConnectError("refused"), transport.handle_request)
    made = connected(login, replace(BY_CODE, grace_seconds=0))
    made.peer = peer
    with made.client() as http:
        http("GET", "/x")
    assert (len(login.forms), login.reused) == (1, 0)


def test_a_revoked_grant_is_unauthorised_and_leaves_the_store_alone() -> None:
    login = Login(grace=False)
    made = connected(login)
    login.refresh = "somebody-elses"
    before = made.tokens.load("books")
    with made.client() as http, pytest.raises(Unauthorised, match="invalid_grant"):
        http("GET", "/x")
    assert made.tokens.load("books") == before


def test_a_token_that_someone_else_renewed_is_taken_over() -> None:
    login = Login()
    made = connected(login, over=False)
    with made.client() as http:
        http("GET", "/x")
        login.living = "theirs"
        made.tokens.replace("books", 1, StoredToken(Secret("theirs"), Secret("r"), None, version=2))
        assert http("PUT", "/x", json={}).json() == {"ok": True}
    assert login.forms == []


def test_two_runners_refresh_once() -> None:
    login = Login(grace=False)
    shared = connected(login)
    start = threading.Barrier(8)
    problems: list[TieoutError] = []

    def run() -> None:
        mine = replace(shared)
        with mine.client() as http:
            start.wait()
            try:
                http("GET", "/x")
            except TieoutError as error:
                problems.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert (login.issued, login.reused, len(login.calls)) == (1, 0, 8)


class Disconnected(MemoryTokens):
    """Somebody disconnects while we refresh."""

    def replace(self, connection: str, expected_version: int, token: StoredToken) -> bool:
        if expected_version:
            self._tokens.clear()
        return super().replace(connection, expected_version, token)


def test_disconnected_while_refreshing() -> None:
    login = Login()
    made = bench(login, BY_CODE)
    made.tokens = Disconnected()
    made.tokens.replace("books", 0, StoredToken(Secret("old"), Secret(login.refresh), START))
    with made.client() as http, pytest.raises(Unauthorised, match="disconnected meanwhile"):
        http("GET", "/x")
    assert made.tokens.load("books") is None


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
        revoke(BY_CODE, public, token, endpoint)
        with pytest.raises(UsageError):
            revoke(replace(BY_CODE, revoke_url=None), public, token, endpoint)
    assert [request.content for request in peer.requests] == [b"token=r-canary", b"token=r-canary&client_id=public"]
    assert peer.requests[0].headers["authorization"].startswith("Basic ")
