"""Which version of the tables a database has: made new, migrated, or refused. alembic is imported only to migrate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select

from tieout.errors import Busy, StoreError
from tieout.store import dialect, members, tables
from tieout.store.instants import stamp

if TYPE_CHECKING:
    from datetime import datetime

    from tieout.store.place import Place

CURRENT = "0004"
"""The newest migration in `migrations/versions`; the numbers count up."""

version = Table("tieout_version", MetaData(), Column("version_num", Text, primary_key=True))
"""alembic's own table, under a name that no other program in the same PostgreSQL schema has."""


def is_current(tx: Connection, place: Place) -> bool:
    """Say whether the tables are the ones this Tieout knows; False: they must be made or migrated.

    Raises StoreError for a newer database, and for one that is not Tieout's.
    """
    found = _found(tx, place)
    if found is not None and found > CURRENT:
        raise StoreError(
            f"the state database {place.shown} has version {found}, made by a newer Tieout;"
            f" this one knows versions up to {CURRENT}",
            mend="pip install --upgrade tieout; a database is never turned back",
        )
    return found == CURRENT


def bring_up_to_date(tx: Connection, place: Place, now: datetime) -> None:
    """Make all tables in an empty database, or migrate an older one, within this transaction."""
    if is_current(tx, place):  # another process was faster
        return
    if _found(tx, place) is None:
        make_new(tx)
    else:
        _nobody_runs(tx, place, now)
        migrate(tx)


def make_new(tx: Connection) -> None:
    """Make the tables of the current version and what guards them."""
    members.member.metadata.create_all(tx, checkfirst=False)
    dialect.create_guards(tx)
    version.create(tx)
    tx.execute(version.insert().values(version_num=CURRENT))


def migrate(tx: Connection, to: str = CURRENT) -> None:
    """Run the migrations up to `to` within this transaction."""
    from alembic import command  # noqa: PLC0415  # some 100 ms that only a migration pays
    from alembic.config import Config  # noqa: PLC0415  # as above

    config = Config(attributes={"connection": tx, "version_table": version.name})
    config.set_main_option("script_location", "tieout.store:migrations")
    command.upgrade(config, to)


def _found(tx: Connection, place: Place) -> str | None:
    names = set(inspect(tx).get_table_names())
    if version.name in names:
        found: str | None = tx.execute(select(version.c.version_num)).scalar()
        if found is None or not found.isdigit():
            raise StoreError(
                f"the state database {place.shown} doesn't say its version", mend="restore it from a backup"
            )
        return found
    if names:
        raise StoreError(
            f"{place.shown} holds tables of another program ({', '.join(sorted(names)[:3])})",
            mend="name a database of its own under `store:` in tieout.yaml",
        )
    return None


def _nobody_runs(tx: Connection, place: Place, now: datetime) -> None:
    held = tx.execute(select(tables.lease).where(tables.lease.c.expires > stamp(now))).first()
    if held is not None:
        raise Busy(
            f"{held.owner} is using the state database {place.shown}, which must be migrated first",
            mend=f"try again after {held.expires}",
        )
