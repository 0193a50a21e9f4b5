"""Guards in money: how much a plan moves, and whether that is more than is allowed. Pure.

What is counted is movement, not balance: of every document, account and tax type the amount by which it changes, up or
down, added up without its sign. A plan that takes a thousand from one customer and gives it to another leaves
receivables as they are, and moves two thousand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from tieout.guard_config import MONEY
from tieout.model import Value
from tieout.values import number

GUARDED = MONEY
"""What can have a limit, as the project names it."""
HEAD = "money-"
"""Before it in the name of its guard: `--allow money-tax`."""
Amounts = Mapping[str, Decimal]
"""Currency -> amount."""


def movement(effect: Mapping[str, Value]) -> dict[str, Decimal]:
    """Give how much one operation moves: "tax EUR", "base tax EUR in GBP"; and what of it cannot be told."""
    moved: dict[str, Decimal] = {}
    for name, amount in effect.items():
        if isinstance(amount, Decimal) and (short := _short(name)):
            moved[short] = moved.get(short, Decimal(0)) + abs(amount)
    return moved


def _short(name: str) -> str:
    """Leave accounts and tax types out of a name; "" for what has no limit."""
    words = name.split(" ")
    if words[0] == "base" and words[1] in GUARDED:
        return " ".join(["base", words[1], *words[-3:]])
    if words[0] in GUARDED:
        return f"{words[0]} {words[-1]}"
    return name if words[0] in {"untold", "unrated"} else ""


def excess(moved: Amounts, limits: Mapping[str, Amounts]) -> Iterator[tuple[str, str]]:
    """Give each guard that this movement passes, and how far; `limits`: what -> the most that may move."""
    for what in GUARDED:
        if what in limits:
            why = [*_untold(what, moved), *_over(what, moved, limits[what])]
            if why:
                yield HEAD + what, "; ".join(why)


def _untold(what: str, moved: Amounts) -> Iterator[str]:
    many = sum((count for name, count in moved.items() if name.startswith(f"untold {what} ")), Decimal(0))
    if many:
        yield f"{what} of {number(many)} document{'' if many == 1 else 's'} cannot be told beforehand"


def _over(what: str, moved: Amounts, limits: Amounts) -> Iterator[str]:
    """Compare by currency; one without a limit counts with the limit of the base currency, at the rates of the plan."""
    sums, parts = dict.fromkeys(limits, Decimal(0)), {currency: list[str]() for currency in limits}
    for currency, amount in _of(what, moved).items():
        if currency in limits:
            sums[currency] += amount
            parts[currency].insert(0, f"{currency} {number(amount)}")
            continue
        based = _in_base(what, currency, moved)
        if based is None or based[0] not in limits:
            yield _unlimited(what, currency, amount, None if based is None else based[0])
            continue
        sums[based[0]] += based[1]
        parts[based[0]].append(f"{currency} {number(amount)} ({based[0]} {number(based[1])})")
    for currency, limit in limits.items():
        if sums[currency] > limit:
            moves, most = " and ".join(parts[currency]), f"{currency} {number(limit)}"
            yield f"{what} would move by {moves}, up and down added up, and at most {most} is allowed"


def _of(what: str, moved: Amounts) -> dict[str, Decimal]:
    head = f"{what} "
    return {name.removeprefix(head): amount for name, amount in moved.items() if name.startswith(head)}


def _in_base(what: str, currency: str, moved: Amounts) -> tuple[str, Decimal] | None:
    """Give base currency and amount; None if of one document no rate is known."""
    if f"unrated {currency}" in moved:
        return None
    head = f"base {what} {currency} in "
    return next(((name.removeprefix(head), amount) for name, amount in moved.items() if name.startswith(head)), None)


def _unlimited(what: str, currency: str, amount: Decimal, base: str | None) -> str:
    if base is None:
        why = ", and no rate to the base currency is known"
    else:
        why = "" if base == currency else f", and neither has its base currency {base}"
    return (
        f"{what} would move by {currency} {number(amount)}, and {currency} has no limit{why}:"
        f" give guards.money.{what} an amount in {base or currency}"
    )
