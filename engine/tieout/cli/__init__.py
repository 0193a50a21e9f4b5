"""The command line: one command a file; the only place where an error becomes a message and an exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command that the arguments name (those of this process by default) and exit with its code."""
    from tieout.cli.group import root  # noqa: PLC0415  # whoever imports `tieout.exits` needs no click
    from tieout.cli.outcome import run  # noqa: PLC0415  # as above

    sys.exit(run(root, args))
