"""What the audit log says of one run, in the order in which things were done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from tieout.errors import UsageError
from tieout.model import Value
from tieout.store.audit import STREAMED
from tieout.store.tables import audit, audit_value, run
from tieout.values import loads_object


@dataclass(frozen=True, slots=True)
class Deed:
    """One entry of a run. `values`: None where it has none, or where they were `erased`."""

    seq: int
    kind: str
    payload: Mapping[str, Value]
    values: Mapping[str, Value] | None
    erased: bool


def deeds(tx: Connection, run_id: str) -> Iterator[Deed]:
    """Give what a run did, oldest first, a portion of the rows in memory at a time."""
    for row in tx.execute(_OF_RUN.where(audit.c.run == run_id), execution_options={"yield_per": STREAMED}):
        values = None if row.value is None else loads_object(row.value)
        yield Deed(row.seq, row.kind, loads_object(row.payload), values, row.commitment is not None and values is None)


_OF_RUN = (
    select(audit.c.seq, audit.c.kind, audit.c.payload, audit.c.commitment, audit_value.c.value)
    .outerjoin(audit_value, audit_value.c.seq == audit.c.seq)
    .order_by(audit.c.seq)
)


def find_run(tx: Connection, prefix: str) -> str:
    """Give the run whose name begins so; raises UsageError if there is none, or more than one."""
    named = select(run.c.id).where(run.c.id.startswith(prefix, autoescape=True)).order_by(run.c.started)
    found = tx.execute(named).scalars().all() if prefix else []
    if prefix in found:
        return prefix
    if len(found) != 1:
        last = tx.execute(
            select(run.c.id).where(run.c.command.in_(("run", "apply"))).order_by(run.c.started.desc()).limit(3)
        )
        known = ", ".join(last.scalars()) or "none yet"
        told = "there is no run" if not found else f"{len(found)} runs are called"
        raise UsageError(f"{told} {prefix!r}; the last ones that wrote: {known}", mend="tieout status")
    return str(found[0])
