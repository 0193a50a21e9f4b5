"""Personal data in the words of others: a system's refusal, a rule's complaint, a check's two values. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from tieout.mapping.compiled import CompiledMapping, Expression, ListRule, Missing, Pair, Path
from tieout.mapping.private import paths_of, targets
from tieout.model import Value
from tieout.sync.words import Decision, Image, Planned

MASK = "(masked)"
SHORTEST = 2
"""Characters: a single one would blank every initial and article of a message, and names nobody."""
WORDY = 4
"""Characters from which upper and lower case count as the same: shorter values look like words of a message."""


def personal_paths(mapping: CompiledMapping, end: int) -> frozenset[str]:
    """Give the paths of an end that a rule of the mapping, or the system itself, calls personal."""
    side = mapping.sides[end]
    found = {path for path, field in side.type.fields.items() if field.personal}
    for rule in mapping.rules:
        found |= paths_of(rule, side.name) if rule.pii else set()
    for rows in mapping.lists:
        head = f"{rows.paths[side.name].text}." if side.name in rows.paths else None
        for inner in rows.rules if head is not None else ():
            found |= {f"{head}{path}" for path in targets(inner, side.name)} if inner.pii else set()
    for pick in mapping.picks:
        of, _, rows_of = (pick.list or "").partition(".")
        found |= {f"{rows_of}.{path}" for path in pick.personal} if of == side.name else set()
    return frozenset(found)


def is_personal_key(rule: ListRule, mapping: CompiledMapping, end: int) -> bool:
    """Say whether rows are known by personal data at an end: by a path that is, or that such a rule reads."""
    side = mapping.sides[end]
    key = rule.ids.get(side.name)
    if key is None:
        return False
    heads = {rule.paths[side.name].text} if side.name in rule.paths else set()
    if rule.source is not None:
        heads |= rule.source.reads.get(side.name, frozenset())
    if any(f"{head}.{key.text}" in personal_paths(mapping, end) for head in heads):
        return True
    return any(inner.pii and key.text in paths_of(inner, side.name) for inner in rule.rules)


def reads_personal(mapping: CompiledMapping, expression: Expression) -> bool:
    """Say whether an expression reads a personal path, one above it or one below it."""
    for end, side in enumerate(mapping.sides):
        personal = personal_paths(mapping, end)
        for path in expression.reads.get(side.name, frozenset()):
            if any(_overlap(path, other) for other in personal):
                return True
    picked = {f"{pick.name}.{path}" for pick in mapping.picks for path in pick.personal}
    if any(_overlap(path, other) for path in expression.reads.get("pick", ()) for other in picked):
        return True
    names = {path.split(".")[0] for path in expression.reads.get("rollup", frozenset())}
    return any(one.personal and one.name in names for one in mapping.rollups)


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def personal_values(mapping: CompiledMapping, images: Sequence[Image | None]) -> frozenset[str]:
    """Give, as text, what stands in the personal paths of both records."""
    found: set[str] = set()
    for end, image in enumerate(images):
        for path in personal_paths(mapping, end) if image is not None else ():
            found |= set(_leaves(_at(image.record, path.split(".")) if image is not None else None))
    return frozenset(found)


def _at(value: Value | Mapping[str, Value], names: Sequence[str]) -> Value:
    """Give what stands at a path, of a list what stands there in all its rows."""
    if not names:
        return value
    if isinstance(value, list):
        return [_at(row, names) for row in value]
    if not isinstance(value, Mapping):
        return None
    found = Path(names[0], (names[0],)).read(value)
    return None if isinstance(found, Missing) else _at(found, names[1:])


def values_of(operation: Planned, mapping: CompiledMapping) -> frozenset[str]:
    """Give, as text, every personal value that an operation carries."""
    found: list[Value] = []
    for write in operation.writes:
        found += [write.before, write.sent, write.source, write.loser] if write.pii else []
    for rows in operation.lists:
        for item in rows.items:
            found += [value for rule in item.personal for value in item.fields.get(rule, ())]
    personal = {rule.key for rule in mapping.rules if rule.pii}
    found += [value for key, value in operation.before.items() if key in personal]
    return frozenset(text for value in found for text in _leaves(value))


def _leaves(value: Value) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Decimal():
            yield f"{value:f}"
        case date():
            yield value.isoformat()
        case Mapping():
            yield from _all_leaves(value.values())
        case list() | tuple():
            yield from _all_leaves(value)


def _all_leaves(values: Iterable[Value]) -> Iterator[str]:
    for value in values:
        yield from _leaves(value)


def veiled(text: str, values: Collection[str]) -> str:
    """Give a text in which these values, as whole words, are masked."""
    for value in sorted({value.strip() for value in values}, key=len, reverse=True):
        if len(value) < SHORTEST:
            continue
        words = r"\s+".join(re.escape(word) for word in value.split())
        case = re.IGNORECASE if len(value) >= WORDY else re.NOFLAG
        text = re.sub(rf"(?<!\w){words}(?!\w)", MASK, text, flags=case)
    return text


def veiled_decision(decision: Decision, mapping: CompiledMapping, images: Sequence[Image | None]) -> Decision:
    """Mask the personal values of two records wherever a decision about them speaks."""
    if not decision.holds and not decision.questions and not decision.notes:
        return decision
    values = personal_values(mapping, images)
    if not values:
        return decision
    return replace(
        decision,
        holds=[replace(hold, message=veiled(hold.message, values)) for hold in decision.holds],
        questions=[replace(asked, text=veiled(asked.text, values)) for asked in decision.questions],
        notes=[veiled(note, values) for note in decision.notes],
    )


def choice_of(rule: Pair, side: str, shown: str, image: Image | None) -> str:
    """Say what an answer to a conflict takes; of a masked value whose it is and, where the system says, since when."""
    if not rule.pii:
        return f"take {shown} of {side}"
    since = None if image is None else image.firsts.get(rule.paths[side].text) or image.stamp
    changed = f", changed {since[:10]}" if since else ""
    return f"take the value of {side} (masked{changed})"
