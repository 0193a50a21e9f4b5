"""What may still take effect, and for how long: by each adapter, and by the client that sends for it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tieout.http.patience import Policy
from tieout_salesforce import describe as salesforce
from tieout_spotlercrm import describe as spotlercrm
from tieout_xero import objects as xero

A_CALL = timedelta(minutes=10)
"""So long the last attempt may be under way: documented for Salesforce, taken for the others."""


@pytest.mark.parametrize("horizon", [salesforce.HORIZON, spotlercrm.HORIZON, xero.HORIZON])
def test_law2_the_horizon_covers_every_attempt_of_the_client(horizon: timedelta) -> None:
    assert horizon >= A_CALL + timedelta(seconds=Policy().total)


def test_law2_the_keys_of_xero_outlive_what_the_client_sends_again_by_the_slowest_answer_that_is_known() -> None:
    slowest = timedelta(minutes=4)
    assert timedelta(seconds=Policy().resend) + slowest <= timedelta(minutes=6)
