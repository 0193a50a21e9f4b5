"""Where the browser comes back to after a person's consent: one answer on this machine, then gone."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, urlsplit

from tieout.errors import Unauthorised, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "/callback"
_PAGE = b"""<!doctype html><meta charset="utf-8"><title>Tieout</title>
<p style="font:1.2em sans-serif;margin:4em">That is all; you can close this page and go back to the terminal.</p>"""


class _Server(HTTPServer):
    came_back: Mapping[str, str] | None = None


class _Handler(BaseHTTPRequestHandler):
    timeout = 5

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path != PATH:
            self.send_error(404)
            return
        if isinstance(self.server, _Server):
            self.server.came_back = dict(parse_qsl(address.query))
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(_PAGE)))
        self.end_headers()
        self.wfile.write(_PAGE)

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: the address holds a code."""


class Listener:
    """Listens on the loopback address while it is open. Raises UsageError for a port that is taken."""

    def __init__(self, port: int) -> None:
        try:
            self._server = _Server(("127.0.0.1", port), _Handler)
        except OSError as error:
            raise UsageError(
                f"port {port} can't be used: {error.strerror}", mend="name another --port, or use --paste"
            ) from error

    @property
    def address(self) -> str:
        """What to register with the app; localhost, for some systems refuse 127.0.0.1."""
        return f"http://localhost:{self._server.server_address[1]}{PATH}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    def wait(self, seconds: float, again: str) -> Mapping[str, str]:
        """Give the query with which the browser came back. Raises Unauthorised if it never did."""
        until = time.monotonic() + seconds
        while self._server.came_back is None:
            left = until - time.monotonic()
            if left <= 0:
                raise Unauthorised("nobody consented in time; nothing was stored", mend=again)
            self._server.timeout = left
            self._server.handle_request()
        return self._server.came_back
