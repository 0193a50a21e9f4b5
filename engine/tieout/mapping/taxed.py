"""Hand the tax tables of the organisations to the rules that ask for them."""

from __future__ import annotations

from collections.abc import Mapping

from tieout.mapping.compiled import CompiledMapping
from tieout.mapping.rebinding import rebound
from tieout.mapping.transforms.tax import TaxBound
from tieout.money.tax import TaxTable

Tables = Mapping[str, TaxTable]
"""Side -> the table of its organisation."""


def with_tax(mapping: CompiledMapping, tables: Tables) -> CompiledMapping:
    """Give the mapping with its organisations' tax tables."""
    return rebound(mapping, lambda one: one.with_table(tables.get(one.side)) if isinstance(one, TaxBound) else one)
