"""Writing to a person or a program: colour on terminals only, plain text elsewhere, control characters never."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import traceback
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from tieout.errors import TieoutError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TextIO

_CONTROLS = re.compile(r"\x1b(?!\[[0-9;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """Take out what could command a terminal: names in records are strangers' text."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def coloured(stream: TextIO) -> bool:
    """Say whether colour is wanted there."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def unread() -> Iterator[None]:
    """Go on where the reader of standard output has gone (`| head`): the rest has nowhere to go, and that is all.

    Raises TieoutError where it can't be written for another reason, such as a full disk: that is told once.
    """
    try:
        yield
    except BrokenPipeError:
        _to_nowhere()
    except OSError as error:
        _to_nowhere()
        reason = error.strerror or type(error).__name__
        raise TieoutError(
            f"standard output can't be written: {reason}; what the command did before stays done", mend="tieout status"
        ) from error


def _to_nowhere() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def open_closed_streams() -> None:
    """Open the standard streams that the caller closed (`>&-`) to nowhere, before a file gets their numbers."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8"))


def say(text: str = "") -> None:
    """Write a line of the report to standard output."""
    with unread():
        click.echo(text if coloured(sys.stdout) else click.unstyle(text), color=coloured(sys.stdout))


def say_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table of the report: as wide as the terminal, or as its content where there is none."""
    from tieout.report.tables import table  # noqa: PLC0415  # only commands that show tables pay for it

    colour = coloured(sys.stdout)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    say(table(headers, [[clean(cell) for cell in row] for row in rows], width=width, colour=colour))


def complain(text: str) -> None:
    """Write a line to standard error."""
    click.echo(text if coloured(sys.stderr) else click.unstyle(text), err=True, color=coloured(sys.stderr))


def interject(text: str) -> None:
    """Write a line to standard error from a signal handler: the stream itself may be in the middle of a line."""
    with suppress(OSError):
        os.write(sys.stderr.fileno(), f"{text}\n".encode())


def trace(faults: Iterable[BaseException], *, debug: bool) -> None:
    """Show where a stranger's adapter broke, for those who asked: a report names it without its trace."""
    for fault in faults:
        if debug and fault.__cause__ is not None:
            traceback.print_exception(fault.__cause__)


def json_line(value: object) -> None:
    """Write one JSON document to standard output."""
    with unread():
        click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def good(text: str) -> str:
    """Mark what is well."""
    return click.style(text, fg="green")


def bad(text: str) -> str:
    """Mark what is wrong."""
    return click.style(text, fg="red", bold=True)


def warn(text: str) -> str:
    """Mark what wants attention."""
    return click.style(text, fg="yellow")


def dim(text: str) -> str:
    """Mark what is said beside."""
    return click.style(text, dim=True)


def strong(text: str) -> str:
    """Mark a heading."""
    return click.style(text, bold=True)
