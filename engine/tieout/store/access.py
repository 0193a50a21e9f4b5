"""Who let Tieout into which account, when it was used last, and what was taken back. Nothing secret stands here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from tieout.store import audit, dialect
from tieout.store.tables import access

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Access:
    """One connection, under the name of what its tokens open. Instants are ISO text."""

    connection: str
    organisation: str
    name: str
    """What the organisation calls itself."""
    granted: str | None
    granted_by: str | None
    """Who ran `tieout connect`; None: nobody did, the credentials suffice."""
    used: str | None
    refused: str | None
    """Since when the system refuses it."""
    ended: str | None
    ended_by: str | None


def find(tx: Connection, connection: str) -> Access | None:
    """Give what is known of a connection's access."""
    row = tx.execute(select(access).where(access.c.connection == connection)).one_or_none()
    return None if row is None else Access(**row._asdict())


def everything(tx: Connection) -> list[Access]:
    """Give what is known of all connections that ever were."""
    return [Access(**row._asdict()) for row in tx.execute(select(access).order_by(access.c.connection))]


COLUMNS = ("organisation", "name", "granted", "granted_by", "used", "refused", "ended", "ended_by")


def granted(tx: Connection, connection: str, organisation: tuple[str, str], *, who: str, now: str) -> None:
    """Note that a person has connected it; what was taken back before is given again. `organisation`: id and name."""
    id_, name = organisation
    row = dict.fromkeys(COLUMNS) | {"organisation": id_, "name": name, "granted": now, "granted_by": who, "used": now}
    dialect.upsert(tx, access, [{"connection": connection, **row}], keys=["connection"], update=COLUMNS)
    audit.tell(tx, "connected", {"connection": connection.split(maxsplit=1)[0], "organisation": id_, "who": who}, None)


def used(tx: Connection, connection: str, organisation: tuple[str, str], now: str) -> None:
    """Note that the system has just let us in."""
    id_, name = organisation
    row = dict.fromkeys(COLUMNS) | {"organisation": id_, "name": name, "used": now}
    changed = ["organisation", "name", "used", "refused"]
    dialect.upsert(tx, access, [{"connection": connection, **row}], keys=["connection"], update=changed)


def refused(tx: Connection, connection: str, now: str) -> None:
    """Note that the system does not let us in any more; the first time counts."""
    tx.execute(update(access).where(access.c.connection == connection, access.c.refused.is_(None)).values(refused=now))


def ended(tx: Connection, connection: str, *, who: str, now: str, told: Mapping[str, object]) -> None:
    """Note that a person has taken it back. `told`: what became of the login at the system."""
    row = {"connection": connection, **dict.fromkeys(COLUMNS), "organisation": "", "name": ""}
    changed = {"ended": now, "ended_by": who}
    dialect.upsert(tx, access, [{**row, **changed}], keys=["connection"], update=list(changed))
    audit.tell(tx, "disconnected", {"connection": connection.split(maxsplit=1)[0], "who": who, **told}, None)
