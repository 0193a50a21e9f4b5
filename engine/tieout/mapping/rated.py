"""Hand a run's rates to the rules that ask for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tieout.mapping.compiled import CompiledMapping, OneWay, Pair, Rule
from tieout.mapping.transforms.asking import RatedBound
from tieout.mapping.transforms.chain import Chain
from tieout.money.rates import Rates
from tieout.transform import Bound


def rules_with_rates(mapping: CompiledMapping) -> Iterator[Rule]:
    """Yield the rules that ask for rates, those of lists included."""
    for rule in (*mapping.rules, *(inner for rows in mapping.lists for inner in rows.rules)):
        if any(_asks(bound) for bound in _conversions(rule)):
            yield rule


def with_rates(mapping: CompiledMapping, rates: Rates) -> CompiledMapping:
    """Give the mapping with rates in every rule that asks for them."""
    found = {side.name: rates.bases.get(side.connection) for side in mapping.sides}
    bases = {side: base for side, base in found.items() if base is not None}
    rules = tuple(_rule(rule, rates, bases) for rule in mapping.rules)
    lists = tuple(
        replace(rows, rules=tuple(_rule(rule, rates, bases) for rule in rows.rules)) for rows in mapping.lists
    )
    return replace(mapping, rules=rules, lists=lists)


def _conversions(rule: Rule) -> list[Bound | None]:
    if isinstance(rule, Pair):
        return [rule.conversion]
    return [rule.conversion, *(case.conversion for case in rule.cases)]


def _asks(bound: Bound | None) -> bool:
    if isinstance(bound, Chain):
        return any(_asks(step) for step in bound.steps)
    return isinstance(bound, RatedBound)


def _rule(rule: Rule, rates: Rates, bases: Mapping[str, str]) -> Rule:
    if not isinstance(rule, OneWay) or not any(_asks(bound) for bound in _conversions(rule)):
        return rule
    cases = tuple(replace(case, conversion=_bound(case.conversion, rates, bases)) for case in rule.cases)
    return replace(rule, cases=cases, conversion=_bound(rule.conversion, rates, bases))


def _bound(bound: Bound | None, rates: Rates, bases: Mapping[str, str]) -> Bound | None:
    if isinstance(bound, Chain):
        steps = tuple(made for step in bound.steps if (made := _bound(step, rates, bases)) is not None)
        return replace(bound, steps=steps)
    return bound.with_rates(rates, bases) if isinstance(bound, RatedBound) else bound
