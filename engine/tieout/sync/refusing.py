"""Hold a document that its ledger would refuse, or take in another sense: nothing of it is sent. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from tieout.mapping.taxed import tax_table
from tieout.model import Value
from tieout.money.allowed import Ledger, Sent, refusals
from tieout.sync.charting import documents
from tieout.sync.sight import Sight
from tieout.sync.steps import fingerprint
from tieout.sync.words import Hold, ListWrite, Write


def refused(sight: Sight, end: int, will: Mapping[str, Value], names: Collection[str], *, new: bool) -> list[Hold]:
    """Give a hold for every cause for which a document cannot be sent; `names`: the top-level names written."""
    side, chart = sight.mapping.sides[end], sight.facts.charts[end]
    profile = documents(side)
    if profile is None or chart is None:
        return []
    sent = Sent(will, names, str(sight.facts.run.get("today") or ""), new)
    found = refusals(sent, Ledger(side.name, profile, chart, tax_table(sight.mapping, side.name)))
    return [
        Hold(
            f"ledger:{one.code}",
            one.code,
            one.message,
            fingerprint("ledger", one.code, one.message),
            (*one.ways_out, "then the next run goes on by itself"),
        )
        for one in found
    ]


def written(writes: Sequence[Write], rows: Sequence[ListWrite]) -> set[str]:
    """Name the top-level fields that an operation writes."""
    return {one.names[0] for one in writes} | {one.names[0] for one in rows}
