from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from tieout.adapter import Connection
from tieout.model import (
    Applied,
    Batch,
    ObjectType,
    Observation,
    Operation,
    Organisation,
    Outcome,
    Page,
    Query,
    Verb,
)
from tieout.runner import InHand
from tieout.stopping import DeadlineReached, Stopping, Terminated

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def now() -> datetime:
    return NOW


def send(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize(("number", "meaning"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)])
def test_a_signal_is_heard_at_once_while_nothing_is_in_hand(number: int, meaning: type[BaseException]) -> None:
    with Stopping(now), pytest.raises(meaning):
        send(number)


@pytest.mark.parametrize(("number", "meaning"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, Terminated)])
def test_what_is_in_hand_is_finished_first(number: int, meaning: type[BaseException]) -> None:
    told: list[str] = []
    with Stopping(now, told=lambda: told.append("stopping")) as stopping:
        stopping.hold()
        send(number)
        assert told == ["stopping"]
        with pytest.raises(meaning):
            stopping.check()


def test_the_second_signal_does_not_wait() -> None:
    with Stopping(now) as stopping:
        stopping.hold()
        send(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)


def test_after_a_check_nothing_is_in_hand() -> None:
    with Stopping(now) as stopping:
        stopping.hold()
        stopping.check()
        with pytest.raises(KeyboardInterrupt):
            send(signal.SIGINT)


def test_a_signal_that_waited_ends_a_wait() -> None:
    with Stopping(now) as stopping:
        stopping.hold()
        send(signal.SIGTERM)
        with pytest.raises(Terminated):
            stopping.sleep(3600)


def test_a_wait_without_a_signal_only_waits() -> None:
    with Stopping(now) as stopping:
        stopping.sleep(0)
        stopping.sleep(-1)
        stopping.check()


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    with Stopping(now, until=NOW + timedelta(seconds=5)) as stopping:
        stopping.sleep(0)
        with pytest.raises(DeadlineReached):
            stopping.sleep(3600)


def test_what_is_in_hand_is_waited_for_beyond_the_deadline() -> None:
    with Stopping(now, until=NOW) as stopping:
        stopping.hold()
        stopping.sleep(0)
        with pytest.raises(DeadlineReached):
            stopping.check()


def test_the_deadline_is_seen_by_check() -> None:
    with Stopping(now, until=NOW + timedelta(seconds=1)) as stopping:
        stopping.check()
    with Stopping(now, until=NOW) as stopping, pytest.raises(DeadlineReached) as caught:
        stopping.check()
    assert caught.value.exit_code == 75


def test_handlers_are_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Stopping(now):
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


class Interrupting(Connection):
    """A system that is asked to stop in the middle of a write."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def organisation(self) -> Organisation:
        return Organisation("1", "one")

    def objects(self) -> Sequence[str]:
        return ["Thing"]

    def describe(self, name: str) -> ObjectType:
        return ObjectType(name, {})

    def changes(self, query: Query) -> Iterator[Page]:
        yield Page([], complete=True)

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        yield from ()

    def write(self, batch: Batch) -> Sequence[Outcome]:
        send(signal.SIGTERM)
        self.written += [operation.key for operation in batch.operations]
        return [Applied("1") for _ in batch.operations]


def test_a_write_is_finished_and_its_answer_kept_before_a_signal_is_heard() -> None:
    inner = Interrupting()
    batch = Batch(ObjectType("Thing", {}), Verb.CREATE, [Operation("k")], frozenset(), "b", NOW)
    with Stopping(now) as stopping:
        guarded = InHand(inner, stopping)
        assert guarded.organisation().name == "one"
        assert list(guarded.objects()) == ["Thing"]
        assert guarded.describe("Thing").name == "Thing"
        assert [page.complete for page in guarded.changes(Query(batch.type, frozenset()))] == [True]
        assert guarded.write(batch) == [Applied("1")]
        assert inner.written == ["k"]
        with pytest.raises(Terminated):
            stopping.check()
