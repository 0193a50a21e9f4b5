from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from tieout.errors import StoreError, TieoutError, Unauthorised
from tieout.http.memory import MemoryTokens
from tieout.http.protocols import StoredToken
from tieout.secrets import Secret
from unit.http.logins import BY_CODE, bench, connected
from unit.http.peers import START, Login, Peer

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
            START,
        )
    ]


class FullDisk(MemoryTokens):
    def replace(self, connection: str, expected_version: int, token: StoredToken) -> bool:
        if expected_version:
            raise StoreError("the disk is full")
        return super().replace(connection, expected_version, token)


def test_sx04_a_login_that_nobody_uses_ends_so_long_after_it_was_renewed() -> None:
    grant = replace(BY_CODE, idle_days=60)
    made = connected(Login(), grant)
    with made.client() as http:
        assert http.token_ends() is None, "when this one was renewed was not kept"
        http("GET", "/x")
        assert http.token_ends() == START + timedelta(days=60)
    with connected(Login()).client() as http:
        http("GET", "/x")
        assert http.token_ends() is None, "nothing tells how long it lives"


def test_sx03_what_the_login_may_do_is_what_the_system_named_with_the_token() -> None:
    with connected(Login()).client() as http:
        http("GET", "/x")
        assert http.scopes() == {"a", "b"}
    with bench(Login(), BY_CODE).client() as http:
        assert http.scopes() == frozenset(), "no token was given yet"


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
