"""A peer that answers at once: two objects kept in memory, pages rendered once, writes answered with ids and stamps.

Run as a process of its own (`python -m tests.bench.server COUNT`), so that its time and memory are not the engine's.
It prints its port when it listens.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

import uvicorn

PAGE = 1000
FIELDS = 13


def row(kind: str, number: int) -> dict[str, Any]:
    """Make one record of some 330 bytes."""
    fields = {f"F{n}": f"{kind} {number} value {n}" for n in range(FIELDS - 3)}
    return {
        "Id": f"{kind}{number:07}", "Stamp": "2026-01-01T00:00:00Z", "Key": None, "Code": f"C{number:07}",
        **fields, "Amount": number / 4, "City": "Münster", "Active": True,
    }  # fmt: skip


class World:
    """Both objects of the peer."""

    def __init__(self, count: int) -> None:
        """Fill the first object; the second is empty."""
        self.rows: dict[str, dict[str, dict[str, Any]]] = {
            "left": {one["Id"]: one for one in (row("L", n) for n in range(count))},
            "right": {},
        }
        self.pages: dict[tuple[str, int], bytes] = {}
        self.clock = 0
        self.calls = 0

    def stamp(self) -> str:
        """Give a later stamp each time."""
        self.clock += 1
        return f"2026-02-01T00:{self.clock // 60 % 60:02}:{self.clock % 60:02}Z"

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> bytes:
        """Answer one call."""
        self.calls += 1
        name = path.strip("/")
        if name == "calls":
            return json.dumps({"calls": self.calls}).encode()
        rows = self.rows[name.removeprefix("touch/")]
        if method == "GET" and "ids" in query:
            return json.dumps({"rows": [rows[i] for i in query["ids"].split(",") if i in rows]}).encode()
        if method == "GET":
            return self.page(name, query)
        if name.startswith("touch/"):
            return self.touch(name.removeprefix("touch/"), int(query["every"]))
        self.pages.clear()
        return self.write(name, json.loads(body)["rows"])

    def page(self, name: str, query: dict[str, str]) -> bytes:
        """Give one page, all or those changed since a stamp."""
        since, number = query.get("since", ""), int(query.get("page", "0"))
        if not since and (name, number) in self.pages:
            return self.pages[name, number]
        rows = [one for one in self.rows[name].values() if one["Stamp"] > since]
        cut = rows[number * PAGE : (number + 1) * PAGE]
        last = max((one["Stamp"] for one in self.rows[name].values()), default="")
        text = json.dumps({"rows": cut, "more": (number + 1) * PAGE < len(rows), "stamp": last}).encode()
        if not since:
            self.pages[name, number] = text
        return text

    def write(self, name: str, sent: list[dict[str, Any]]) -> bytes:
        """Create or update, and answer with the whole records."""
        rows, out, stamp = self.rows[name], [], self.stamp()
        for one in sent:
            id_ = one.get("Id") or f"R{len(rows):07}"
            rows[id_] = {**row_of(rows.get(id_)), **one, "Id": id_, "Stamp": stamp}
            out.append(rows[id_])
        return json.dumps({"rows": out}).encode()

    def touch(self, name: str, every: int) -> bytes:
        """Have another user change one field of every n-th record."""
        self.pages.clear()
        stamp = self.stamp()
        for place, one in enumerate(self.rows[name].values()):
            if place % every == (0 if name == "left" else 1):
                one.update(F3=f"edited {self.clock}", Stamp=stamp)
        return b"{}"


def row_of(old: dict[str, Any] | None) -> dict[str, Any]:
    """Give what a record had, every field null in a new one."""
    return old if old is not None else dict.fromkeys(row("R", 0))


async def _respond(send: Any, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def application(world: World) -> Any:
    """Give the ASGI application."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        pairs = [pair.split("=", 1) for pair in scope["query_string"].decode().split("&") if "=" in pair]
        query = {name: value.replace("%2C", ",").replace("%3A", ":") for name, value in pairs}
        await _respond(send, world.answer(scope["method"], scope["path"], query, body))

    return app


def main() -> None:
    """Serve until the standard input closes."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(application(World(int(sys.argv[1]))), log_level="critical", lifespan="off")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
