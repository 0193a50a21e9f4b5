"""Hold a document that its ledger would refuse, or take in another sense: nothing of it is sent. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tieout.model import Value
from tieout.money.allowed import Chosen, Ledger, Sent, refusals
from tieout.sync.charting import documents
from tieout.sync.sight import Sight
from tieout.sync.steps import fingerprint
from tieout.sync.words import Hold, ListWrite, Write


def refused(
    sight: Sight, end: int, will: Mapping[str, Value], writes: Sequence[Write], rows: Sequence[ListWrite], *, new: bool
) -> list[Hold]:
    """Give a hold for every cause for which a document cannot be sent; `writes` and `rows`: what of it is written."""
    side, chart = sight.mapping.sides[end], sight.facts.charts[end]
    profile = documents(side)
    if profile is None or chart is None:
        return []
    names = {one.names[0] for one in writes} | {one.names[0] for one in rows}
    sent = Sent(will, names, str(sight.facts.run.get("today") or ""), new)
    found = refusals(sent, Ledger(side.name, profile, chart, _chosen(rows)))
    return [
        Hold(
            f"ledger:{one.code}",
            one.code,
            one.message,
            fingerprint("ledger", one.code, one.about),
            (*one.ways_out, "then the next run goes on by itself"),
        )
        for one in found
    ]


def _chosen(rows: Sequence[ListWrite]) -> dict[str, Chosen]:
    """Give the tax types that rules chose by a tax table, with the rate that it says they have."""
    chosen: dict[str, Chosen] = {}
    for told in (told for one in rows for item in one.items for told in item.evidence.values()):
        percent = told.get("percent")
        if "tax_table" in told and isinstance(percent, Decimal):
            chosen[str(told["type"])] = Chosen(str(told["tax_table"]), percent)
    return chosen
