"""Leases: who may work now. The epoch counts up with every acquisition and fences off a holder that slept.

The lease only saves waste; what protects is the fence (`Database.write(epoch=...)`) on every commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update

from tieout.errors import Busy, Fenced
from tieout.store.database import surroundings
from tieout.store.instants import stamp
from tieout.store.tables import lease

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from tieout.store.database import Database


def acquire(
    database: Database, name: str, owner: str, ttl: timedelta, *, gone: Callable[[str], bool] = lambda _owner: False
) -> int:
    """Take the lease `name` for `ttl` and give its epoch. Raises Busy naming who holds it and until when.

    A holder that `gone` knows to be dead keeps nobody out; its epoch stays behind.
    """
    with database.write() as tx:
        now = surroundings(tx).now()
        held = tx.execute(select(lease).where(lease.c.name == name)).first()
        if held is not None and held.expires > stamp(now) and not gone(held.owner):
            raise Busy(f"{held.owner} holds the lease {name!r} until {held.expires}", mend="try again later")
        row = {"owner": owner, "epoch": held.epoch + 1 if held else 1, "expires": stamp(now + ttl)}
        if held is None:
            tx.execute(insert(lease).values(name=name, **row))
        else:
            tx.execute(update(lease).where(lease.c.name == name).values(row))
    return int(row["epoch"])


def renew(tx: Connection, name: str, epoch: int, ttl: timedelta) -> datetime:
    """Hold the lease for `ttl` from now and give when it ends. Raises Fenced if another took over."""
    expires = surroundings(tx).now() + ttl
    _set(tx, name, epoch, stamp(expires))
    return expires


def release(tx: Connection, name: str, epoch: int) -> None:
    """Give the lease back; its row stays, so that epochs never repeat. Raises Fenced if another took over."""
    _set(tx, name, epoch, stamp(surroundings(tx).now()))


def _set(tx: Connection, name: str, epoch: int, expires: str) -> None:
    changed = tx.execute(update(lease).where(lease.c.name == name, lease.c.epoch == epoch).values(expires=expires))
    if changed.rowcount != 1:
        raise Fenced(f"another process took over the lease {name!r} (it was epoch {epoch})")
