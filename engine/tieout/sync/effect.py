"""What an operation does to the books: receivables by currency and revenue by account, in document currency. Pure.

A draft counts once it is approved; the plan says so. Base currency and tax follow with the money guards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tieout.mapping.compiled import Side
from tieout.model import Value
from tieout.money.totals import PROFILES, predict


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where a ledger's sales document keeps what the effect is made of."""

    account: str
    sale: tuple[str, str]
    """Field and value that make it a sales document."""
    dead: frozenset[str]
    """Statuses of documents that count for nothing."""


LEDGERS: Mapping[str, Ledger] = {"xero": Ledger("AccountCode", ("Type", "ACCREC"), frozenset({"VOIDED", "DELETED"}))}
"""Adapter -> its ledger (facts: xero 2.3)."""

Effect = dict[str, Value]


def effect(side: Side, before: Mapping[str, Value] | None, after: Mapping[str, Value] | None) -> Effect:
    """Give what changes: "receivables GBP" and "revenue 200 GBP" -> amount; nothing for other records."""
    was, will = _standing(side, before), _standing(side, after)
    changed = {name: will.get(name, Decimal(0)) - was.get(name, Decimal(0)) for name in {**was, **will}}
    return {name: amount for name, amount in sorted(changed.items()) if amount}


def _standing(side: Side, record: Mapping[str, Value] | None) -> dict[str, Decimal]:
    ledger, profile = LEDGERS.get(side.adapter), PROFILES.get(side.adapter)
    if record is None or ledger is None or profile is None or profile.lines not in record:
        return {}
    name, value = ledger.sale
    if record.get(name) != value or record.get("Status") in ledger.dead:
        return {}
    document = predict(record, profile)
    currency = str(document.get(profile.currency) or "base currency")
    sums: dict[str, Decimal] = {}
    rows = document.get(profile.lines)
    for row in rows if isinstance(rows, list) else []:
        amount = row.get(profile.amount) if isinstance(row, Mapping) else None
        if isinstance(amount, Decimal) and isinstance(row, Mapping):
            account = f"revenue {row.get(ledger.account) or 'by item'} {currency}"
            sums[account] = sums.get(account, Decimal(0)) + amount
    subtotal = document.get(profile.subtotal)
    if isinstance(subtotal, Decimal):
        sums[f"receivables {currency}"] = subtotal
    return sums
