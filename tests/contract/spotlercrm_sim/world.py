"""A simulated SpotlerCRM account on a real socket, and a raw client that holds its token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from tieout_spotlercrm.simulator import SpotlerSimulator

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Stage:
    """An ASGI application whose play can be changed: one server for many fresh accounts."""

    def __init__(self) -> None:
        self.url = ""
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None, "nothing is played"
        await self.app(scope, receive, send)


@dataclass
class Sim:
    """One account. `read` and `write` fail where another status comes than the one that is asked for."""

    simulator: SpotlerSimulator
    http: httpx.Client

    def read(self, path: str, status: int = 200, **params: Any) -> Any:
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        return self._told(self.http.get(path, params=texts), status)

    def write(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        content = None if body is None else json.dumps(body)
        return self._told(self.http.request(method, path, content=content), status)

    def order(self, name: str, /, **order: Any) -> Any:
        return self._told(self.http.post(f"/__sim__/{name}", json=order), 200)

    def make(self, name: str, /, **fields: Any) -> int:
        made = self.write("POST", f"/{name}", fields, 201)
        return int(made["record"]["id"])

    def rows(self, path: str, **params: Any) -> list[Any]:
        return [one["record"] for one in self.read(path, **params)["list"]]

    @staticmethod
    def _told(answer: httpx.Response, status: int) -> Any:
        assert answer.status_code == status, answer.text
        return json.loads(answer.text, parse_float=Decimal)


@contextmanager
def playing(stage: Stage, simulator: SpotlerSimulator) -> Iterator[Sim]:
    """Give a fresh account whose clock stands still."""
    stage.app = simulator.app(lambda: START)
    token = simulator.access(stage.url)["access_token"]
    with httpx.Client(
        base_url=stage.url, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False
    ) as http:
        yield Sim(simulator, http)
