"""The line that puts right what rounding takes: two systems that add and round differently come to one total. Pure.

The document is predicted without the line, as the ledger will compute it; what is missing is the line's amount. A
difference that rounding cannot explain is held, never smoothed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from tieout.mapping.compiled import ExpressionFailed, ListRule, OneWay, Rounding, Undecided, put
from tieout.model import Value
from tieout.money.currencies import exponent
from tieout.money.profiles import profile_of
from tieout.money.rounding import to_places
from tieout.money.totals import predict
from tieout.sync.sight import Sight, currency_of, in_force, source_value
from tieout.transform import Scope, Unconvertible
from tieout.values import number

Row = Mapping[str, Value]


def rounding_row(rule: ListRule, rounding: Rounding, sight: Sight, will: Row, scopes: Sequence[Scope]) -> Row | None:
    """Give the source row of the rounding line; None: the amounts are equal. `will`: the document as it will be.

    `scopes`: what the rules of each row see. Raises Unconvertible (`rounding-too-large`, `rounding-unknown`) and what
    the rows raise.
    """
    end = sight.end(rule.side or "")
    side, chart = sight.mapping.sides[end], sight.facts.charts[end]
    profile = profile_of(side.adapter, side.rounding, side.object)
    rows = [_made(rule, sight, will, scope) for scope in scopes]
    document: dict[str, Value] = dict(will)
    put(document, rule.paths[side.name].names, rows)
    if profile is not None:
        document = predict(document, profile, chart)
    scope = {**sight.scope, side.name: document}
    currency = currency_of(side.type.fields.get(profile.subtotal), will) if profile is not None else None
    places = exponent(currency) if currency else None
    wanted, there = _both(rounding, scope)
    missing = (wanted if places is None else to_places(wanted, places)) - there
    if not missing:
        return None
    if abs(missing) > rounding.within:
        raise Unconvertible(
            "rounding-too-large",
            f"{rounding.equal[0].text} is {number(wanted)}, {rounding.equal[1].text} comes to {number(there)}: "
            f"a rounding line would be {number(missing)}{f' {currency}' if currency else ''}, "
            f"and at most {number(rounding.within)} is put right",
        )
    account = None if chart is None else chart.rounding or None
    row = rounding.row({**sight.scope, "rounding": {"amount": missing, "account": account}})
    if not isinstance(row, Mapping):
        raise Unconvertible("expression-failed", "the row of a rounding line is an object: {Id: 'rounding', …}")
    return row


def _made(rule: ListRule, sight: Sight, will: Row, scope: Scope) -> dict[str, Value]:
    """Make a row of the document, as far as its rules tell."""
    end = sight.end(rule.side or "")
    made: dict[str, Value] = {}
    for inner in rule.rules:
        if not isinstance(inner, OneWay) or inner.only == "change" or inner.link is not None:
            continue
        described = sight.mapping.sides[end].type.fields.get(f"{rule.paths[inner.side].text}.{inner.path.text}")
        try:
            if in_force(inner, scope):
                put(made, inner.path.names, source_value(inner, scope, currency_of(described, will)))
        except (ExpressionFailed, Undecided, Unconvertible):
            continue  # the row itself is held for it
    return made


def _both(rounding: Rounding, scope: Scope) -> tuple[Decimal, Decimal]:
    try:
        one, other = (expression(scope) for expression in rounding.equal)
    except Undecided:
        one = other = None
    if not isinstance(one, Decimal) or not isinstance(other, Decimal):
        raise Unconvertible(
            "rounding-unknown",
            f"it cannot be told whether {rounding.equal[0].text} and {rounding.equal[1].text} are equal: "
            "one of them is blank, or cannot be predicted",
        )
    return one, other
