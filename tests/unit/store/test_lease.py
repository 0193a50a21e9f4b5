from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tieout.errors import Busy, Fenced
from tieout.store.lease import acquire, release, renew

if TYPE_CHECKING:
    from tieout.store.database import Database
    from unit.store.conftest import Clock

MINUTE = timedelta(minutes=1)


def test_a_held_lease_names_its_holder_and_its_end(database: Database, clock: Clock) -> None:
    acquire(database, "run", "host-a pid 7", MINUTE)
    with pytest.raises(Busy, match=r"host-a pid 7 .*'run' until 2026-07-29T12:01:00") as told:
        acquire(database, "run", "host-b pid 8", MINUTE)
    assert told.value.exit_code == 75


def test_every_acquisition_has_a_higher_epoch(database: Database, clock: Clock) -> None:
    epochs = []
    for _ in range(3):
        epochs.append(acquire(database, "run", "a", MINUTE))
        clock.forward(minutes=1)
    with database.write() as tx:
        release(tx, "run", epochs[-1])
    epochs.append(acquire(database, "run", "b", MINUTE))
    assert epochs == [1, 2, 3, 4]


def test_leases_of_different_names_are_independent(database: Database) -> None:
    assert acquire(database, "run", "a", MINUTE) == acquire(database, "token:xero", "b", MINUTE) == 1


def test_renewing_holds_it_longer(database: Database, clock: Clock) -> None:
    epoch = acquire(database, "run", "a", MINUTE)
    clock.forward(seconds=50)
    with database.write(epoch=epoch) as tx:
        assert renew(tx, "run", epoch, MINUTE) == clock.time + MINUTE
    clock.forward(seconds=50)
    with pytest.raises(Busy):
        acquire(database, "run", "b", MINUTE)


def test_who_slept_until_another_took_over_is_fenced(database: Database, clock: Clock) -> None:
    first = acquire(database, "run", "a", MINUTE)
    clock.forward(minutes=1)
    acquire(database, "run", "b", MINUTE)
    with database.write() as tx, pytest.raises(Fenced):
        renew(tx, "run", first, MINUTE)
    with database.write() as tx, pytest.raises(Fenced):
        release(tx, "run", first)
    with pytest.raises(Busy, match="b holds"):
        acquire(database, "run", "c", MINUTE)


def test_who_slept_but_was_not_replaced_goes_on(database: Database, clock: Clock) -> None:
    epoch = acquire(database, "run", "a", MINUTE)
    clock.forward(hours=1)
    with database.write(epoch=epoch) as tx:
        renew(tx, "run", epoch, MINUTE)
    with pytest.raises(Busy):
        acquire(database, "run", "b", MINUTE)


def test_the_lease_of_a_dead_owner_is_free_and_its_epoch_is_not_used_again(database: Database) -> None:
    held = acquire(database, "run", "dead", MINUTE)
    with pytest.raises(Busy):
        acquire(database, "run", "b", MINUTE, gone=lambda owner: owner == "another")
    assert acquire(database, "run", "b", MINUTE, gone=lambda owner: owner == "dead") == held + 1
    with pytest.raises(Fenced), database.write(epoch=held):
        pass
