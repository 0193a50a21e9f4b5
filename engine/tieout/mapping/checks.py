"""Checks: conditions on both records as they will be."""

from __future__ import annotations

from tieout.language.nodes import ListNode, MapNode
from tieout.mapping.compiled import Check, Expression
from tieout.mapping.draft import Draft, Ground
from tieout.mapping.names import read_expression

ROOTS = frozenset({"settings", "run", "link"})


def checks(root: MapNode, ground: Ground, draft: Draft) -> tuple[Check, ...]:
    """Compile all checks."""
    found = [_check(node, ground, draft) for node in root.tables("checks")]
    return tuple(check for check in found if check is not None)


def _check(node: MapNode, ground: Ground, draft: Draft) -> Check | None:
    records = ground.records()
    that = read_expression(node.get("that"), ground, draft, records, ROOTS)
    equal: tuple[Expression, Expression] | None = None
    written = node.get("equal")
    if isinstance(written, ListNode):
        one, other = (read_expression(item, ground, draft, records, ROOTS) for item in written.items)
        equal = (one, other) if one is not None and other is not None else None
    when = read_expression(node.get("when"), ground, draft, records, ROOTS)
    if that is None and equal is None:
        return None
    return Check(
        that=that,
        equal=equal,
        within=node.text("within", "0"),
        when=when,
        say=node.text("say"),
        otherwise=node.text("otherwise", "hold"),
        at=node.at,
    )
