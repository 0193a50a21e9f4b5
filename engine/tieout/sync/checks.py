"""The mapping's own checks, over both records as they will be, predicted totals included. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tieout.mapping.compiled import Check, Coin, CompiledMapping, ExpressionFailed, TaxNumber, Undecided, holds
from tieout.mapping.transforms.tax_number import checked
from tieout.model import Value
from tieout.sync.masking import MASK, reads_personal
from tieout.transform import Scope, Unconvertible


@dataclass(frozen=True, slots=True)
class Failed:
    """A check that does not hold."""

    check: Check
    why: str
    """With the values: an answer to it counts for these values only."""
    told: str
    """As people read it: what a rule calls personal is masked."""


def failed_checks(mapping: CompiledMapping, scope: Scope) -> list[Failed]:
    """Give the checks that fail and why; one that cannot be decided fails too, and says so."""
    failed: list[Failed] = []
    for check in mapping.checks:
        try:
            why = _why(check, scope)
        except (ExpressionFailed, Unconvertible) as problem:
            why = f"it could not be computed: {problem}"
        except Undecided:
            continue  # an absent field, such as a total that the profile does not predict
        if why is not None:
            failed.append(Failed(check, why, _told(mapping, check, why, scope)))
    return failed


def _told(mapping: CompiledMapping, check: Check, why: str, scope: Scope) -> str:
    personal = [reads_personal(mapping, expression) for expression in check.equal or ()]
    if check.equal is None or not any(personal):
        return why
    try:
        shown = [MASK if hidden else _shown(one(scope)) for one, hidden in zip(check.equal, personal, strict=True)]
    except (ExpressionFailed, Unconvertible):
        return "it could not be computed"
    return f"{shown[0]} is not {shown[1]}"


def _why(check: Check, scope: Scope) -> str | None:
    if check.when is not None and not holds(check.when(scope)):
        return None
    if check.that is not None:
        return None if holds(check.that(scope)) else check.that.text
    if check.valid is not None:
        return _invalid(check.valid, scope)
    if check.equal is None:
        return None
    one, other = (expression(scope) for expression in check.equal)
    codes = [_codes(coins, scope) for coins in check.coins]
    if codes[0] and codes[1] and codes[0] != codes[1] and isinstance(one, Decimal) and isinstance(other, Decimal):
        (mine, theirs) = (" and ".join(sorted(some)) for some in codes)
        return f"{_shown(one)} is in {mine} and {_shown(other)} in {theirs}: two currencies are never equal"
    return None if _equal(one, other, Decimal(check.within or "0")) else f"{_shown(one)} is not {_shown(other)}"


def _invalid(valid: TaxNumber, scope: Scope) -> str | None:
    number = valid.number(scope)
    if number is None or number == "":
        return None
    try:
        if not isinstance(number, str):
            return "a tax number is a text"
        checked(number, valid.country(scope), valid.kind)
    except Unconvertible as problem:
        return str(problem)
    return None


def _codes(coins: Sequence[Coin], scope: Scope) -> set[str]:
    return {code for coin in coins if isinstance(code := coin.seen(scope), str)}


def _equal(one: Value, other: Value, within: Decimal) -> bool:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return abs(one - other) <= within
    return one == other


def _shown(value: Value) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else repr(value)


def with_records(scope: Scope, records: Mapping[str, Value]) -> Scope:
    """Give the scope in which a check sees both records as they will be."""
    return {**scope, **records}
