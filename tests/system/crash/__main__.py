"""`make crash`: kill, freeze and starve `tieout run` everywhere; ARGS="requests commits frozen full random=300"."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from system.crash import trials
from system.crash.machine import LACKING
from system.crash.trials import Trial, Usual

KINDS = ("requests", "commits", "frozen", "full", "random")


def chosen(kind: str, options: argparse.Namespace) -> Callable[[Usual], Iterator[Trial]]:
    """Give the trials of one kind."""
    match kind:
        case "requests":
            return trials.at_requests
        case "commits":
            return partial(trials.at_commits, step=options.step)
        case "frozen":
            return trials.frozen
        case "full":
            return partial(trials.full, step=options.step)
        case _:
            return partial(trials.at_random, count=options.random, seed=options.seed)


def main() -> int:
    """Play what was asked for and print the figures."""
    parser = argparse.ArgumentParser(prog="crash", description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"{', '.join(KINDS)}; all of them by default")
    parser.add_argument("--step", type=int, default=1, help="only every so many-th commit")
    parser.add_argument("--random", type=int, default=300, help="how many random moments")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    unknown = set(options.kinds) - set(KINDS)
    if unknown or LACKING:
        parser.error(LACKING or f"there is no {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    for kind in options.kinds or KINDS:
        began = time.monotonic()
        usual, played = trials.play_all(chosen(kind, options), lambda name: print(name, file=sys.stderr, flush=True))
        print(
            f"{kind}: a run of {len(usual.requests)} requests ({len(usual.writes)} writes) and {usual.commits} commits;"
            f" {played.reached} trials befell one, {played.ended} came after its end; every time exactly"
            f" {usual.effects} ({time.monotonic() - began:.0f} s)",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
