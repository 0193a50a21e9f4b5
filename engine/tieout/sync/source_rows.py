"""Whether the rows that a one-way list is made from are still those of the last agreement. Pure."""

from __future__ import annotations

from tieout.mapping.compiled import Expression, ExpressionFailed, ListRule, OneWay, Undecided
from tieout.sync.merge import blank
from tieout.sync.sight import Sight, currency_of, in_force, source_value
from tieout.sync.wanted_rows import Wanted, item_scope, wanted_rows
from tieout.sync.words import Child
from tieout.transform import Unconvertible


def source_rows_moved(sight: Sight, rule: ListRule, end: int) -> bool:
    """Say whether rows came, went or changed at their source; what is made from more than this record says nothing."""
    if sight.link is None or not _alone(sight, rule.source, end):
        return False
    try:
        wanted = wanted_rows(rule, sight, end, [])
    except (ExpressionFailed, Unconvertible):
        return True
    except Undecided:
        return False
    known = {(child.ids[end], child.ordinal): child for child in sight.link.children.get(rule.key, ())}
    if known.keys() != {(row.id, row.ordinal) for row in wanted}:
        return True
    return any(_row_moved(sight, rule, end, row, known[row.id, row.ordinal]) for row in wanted)


def _row_moved(sight: Sight, rule: ListRule, end: int, row: Wanted, child: Child) -> bool:
    side = sight.mapping.sides[end]
    scope = item_scope(sight, {side.name: dict(row.row)})
    for inner in rule.rules:
        base = child.base.get(inner.key)
        if not isinstance(inner, OneWay) or inner.only is not None:
            continue
        expressions = [one for case in inner.cases for one in (case.when, case.source) if one is not None]
        if not expressions or not all(_alone(sight, one, end) for one in expressions):
            continue
        target = sight.images[1 - end]
        described = sight.mapping.sides[1 - end].type.fields.get(f"{rule.paths[inner.side].text}.{inner.path.text}")
        currency = None if target is None else currency_of(described, target.record)
        try:
            value, agreed = source_value(inner, scope, currency), None if base is None else base.values[end]
            if in_force(inner, scope) and value != agreed and not (blank(value) and blank(agreed)):
                return True
        except (Unconvertible, ExpressionFailed, Undecided):
            return True
    return False


def _alone(sight: Sight, expression: Expression | None, end: int) -> bool:
    """Say whether an expression reads this end's record and nothing else."""
    return expression is not None and set(expression.reads) == {sight.mapping.sides[end].name}
