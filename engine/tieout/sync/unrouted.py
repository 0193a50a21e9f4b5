"""What every plan says of the records that no copy of a mapping takes: how many they are, and some of their names."""

from __future__ import annotations

from sqlalchemy import Connection as Tx

from tieout.store import overview, standing
from tieout.sync.planview import reference
from tieout.sync.routing import UNROUTED
from tieout.sync.run import Joined, Run

NAMED = 3
"""Records that are named; `tieout status` has them all."""


def unrouted_notes(run: Run) -> list[str]:
    """Give a line for each mapping over several connections that has such records."""
    with run.database.read() as tx:
        return [line for joined in run.joined if (line := _line(tx, joined))]


def _line(tx: Tx, joined: Joined) -> str:
    family = joined.mapping.family
    ids = [] if family is None else list(dict.fromkeys(_record(tx, joined, kept.scope) for kept in _held(tx, joined)))
    if family is None or not ids:
        return ""
    names = [reference(family.name, family.side, id_) for id_ in ids[:NAMED]]
    more = f" and {len(ids) - NAMED} more (tieout status)" if len(ids) > NAMED else ""
    return f"{family.name}: no `route` takes {len(ids)} record{'' if len(ids) == 1 else 's'}: {', '.join(names)}{more}"


def _held(tx: Tx, joined: Joined) -> list[standing.Standing]:
    return standing.with_code(tx, joined.pair, UNROUTED)


def _record(tx: Tx, joined: Joined, scope: str) -> str:
    """Give the record that a scope is about: one without a partner, or one of a link."""
    kind, _, rest = scope.partition(":")
    if kind != "link":
        return rest.partition(":")[2].partition("#")[0]
    linked = overview.link_of(tx, int(rest))
    family = joined.mapping.family
    end = 1 if family is not None and joined.mapping.sides[1].name == family.side else 0
    return rest if linked is None else linked.ids[end]
