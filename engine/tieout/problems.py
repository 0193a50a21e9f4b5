"""Problems in what a person wrote: values, collected and shown together in the manner of a good compiler.

A problem never stops the checker; whoever has collected them decides (one error: exit code 2). Every code is explained
in `tieout.language.codes`, which `tieout help CODE` prints.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tieout.finding import Severity


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where something stands: file as the project spells it, line and column from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong or worth knowing, and how to mend it."""

    code: str
    """Explained in `tieout.language.codes`."""
    message: str
    at: Position | None = None
    mend: str = ""
    """What to write or to do instead, in one line."""
    nearest: tuple[str, ...] = ()
    """Right names that come closest to what was written."""
    severity: Severity = Severity.ERROR

    def as_json(self) -> dict[str, object]:
        """Give the problem as `--json` shows it; file, line and column are null for the project as a whole."""
        return {
            "severity": self.severity.value,
            "code": self.code,
            "message": self.message,
            "file": self.at.file if self.at else None,
            "line": self.at.line if self.at else None,
            "column": self.at.column if self.at else None,
            "mend": self.mend or None,
            "nearest": list(self.nearest),
        }


Lines = Callable[[str], Sequence[str]]
"""File, as a position names it -> its lines; empty if it cannot be read."""


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Give those that stop a run."""
    return [problem for problem in problems if problem.severity is Severity.ERROR]


FORBIDDEN = "object-forbidden"
"""The code of an object that mappings need and a login may not use."""


def mistakes(problems: Iterable[Problem]) -> list[Problem]:
    """Give the errors in what a person wrote: not those of a right that a login lacks, which stop one mapping."""
    return [problem for problem in errors(problems) if problem.code != FORBIDDEN]


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort by file, line and column, each problem once; those of the project as a whole come first."""
    found = dict.fromkeys(problems)
    return sorted(found, key=lambda p: (p.at is not None, p.at or Position("", 0, 0), p.code, p.message))


def render(problem: Problem, lines: Lines) -> str:
    """Show one problem: position, severity, code and message; the source line with a caret; what would be right."""
    head = f"{problem.severity.value}[{problem.code}]  {problem.message}"
    if problem.at is None:
        return "\n".join([head, *_advice(problem, indent=2)])
    source = lines(problem.at.file)
    shown = [f"{problem.at}  {head}"]
    number = str(problem.at.line)
    if 1 <= problem.at.line <= len(source):
        text, column = _window(source[problem.at.line - 1].rstrip().replace("\t", " "), problem.at.column)
        shown += [f"  {number} | {text}", f"  {' ' * len(number)} | {' ' * (column - 1)}^"]
    return "\n".join([*shown, *_advice(problem, indent=len(number) + 3)])


WIDEST = 200
"""Characters of a source line that are shown; of a longer one those around the place."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _window(line: str, column: int) -> tuple[str, int]:
    """Give what is shown of a source line and the column there; nothing in it commands a terminal."""
    text = _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", line)
    if len(text) <= WIDEST:
        return text, column
    first = max(0, min(column - 1 - WIDEST // 2, len(text) - WIDEST))
    before, after = "…" if first else "", "…" if first + WIDEST < len(text) else ""
    return f"{before}{text[first : first + WIDEST]}{after}", column - first + len(before)


def _advice(problem: Problem, *, indent: int) -> list[str]:
    said = []
    if problem.nearest:
        said.append(f"{' ' * indent}= nearest: {', '.join(problem.nearest)}")
    if problem.mend:
        said.append(f"{' ' * indent}= mend: {problem.mend}")
    return said
