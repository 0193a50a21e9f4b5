"""Faults of the network, injected between the client and any peer, real or simulated.

    transport = FaultyTransport(httpx.HTTPTransport(), [Strike(Fault.LOST_AFTER, call=3, method="PUT")])
    ports = Ports(..., transport=transport)

Nothing of an adapter or of its simulator is involved, so every adapter can be tried, a third party's included.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PAGE = b"<!DOCTYPE html><html><head><title>Please wait</title></head><body><h1>Back soon</h1></body></html>"


class Fault(StrEnum):
    """What goes wrong with one call."""

    LOST_BEFORE = "connection dies before the request is sent"
    RESET = "connection dies while the request is sent; it is not carried out, but the client can't know"
    LOST_AFTER = "request is carried out, the answer is dropped"
    BUSY = "429 with Retry-After; not carried out"
    BUSY_SILENT = "429 with an empty body and no Retry-After; not carried out"
    DOWN = "503 with HTML; not carried out"
    TORN = "request is carried out, the body of its answer is cut in half"
    NOT_JSON = "200 with HTML; not carried out"
    DEAD_TOKEN = "401 until authorised again; not carried out"  # noqa: S105  # a fault's description
    SLOW = "longer than the time-out, yet carried out"


CARRIED_OUT = frozenset({Fault.LOST_AFTER, Fault.TORN, Fault.SLOW})
"""These reach the peer: a write with one of them has had its effect."""


def _any(_: httpx.Request) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Strike:
    """Which calls a fault hits: from the `call`-th (1 is the first) of those that fit, `times` in a row."""

    fault: Fault
    call: int = 1
    times: int = 1
    method: str | None = None
    path: str | None = None
    """A part of the path."""
    when: Callable[[httpx.Request], bool] = _any

    def fits(self, request: httpx.Request) -> bool:
        """Say whether this call is one of those that are counted."""
        return (
            (self.method is None or request.method == self.method)
            and (self.path is None or self.path in request.url.path)
            and self.when(request)
        )


@dataclass(frozen=True, slots=True)
class Passed:
    """One call that came by, for assertions."""

    method: str
    path: str
    fault: Fault | None
    reached: bool
    """Whether it was passed on to the peer."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """How the peer in question says that a token is dead; some adapters look into the body."""

    status: int = 401
    headers: tuple[tuple[str, str], ...] = (("WWW-Authenticate", "Bearer"),)
    body: bytes = b'{"error":"invalid_token"}'


class FaultyTransport(httpx.BaseTransport):
    """A transport that passes calls on to another one, except where a strike hits; the first that hits counts.

    `passed` lists what came by. Not for several threads at once.
    """

    def __init__(
        self, inner: httpx.BaseTransport, strikes: Sequence[Strike], *, refusal: Refusal | None = None
    ) -> None:
        self.passed: list[Passed] = []
        self._inner = inner
        self._counts = [(strike, [0]) for strike in strikes]
        self._refusal = refusal or Refusal()
        self._dead: set[str] = set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Carry out one call, or spoil it."""
        fault = self._hit(request)
        reached = fault is None or fault in CARRIED_OUT
        self.passed.append(Passed(request.method, request.url.path, fault, reached))
        if fault is None:
            return self._inner.handle_request(request)
        if reached:
            return self._after(request, fault)
        return self._instead(request, fault)

    def close(self) -> None:
        """Close the transport below."""
        self._inner.close()

    def _hit(self, request: httpx.Request) -> Fault | None:
        found: Fault | None = None
        for strike, count in self._counts:
            if strike.fits(request):
                count[0] += 1
                if found is None and strike.call <= count[0] < strike.call + strike.times:
                    found = strike.fault
        if found is None and request.headers.get("authorization") in self._dead:
            return Fault.DEAD_TOKEN
        return found

    def _instead(self, request: httpx.Request, fault: Fault) -> httpx.Response:
        match fault:
            case Fault.LOST_BEFORE:
                raise httpx.ConnectError("connection refused", request=request)
            case Fault.RESET:
                raise httpx.WriteError("broken pipe", request=request)
            case Fault.BUSY:
                response = httpx.Response(429, headers={"Retry-After": "1"})
            case Fault.BUSY_SILENT:
                response = httpx.Response(429)
            case Fault.DEAD_TOKEN:
                self._dead.add(request.headers.get("authorization", ""))
                refusal = self._refusal
                response = httpx.Response(refusal.status, headers=list(refusal.headers), content=refusal.body)
            case _:
                status = 200 if fault is Fault.NOT_JSON else 503
                response = httpx.Response(status, headers={"Content-Type": "text/html"}, content=_PAGE)
        return response

    def _after(self, request: httpx.Request, fault: Fault) -> httpx.Response:
        response = self._inner.handle_request(request)
        try:
            body = response.read()
        finally:
            response.close()
        if fault is Fault.SLOW:
            raise httpx.ReadTimeout("timed out", request=request)
        if fault is Fault.LOST_AFTER or not body:  # of an empty body there is no half
            raise httpx.RemoteProtocolError("peer closed connection without answering", request=request)
        headers = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_WHOLE]
        return httpx.Response(response.status_code, headers=headers, content=body[: len(body) // 2])


_OF_THE_WHOLE = frozenset({"content-length", "content-encoding", "transfer-encoding"})


def random_strikes(seed: int, *, calls: int, share: float, faults: Sequence[Fault] = tuple(Fault)) -> list[Strike]:
    """Draw a plan: each of the first `calls` calls is hit with probability `share`. The same seed, the same plan."""
    random = Random(seed)  # noqa: S311  # a plan that can be repeated, not a secret
    return [Strike(random.choice(faults), call=number) for number in range(1, calls + 1) if random.random() < share]
