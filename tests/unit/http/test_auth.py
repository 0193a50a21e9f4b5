from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tieout.adapter import ClientCredentials, JwtBearer, Service
from tieout.errors import BadAnswer, NotNow, Unauthorised, Unreachable, UsageError
from tieout.secrets import Secret
from unit.http.logins import BY_CLIENT, CLIENT, bench, unpadded
from unit.http.peers import START, URL, Bench, Login, Peer, ok

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
