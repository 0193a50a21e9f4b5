"""The failure of a whole project: every problem of every file, raised as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.errors import UsageError
from tieout.problems import errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieout.problems import Lines, Problem


class ProjectProblems(UsageError):
    """A project that cannot run as it is written; `lines` gives the text of its files for carets."""

    def __init__(self, problems: Sequence[Problem], lines: Lines) -> None:
        count = len(errors(problems))
        codes = sorted({problem.code for problem in errors(problems)})
        super().__init__(
            f"{count} error{'' if count == 1 else 's'} in the project; nothing was done",
            mend=f"tieout help {codes[0]}" if codes else "",
        )
        self.problems = tuple(problems)
        self.lines = lines
