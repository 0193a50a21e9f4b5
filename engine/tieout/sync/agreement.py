"""How well the two records of a link agree now, field by field, whatever was agreed before. Pure.

The bases say what was last known to agree; this looks at the values alone, so that a wrong base is found, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from tieout.mapping.compiled import ExpressionFailed, ListRule, Missing, OneWay, Pair, Rule, Undecided
from tieout.model import Value
from tieout.sync.lists import decide_list, sent_rows
from tieout.sync.sight import (
    Sight,
    currency_of,
    in_force,
    one_way_agreement,
    pair_agreement,
    source_value,
    will_be,
)
from tieout.sync.words import Answer, Awaited, Blocked, Quality, Reference
from tieout.transform import Unconvertible

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
        if not in_force(rule, sight.scope):
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
    """Compare one list as a whole: the rows that should be there, and those that are; values are their counts."""
    if rule.side is None:
        return None
    end = sight.end(rule.side)
    image = sight.images[end]
    present = None if image is None else rule.paths[rule.side].read(image.record)
    if image is None or isinstance(present, Missing):
        return None
    paired = sight.link.children.get(rule.key, ()) if sight.link is not None else ()
    outcome = decide_list(rule, sight, will_be(image), [replace(child, base={}) for child in paired], answers)
    rows = [row for row in present if isinstance(row, Mapping)] if isinstance(present, list) else []
    wanted: Sequence[Value] = rows
    quality: Quality | None = Quality.EQUAL
    why = "; ".join([one.message for one in outcome.holds] + [one.text for one in outcome.questions])
    if why:
        quality = None
    elif outcome.write is not None:
        qualities = {base.quality for child in outcome.write.agreed for base in child.base.values()}
        changed = bool(outcome.write.items)
        wanted = sent_rows(outcome.write) if changed else rows
        why = outcome.write.why
        quality = None if changed or Quality.DIFFERS in qualities else _worst(qualities)
    counts = _by_end(end, Decimal(len(rows)), Decimal(len(wanted)))
    sums = _row_sums(rule, sight, end, (rows, wanted))
    return Look(rule.key, quality, counts, sums, any(inner.pii for inner in rule.rules), why)


def _worst(qualities: set[Quality]) -> Quality:
    return Quality.NORMALISED if Quality.NORMALISED in qualities else Quality.EQUAL


def _row_sums(rule: ListRule, sight: Sight, end: int, rows: tuple[Sequence[Value], Sequence[Value]]) -> Sums:
    """Add up the amounts of the rows as they are, and as they should be."""
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    head = rule.paths[rule.side or ""].text + "."
    for inner in rule.rules:
        if not isinstance(inner, OneWay):
            continue
        described = sight.mapping.sides[end].type.fields.get(head + inner.path.text)
        for place, some in ((end, rows[0]), (1 - end, rows[1])):
            for row in some:
                currency = currency_of(described, _record(sight, end), row if isinstance(row, Mapping) else None)
                value = inner.path.read(row) if isinstance(row, Mapping) else None
                _add(sums, currency, None if isinstance(value, Missing) else value, place)
    return sums
