"""The wire between a run and both systems: counts requests, and at a numbered one does something to who sent it.

The systems stand behind it in a process of their own and know nothing of it. Requests of all connections are numbered
together, in the order in which they arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Literal
from urllib.parse import urlsplit

Phase = Literal["arrived", "carried out", "answered"]
PHASES: tuple[Phase, ...] = ("arrived", "carried out", "answered")
"""Before the system sees the request; after it did what was asked; after its answer was handed over."""
HOPS = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
"""Headers of one hop; the lengths are told anew, for bodies are read whole."""
ERRORS = 400
HOLDS = 60
"""Seconds after which a system counts as hung."""


@dataclass(frozen=True, slots=True)
class Done:
    """One request that was carried out; `key`: by which the system knows it again and does not repeat it."""

    method: str
    path: str
    body: bytes
    key: str | None


@dataclass
class Wire:
    """All connections to both systems."""

    number: int = 0
    """Requests since the last `expect`."""
    at: tuple[int | str, Phase] | None = None
    """Number of a request, or method and path of the first such one."""
    act: Callable[[], bool] = lambda: False
    """What happens there; True: the wire breaks."""
    sent: list[tuple[str, int]] = field(default_factory=list)
    """Method and path of each request since then, and what `commits` gave when it arrived."""
    commits: Callable[[], int] = lambda: 0
    change: Callable[[str, bytes], bytes] = lambda _, answer: answer
    """What becomes of an answer on its way, by the method and path of its request."""
    done: list[Done] = field(default_factory=list)
    """Every request that its system carried out, until somebody empties this."""
    _lock: Lock = field(default_factory=Lock)

    def expect(self, at: tuple[int | str, Phase] | None = None, act: Callable[[], bool] = lambda: False) -> None:
        """Count from nought, and call `act` at one boundary."""
        with self._lock:
            self.number, self.at, self.act, self.sent = 0, at, act, []

    def next(self, what: str) -> int:
        """Number a request that has arrived as a whole."""
        with self._lock:
            self.number += 1
            self.sent.append((what, self.commits()))
            if self.at is not None and self.at[0] == what:
                self.at = (self.number, self.at[1])
            return self.number

    def reach(self, number: int, phase: Phase) -> bool:
        """Act if this is the boundary; say whether the wire breaks there."""
        return self.at == (number, phase) and self.act()


@contextmanager
def before(wire: Wire, system: str) -> Iterator[str]:
    """Put the wire before a system and give the address that leads through it."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.wire, server.system = wire, urlsplit(system).netloc
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    wire: Wire
    system: str

    def handle_error(self, request: object, client_address: object) -> None:
        """A process that was killed leaves its connections as they are."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _pass(self) -> None:
        wire = self.server.wire
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        number = wire.next(f"{self.command} {urlsplit(self.path).path}")
        if wire.reach(number, "arrived"):
            self.close_connection = True
            return
        status, headers, answer = self._carried_out(body)
        answer = wire.change(f"{self.command} {urlsplit(self.path).path}", answer)
        if status < ERRORS:
            wire.done.append(Done(self.command, self.path, body, self.headers.get("idempotency-key")))
        if wire.reach(number, "carried out"):
            self.close_connection = True
            return
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.wfile.flush()
        wire.reach(number, "answered")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815  # the standard library's names

    def _carried_out(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        # The Host that the run wrote stays: addresses in answers then lead through the wire, too.
        system = HTTPConnection(self.server.system, timeout=HOLDS)
        try:
            system.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in HOPS:
                    system.putheader(name, value)
            system.putheader("Content-Length", str(len(body)))
            system.putheader("Connection", "close")
            system.endheaders(body)
            answer = system.getresponse()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOPS]
            return answer.status, kept, answer.read()
        finally:
            system.close()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
