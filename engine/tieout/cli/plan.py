"""`tieout plan`: what would be done, saved, so that exactly that can be applied."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from tieout.cli.asked import asked, common, to_repeat
from tieout.cli.files import Target
from tieout.cli.numbers import whole
from tieout.cli.picking import chosen, may_ask, named
from tieout.cli.requests import decided
from tieout.cli.show import clean, complain, dim, json_line, say, strong, warn
from tieout.cli.untouched import untouched
from tieout.cli.working import STYLES, working
from tieout.errors import UsageError
from tieout.exits import PENDING, worst
from tieout.report.books_text import books_lines
from tieout.report.metrics import write_whole
from tieout.report.plan_text import as_decimals, left_lines, operation_lines
from tieout.report.run_text import standing_lines, stop_lines
from tieout.report.shown_plan import shown_plan
from tieout.selecting import selection_of
from tieout.store import plans
from tieout.sync.guard import stops
from tieout.sync.passes import counted_again, make_plan
from tieout.sync.picking import Origin
from tieout.sync.ways import WAYS
from tieout.sync.words import INTERNAL, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tieout.cli.working import Work
    from tieout.mapping.compiled import CompiledMapping
    from tieout.report.run_view import Outcome, Standing
    from tieout.sync.figures import Planning, Selection
    from tieout.sync.guard import Stop
    from tieout.sync.passes import Report
    from tieout.sync.planview import View
    from tieout.sync.run import Run

APPLIED = "applied"
"""The state of a plan that was carried out."""
MOST = 25
"""Operations of a mapping that are shown; the rest is counted."""


class Switches(TypedDict):
    """What is on or off, and the way out that is taken."""

    way: str | None
    yes: bool
    full: bool
    everything: bool
    tells: bool


@click.command("plan")
@click.argument("records", nargs=-1, metavar="[MAPPING[/SIDE:ID]]…")
@click.option("--sample", type=whole(1), metavar="N", help="At most N records of each mapping.")
@click.option("--full", is_flag=True, help="Read everything again, beside what changed.")
@click.option("--out", type=Target(), metavar="FILE",
              help="Write the plan for a pull request; tieout apply FILE applies it.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help=f"Show every operation, not {MOST} of each mapping.")
@click.option("--exit-code", "tells", is_flag=True, help="Exit with 4 if there is something to write.")
@click.option("--create", "act", flag_value="create", default="",
              help="Ask for these records' partners where the mapping says create: request.")  # fmt: skip
@click.option("--update", "act", flag_value="update", help="Ask for the changes of these records: update: request.")
@click.option("--pick", "wanted", multiple=True, metavar="NAME=KEY",
              help="Pick this for the records that are named, instead of the default. May be repeated.")  # fmt: skip
@click.option("--way", type=click.Choice(list(WAYS)),
              help="Take this way out of a hold: write what is held into the document's history, or void it, or credit "
                   "it in full, and make it anew.")  # fmt: skip
@click.option("--yes", is_flag=True,
              help="Approve what --create, --update, --way or --pick asks for: apply the plan at once.")  # fmt: skip
@click.option("--show", metavar="PLAN", help="Show a saved plan by its digest; nothing is read anew.")
@common
def command(
    records: tuple[str, ...],
    sample: int | None,
    out: Path | None,
    show: str | None,
    act: str,
    wanted: tuple[str, ...],
    **switches: Unpack[Switches],
) -> int:
    """Read both sides and show what would be done and why, and what that means for the books. Nothing is written.

    The plan is saved; tieout apply carries out exactly it. Name mappings or records to plan only these:

    \b
      tieout plan customers
      tieout plan customers/crm:001Sm0000000001AAA
      tieout plan invoices/crm:006Sm0000000001AAA --create --pick revenue_code=210
    """  # noqa: D301  # click reads the character \b, a raw string has none
    picks, act = named(wanted), _request(act, switches["way"])
    if switches["yes"] and not (act or picks):
        told = "--yes approves what --create, --update, --way or --pick asks for"
        raise UsageError(told, mend="tieout apply PLAN applies a plan")
    if act and show is None and may_ask(records):
        picks = chosen(records, act, picks)
    with working("plan") as work:
        if show is not None:
            return _show(work, show, everything=switches["everything"])
        ready = work.session.ready()
        with work.running(ready) as run:
            selection = selection_of(records, sample, run, act, picks)
            planning, report = make_plan(run, work.reading(full=switches["full"]), selection=selection)
            outcome = work.outcome(run, ready, report)
            mappings = {joined.mapping.name: joined.mapping for joined in run.joined}
            found = stops(planning, work.limits)
            view = PlanView(work, planning.digest, mappings, found, everything=switches["everything"])
        if out is not None:
            write_whole(out, json.dumps(view.shown.document(), indent=2, ensure_ascii=False) + "\n")
        if asked().json:
            json_line(view.shown.document())
        else:
            resting = at_rest(outcome, selection)
            left = {**outcome.refused, **{str(place): str(fault) for place, fault in report.faults.items()}}
            at_once = switches["yes"] and not outcome.faults and _is_wanted(planning, act, picks)
            show_plan(view, report, resting, whole=not left, at_once=at_once)
            _say_why(work, run, selection, view, planning, (*resting, *outcome.reviews))
            for note in ready.notes:
                complain(dim(f"note: {note}"))
            for name, why in left.items():
                complain(f"{warn('left out')}  {name}: {why}")
            for mend in dict.fromkeys(fault.mend for fault in outcome.faults.values() if fault.mend):
                complain(f"  next: {mend}")
        faults = [fault.exit_code for fault in outcome.faults.values()]
    if not faults and _is_wanted(planning, act, picks):
        return decided(planning.digest, sorted({one.guard for one in found}), yes=switches["yes"], request=bool(act))
    return worst([*faults, PENDING if switches["tells"] and planning.wire else 0])


def _is_wanted(planning: Planning, act: str, picks: Mapping[str, str]) -> bool:
    """Say whether the plan has something of what was asked for: it is approved, or forgotten."""
    return bool((act and planning.wire) or (picks and planning.digests))


class PlanView:
    """A saved plan, ready to be shown."""

    def __init__(
        self, work: Work, digest: str, mappings: Mapping[str, CompiledMapping], found: Sequence[Stop], *,
        everything: bool,
    ) -> None:  # fmt: skip
        self.everything = everything
        self.locale = work.locale
        with work.session.database.read() as tx:
            self.shown = shown_plan(tx, digest, mappings, found)

    def lines(self) -> Iterator[str]:
        """Show operations mapping by mapping, those that only touch our own state counted."""
        inner = {str(kind) for kind in INTERNAL}
        by_mapping: dict[str, list[View]] = {}
        for one in self.shown.operations:
            by_mapping.setdefault(str(one["source"]).partition("/")[0], []).append(one)
        for name, all_of_it in by_mapping.items():
            wire = [one for one in all_of_it if one["do"] not in inner or _asked_for(one)]
            own = len(all_of_it) - len(wire)
            ours = f"  {own} link{' or agreement' if own == 1 else 's and agreements'} of our own" if own else ""
            yield f"\n{strong(name)}{dim(ours)}"
            shown = wire if self.everything else wire[:MOST]
            for one in shown:
                yield from operation_lines(one, strong=strong, dim=dim, locale=self.locale)
            if len(shown) < len(wire):
                yield dim(f"… and {len(wire) - len(shown)} more: --all")


def _asked_for(one: View) -> bool:
    """Say whether an operation on our own state is what a person asked for: a pick, or what a note settled, again."""
    if one["do"] == Kind.HOLD_AGAIN:
        return True
    picks = one.get("picks")
    rows = picks.values() if isinstance(picks, Mapping) else ()
    return any(isinstance(row, Mapping) and row.get("from") == Origin.ASKED for row in rows)


def _request(act: str, way: str | None) -> str:
    """Give the one thing that is asked for; "": nothing."""
    if act and way:
        raise UsageError(f"--{act} and --way are two requests", mend="ask for one after the other")
    return act or way or ""


def at_rest(outcome: Outcome, selection: Selection | None) -> list[Standing]:
    """Give what waits for another record; of records that were named, everything that is held of them."""
    if selection is None:
        return [one for one in outcome.holds if one.waits]
    found = []
    for one in outcome.holds:
        mapping, _, record = one.record.partition("/")
        named = {id_ for _, id_ in selection.records.get(mapping, ())}
        is_named = record.partition(":")[2].partition("#")[0] in named
        if is_named or (one.waits and mapping in selection.records and not named):
            found.append(one)
    return found


def _news(report: Report | None) -> Iterator[str]:
    passes = () if report is None else report.passes
    new = sum(len(one.planning.new_reviews) for one in passes)
    held = sum(len(one.planning.new_holds) for one in passes)
    if new or held:
        yield f"{warn('new')}: {held} held, {new} asked; tieout status shows them"


def _sample(most: int, taken: Mapping[str, tuple[int, int]]) -> str:
    """Say what a sample took, and of how many records that were to be looked at."""
    each = [f"{name} {some} of {due}" for name, (some, due) in taken.items() if due]
    left = ", the others are left out" if any(some < due for some, due in taken.values()) else ""
    told = f": {', '.join(each)}" if each else ""
    return f"a sample: at most {most} record{'' if most == 1 else 's'} of each mapping{told}{left}"


def _say_why(
    work: Work, run: Run, selection: Selection | None, view: PlanView, planning: Planning, standing: Sequence[Standing]
) -> None:
    """Tell of records that were named, and of which the plan has nothing, why it has not."""
    if selection is None:
        return
    if selection.sample is not None:
        say(_sample(selection.sample, planning.sampled))
    with work.session.database.read() as tx:
        for line in untouched(tx, run, selection, view.shown.operations, standing):
            say(dim(clean(line)))


def _resting(resting: Sequence[Standing]) -> Iterator[str]:
    yield from standing_lines("held", [one for one in resting if not one.waits], STYLES)
    yield from standing_lines("waits", [one for one in resting if one.waits], STYLES)


def _but(resting: Sequence[Standing]) -> str:
    many = len({one.record for one in resting if one.waits})
    return f" now: {many} record{' waits' if many == 1 else 's wait'} for others" if many else ""


def show_plan(
    view: PlanView, report: Report | None, resting: Sequence[Standing], *, whole: bool = True, at_once: bool = False
) -> None:
    """Show a saved plan to a person, what rests beside it, and the command that applies it.

    `whole`: nothing is out; `at_once`: it is applied without another word, so there is nothing to type.
    """
    saved = view.shown.saved
    digest = saved.digest[:12]
    say(f"{strong(f'plan {digest}')}{dim(f'  environment {saved.environment}, made {saved.made}')}")
    for line in view.lines():
        say(clean(line))
    say()
    for line in books_lines(as_decimals(view.shown.head["effect"]), STYLES, view.locale):
        say(line)
    for line in _news(report):
        say(line)
    for line in left_lines(view.shown.head.get("left"), strong=strong, dim=dim):
        say(clean(line))
    notes = view.shown.head["notes"]
    for note in notes if isinstance(notes, list) else []:
        say(dim(clean(f"note: {note}")))
    for line in _resting(resting):
        say(clean(line))
    if not view.shown.operations:
        say(f"nothing to do{'' if whole else ' in what could be read'}{_but(resting)}")
        return
    _say_how(view, at_once=at_once)


def _say_how(view: PlanView, *, at_once: bool) -> None:
    saved = view.shown.saved
    if saved.state == APPLIED:
        say("it was applied")
        return
    for line in stop_lines(view.shown.stops, STYLES):
        say(line)
    if at_once:
        return
    guards = ",".join(sorted({one.guard for one in view.shown.stops}))
    say(f"apply it:  tieout apply {saved.digest[:12]}" + (f" --allow {guards}" if guards else "") + to_repeat())


def _show(work: Work, digest: str, *, everything: bool) -> int:
    # By what is kept of the systems: a saved plan can be read while they are down.
    mappings = {mapping.name: mapping for mapping in work.session.check().mappings}
    with work.session.database.read() as tx:
        saved = plans.find(tx, digest)
        found = [] if saved.state == APPLIED else stops(counted_again(tx, saved, mappings), work.limits)
    view = PlanView(work, saved.digest, mappings, found, everything=everything)
    if asked().json:
        json_line(view.shown.document())
    else:
        show_plan(view, None, ())
    return 0
