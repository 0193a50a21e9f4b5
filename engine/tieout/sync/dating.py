"""Could the document that is made anew be dated at all: a closed period takes none. Pure."""

from __future__ import annotations

from dataclasses import replace

from tieout.mapping.compiled import ExpressionFailed, Missing, OneWay, Rule, Undecided, written_path
from tieout.model import Value
from tieout.sync.charting import documents
from tieout.sync.lifecycle import Pairing
from tieout.sync.merge import blank
from tieout.sync.sight import Sight, in_force, source_value
from tieout.transform import Unconvertible


def undatable(pairing: Pairing, end: int) -> str:
    """Say which date bars a document in place of the one of an end; "": none does, as far as can be told.

    What is known of the closed period is what locks the present document.
    """
    sight, lock = pairing.sight, pairing.image(end).lock
    side = sight.mapping.sides[end]
    profile = documents(side)
    if lock is None or lock.closed_until is None or profile is None:
        return ""
    rule = next((one for one in sight.mapping.rules if _writes(one, side.name, profile.date)), None)
    try:
        value = None if rule is None else _new_value(rule, _alone(pairing, end), end)
    except (ExpressionFailed, Undecided, Unconvertible):
        return ""  # what cannot be made of the record is told with its plan
    day = str(sight.facts.run.get("today") or "") if blank(value) else str(value)
    until = lock.closed_until.isoformat()
    if not day or day > until:
        return ""
    source = f" (from {_sources(rule, side.name)})" if rule is not None and not blank(value) else ""
    dated = f"{side.name}.{profile.date} of the new one would be {day}{source}, and the books are closed up to {until}"
    return f"{dated}: change that date, or have the lock date moved back in {side.name}"


def _writes(rule: Rule, side: str, path: str) -> bool:
    written = written_path(rule, side)
    return written is not None and written.text == path


def _alone(pairing: Pairing, end: int) -> Sight:
    """Give the record as it is seen once its document is gone."""
    images = (None, pairing.image(1)) if end == 0 else (pairing.image(0), None)
    return replace(pairing.sight, images=images)


def _new_value(rule: Rule, sight: Sight, end: int) -> Value:
    if not in_force(rule, sight.scope):
        return None
    if isinstance(rule, OneWay):
        return source_value(rule, sight.scope, None)
    other = sight.mapping.sides[1 - end].name
    found = sight.value(1 - end, rule.paths[other], rule.conversion)
    to = sight.mapping.sides[end].name
    return None if isinstance(found, Missing) else rule.conversion.convert(found, to=to, scope=sight.scope)


def _sources(rule: Rule, side: str) -> str:
    if isinstance(rule, OneWay):
        return ", ".join(case.source.text for case in rule.cases if case.source is not None)
    return ", ".join(f"{name}.{path.text}" for name, path in rule.paths.items() if name != side)
