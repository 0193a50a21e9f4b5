"""Problems as text: all together, in the manner of a good compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.finding import Severity
from tieout.problems import in_order, render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tieout.problems import Lines, Problem


def show_problems(problems: Iterable[Problem], lines: Lines) -> str:
    """Show every problem with its place, its line and its mend; a blank line between two."""
    return "\n\n".join(render(problem, lines) for problem in in_order(problems))


def count_problems(problems: Iterable[Problem]) -> str:
    """Count them by severity: "2 errors, 1 warning"."""
    found = [problem.severity for problem in problems]
    counted = [(found.count(severity), severity.value) for severity in (Severity.ERROR, Severity.WARNING)]
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counted)
