"""Seeds in `make test`; any number in `make simulate`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from simulation.__main__ import Outcome, one
from simulation.bugs import BUGS
from simulation.laws import judge
from simulation.planting import ENGINE, ROOT, Bug, Catch, hunt
from simulation.profiles import PROFILES
from simulation.record import record
from simulation.trial import play
from simulation.world import Profile

SEEDS = 120
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


@pytest.mark.parametrize(("seed", "profile"), [(3, "two"), (5, "any"), (8, "lists"), (2, "changing"), (6, "chain")])
def test_a_seed_gives_the_same_transcript_log_and_plans_in_every_process(seed: int, profile: str) -> None:
    shown = []
    for salt in ("1", "2"):
        command = [sys.executable, "-m", "tests.simulation", "--seed", str(seed), "--profile", profile, "--record"]
        environment = {**os.environ, "PYTHONHASHSEED": salt}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        shown.append(done.stdout.splitlines())
    assert shown[0] == shown[1]
    counts = Counter(line.split(" ", 1)[0] for line in shown[0])
    assert min(counts[part] for part in ("transcript", "log", "plan")) > 2
    again = "\n".join(record(play(seed, PROFILES[profile]).world))
    assert shown[0] == again.splitlines(), "nor does it matter what was played before"


def test_people_alone_break_no_law_and_nothing_is_written_for_nothing() -> None:
    trial = play(1, Profile(faults=False))
    assert [breach for breach in judge(trial) if not breach.excused] == []
    assert trial.writes[-1] == 0


@pytest.mark.parametrize("bug", BUGS, ids=[str(bug.number) for bug in BUGS])
def test_every_bug_still_has_its_place_in_the_engine(bug: Bug) -> None:
    for edit in bug.edits:
        assert (ENGINE / edit.file).read_text().count(edit.search) == 1, edit.search
        assert edit.search != edit.replace


QUICK = [bug for bug in BUGS if bug.seeds <= 60]
"""Caught at once."""
HIDDEN = [bug for bug in BUGS if bug not in QUICK]


def named(bugs: list[Bug]) -> list[str]:
    return [f"{bug.number}-{bug.name.replace(' ', '-')}" for bug in bugs]


@pytest.fixture(scope="module")
def catches() -> dict[int, Catch]:
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:  # each is a process of its own
        return {catch.bug.number: catch for catch in pool.map(hunt, QUICK)}


@pytest.mark.slow
@pytest.mark.parametrize("bug", QUICK, ids=named(QUICK))
def test_a_planted_bug_is_caught(bug: Bug, catches: dict[int, Catch]) -> None:
    assert catches[bug.number].caught, f"{bug.history or f'{bug.seeds} seeds'} saw nothing wrong"


@pytest.mark.extended
@pytest.mark.parametrize("bug", HIDDEN, ids=named(HIDDEN))
def test_a_planted_bug_that_hides_is_caught(bug: Bug) -> None:
    assert hunt(bug).caught, f"{bug.seeds} seeds saw nothing wrong"


@pytest.mark.extended
@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_the_laws_hold_in_every_profile(profile: str) -> None:
    outcomes = [one(seed, profile=profile) for seed in range(STEP)]
    wrong = [
        f"--profile {profile} --seed {outcome.seed}: law {breach.law}: {breach.detail}"
        for outcome in outcomes
        for breach in outcome.breaches
        if not breach.excused
    ]
    assert not wrong, "\n".join(wrong)
    assert sum(outcome.tally["runs"] for outcome in outcomes) > STEP
