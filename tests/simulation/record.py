"""Everything that one world leaves, as text: two plays of one seed differ in no byte of it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from tieout.store.tables import audit, audit_value, operation, plan

from .world import World

PARTS = {"log": (audit, audit_value), "plan": (plan, operation)}


def record(world: World) -> Iterator[str]:
    """Give the transcript, then the audit log with its hashes, then every plan with its operations, row by row."""
    yield from (f"transcript {line}" for line in world.transcript)
    with world.database.read() as tx:
        for part, tables in PARTS.items():
            for table in tables:
                rows = tx.execute(select(table).order_by(*table.primary_key.columns))
                yield from (f"{part} {table.name} {tuple(row)}" for row in rows)
