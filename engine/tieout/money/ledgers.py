"""What of a ledger's documents people see as money, beside its rounding profile: status, rate. Data, one a ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where a ledger's sales document keeps what the effect on the books is made of, beside its profile."""

    status: str
    rate: str
    """Units of document currency for one unit of the organisation's base currency."""
    ended: Mapping[str, str]
    """Status of a document that counts for nothing -> what became of it."""
    drafts: frozenset[str]
    """Status of a document that is not in the books yet: it is edited, or deleted."""
    first: str
    """Status of a document that is made without one."""
    base_places: int
    """Decimal places of a figure in base currency."""


LEDGERS: Mapping[str, Ledger] = MappingProxyType(
    {
        "xero": Ledger(
            "Status",
            "CurrencyRate",
            MappingProxyType({"VOIDED": "voided", "DELETED": "deleted"}),
            frozenset({"DRAFT", "SUBMITTED"}),
            "DRAFT",
            2,
        )
    }
)
"""Adapter -> its ledger (facts: xero 2.3, 2.7)."""
