"""Being stopped: at once by a signal while only reading, after the batch in hand by a signal or a deadline."""

from __future__ import annotations

import signal
from contextlib import suppress
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING, ClassVar, Self

from tieout.errors import TieoutError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import FrameType


class Terminated(BaseException):
    """SIGTERM arrived."""


class DeadlineReached(TieoutError):
    """The time that this run was given is over; what was done is kept, and the next run goes on."""

    exit_code: ClassVar[int] = 75


class Stopping:
    """Takes SIGINT and SIGTERM while it is open: KeyboardInterrupt or Terminated.

    From `hold` to the next `check` the first signal waits, and `told` is called; a second one does not wait. `until`:
    the deadline, seen by `check`, and by `sleep` while nothing is in hand.
    """

    def __init__(
        self, now: Callable[[], datetime], *, until: datetime | None = None, told: Callable[[], object] = lambda: None
    ) -> None:
        self._now = now
        self._until = until
        self._told = told
        self._number: int | None = None
        self._holding = False
        self._noted = Event()
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError):  # not in the main thread: then whoever owns it has the signals
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what `signal` itself gave
        self._before.clear()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self._number is not None or not self._holding:
            raise _meaning(number)
        self._number = number
        self._noted.set()
        self._told()

    def hold(self) -> None:
        """Have something in hand that must be finished first: a write, and what its answer means."""
        self._holding = True

    def check(self) -> None:
        """Have nothing in hand; raise KeyboardInterrupt, Terminated or DeadlineReached if it is time to stop."""
        self._holding = False
        if self._number is not None:
            raise _meaning(self._number)
        self._in_time(0.0)

    def sleep(self, seconds: float) -> None:
        """Wait; a signal ends it. With nothing in hand, a wait that would outlast the deadline is not begun."""
        if not self._holding:
            self._in_time(max(seconds, 0.0))
        if self._noted.wait(max(seconds, 0.0)):
            self.check()

    def _in_time(self, ahead: float) -> None:
        if self._until is not None and self._now() + timedelta(seconds=ahead) >= self._until:
            raise DeadlineReached(
                "the deadline is reached; what was done is kept", mend="the next run goes on from here"
            )


def _meaning(number: int) -> BaseException:
    return Terminated() if number == signal.SIGTERM else KeyboardInterrupt()
