"""`make simulate ARGS="--seeds 20000 --start 0"`; `--seed 17 --trace` replays one; `--bugs` hunts the planted ones."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import tieout

from .breach import Breach
from .bugs import BUGS
from .laws import judge
from .planting import hunt
from .profiles import PROFILES
from .record import record
from .trial import play
from .world import Profile

PROGRESS = 500
"""After so many seeds a line on standard error says how far it is."""


@dataclass
class Outcome:
    """What one seed showed."""

    seed: int
    breaches: list[Breach]
    tally: Counter[str] = field(default_factory=Counter)


def one(seed: int, *, profile: str) -> Outcome:
    """Play and judge one seed; every fourth seed of `any` has two runners. An engine that fails breaks law 0."""
    try:
        trial = play(seed, chosen(seed, profile))
    except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding about this seed
        where = traceback.extract_tb(error.__traceback__)[-1]
        failed = Breach("0 the engine failed", f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})")
        return Outcome(seed, [failed])
    found = judge(trial)
    trial.world.close()
    return Outcome(seed, found, Counter(asdict(trial.world.tally)))


def chosen(seed: int, profile: str) -> Profile:
    """Give the profile of one seed."""
    return PROFILES["two"] if profile == "any" and seed % 4 == 3 else PROFILES[profile]


def outcomes(options: argparse.Namespace) -> Iterator[Outcome]:
    """Give outcomes in the order of the seeds, on several processes."""
    seeds = range(options.start, options.start + options.seeds)
    work = partial(one, profile=options.profile)
    if options.processes == 1:
        yield from map(work, seeds)
        return
    with ProcessPoolExecutor(options.processes) as pool:
        yield from pool.map(work, seeds, chunksize=20)


def simulate(options: argparse.Namespace) -> int:
    """Run seeds and say what broke."""
    began, total, windows, broken = time.monotonic(), Counter[str](), Counter[str](), 0
    for number, outcome in enumerate(outcomes(options), 1):
        if number % PROGRESS == 0:
            print(f"{number} seeds, {broken} with a violation", file=sys.stderr, flush=True)
        total += outcome.tally
        windows.update({breach.law for breach in outcome.breaches if breach.excused})
        wrong = [breach for breach in outcome.breaches if not breach.excused]
        broken += bool(wrong)
        for breach in wrong:
            print(f"seed {outcome.seed}: law {breach.law}: {breach.detail}", flush=True)
        if wrong and options.first:
            return 1
    seconds = time.monotonic() - began
    print(f"{options.seeds} seeds from {options.start}, {broken} with a violation, {seconds:.0f} s")
    print("  " + ", ".join(f"{count} {what}" for what, count in total.items()))
    print(
        "  in the window of law 3: " + (", ".join(f"{n} seeds {law}" for law, n in sorted(windows.items())) or "none")
    )
    return 1 if broken else 0


def replay(options: argparse.Namespace) -> int:
    """Play one seed and show what happened."""
    trial = play(options.seed, chosen(options.seed, options.profile))
    if options.trace:
        print("\n".join(trial.world.transcript))
    if options.record:
        print("\n".join(record(trial.world)))
    breaches = judge(trial)
    for breach in breaches:
        print(f"seed {options.seed}: law {breach.law}: {breach.detail}")
    return 1 if any(not breach.excused for breach in breaches) else 0


def hunt_all(options: argparse.Namespace) -> int:
    """Hunt the planted bugs, all or those that were named."""
    escaped = 0
    with ProcessPoolExecutor(options.processes) as pool:
        for catch in pool.map(hunt, [bug for bug in BUGS if not options.bugs or bug.number in options.bugs]):
            bug, word = catch.bug, "caught" if catch.caught else "ESCAPED"
            escaped += not catch.caught
            print(
                f"bug {bug.number:2} {word:8} {bug.profile:10} {catch.taken:4} seeds  {bug.name}: {catch.told[:110]}",
                flush=True,
            )
    return 1 if escaped else 0


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make simulate ARGS=…", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="how many seeds")
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="play this one alone")
    parser.add_argument("--trace", action="store_true", help="show everything that happens in it")
    parser.add_argument("--record", action="store_true", help="show its transcript, its log and its plans")
    parser.add_argument("--first", action="store_true", help="stop at the first violation")
    parser.add_argument("--bugs", type=int, nargs="*", metavar="N", help="hunt the planted bugs, or only these")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="any")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--engine", type=Path, help="refuse to run over any other engine than the one in this folder")
    options = parser.parse_args()
    if options.engine is not None and options.engine not in Path(tieout.__file__).parents:
        print(f"the engine that runs is {tieout.__file__}", file=sys.stderr)
        return 2
    if options.bugs is not None:
        return hunt_all(options)
    return simulate(options) if options.seed is None else replay(options)


if __name__ == "__main__":
    sys.exit(main())
