"""Spoilt mappings: problems at places, or a mapping that is sound; never an exception."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

from schemas.world import check

from .spoiling import spoilt

EXAMPLES = Path(__file__).parents[1] / "schemas"


@cache
def _texts() -> tuple[str, ...]:
    files = [*sorted((EXAMPLES / "positive").glob("*.yaml")), EXAMPLES / "full" / "mapping.yaml"]
    files += sorted((EXAMPLES / "negative").glob("*.yaml"))
    return tuple(file.read_text("utf-8") for file in files)


def attack(seed: int) -> str:
    """Check one spoilt mapping; the answer is what is wrong with the answer, "" if nothing."""
    chance = Random(seed)  # noqa: S311  # a replayable test, no secret
    text = spoilt(chance.choice(_texts()), chance)
    count = len(text.splitlines()) + 1
    for problem in check(text).problems:
        if not problem.message:
            return f"{problem.code} has no message"
        if problem.at is not None and not 1 <= problem.at.line <= count:
            return f"{problem.code} is said to be at line {problem.at.line} of {count}"
        if "\x1b" in problem.message or "\x00" in problem.message:
            return f"{problem.code} passes control characters on to the terminal"
    return ""
