"""Fixtures: one server for all tests of this folder, a fresh simulator for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.xero_sim.world import Stage, Xero, listening, playing
from tieout_xero.simulator import XeroSimulator


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    with listening() as found:
        yield found


@pytest.fixture
def xero(stage: Stage) -> Iterator[Xero]:
    """A fresh world without limits."""
    with playing(stage, XeroSimulator()) as world:
        world.order("limits", off=True)
        yield world
