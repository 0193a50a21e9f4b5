"""Hand the tax tables of the organisations to the rules that ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tieout.mapping.compiled import CompiledMapping, OneWay, Rule
from tieout.mapping.transforms.chain import Chain
from tieout.mapping.transforms.tax import TaxBound
from tieout.money.tax import TaxTable
from tieout.transform import Bound

Tables = Mapping[str, TaxTable]
"""Side -> the table of its organisation."""


def with_tax(mapping: CompiledMapping, tables: Tables) -> CompiledMapping:
    """Give the mapping with its organisations' tax tables."""
    rules = tuple(_rule(rule, tables) for rule in mapping.rules)
    lists = tuple(replace(rows, rules=tuple(_rule(rule, tables) for rule in rows.rules)) for rows in mapping.lists)
    return replace(mapping, rules=rules, lists=lists)


def _rule(rule: Rule, tables: Tables) -> Rule:
    if not isinstance(rule, OneWay):
        return rule  # no pair can have a tax type of a class
    cases = tuple(replace(case, conversion=_bound(case.conversion, tables)) for case in rule.cases)
    return replace(rule, cases=cases, conversion=_bound(rule.conversion, tables))


def _bound(bound: Bound | None, tables: Tables) -> Bound | None:
    if isinstance(bound, Chain):
        steps = tuple(made for step in bound.steps if (made := _bound(step, tables)) is not None)
        return replace(bound, steps=steps)
    return bound.with_table(tables.get(bound.side)) if isinstance(bound, TaxBound) else bound
