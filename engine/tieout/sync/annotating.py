"""A note in the history of a record after it was written (`annotate`): when, by whom, each field before and after.

For people only. It is written once the write is settled, at most once; that it fails is a warning and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from tieout.errors import TieoutError
from tieout.model import Batch, Operation, Refused, Verb
from tieout.store import links
from tieout.sync.note_text import field_line, rows_line
from tieout.sync.run import Endpoint, Joined, Run
from tieout.sync.words import Kind, Planned

NOTED = frozenset({Kind.CREATE, Kind.UPDATE})


def annotate(run: Run, joined: Joined, done: Sequence[Planned]) -> dict[str, str]:
    """Write a note for each of these operations of one end; give key -> warning where that failed."""
    wanted = [one for one in done if one.kind in NOTED]
    if not wanted:
        return {}
    target, side = joined.ends[wanted[0].end], joined.mapping.sides[wanted[0].end]
    if side.name not in joined.mapping.annotate:
        return {}
    warnings: dict[str, str] = {}
    for one, record in _with_records(run, joined, wanted):
        why = _send(target, _batch(run, target, one, record, told(one, run)))
        if why:
            run.log.warning(
                "not noted", mapping=joined.mapping.name, object=target.type.name, record=record, reason=why
            )
            warnings[one.key] = f"the note in its history failed: {why}"
    return warnings


def told(operation: Planned, run: Run) -> str:
    """Give the text of a note."""
    deed = "made" if operation.kind is Kind.CREATE else "changed"
    lines = [f"{run.now():%Y-%m-%d %H:%M} UTC: {deed} by Tieout, started by {run.by}, run {run.id}"]
    lines += [field_line(write) for write in operation.writes]
    lines += [rows_line(rows) for rows in operation.lists if rows.sends]
    return "\n".join(lines)


def _with_records(run: Run, joined: Joined, done: Sequence[Planned]) -> Iterator[tuple[Planned, str]]:
    """Give each operation with the id of its record; that of a new one stands on its link."""
    end = done[0].end
    with run.database.read() as tx:
        rows = links.active(tx, joined.pair, 1 - end, [one.source for one in done], children=False)
    made = {((row.second, row.part) if end == 0 else (row.first, row.part)): row for row in rows}
    for one in done:
        row = made.get((one.source, one.part))
        record = one.record or (None if row is None else row.second if end else row.first)
        if record is not None:
            yield one, record


def _batch(run: Run, target: Endpoint, operation: Planned, record: str, text: str) -> Batch:
    # With its text: a later pass of the same run may tell of the same record again, and something else.
    key = hashlib.sha256(f"note:{run.id}:{operation.key}:{record}:{text}".encode()).hexdigest()[:48]
    return Batch(target.type, Verb.NOTE, [Operation(key, record, note=text)], frozenset(), key, run.now())


def _send(target: Endpoint, batch: Batch) -> str:
    try:
        outcome = target.peer.connection.write(batch)[0]
    except TieoutError as fault:
        return str(fault)
    return outcome.message if isinstance(outcome, Refused) else ""
