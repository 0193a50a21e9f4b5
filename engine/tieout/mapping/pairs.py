"""Pairs: field rules that go both ways."""

from __future__ import annotations

from tieout.language.nodes import MapNode
from tieout.mapping import fit
from tieout.mapping.amounts import coin_of, held_pair
from tieout.mapping.canonical import identity
from tieout.mapping.compiled import Blank, Conflict, Expression, Pair, Path
from tieout.mapping.conversions import bind
from tieout.mapping.draft import Draft, Flow, Place
from tieout.mapping.links import link_target
from tieout.mapping.names import read_expression, read_path, use, whole
from tieout.mapping.rule_parts import blank_of, condition, end_of, personal, rule_digest, sides_read, use_of, write
from tieout.model import Field, Kind
from tieout.transform import Bound


def pair(node: MapNode, place: Place, draft: Draft) -> Pair | None:
    """Compile a pair; what is wrong goes into the draft."""
    ground = place.ground
    if place.written:
        mend = f"give it a source: {{{place.written}: …, from: …}}"
        draft.error("pair-in-one-way-list", "a one-way list has no pairs in it", node.at, mend)
        return None
    paths: dict[str, Path] = {}
    fields: list[Field | None] = []
    for side in ground.sides:
        path = read_path(node.get(side), draft, ground.sides)
        at = node.entries[side].at
        if path is not None:
            paths[side] = path
            fields.append(use(path.text, at, place.reach[side], ground, draft))
    if len(paths) < len(ground.sides):
        return None
    bound = _conversion(node, fields, place, draft)
    _fit(node, fields, place, draft)
    conflict = _conflict(node, fields, place, draft)
    link = link_target(node.get("link"), (ground.ends[0], ground.ends[1]), fields, ground, draft)
    when = condition(node.get("when"), place, draft)
    default = read_expression(node.get("default"), ground, draft, place.reach, place.roots)
    _writes(node, paths, fields, bound, when, place, draft)
    if bound is None:
        return None
    coins = [coin_of(ground.end(side), found, ground) for side, found in zip(ground.sides, fields, strict=True)]
    bound = held_pair(node, bound, coins, when, draft)
    return Pair(
        key="=".join(place.key(side, paths[side].text) for side in ground.sides),
        paths=paths,
        conversion=bound,
        conflict=conflict,
        clears=blank_of(node, None, ground, draft) is not Blank.KEEP,
        default=default,
        when=when,
        link=link,
        pii=personal(node, fields),
        note=node.text("note"),
        digest=rule_digest(node, place, [when, default]),
        at=node.at,
    )


def _conversion(node: MapNode, fields: list[Field | None], place: Place, draft: Draft) -> Bound | None:
    ends = [end_of(side, place, found) for side, found in zip(place.ground.sides, fields, strict=True)]
    written = node.get("as")
    if written is None:
        return identity(ends[0], ends[1])
    bound = bind(written, use_of(ends[0], ends[1], place, pair=True), place.ground, draft)
    if bound is not None and not bound.exact:
        message = "a pair goes both ways, and this transform cannot be undone: every pass would change the value again"
        draft.error("lossy-pair", message, written.at, "make it one way: name one side and give it a `from`")
    return bound


def _fit(node: MapNode, fields: list[Field | None], place: Place, draft: Draft) -> None:
    ground = place.ground
    for side, found in zip(ground.sides, fields, strict=True):
        if side in ground.creates | ground.updates:
            at, reach = node.entries[side].at, place.reach[side]
            fit.writable(reach, found, whole(reach, node.text(side)), at, ground, draft, only=None)
            fit.currency(reach.end, found, at, ground, draft)
    one, other = fields
    if one is None or other is None or "as" in node.entries or "link" in node.entries:
        return
    fit.kinds(one, other, node.entries[ground.sides[1]].at, draft)
    fit.identifies(other, one, node.entries[ground.sides[0]].at, draft)


def _conflict(node: MapNode, fields: list[Field | None], place: Place, draft: Draft) -> str:
    word = node.text("conflict", place.conflict)
    known = [found for found in fields if found is not None]
    at = node.entries["conflict"].at if "conflict" in node.entries else node.at
    if word in {Conflict.MAX, Conflict.MIN} and any(found.kind not in fit.ORDERED for found in known):
        draft.error(
            "conflict-kind", f"conflict: {word} needs two numbers, amounts or dates", at, "name a side, or review"
        )
    if word == Conflict.UNION and any(found.kind is not Kind.CHOICES for found in known):
        draft.error("conflict-kind", "conflict: union needs two sets of choices", at, "name a side, or review")
    return word


def _writes(
    node: MapNode,
    paths: dict[str, Path],
    fields: list[Field | None],
    bound: Bound | None,
    when: Expression | None,
    place: Place,
    draft: Draft,
) -> None:
    sides = place.ground.sides
    spots = [(side, whole(place.reach[side], paths[side].text)) for side in sides]
    for side, found in zip(sides, fields, strict=True):
        if side in place.ground.creates | place.ground.updates:
            write(side, paths[side], found, bound, node, place, draft)
    conditions = sides_read(when, place) if when else frozenset()
    draft.flows += [
        Flow(frozenset({spots[0]}), spots[1], pair=True, conditions=conditions, at=node.at),
        Flow(frozenset({spots[1]}), spots[0], pair=True, conditions=conditions, at=node.at),
    ]
