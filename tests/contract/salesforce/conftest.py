from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.salesforce.world import World, running
from tieout.adapter import Connection
from tieout_salesforce.simulator import SalesforceSimulator


@pytest.fixture
def world() -> Iterator[World]:
    """An org with several currencies and our custom fields."""
    with running(SalesforceSimulator()) as found:
        yield found


@pytest.fixture
def single() -> Iterator[World]:
    """An org with one currency."""
    with running(SalesforceSimulator(multi_currency=False)) as found:
        yield found


@pytest.fixture
def bare() -> Iterator[World]:
    """An org that nobody has prepared."""
    with running(SalesforceSimulator(custom_fields=False)) as found:
        yield found


@pytest.fixture
def crm(world: World) -> Connection:
    return world.open()
