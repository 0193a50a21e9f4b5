"""Which rows of two lists belong together, of which nothing is remembered yet. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tieout.mapping.compiled import ExpressionFailed, ListRule, Pair, Rule, Undecided, written_path
from tieout.model import Value
from tieout.sync.lists import AGREEING
from tieout.sync.merge import blank
from tieout.sync.row_ids import read_key
from tieout.sync.sight import Sight, pair_agreement, source_value
from tieout.sync.steps import Ledger, Place, step
from tieout.sync.words import Agree, Base, Child
from tieout.transform import Unconvertible

Row = Mapping[str, Value]
Names = tuple[str, str]
PlaceOf = Callable[[tuple[Row | None, Row | None]], Place]
"""Gives the place in which rules look at two rows."""


def key_rule(rule: ListRule, names: Names) -> Pair | None:
    """Give the rule that carries the natural key over, if rows are known by one on both sides."""
    for inner in rule.rules:
        if isinstance(inner, Pair) and all(inner.paths[name] == rule.ids.get(name) for name in names):
            return inner
    return None


def pair_rows(rule: ListRule, names: Names, free: list[dict[str, Row]], place_of: PlaceOf) -> list[tuple[str, str]]:
    """Take pairs out of `free` (by end: id -> row): by the natural key, else by content; never by place alone."""
    found: list[tuple[str, str]] = []
    key = key_rule(rule, names)
    order = [list(free[0]), list(free[1])]
    for anywhere in (False, True):
        for number, first in enumerate(order[0]):
            if first not in free[0]:
                continue
            near = list(free[1]) if anywhere else [id_ for id_ in order[1][number : number + 1] if id_ in free[1]]
            second = next((id_ for id_ in near if belong(rule, key, place_of((free[0][first], free[1][id_])))), None)
            if second is not None:
                del free[0][first], free[1][second]
                found.append((first, second))
    return found


def belong(rule: ListRule, key: Pair | None, place: Place) -> bool:
    """Say whether two rows are one: by the natural key that `key` carries over, else by content."""
    if key is not None:
        names = (place.sight.mapping.sides[0].name, place.sight.mapping.sides[1].name)
        values = (read_key(key.paths[names[0]], place.records[0] or {}),
                  read_key(key.paths[names[1]], place.records[1] or {}))  # fmt: skip
        return pair_agreement(key, names, values, place.scope) is not None
    made = [step(inner, place, Ledger()) for inner in rule.rules]
    same = all(one is None or (isinstance(one, Agree) and one.quality in AGREEING) for one in made)
    return same and any(isinstance(one, Agree) and not all(blank(value) for value in one.values) for one in made)


@dataclass(frozen=True, slots=True)
class Lost:
    """A row of a known pair that is not there any more under the id that it had."""

    child: Child
    end: int
    partner: Row | None


def found_again(rule: ListRule, sight: Sight, lost: Lost, free: Mapping[str, Row], place_of: PlaceOf) -> str | None:
    """Give the id of a row that holds just what was agreed for a lost one, or else what its partner holds now."""
    found = next((id_ for id_, row in free.items() if _is_same(rule, sight, lost.child, lost.end, row)), None)
    if found is not None or lost.partner is None:
        return found
    places = ((id_, place_of((row, lost.partner) if lost.end == 0 else (lost.partner, row)))
              for id_, row in free.items())  # fmt: skip
    return next((id_ for id_, place in places if belong(rule, None, place)), None)


def _is_same(rule: ListRule, sight: Sight, child: Child, end: int, row: Row) -> bool:
    """Say whether a row holds at every path just what was agreed for one of two paired rows."""
    side = sight.mapping.sides[end].name
    agreed = [
        (read_key(path, row), child.base[inner.key].values[end])
        for inner in rule.rules
        if inner.key in child.base and (path := written_path(inner, side)) is not None
    ]
    return all(now == then for now, then in agreed) and not all(blank(then) for _, then in agreed)


def moved(rule: Rule, base: Base, place: Place, row: Row, end: int) -> bool:
    """Say whether a row was changed since its base, as far as a rule can see."""
    side = place.sight.mapping.sides[end].name
    if isinstance(rule, Pair):
        return rule.paths[side].read(row) != base.values[end]
    if rule.side == side:
        return rule.only is None and rule.path.read(row) != base.values[end]
    try:
        return rule.only is None and source_value(rule, place.scope, None) != base.values[end]
    except (Unconvertible, ExpressionFailed, Undecided):
        return True
