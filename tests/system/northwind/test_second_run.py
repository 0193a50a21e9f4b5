"""Nothing happened, so nothing is written: by the counters of the systems, not by what the run says of itself."""

from __future__ import annotations

import pytest

from system.northwind.conftest import World
from system.northwind.shop import DATA

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}"),
    pytest.mark.slow,
]


def test_a_second_run_writes_nothing_and_reads_each_object_once(world: World) -> None:
    world.stage.advance(3600)  # past what every read overlaps with the one before
    world.project.converge()
    world.stage.reset()
    again = world.project.converge()
    assert [one["writes"] for one in again.report["passes"]] == [0]
    assert (world.stage.salesforce.effects(), world.stage.xero.effects()) == ({}, {})
    calls = world.stage.xero.calls()
    assert {call: count for call, count in calls.items() if not call.startswith("POST /connect")} == {
        "GET /Organisation": 1,
        "GET /Contacts": 1,
        "GET /Items": 1,
        "GET /Invoices": 1,
        "GET /CreditNotes": 1,
        "GET /Quotes": 1,
    }
