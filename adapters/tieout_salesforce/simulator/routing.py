"""Requests, answers and the table that connects them to what carries them out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from tieout_salesforce.simulator.encoding import decode
from tieout_salesforce.simulator.problems import BAD_REQUEST, NOT_ALLOWED, not_found, refuse

if TYPE_CHECKING:
    from tieout_salesforce.simulator.world import World

OK, CREATED, NO_CONTENT, MULTIPLE, NOT_MODIFIED, PRECONDITION = 200, 201, 204, 300, 304, 412


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Header names are lower case; `base` is scheme and host as the caller wrote them."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base: str = ""
    args: tuple[str, ...] = ()
    """What the path's variable parts hold."""
    user: str = ""
    token: str = ""
    version: str = ""

    def json(self) -> Any:
        """Read the body; raises RequestRefused (JSON_PARSER_ERROR)."""
        try:
            return decode(self.body)
        except ValueError as error:
            raise refuse(BAD_REQUEST, "JSON_PARSER_ERROR", f"Unexpected character or end of input: {error}") from None

    def record(self) -> dict[str, Any]:
        """Read a body that is one JSON object."""
        body = self.json()
        if not isinstance(body, dict):
            raise refuse(BAD_REQUEST, "JSON_PARSER_ERROR", "The HTTP entity body must be a JSON object")
        return body


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `body` None sends nothing."""

    status: int = OK
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[["World", Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One resource: `kind` is the name under which its calls are counted, `write` whether it may change records."""

    method: str
    pattern: re.Pattern[str]
    kind: str
    handler: Handler
    write: bool = False


def route(method: str, path: str, kind: str, handler: Handler, *, write: bool = False) -> Route:
    """Make a route; `*` in a path is one variable part, and a trailing slash changes nothing (section 2.1)."""
    pattern = "([^/]+)".join(re.escape(piece) for piece in path.split("*"))
    return Route(method, re.compile(pattern + "/?"), kind, handler, write)


def find(routes: Sequence[Route], method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    """Find what answers a request; raises RequestRefused (NOT_FOUND, METHOD_NOT_ALLOWED).

    `path` is as it was sent, so that an external id may hold an encoded slash; a bare plus is a blank (section 2.6).
    """
    allowed: list[str] = []
    for one in routes:
        match = one.pattern.fullmatch(path)
        if match and one.method == method:
            return one, tuple(unquote_plus(part) for part in match.groups())
        if match:
            allowed.append(one.method)
    if allowed:
        message = f"HTTP Method '{method}' not allowed. Allowed are {','.join(sorted(set(allowed)))}"
        raise refuse(NOT_ALLOWED, "METHOD_NOT_ALLOWED", message)
    raise not_found()
