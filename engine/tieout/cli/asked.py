"""The options that every command takes, before its name or after it, and what they were."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

F = TypeVar("F", bound="Callable[..., Any]")


@dataclass(frozen=True, slots=True)
class Asked:
    """What holds for the command whatever it is."""

    folder: Path = field(default_factory=Path)
    environment: str | None = None
    locale: str | None = None
    json: bool = False
    verbose: bool = False
    debug: bool = False
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)


def asked() -> Asked:
    """Give what was asked of the command that runs."""
    context = click.get_current_context(silent=True)
    found = context.find_root().obj if context is not None else None
    return found if isinstance(found, Asked) else Asked()


def to_repeat() -> str:
    """Give the options, ready for a shell, with which another command meets the same project and environment."""
    now = asked()
    environment = now.environment or now.env.get("TIEOUT_ENV")
    folder = ["-C", str(now.folder)] if now.folder != Path() else []
    return "".join(f" {shlex.quote(word)}" for word in [*folder, *(["--env", environment] if environment else [])])


def _note(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    # The same option may stand before and after the command's name: one that is not given changes nothing.
    root = context.find_root()
    if value == "":
        raise click.BadParameter("it is empty", context, parameter)
    if value is not None and not context.resilient_parsing:
        given: dict[str, Any] = {str(parameter.name): value}
        root.obj = replace(root.obj if isinstance(root.obj, Asked) else Asked(), **given)


_OPTIONS = (
    click.option(
        "-C",
        "--project",
        "folder",
        type=click.Path(file_okay=False, exists=True, path_type=Path),
        metavar="DIR",
        help="Folder of the project (default: this one).",
        callback=_note,
        expose_value=False,
    ),
    click.option(
        "--env",
        "environment",
        metavar="NAME",
        help="Environment of tieout.yaml (default: TIEOUT_ENV, else the project's own).",
        callback=_note,
        expose_value=False,
    ),
    click.option(
        "--locale",
        metavar="NAME",
        envvar="TIEOUT_LOCALE",
        help="How amounts are written for people: en, de, fr_CH (default: TIEOUT_LOCALE, else the project's own).",
        callback=_note,
        expose_value=False,
    ),
    click.option(
        "--json", is_flag=True, default=None, help="Print JSON for programs.", callback=_note, expose_value=False
    ),
    click.option(
        "-v", "--verbose", is_flag=True, default=None, help="Log every call.", callback=_note, expose_value=False
    ),
    click.option(
        "--debug", is_flag=True, default=None, help="Show the trace of a fault.", callback=_note, expose_value=False
    ),
)


def common(function: F) -> F:
    """Give a command the options that all have; what is given to it as an empty text is refused."""

    @wraps(function)
    def checked(*args: Any, **given: Any) -> Any:
        _refuse_empty(click.get_current_context())
        return function(*args, **given)

    made = cast("F", checked)
    for option in reversed(_OPTIONS):
        made = option(made)
    return made


def _refuse_empty(context: click.Context) -> None:
    # As a rule a variable of a script that was not set: nothing that is named so can be meant.
    for parameter in context.command.params:
        given = context.params.get(str(parameter.name))
        if context.get_parameter_source(str(parameter.name)) is not ParameterSource.COMMANDLINE:
            continue
        if given == "" or (isinstance(given, tuple) and "" in given):
            raise click.BadParameter("it is empty", context, parameter)
