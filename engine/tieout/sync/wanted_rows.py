"""The rows that a one-way list should have: the source's, up to its limit, and a line for what rounding leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tieout.mapping.compiled import ListRule, Missing, holds
from tieout.model import Value
from tieout.sync.rounding_lines import rounding_row
from tieout.sync.sight import Sight

Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Wanted:
    """One row of the source."""

    id: str
    ordinal: int
    row: Row


def wanted_rows(
    rule: ListRule, sight: Sight, source_end: int, notes: list[str], will: Row | None = None
) -> list[Wanted]:
    """Give the rows that a one-way list should have; raises ExpressionFailed, Unconvertible or Undecided.

    `notes`: gets what is to be said of it. `will`: the document as it will be, where that is not the one that is there.
    """
    rows = rule.source(sight.scope) if rule.source is not None else None
    if not isinstance(rows, list):
        return []
    name = sight.mapping.sides[source_end].name
    kept = [row for row in rows if isinstance(row, Mapping) and _passes(rule, sight, name, row)]
    if rule.limit is not None and len(kept) > rule.limit:
        notes.append(f"{rule.key}: {len(kept) - rule.limit} rows beyond the limit of {rule.limit} are left out")
        kept = kept[: rule.limit]
    kept += _rounded(rule, sight, source_end, will, kept)
    path, seen, wanted = rule.ids.get(name), Counter[str](), []
    for place, row in enumerate(kept):
        value = None if path is None else path.read(row)
        id_ = str(value) if value is not None and not isinstance(value, Missing) else f"#{place}"
        wanted.append(Wanted(id_, seen[id_], row))
        seen[id_] += 1
    return wanted


def _rounded(rule: ListRule, sight: Sight, source_end: int, will: Row | None, kept: Sequence[Row]) -> list[Row]:
    """Give the rounding line, where the list has a rule for one and the amounts differ."""
    image = sight.images[1 - source_end]
    if rule.rounding is None or not kept:
        return []
    document = will if will is not None else image.record if image is not None else {}
    names = [side.name for side in sight.mapping.sides]
    scopes = [item_scope(sight, {names[source_end]: dict(row), names[1 - source_end]: None}) for row in kept]
    row = rounding_row(rule, rule.rounding, sight, document, scopes)
    return [] if row is None else [row]


def _passes(rule: ListRule, sight: Sight, name: str, row: Row) -> bool:
    return rule.where is None or holds(rule.where(item_scope(sight, {name: dict(row)})))


def item_scope(sight: Sight, items: Mapping[str, Value]) -> dict[str, Value]:
    """Give what an expression about items sees: them in place of their records, and those as `parent`."""
    names = (sight.mapping.sides[0].name, sight.mapping.sides[1].name)
    return {
        **sight.scope,
        **{name: items.get(name) for name in names},
        "parent": {name: sight.scope[name] for name in names},
    }
