"""One exchange over httpx: what goes out, what came back, and whether a failure may have reached the server."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from tieout.errors import AnswerLost, BadAnswer
from tieout.http.codec import NotJson, decode

if TYPE_CHECKING:
    from datetime import datetime

    from tieout.http.protocols import Clock
    from tieout.model import Value

CONNECT_SECONDS = 10.0
READ_SECONDS = 120.0
"""Between two pieces of an answer."""
ANSWER_SECONDS = 600.0
"""For a whole answer; Salesforce ends a call itself after ten minutes (facts/salesforce 2.3)."""
LARGEST = 64 * 1024 * 1024
"""Bytes of one answer, unpacked."""

NO_ANSWER_YET = object()


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the adapter asked for it."""

    method: str
    path: str
    params: Mapping[str, str] | None = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = False
    read: bool = False

    @property
    def writes(self) -> bool:
        """Say whether it changes something."""
        return not self.read and self.method not in {"GET", "HEAD", "OPTIONS"}

    @property
    def wants_json(self) -> bool:
        """Say whether an answer that is not JSON is broken; not if the adapter asked for something else by Accept."""
        accept = {name.lower(): value for name, value in self.headers.items()}.get("accept", "application/json")
        return "json" in accept or accept == "*/*"


@dataclass(slots=True)
class Reply:
    """Implements `tieout.adapter.Answer`: 2xx or 304, with lower-case header names."""

    status: int
    headers: Mapping[str, str]
    text: str
    call: Call = field(repr=False)
    _parsed: object = field(default=NO_ANSWER_YET, repr=False)

    def json(self) -> Value:
        """Give the body, numbers as Decimal. If it is no JSON: BadAnswer, for a write AnswerLost."""
        if self._parsed is NO_ANSWER_YET:
            try:
                self._parsed = decode(self.text.encode("utf-8", "surrogatepass"))
            except NotJson as error:
                raise unreadable(self.call, str(error) if self.text else "it is empty") from None
        return self._parsed  # type: ignore[return-value]  # the sentinel is gone; all else came from decode


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer of any status, as bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, whatever it is."""
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Broken:
    """No answer. `sent`: the request may have reached the server; `hopeless`: trying again can't help."""

    why: str
    sent: bool
    hopeless: bool = False


def unreadable(call: Call, why: str) -> BadAnswer | AnswerLost:
    """Give the error for a 2xx answer that can't be read: for a write it may well have been done."""
    if call.writes:
        return AnswerLost(f"the answer to {call.method} {call.path} can't be read: {why}")
    return BadAnswer(f"the answer to {call.method} {call.path} can't be read: {why}")


def timeouts() -> httpx.Timeout:
    """Give the time limits of every exchange."""
    return httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS)


def exchange(client: httpx.Client, request: httpx.Request, clock: Clock) -> Raw | Broken:
    """Send once and read the whole answer; failures of the transport are values."""
    started = clock.now()
    try:
        response = client.send(request, stream=True)
        try:
            body = _body(response, clock, started)
        finally:
            response.close()
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
        return _never_sent(error)
    except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL) as error:
        return Broken(f"it can't be sent: {type(error).__name__}", sent=False, hopeless=True)
    except (httpx.HTTPError, httpx.StreamError) as error:
        return Broken(_plain(error), sent=True)
    if isinstance(body, Broken):
        return body
    return Raw(response.status_code, {name.lower(): value for name, value in response.headers.items()}, body)


def _body(response: httpx.Response, clock: Clock, started: datetime) -> bytes | Broken:
    pieces: list[bytes] = []
    size = 0
    for piece in response.iter_bytes():
        size += len(piece)
        if size > LARGEST:
            return Broken(f"the answer is larger than {LARGEST // 1024 // 1024} MB", sent=True, hopeless=True)
        if (clock.now() - started).total_seconds() > ANSWER_SECONDS:
            return Broken(f"the answer did not end within {ANSWER_SECONDS:.0f} s", sent=True)
        pieces.append(piece)
    return b"".join(pieces)


def _never_sent(error: httpx.TransportError) -> Broken:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Broken(f"its certificate is not trusted ({cause.verify_message})", sent=False, hopeless=True)
        cause = cause.__cause__ or cause.__context__
    return Broken(_plain(error), sent=False)


def _plain(error: Exception) -> str:
    words: dict[type[Exception], str] = {
        httpx.ConnectError: "no connection",
        httpx.ConnectTimeout: f"no connection within {CONNECT_SECONDS:.0f} s",
        httpx.ReadTimeout: f"no answer within {READ_SECONDS:.0f} s",
        httpx.RemoteProtocolError: "the connection ended within the answer",
        httpx.DecodingError: "the answer is torn",
    }
    said = words.get(type(error), type(error).__name__)
    return f"{said} ({error})" if isinstance(error, httpx.ConnectError) and str(error) else said
