"""The merge table: what becomes of one field, from its two values and their base. Pure, and tested exhaustively.

A side is judged against its own base value, never across a transform (law 5). Whether the two sides agree is told
from outside, since only the rule's transform knows. A first link never overwrites silently, and clears only where the
rule says that the target is always blank with its source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tieout.mapping.compiled import Blank, Drift
from tieout.model import Value
from tieout.sync.words import Base, Quality


@dataclass(frozen=True, slots=True)
class Stand:
    """Nothing to do."""


@dataclass(frozen=True, slots=True)
class Settle:
    """Only the base moves."""

    quality: Quality
    why: str


@dataclass(frozen=True, slots=True)
class Copy:
    """The other end's value goes to end `to`; `overrides`: a changed value there loses."""

    to: int
    why: str
    overrides: bool = False


@dataclass(frozen=True, slots=True)
class Clash:
    """Both ends changed, or two records that are being linked differ: the rule decides."""

    first: bool
    """True: at a first link."""


@dataclass(frozen=True, slots=True)
class Drifted:
    """Someone edited the target of a one-way field, and a person decides."""

    why: str


PairVerdict = Stand | Settle | Copy | Clash
OneWayVerdict = Stand | Settle | Copy | Drifted

Agreement = Callable[[], Quality | None]
"""How well the two present values agree; None: they do not. Called only where it matters."""


def blank(value: Value) -> bool:
    """Say whether a value is blank: null, '', [], {}, or an object of blanks."""
    if isinstance(value, dict):
        return all(blank(inner) for inner in value.values())
    return value is None or value == "" or value == []


def merge_pair(values: tuple[Value, Value], base: Base | None, agreement: Agreement, *, clears: bool) -> PairVerdict:
    """Decide a both-ways field."""
    if base is None:
        return _first_link(values, agreement)
    changed = tuple(now != then for now, then in zip(values, base.values, strict=True))
    if not any(changed):
        return Stand()
    if (quality := agreement()) is not None:
        return Settle(quality, "both sides agree")
    if all(changed):
        return Clash(first=False)
    source = 0 if changed[0] else 1
    if blank(values[source]) and not clears:
        return Settle(Quality.DIFFERS, "a blank does not clear the other side")
    return Copy(1 - source, "changed")


def _first_link(values: tuple[Value, Value], agreement: Agreement) -> PairVerdict:
    if (quality := agreement()) is not None:
        return Settle(quality, "both sides agree")
    empty = (blank(values[0]), blank(values[1]))
    if empty[0] != empty[1]:
        return Copy(0 if empty[0] else 1, "fills a blank")
    return Clash(first=True)


def merge_one_way(
    source: Value, target: Value, base: Base | None, agreement: Agreement, *, end: int, drift: Drift, blanks: Blank
) -> OneWayVerdict:
    """Decide a one-way field; `source` is the value that it should have, `end` the end that is written."""
    if base is None:
        return _first_one_way(source, target, agreement, end=end, drift=drift, blanks=blanks)
    source_changed, target_changed = source != base.values[1 - end], target != base.values[end]
    if not source_changed and not target_changed:
        return Stand()
    if (quality := agreement()) is not None:
        return Settle(quality, "both sides agree")
    empties = blanks is Blank.ALWAYS and not blank(target)
    if blank(source) and not (empties or (source_changed and blanks is not Blank.KEEP)):
        return Settle(Quality.DIFFERS, "a source that is blank, and did not become so, clears nothing")
    if not source_changed:
        return _drift(end, drift)
    if target_changed and drift is Drift.REVIEW:
        return Drifted("the source changed, and the target was edited too")
    return Copy(end, "the source changed", overrides=target_changed)


def _first_one_way(
    source: Value, target: Value, agreement: Agreement, *, end: int, drift: Drift, blanks: Blank
) -> OneWayVerdict:
    if (quality := agreement()) is not None:
        return Settle(quality, "both sides agree")
    if blank(source) and (blanks is not Blank.ALWAYS or blank(target)):
        return Settle(Quality.DIFFERS, "a first link never clears")
    if blank(target):
        return Copy(end, "fills a blank")
    return _drift(end, drift)


def _drift(end: int, drift: Drift) -> OneWayVerdict:
    match drift:
        case Drift.RESTORE:
            return Copy(end, "restored: the target was edited", overrides=True)
        case Drift.KEEP:
            return Settle(Quality.DIFFERS, "the target's own value is kept until the source changes")
        case Drift.REVIEW:
            return Drifted("the target was edited")
