"""How many tests run at once."""

from __future__ import annotations

import os

import pytest


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are processors: tests that go through processes and HTTP wait a part of their time."""
    return (os.cpu_count() or 1) + 1
