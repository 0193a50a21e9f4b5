"""Records named on the command line: `customers`, `customers/crm:001…`, `customers@xero_uk/crm:001…`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.choosing import no_such
from tieout.errors import UsageError
from tieout.exits import worst
from tieout.language.copies import called, names_to_call
from tieout.sync.figures import Selection
from tieout.sync.parting import one_end
from tieout.sync.ways import WAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tieout.sync.run import Joined, Run


def selection_of(
    words: Sequence[str],
    sample: int | None,
    run: Run,
    requesting: str = "",
    picks: Mapping[str, str] | None = None,
) -> Selection | None:
    """Read what was named; None: everything. Raises UsageError with the nearest name.

    The name of a mapping over several connections stands for all its copies.
    """
    _needs_records(words, requesting, picks or {})
    if not words and sample is None:
        return None
    records: dict[str, list[tuple[int, str]]] = {}
    parts: dict[tuple[str, int, str], set[str]] = {}
    whole: set[str] = set()
    for word in words:
        name, slash, rest = word.partition("/")
        for joined in mappings_called(name, run):
            mapping = joined.mapping.name
            found = records.setdefault(mapping, [])
            if not slash:
                whole.add(mapping)
                continue
            end, id_, part = _record(word, name, rest, joined)
            found.append((end, id_))
            # What is printed behind the # of a record of the other side says no more than its id.
            parts.setdefault((mapping, end, id_), set()).add(part if one_end(joined.mapping) == end else "")
    if not words:
        records = {joined.mapping.name: [] for joined in run.joined}
    chosen = {name: [] if name in whole else found for name, found in records.items()}
    named = {record: given for record, given in parts.items() if "" not in given}
    return Selection(chosen, sample, requesting, picks or {}, parts=named)


def _needs_records(words: Sequence[str], requesting: str, picks: Mapping[str, str]) -> None:
    if requesting and not words:
        option = f"--way {requesting}" if requesting in WAYS else f"--{requesting}"
        raise UsageError(f"{option} needs to be told what for", mend=f"tieout plan MAPPING/SIDE:ID {option}")
    if picks and not words:
        mend = "tieout plan MAPPING/SIDE:ID --pick NAME=KEY"
        raise UsageError("--pick needs to be told which records it is for", mend=mend)


def mappings_called(name: str, run: Run) -> list[Joined]:
    """Give the mappings of a run that a name means.

    Raises UsageError with the nearest name, and where none can run the fault that keeps them out.
    """
    known = {one.mapping.name: one for one in run.joined}
    if found := called(name, known):
        return [known[one] for one in found]
    if faults := [run.refused[one] for one in called(name, run.refused)]:
        why = "; ".join(dict.fromkeys(str(fault) for fault in faults))
        code = worst(fault.exit_code for fault in faults)
        first = next(fault for fault in faults if fault.exit_code == code)
        raise first.said(f"the mapping {name} can't run now: {why}") from first
    raise UsageError(no_such("mapping", name, names_to_call(known)), mend="tieout status")


def names_called(names: Sequence[str], run: Run) -> list[str]:
    """Give the mappings that these names mean, in the order of the run; none: all. Raises UsageError."""
    wanted = {one.mapping.name for name in names for one in mappings_called(name, run)}
    return [one.mapping.name for one in run.joined if not names or one.mapping.name in wanted]


def _record(word: str, name: str, rest: str, joined: Joined) -> tuple[int, str, str]:
    """Read SIDE:ID#PART: end, id and part."""
    side, colon, id_ = rest.partition(":")
    sides = [one.name for one in joined.mapping.sides]
    if side not in sides:
        raise UsageError(no_such("side", side, sides), mend=f"write it as {name}/{sides[0]}:ID")
    if not colon or not id_:
        raise UsageError(f"{word!r} names no record", mend=f"write it as {name}/{side}:ID")
    id_, _, part = id_.partition("#")
    return sides.index(side), id_, part
