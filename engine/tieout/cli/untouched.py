"""What is told of a record that was named, and of which the plan has nothing: why, and what to type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from tieout.cli.asked import to_repeat
from tieout.store import links
from tieout.sync.idle import why_none

if TYPE_CHECKING:
    from sqlalchemy import Connection as Tx

    from tieout.report.run_view import Standing
    from tieout.sync.figures import Selection
    from tieout.sync.run import Joined, Run


def untouched(
    tx: Tx, run: Run, selection: Selection, planned: Sequence[Mapping[str, object]], standing: Sequence[Standing]
) -> Iterator[str]:
    """Tell of each record that was named why the plan has nothing of it; `standing`: the holds and questions.

    A record that is held is passed over: its hold is shown in words of its own.
    """
    busy = {str(one["source"]).partition("#")[0] for one in planned}
    for joined in run.joined:
        for end, id_ in selection.records.get(joined.mapping.name, ()):
            both = _both(tx, joined, end, id_)
            about = [one for one in standing if {one.record.partition("#")[0], one.partner.partition("#")[0]} & {*both}]
            if busy.isdisjoint(both) and not any(one.id is None for one in about):
                idle = "" if both[1:] else why_none(tx, run, joined, end, id_)
                yield f"{both[0]}: {_why(both, selection, [one.id for one in about if one.code != 'request'], idle)}"


def _both(tx: Tx, joined: Joined, end: int, id_: str) -> list[str]:
    """Name the record, and its partners if it has any."""
    rows = links.active(tx, joined.pair, end, [id_], children=False)
    partners = [row.first if end else row.second for row in rows]
    sides = (joined.mapping.sides[end].name, *(joined.mapping.sides[1 - end].name for _ in partners))
    return [f"{joined.mapping.name}/{side}:{one}" for side, one in zip(sides, (id_, *partners), strict=True)]


def _why(both: Sequence[str], selection: Selection, questions: Sequence[int | None], idle: str) -> str:
    record, partners = both[0], ", ".join(both[1:])
    if questions:
        first = f"tieout review show {questions[0]}{to_repeat()}"
        return f"{_counted(len(questions))} to be answered first: {first}"
    if selection.requesting == "create":
        if partners:
            return f"it has its partner already: {partners}"
        return f"no partner is made of it: {idle or 'the mapping makes none'}"
    if idle and not partners:
        return idle
    if not partners:
        more = "".join(f" --pick {name}={key}" for name, key in selection.picks.items())
        return f"it has no partner yet; ask for one: tieout plan {record} --create{more}{to_repeat()}"
    return f"it and {partners} agree already"


def _counted(many: int) -> str:
    return "a question is" if many == 1 else f"{many} questions are"
