"""Match rules (LANGUAGE §4): how records that are not linked yet find each other."""

from __future__ import annotations

from tieout.language.nodes import MapNode
from tieout.mapping.compiled import MatchPair, MatchRule, Path
from tieout.mapping.conversions import Use, bind
from tieout.mapping.draft import Draft, Ground, Reach
from tieout.mapping.links import link_target
from tieout.mapping.names import read_path, use
from tieout.model import Field, Kind
from tieout.problems import Position
from tieout.transform import End


def match_rules(root: MapNode, ground: Ground, draft: Draft) -> tuple[MatchRule, ...]:
    """Compile all match rules, in their order."""
    found = []
    for node in root.tables("match"):
        part = Draft()
        rule = _rule(node, ground, part)
        if part.missing and node.flag("optional"):
            draft.skip("match", part, node.at)
            continue
        draft.take(part)
        if rule is not None:
            found.append(rule)
    return tuple(found)


def _rule(node: MapNode, ground: Ground, draft: Draft) -> MatchRule | None:
    written = node.tables("all") if "all" in node.entries else (node,)
    pairs = [_pair(item, ground, draft) for item in written]
    complete = tuple(pair for pair in pairs if pair is not None)
    if len(complete) < len(pairs):
        return None
    if all(pair.link for pair in complete):
        message = "a link alone matches every record under the same partner"
        draft.warn("match-by-link", message, node.at, "add a pair that tells them apart, under `all`")
    return MatchRule(complete, node.text("accept", "link"), node.flag("decides"), node.at)


def _pair(node: MapNode, ground: Ground, draft: Draft) -> MatchPair | None:
    paths: dict[str, Path] = {}
    fields: list[Field | None] = []
    for side in ground.sides:
        path = read_path(node.get(side), draft, ground.sides)
        if path is None:
            return None
        paths[side] = path
        fields.append(use(path.text, node.entries[side].at, Reach(ground.end(side)), ground, draft))
    link = link_target(node.get("link"), (ground.ends[0], ground.ends[1]), fields, ground, draft)
    # Without fields: a transform that only compares knows by this that nothing is written.
    ends = [End(end.side, end.adapter, None) for end in ground.ends]
    use_of = Use(ends[0], ends[1], True, ground.records(), frozenset({"settings"}))  # noqa: FBT003  # a pair
    compare = bind(node.get("compare"), use_of, ground, draft)
    if "compare" not in node.entries and "link" not in node.entries:
        _comparable(fields, node.entries[ground.sides[1]].at, draft)
    return MatchPair(paths, compare, link)


def _comparable(fields: list[Field | None], at: Position, draft: Draft) -> None:
    one, other = fields
    text = {Kind.TEXT, Kind.CHOICE, Kind.REFERENCE}
    number = {Kind.NUMBER, Kind.MONEY}
    if one is None or other is None or one.kind is other.kind:
        return
    if {one.kind, other.kind} <= text or {one.kind, other.kind} <= number:
        return
    message = f"{one.path} is a {one.kind.value}, {other.path} is a {other.kind.value}: they never match"
    draft.error("wrong-kind", message, at, "match fields of one kind, or name a transform under `compare`")
