"""Parts that a person names: one that its record does not have is answered, not planned as nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection as Tx

from tieout.errors import UsageError
from tieout.mapping.compiled import ExpressionFailed, Undecided
from tieout.store import links
from tieout.sync.decide import Decider
from tieout.sync.figures import Selection
from tieout.sync.observe import images
from tieout.sync.parting import names_of
from tieout.sync.planview import reference
from tieout.sync.run import Joined, Run


def look_for_parts(run: Run, selection: Selection) -> None:
    """Raise UsageError where a record has no such part in any of the mappings that were named."""
    unknown: dict[tuple[int, str, str], str] = {}
    known: set[tuple[int, str, str]] = set()
    with run.database.read() as tx:
        for (name, end, id_), parts in selection.parts.items():
            joined = run.mapping(name)
            there = None if joined is None else _parts(run, joined, tx, end, id_)
            for part in parts:
                if joined is None or there is None or part in there:
                    known.add((end, id_, part))
                    continue
                record = reference(name, joined.mapping.sides[end].name, id_)
                unknown[end, id_, part] = f"{record} has no part {part}; it has: {', '.join(there) or 'none'}"
    for one in [told for asked, told in unknown.items() if asked not in known]:
        raise UsageError(one, mend="tieout plan MAPPING/SIDE:ID, without a part, plans all of them")


def _parts(run: Run, joined: Joined, tx: Tx, end: int, id_: str) -> Sequence[str] | None:
    """Give the parts that a record has, or that its links stand for; None: that can't be told here."""
    decider = Decider(run, joined, tx, "", changed=False)
    image = images(tx, joined.ends[end], [id_]).get(id_)
    if image is None or not image.live:
        return None
    try:
        names = names_of(joined.mapping, decider.alone(image, end).records)
    except (ExpressionFailed, Undecided):
        return None  # the plan holds the record, and says why
    rows = links.active(tx, joined.pair, end, [id_], children=False)
    return list(dict.fromkeys([*names, *(row.part for row in rows if row.part)]))
