"""Answers and failures that a read gets over."""

from __future__ import annotations

import httpx

from unit.http.peers import ok

PAGE = httpx.Response(503, text="<html><body>Back <b>soon</b></body></html>")

TRANSIENT = [
    httpx.Response(429),
    httpx.Response(420),
    httpx.Response(500, json={"oops": 1}),
    PAGE,
    httpx.Response(408),
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("cut"),
    ok('{"half": [1, 2'),
    ok('{"a": NaN}'),
    httpx.Response(200, text="<html>please log in</html>"),
]
