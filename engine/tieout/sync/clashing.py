"""Who has what a system refused because another record has it already, where the system does not say it."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection as Tx

from tieout.mapping.seen import Missing, Path
from tieout.model import Cause, Value
from tieout.store import mirror
from tieout.sync.failing import Refusal
from tieout.sync.words import Planned
from tieout.values import dumps


def with_owner(tx: Tx, end: int, operation: Planned, refusal: Refusal) -> Refusal:
    """Name the one record of the mirror that has a refused value; of several none is named, for it may be either."""
    if refusal.cause is not Cause.EXISTS or refusal.other is not None:
        return refusal
    found = {
        seen.id
        for write in operation.writes
        if isinstance(write.sent, str) and ".".join(write.names) in refusal.paths
        for seen in mirror.holding(tx, end, dumps(write.sent.strip())[1:-1])
        if seen.id != operation.record and _same(Path("", write.names).read(seen.fields), write.sent)
    }
    return replace(refusal, other=found.pop()) if len(found) == 1 else refusal


def _same(held: Value | Missing, sent: str) -> bool:
    """Systems that keep a value apart from all others take upper and lower case, and blanks around it, for the same."""
    return isinstance(held, str) and held.strip().casefold() == sent.strip().casefold()
