"""How well the two records of a link agree now, field by field, whatever was agreed before. Pure.

The bases say what was last known to agree; this looks at the values alone, so that a wrong base is found, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tieout.mapping.compiled import ExpressionFailed, ListRule, Missing, OneWay, Pair, Rule, Undecided, put
from tieout.model import Value
from tieout.sync.both_lists import decide_both
from tieout.sync.lists import decide_list
from tieout.sync.sight import (
    Sight,
    currency_of,
    in_force,
    one_way_agreement,
    pair_agreement,
    source_value,
    will_be,
)
from tieout.sync.wanted_rows import item_scope, wanted_rows
from tieout.sync.words import (
    Answer,
    Awaited,
    Blocked,
    Child,
    Hold,
    ListWrite,
    Quality,
    Question,
    Reference,
)
from tieout.transform import Scope, Unconvertible

Sums = Mapping[str, tuple[Decimal, Decimal]]
"""Currency -> the amounts by end."""


@dataclass(frozen=True, slots=True)
class Look:
    """One field or list of one link. `values`, by end: of a one-way field the source's is what the target should hold.

    `quality` None: the two do not agree.
    """

    rule: str
    quality: Quality | None
    values: tuple[Value, Value]
    sums: Sums
    pii: bool = False
    why: str = ""
    """Why it could not be compared."""


def look(rule: Rule, sight: Sight) -> Look | None:
    """Compare one field; None: the mapping does not say that the two agree in it now, or it can't be seen."""
    try:
        if not in_force(rule, sight.scope) or not (isinstance(rule, Pair) or sight.told_here(rule.side)):
            return None
        return _pair(rule, sight) if isinstance(rule, Pair) else _one_way(rule, sight)
    except (Unconvertible, ExpressionFailed) as problem:
        return Look(rule.key, None, (None, None), {}, rule.pii, str(problem))
    except Undecided:
        return None


def _pair(rule: Pair, sight: Sight) -> Look | None:
    sides = (sight.mapping.sides[0].name, sight.mapping.sides[1].name)
    first, second = (sight.value(end, rule.paths[side], rule.conversion) for end, side in enumerate(sides))
    if isinstance(first, Missing) or isinstance(second, Missing):
        return None
    quality = pair_agreement(rule, sides, (first, second), sight.scope)
    if quality is None and rule.link is not None:
        wanted = sight.facts.resolve(rule.link, sight.mapping.sides[0].connection, sides[0], str(first or ""))
        quality = Quality.EQUAL if wanted == second else None
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for end, value in enumerate((first, second)):
        currency = currency_of(sight.field(end, rule.paths[sides[end]]), _record(sight, end))
        _add(sums, currency, value, end)
    return Look(rule.key, quality, (first, second), sums, rule.pii)


def _one_way(rule: OneWay, sight: Sight) -> Look | None:
    end = sight.end(rule.side)
    present = sight.value(end, rule.path, rule.conversion)
    if rule.only is not None or isinstance(present, Missing):
        return None
    described = sight.field(end, rule.path)
    currency = currency_of(described, _record(sight, end))
    wanted: Reference = source_value(rule, sight.scope, currency)
    if rule.link is not None and isinstance(wanted, str) and wanted:
        side = sight.mapping.side(rule.source_side or sight.mapping.other(rule.side).name)
        wanted = sight.facts.resolve(rule.link, side.connection, side.name, wanted)
    quality = one_way_agreement(rule, wanted, present, described)
    if isinstance(wanted, Awaited | Blocked):
        why = wanted.why if isinstance(wanted, Blocked) else "it waits for a record that is not there yet"
        return Look(rule.key, None, _by_end(end, present, None), {}, rule.pii, why)
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    _add(sums, currency, present, end)
    _add(sums, currency, wanted, 1 - end)
    return Look(rule.key, quality, _by_end(end, present, wanted), sums, rule.pii)


def _by_end(end: int, here: Value, there: Value) -> tuple[Value, Value]:
    return (here, there) if end == 0 else (there, here)


def _record(sight: Sight, end: int) -> Mapping[str, Value]:
    image = sight.images[end]
    return {} if image is None else image.record


def _add(sums: dict[str, tuple[Decimal, Decimal]], currency: str | None, value: Value, end: int) -> None:
    if currency is None or not isinstance(value, Decimal):
        return
    first, second = sums.get(currency, (Decimal(0), Decimal(0)))
    sums[currency] = (first + value, second) if end == 0 else (first, second + value)


# --- lists --------------------------------------------------------------------------------------------------------


def look_list(rule: ListRule, sight: Sight, answers: Mapping[str, Answer]) -> Look | None:
    """Compare one list as a whole, row by row, without the bases; values are counts of rows.

    Of a list that goes one way the source's count is that of the rows that should be there.
    """
    paired = sight.link.children.get(rule.key, ()) if sight.link is not None else ()
    bare = [replace(child, base={}) for child in paired]
    present = [_rows(rule, sight, end) for end in (0, 1)]
    if rule.side is None:
        if present[0] is None or present[1] is None:
            return None
        return _both(rule, sight, (present[0], present[1]), bare, answers)
    rows = present[sight.end(rule.side)] if sight.told_here(rule.side) else None
    return None if rows is None else _list_one_way(rule, sight, rows, bare, answers)


def _rows(rule: ListRule, sight: Sight, end: int) -> list[Value] | None:
    image, path = sight.images[end], rule.paths.get(sight.mapping.sides[end].name)
    found = None if image is None or path is None else path.read(image.record)
    if image is None or path is None or isinstance(found, Missing):
        return None
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def _list_one_way(
    rule: ListRule, sight: Sight, rows: list[Value], paired: Sequence[Child], answers: Mapping[str, Answer]
) -> Look:
    end = sight.end(rule.side or "")
    outcome = decide_list(rule, sight, will_be(sight.images[end]), paired, answers)
    writes = [] if outcome.write is None else [outcome.write]
    quality, why = _quality(writes, [*outcome.holds], [*outcome.questions])
    wanted = _should_be(rule, sight, end)
    counts = _by_end(end, Decimal(len(rows)), Decimal(len(wanted)))
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    _add_rows(rule, sight, end, rows, sums, place=end)
    _add_rows(rule, sight, end, wanted, sums, place=1 - end)
    return Look(rule.key, quality, counts, sums, any(inner.pii for inner in rule.rules), why)


def _should_be(rule: ListRule, sight: Sight, end: int) -> list[Value]:
    """Give the rows that a one-way list should have, with their amounts."""
    side, source = sight.mapping.sides[end], sight.mapping.sides[1 - end]
    try:
        wanted = wanted_rows(rule, sight, 1 - end, [])
    except (ExpressionFailed, Unconvertible, Undecided):
        return []
    return [
        _amounts(rule, sight, end, item_scope(sight, {source.name: dict(one.row), side.name: None})) for one in wanted
    ]


def _amounts(rule: ListRule, sight: Sight, end: int, scope: Scope) -> dict[str, Value]:
    made: dict[str, Value] = {}
    side = sight.mapping.sides[end]
    for inner in rule.rules:
        if not isinstance(inner, OneWay):
            continue
        described = side.type.fields.get(f"{rule.paths[side.name].text}.{inner.path.text}")
        currency = currency_of(described, _record(sight, end))
        if currency is None:
            continue
        try:
            put(made, inner.path.names, source_value(inner, scope, currency) if in_force(inner, scope) else None)
        except (ExpressionFailed, Unconvertible, Undecided):
            continue  # why it can't be made is a hold
    return made


def _both(
    rule: ListRule,
    sight: Sight,
    rows: tuple[list[Value], list[Value]],
    paired: Sequence[Child],
    answers: Mapping[str, Answer],
) -> Look:
    wills = (will_be(sight.images[0]), will_be(sight.images[1]))
    woven = decide_both(rule, sight, wills, paired, answers)
    quality, why = _quality(woven.writes, [*woven.holds], [*woven.questions])
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    for end in (0, 1):
        _add_rows(rule, sight, end, rows[end], sums, place=end)
    counts = (Decimal(len(rows[0])), Decimal(len(rows[1])))
    return Look(rule.key, quality, counts, sums, any(inner.pii for inner in rule.rules), why)


def _quality(
    writes: Sequence[ListWrite], holds: Sequence[Hold], questions: Sequence[Question]
) -> tuple[Quality | None, str]:
    """Say how well two lists agree, from what the rules would do about them."""
    why = "; ".join(
        [hold.message for hold in holds] + [one.text for one in questions] + [one.why for one in writes if one.sends]
    )
    if why or any(one.sends for one in writes):
        return None, why
    qualities = {base.quality for one in writes for child in one.agreed for base in child.base.values()}
    if Quality.DIFFERS in qualities:
        return None, "rows that the target may have otherwise"
    return (Quality.NORMALISED if Quality.NORMALISED in qualities else Quality.EQUAL), ""


def _add_rows(
    rule: ListRule,
    sight: Sight,
    end: int,
    rows: Sequence[Value],
    sums: dict[str, tuple[Decimal, Decimal]],
    *,
    place: int,
) -> None:
    """Add up the amounts of rows in the terms of an end; `place`: whose column of the sums they are."""
    side = sight.mapping.sides[end]
    for inner in rule.rules:
        path = (
            inner.paths.get(side.name) if isinstance(inner, Pair) else inner.path if inner.side == side.name else None
        )
        if path is None:
            continue
        described = side.type.fields.get(f"{rule.paths[side.name].text}.{path.text}")
        for row in rows:
            item = row if isinstance(row, Mapping) else {}
            value = path.read(item)
            currency = currency_of(described, _record(sight, end), item)
            _add(sums, currency, None if isinstance(value, Missing) else value, place)
