"""Scripted answers, for what no simulator gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from contract.spotlercrm.world import START, Notes
from tieout.adapter import Answer, Connection, Tools
from tieout.http.codec import decode, encode
from tieout_spotlercrm.adapter import SpotlerAdapter

Script = Callable[[str, str, Mapping[str, str]], Any]


class Told:
    """One answer; None is an empty one."""

    def __init__(self, body: Any, status: int = 200) -> None:
        self.status = status
        self.headers: Mapping[str, str] = {}
        self.text = "" if body is None else encode(body).decode()

    def json(self) -> Any:
        return decode(self.text.encode())


class Canned:
    """A client whose answers are made by a function of method, path and parameters; an exception is raised."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[tuple[str, str, Mapping[str, str], Any]] = []

    def __call__(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
        read: bool = False,
    ) -> Answer:
        self.asked.append((method, path, params or {}, json))
        told = self.script(method, path, params or {})
        if isinstance(told, Exception):
            raise told
        return told if isinstance(told, Told) else Told(told)


def opened(script: Script, ends: datetime | None = None, **options: Any) -> tuple[Connection, Canned]:
    canned = Canned(script)
    tools = Tools(canned, lambda: START, Notes(), lambda: ends)
    return SpotlerAdapter().open({"account": "acme", "currency": "GBP", **options}, tools), canned


def listed(*records: Any, more: bool = False, total: int | None = None) -> dict[str, Any]:
    metadata = {"object_type": "list", "has_more": more, "total_count": len(records) if total is None else total}
    return {"metadata": metadata, "list": [{"metadata": {}, "record": record} for record in records]}


def fields(*names: str) -> dict[str, Any]:
    return listed(*({"name": name, "label": name.title()} for name in names))
