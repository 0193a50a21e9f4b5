"""Which events a link's notices give, by the records as they are. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tieout.mapping.compiled import ExpressionFailed, Undecided, holds
from tieout.mapping.notice import Notice
from tieout.model import Value
from tieout.sync.sight import Sight
from tieout.sync.steps import fingerprint
from tieout.sync.telling import told
from tieout.sync.words import Event, Hold


@dataclass(frozen=True, slots=True)
class Noticed:
    """What became of all notices of a link."""

    events: tuple[Event, ...]
    holds: tuple[Hold, ...]


def events_of(sight: Sight) -> Noticed:
    """Give every event of every notice that is in force, those to come included; what can't be computed is held."""
    found: list[Event] = []
    held: list[Hold] = []
    for notice in sight.mapping.notices:
        try:
            found += _events(notice, sight)
        except ExpressionFailed as problem:
            print_ = fingerprint("notice", notice.name, str(problem))
            held.append(Hold(f"notice:{notice.name}", "expression-failed", str(problem), print_, at=str(notice.at)))
        except Undecided:
            continue
    return Noticed(tuple(found), tuple(held))


def by_rule(event: Event) -> dict[str, str]:
    """Give what people are told with an event under the names that the audit log knows it by."""
    return {rule_of(event.notice, name): text for name, text in event.told.items()}


def rule_of(notice: str, name: str) -> str:
    """Name one value that people are told with a notice, beside the mapping's rules."""
    return f"notice:{notice}.{name}"


def _events(notice: Notice, sight: Sight) -> Iterator[Event]:
    if notice.when is not None and not holds(notice.when(sight.scope)):
        return
    day = _day(notice.date(sight.scope))
    if day is not None:
        beside = told(sight.mapping, notice, sight.scope)
        for days in notice.days:
            yield Event(notice.name, days, day.isoformat(), (day + timedelta(days=days)).isoformat(), beside)


def _day(value: Value) -> date | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise ExpressionFailed(f"{value!r} is no day") from None
