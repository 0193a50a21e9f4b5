"""Bugs planted into a copy of the engine, and the hunt for them.

The product has no hook for this: the copy is put first on the path of another process, which runs the same seeds.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / "engine" / "tieout"


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement; `search` stands exactly once in the file."""

    file: str
    search: str
    replace: str


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug of LAWS, planted."""

    number: int
    name: str
    edits: Sequence[Edit]
    seeds: int = 400
    """Within so many seeds it is caught."""
    profile: str = "any"
    start: int = 0
    """The first seed."""
    history: str = ""
    """The test that tells the history which it breaks, where seeds do not come upon one."""


@dataclass(frozen=True, slots=True)
class Catch:
    """How a bug fared."""

    bug: Bug
    caught: bool
    told: str
    """What the simulation said."""

    @property
    def taken(self) -> int:
        """Count the seeds that it took; all, if it escaped."""
        found = re.match(r"seed (\d+):", self.told)
        return int(found.group(1)) - self.bug.start + 1 if found else self.bug.seeds


def plant(bug: Bug, folder: Path) -> None:
    """Copy the engine with the bug in it."""
    target = folder / "tieout"
    shutil.copytree(ENGINE, target, ignore=shutil.ignore_patterns("__pycache__"))
    for edit in bug.edits:
        path = target / edit.file
        text = path.read_text()
        if text.count(edit.search) != 1:
            raise AssertionError(f"bug {bug.number}: {text.count(edit.search)} times in {edit.file}: {edit.search!r}")
        path.write_text(text.replace(edit.search, edit.replace))


def hunt(bug: Bug) -> Catch:
    """Run seeds over the engine with the bug until one breaks a law, or the history that it breaks."""
    return _in_history(bug) if bug.history else _in_seeds(bug)


def _in_history(bug: Bug) -> Catch:
    with tempfile.TemporaryDirectory(prefix="tieout-bug-") as name:
        plant(bug, Path(name))
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", bug.history]
        environment = {**os.environ, "PYTHONPATH": name}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 1} or (done.returncode and "E       AssertionError" not in done.stdout):
        raise AssertionError(f"bug {bug.number} does not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return Catch(bug, done.returncode == 1, bug.history if done.returncode else "")


def _in_seeds(bug: Bug) -> Catch:
    with tempfile.TemporaryDirectory(prefix="tieout-bug-") as name:
        folder = Path(name)
        plant(bug, folder)
        command = [sys.executable, "-m", "tests.simulation", "--seeds", str(bug.seeds), "--first", "--processes", "1"]
        command += ["--start", str(bug.start), "--profile", bug.profile, "--engine", str(folder)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    told = (done.stdout + done.stderr).strip()
    if done.returncode not in {0, 1} or "Traceback" in told or "law 0" in told:
        raise AssertionError(f"bug {bug.number} does not run: {told[-2000:]}")
    lines = [line for line in told.splitlines() if line.startswith("seed ")]
    return Catch(bug, done.returncode == 1, lines[0] if lines else "")
