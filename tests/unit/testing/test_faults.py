from __future__ import annotations

import httpx
import pytest

from tieout.testing.faults import CARRIED_OUT, Fault, FaultyTransport, Passed, Refusal, Strike, random_strikes
from unit.http.peers import Peer, ok


def client(faulty: FaultyTransport) -> httpx.Client:
    return httpx.Client(transport=faulty, base_url="http://127.0.0.1")


@pytest.mark.parametrize("fault", list(Fault))
def test_a_fault_reaches_the_peer_or_not_as_it_says(fault: Fault) -> None:
    peer = Peer(ok('{"a": 1}'))
    faulty = FaultyTransport(peer, [Strike(fault)])
    with client(faulty) as http:
        try:
            answer = http.post("/x")
        except httpx.TransportError:
            assert fault in {Fault.LOST_BEFORE, Fault.RESET, Fault.LOST_AFTER, Fault.SLOW}
        else:
            assert answer.status_code != 200 or answer.text != '{"a": 1}'
        assert len(peer.requests) == (fault in CARRIED_OUT)
        assert faulty.passed == [Passed("POST", "/x", fault, fault in CARRIED_OUT)]


def test_a_strike_hits_the_nth_call_that_fits() -> None:
    faulty = FaultyTransport(Peer(ok()), [Strike(Fault.DOWN, call=2, times=2, method="PUT", path="voice")])
    with client(faulty) as http:
        for method, path in [("PUT", "/Invoices"), ("GET", "/Invoices"), ("PUT", "/Items")] + [
            ("PUT", "/Invoices")
        ] * 3:
            http.request(method, path)
    assert [one.fault for one in faulty.passed] == [None, None, None, Fault.DOWN, Fault.DOWN, None]


def test_a_dead_token_stays_dead_until_another_one_comes() -> None:
    refusal = Refusal(body=b"INVALID_SESSION_ID")
    faulty = FaultyTransport(Peer(ok()), [Strike(Fault.DEAD_TOKEN, call=2)], refusal=refusal)
    with client(faulty) as http:
        answers = [http.get("/x", headers={"Authorization": token}) for token in ("a", "a", "a", "b", "a")]
    assert [answer.status_code for answer in answers] == [200, 401, 401, 200, 401]
    assert answers[1].text == "INVALID_SESSION_ID"


def test_a_torn_body_is_half_of_it_and_an_empty_one_is_lost() -> None:
    faulty = FaultyTransport(Peer(ok("0123456789"), httpx.Response(204)), [Strike(Fault.TORN, times=2)])
    with client(faulty) as http:
        assert http.get("/x").text == "01234"
        with pytest.raises(httpx.RemoteProtocolError):
            http.get("/x")


def test_a_plan_is_the_same_for_the_same_seed() -> None:
    plans = [random_strikes(seed, calls=200, share=0.2) for seed in (1, 1, 2)]
    assert plans[0] == plans[1] != plans[2]
    assert 20 < len(plans[0]) < 60
