"""One sandbox for all tests that do not write to it, a fresh one for each that does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from system.cli.desk import Desk
from system.northwind.stage import Stage, sandbox


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with sandbox() as running:
        yield running


@pytest.fixture
def desk(stage: Stage, tmp_path: Path) -> Desk:
    """A project on the sandbox that the tests of a module share."""
    made = Desk(tmp_path, stage)
    made.write()
    return made
