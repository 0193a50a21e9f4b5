"""What a plan does to the books, as a person reads it: one line a sum, currencies and amounts under one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tieout.report.amounts import DEFAULT, counted, written

if TYPE_CHECKING:
    from tieout.report.run_text import Styles

Effect = Mapping[str, Mapping[str, Decimal]]
SUMS = ("receivables", "revenue", "tax")
WIDEST = 40
"""Characters of a name; with its currency and its amount a line stays within 80."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One sum."""

    label: str
    currency: str
    amount: str


def books_lines(effect: Effect, styles: Styles, locale: str = DEFAULT) -> Iterator[str]:
    """Show what a plan does to the books; `locale`: how numbers are written."""
    rows = [*_sums(effect, locale), *_steps(effect, locale)]
    if not rows and not effect.get("untold"):
        return
    yield styles.dim("on the books, once approved")
    label = max((len(row.label) for row in rows), default=0)
    currency = max((len(row.currency) for row in rows), default=0)
    amount = max((len(row.amount) for row in rows), default=0)
    for row in rows:
        yield f"  {row.label:<{label}}  {row.currency:<{currency}}  {row.amount:>{amount}}"
    yield from (f"  {styles.dim(line)}" for line in _rates(effect, locale))
    yield from (f"  {styles.warn(line)}" for line in _unknown(effect, locale))


def _sums(effect: Effect, locale: str) -> Iterator[_Row]:
    for what in SUMS:
        for detail, amount in sorted(effect.get(what, {}).items()):
            account, currency = _split(detail)
            if amount:
                yield _Row(_label(what, account), currency, written(amount, currency, locale, signed=True))
        for base, amount in sorted(_in_base(what, effect).items()):
            yield _Row(f"{what} in {base}", base, written(amount, base, locale, signed=True))


def _split(detail: str) -> tuple[str, str]:
    """Part "200 GBP" into account and currency; what stands for a currency may have a space."""
    if detail.endswith("base currency"):
        return detail.removesuffix("base currency").strip(), "base currency"
    account, _, currency = detail.rpartition(" ")
    return account, currency


def _label(what: str, account: str) -> str:
    label = f"{what} {account}".strip()
    return label if len(label) <= WIDEST else label[: WIDEST - 1] + "…"


def _in_base(what: str, effect: Effect) -> dict[str, Decimal]:
    """Add up in base currency; nothing where all of it is in base currency anyhow."""
    sums: dict[str, Decimal] = {}
    foreign: set[str] = set()
    for detail, amount in effect.get("base", {}).items():
        kind, _, rest = detail.partition(" ")
        own, _, base = rest.rpartition(" in ")
        if kind == what:
            sums[base] = sums.get(base, Decimal(0)) + amount
            foreign |= {base} if own.rpartition(" ")[2] != base else set()
    return {base: amount for base, amount in sums.items() if base in foreign}


def _steps(effect: Effect, locale: str) -> Iterator[_Row]:
    for step, many in sorted(effect.get("documents", {}).items()):
        yield _Row(f"documents {step}", "", counted(many, locale))


def _rates(effect: Effect, locale: str) -> Iterator[str]:
    for rate, many in sorted(effect.get("rates", {}).items()):
        yield f"{_documents(many, locale)} at {rate}"


def _unknown(effect: Effect, locale: str) -> Iterator[str]:
    for currency, many in sorted(effect.get("unrated", {}).items()):
        yield f"not in base currency: {_documents(many, locale)} in {currency}, of which no rate is known"
    for detail, many in sorted(effect.get("untold", {}).items()):
        what, _, currency = detail.partition(" ")
        yield f"cannot be told beforehand: {what} of {_documents(many, locale)} in {currency}"


def _documents(many: Decimal, locale: str) -> str:
    return f"{counted(many, locale)} document{'' if many == 1 else 's'}"
