"""Paths: names joined by dots, the only thing that can be written (LANGUAGE §1, rule 1)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tieout.mapping.compiled import Path
from tieout.mapping.syntax import ExpressionProblem

MOST_CHARACTERS = 500
_NAME = re.compile(r'"((?:[^"\\]|\\.)+)"|([^."\[\](){}|&!=<>\'`*@?,;:\\]+)')
_KEYED = re.compile(
    r"""(?P<list>[\w./"]+)\[\?\s*\w+\s*==\s*(?P<quote>['"`])(?P<key>\w+)(?P=quote)\s*\](?P<rest>(?:\.\w+)*)(?:\s*\|\s*\[0\](?P<tail>(?:\.\w+)*))?"""
)


def join_path(names: Iterable[str]) -> str:
    """Join names to a path, a name with a dot (or a quote) in double quotes."""
    return ".".join(
        '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' if _odd(name) else name for name in names
    )


def _odd(name: str) -> bool:
    found = _NAME.fullmatch(name)
    return found is None or found[1] is not None or name != name.strip()


def parse_path(text: str, sides: Iterable[str] = ()) -> Path | ExpressionProblem:
    """Read a path; `sides`: names that must not stand in front, since the key already names the side."""
    problem = _trap(text, tuple(sides))
    if problem is not None:
        return problem
    names: list[str] = []
    place = 0
    while True:
        found = _NAME.match(text, place)
        if found is None or not (found[1] or found[2].strip()):
            return ExpressionProblem("bad-path", f"a name is missing or broken in the path {text!r}", "", place)
        names.append(re.sub(r"\\(.)", r"\1", found[1]) if found[1] else found[2])
        place = found.end()
        if place == len(text):
            return Path(text, tuple(names))
        if text[place] != ".":
            return ExpressionProblem("bad-path", f"{text[place]!r} cannot stand in a path", "", place)
        place += 1


def _trap(text: str, sides: tuple[str, ...]) -> ExpressionProblem | None:
    if not text.strip():
        return ExpressionProblem("bad-path", "a path is a name, or names joined by dots", "")
    if len(text) > MOST_CHARACTERS:
        return ExpressionProblem("bad-path", f"a path has at most {MOST_CHARACTERS} characters", "")
    if text != text.strip():
        return ExpressionProblem("bad-path", "blanks stand around the path", text.strip())
    keyed = _KEYED.fullmatch(text)
    if keyed is not None:
        mend = f"{keyed['list']}.{keyed['key']}{keyed['rest']}{keyed['tail'] or ''}"
        return ExpressionProblem("keyed-list", f"keyed lists are objects: {mend}", mend, len(keyed["list"]))
    side, dot, rest = text.partition(".")
    if dot and side in sides:
        message = f"a path stands bare under its side: the key already says {side}"
        return ExpressionProblem("side-in-path", message, rest)
    return _expression_trap(text)


def _expression_trap(text: str) -> ExpressionProblem | None:
    bare = re.sub(r'"(?:[^"\\]|\\.)+"', lambda found: "\x01" * len(found[0]), text)
    found = re.search(r"[\[\]|(){}&!=<>'`*@?,]", bare)
    if found is None:
        return None
    message = (
        f"{found[0]!r} cannot stand in a path: a path is names joined by dots, because it is written. "
        "An expression is only read, and stands under `from`, `when` or `where`"
    )
    return ExpressionProblem("not-a-path", message, "", found.start())
