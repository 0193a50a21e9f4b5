"""`parts`: a record of one side has a partner for each of its parts; what such a mapping can't say is refused here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tieout.language.nodes import MapNode, Node
from tieout.mapping.compiled import ListRule, Pair, Parts, Rule, holds
from tieout.mapping.draft import ABSENCES, Draft, Ground
from tieout.mapping.names import read_expression
from tieout.mapping.policies import may, words
from tieout.problems import Position

Complaint = tuple[str, Position, str]
"""What is wrong, where, and what to write instead."""


def parts_of(root: MapNode, ground: Ground, draft: Draft) -> Parts | None:
    """Compile `parts`; None where there are none, or a setting has them switched off."""
    written = root.get("parts")
    if not isinstance(written, MapNode):
        return _parts(written, ground, draft, switched=False)
    when = read_expression(written.get("when"), ground, draft, {}, ("settings",))
    if when is None or not holds(when({"settings": dict(ground.settings)})):
        off = Draft()
        _parts(written.get("from"), ground, off, switched=True)
        draft.problems += [one for one in off.problems if one.code not in ABSENCES]
        return None
    return _parts(written.get("from"), ground, draft, switched=True)


def _parts(node: Node | None, ground: Ground, draft: Draft, *, switched: bool) -> Parts | None:
    names = read_expression(node, ground, draft, ground.records(), ("settings",))
    if names is None or node is None:
        return None
    sides = [side for side in ground.sides if side in names.reads]
    if len(sides) == 1:
        return Parts(sides[0], names, node.at, switched=switched)
    read = " and ".join(sides) or "no side"
    message = f"parts reads {read}: it tells the parts of the records of one side"
    draft.error("wrong-parts", message, node.at, f"read one of {', '.join(ground.sides)}")
    return None


def one_side(root: MapNode, sides: Sequence[str]) -> str | None:
    """Give the side whose records have parts, as the text of `parts` has it, whether they are switched on or not."""
    node = root.get("parts")
    text = node.text("from") if isinstance(node, MapNode) else root.text("parts")
    return next((side for side in sides if re.search(rf"(?<![\w.]){side}\.", text)), None)


def fit_together(
    root: MapNode, parts: Parts | None, rules: Sequence[Rule], lists: Sequence[ListRule], draft: Draft
) -> None:
    """Check that the rest of the mapping goes with its parts."""
    for message, at, mend in _wrong(root, parts, rules, lists) if parts is not None else ():
        draft.error("wrong-parts", message, at, mend)


def _wrong(root: MapNode, parts: Parts, rules: Sequence[Rule], lists: Sequence[ListRule]) -> Iterator[Complaint]:
    one = parts.side
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
    if remembered is not None and not parts.switched:
        yield f"{why}: one field can't hold the ids of all", remembered.at, f"remember {one} on the other side"
    created = root.table("create").get(one)
    if created is not None and may(created, "create"):
        yield f"{why}: which part a new one would be can't be told", created.at, "write never"
    for kind in ("delete", "leave"):
        written = root.table(kind).get(one)
        if written is not None and words(written, kind) - {"keep", "hold"}:
            yield f"{why}: it does not go when one of them does", written.at, "write keep or hold"
