"""`link: customers` and `link: products.Code`: the id of a record's partner in another mapping."""

from __future__ import annotations

from collections.abc import Sequence

from tieout.language.copies import names_to_call
from tieout.language.nodes import Node, ScalarNode
from tieout.mapping.catalogue import Endpoint, near
from tieout.mapping.compiled import LinkTarget, Path
from tieout.mapping.draft import Draft, Ground, Reach
from tieout.mapping.names import use
from tieout.model import Field, Kind


def link_target(
    node: Node | None, ends: tuple[Endpoint, Endpoint], fields: Sequence[Field | None], ground: Ground, draft: Draft
) -> LinkTarget | None:
    """Compile a link; `ends` and `fields`: source, target (of a pair in the order of the file)."""
    if not isinstance(node, ScalarNode) or not isinstance(node.value, str):
        return None
    named, _, path = node.value.partition(".")
    mapping = _meant(named, node, ground, draft)
    there = None if mapping is None else _mapping(mapping, node, ground, draft)
    if mapping is None or there is None:
        return None
    draft.links.add(mapping)
    partners = [_partner(end, found, there) for end, found in zip(ends, fields, strict=True)]
    for end, found, partner in zip(ends, fields, partners, strict=True):
        # With a path, the target takes any field of the partner; only the source must be an id.
        if partner is None and not (path and end is ends[1]):
            _mismatch(mapping, end, found, there, node, draft)
            return None
    if not path:
        return LinkTarget(mapping)
    target = partners[1] or next((end for end in there if end.connection == ends[1].connection), None)
    if target is None:
        _mismatch(mapping, ends[1], None, there, node, draft)
        return None
    probe = Draft()
    use(path, node.inside(len(named) + 1), Reach(target), ground, probe)
    # The path belongs to the other mapping's side, not to a side of this one.
    draft.problems += probe.problems
    draft.missing += probe.missing
    draft.hidden |= probe.hidden
    draft.partner_paths.add((mapping, target.side, path))
    return LinkTarget(mapping, Path(path, tuple(path.split("."))))


def _meant(named: str, node: ScalarNode, ground: Ground, draft: Draft) -> str | None:
    """Give the mapping that a name means: of one over several connections the copy over a connection of this one."""
    copies = ground.copies.get(named)
    if copies is None:
        return named
    here = {end.connection for end in ground.ends}
    mine = [copy for connection, copy in copies.items() if connection in here]
    if len(mine) == 1:
        return mine[0]
    shares = "several of them" if mine else "none of them"
    message = f"{named} is over {', '.join(copies)}, and {ground.mapping} over {shares}"
    mend = f"name the copy that is meant: {', '.join(mine or copies.values())}"
    draft.error("which-copy", message, node.at, mend)
    return None


def _mapping(mapping: str, node: ScalarNode, ground: Ground, draft: Draft) -> tuple[Endpoint, Endpoint] | None:
    if mapping in ground.absent:
        message = f"the mapping {mapping} is left out here: {ground.absent[mapping]}"
        draft.missing.append(f"the mapping {mapping} is left out")
        draft.error("mapping-skipped", message, node.at, "make this rule optional: true")
        return None
    if mapping in ground.names - set(ground.links):
        return None  # it is there, and its own problems are reported
    if mapping not in ground.links:
        nearest = near(mapping, names_to_call(ground.links))
        mend = "" if nearest else f"there are: {', '.join(sorted(ground.links))}"
        draft.error("unknown-mapping", f"there is no mapping {mapping}", node.at, mend, nearest)
        return None
    return ground.links[mapping]


def _partner(end: Endpoint, found: Field | None, there: tuple[Endpoint, Endpoint]) -> Endpoint | None:
    """Give the side of the other mapping whose ids this end holds."""
    for partner in there:
        if partner.connection != end.connection:
            continue
        if (
            found is None
            or found.kind is not Kind.REFERENCE
            or not found.refers_to
            or partner.object in found.refers_to
        ):
            return partner
    return None


def _mismatch(
    mapping: str, end: Endpoint, found: Field | None, there: tuple[Endpoint, Endpoint], node: ScalarNode, draft: Draft
) -> None:
    holds = f"{found.path} refers to {' or '.join(found.refers_to)}" if found and found.refers_to else "an id"
    pairs = " and ".join(str(one) for one in there)
    mend = "name the mapping that pairs these records"
    if end.connection not in {one.connection for one in there}:
        mend += f", or have {mapping} go over {end.connection}, too"
    draft.error("link-mismatch", f"{mapping} pairs {pairs}; {holds} of {end.connection}", node.at, mend)
