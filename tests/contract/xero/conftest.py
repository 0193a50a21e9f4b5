from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.xero.world import World, listening
from tieout.adapter import Connection
from tieout_xero.simulator import XeroSimulator


@pytest.fixture
def world() -> Iterator[World]:
    simulator = XeroSimulator()
    with listening(simulator) as url:
        world = World(simulator, url)
        yield world
        world.close()


@pytest.fixture
def books(world: World) -> Connection:
    return world.open()
