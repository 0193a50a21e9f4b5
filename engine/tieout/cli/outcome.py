"""Where an error becomes a message and an exit code; nothing else in Tieout does that."""

from __future__ import annotations

import re
import signal
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import Asked
from tieout.cli.show import bad, complain, dim, json_line, open_closed_streams, unread
from tieout.errors import TieoutError
from tieout.exits import FAULT, INTERRUPTED, TERMINATED, USAGE
from tieout.problem_list import ProjectProblems
from tieout.stopping import Terminated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

_NUMBER = re.compile(r"is not a valid integer( range)?\.?")
"""Click names the type of its own."""
ISSUES = "https://github.com/tieout/tieout/issues"


def _on_sigterm(_number: int, _frame: FrameType | None) -> None:
    raise Terminated


def run(root: click.Command, args: Sequence[str] | None) -> int:
    """Run a command and give its exit code; whatever it raises is shown to a person in a few lines."""
    open_closed_streams()
    with suppress(ValueError):  # not in the main thread: then whoever owns it has the signals
        signal.signal(signal.SIGTERM, _on_sigterm)
    words = list(sys.argv[1:] if args is None else args)
    seen = Asked(json="--json" in words, debug="--debug" in words)
    code = _run(root, words, seen)
    try:
        with unread():
            sys.stdout.flush()
    except TieoutError as error:
        return _failed(error, seen)
    return code


def _run(root: click.Command, words: list[str], seen: Asked) -> int:
    try:
        ended = root.main(words, prog_name="tieout", standalone_mode=False)
    except click.ClickException as error:
        return _misused(error, seen)
    except ProjectProblems as error:
        return _problems(error, seen)
    except TieoutError as error:
        return _failed(error, seen)
    except (KeyboardInterrupt, click.Abort, Terminated) as error:
        ended = _stopped(error)
    except OSError as error:
        ended = _failed(_machine(error), seen)
    except Exception as error:  # noqa: BLE001  # the last stop before the interpreter's traceback
        ended = _fault(error, seen)
    return ended if isinstance(ended, int) else 0


def _stopped(error: BaseException) -> int:
    if isinstance(error, Terminated):
        complain("terminated")
        return TERMINATED
    complain("interrupted")
    return INTERRUPTED


def _machine(error: OSError) -> TieoutError:
    what = error.strerror or type(error).__name__
    where = f": {error.filename}" if error.filename else ""
    return TieoutError(f"this machine refuses: {what}{where}", mend="--debug shows where")


def _misused(error: click.ClickException, seen: Asked) -> int:
    message = error.format_message()
    message = _NUMBER.sub("is no whole number", message[:1].lower() + message[1:]).removesuffix(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None and isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(context.get_help())
        return USAGE
    mend = f"{context.command_path} --help" if context is not None else ""
    complain(f"{bad('error:')} {message}")
    if mend:
        complain(f"  {dim('next:')} {mend}")
    if seen.json:
        _as_json({"error": {"class": "UsageError", "message": message, "mend": mend or None, "exit_code": USAGE}})
    return USAGE


def _failed(error: TieoutError, seen: Asked) -> int:
    if seen.debug:
        traceback.print_exception(error)
    complain(f"{bad('error:')} {error}")
    if error.mend:
        complain(f"  {dim('next:')} {error.mend}")
    if seen.json:
        told = {"class": type(error).__name__, "message": str(error), "mend": error.mend or None}
        _as_json({"error": {**told, "exit_code": error.exit_code}})
    return error.exit_code


def _problems(error: ProjectProblems, seen: Asked) -> int:
    if seen.json:
        told = {"class": "ProjectProblems", "message": str(error), "mend": error.mend or None, "exit_code": USAGE}
        _as_json({"error": told, "problems": [problem.as_json() for problem in error.problems]})
    else:
        from tieout.report.problems import show_problems  # noqa: PLC0415  # only for those who need it

        complain(show_problems(error.problems, error.lines))
    complain(f"{bad('error:')} {error}")
    return USAGE


def _as_json(told: object) -> None:
    """Tell an error to a program, too; that this can't be written changes no exit code."""
    try:
        json_line(told)
    except TieoutError as error:
        complain(f"{bad('error:')} {error}")


def _fault(error: Exception, seen: Asked) -> int:
    if seen.debug:
        traceback.print_exception(error)
    name, first = type(error).__name__, str(error).partition("\n")[0][:200]
    complain(f"{bad('error:')} this is a fault of Tieout, not of yours: {name}{': ' if first else ''}{first}")
    if not seen.debug:
        complain(f"  {dim('next:')} run the same command with --debug and send what it prints to {ISSUES}")
    if seen.json:
        _as_json({"error": {"class": "Fault", "message": f"{name}: {first}", "mend": None, "exit_code": FAULT}})
    return FAULT
