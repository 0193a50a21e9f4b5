"""What a both-ways field puts into a record, or a row of a list, that is being made. Pure."""

from __future__ import annotations

from tieout.mapping.compiled import ExpressionFailed, Missing, Pair, Undecided
from tieout.sync.failing import ways_of
from tieout.sync.lengths import fitting
from tieout.sync.merge import blank
from tieout.sync.sight import currency_of, in_force, narrowed
from tieout.sync.steps import Place, fingerprint, waiting
from tieout.sync.words import Awaited, Blocked, Hold, Write
from tieout.transform import Unconvertible


def pair_value(rule: Pair, place: Place, source: int) -> Write | Hold | None:
    """Give what a both-ways field puts into a new record or row; `source`: the end that has one."""
    mapping, end = place.sight.mapping, 1 - source
    record = place.records[source] or {}
    target = mapping.sides[end]
    path = rule.paths[target.name]
    try:
        if not in_force(rule, place.scope):
            return None
        present = narrowed(rule.paths[mapping.sides[source].name].read(record), rule.conversion)
        value = found_there = None if isinstance(present, Missing) else present
        default = rule.default if blank(value) else None
        if default is not None:
            value = default(place.scope)
        currency = currency_of(target.type.fields.get(place.prefixes[end] + path.text), place.wills[end])
        sent = rule.conversion.convert(value, to=target.name, scope=place.scope, currency=currency)
    except (Unconvertible, ExpressionFailed) as problem:
        return _hold(rule, getattr(problem, "code", "expression-failed"), str(problem))
    except Undecided:
        return None
    if blank(sent):
        return None
    awaited = None
    if rule.link is not None and isinstance(sent, str):
        found = place.sight.facts.resolve(rule.link, mapping.sides[source].connection, mapping.sides[source].name, sent)
        if isinstance(found, Blocked):
            return waiting(rule, found)
        awaited = found if isinstance(found, Awaited) else None
        sent = None if isinstance(found, Awaited) else found
    made = Write(
        rule.key,
        end,
        path.names,
        None,
        sent,
        found_there,
        "create",
        rule.pii,
        awaits=awaited,
        at=str(rule.at),
        note=rule.note,
        money=currency,
        halfway=default is not None,
    )
    try:
        return fitting(made, mapping.sides, place.prefixes)
    except Unconvertible as problem:
        return _hold(rule, problem.code, str(problem))


def _hold(rule: Pair, code: str, message: str) -> Hold:
    at = str(rule.at)
    return Hold(rule.key, code, message, fingerprint(rule.digest, code, message), ways_of(code, at), at)
