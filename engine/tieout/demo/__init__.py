"""The whole story of a pack on the simulators: what `tieout demo` shows, chapter by chapter, with typed commands.

It starts a sandbox of its own, makes a project folder, acts as the people at both systems, and runs the real commands.
The folder stays, to be explored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path

Run = Callable[[Sequence[str]], int]
"""Runs a command line (without `tieout`) and gives its exit code."""
Say = Callable[[str], None]

STORIES: Mapping[str, str] = {"salesforce-xero": "salesforce", "spotlercrm-xero": "spotlercrm"}
"""Pack -> the module here whose `tell` tells its story; each is loaded only when it is told."""


def demo(folder: Path, run: Run, say: Say, pack: str) -> None:
    """Tell the story of a pack. Raises UsageError for a folder that is somebody's, TieoutError if the story fails."""
    import_module(f"{__name__}.{STORIES[pack]}").tell(folder, run, say)
