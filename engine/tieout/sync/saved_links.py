"""What a saved plan says of links alone, decided again: since it was made, runs may have gone on (law 7).

Nothing is read of the systems: a link, its end and its bases rest on the mirror, which every run brings up to date.
Within the run that made the plan nothing else can have moved them.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection as Tx

from tieout.store import keying, links
from tieout.store.links import LinkRow
from tieout.sync.decide import Decider, as_link, link_scope, record_scope
from tieout.sync.fingerprints import list_print
from tieout.sync.parting import ADOPTED, both_units
from tieout.sync.partners import find_partner
from tieout.sync.picked import asked_in
from tieout.sync.reversal import of_undo
from tieout.sync.run import Joined, Run
from tieout.sync.sharing import sharing
from tieout.sync.units import images_of
from tieout.sync.unlinked import Unlinked
from tieout.sync.words import Decision, Image, Kind, Planned

CHUNK = 500
"""Records that get their match keys at a time."""
Images = tuple[Mapping[str, Image], Mapping[str, Image]]
"""By end: the records of the operations."""


def outdated(run: Run, joined: Joined, tx: Tx, operations: Mapping[int, Planned]) -> dict[int, str]:
    """Give number -> why it is stale, of operations of one kind on links of one mapping."""
    decider = Decider(run, joined, tx, "", changed=False)
    # A person takes back what the rules say: the plan of an undo looked at the links themselves.
    asked = {number: operation for number, operation in operations.items() if not of_undo(operation)}
    ids = {number: both_units(joined.mapping, _ids(one), one.part) for number, one in asked.items()}
    found = (
        images_of(decider, 0, [first for first, _ in ids.values()]),
        images_of(decider, 1, [second for _, second in ids.values()]),
    )
    if any(operation.kind is Kind.LINK for operation in asked.values()):
        _index_new(run, joined, decider)
        named = _named(decider, 0, found) | _named(decider, 1, found)
        return {number: "they do not match any more" for number in asked if ids[number] not in named}
    return {
        number: "its values moved since the plan"
        for number, operation in asked.items()
        if not _still(decider, operation, (found[0].get(ids[number][0]), found[1].get(ids[number][1])))
    }


def link_of(tx: Tx, joined: Joined, operation: Planned) -> LinkRow | None:
    """Give the link that an operation is about; one that a plan makes itself is known by its two records."""
    if operation.link is not None:
        return links.by_id(tx, operation.link)
    ids = _ids(operation)
    rows = links.active(tx, joined.pair, 0, [ids[0]])
    return next((row for row in rows if (row.first, row.second) == ids and row.part == operation.part), None)


def _ids(operation: Planned) -> tuple[str, str]:
    mine, other = operation.record or "", operation.source
    return (mine, other) if operation.end == 0 else (other, mine)


# --- the pairing of two records -------------------------------------------------------------------------------------


def _index_new(run: Run, joined: Joined, decider: Decider) -> None:
    """Give records that were read since the last plan, by whomever, their match keys: they may match, or not any more.

    As planning does; what changes in a record makes its keys due again.
    """
    free = Unlinked(run, joined)
    for end in (0, 1):
        while ids := keying.unkeyed_ids(decider.tx, joined.pair, end, "", CHUNK):
            free.index(decider.tx, decider, end, ids)


def _named(decider: Decider, end: int, found: Images) -> set[tuple[str, str]]:
    """Give the pairs that would be linked now, as the records of one end see it."""
    tx, joined = decider.tx, decider.joined
    decider.remember([record_scope(end, unit) for unit in found[end]])
    keys = links.keys_of(tx, joined.pair, end, list(found[end]))
    shared = sharing(tx, decider, end, keys)
    pairs: set[tuple[str, str]] = set()
    for unit, image in found[end].items():
        if image.live:
            partner = find_partner(tx, decider, end, image, shared, keys.get(unit, {}))
            if partner is not None and not isinstance(partner, Decision):
                pairs.add((partner[0], unit) if end else (unit, partner[0]))
    return pairs


# --- what a link comes to -------------------------------------------------------------------------------------------


def _still(decider: Decider, operation: Planned, pair: tuple[Image | None, Image | None]) -> bool:
    """Say whether the link's records still give this operation."""
    row = link_of(decider.tx, decider.joined, operation)
    if row is None:
        return operation.link is None  # its own plan did not link the two
    if operation.link is None and row.evidence.get("run") == decider.run.id:
        return True  # its own plan has just made the link
    scope = link_scope(row.id)
    decider.remember([scope])
    decision = decider.link(as_link(row), pair, scope, wishes=asked_in(operation))
    fresh = next((one for one in decision.operations if one.kind is operation.kind), None)
    return fresh is not None and _same(operation, fresh)


def _same(operation: Planned, fresh: Planned) -> bool:
    if operation.kind is not Kind.AGREE:
        return (operation.why, dict(operation.evidence)) == (fresh.why, dict(fresh.evidence))
    if operation.evidence.get(ADOPTED) != fresh.evidence.get(ADOPTED):
        return False
    agreed = {one.rule: (one.values, one.quality) for one in fresh.agrees}
    lists = {rows.rule: (list_print(rows), list(rows.agreed), list(rows.gone)) for rows in fresh.lists}
    return all(agreed.get(one.rule) == (one.values, one.quality) for one in operation.agrees) and all(
        lists.get(rows.rule) == (list_print(rows), list(rows.agreed), list(rows.gone)) for rows in operation.lists
    )
