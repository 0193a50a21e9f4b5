"""Logs: to standard error, readable on a terminal, one JSON object a line elsewhere; ids, never payloads.

Every event passes the redaction that also knows the tokens of this process.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Protocol, Self, TextIO, cast

import structlog

from tieout.adapter import Log

if TYPE_CHECKING:
    from structlog.typing import EventDict

    from tieout.http.redact import Redaction

QUIET, NORMAL, EVERYTHING = logging.WARNING, logging.INFO, logging.DEBUG
"""Of a run: what went wrong; what it did; every call it made."""


class BoundLog(Log, Protocol):
    """A log that can be given more facts for all its lines."""

    def bind(self, **facts: str) -> Self:
        """Give a log whose lines hold these facts, too."""


def _first_things_first(_logger: object, _method: str, event: EventDict) -> EventDict:
    head = {name: event[name] for name in ("timestamp", "level", "event") if name in event}
    return head | {name: value for name, value in event.items() if name not in head}


def make_log(redaction: Redaction, level: int, stream: TextIO | None = None) -> BoundLog:
    """Make the log of one command. Nothing global is configured."""
    out = stream or sys.stderr
    console = out.isatty()
    last: Any = structlog.dev.ConsoleRenderer(colors=console) if console else structlog.processors.JSONRenderer()
    logger = structlog.wrap_logger(
        structlog.PrintLogger(out),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            redaction,
            _first_things_first,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    return cast("BoundLog", logger)
