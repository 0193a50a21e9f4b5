"""Which trials there are: every numbered boundary of one scripted run, and moments drawn by lot."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory

from system.crash.machine import COMMITS
from system.crash.trial import Bench, Effects, bench
from system.crash.wire import PHASES

ROUNDS = 40
"""Trials that one pair of systems goes through; then fresh ones."""
READS = ("GET ", "POST /connect/token", "POST /services/oauth2/token")


@dataclass(frozen=True)
class Trial:
    """One thing that befalls one run. `act` says whether the run came so far."""

    name: str
    act: Callable[[Bench], bool]
    runs: int = 1
    """How many runs it befalls, one at once after the other."""


@dataclass(frozen=True)
class Usual:
    """What an undisturbed round does."""

    requests: tuple[tuple[str, int], ...]
    """Method and path, and the commit before it."""
    commits: int
    seconds: float
    """Of processor time."""
    effects: Effects

    @property
    def writes(self) -> list[int]:
        """The numbers of the requests that change something."""
        return [number for number, (what, _) in enumerate(self.requests, 1) if not what.startswith(READS)]


def measured(on: Bench) -> Usual:
    """Play one round that nothing befalls."""
    on.round()
    before = _spent()
    ended = on.run()
    assert ended.code == 0, ended
    requests, commits, seconds = tuple(on.wire.sent), on.machine.commits, _spent() - before
    return Usual(requests, commits, seconds, on.made_good())


def _spent() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def at_requests(usual: Usual) -> Iterator[Trial]:
    """Every request: before it is carried out, before its answer, after its answer."""
    for number, (what, _) in enumerate(usual.requests, 1):
        for phase in PHASES:
            act = partial(Bench.killed_at_request, number=number, phase=phase)
            yield Trial(f"request {number} ({what}) {phase}", act)


def at_commits(usual: Usual, step: int = 1) -> Iterator[Trial]:
    """Every commit, or every `step`th, in every phase."""
    for offset, phase in enumerate(COMMITS):
        for number in range(1 + offset % step, usual.commits + 1, step):
            act = partial(Bench.killed_at_commit, number=number, phase=phase)
            yield Trial(f"commit {number} {phase}", act)


def frozen(usual: Usual) -> Iterator[Trial]:
    """Every write: the process is frozen directly before it, until another run has taken over."""
    for number in usual.writes:
        what, commit = usual.requests[number - 1]
        yield Trial(f"frozen before request {number} ({what})", partial(Bench.frozen_at_commit, number=commit))


def full(usual: Usual, step: int = 1) -> Iterator[Trial]:
    """Every commit, or every `step`th: the disk is full from there on."""
    for number in range(1, usual.commits + 1, step):
        yield Trial(f"disk full at commit {number}", partial(Bench.full_at_commit, number=number))


def at_random(usual: Usual, count: int, seed: int) -> Iterator[Trial]:
    """Moments drawn by lot; in every third trial the run after it is killed as well."""
    dice = random.Random(seed)  # noqa: S311  # not for secrets
    for number in range(count):
        moments = [dice.uniform(0, usual.seconds) for _ in range(2 if number % 3 == 2 else 1)]
        told = " and ".join(f"{moment:.3f} s" for moment in moments)
        yield Trial(f"after {told}", partial(_killed_at, moments=moments), len(moments))


def _killed_at(on: Bench, moments: list[float]) -> bool:
    reached = [on.killed_after(moment) for moment in moments]
    return any(reached)


@dataclass
class Played:
    """What became of trials."""

    reached: int = 0
    """Trials in which the run came so far."""
    ended: int = 0
    """Trials in which it was over before."""


def play(on: Bench, trial: Trial, usual: Usual, played: Played) -> None:
    """Play one trial: act, let it befall a run, and see that each thing happened once, as if nothing had befallen it.

    Every other time the next run comes at once, while requests of the dead one may still take effect. What rests then
    may be written apart from what does not, so that one record is updated in two goes: there only creates are counted,
    and that nothing went over the wire twice.
    """
    on.round()
    if trial.act(on):
        played.reached += 1
    else:
        played.ended += 1
    at_once = (played.reached + played.ended) % 2 == 0
    if at_once:
        ended = on.run()
        assert ended.code == 0, ended
    effects = on.made_good()
    wanted = usual.effects
    if at_once or trial.runs > 1:
        effects, wanted = _created(effects), _created(wanted)
    assert effects == wanted, f"{effects} instead of {wanted}"


def _created(effects: Effects) -> Effects:
    return {
        system: {
            name: {verb: count for verb, count in counts.items() if verb != "updated"} for name, counts in of.items()
        }
        for system, of in effects.items()
    }


def play_all(trials: Callable[[Usual], Iterator[Trial]], told: Callable[[str], object]) -> tuple[Usual, Played]:
    """Play many trials, on systems that are made anew from time to time."""
    played, waiting = Played(), None
    while True:
        with TemporaryDirectory() as folder, bench(Path(folder)) as on:
            usual = measured(on)
            waiting = trials(usual) if waiting is None else waiting
            batch = list(islice(waiting, ROUNDS))
            for trial in batch:
                told(trial.name)
                play(on, trial, usual, played)
        if len(batch) < ROUNDS:
            return usual, played
