from __future__ import annotations

import json
from collections.abc import Mapping

import httpx
import pytest

from tieout.adapter import Bearer, Service
from tieout.errors import (
    BadAnswer,
    BatchRefused,
    TieoutError,
    UsageError,
)
from tieout.secrets import Secret
from unit.http.peers import URL, Bench, Peer, ok
from unit.http.troubles import TRANSIENT

# --- Where secrets may go ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080", "http://127.9.9.9", "http://[::1]:1", "http://localhost", "HTTPS://api.example.com"],
)
def test_urls_that_are_taken(url: str) -> None:
    peer = Peer(ok())
    with Bench(peer, Service(url, Bearer())).client() as http:
        http("GET", "/x")
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "http://10.0.0.1",
        "http://2130706433",
        "http://[::ffff:10.0.0.1]",
        "ftp://127.0.0.1",
        "https://user:pass@api.example.com",
        "https://",
        "https://exa mple.com",
        "https://example.com\\@evil.example",
        "https://example.com:port",
        "api.example.com",
        "",
    ],
)
def test_urls_that_are_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(UsageError):
        Bench(Peer(ok()), Service(url, Bearer())).client()


@pytest.mark.parametrize("path", ["https://evil.example/x", "@evil.example/x", ".evil.example", ""])
def test_a_path_never_leads_to_another_host(path: str) -> None:
    peer = Peer(ok())
    with Bench(peer).client() as http, pytest.raises(BadAnswer, match="another host"):
        http("GET", path)
    assert peer.requests == []


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "/@evil.example"])
def test_an_odd_path_stays_on_the_host(path: str) -> None:
    peer = Peer(ok())
    with Bench(peer).client() as http:
        http("GET", path)
    assert peer.requests[0].url.host == "api.example.com"


def test_a_token_that_no_header_can_hold_is_named_and_not_shown() -> None:
    bench = Bench(Peer(ok()))
    bench.credentials = {"token": Secret("canary\r\nX-Evil: 1")}
    with bench.client() as http, pytest.raises(UsageError, match="books") as caught:
        http("GET", "/x")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "trouble", [*TRANSIENT, httpx.Response(400), httpx.Response(401), httpx.Response(302)], ids=repr
)
def test_no_secret_is_in_logs_errors_or_reprs(trouble: httpx.Response | Exception) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        if isinstance(trouble, Exception):
            raise type(trouble)(f"{trouble} {request.headers['authorization']}")
        said = f"you sent {request.headers['authorization']} and access_token=canary-other-one&x=1"
        return httpx.Response(trouble.status_code, text=said)

    bench = Bench(Peer(echo))
    with bench.client() as http, pytest.raises(TieoutError) as caught:
        http("GET", "/x", params={"token": "short", "q": "SELECT Id FROM A WHERE Name='Canary Ltd'"})
    everything = f"{caught.value} {caught.value.__cause__!r} {bench.log.lines} {http!r} {vars(http)!r}"
    assert "canary" not in everything.lower()


def test_an_adapter_that_quotes_an_error_cannot_quote_a_secret() -> None:
    def error(_status: int, _headers: Mapping[str, str], body: bytes) -> Exception:
        return BatchRefused("odd", str(json.loads(body)["message"]))

    def echo(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"message": f"Zoë, you sent {request.headers['authorization']}"})

    service = Service(URL, Bearer(), error=error)
    with Bench(Peer(echo), service).client() as http, pytest.raises(BatchRefused, match="Zoë, you sent") as caught:
        http("POST", "/x", json={})
    assert "canary" not in str(caught.value)


def test_what_is_data_is_not_quoted_in_a_message() -> None:
    with Bench(Peer(ok('[{"Name": "Private Person", '))).client() as http, pytest.raises(BadAnswer) as caught:
        http("GET", "/x")
    assert "Private" not in str(caught.value)
    assert "line 1, column" in str(caught.value)


def test_each_attempt_is_one_line_in_the_log() -> None:
    bench = Bench(Peer(httpx.Response(500), ok()))
    with bench.client() as http:
        http("GET", "/Contacts", params={"IDs": "a" * 100, "page": "2"})
    requests = [facts for event, facts in bench.log.lines if event == "request"]
    assert [(one["status"], one["attempt"]) for one in requests] == [(500, 1), (200, 2)]
    assert requests[0]["path"] == f"/Contacts?IDs={'a' * 40}…(100)&page=2"
