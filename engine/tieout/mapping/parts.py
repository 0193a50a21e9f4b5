"""`parts`: a record of one side has a partner for each of its parts; what such a mapping can't say is refused here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tieout.language.nodes import MapNode, ScalarNode
from tieout.mapping.compiled import ListRule, Pair, Parts, Rule
from tieout.mapping.draft import Draft, Ground
from tieout.mapping.names import read_expression
from tieout.mapping.policies import may, words
from tieout.problems import Position

Complaint = tuple[str, Position, str]
"""What is wrong, where, and what to write instead."""


def parts_of(
    root: MapNode, rules: Sequence[Rule], lists: Sequence[ListRule], ground: Ground, draft: Draft
) -> Parts | None:
    """Compile `parts` and check that the rest of the mapping goes with it."""
    node = root.get("parts")
    names = read_expression(node, ground, draft, ground.records(), ("settings",))
    if names is None or not isinstance(node, ScalarNode):
        return None
    sides = [side for side in ground.sides if side in names.reads]
    if len(sides) != 1:
        read = " and ".join(sides) or "no side"
        message = f"parts reads {read}: it tells the parts of the records of one side"
        draft.error("wrong-parts", message, node.at, f"read one of {', '.join(ground.sides)}")
        return None
    for message, at, mend in _wrong(root, sides[0], rules, lists):
        draft.error("wrong-parts", message, at, mend)
    return Parts(sides[0], names, node.at)


def _wrong(root: MapNode, one: str, rules: Sequence[Rule], lists: Sequence[ListRule]) -> Iterator[Complaint]:
    why = f"with `parts`, a record of {one} has several partners"
    for rule in rules:
        if isinstance(rule, Pair):
            yield (
                f"{why}: none of them is the other end of a pair",
                rule.at,
                "make it one way, with `from`",
            )
    for rows in lists:
        if rows.side is None:
            yield f"{why}: a list of it can't go both ways", rows.at, f"make it one way: `from: {one}.…`"
    remembered = root.table("remember").get(one)
    if remembered is not None:
        yield f"{why}: one field can't hold the ids of all", remembered.at, f"remember {one} on the other side"
    created = root.table("create").get(one)
    if created is not None and may(created, "create"):
        yield f"{why}: which part a new one would be can't be told", created.at, "write never"
    for kind in ("delete", "leave"):
        written = root.table(kind).get(one)
        if written is not None and words(written, kind) - {"keep", "hold"}:
            yield f"{why}: it does not go when one of them does", written.at, "write keep or hold"
