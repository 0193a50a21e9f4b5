"""What became of creates whose answer was lost: looked up by our key (A9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.adapter import Applied, InDoubt, NotApplied
from tieout_spotlercrm.describe import HORIZON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieout.adapter import Batch, Found
    from tieout_spotlercrm.reads import Reads
    from tieout_spotlercrm.records import Reader


def find_created(reads: Reads, reader: Reader, batch: Batch) -> Sequence[Found]:
    """Look for each key. What is not found never happened only when a lost request can have no effect any more."""
    marker = reader.of.type.marker
    if marker is None:
        return [InDoubt(f"no field of {reader.of.type.name} keeps our key") for _ in batch.operations]
    over = reads.now() >= batch.sent_at + HORIZON
    return [_fate(reads, reader, marker, one.key, over=over) for one in batch.operations]


def _fate(reads: Reads, reader: Reader, marker: str, key: str, *, over: bool) -> Found:
    # A server that does not filter must not pass for one that found something: the key is compared again.
    found = [one for one in reads.carrying(reader, {marker: key}) if one.key == key]
    if len(found) > 1:
        return InDoubt(f"{len(found)} records carry this key: {', '.join(one.id for one in found)}")
    if found:
        return Applied(found[0].id, found[0])
    return NotApplied() if over else InDoubt("it is not in SpotlerCRM yet, and may still come")
