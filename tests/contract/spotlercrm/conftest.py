from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from contract.spotlercrm.world import Clock, World
from tieout.testing.serving import serving
from tieout_spotlercrm.simulator import SpotlerSimulator

Made = Callable[..., World]


@pytest.fixture
def made() -> Iterator[Made]:
    """Make worlds of other accounts than the usual one."""
    with ExitStack() as stack:

        def make(**kind: Any) -> World:
            simulator, clock = SpotlerSimulator(**kind), Clock()
            world = World(simulator, stack.enter_context(serving(simulator.app(clock.now))), clock)
            stack.callback(world.close)
            return world

        yield make


@pytest.fixture
def world(made: Made) -> World:
    return made()
