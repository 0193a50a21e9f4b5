"""What the pack `spotlercrm-xero` does when a part of a system is closed to it."""

from __future__ import annotations

import pytest

from system.spotlercrm.office import Office
from system.spotlercrm.test_pack import settled


@pytest.fixture
def shop(firm: Office) -> Office:
    firm.write("spotlercrm-xero")
    return firm


@pytest.mark.extended
def test_px01_what_a_lost_connection_leaves_out_is_said_once(shop: Office) -> None:
    settled(shop)
    assert shop.run("disconnect", "xero").code == 0
    ended = shop.run("run")
    assert ended.code == 6, ended
    (line,) = [one for one in ended.out.splitlines() if one.startswith("left out  customers")]
    assert line.count("xero: ") == 1, line
    assert "verify: nothing can be read" in (shown := shop.run("verify")).out + shown.err


@pytest.mark.extended
def test_sx03_an_object_outside_the_plan_ends_the_pre_flight_with_6_where_a_mapping_needs_it(shop: Office) -> None:
    shop.crm.order("plan", object="opportunities", status=403)
    ended = shop.run("check", "--online", "--json")
    assert ended.code == 6, ended
    (look,) = [look for look in ended.report["connections"] if look["name"] == "spotlercrm"]
    (told,) = [one for one in look["findings"] if one["code"] == "object-forbidden"]
    assert (look["fault"], told["object"], told["severity"]) == (None, "opportunities", "error")
    assert "outside the plan" in told["message"]
    assert told["mend"]
