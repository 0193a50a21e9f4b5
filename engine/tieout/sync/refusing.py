"""Hold what a system would refuse, or a ledger take in another sense: nothing of the record is sent. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from tieout.model import Value
from tieout.money.allowed import Chosen, Ledger, Sent, refusals
from tieout.money.profiles import Profile
from tieout.sync.charting import documents
from tieout.sync.sight import Sight
from tieout.sync.steps import fingerprint
from tieout.sync.words import Hold, ListWrite, Write


def refused(
    sight: Sight, end: int, will: Mapping[str, Value], writes: Sequence[Write], rows: Sequence[ListWrite], *, new: bool
) -> list[Hold]:
    """Give a hold for every cause for which a record cannot be sent; `writes` and `rows`: what of it is written."""
    found = list(_out_of_use(sight, end, writes))
    return found + _by_ledger(sight, end, will, writes, rows, new=new)


def _out_of_use(sight: Sight, end: int, writes: Sequence[Write]) -> Iterator[Hold]:
    """Yield a hold for every reference to an archived record, where the system takes none."""
    side = sight.mapping.sides[end]
    for write in writes:
        field = side.type.fields.get(".".join(write.names))
        if field is None or not field.in_use or not isinstance(write.sent, str):
            continue
        for name in field.refers_to:
            called = sight.facts.archived(side.connection, name, write.sent)
            if called is None:
                continue
            named = f'{write.sent} ("{called}")' if called else write.sent
            told = f"the {name} {named} is archived in {side.name}, and no {side.object} can be made for it there"
            ways = (f"restore the {name} in {side.name}; then the next run goes on by itself",)
            print_ = fingerprint("archived", write.sent)
            yield Hold(write.rule, "archived-reference", told, print_, ways, write.at)


def _by_ledger(
    sight: Sight, end: int, will: Mapping[str, Value], writes: Sequence[Write], rows: Sequence[ListWrite], *, new: bool
) -> list[Hold]:
    side, chart = sight.mapping.sides[end], sight.facts.charts[end]
    profile = documents(side)
    if profile is None or chart is None:
        return []
    names = {one.names[0] for one in writes} | {one.names[0] for one in rows}
    today = str(sight.facts.run.get("today") or "")
    sent = Sent(will, names, today, new, _booked(sight, rows, profile))
    ledger = Ledger(side.name, profile, chart, _chosen(rows), side.connection, side.sales_accounts)
    return [
        Hold(
            f"ledger:{one.code}",
            one.code,
            one.message,
            fingerprint("ledger", one.code, one.about),
            (*one.ways_out, "then the next run goes on by itself"),
            at=one.at,
        )
        for one in refusals(sent, ledger)
    ]


def _booked(sight: Sight, rows: Sequence[ListWrite], profile: Profile) -> dict[int, str]:
    """Give the places of lines whose account is given now, and by which rule; "": a new line leaves it to its item."""
    at = {inner.key: str(inner.at) for rule in sight.mapping.lists for inner in rule.rules}
    lines = [item for one in rows if ".".join(one.names) == profile.lines for item in one.items]
    given = {
        place: [rule for rule in item.fields if ".".join(item.paths.get(rule, ())) == profile.account]
        for place, item in enumerate(lines, 1)
    }
    return {
        place: at.get(given[place][0], "") if given[place] else ""
        for place, item in enumerate(lines, 1)
        if given[place] or item.id is None
    }


def _chosen(rows: Sequence[ListWrite]) -> dict[str, Chosen]:
    """Give the tax types that rules chose by a tax table, with the rate that it says they have."""
    chosen: dict[str, Chosen] = {}
    for told in (told for one in rows for item in one.items for told in item.evidence.values()):
        percent = told.get("percent")
        if "tax_table" in told and isinstance(percent, Decimal):
            chosen[str(told["type"])] = Chosen(str(told["tax_table"]), percent)
    return chosen
