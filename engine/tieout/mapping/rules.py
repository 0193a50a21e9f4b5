"""Field rules: the four shapes of LANGUAGE §5, compiled."""

from __future__ import annotations

from tieout.language.nodes import MapNode
from tieout.mapping.compiled import Rule
from tieout.mapping.draft import Draft, Place
from tieout.mapping.one_way import one_way
from tieout.mapping.pairs import pair
from tieout.mapping.rule_parts import rule_name


def field_rule(node: MapNode, place: Place, draft: Draft) -> Rule | None:
    """Compile one rule; None if it is wrong, or left out because it is optional."""
    part = Draft()
    named = [side for side in place.ground.sides if side in node.entries]
    both = len(named) == 2  # noqa: PLR2004  # sides
    rule = pair(node, place, part) if both else one_way(node, named[0], place, part)
    if part.missing and node.flag("optional", default=place.optional):
        draft.skip(rule_name(node, place), part, node.at)
        return None
    draft.take(part)
    return rule
