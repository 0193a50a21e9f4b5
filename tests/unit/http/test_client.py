from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import httpx
import pytest

from tieout.adapter import Bearer, Limits, Service, Tools
from tieout.errors import (
    AnswerLost,
    BadAnswer,
    BatchRefused,
    Fenced,
    Forbidden,
    NotNow,
    TieoutError,
    Unauthorised,
    Unreachable,
)
from tieout.http import wire
from tieout.testing.faults import CARRIED_OUT, Fault, FaultyTransport, Strike
from unit.http.peers import TOKEN, URL, Bench, Peer, ok
from unit.http.troubles import PAGE, TRANSIENT


def test_a_call_carries_the_token_the_services_headers_and_exact_numbers() -> None:
    peer = Peer(ok('{"Amount": 0.10000000000000000001}'))
    service = Service(URL + "/base/", Bearer(), headers={"Xero-Tenant-Id": "t1"})
    with Bench(peer, service).client() as http:
        answer = http("PUT", "/Invoices", params={"unitdp": "4"}, json={"Amount": Decimal("12.3400")})
    request = peer.requests[0]
    assert str(request.url) == "https://api.example.com/base/Invoices?unitdp=4"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["xero-tenant-id"] == "t1"
    assert request.headers["accept"] == "application/json"
    assert request.content == b'{"Amount":12.3400}'
    assert answer.json() == {"Amount": Decimal("0.10000000000000000001")}


def test_an_adapters_header_replaces_ours_but_never_the_authorisation() -> None:
    peer = Peer(httpx.Response(200, text="a,b\n1,2"))
    with Bench(peer).client() as http:
        answer = http("GET", "/report", headers={"ACCEPT": "text/csv", "Authorization": "mine"})
    assert peer.requests[0].headers["accept"] == "text/csv"
    assert peer.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert answer.text == "a,b\n1,2"
    with pytest.raises(BadAnswer, match="can't be read"):
        answer.json()


def test_response_headers_have_lower_case_names() -> None:
    with Bench(Peer(ok("{}", Date="Sun, 01 Mar 2026 12:00:00 GMT"))).client() as http:
        assert http("GET", "/").headers["date"] == "Sun, 01 Mar 2026 12:00:00 GMT"


@pytest.mark.parametrize("status", [201, 204, 304])
def test_good_answers_may_be_empty(status: int) -> None:
    with Bench(Peer(httpx.Response(status))).client() as http:
        answer = http("GET", "/x")
    assert (answer.status, answer.text) == (status, "")


# --- Reads ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", TRANSIENT, ids=repr)
def test_a_read_is_repeated_until_it_succeeds(trouble: httpx.Response | Exception) -> None:
    peer = Peer(trouble, trouble, ok('{"a": 1}'))
    bench = Bench(peer)
    with bench.client() as http:
        assert http("GET", "/x").json() == {"a": Decimal(1)}
    assert len(peer.requests) == 3
    assert bench.clock.slept == [0.25, 0.5]


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (httpx.Response(429), NotNow),
        (PAGE, Unreachable),
        (httpx.ReadTimeout("slow"), Unreachable),
        (httpx.ConnectError("refused"), Unreachable),
        (ok("[1"), BadAnswer),
    ],
    ids=repr,
)
def test_patience_ends(trouble: httpx.Response | Exception, expected: type[TieoutError]) -> None:
    peer = Peer(trouble)
    with Bench(peer).client() as http, pytest.raises(expected, match="given up after 5 attempts"):
        http("GET", "/x")
    assert len(peer.requests) == 5


def test_a_read_posted_as_a_query_is_repeated() -> None:
    peer = Peer(httpx.ReadTimeout("slow"), ok("[]"))
    with Bench(peer).client() as http:
        assert http("POST", "/query", json={"q": "x"}, read=True).json() == []
    assert peer.requests[0].content == peer.requests[1].content


def test_retry_after_is_waited_for_with_a_little_jitter() -> None:
    bench = Bench(Peer(httpx.Response(429, headers={"Retry-After": "26"}), ok()))
    with bench.client() as http:
        http("GET", "/x")
    assert bench.clock.slept == [26.25]


def test_retry_after_may_be_a_date() -> None:
    bench = Bench(Peer(httpx.Response(503, headers={"Retry-After": "Sun, 01 Mar 2026 12:00:30 GMT"}), ok()))
    with bench.client() as http:
        http("GET", "/x")
    assert bench.clock.slept == [30.25]


@pytest.mark.parametrize("said", ["soon", "", "-5", "1e3", "٣"])
def test_a_retry_after_that_says_nothing_falls_back_to_backoff(said: str) -> None:
    peer = Peer(httpx.Response(429, headers=[(b"Retry-After", said.encode())]), ok())
    bench = Bench(peer)
    with bench.client() as http:
        http("GET", "/x")
    assert bench.clock.slept == [0.25]


@pytest.mark.parametrize("seconds", ["3600", "99999999999999999999"])
def test_a_long_wait_is_not_now(seconds: str) -> None:
    bench = Bench(Peer(httpx.Response(429, headers={"Retry-After": seconds})))
    with bench.client() as http, pytest.raises(NotNow) as caught:
        http("GET", "/x")
    assert caught.value.until is not None
    assert (caught.value.until - bench.clock.now()).total_seconds() >= 3600
    assert bench.clock.slept == []


def test_an_empty_day_ends_the_run_although_retry_after_is_short() -> None:
    peer = Peer(httpx.Response(429, headers={"Retry-After": "20", "X-Left": "0"}))

    def left(headers: Mapping[str, str]) -> Mapping[int, int]:
        return {86400: int(headers["x-left"])}

    service = Service(URL, Bearer(), limits=Limits({86400: 1000}), left=left)
    with Bench(peer, service).client() as http, pytest.raises(NotNow, match="used up"):
        http("GET", "/x")
    assert len(peer.requests) == 1


def test_an_endless_answer_is_cut_off() -> None:
    def endless(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=(b" " * 1024 * 1024 for _ in range(1000)))

    peer = Peer(endless)
    with Bench(peer).client() as http, pytest.raises(BadAnswer, match="larger than 64 MB"):
        http("GET", "/x")
    assert len(peer.requests) == 1


def test_a_dripping_answer_is_cut_off() -> None:
    bench = Bench(Peer(ok()))

    def drip(_: httpx.Request) -> httpx.Response:
        def pieces() -> object:
            for _ in range(100):
                bench.clock.sleep(60)
                yield b" "

        return httpx.Response(200, content=pieces())  # type: ignore[arg-type]  # an iterator of bytes

    bench.peer = Peer(drip)
    with bench.client() as http, pytest.raises(Unreachable, match=f"within {wire.ANSWER_SECONDS:.0f} s"):
        http("GET", "/x")


# --- Writes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_no_fault_makes_a_write_happen_twice(fault: Fault, method: str) -> None:
    peer = Peer(ok('{"id": "new-one"}'))
    faulty = FaultyTransport(peer, [Strike(fault, method=method)])
    result: object
    with Bench(faulty).client() as http:
        try:
            result = http(method, "/x", json={"a": "b"}).json()
        except TieoutError as error:
            result = type(error)
    refused_for_certain = {Fault.LOST_BEFORE, Fault.BUSY, Fault.BUSY_SILENT}
    if fault in refused_for_certain:
        assert (result, len(peer.requests)) == ({"id": "new-one"}, 1)
    elif fault is Fault.DEAD_TOKEN:  # a fixed token can't be renewed
        assert (result, len(peer.requests)) == (Unauthorised, 0)
    else:
        assert (result, len(peer.requests)) == (AnswerLost, int(fault in CARRIED_OUT))


def test_a_write_answered_with_an_empty_200_is_lost_when_it_is_read() -> None:
    with Bench(Peer(httpx.Response(200))).client() as http:
        answer = http("POST", "/x", json={})
        with pytest.raises(AnswerLost):
            answer.json()


@pytest.mark.parametrize(
    "fault", [Fault.LOST_AFTER, Fault.TORN, Fault.SLOW, Fault.DOWN, Fault.NOT_JSON, Fault.RESET], ids=lambda f: f.name
)
def test_a_repeatable_write_is_resent_with_the_same_bytes(fault: Fault) -> None:
    peer = Peer(ok('{"id": "1"}'))
    seen: list[tuple[bytes, str]] = []

    def note(request: httpx.Request) -> bool:
        seen.append((request.content, request.headers["idempotency-key"]))
        return True

    faulty = FaultyTransport(peer, [Strike(fault, when=note)])
    with Bench(faulty).client() as http:
        headers = {"Idempotency-Key": "k1"}
        assert http("PUT", "/x", json={"n": Decimal("1.0")}, headers=headers, repeatable=True).json() == {"id": "1"}
    assert seen == [(b'{"n":1.0}', "k1")] * 2


def answers_after_a_loss() -> list[httpx.Response | Exception]:
    return [
        httpx.Response(400, json={}),
        httpx.Response(401),
        httpx.Response(403),
        httpx.Response(429, headers={"Retry-After": "9999"}),
        httpx.ConnectError("refused"),
        httpx.Response(500),
    ]


@pytest.mark.parametrize("then", answers_after_a_loss(), ids=repr)
def test_whatever_follows_a_lost_attempt_the_write_is_in_doubt(then: httpx.Response | Exception) -> None:
    with Bench(Peer(httpx.ReadTimeout("lost"), then)).client() as http, pytest.raises(AnswerLost):
        http("PUT", "/x", json={}, repeatable=True)


def test_a_repeatable_write_is_not_resent_when_its_key_may_be_forgotten() -> None:
    busy = httpx.Response(429, headers={"Retry-After": "80"})
    peer = Peer(httpx.ReadTimeout("lost"), busy, ok('{"id": "twin"}'))
    peer.steps.insert(2, busy)
    bench = Bench(peer)
    with bench.client() as http, pytest.raises(AnswerLost):
        http("PUT", "/x", json={}, repeatable=True)
    assert sum(bench.clock.slept) <= 120
    assert len(peer.requests) == 3


@pytest.mark.parametrize(
    ("status", "written", "read"),
    [
        (400, BatchRefused, BadAnswer),
        (401, Unauthorised, Unauthorised),
        (403, Forbidden, Forbidden),
        (404, BatchRefused, BadAnswer),
        (409, BatchRefused, BadAnswer),
        (410, BadAnswer, BadAnswer),
        (412, BatchRefused, BadAnswer),
        (422, BatchRefused, BadAnswer),
        (426, BadAnswer, BadAnswer),
        (302, AnswerLost, BadAnswer),
    ],
)
def test_statuses_that_the_adapter_leaves_to_us(
    status: int, written: type[TieoutError], read: type[TieoutError]
) -> None:
    peer = Peer(
        httpx.Response(status, json={"Message": "The name is taken"}, headers={"Location": "https://evil.example"})
    )
    with Bench(peer).client() as http:
        with pytest.raises(written, match="name is taken") as caught:
            http("POST", "/x", json={})
        with pytest.raises(read, match="name is taken"):
            http("GET", "/x")
    assert len(peer.requests) == 2
    if isinstance(caught.value, BatchRefused):
        assert caught.value.code == str(status)


def test_the_services_own_words_come_first_and_are_final() -> None:
    def error(status: int, headers: Mapping[str, str], body: bytes) -> Exception | None:
        return NotNow(f"maintenance {headers['x-why']} {body.decode()}") if status == 503 else None

    peer = Peer(httpx.Response(503, text="tonight", headers={"X-Why": "upgrade"}))
    with Bench(peer, Service(URL, Bearer(), error=error)).client() as http, pytest.raises(NotNow, match="tonight"):
        http("PUT", "/x", json={})
    assert len(peer.requests) == 1


def test_an_adapter_that_trips_over_an_odd_body_loses_no_write() -> None:
    def trips(*_: object) -> None:
        raise IndexError("list index out of range")

    service = Service(URL, Bearer(), left=trips, error=trips, expired=trips)  # type: ignore[arg-type]  # a faulty adapter
    bench = Bench(Peer(ok('{"id": "1"}'), httpx.Response(400, text="odd")), service)
    with bench.client() as http:
        assert http("PUT", "/x", json={}).json() == {"id": "1"}
        with pytest.raises(BatchRefused):
            http("PUT", "/x", json={})
    assert [event for event, _ in bench.log.lines].count("adapter-tripped") == 4


def test_adapters_are_handed_exactly_this() -> None:
    bench = Bench(Peer(ok('"fine"')))
    with bench.client() as http:
        tools = Tools(http=http, now=bench.clock.now, log=bench.log)
        assert tools.http("GET", "/x").json() == "fine"


def test_no_more_calls_run_at_once_than_the_system_allows() -> None:
    running: list[int] = []
    most: list[int] = []
    first_two = threading.Barrier(2)

    def answer(_: httpx.Request) -> httpx.Response:
        running.append(1)
        most.append(len(running))
        first_two.wait(30)  # proves that two do run together; a third would be counted
        running.pop()
        return ok()

    with Bench(Peer(answer), Service(URL, Bearer(), limits=Limits({60: 100}, concurrent=2))).client() as http:
        threads = [threading.Thread(target=http, args=("GET", "/x")) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(most) == 6
    assert max(most) == 2


def test_limits_stand_before_the_first_byte() -> None:
    peer = Peer(ok())
    bench = Bench(peer, replace(Bench(peer).service, limits=Limits({60: 2, 86400: 100})))
    with bench.client() as http:
        for _ in range(5):
            http("GET", "/x")
    assert len(peer.requests) == 5
    assert sum(bench.clock.slept) == pytest.approx(120)


# --- May it still be sent? --------------------------------------------------------------------------------------


def fenced() -> None:
    raise Fenced("another run took over")


def test_a_write_leaves_only_with_the_permit_and_a_read_needs_none() -> None:
    peer = Peer(ok("{}"))
    with Bench(peer, permit=fenced).client() as http:
        http("GET", "/x")
        http("POST", "/query", json={"a": "b"}, read=True)
        with pytest.raises(Fenced):
            http("POST", "/x", json={"a": "b"})
    assert [request.url.path for request in peer.requests] == ["/x", "/query"]


def test_the_permit_is_asked_again_before_a_write_is_repeated() -> None:
    asked: list[int] = []

    def once() -> None:
        asked.append(1)
        if len(asked) > 1:
            fenced()

    peer = Peer(httpx.Response(503, headers={"retry-after": "30"}))
    with Bench(peer, permit=once).client() as http, pytest.raises(AnswerLost, match="took over"):
        http("POST", "/x", json={"a": "b"}, repeatable=True)
    assert (len(peer.requests), len(asked)) == (1, 2)
