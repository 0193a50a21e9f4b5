"""Which rows of two lists belong together, of which nothing is remembered yet. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tieout.mapping.compiled import ListRule, Pair
from tieout.model import Value
from tieout.sync.lists import AGREEING
from tieout.sync.merge import blank
from tieout.sync.row_ids import read_key
from tieout.sync.sight import pair_agreement
from tieout.sync.steps import Ledger, Place, step
from tieout.sync.words import Agree

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
            second = next((id_ for id_ in near if _belong(rule, key, place_of((free[0][first], free[1][id_])))), None)
            if second is not None:
                del free[0][first], free[1][second]
                found.append((first, second))
    return found


def _belong(rule: ListRule, key: Pair | None, place: Place) -> bool:
    if key is not None:
        names = (place.sight.mapping.sides[0].name, place.sight.mapping.sides[1].name)
        values = (read_key(key.paths[names[0]], place.records[0] or {}),
                  read_key(key.paths[names[1]], place.records[1] or {}))  # fmt: skip
        return pair_agreement(key, names, values, place.scope) is not None
    made = [step(inner, place, Ledger()) for inner in rule.rules]
    same = all(one is None or (isinstance(one, Agree) and one.quality in AGREEING) for one in made)
    return same and any(isinstance(one, Agree) and not all(blank(value) for value in one.values) for one in made)
