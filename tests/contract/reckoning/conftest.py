"""One server for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.xero_sim.world import Stage, listening


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    with listening() as found:
        yield found
