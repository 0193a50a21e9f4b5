"""Runs: recover, then passes of observe, plan, guard, apply until one has nothing to write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import Connection as Tx

from tieout.errors import AdapterFault, ConnectionFault, UsageError
from tieout.http.metering import CallsSpent
from tieout.mapping.compiled import CompiledMapping
from tieout.store import audit, links, mirror, plans, standing
from tieout.store.database import unstamp
from tieout.sync.applying import WRITTEN, Applying, apply
from tieout.sync.approving import approve, look_at
from tieout.sync.commit import entry
from tieout.sync.drafting import QUIET
from tieout.sync.faults import Faults, note, stopping, told
from tieout.sync.figures import Planning, Selection
from tieout.sync.fingerprints import prints
from tieout.sync.guard import NAMES, Limits, Stop, stops
from tieout.sync.named_parts import look_for_parts
from tieout.sync.observe import observe
from tieout.sync.planning import plan
from tieout.sync.recovering import recover
from tieout.sync.rights import Lacking
from tieout.sync.run import Run
from tieout.sync.words import Ending, Kind, Planned


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: everything, or what changed; and how old a complete listing may become."""

    full: bool = False
    every: Mapping[str, timedelta] = field(default_factory=dict)
    """Connection -> `full_read`."""


@dataclass(slots=True)
class Pass:
    """One pass of a run."""

    plan: str
    planning: Planning
    applying: Applying = field(default_factory=Applying)


@dataclass(slots=True)
class Report:
    """What a run did and what it leaves to people."""

    passes: list[Pass] = field(default_factory=list)
    stopped: tuple[str, list[Stop]] | None = None
    """The plan that guards stopped, and why."""
    faults: Faults = field(default_factory=dict)
    """Connection, or one object of it -> what stopped it."""
    lacking: dict[str, Lacking] = field(default_factory=dict)
    """Connection -> the rights that its login lacks; what needs them was not sent, and the rest went on."""
    dormant: list[tuple[str, int]] = field(default_factory=list)
    """Mappings that are gone, with the links that rest."""
    converged: bool = True
    """False: the last pass still wrote, and law 1 allows no more; or something ended it before its time."""
    found_before: int = 0
    """Holds and questions that a plan found first and that still stand: no run has told them yet."""
    cut_short: BaseException | None = None
    """A signal, the deadline or another run that ended it before its time."""

    @property
    def new(self) -> int:
        """Count what newly needs a person; a write that failed and is held since counts once."""
        failed = [operation for one in self.passes for operation, _, _ in one.applying.failures]
        known = {print_ for operation in failed for print_ in prints(operation)}
        held = [hold for one in self.passes for hold in one.planning.new_holds if hold["fingerprint"] not in known]
        asked = sum(len(one.planning.new_reviews) for one in self.passes)
        return len(failed) + len(held) + asked + self.found_before

    @property
    def waited(self) -> list[timedelta]:
        """Give how long each change since the run before had to wait for its write."""
        return [wait for one in self.passes for wait in one.applying.waited]

    @property
    def endings(self) -> Counter[tuple[str, str]]:
        """Count how operations ended, all passes together."""
        total: Counter[tuple[str, str]] = Counter()
        for one in self.passes:
            total += one.applying.endings
        return total


def observe_all(run: Run, reading: Reading, faults: Faults) -> Run:
    """Bring every mirror up to date; a connection that fails, or one object, takes its mappings out of the run."""
    short = set[int]()
    for endpoint in run.endpoints:
        name = endpoint.peer.name
        if stopping(faults, [(name, endpoint.type.name)]):
            continue
        try:
            run.renew()
            full = reading.full or _overdue(run, endpoint.number, reading.every.get(name))
            if not observe(run, endpoint, full=full).whole:
                short.add(endpoint.number)
        except ConnectionFault as fault:
            note(faults, fault, name)
            run.log.warning("connection stopped", connection=name, object=fault.object or None, reason=str(fault))
    return without(replace(run, short=frozenset(short)), faults)


def _overdue(run: Run, number: int, every: timedelta | None) -> bool:
    with run.database.read() as tx:
        last = mirror.mark(tx, number).complete_at
    return every is not None and last is not None and run.now() - unstamp(last) > every


def without(run: Run, faults: Faults) -> Run:
    """Take the mappings out of a run that need a dead connection, or an object that is out of reach."""
    dead = {joined.mapping.name: found for joined in run.joined if (found := stopping(faults, joined.needs))}
    if not dead:
        return run
    alive = tuple(joined for joined in run.joined if joined.mapping.name not in dead)
    why = {name: faults[found[-1]].said(told(found[-1])) for name, found in dead.items()}
    return replace(run, joined=alive, refused={**run.refused, **why})


def recovered_by_reading(run: Run) -> Faults:
    """Settle what reading alone can settle; give what is out of reach, whose intents stay open. Raises CallsSpent."""
    faults: Faults = {}
    while True:
        live = without(run, faults)
        try:
            return {**faults, **recover(live, resend=False)}
        except CallsSpent:
            raise
        except ConnectionFault as fault:
            note(faults, fault, fault.connection)
            if len(without(run, faults).joined) == len(live.joined):
                raise  # it stands nowhere: another try would come to the same


def look_around(run: Run, reading: Reading) -> tuple[Run, Report]:
    """Recover and observe; nothing is written to any system. The run that is given is without dead connections."""
    report, run = Report(), replace(run, found_by=f"{standing.PLAN}{run.id}")
    _start(run, report)
    live = _recovered(run, report, resend=False)
    return observe_all(live, reading, report.faults), report


def make_plan(run: Run, reading: Reading, *, selection: Selection | None = None) -> tuple[Planning, Report]:
    """Recover, observe and plan; nothing is written to any system."""
    live, report = look_around(run, reading)
    if selection is not None:
        look_at(live, selection)
        look_for_parts(live, selection)
    planning = plan(live, selection=selection)
    report.faults.update(planning.faults)
    report.passes.append(Pass(planning.digest, planning))
    return planning, report


def run_passes(run: Run, limits: Limits, reading: Reading, *, depth: int = 2, report: Report | None = None) -> Report:
    """Make passes until one has nothing to write, at most 2 + d and one more for sides that answer without values.

    `report` is filled as the run goes on: what is in it when something raises was done.
    """
    report = Report() if report is None else report
    _passes(run, limits, reading, depth, report)
    with run.database.write(epoch=run.epoch) as tx:
        report.found_before = standing.take_over(tx, run.id, quiet=QUIET)
    return report


def _passes(run: Run, limits: Limits, reading: Reading, depth: int, report: Report) -> None:
    _start(run, report)
    live = _recovered(run, report)
    for number in range(2 + depth + 1):
        live = observe_all(live, reading if number == 0 else Reading(), report.faults)
        planning = plan(live)
        report.faults.update(planning.faults)
        report.passes.append(Pass(planning.digest, planning))
        found = stops(planning, limits)
        if found:
            _stop(live, planning.digest, found)
            report.stopped = (planning.digest, found)
            return
        if not planning.wire and not planning.internal:
            _applied(live, planning.digest)
            return
        applying = _apply(live, planning.digest, report)
        if not _moved(applying) and (not planning.wire or (applying.lacking and not _wrote(applying))):
            return
    report.converged = False


def _moved(applying: Applying) -> bool:
    """Say whether links ended or followed a merge: their records are looked at again, for what that leaves to do."""
    return any(applying.endings[str(kind), str(Ending.DONE)] for kind in (Kind.END, Kind.REPOINT))


def _wrote(applying: Applying) -> bool:
    """Say whether anything was written: where rights are missing, a pass without a write would only come again."""
    return any(ending in {str(one) for one in WRITTEN} for _, ending in +applying.endings)


def apply_plan(
    run: Run,
    digest: str,
    limits: Limits,
    *,
    allow: Collection[str] = (),
    who: str = "",
    report: Report | None = None,
) -> Report:
    """Apply one saved plan, if its guards let it through or a person did; it is one pass.

    `report` is filled as it goes on, as in `run_passes`.
    """
    report = Report() if report is None else report
    with run.database.read() as tx:
        saved = plans.find(tx, digest)
    _same(run, saved)
    if saved.state == "applied":
        raise UsageError(f"the plan {saved.digest[:12]} was applied already", mend="tieout plan")
    unknown = set(allow) - GUARDS
    if unknown:
        raise UsageError(f"there is no guard {', '.join(sorted(unknown))}; there are {', '.join(sorted(GUARDS))}")
    planning = stored_planning(run, saved)
    report.passes.append(Pass(saved.digest, planning))
    if stops(planning, limits, allow):
        # All of them: the command that lets it through names also those that this one named.
        found = stops(planning, limits)
        _stop(run, saved.digest, found)
        report.stopped = (saved.digest, found)
        return report
    with run.database.write(epoch=run.epoch) as tx:
        told = [entry(run, "apply", {"plan": saved.digest, "who": who or run.by})]
        if allow:
            plans.mark(tx, saved.digest, "saved", allowed=sorted(allow), by=who)
            payload = {"plan": saved.digest, "guards": sorted(allow), "who": who}
            told.append(entry(run, "allowed", payload))
        audit.append_many(tx, told)
        approve(tx, saved.digest, who=who or run.by, now=run.now())
    _start(run, report)
    live = _recovered(run, report)
    _apply(live, saved.digest, report)
    return report


GUARDS = set(NAMES)


def _same(run: Run, saved: plans.Saved) -> None:
    """A plan is applied under the mappings and the environment it was made for, or not at all.

    One that does not run now (a dead connection) is no change; one that is gone, or has another name, is.
    """
    if saved.environment != run.environment:
        raise UsageError(
            f"the plan {saved.digest[:12]} was made for the environment {saved.environment}, not {run.environment}",
            mend=f"--env {saved.environment}, or make a new plan",
        )
    now = {joined.mapping.name: joined.mapping.digest for joined in run.joined}
    changed = sorted(
        name for name, digest in saved.mappings.items() if name not in run.refused and now.get(name) != digest
    )
    if changed:
        raise UsageError(f"the mapping {', '.join(changed)} changed since this plan was made", mend="tieout plan")
    with run.database.read() as tx:
        pairs = plans.pairs(tx, saved.digest)
        matching = [one for kind in (Kind.LINK, Kind.CREATE) for one in plans.pairs(tx, saved.digest, verb=kind)]
        keyed = {pair: links.pair_state(tx, pair).keyed for _, pair in matching}
    elsewhere = sorted({name for name, pair in pairs if (joined := run.mapping(name)) and joined.pair != pair})
    if elsewhere:
        told = f"the plan {saved.digest[:12]} was made for other organisations: {', '.join(elsewhere)}"
        raise UsageError(told, mend="tieout plan; or pin the organisation that it was made for")
    between = sorted({name for name, pair in matching if run.mapping(name) and keyed[pair] != saved.mappings.get(name)})
    if between:  # the match keys are of those contents: they would tell nothing of partners
        told = f"the mapping {', '.join(between)} was planned with other contents since this plan was made"
        raise UsageError(told, mend="tieout plan")


def stored_planning(run: Run, saved: plans.Saved) -> Planning:
    """Count a saved plan again for its guards."""
    with run.database.read() as tx:
        return counted_again(tx, saved, {joined.mapping.name: joined.mapping for joined in run.joined})


def counted_again(tx: Tx, saved: plans.Saved, mappings: Mapping[str, CompiledMapping]) -> Planning:
    """Count a saved plan for its guards as the state is now; no system is asked."""
    planning = Planning(digest=saved.digest, emptied=_emptied(saved))
    pairs: dict[str, int] = {}
    for stored in plans.stream(tx, saved.digest):
        pairs[stored.mapping] = stored.pair
        counted = not stored.body.get("uncounted")
        evidence = stored.body.get("evidence")
        if stored.verb == Kind.LINK and isinstance(evidence, Mapping):
            planning.count_link(stored.mapping, evidence)
        planning.count(stored.mapping, _as_counted(stored), mappings.get(stored.mapping), counted=counted)
    for name, pair in pairs.items():
        state = links.pair_state(tx, pair)
        if state.mapping is None:
            planning.first.add(name)
        elif name in mappings and state.mapping != mappings[name].digest:
            planning.changed.add(name)
        planning.linked[name] = links.count_active(tx, pair)
    return planning


def _as_counted(stored: plans.Stored) -> Planned:
    """Give as much of a stored operation as is counted."""
    kept, given = stored.body.get("effect"), stored.body.get("allowed")
    books = kept if isinstance(kept, Mapping) else {}
    allowed = [str(one) for one in given] if isinstance(given, list) else []
    return Planned(
        Kind(stored.verb),
        stored.mapping,
        stored.pair,
        stored.end,
        stored.record,
        stored.source,
        effect=books,
        allowed=allowed,
    )


def _emptied(saved: plans.Saved) -> dict[str, Counter[str]]:
    kept = saved.head.get("emptied")
    return {
        name: Counter({side: int(str(gone)) for side, gone in sides.items()})
        for name, sides in (kept.items() if isinstance(kept, Mapping) else ())
        if isinstance(sides, Mapping)
    }


def _start(run: Run, report: Report) -> None:
    with run.database.write(epoch=run.epoch) as tx:
        found = links.dormant(tx, [joined.pair for joined in run.joined], run.refused)
        report.dormant = [(label, count) for _, label, count in found]


def _recovered(run: Run, report: Report, *, resend: bool = True) -> Run:
    try:
        report.faults.update(recover(run, resend=resend))
    except ConnectionFault as fault:
        run.log.warning("recovery stopped", reason=str(fault))
        if isinstance(fault, AdapterFault):
            note(report.faults, fault, fault.connection)
        for endpoint in run.endpoints:
            name = endpoint.peer.name
            try:
                endpoint.peer.connection.organisation()
            except ConnectionFault as found:
                note(report.faults, found, name)
    return without(run, report.faults)


def _stop(run: Run, digest: str, found: Sequence[Stop]) -> None:
    with run.database.write(epoch=run.epoch) as tx:
        plans.mark(tx, digest, "stopped")
        payload = {"plan": digest, "guards": sorted({f"{stop.mapping}:{stop.guard}" for stop in found})}
        audit.append_many(tx, [entry(run, "stopped", payload)])


def _apply(run: Run, digest: str, report: Report) -> Applying:
    applying = report.passes[-1].applying
    apply(run, digest, applying)
    report.faults.update(applying.faults)
    for name, found in applying.lacking.items():
        report.lacking.setdefault(name, Lacking()).take(found)
    _applied(run, digest)
    return applying


def _applied(run: Run, digest: str) -> None:
    """Note that a plan was applied; a plan of a selection says nothing of a mapping as a whole.

    Nor does one of a mapping that did not take part in it: its first plan is still to be looked at.
    """
    with run.database.write(epoch=run.epoch) as tx:
        plans.mark(tx, digest, "applied")
        saved = plans.find(tx, digest)
        planned = () if saved.head.get("partial") else [one for one in run.joined if one.mapping.name in saved.mappings]
        for joined in planned:
            links.set_pair_state(tx, joined.pair, mapping=joined.mapping.digest)
