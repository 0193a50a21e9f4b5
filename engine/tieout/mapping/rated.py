"""Hand a run's rates to the rules that ask for them."""

from __future__ import annotations

from collections.abc import Iterator

from tieout.mapping.compiled import CompiledMapping, Rule
from tieout.mapping.rebinding import all_rules, rebound, transforms_of
from tieout.mapping.transforms.asking import RatedBound
from tieout.money.rates import Rates


def rules_with_rates(mapping: CompiledMapping) -> Iterator[Rule]:
    """Yield the rules that ask for rates, those of lists included."""
    for rule in all_rules(mapping):
        if any(isinstance(bound, RatedBound) for bound in transforms_of(rule)):
            yield rule


def with_rates(mapping: CompiledMapping, rates: Rates) -> CompiledMapping:
    """Give the mapping with rates in every rule that asks for them."""
    found = {side.name: rates.bases.get(side.connection) for side in mapping.sides}
    bases = {side: base for side, base in found.items() if base is not None}
    return rebound(mapping, lambda one: one.with_rates(rates, bases) if isinstance(one, RatedBound) else one)
