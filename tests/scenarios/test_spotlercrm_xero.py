"""The scenarios of the pack spotlercrm-xero, each played through the command line and HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.cases import cases
from scenarios.playing import play, renewing
from scenarios.reading import read


@pytest.mark.parametrize("folder", cases("spotlercrm-xero"))
def test_scenario(folder: Path, tmp_path: Path) -> None:
    play(read(folder, renewing=renewing()), tmp_path)
