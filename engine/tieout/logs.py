"""Logs: to standard error, readable on a terminal, one JSON object a line elsewhere; ids, never payloads.

Every event passes the redaction that also knows the tokens of this process.
"""

from __future__ import annotations

import logging
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, Self, TextIO, cast

from tieout.adapter import Log

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    return _Log(redaction, level, stream or sys.stderr)


class _Log:
    """A log that imports what writes it with its first line: most commands write none."""

    def __init__(self, redaction: Redaction, level: int, out: TextIO, facts: Mapping[str, str] | None = None) -> None:
        self._redaction, self._level, self._out, self._facts = redaction, level, out, facts or {}

    def bind(self, **facts: str) -> Self:
        """Give a log whose lines hold these facts, too."""
        return type(self)(self._redaction, self._level, self._out, {**self._facts, **facts})

    def debug(self, event: str, **facts: object) -> None:
        """Tell what only who asked for everything wants to see."""
        if self._level <= EVERYTHING:
            self._writer.debug(event, **facts)

    def info(self, event: str, **facts: object) -> None:
        """Tell what was done."""
        if self._level <= NORMAL:
            self._writer.info(event, **facts)

    def warning(self, event: str, **facts: object) -> None:
        """Tell what went wrong."""
        self._writer.warning(event, **facts)

    @cached_property
    def _writer(self) -> Log:
        return _writer(self._redaction, self._out).bind(**self._facts)


def _writer(redaction: Redaction, out: TextIO) -> BoundLog:
    import structlog  # noqa: PLC0415  # it brings rich along: a hundred modules

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
    )
    return cast("BoundLog", logger)
