"""What people are told with a notice: the values that it names, as text, masked where they are personal. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tieout.mapping.compiled import Coin, CompiledMapping, Undecided
from tieout.mapping.notice import Notice, Tell
from tieout.mapping.transforms.texts import spelt
from tieout.model import Value
from tieout.sync.masking import MASK, reads_personal
from tieout.transform import Scope
from tieout.values import dumps, number

NO_CURRENCY = "(its currency is not known)"
"""Stands for an amount that would stand without one."""


def told(mapping: CompiledMapping, notice: Notice, scope: Scope) -> dict[str, str]:
    """Give name -> text of all that is known and not blank. Raises ExpressionFailed."""
    found: dict[str, str] = {}
    for one in notice.tell:
        try:
            text = _text(one.value(scope), one.coins, scope)
        except Undecided:
            continue
        if text:
            found[one.name] = MASK if is_personal(mapping, one) else text
    return found


def is_personal(mapping: CompiledMapping, one: Tell) -> bool:
    """Say whether a value is masked: this mapping, the system or a mapping of what it reads calls it personal."""
    return one.personal or reads_personal(mapping, one.value)


def _text(value: Value, coins: Sequence[Coin], scope: Scope) -> str:
    match value:
        case None:
            return ""
        case str():
            return " ".join(value.split())
        case Decimal() if coins:
            codes = {coin.seen(scope) for coin in coins}
            code = codes.pop() if len(codes) == 1 else None
            return spelt(code, value) if isinstance(code, str) and code else NO_CURRENCY
        case Decimal():
            return number(value)
        case list() | tuple():
            return ", ".join(filter(None, (_text(one, coins, scope) for one in value)))
        case _:
            return dumps(value)
