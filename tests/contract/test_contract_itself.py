"""The contract is as good as the bugs it catches: each planted one breaks its promise, and no other."""

from __future__ import annotations

import unittest
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from contract.shelf.adapter import ShelfAdapter, ShelfConnection
from contract.shelf.bench import ShelfBench
from contract.shelf.broken import BUGS, Inventive, Sparse, Texts, adapter_with
from tieout.adapter import ObjectType
from tieout.testing.contract import AdapterContract, DoesNotApply, PromiseBroken, Ruling, Unable, certify
from tieout.testing.serving import serving


class TestShelf(AdapterContract):
    adapter = ShelfAdapter()
    bench = ShelfBench
    level = 3


@dataclass
class Host:
    """One server for many benches: each fresh world takes the place of the one before."""

    url: str = ""
    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    def bench(self, kind: type[ShelfBench] = ShelfBench) -> type[ShelfBench]:
        host = self

        class Hosted(kind):  # type: ignore[valid-type,misc]  # a class made for one host
            many = 12

            def start(self) -> None:
                self.served = self.simulator()
                host.app, self.url = self.served.app(self.now), host.url

        return Hosted


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    made = Host()
    with serving(made) as url:
        made.url = url
        yield made


def contract(host: Host, connection: type[ShelfConnection], kind: type[ShelfBench] = ShelfBench) -> Any:
    names = {"adapter": adapter_with(connection), "bench": host.bench(kind)}
    return type("TestBroken", (AdapterContract,), names)


@pytest.mark.slow
@pytest.mark.parametrize("connection", BUGS, ids=lambda one: one.__name__)
def test_a_planted_bug_breaks_its_promises_and_no_other(host: Host, connection: type[ShelfConnection]) -> None:
    report = certify(contract(host, connection))
    assert report.broken == BUGS[connection], str(report)
    assert report.level == next(one.level for one in report.results if one.ruling is Ruling.BROKEN) - 1


CREDITS = {
    "a_credit_makes_another_document_and_leaves_this_one_as_it_is",
    "a_credit_of_what_is_not_in_the_books_is_refused",
}


def test_a_sound_adapter_keeps_everything(host: Host) -> None:
    report = certify(contract(host, ShelfConnection))
    assert report.level == 3, str(report)
    beside = {one.name for one in report.results if one.ruling is Ruling.BESIDE}
    assert beside == CREDITS, "nobody credits a book"
    assert {one.ruling for one in report.results if one.name not in beside} == {Ruling.KEPT}


def test_a_broken_promise_is_told_in_full(host: Host) -> None:
    suite = contract(host, Sparse)()
    suite.setup_method()
    with pytest.raises(PromiseBroken) as told:
        suite.test_a_read_holds_every_path_that_was_asked_for()
    suite.teardown_method()
    assert "promised (level 1): A read record holds every path asked for" in str(told.value)
    assert "seen: Book by changes lacks note" in str(told.value)


def test_a_wrong_kind_of_value_is_named(host: Host) -> None:
    report = certify(contract(host, Texts))
    seen = {one.name: one.seen for one in report.results}["a_read_holds_every_path_that_was_asked_for"]
    assert "price is declared as money and holds" in seen


def test_creates_that_are_invented_break_all_that_settles_them(host: Host) -> None:
    broken = certify(contract(host, Inventive)).broken
    assert broken == {
        "what_was_never_sent_is_never_found",
        "a_create_whose_answer_is_lost_is_settled_and_never_doubled",
        "one_create_has_one_effect_by_the_peers_own_count",
    }


class Alone(ShelfBench):
    """A shop in which nobody else works, and which knows no merges."""

    def edit(self, type: ObjectType, id: str, values: Any) -> None:
        raise Unable("edit as another user")

    def merge(self, type: ObjectType, loser: str, winner: str) -> None:
        raise DoesNotApply("there is no merging of books")


def test_what_a_bench_cannot_do_is_named_and_keeps_the_level_down(host: Host) -> None:
    report = certify(contract(host, ShelfConnection, Alone))
    assert (report.level, report.broken) == (1, frozenset())
    unable = {one.name: one.seen for one in report.results if one.ruling is Ruling.UNABLE}
    name = "an_edit_between_two_reads_is_in_the_second_whatever_the_clocks_say"
    assert unable[name] == "the bench is unable to edit as another user, so that level 2 cannot be shown"
    beside = {one.name: one.seen for one in report.results if one.ruling is Ruling.BESIDE}
    no_credits = dict.fromkeys(CREDITS, "no object of the samples knows create and credit")
    assert beside == {"a_merged_record_names_its_winner": "there is no merging of books", **no_credits}
    assert str(report).startswith("level 1 reached\nlevel 1, kept: ")


def test_a_claim_that_cannot_be_shown_fails_and_without_a_claim_it_skips(host: Host) -> None:
    suite = contract(host, ShelfConnection, Alone)
    check = "test_an_edit_between_two_reads_is_in_the_second_whatever_the_clocks_say"
    for level, raised in ((1, unittest.SkipTest), (2, PromiseBroken)):
        suite.level = level
        running = suite()
        running.setup_method()
        with pytest.raises(raised, match="unable to edit as another user"):
            getattr(running, check)()
        running.teardown_method()
