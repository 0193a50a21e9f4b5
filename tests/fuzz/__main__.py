"""`make fuzz ARGS="--cases 100000"`: hostile input of every kind; `--what answers --case 17` replays one."""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from types import FrameType

from . import answers, expressions, files, mappings

KINDS: Mapping[str, Callable[[int], str]] = {
    "mappings": mappings.attack,
    "expressions": expressions.attack,
    "answers": answers.attack,
    "plans": files.attack_plan,
    "databases": files.attack_database,
}
SHARES: Mapping[str, int] = {"mappings": 50, "expressions": 40, "answers": 5, "plans": 4, "databases": 1}
"""Of a hundred cases."""
HUNG = 20
"""Seconds of processor time after which a case counts as endless."""


class Endless(BaseException):
    """A case took longer than any input may."""


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Endless


def one(case: int, *, what: str) -> str:
    """Run one case; the answer is what is wrong, "" if nothing."""
    signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, HUNG)
    try:
        wrong = KINDS[what](case)
    except Endless:
        wrong = f"it did not end within {HUNG} seconds"
    except Exception as error:  # noqa: BLE001  # whatever it is, it is a finding about this case
        where = traceback.extract_tb(error.__traceback__)[-1]
        wrong = f"{type(error).__name__}: {str(error)[:200]} ({where.filename}:{where.lineno})"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return f"{what} {case}: {wrong}" if wrong else ""


def attack(what: str, cases: range, processes: int) -> int:
    """Run cases of one kind; give how many went wrong."""
    began, wrong = time.monotonic(), 0
    with ProcessPoolExecutor(processes) as pool:
        for told in pool.map(partial(one, what=what), cases, chunksize=50):
            if told:
                wrong += 1
                print(told, flush=True)
    print(f"{what}: {len(cases)} cases, {wrong} wrong, {time.monotonic() - began:.0f} s", flush=True)
    return wrong


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make fuzz ARGS=…", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="how many in all")
    parser.add_argument("--start", type=int, default=0, help="the first one's number")
    parser.add_argument("--what", choices=sorted(KINDS), help="only this kind")
    parser.add_argument("--case", type=int, help="only this one")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    if options.case is not None:
        told = KINDS[options.what or "mappings"](options.case)
        print(told or "nothing is wrong")
        return 1 if told else 0
    wrong = 0
    for what in [options.what] if options.what else list(KINDS):
        count = options.cases if options.what else options.cases * SHARES[what] // 100
        wrong += attack(what, range(options.start, options.start + count), options.processes)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
