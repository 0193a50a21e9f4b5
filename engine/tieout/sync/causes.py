"""Why two sides differ: every mismatch is named with one cause, the most telling one. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tieout.mapping.compiled import Act, Blank, CompiledMapping, Drift, ListRule, OneWay
from tieout.sync.agreement import Look
from tieout.sync.expecting import rule_of
from tieout.sync.merge import blank
from tieout.sync.noting import NOTED
from tieout.sync.routing import writers_rule
from tieout.sync.words import Link, Quality


class Cause(StrEnum):
    """What a mismatch comes from."""

    PENDING = "pending"
    MISSED = "missed"
    ASKED = "asked"
    HELD = "held"
    FROZEN = "frozen"
    REFUSED = "refused"
    NOT_STORED = "not stored"
    DIFFERS = "stored differently"
    KEPT = "kept"
    TAKEN_BACK = "taken back"
    WAITING = "waiting"
    IN_FLIGHT = "in flight"
    GONE = "partner gone"
    UNREAD = "not readable"
    UNLINKED = "unlinked"
    TWIN = "twin"
    MAPPING = "mapping changed"
    UNEXPLAINED = "unexplained"


ACCEPTED = frozenset({Cause.KEPT, Cause.TAKEN_BACK})
"""What a rule of the mapping, or a person, wants so."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A hold, a question or a suppressed decision about one link or record."""

    rule: str
    code: str
    message: str
    ways_out: tuple[str, ...] = ()
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of one link or record beside its values."""

    planned: Mapping[str, str] = field(default_factory=dict)
    """Rule -> why the plan made just now would write it."""
    acts: Sequence[str] = ()
    """What that plan would do to the link or record as a whole."""
    holds: Sequence[Standing] = ()
    questions: Sequence[Standing] = ()
    suppressed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Rule -> kind and message."""
    missed: bool = False
    """A complete read showed a change of it that the reading of changes had not."""
    busy: bool = False
    """The fate of a write to it is not known yet."""
    changed: bool = False
    """The mapping changed since its last plan was applied."""
    made_for: str = ""
    """It carries our key of this record, which has another partner."""


@dataclass(frozen=True, slots=True)
class Named:
    """A cause in words."""

    cause: Cause
    message: str
    ways_out: tuple[str, ...] = ()


RUN = ("tieout run",)
SUPPRESSED = {
    "failed": Cause.REFUSED,
    "refused": Cause.REFUSED,
    "not-stored": Cause.NOT_STORED,
    "undone": Cause.TAKEN_BACK,
    "frozen": Cause.FROZEN,
}


def of_field(mapping: CompiledMapping, seen: Look, link: Link, known: Known) -> Named:
    """Name why one field or list of a link differs."""
    end = _written_end(mapping, seen.rule)
    if known.busy:
        return Named(Cause.IN_FLIGHT, "the fate of a write to it is not known yet", RUN)
    if seen.rule in known.planned:
        return _pending(known, known.planned[seen.rule])
    standing = _suppressed(seen.rule, end, known) or _standing(seen.rule, end, known)
    if standing is not None:
        return standing
    if known.changed:
        return Named(Cause.MAPPING, "the mapping changed since it was written", ("tieout plan",))
    return _resting(mapping, seen, link, end)


def _written_end(mapping: CompiledMapping, rule: str) -> int | None:
    written = (one for one in (*mapping.rules, *mapping.lists) if isinstance(one, OneWay | ListRule))
    side = next((one.side for one in written if one.key == rule), None)
    return None if side is None else [one.name for one in mapping.sides].index(side)


def _pending(known: Known, why: str) -> Named:
    if known.missed:
        told = f"an edit that the reading of changes never showed, found by reading everything; to be written: {why}"
        return Named(Cause.MISSED, told, RUN)
    return Named(Cause.PENDING, f"changed since the last run, and not carried over yet: {why}", RUN)


def _suppressed(rule: str, end: int | None, known: Known) -> Named | None:
    for name in (rule, *_wholes(end)):
        if name in known.suppressed:
            kind, message = known.suppressed[name]
            cause = SUPPRESSED.get(kind, Cause.HELD)
            return Named(cause, message, () if cause is Cause.TAKEN_BACK else ("mend its cause, then: tieout retry",))
    return None


def _wholes(end: int | None) -> list[str]:
    """Name what keeps a whole record from being written, at one end or at both."""
    return [
        name for one in ((0, 1) if end is None else (end,)) for name in (f"@{one}", rule_of(one), writers_rule(one))
    ]


def _standing(rule: str, end: int | None, known: Known) -> Named | None:
    about = [one for one in known.holds if _is_about(one.rule, rule) or one.rule in _wholes(end)]
    about += [one for one in known.holds if not one.rule or one.rule.startswith("check:")]
    if about:
        first = about[0]
        if first.code == NOTED:
            return Named(Cause.KEPT, first.message)
        cause = Cause.WAITING if first.quiet else Cause.FROZEN if first.code == "frozen" else Cause.HELD
        return Named(cause, f"[{first.code}] {first.message}", first.ways_out)
    asked = [one for one in known.questions if _is_about(one.rule, rule)] or list(known.questions)
    if asked:
        return Named(Cause.ASKED, asked[0].message, ("tieout review list",))
    return None


def _is_about(standing: str, rule: str) -> bool:
    return standing == rule or standing.startswith(f"{rule}[")


def _resting(mapping: CompiledMapping, seen: Look, link: Link, end: int | None) -> Named:
    """Neither side changed since the last agreement: a rule wants it so, or the system stored something else."""
    rule = next((one for one in mapping.rules if one.key == seen.rule), None)
    if end is not None and mapping.sides[end].update.do in {Act.NEVER, Act.HOLD, Act.REQUEST}:
        return Named(Cause.KEPT, f"`update` of {mapping.sides[end].name} leaves it as it is")
    if isinstance(rule, OneWay) and end is not None:
        if blank(seen.values[1 - end]) and rule.blank is not Blank.ALWAYS:
            return Named(Cause.KEPT, "its source is blank, and a blank clears nothing here")
        if rule.drift is Drift.KEEP:
            return Named(Cause.KEPT, "`drift: keep`: the target's own value stands until the source changes")
    elif rule is not None and any(blank(value) for value in seen.values):
        return Named(Cause.KEPT, "a blank does not clear the other side")
    if rule is None:
        return Named(Cause.KEPT, seen.why or "rows that the target may have otherwise")
    base = link.base.get(seen.rule)
    if base is not None and base.quality is Quality.DIFFERS:
        return Named(Cause.DIFFERS, "stored differently, or kept so by a person's answer; no rule writes it again")
    told = "the two were said to agree, and no rule would write it" + (f": {seen.why}" if seen.why else "")
    return Named(Cause.UNEXPLAINED, told, ("tieout plan --full",))


def of_link(known: Known, states: tuple[str, str]) -> Named:
    """Name why a link as a whole cannot be compared: a partner is not there."""
    if known.busy:
        return Named(Cause.IN_FLIGHT, "the fate of a write to it is not known yet", RUN)
    if "unknown" in states:
        return Named(Cause.UNREAD, "one of the two could not be read: not found, or no access")
    told = f"one of the two is {next(state for state in states if state not in {'present', 'archived'})}"
    if known.acts:
        return Named(Cause.GONE, f"{told}; the next run: {', '.join(known.acts)}", RUN)
    found = _standing("", None, known)
    return (
        Named(Cause.GONE, told, ()) if found is None else Named(Cause.GONE, f"{told}; {found.message}", found.ways_out)
    )


def of_record(known: Known) -> Named | None:
    """Name why a record in scope has no partner; None: the mapping leaves it alone."""
    if known.busy:
        return Named(Cause.IN_FLIGHT, "a write that concerns it is open", RUN)
    if known.made_for:
        told = f"it carries the key of {known.made_for}, which has another partner"
        return Named(Cause.TWIN, told, ("delete it, or merge it into that partner",))
    if known.acts:
        when = "found by reading everything" if known.missed else "new since the last run"
        return Named(Cause.UNLINKED, f"it has no partner, {when}; to be done: {', '.join(known.acts)}", RUN)
    for hold in known.holds:
        if hold.code == "undone":
            return Named(Cause.TAKEN_BACK, hold.message)
        return Named(Cause.UNLINKED, f"it has no partner: [{hold.code}] {hold.message}", hold.ways_out)
    if known.questions:
        return Named(Cause.UNLINKED, f"it has no partner: {known.questions[0].message}", ("tieout review list",))
    return None
