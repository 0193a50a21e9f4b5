"""What a program does with a project: what a button in the CRM, or a service behind it, needs of Tieout.

Each call opens the state database and closes it, holds the lease of a run where it looks at the systems, and does what
the command of the same name does: `plan`, `apply`, `review`, `status`. Calls may come from any thread; two at a time
are refused with `Busy`, as two commands are. Errors are those of `tieout.errors`, with the next thing to do as `mend`.
Personal values are masked in whatever is given out.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tieout.concluding import Command, conclude, cut_short, limits, reading
from tieout.errors import UsageError
from tieout.report.amounts import DEFAULT
from tieout.report.record_status import record_status
from tieout.report.run_view import as_json, standing_json
from tieout.report.shown_plan import ShownPlan, shown_plan
from tieout.report.standing import side_names
from tieout.runner import Asking, running
from tieout.selecting import selection_of
from tieout.session import Loaded, Session, load
from tieout.stopping import Stopping
from tieout.store import overview, plans, runs
from tieout.sync.approving import forget
from tieout.sync.guard import stops
from tieout.sync.offering import offers
from tieout.sync.passes import Report, apply_plan, counted_again, make_plan
from tieout.sync.words import INTERNAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tieout.ready import Ready
    from tieout.sync.run import Run

__all__ = ["Applied", "Choice", "Guard", "Plan", "Project", "Status", "open_project"]

Ask = Literal["", "create", "update", "note", "reissue", "credit"]
"""What is asked for: create or update of records whose mapping says `request`, or a way out of what is held (`--way`).

"": nothing, they are planned as a run would.
"""
APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class Guard:
    """A limit that stops a plan until somebody lets this plan through."""

    name: str
    mapping: str
    message: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that may be picked for a record before it is planned: a revenue account, a contact."""

    name: str
    question: str
    options: tuple[tuple[str, str], ...]
    """Key and what people call it, in clear, in the order in which they are offered."""
    default: str | None
    """The key that is taken where nobody picks; None: none is."""
    required: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A saved plan: what would be done, as it will be."""

    digest: str
    """Names it, for approving and refusing."""
    state: str
    """saved, stopped or applied."""
    document: Mapping[str, object]
    """All of it (schemas/plan.schema.json); amounts are text."""
    guards: tuple[Guard, ...]
    """What stops it, unless they are allowed."""
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Mapping or connection -> why it took no part."""

    @property
    def operations(self) -> Sequence[Mapping[str, object]]:
        """Give every operation: its records, and each field with what stands there, what will, and why."""
        found = self.document["operations"]
        return found if isinstance(found, list) else []

    @property
    def writes(self) -> Sequence[Mapping[str, object]]:
        """Give the operations that some system would see."""
        inner = {str(kind) for kind in INTERNAL}
        return [one for one in self.operations if one["do"] not in inner]


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a plan that was approved."""

    exit_code: int
    """As of `tieout apply`: 0 if all of it was done."""
    stopped: tuple[Guard, ...]
    """Guards that stopped it: nothing was written."""
    report: Mapping[str, object]
    """All of it (schemas/run-report.schema.json)."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a record stands, by what is kept of it; no system is asked."""

    record: str
    partners: tuple[str, ...]
    """The records that it is linked to, as MAPPING/SIDE:ID; of a record with parts one for each part that has one."""
    held: tuple[Mapping[str, object], ...]
    """What is not carried out, with the reason and the ways out."""
    questions: tuple[Mapping[str, object], ...]
    """What waits for a person's answer."""
    in_flight: tuple[Mapping[str, object], ...] = ()
    """Writes whose fate is not known yet: do, record ("": not known yet), source, since. The next run finds out."""


@dataclass(frozen=True, slots=True)
class Project:
    """One project, read once; use `open_project`."""

    loaded: Loaded
    env: Mapping[str, str]

    def choices(self, record: str, *, ask: Ask = "", picks: Mapping[str, str] | None = None) -> tuple[Choice, ...]:
        """Give what may be picked for a record, as far as `picks` does not say it. Both sides are read."""
        with self._run("plan") as (session, _, run):
            selection = selection_of([record], None, run, ask, picks)
            found = [] if selection is None else offers(run, reading(session.project), selection)
            with session.database.write() as tx:
                runs.end(tx, run.id, exit_code=0, summary={})
        return tuple(
            Choice(one.name, one.ask, tuple((o.key, o.label) for o in one.options), one.taken, one.required)
            for one in found
        )

    def plan(self, *records: str, ask: Ask = "", picks: Mapping[str, str] | None = None) -> Plan:
        """Plan records (MAPPING/SIDE:ID), mappings, or without names everything; nothing is written to any system.

        What is asked for stays a question until the plan is approved or refused. Raises UsageError for a record, a pick
        or a key that there is not, ProjectProblems for a project that can't run, Busy while another run is at work.
        """
        with self._run("plan") as (session, ready, run):
            selection = selection_of(records, None, run, ask, picks)
            planning, report = make_plan(run, reading(session.project), selection=selection)
            outcome = conclude(session, run, ready, report, _command(session, "plan"))
            mappings = {joined.mapping.name: joined.mapping for joined in run.joined}
            found = stops(planning, limits(session.project))
            with session.database.read() as tx:
                shown = shown_plan(tx, planning.digest, mappings, found)
        faults = {str(place): str(fault) for place, fault in {**ready.faults, **report.faults}.items()}
        return _plan(shown, {**outcome.refused, **faults})

    def find(self, digest: str) -> Plan:
        """Give a saved plan by its digest, or the beginning of it; no system is asked. Raises UsageError."""
        with self._session() as session:
            mappings = {mapping.name: mapping for mapping in session.check().mappings}
            with session.database.read() as tx:
                saved = plans.find(tx, digest)
                counted = counted_again(tx, saved, mappings)
                found = [] if saved.state == APPLIED else stops(counted, limits(session.project))
                return _plan(shown_plan(tx, saved.digest, mappings, found), {})

    def approve(self, plan: Plan | str, *, who: str, allow: Sequence[str] = ()) -> Applied:
        """Carry out exactly this plan, for `who`; `allow`: the guards that `who` lets it pass.

        Both partners of every write are read again just before. Raises UsageError for a plan that was applied already,
        or whose mapping has changed since; `who` stands in the audit log. What ends it before its time (a signal,
        another run that took over) is raised once what was done is noted.
        """
        digest = plan if isinstance(plan, str) else plan.digest
        with self._run("apply") as (session, ready, run):
            report = Report()
            with cut_short(report):
                apply_plan(run, digest, limits(session.project), allow=allow, who=_named(who), report=report)
            outcome = conclude(session, run, ready, report, _command(session, "apply"))
        if report.cut_short is not None:  # what was done until then is noted
            raise report.cut_short
        stopped = () if report.stopped is None else report.stopped[1]
        guards = tuple(Guard(one.guard, one.mapping, one.message) for one in stopped)
        return Applied(outcome.exit_code, guards, as_json(outcome))

    def refuse(self, plan: Plan | str, *, who: str) -> int:
        """Forget what was asked for in a plan, and give how many requests that were; nothing is written."""
        digest = plan if isinstance(plan, str) else plan.digest
        with self._session() as session, session.database.write() as tx:
            saved = plans.find(tx, digest)
            return forget(tx, saved.digest, who=_named(who), now=session.database.now())

    def status(self, record: str) -> Status:
        """Say how a record (MAPPING/SIDE:ID) stands. Raises UsageError for a mapping or a side that there is not."""
        with self._session() as session, session.database.read() as tx:
            names = side_names(session.project, overview.pairs(tx))
            found = record_status(tx, names, record)
        return Status(
            record,
            found.partners,
            tuple(standing_json(one) for one in found.held),
            tuple({"id": one.id, "question": one.message, "choices": dict(one.choices or {})} for one in found.asked),
            tuple(one.as_json() for one in found.sent),
        )

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with Session(self.loaded, self.env) as session:
            yield session

    @contextmanager
    def _run(self, command: str) -> Iterator[tuple[Session, Ready, Run]]:
        with self._session() as session:
            ready = session.ready()
            never = Stopping(session.clock.now)  # not opened: signals belong to the program that calls
            with running(session, ready, Asking(command), never) as run:
                yield session, ready, run


def open_project(
    folder: Path | str, *, environment: str | None = None, env: Mapping[str, str] | None = None
) -> Project:
    """Read a project as it is written now; `env`: the variables that its references name, by default the process's own.

    Raises ProjectProblems if tieout.yaml can't be used.
    """
    variables = os.environ if env is None else env
    return Project(load(Path(folder), environment, variables), variables)


def _command(session: Session, name: str) -> Command:
    return Command(name, session.project.locale or DEFAULT)


def _plan(shown: ShownPlan, left_out: Mapping[str, str]) -> Plan:
    guards = tuple(Guard(one.guard, one.mapping, one.message) for one in shown.stops)
    return Plan(shown.saved.digest, shown.saved.state, shown.document(), guards, left_out)


def _named(who: str) -> str:
    if not who.strip():
        raise UsageError("nobody is named who approves or refuses it", mend="give the person's name as `who`")
    return who
