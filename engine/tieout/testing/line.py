"""What stands around a connection on trial: a log that is kept, a clock that may be wrong, a wire that may break."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from tieout.testing.bench import Bench


class Notes:
    """A log that keeps every line."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, event: str, **facts: object) -> None:
        """Keep a line."""
        self.lines.append(f"{event} {facts!r}")

    debug = info

    def warning(self, event: str, **facts: object) -> None:
        """Keep a line."""
        self.lines.append(f"{event} {facts!r}")


@dataclass(frozen=True, slots=True)
class Skewed:
    """The bench's clock as a machine with a wrong one sees it."""

    bench: Bench
    by: timedelta

    def now(self) -> datetime:
        """Give the wrong time."""
        return self.bench.now() + self.by

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.bench.sleep(seconds)


@cache
def _trusted() -> ssl.SSLContext:
    """Read the authorities that are trusted once: it takes longer than most checks."""
    return httpx.create_ssl_context()


class Line(httpx.BaseTransport):
    """The wire of one connection: carries calls to the peer or to what stands in its way, and knows what they bore."""

    def __init__(self) -> None:
        self._network = httpx.HTTPTransport(verify=_trusted())
        self._carrier: httpx.BaseTransport = self._network
        self.calls = 0
        self.tokens: set[str] = set()
        """Every token that was sent."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one call."""
        self.calls += 1
        _, _, token = request.headers.get("authorization", "").partition(" ")
        if token:
            self.tokens.add(token)
        return self._carrier.handle_request(request)

    def close(self) -> None:
        """Close the network."""
        self._network.close()

    @contextmanager
    def through(self, make: Callable[[httpx.BaseTransport], httpx.BaseTransport]) -> Iterator[None]:
        """Put something in the way for the length of a `with`."""
        self._carrier = make(self._network)
        try:
            yield
        finally:
            self._carrier = self._network
