"""Fixtures: a fresh simulator for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.xero_sim.world import Xero, running
from tieout_xero.simulator import XeroSimulator


@pytest.fixture
def xero() -> Iterator[Xero]:
    """A fresh world without limits."""
    with running(XeroSimulator()) as world:
        world.order("limits", off=True)
        yield world
