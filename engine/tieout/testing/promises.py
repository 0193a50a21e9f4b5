"""Promises: checks whose docstring is what an adapter promises, and which say so when it is broken."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import wraps
from typing import ClassVar, Protocol, TypeVar

LEVELS = (1, 2, 3)
_LEVEL = "promised_at_level"


class PromiseBroken(AssertionError):
    """What was seen is not what was promised."""


class Unable(Exception):
    """The bench cannot do this; the check skips and says so, and its level is not reached."""


class DoesNotApply(Exception):
    """The promise says nothing about this system ("it archives nothing"); its level is not touched."""


class Ruling(StrEnum):
    """What became of one check."""

    KEPT = "kept"
    BROKEN = "broken"
    UNABLE = "unable"
    BESIDE = "does not apply"


@dataclass(frozen=True, slots=True)
class Result:
    """One check. `promise` is its docstring, `seen` the evidence or the reason."""

    name: str
    level: int
    promise: str
    ruling: Ruling
    seen: str = ""
    error: BaseException | None = field(default=None, compare=False)

    def __str__(self) -> str:
        said = f"\n    {self.seen}" if self.seen else ""
        return f"level {self.level}, {self.ruling}: {self.promise}{said}"


@dataclass(frozen=True, slots=True)
class Report:
    """What an adapter keeps; prints as one line a promise, the level first."""

    results: Sequence[Result]

    @property
    def level(self) -> int:
        """The highest level all of whose promises, and those of the levels below, are kept; 0: not even the first."""
        reached = 0
        for level in LEVELS:
            here = [one.ruling for one in self.results if one.level == level]
            if not here or any(ruling in {Ruling.BROKEN, Ruling.UNABLE} for ruling in here):
                return reached
            reached = level
        return reached

    @property
    def broken(self) -> frozenset[str]:
        """Names of the checks that failed."""
        return frozenset(one.name for one in self.results if one.ruling is Ruling.BROKEN)

    def __str__(self) -> str:
        return "\n".join([f"level {self.level} reached", *map(str, self.results)])


class Suite(Protocol):
    """What a check runs in: a class with checks as methods, set up and torn down around each."""

    level: ClassVar[int]

    def setup_method(self) -> None:
        """Make a fresh bench."""

    def teardown_method(self) -> None:
        """Give it up."""


S = TypeVar("S", bound=Suite)
Check = Callable[[S], None]


def hold(kept: object, seen: str) -> None:
    """Break the promise unless `kept` is true; `seen` says what was found instead, without secrets."""
    if not kept:
        raise PromiseBroken(seen)


def promise(level: int) -> Callable[[Check[S]], Check[S]]:
    """Make a method a check of this level: skipped where its bench is unable, loud where the promise is broken.

    A suite that claims a level (`level = 2`) fails where its bench is unable to prove it.
    """

    def checked(check: Check[S]) -> Check[S]:
        @wraps(check)
        def judged(suite: S) -> None:
            result = _judged(check, level, suite)
            if result.ruling is Ruling.BROKEN or (result.ruling is Ruling.UNABLE and suite.level >= level):
                raise PromiseBroken(f"\n  promised (level {level}): {result.promise}\n  seen: {result.seen}") from (
                    result.error
                )
            if result.ruling is not Ruling.KEPT:
                raise unittest.SkipTest(f"{result.ruling}: {result.seen}")

        vars(judged)[_LEVEL] = level
        return judged

    return checked


def _words(check: Callable[..., None]) -> str:
    return " ".join((check.__doc__ or "").split())


def _judged(check: Check[S], level: int, suite: S) -> Result:
    said = _words(check)
    name = check.__name__.removeprefix("test_")
    try:
        check(suite)
    except Unable as reason:
        seen = f"the bench is unable to {reason}, so that level {level} cannot be shown"
        return Result(name, level, said, Ruling.UNABLE, seen)
    except DoesNotApply as reason:
        return Result(name, level, said, Ruling.BESIDE, str(reason))
    except PromiseBroken as broken:
        return Result(name, level, said, Ruling.BROKEN, str(broken), broken)
    except Exception as error:  # noqa: BLE001  # whatever an adapter raises where it should not is a finding
        return Result(name, level, said, Ruling.BROKEN, f"{type(error).__name__}: {error}", error)
    return Result(name, level, said, Ruling.KEPT)


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of a suite: the check that holds it, its level, its words."""

    check: str
    level: int
    promise: str


def promises(suite: type[Suite]) -> list[Promise]:
    """Give all promises of a suite, by level and name."""
    found = [(name, getattr(suite, name)) for name in dir(suite) if name.startswith("test_")]
    made = [Promise(name, vars(check)[_LEVEL], _words(check)) for name, check in found if _LEVEL in vars(check)]
    return sorted(made, key=lambda one: (one.level, one.check))


def certify(suite: type[S]) -> Report:
    """Run every check of a suite and report what is kept; nothing is raised for a broken promise."""
    return Report([_run(suite, one) for one in promises(suite)])


def _run(suite: type[S], one: Promise) -> Result:
    running = suite()
    running.setup_method()
    try:
        return _judged(getattr(suite, one.check).__wrapped__, one.level, running)
    finally:
        running.teardown_method()
