"""Files and folders that a command writes: what is wrong with the name is said before any work is done."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from os import PathLike


class _Named(click.Path):
    """A path that is not empty: click reads an empty one as the folder in which the command was called."""

    def convert(self, value: str | PathLike[str], param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it."""
        if not str(value):
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)


class Folder(_Named):
    """A folder that is there or will be made."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)


class Target(_Named):
    """A plain file to write, which is replaced as a whole: no folder and no device, and its folder is there.

    A link stands for the file that it leads to, and stays.
    """

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: str | PathLike[str], param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read it."""
        named = super().convert(value, param, ctx)
        if str(value) == "-" or (named.exists() and not named.is_file()):
            what = "standard output has the report" if str(value) == "-" else f"{str(named)!r} is no plain file"
            self.fail(f"{what}; name a file that can be replaced as a whole", param, ctx)
        found = named.resolve() if named.is_symlink() else named
        if not found.parent.is_dir():
            self.fail(f"there is no folder {str(found.parent)!r}; make it, or name another file", param, ctx)
        folder = found.absolute().parent
        if not os.access(folder, os.W_OK | os.X_OK):
            self.fail(f"this user can make no file in {str(folder)!r}; name a file elsewhere", param, ctx)
        return found
