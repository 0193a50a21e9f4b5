"""kill -9, frozen processes and full disks, at numbered boundaries: the short form of `make crash`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from system.crash.machine import COMMITS, LACKING
from system.crash.trial import Bench, Effects, bench
from system.crash.trials import Played, Trial, Usual, at_commits, at_requests, frozen, full, measured, play
from system.crash.wire import PHASES

pytestmark = [pytest.mark.skipif(bool(LACKING), reason=LACKING), pytest.mark.slow]


@dataclass(frozen=True)
class Set:
    """One bench for all tests here, and what an undisturbed round does."""

    bench: Bench
    usual: Usual

    def play(self, *trials: Trial) -> None:
        played = Played()
        for trial in trials:
            play(self.bench, trial, self.usual, played)
        assert played.reached == len(trials)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Set]:
    with bench(tmp_path_factory.mktemp("crash")) as made:
        yield Set(made, measured(made))


def test_an_undisturbed_round_makes_each_thing_once(stand: Set) -> None:
    wanted: Effects = {
        "salesforce": {"Account": {"updated": 2}, "Opportunity": {"updated": 3}, "Product2": {"updated": 1}},
        "xero": {
            "Contact": {"created": 1, "updated": 1},
            "Item": {"created": 1},
            "Invoice": {"created": 1, "updated": 1},
        },
    }
    assert stand.usual.effects == wanted


@pytest.mark.parametrize(
    "phase", [PHASES[0], *(pytest.param(phase, marks=pytest.mark.extended) for phase in PHASES[1:])]
)
def test_t03_killed_at_a_write(stand: Set, phase: str) -> None:
    names = {number: f"request {number} " for number in stand.usual.writes}
    whole = [one for one in at_requests(stand.usual) if one.name.startswith(tuple(names.values()))]
    assert len(whole) == len(PHASES) * len(names)
    mine = [one for one in whole if one.name.endswith(phase)]
    offset = PHASES.index(phase)
    stand.play(mine[offset], mine[offset + 4])  # another kind of write for each phase


@pytest.mark.parametrize("phase", COMMITS)
def test_t03_killed_at_a_commit(stand: Set, phase: str) -> None:
    sent = stand.usual.requests[stand.usual.writes[3] - 1][1]  # what is noted before a write leaves, step by step
    number = sent - len(COMMITS) + 1 + COMMITS.index(phase)
    stand.play(next(one for one in at_commits(stand.usual) if one.name == f"commit {number} {phase}"))


def test_t03_frozen_until_another_run_took_over(stand: Set) -> None:
    stand.play(list(frozen(stand.usual))[4])


def test_a_deadline_falls_between_two_batches(stand: Set) -> None:
    on, batch = stand.bench, 50

    def late() -> bool:
        on.machine.advance(400)
        return False

    on.round()
    on.story.come(*(f"D{number}" for number in range(batch + 10)))
    on.stage.reset()
    on.wire.expect(("PUT /api.xro/2.0/Contacts", "carried out"), late)
    ended = on.wait(on.start(words=("--deadline", "5m")))
    assert ended.code == 75, ended
    assert ended.report["cut_short"]["by"] == "DeadlineReached"
    assert ended.report["passes"][0]["ended"] == {"create done": batch}
    assert on.effects() == {"salesforce": {}, "xero": {"Contact": {"created": batch}}}
    assert on.open_intents() == 0
    assert on.made_good()["xero"]["Contact"]["created"] == batch + 11


def test_t03_the_disk_is_full_in_the_middle(stand: Set) -> None:
    stand.play(list(full(stand.usual))[stand.usual.commits // 2])
