from __future__ import annotations

import pytest

from contract.xero.world import World, everything, listening
from tieout.adapter import (
    Connection,
)
from tieout.errors import Forbidden, NotNow
from tieout_xero.simulator import XeroSimulator
from tieout_xero.simulator.books import Profile

# --- The organisation --------------------------------------------------------------------------------------------


def test_a_custom_connection_is_its_one_organisation(world: World, books: Connection) -> None:
    organisation = books.organisation()
    assert organisation.id == world.simulator.access(world.url)["tenant_id"]
    assert (organisation.name, organisation.currency, organisation.live) == ("Harbour Supplies Ltd", "GBP", False)


def test_the_code_flow_names_the_tenant_that_the_login_is_connected_to(world: World) -> None:
    connection = world.open(grant="pkce")
    assert connection.organisation().id == world.simulator.access(world.url)["tenant_id"]
    assert everything(connection, "Currency")[-1].complete


def test_of_several_organisations_the_pinned_one_answers() -> None:
    second = Profile("Second Books Ltd", "EUR", "NZ", kind="PREMIUM")
    simulator = XeroSimulator(others=[second])
    with listening(simulator) as url:
        world = World(simulator, url)
        organisation = world.open(second.tenant_id, grant="pkce").organisation()
        assert (organisation.id, organisation.currency, organisation.live) == (second.tenant_id, "EUR", True)
        with pytest.raises(Forbidden):
            world.open("00000000-0000-0000-0000-000000000000", grant="pkce").organisation()
        world.close()


def test_px01_of_several_organisations_only_this_one_is_left_for_ending_the_login_would_drop_all() -> None:
    second = Profile("Second Books Ltd", "EUR", "NZ", kind="PREMIUM")
    simulator = XeroSimulator(others=[second])
    with listening(simulator) as url:
        world = World(simulator, url)
        connection = world.open(second.tenant_id, grant="pkce")
        assert not connection.disconnect(), "the login lives on for the other one"
        assert connection.organisation().id != second.tenant_id, "which the engine refuses: it is not the pinned one"
        other = world.open(grant="pkce")
        assert everything(other, "Currency")[-1].complete
        assert other.disconnect(), "it is the last one, so the login itself may be ended"
        assert everything(other, "Currency")[-1].complete, "nothing was dropped yet"
        world.close()


def test_px01_a_custom_connection_has_nothing_to_leave(books: Connection) -> None:
    assert books.disconnect()


def test_a_login_without_an_organisation_is_sent_to_connect(world: World) -> None:
    connection = world.open(grant="pkce")
    world.control("disconnect")
    with pytest.raises(Forbidden, match="no Xero organisation"):
        connection.organisation()


def test_a_disconnected_organisation_needs_a_person(world: World, books: Connection) -> None:
    books.organisation()
    world.control("disconnect")
    with pytest.raises(Forbidden) as stopped:
        everything(books, "Contact")
    assert "tieout connect" in stopped.value.mend


def test_a_dead_token_is_renewed_without_a_word(world: World, books: Connection) -> None:
    books.organisation()
    world.control("tokens/revoke")
    assert everything(books, "Currency")[-1].complete


def test_used_up_days_stop_at_once(world: World, books: Connection) -> None:
    books.organisation()
    world.control("limits", day_used=5000)
    with pytest.raises(NotNow):
        everything(books, "Contact")
