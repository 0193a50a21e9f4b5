"""What the tests of the client talk to: scripted peers, a clock that stands still, a log that is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import httpx

from tieout.adapter import Bearer, Service
from tieout.http.client import Client
from tieout.http.memory import MemoryTokens, MemoryWindows
from tieout.http.ports import Ports
from tieout.http.protocols import Tokens
from tieout.http.redact import Redaction
from tieout.secrets import Secret

URL = "https://api.example.com"
TOKEN = "canary-bearer-4711"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

Step = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class StillClock:
    """Moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.instant = START
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.instant

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.instant += timedelta(seconds=seconds)


class Lines:
    """A log that is kept."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, object]]] = []

    def info(self, event: str, **facts: object) -> None:
        self.lines.append((event, facts))

    debug = info

    def warning(self, event: str, **facts: object) -> None:
        self.lines.append((event, facts))


class Peer(httpx.BaseTransport):
    """Answers with one step after the other; the last one stands for all further calls."""

    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        if isinstance(step, httpx.Response):
            return httpx.Response(step.status_code, headers=step.headers, content=step.content)
        return step(request)


@dataclass
class Login:
    """A token endpoint with one-time refresh tokens and a grace for the last one, and an API behind it."""

    grace: bool = True
    lifetime: int | None = 1800
    extra: Mapping[str, str] = field(default_factory=dict)
    lose: int = 0
    """So many answers of the token endpoint get lost on their way."""
    issued: int = 0
    forms: list[dict[str, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    reused: int = 0
    living: str = ""
    refresh: str = "refresh-canary-0"
    previous: str = ""

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            return self.token(request)
        self.calls.append(request.headers["authorization"])
        if request.headers["authorization"] != f"Bearer {self.living}":
            return httpx.Response(401, json={"title": "dead"})
        return httpx.Response(200, json={"ok": True})

    def token(self, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode()))
        self.forms.append(form | {"authorization": request.headers.get("authorization", "")})
        if form["grant_type"] == "refresh_token" and not self.rotates(form["refresh_token"]):
            return httpx.Response(400, json={"error": "invalid_grant", "error_description": "expired"})
        self.issued += 1
        self.living = f"access-canary-{self.issued}"
        answer: dict[str, object] = {"access_token": self.living, "token_type": "Bearer", "scope": "a b", **self.extra}
        if self.lifetime is not None:
            answer["expires_in"] = self.lifetime
        if form["grant_type"] in {"refresh_token", "authorization_code"}:
            answer["refresh_token"] = self.refresh
        if self.lose:
            self.lose -= 1
            raise httpx.ReadTimeout("lost")
        return httpx.Response(200, json=answer)

    def rotates(self, given: str) -> bool:
        if given == self.refresh:
            self.previous, self.refresh = self.refresh, f"refresh-canary-{self.issued + 1}"
            return True
        self.reused += 1
        return self.grace and given == self.previous


@dataclass
class Bench:
    """One client and all that is around it."""

    peer: httpx.BaseTransport
    service: Service = field(default_factory=lambda: Service(URL, Bearer()))
    credentials: Mapping[str, Secret] = field(default_factory=lambda: {"token": Secret(TOKEN)})
    tokens: Tokens = field(default_factory=MemoryTokens)
    windows: MemoryWindows = field(default_factory=MemoryWindows)
    clock: StillClock = field(default_factory=StillClock)
    log: Lines = field(default_factory=Lines)
    permit: Callable[[], object] = lambda: None

    def ports(self) -> Ports:
        return Ports(
            self.tokens,
            self.windows,
            self.clock,
            self.log,
            Redaction(),
            random=lambda: 0.5,
            transport=self.peer,
            permit=self.permit,
        )

    def client(self) -> Client:
        return Client("books", self.service, self.credentials, self.ports())


def ok(text: str = "{}", **headers: str) -> httpx.Response:
    return httpx.Response(200, content=text.encode(), headers={"content-type": "application/json", **headers})
