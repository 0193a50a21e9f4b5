"""Seeds in `make test`; any number in `make simulate`."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from simulation.__main__ import Outcome, one
from simulation.bugs import BUGS, ROOT, Bug, Catch, hunt
from simulation.laws import judge
from simulation.trial import play
from simulation.world import Profile

SEEDS = 300
STEP = 20


def some(start: int) -> list[Outcome]:
    return [one(seed, profile="any") for seed in range(start, start + STEP)]


@pytest.mark.slow
def test_the_laws_hold_in_every_world() -> None:
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        outcomes = [outcome for chunk in pool.map(some, range(0, SEEDS, STEP)) for outcome in chunk]
    wrong = [
        f"make simulate ARGS='--seed {outcome.seed} --trace': law {breach.law}: {breach.detail}"
        for outcome in outcomes
        for breach in outcome.breaches
        if not breach.excused
    ]
    assert not wrong, "\n".join(wrong)
    total = sum((outcome.tally for outcome in outcomes[1:]), outcomes[0].tally)
    assert len(outcomes) == SEEDS
    assert min(total[what] for what in ("edits", "writes", "crashes", "lost", "fenced", "faults")) > 20


@pytest.mark.parametrize(("seed", "runners"), [(3, 2), (4, 1), (8, 1)])
def test_the_same_seed_gives_the_same_transcript(seed: int, runners: int) -> None:
    first, second = (play(seed, Profile(runners=runners)).world.transcript for _ in range(2))
    assert first == second
    assert len(first) > 30


def test_a_seed_gives_the_same_transcript_in_another_process() -> None:
    command = [sys.executable, "-m", "tests.simulation", "--seed", "5", "--trace"]
    shown = []
    for salt in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": salt}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        shown.append(done.stdout)
    assert shown[0] == shown[1]
    assert shown[0].splitlines() == play(5, Profile()).world.transcript


def test_people_alone_break_no_law_and_nothing_is_written_for_nothing() -> None:
    trial = play(1, Profile(faults=False))
    assert [breach for breach in judge(trial) if not breach.excused] == []
    assert trial.writes[-1] == 0


@pytest.fixture(scope="module")
def catches() -> dict[int, Catch]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each is a process of its own
        return {catch.bug.number: catch for catch in pool.map(hunt, BUGS)}


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS, ids=[f"{bug.number}-{bug.name.replace(' ', '-')}" for bug in BUGS])
def test_a_planted_bug_is_caught(bug: Bug, catches: dict[int, Catch]) -> None:
    assert catches[bug.number].caught, f"{bug.seeds} seeds saw nothing wrong"
