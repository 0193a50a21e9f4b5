"""One link as its rules see it, apart from any plan: for what is offered, and for what people are told of it."""

from __future__ import annotations

from tieout.store.links import LinkRow
from tieout.sync.decide import Decider, as_link, link_scope
from tieout.sync.observe import images
from tieout.sync.sight import Sight


def linked_sight(decider: Decider, row: LinkRow) -> Sight:
    """Give both records of a link as they were read last, with what persons said of its picks."""
    joined, scope, ids = decider.joined, link_scope(row.id), (row.first, row.second)
    first, second = (images(decider.tx, joined.ends[end], [ids[end]]).get(ids[end]) for end in (0, 1))
    decider.remember([scope])
    return decider.sight((first, second), as_link(row), row.part, decider.past[scope])
