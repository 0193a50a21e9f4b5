from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.adapter import Bearer, Limits, Service
from tieout.errors import NotNow
from tieout.http.budget import BELIEVED, Window, learnt, taken
from tieout.http.memory import MemoryWindows
from unit.http.peers import START, URL, Bench, Peer, ok

DAY = 86400


@given(st.lists(st.integers(0, 40), max_size=80), st.integers(1, 5), st.integers(1, 120))
def test_no_window_ever_gives_more_than_its_limit(pauses: list[int], limit: int, seconds: int) -> None:
    window, now, given_at = None, START, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        window, wait = taken(window, seconds, limit, now)
        if wait == 0:
            given_at.append((window.opened, now))
        else:
            assert 0 < wait <= seconds
    for opened in {one for one, _ in given_at}:
        inside = [now for start, now in given_at if start == opened]
        assert len(inside) <= limit
        assert all(timedelta(0) <= now - opened < timedelta(seconds=seconds) for now in inside)


def test_waiting_as_long_as_it_says_gives_a_call() -> None:
    window, _ = taken(None, 60, 1, START)
    window, wait = taken(window, 60, 1, START + timedelta(seconds=59.5))
    assert wait == pytest.approx(0.5)
    assert taken(window, 60, 1, START + timedelta(seconds=59.5 + wait))[1] == 0


def test_the_systems_word_counts_down_and_is_asked_anew_after_an_hour() -> None:
    window = learnt(Window(START), DAY, 1, START)
    window, wait = taken(window, DAY, 100, START)
    assert wait == 0
    window, wait = taken(window, DAY, 100, START)
    assert wait == BELIEVED.total_seconds()
    assert taken(window, DAY, 100, START + BELIEVED)[1] == 0


def test_the_systems_word_never_raises_our_own_limit() -> None:
    window, _ = taken(None, DAY, 1, START)
    window = learnt(window, DAY, 5000, START)
    assert taken(window, DAY, 1, START)[1] == DAY


def test_a_clock_that_was_set_back_does_not_block_for_ever() -> None:
    window, _ = taken(None, 60, 1, START + timedelta(days=365))
    assert taken(window, 60, 1, START)[1] == 0


def test_a_day_is_not_waited_for_and_the_message_says_the_count_and_when() -> None:
    made = Bench(Peer(ok()), Service(URL, Bearer(), limits=Limits({60: 60, DAY: 10}, share=Decimal("0.8"))))
    with made.client() as http:
        for _ in range(8):
            http("GET", "/x")
        with pytest.raises(NotNow, match=r"the 8 calls of a day \(8 of 10, a share of 0.8\)") as caught:
            http("GET", "/x")
    assert caught.value.until == START + timedelta(days=1)
    assert "2026-03-02 12:00:00 UTC" in str(caught.value)


def test_the_share_is_kept_of_what_the_system_says_is_left() -> None:
    def left(headers: Mapping[str, str]) -> Mapping[int, int]:
        return {DAY: int(headers["x-left"])}

    peer = Peer(ok("{}", **{"x-left": "202"}), ok("{}", **{"x-left": "201"}), ok("{}", **{"x-left": "200"}))
    made = Bench(peer, Service(URL, Bearer(), limits=Limits({DAY: 1000}), left=left))
    with made.client() as http:
        for _ in range(3):
            http("GET", "/x")
        with pytest.raises(NotNow):
            http("GET", "/x")
    assert len(peer.requests) == 3


def test_processes_share_their_windows_but_connections_do_not() -> None:
    windows = MemoryWindows()
    assert windows.take("a", 60, 1, START) == 0
    assert windows.take("a", 60, 1, START) == 60
    assert windows.take("b", 60, 1, START) == 0
    windows.seen("c", 60, 0, START)
    assert windows.take("c", 60, 10, START) == 60
