"""One server for all tests of this folder, a fresh simulated account for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.spotlercrm_sim.world import Sim, Stage, playing
from tieout.testing.serving import serving
from tieout_spotlercrm.simulator import SpotlerSimulator


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    made = Stage()
    with serving(made) as made.url:
        yield made


@pytest.fixture
def sim(stage: Stage) -> Iterator[Sim]:
    with playing(stage, SpotlerSimulator()) as found:
        yield found
