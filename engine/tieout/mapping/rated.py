"""Hand a run's rates to the rules that ask for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tieout.mapping.compiled import CompiledMapping, Position
from tieout.mapping.rebinding import all_rules, rebound, transforms_of
from tieout.mapping.rolled import Rollup
from tieout.mapping.transforms.asking import RatedBound
from tieout.money.rates import Rates


def asks_for_rates(mapping: CompiledMapping) -> Iterator[tuple[str, Position]]:
    """Yield the rules that ask for rates, those of lists and roll-ups included: their names, and where they stand."""
    for rule in all_rules(mapping):
        if any(isinstance(bound, RatedBound) for bound in transforms_of(rule)):
            yield rule.key, rule.at
    for rollup in mapping.rollups:
        if rollup.exchange is not None:
            yield f"rollup.{rollup.name}", rollup.at


def with_rates(mapping: CompiledMapping, rates: Rates) -> CompiledMapping:
    """Give the mapping with rates in every rule that asks for them."""
    found = {side.name: rates.bases.get(side.connection) for side in mapping.sides}
    bases = {side: base for side, base in found.items() if base is not None}
    mapping = replace(mapping, rollups=tuple(_rollup(one, rates) for one in mapping.rollups))
    return rebound(mapping, lambda one: one.with_rates(rates, bases) if isinstance(one, RatedBound) else one)


def _rollup(one: Rollup, rates: Rates) -> Rollup:
    return one if one.exchange is None else replace(one, exchange=replace(one.exchange, rates=rates))
