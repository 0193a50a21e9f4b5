"""A command's own number of calls: counted over all its connections, and never passed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tieout.http.memory import MemoryWindows
from tieout.http.metering import CallsSpent, Metered

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_calls_are_counted_once_whatever_windows_they_are_in_and_over_all_connections() -> None:
    meter = Metered(MemoryWindows())
    meter.begin(3)
    for connection in ("crm", "books", "crm"):
        for seconds in (60, 86_400):
            assert meter.take(connection, seconds, 100, NOW) == 0
    assert meter.used == 3
    with pytest.raises(CallsSpent, match="3 calls"):
        meter.take("books", 60, 100, NOW)
    assert meter.used == 3


def test_a_call_that_must_wait_is_not_made_yet_and_what_came_before_does_not_count() -> None:
    meter = Metered(MemoryWindows())
    assert meter.take("crm", 60, 1, NOW) == 0
    meter.begin(1)
    assert meter.take("crm", 60, 1, NOW) > 0
    assert meter.used == 0
