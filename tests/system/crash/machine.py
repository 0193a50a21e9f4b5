"""The machine on which runs happen: its clock, its disk and its processes, as machine.c commands them."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Commit = Literal["unwritten", "torn", "written", "done"]
COMMITS: tuple[Commit, ...] = ("unwritten", "torn", "written", "done")
"""Before the first byte of a commit; between its pieces; all of it in the file; its locks given back."""
Deed = Literal["kill", "freeze", "full"]
SOURCE = Path(__file__).with_name("machine.c")
COMPILER = shutil.which("cc") or shutil.which("gcc")
LACKING = (
    "the machine's clock and disk are commanded through a preloaded library, on Linux only"
    if sys.platform != "linux"
    else "no C compiler (cc) to build the library that commands the machine's clock and disk"
    if COMPILER is None
    else ""
)
"""Why this cannot be had here; empty: it can."""
NANO = 10**9
NUMBERS = struct.Struct("<qq")


@dataclass(frozen=True)
class Machine:
    """A clock that all its processes share, and a library that commands them."""

    library: Path
    state: Path

    @classmethod
    def build(cls, folder: Path) -> Machine:
        """Compile the library; the clock begins as the real one."""
        library, state = folder / "machine.so", folder / "machine.state"
        assert COMPILER is not None
        command = [COMPILER, "-Wall", "-Werror", "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE), "-ldl"]
        subprocess.run(command, check=True)
        state.write_bytes(NUMBERS.pack(0, 0))
        return cls(library, state)

    def env(self, at: int = 0, phase: Commit = "unwritten", do: Deed = "kill") -> Mapping[str, str]:
        """Give what a process on this machine has in its environment; `at`: the commit to act at, 0 none."""
        command = {"AT": str(at), "PHASE": phase, "DO": do} if at else {}
        return {"LD_PRELOAD": str(self.library), "MACHINE": str(self.state), **command}

    @property
    def commits(self) -> int:
        """How many commits the last process began."""
        return int(NUMBERS.unpack(self.state.read_bytes())[1])

    def advance(self, seconds: float) -> None:
        """Move the clock on, for processes that live and for those to come."""
        ahead, _ = NUMBERS.unpack(self.state.read_bytes())
        with self.state.open("r+b") as stream:
            os.pwrite(stream.fileno(), struct.pack("<q", ahead + int(seconds * NANO)), 0)
