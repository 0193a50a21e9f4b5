"""Keeping to the system's limits before each call, and learning from each answer what is left."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from tieout.errors import NotNow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tieout.http.ports import Ports
    from tieout.model import Limits

DAY = 86400
MOST_ROUNDS = 20
"""Waits for one free call; more means that others take all of them."""


class Pacing:
    """The windows of one connection. `Limits.share` counts for windows of a day and longer."""

    def __init__(self, connection: str, limits: Limits, ports: Ports) -> None:
        self._connection = connection
        self._limits = limits
        self._ports = ports
        self._slots = BoundedSemaphore(max(limits.concurrent, 1))

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the calls that may run at the same time."""
        with self._slots:
            yield

    def wait(self) -> None:
        """Count one call in every window, waiting where a short one is full. Raises NotNow where a wait is too long."""
        for seconds in sorted(self._limits.windows):
            self._wait_for(seconds)

    def learn(self, left: Mapping[int, int]) -> None:
        """Take over what an answer said is left, less what the share leaves to others."""
        now = self._ports.clock.now()
        for seconds, calls in left.items():
            limit = self._limits.windows.get(seconds)
            if limit is not None:
                reserve = limit - self._ours(seconds, limit)
                self._ports.windows.seen(self._connection, seconds, max(calls - reserve, 0), now)

    def used_up(self, left: Mapping[int, int]) -> int | None:
        """Give the long window that an answer says is empty: that is not waited for, but ends the run."""
        return next((seconds for seconds, calls in left.items() if seconds >= DAY and calls <= 0), None)

    def _wait_for(self, seconds: int) -> None:
        limit = self._ours(seconds, self._limits.windows[seconds])
        for _ in range(MOST_ROUNDS):
            now = self._ports.clock.now()
            wait = self._ports.windows.take(self._connection, seconds, limit, now)
            if wait <= 0:
                return
            if wait > self._ports.policy.patience:
                raise self._not_now(seconds, limit, wait)
            self._ports.log.debug("paced", window_seconds=seconds, wait_seconds=round(wait, 1))
            self._ports.clock.sleep(wait)
        raise self._not_now(seconds, limit, wait)

    def _ours(self, seconds: int, limit: int) -> int:
        return int(limit * self._limits.share) if seconds >= DAY else limit

    def _not_now(self, seconds: int, limit: int, wait: float) -> NotNow:
        until = self._ports.clock.now() + timedelta(seconds=wait)
        whole = self._limits.windows[seconds]
        part = f" ({limit} of {whole}, a share of {self._limits.share})" if limit != whole else ""
        return NotNow(
            f"{self._connection}: the {limit} calls of {_period(seconds)}{part} are used up;"
            f" again at {until:%Y-%m-%d %H:%M:%S} UTC",
            mend="run again then; fewer or larger runs need fewer calls",
            until=until,
        )


def _period(seconds: int) -> str:
    names = {1: "a second", 60: "a minute", 3600: "an hour", DAY: "a day"}
    return names.get(seconds, f"{seconds} s")
