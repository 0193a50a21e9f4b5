"""Answers of a system, damaged between it and the client: types, sizes, encodings, numbers, ids, statuses, headers."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import httpx

from .spoiling import torn

HUGE = 10_000_000
"""Characters of the longest text."""
STATUSES = (200, 201, 204, 206, 301, 302, 304, 400, 401, 403, 404, 409, 418, 429, 500, 503)
HEADERS = {
    "Retry-After": ("soon", "-1", "1", "0", "Fri, 31 Feb 2026 99:00:00 GMT", "9" * 30),
    "Content-Type": ("text/html", "application/json; charset=utf-16", "", "application/json; charset=klingon"),
    "Date": ("yesterday", "Sun, 01 Jan 1900 00:00:00 GMT", ""),
    "Location": ("http://elsewhere.invalid/", "//", "javascript:x"),
    "X-Rate-Limit-Problem": ("day", "", "x" * 100),
    "Sforce-Limit-Info": ("api-usage=x/y", "api-usage=99999999999999999999/1", ""),
}


class Garbler(httpx.BaseTransport):
    """Passes calls on, and damages about every second answer once it is armed."""

    def __init__(self, inner: httpx.BaseTransport, chance: Random) -> None:
        self.armed = False
        self._inner, self._chance = inner, chance

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        if not self.armed or self._chance.random() < 0.5:
            return answer
        answer.read()
        status, headers, body = answer.status_code, dict(answer.headers), answer.content
        match self._chance.randrange(10):
            case 0:
                status = self._chance.choice(STATUSES)
            case 1:
                name = self._chance.choice(list(HEADERS))
                headers[name.lower()] = self._chance.choice(HEADERS[name])
            case 2:
                body = torn(body, self._chance) if body else b"\x00"
            case 3:
                body = self._recoded(body)
            case _:
                body = self._garbled(body)
        headers.pop("content-length", None)
        return httpx.Response(status, headers=headers, content=body, request=request)

    def _recoded(self, body: bytes) -> bytes:
        text = body.decode("utf-8", "replace")
        encoding = self._chance.choice(("utf-16", "latin-1", "utf-8-sig", "utf-32", "cp1252"))
        return text.encode(encoding, "replace")

    def _garbled(self, body: bytes) -> bytes:
        try:
            answer = json.loads(body)
        except ValueError:
            return torn(body, self._chance) if body else b"null"
        for _ in range(self._chance.randint(1, 3)):
            answer = self._spoil(answer)
        return json.dumps(answer).encode()

    def _spoil(self, node: Any) -> Any:
        """Go down by chance, and put something else there."""
        if isinstance(node, dict) and node and self._chance.random() < 0.85:
            return self._spoil_object(node)
        if isinstance(node, list) and node and self._chance.random() < 0.85:
            place = self._chance.randrange(len(node))
            match self._chance.randrange(6):
                case 0:
                    return [*node, node[place]]
                case 1:
                    return node[:place] + node[place + 1 :]
                case _:
                    return [*node[:place], self._spoil(node[place]), *node[place + 1 :]]
        return self._hostile(node)

    def _spoil_object(self, node: dict[str, Any]) -> dict[str, Any]:
        name, other = self._chance.choice(list(node)), self._chance.choice(list(node))
        match self._chance.randrange(8):
            case 0:
                return {key: inner for key, inner in node.items() if key != name}
            case 1:
                return {**node, name: node[other]}
            case 2:
                return {**node, name.swapcase(): node[name]}
            case _:
                return {**node, name: self._spoil(node[name])}

    def _hostile(self, node: Any) -> Any:
        deep: Any = node
        for _ in range(self._chance.choice((1, 50, 300))):
            deep = [deep]
        text = "x" * (HUGE if self._chance.random() < 0.01 else 70_000)
        plain: tuple[Any, ...] = (
            None, True, False, 0, -1, 10**400, 1e308, -0.0, float("nan"), float("inf"), "", " ", "\x00", "\ud800",
            "0", "true", "null", "NaN", "2026-13-45", "/Date(x)/", "/Date(99999999999999999999)/", [], {}, [[]],
            [None], {"": None}, "00000000-0000-0000-0000-000000000000", "001000000000000AAA", "../..", "é" * 300,
            "<script>", "=1+1", "${env:HOME}", text, deep, str(node), [node], {"x": node},
        )  # fmt: skip
        return self._chance.choice(plain)
