"""A note in the history of a record after it was written (`annotate`): when, by whom, each field before and after.

For people only. It is written once the write is settled, at most once; that it fails is a warning and nothing else.
Where a history refuses for a reason that is not the record's own, no other note is tried there in the same run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tieout.errors import BatchRefused, TieoutError
from tieout.model import Batch, Operation, Refused, Verb
from tieout.store import links
from tieout.sync.faults import Place
from tieout.sync.histories import OF_NO_RECORD, Silent
from tieout.sync.note_text import field_line, rows_line
from tieout.sync.run import Endpoint, Joined, Run
from tieout.sync.words import Kind, Planned

NOTED = frozenset({Kind.CREATE, Kind.UPDATE})


@dataclass(slots=True)
class Noted:
    """The notes that were not written: key of the operation -> what stands with it."""

    failed: dict[str, str] = field(default_factory=dict)
    """Each for a reason of its own record."""
    untried: dict[str, str] = field(default_factory=dict)
    """Told together, with a count (`Run.histories`)."""


def annotate(run: Run, joined: Joined, done: Sequence[Planned]) -> Noted:
    """Write a note for each of these operations of one end, and give what became of those that were not written."""
    made = Noted()
    wanted = [one for one in done if one.kind in NOTED]
    if not wanted:
        return made
    target, side = joined.ends[wanted[0].end], joined.mapping.sides[wanted[0].end]
    if side.name not in joined.mapping.annotate:
        return made
    place = Place(target.peer.name, target.type.name)
    for one, record in _with_records(run, joined, wanted):
        silent = run.histories.get(place)
        if silent is not None:
            silent.more += 1
            made.untried[one.key] = f"no note in its history: {silent.why}"
            continue
        failed = _send(target, _batch(run, target, one, record, told(one, run)))
        if failed is None:
            continue
        run.log.warning(
            "not noted", mapping=joined.mapping.name, object=target.type.name, record=record, reason=failed.why
        )
        if failed.own:
            made.failed[one.key] = f"the note in its history failed: {failed.why}"
        else:
            run.histories[place] = silent = Silent(one, failed.why)
            made.untried[one.key] = str(silent)
    return made


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


@dataclass(frozen=True, slots=True)
class _Failed:
    why: str
    own: bool
    """For a reason of this record: the next one may be noted."""


def _send(target: Endpoint, batch: Batch) -> _Failed | None:
    try:
        outcome = target.peer.connection.write(batch)[0]
    except BatchRefused as refused:
        return _Failed(str(refused), refused.cause not in OF_NO_RECORD)
    except TieoutError as fault:
        return _Failed(str(fault), own=False)
    if isinstance(outcome, Refused):
        return _Failed(outcome.message, outcome.cause not in OF_NO_RECORD)
    return None
