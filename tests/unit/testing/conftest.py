from __future__ import annotations

from pathlib import Path

import pytest

from unit.testing.sample import Sample


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    """Give a project folder without tests yet."""
    return Sample(tmp_path)
