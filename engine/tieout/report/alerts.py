"""Who is told what, and when: at once, again at growing intervals while it lasts, and once when it is over. Pure.

What is wrong is grouped (one connection, one mapping's records, one mapping's questions), and one run sends each
receiver one message at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tieout.errors import TieoutError
from tieout.store.alerts import Known
from tieout.store.instants import unstamp

if TYPE_CHECKING:
    from tieout.report.run_view import Outcome, Standing
    from tieout.sync.noticed import Noticed

FIRST, LONGEST = timedelta(hours=1), timedelta(hours=24)
"""After the first message the next one comes in an hour, then in two, four …, then daily."""
LASTING = 3
"""Runs in a row after which a fault that passes by itself is told."""
SHOWN = 5
LATER = 75


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong now. `patience`: told from so many runs in a row on."""

    key: str
    event: str
    text: str
    patience: int = 1
    news: datetime | None = None
    """When the newest of what it is about came up: told at once, even if somebody was told before that."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One line of a message. `word`: new, still, due or over."""

    key: str
    event: str
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """What one receiver is sent."""

    receiver: str
    title: str
    body: str
    kind: str
    """failure, warning or success."""
    keys: tuple[str, ...]


# --- what is wrong ------------------------------------------------------------------------------------------------


def of_run(outcome: Outcome) -> list[Wrong]:
    """Give what is wrong after a run."""
    wrong = [
        Wrong(f"connection/{place}", "failures", f"{place}: {fault}" + (f" (next: {fault.mend})" if fault.mend else ""),
              patience=LASTING if fault.exit_code == LATER else 1)
        for place, fault in sorted(outcome.faults.items())
    ]  # fmt: skip
    if outcome.report.stopped is not None:
        stops = outcome.report.stopped[1]
        told = "; ".join(f"{stop.mapping}: {stop.message}" for stop in stops)
        wrong.append(Wrong("guard", "failures", f"a guard stopped the plan: {told} (let it through: {outcome.allow})"))
    if not outcome.report.converged:
        wrong.append(Wrong("unsettled", "failures", "runs end without being settled", patience=LASTING))
    loud = [one for one in outcome.holds if not one.quiet]
    known = {one.record for one in loud}
    failed = [one for one in outcome.failures if one.record not in known]
    wrong += _grouped("records", "failures", "need a person", [*loud, *failed])
    return [*wrong, *_grouped("questions", "reviews", "wait for an answer (tieout review list)", outcome.reviews)]


def _grouped(word: str, event: str, told: str, found: Sequence[Standing]) -> Iterator[Wrong]:
    mappings: dict[str, list[Standing]] = {}
    for one in found:
        mappings.setdefault(one.record.partition("/")[0], []).append(one)
    for mapping, rows in sorted(mappings.items()):
        newest = sorted(rows, key=lambda one: one.since, reverse=True)
        lines = [f"  {one.record} [{one.code}] {one.message}" for one in newest[:SHOWN]]
        if len(rows) > SHOWN:
            lines.append(f"  … and {len(rows) - SHOWN} more: tieout status")
        text = "\n".join([f"{mapping}: {len(rows)} {told}", *lines])
        moments = [unstamp(one.since) for one in rows if one.since]
        yield Wrong(f"{word}/{mapping}", event, text, news=max(moments, default=None))


def of_error(error: BaseException) -> list[Wrong]:
    """Give what is wrong where a run could not be made."""
    if isinstance(error, TieoutError):
        mend = f" (next: {error.mend})" if error.mend else ""
        return [Wrong("run", "failures", f"no run: {error}{mend}", patience=LASTING if error.exit_code == LATER else 1)]
    return [Wrong("run", "failures", f"no run: a fault of Tieout: {type(error).__name__}")]


def of_silence(last: datetime | None, now: datetime, most: timedelta) -> list[Wrong]:
    """Give the silence, if no run ended for so long. `last`: when one did; None: never."""
    if last is not None and now - last <= most:
        return []
    told = "no run has ever ended" if last is None else f"no run has ended since {last:%Y-%m-%d %H:%M} UTC"
    return [Wrong("silence", "silence", told)]


# --- who is told --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decided:
    """What to tell, and what is to be remembered once it is told."""

    notices: tuple[Notice, ...]
    wrong: tuple[Known, ...]
    over: tuple[Known, ...]
    """What is over, and is forgotten once that was told."""

    def after(self, told: Iterable[str], now: datetime) -> list[Known]:
        """Give what is to be remembered when these keys were told to somebody, or to nobody on purpose."""
        keys = set(told)
        kept = [replace(one, told=one.told + 1, told_at=now) if one.key in keys else one for one in self.wrong]
        return [*kept, *(one for one in self.over if one.key not in keys)]


def decide(wrong: Sequence[Wrong], known: Mapping[str, Known], now: datetime, *, about: Sequence[str] = ()) -> Decided:
    """Decide what is told; `about`: the only keys that were looked at, empty: all but the silence's end too."""
    notices, kept = [], []
    for one in wrong:
        before = known.get(one.key)
        now_known = _seen(one, before, now)
        kept.append(now_known)
        word = _word(one, now_known, now)
        if word:
            notices.append(Notice(one.key, one.event, word, one.text))
    present = {one.key for one in wrong}
    rest = [one for key, one in known.items() if key not in present]
    unseen = [one for one in rest if about and one.key not in about]
    over = [one for one in rest if one not in unseen and one.told]
    notices += [Notice(one.key, "recovery", "over", f"{_label(one.key)} (since {one.since:%Y-%m-%d %H:%M} UTC)")
                for one in over]  # fmt: skip
    return Decided(tuple(notices), (*kept, *unseen), tuple(over))


def _seen(one: Wrong, before: Known | None, now: datetime) -> Known:
    if before is None:
        return Known(one.key, one.event, now, 1, 0, None)
    return replace(before, event=one.event, seen=before.seen + 1)


def _word(one: Wrong, known: Known, now: datetime) -> str:
    if known.seen < one.patience:
        return ""
    if known.told_at is None:
        return "new"
    if one.news is not None and one.news > known.told_at:
        return "new"
    wait = min(FIRST * 2 ** min(known.told - 1, 10), LONGEST)
    return "still" if now - known.told_at >= wait else ""


def _label(key: str) -> str:
    word, _, name = key.partition("/")
    return {
        "connection": f"{name} works again",
        "guard": "no plan is stopped by a guard any more",
        "unsettled": "runs settle again",
        "records": f"{name}: no record needs a person any more",
        "questions": f"{name}: no question is open any more",
        "run": "runs can be made again",
        "silence": "a run has ended again",
    }.get(word, f"{key} is over")


def messages(
    notices: Sequence[Notice], send: Mapping[str, Sequence[str]], project: str, environment: str
) -> list[Message]:
    """Group notices by receiver, one message for each."""
    by_receiver: dict[str, list[Notice]] = {}
    for notice in notices:
        for name in send.get(notice.event, ()):
            by_receiver.setdefault(name, []).append(notice)
    where = _where(project, environment)
    return [
        Message(name, f"[{where}] {_title(found)}", _body(found), _kind(found), tuple(one.key for one in found))
        for name, found in sorted(by_receiver.items())
    ]


def trial(receiver: str, project: str, environment: str) -> Message:
    """Give the message that shows that a receiver is reached."""
    text = "This is a trial: whoever reads it will be told when runs fail. Nothing is wrong."
    return Message(receiver, f"[{_where(project, environment)}] a trial", text, "info", ())


def _where(project: str, environment: str) -> str:
    return project if environment == "none" else f"{project} {environment}"


def of_notices(found: Sequence[Noticed], send: Mapping[str, Sequence[str]]) -> list[Notice]:
    """Give what is told of events on certain days: each once, under its own name where somebody wants just that."""
    names = {one.notice: f"{NOTICES}/{one.notice}" for one in found}
    return [
        Notice(one.key, names[one.notice] if names[one.notice] in send else NOTICES, "due", one.text) for one in found
    ]


NOTICES = "notices"
"""The event under which `send` names who hears of notices; `notices/NAME`: of one of them."""
ORDER = (("new", "new"), ("still", "still so"), ("due", "due"), ("over", "over"))


def _title(found: Sequence[Notice]) -> str:
    counted = ((told, sum(one.word == word for one in found)) for word, told in ORDER)
    return ", ".join(f"{many} {told}" for told, many in counted if many)


def _body(found: Sequence[Notice]) -> str:
    parts = []
    for word, told in ORDER:
        lines = [one.text for one in found if one.word == word]
        if lines:
            parts.append("\n".join([f"{told.upper()}", *lines]))
    return "\n\n".join(parts)


def _kind(found: Sequence[Notice]) -> str:
    if any(one.word == "new" for one in found):
        return "failure"
    return "warning" if any(one.word in {"still", "due"} for one in found) else "success"
