"""Under which fingerprints writes are remembered: refused, held, asked about. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from tieout.sync.lists import sent_rows
from tieout.sync.noting import held_in
from tieout.sync.steps import BESIDE, fingerprint
from tieout.sync.words import Kind, ListWrite, Planned, Write


def held_prints(made: Sequence[Write | ListWrite]) -> list[str]:
    """Fingerprint writes and lists one by one."""
    return [write_print(one) if isinstance(one, Write) else list_print(one) for one in made]


def write_print(write: Write) -> str:
    """Fingerprint one write: its values and what it replaces."""
    waits = None if write.awaits is None else f"{write.awaits.mapping}:{write.awaits.id}"
    return fingerprint(write.rule, write.end, write.sent, write.before, write.source, waits)


def list_print(write: ListWrite) -> str:
    """Fingerprint one list write."""
    return fingerprint(write.rule, list(write.before), sent_rows(write))


def operation_print(operation: Planned) -> str:
    """Fingerprint an operation as a whole: a failed one is repeated only when this changes (law 8)."""
    if operation.kind is Kind.NOTE:
        return held_in(operation)
    return fingerprint(str(operation.kind), operation.end, *sorted(_parts(operation)))


def prints(operation: Planned) -> set[str]:
    """Give every fingerprint under which something of an operation may be held once it failed."""
    return {operation_print(operation), *_parts(operation)}


def _parts(operation: Planned) -> list[str]:
    # What only stands beside a change (the time of the run) is another one in every run, and no reason to try again.
    return [write_print(write) for write in operation.writes if write.why != BESIDE] + [
        list_print(row) for row in operation.lists
    ]
