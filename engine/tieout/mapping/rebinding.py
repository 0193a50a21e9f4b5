"""Hand what only a run knows (rates, tax tables) to the bound transforms of a mapping that ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tieout.mapping.compiled import CompiledMapping, OneWay, Pair, Rule
from tieout.mapping.transforms.chain import Chain
from tieout.transform import Bound

Change = Callable[[Bound], Bound]
"""Gives a transform with what it asks for; any other as it is."""


def all_rules(mapping: CompiledMapping) -> Iterator[Rule]:
    """Yield the rules of a mapping, those of its lists included."""
    yield from mapping.rules
    for rows in mapping.lists:
        yield from rows.rules


def transforms_of(rule: Rule) -> Iterator[Bound]:
    """Yield the transforms of a rule one by one, also those of a chain."""
    cases = () if isinstance(rule, Pair) else (case.conversion for case in rule.cases)
    for bound in (rule.conversion, *cases):
        if isinstance(bound, Chain):
            yield from bound.steps
        elif bound is not None:
            yield bound


def rebound(mapping: CompiledMapping, change: Change) -> CompiledMapping:
    """Give the mapping with its one-way rules' transforms changed; no pair can ask for what goes one way only."""
    rules = tuple(_rule(rule, change) for rule in mapping.rules)
    lists = tuple(replace(rows, rules=tuple(_rule(rule, change) for rule in rows.rules)) for rows in mapping.lists)
    return replace(mapping, rules=rules, lists=lists)


def _rule(rule: Rule, change: Change) -> Rule:
    if not isinstance(rule, OneWay):
        return rule
    cases = tuple(replace(case, conversion=_bound(case.conversion, change)) for case in rule.cases)
    return replace(rule, cases=cases, conversion=_bound(rule.conversion, change))


def _bound(bound: Bound | None, change: Change) -> Bound | None:
    if isinstance(bound, Chain):
        return replace(bound, steps=tuple(change(step) for step in bound.steps))
    return None if bound is None else change(bound)
