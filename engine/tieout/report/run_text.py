"""What a run came to, as a person reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieout.report.books_text import books_lines
from tieout.report.plan_text import shown
from tieout.sync.words import Ending

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from tieout.report.run_view import Outcome, Standing
    from tieout.sync.guard import Stop
    from tieout.sync.passes import Pass

    Style = Callable[[str], str]

CARRIED_OUT = frozenset({str(Ending.DONE), str(Ending.STORED_DIFFERENTLY)})
MOST = 20
"""Holds, questions and failures shown at length; the rest is counted."""
OF_A_RECORD = ("@", "figures@", "writers@", "route@", "note@", "credit@", "reissue@")
"""How the names of holds begin that are about a record as a whole."""
SOME = 3
"""Records shown that wait for one that failed."""


@dataclass(frozen=True, slots=True)
class Styles:
    """How words are marked; on no terminal they stay as they are."""

    good: Style
    bad: Style
    warn: Style
    dim: Style
    strong: Style


def run_lines(outcome: Outcome, styles: Styles) -> Iterator[str]:
    """Show the report of a run."""
    yield styles.strong(f"{outcome.command} {outcome.run}") + styles.dim(
        f"  {outcome.project}, {outcome.environment}, {outcome.seconds:.1f} s"
    )
    told: set[str] = set()
    for number, one in enumerate(outcome.report.passes, 1):
        head = f"pass {number}" if len(outcome.report.passes) > 1 else "plan"
        yield from _pass(head, one, styles, outcome.locale)
        fresh = [note for note in dict.fromkeys(one.planning.notes) if note not in told]
        yield from (styles.dim(f"  note: {note}") for note in fresh)
        told.update(fresh)
    yield from (styles.dim(f"note: {note}") for note in outcome.notes)
    for name, why in sorted(outcome.refused.items()):
        yield f"{styles.warn('left out')}  {name}: {why}"
    for place, fault in sorted(outcome.faults.items()):
        yield f"{styles.bad(type(fault).__name__)}  {fault.of(place.connection)}" + (
            f"\n  next: {fault.mend}" if fault.mend else ""
        )
    for name, links in outcome.dormant:
        yield f"{styles.warn('dormant')}  {name}: no mapping any more; its {links} link{_s(links)} rest"
    if outcome.command != "run":  # the next pass of a run has them again
        yield from standing_lines("left", outcome.left, styles)
    yield from _warned(outcome, styles)
    yield from standing_lines("failed", outcome.failures, styles)
    failed = {(one.record, one.code) for one in outcome.failures}
    held = [one for one in outcome.holds if not one.quiet and (one.record, one.code) not in failed]
    yield from standing_lines("held", held, styles, new_only=True)
    yield from standing_lines("waits", [one for one in outcome.holds if one.waits], styles, new_only=True)
    yield from standing_lines("asked", outcome.reviews, styles, new_only=True)
    for notice in outcome.notices[:MOST]:
        yield f"{styles.warn('notice')}  {notice.text}"
    if len(outcome.notices) > MOST:
        yield styles.dim(f"  … and {len(outcome.notices) - MOST} more notices: --json lists all")
    yield from _stopped(outcome, styles)
    yield ""
    yield _verdict(outcome, styles)
    if outcome.head:
        yield styles.dim(f"head {outcome.head}")


def _pass(head: str, one: Pass, styles: Styles, locale: str) -> Iterator[str]:
    planning = one.planning
    yield f"\n{styles.strong(head)} {one.plan[:12]}"
    if not planning.wire and not planning.internal:
        yield styles.dim("  nothing to do")
    for name, counts in sorted(planning.counts.items()):
        yield f"  {name:<20} " + ", ".join(f"{what} {many}" for what, many in sorted(counts.items()))
    endings = endings_text(one.applying.endings)
    if endings:
        yield f"  {'ended':<20} {endings}"
    books = [f"  {line}" for line in books_lines(planning.effect, styles, locale)]
    yield from books
    undone = sum(many for (_, end), many in one.applying.endings.items() if end not in CARRIED_OUT)
    if books and undone:
        yield "  " + styles.warn(f"  so it was planned; {undone} of these operations were not carried out")


def _warned(outcome: Outcome, styles: Styles) -> Iterator[str]:
    for one in outcome.warned[:MOST]:
        yield f"{styles.warn('warned')}  {one.record}  {one.message}"
    if len(outcome.warned) > MOST:
        yield styles.dim(f"  … and {len(outcome.warned) - MOST} more warnings: --json lists all")


def endings_text(endings: Mapping[tuple[str, str], int]) -> str:
    """Count operations by how they ended: "done 12, stale 1"."""
    counted: Counter[str] = Counter()
    for (_, end), many in endings.items():
        counted[end] += many
    return ", ".join(f"{end} {many}" for end, many in sorted(counted.items()))


def standing_lines(word: str, found: Sequence[Standing], styles: Styles, *, new_only: bool = False) -> Iterator[str]:
    """Show what stands, the new at length, the old counted."""
    shown = [one for one in found if one.new or not new_only]
    old = len(found) - len(shown)
    for one in shown[:MOST]:
        number = f" {one.id}" if one.id is not None else ""
        named = one.rule and one.id is None and not one.rule.startswith(OF_A_RECORD)
        rule = f" {one.rule}" if named else ""
        yield f"{styles.warn(word)}{number}  {one.record}{rule} {styles.dim(f'[{one.code}]')}  {one.message}"
        yield from failure_lines(one)
        if one.id is not None and one.choices:
            yield f"    tieout review answer {one.id} {'|'.join(one.choices)}"
    if len(shown) > MOST:
        yield styles.dim(f"  … and {len(shown) - MOST} more {word}: tieout status")
    if old:
        yield styles.dim(f"{old} {word} since earlier: tieout status")


def failure_lines(one: Standing) -> Iterator[str]:
    """Show what is known of a failure beside its reason: the system's words, what is in the way, where, what next."""
    if one.words:
        yield f"    it says: {one.words}"
    if one.other:
        yield f"    in the way: {one.other}"
    if one.words and one.at:
        yield f"    mapping: {one.at}"
    yield from (f"    way out: {way}" for way in one.ways_out)
    if one.blocks:
        more = f" and {len(one.blocks) - SOME} more" if len(one.blocks) > SOME else ""
        yield f"    blocks: {', '.join(one.blocks[:SOME])}{more}"


def _stopped(outcome: Outcome, styles: Styles) -> Iterator[str]:
    if outcome.report.stopped is None:
        return
    yield ""
    yield from stop_lines(outcome.report.stopped[1], styles)
    for one in outcome.listed[:MOST]:
        title = f"  {shown(one['title'])}" if one.get("title") else ""
        yield f"  {one['do']}  {one.get('record') or one['source']}{title}  {styles.dim(str(one['why']))}"
    if outcome.listed_of > MOST:
        yield styles.dim(f"  … and {outcome.listed_of - MOST} more: look at it")
    yield f"  look at it:      tieout plan --show {outcome.report.stopped[0][:12]}{outcome.options}"
    yield f"  let it through:  {outcome.allow}"


def stop_lines(stops: Sequence[Stop], styles: Styles) -> Iterator[str]:
    """Show which guards stop a plan, and why."""
    for stop in stops:
        yield f"{styles.bad('stopped')}  {stop.mapping}: {stop.message} {styles.dim(f'[{stop.guard}]')}"


def _verdict(outcome: Outcome, styles: Styles) -> str:
    done = sum(many for (_, end), many in outcome.report.endings.items() if end == "done")
    holds = sum(not one.quiet for one in outcome.holds)
    waited = outcome.report.waited
    late = [f"the oldest change waited {_span(max(waited))}"] if waited else []
    parts = [f"{done} done", *late, f"{holds} held", f"{len(outcome.reviews)} question{_s(len(outcome.reviews))}"]
    if outcome.report.new:
        parts.append(styles.warn(f"{outcome.report.new} new for a person"))
    if outcome.ended_by is not None:
        parts.append(styles.warn("cut short: the next run goes on from here"))
    elif not outcome.report.converged:
        parts.append(styles.warn("not settled yet: the next run goes on"))
    well = styles.good("done") if outcome.exit_code == 0 else styles.bad(f"exit {outcome.exit_code}")
    return f"{well}: {', '.join(parts)}"


def _span(wait: timedelta) -> str:
    """Give a time for people: 40 s, 12 min, 3 h, 2 days."""
    seconds = int(wait.total_seconds())
    for size, unit in ((86_400, " days"), (3_600, " h"), (60, " min")):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds} s"


def _s(many: int) -> str:
    return "" if many == 1 else "s"
