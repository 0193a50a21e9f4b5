"""What a run came to, as data: the JSON of `tieout run --json` (schemas/run-report.schema.json) and its exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieout.errors import Forbidden, NotNow
from tieout.model import Value
from tieout.sync.failing import FailureClass
from tieout.sync.planview import reference
from tieout.values import number

if TYPE_CHECKING:
    from decimal import Decimal

    from tieout.errors import ConnectionFault
    from tieout.sync.faults import Faults
    from tieout.sync.noticed import Noticed
    from tieout.sync.passes import Pass, Report
    from tieout.sync.run import Run

Json = dict[str, object]
FAULTS = {NotNow: FailureClass.RATE, Forbidden: FailureClass.PERMISSION}
"""What stops a connection -> its class, if that is not the connection itself."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A hold or a question in words."""

    record: str
    rule: str
    code: str
    message: str
    ways_out: tuple[str, ...] = ()
    id: int | None = None
    """A question's number."""
    since: str = ""
    new: bool = False
    choices: Mapping[str, str] | None = None
    quiet: bool = False
    partner: str = ""
    """The record at the other end; "" if it has none."""
    page: str = ""
    """On which a person sees the record; "": none is known."""
    partner_page: str = ""
    """The same of the record at the other end."""
    whose: str = ""
    """The class of failure: data, mapping, connection, rate, permission, conflict, locked."""
    words: str = ""
    """The system's own words, without what is personal."""
    at: str = ""
    """Where in the mapping: file:line:column."""
    other: str = ""
    """The record that is in the way, where the system names it."""
    blocked_by: str = ""
    """The record that it waits for."""
    blocks: tuple[str, ...] = ()
    """The records that wait for this one."""
    candidates: tuple[Mapping[str, str], ...] = ()
    """Of a question: the records that it is about (side, id, name, url)."""
    answer: str = ""
    """Of a question that was answered; `who` gave it, and `why`."""
    who: str = ""
    why: str = ""
    title: str = ""
    """What people call the record, where it was looked up; never personal."""

    @property
    def waits(self) -> bool:
        """Say whether it waits for another record and goes on by itself."""
        return self.quiet and self.code == "blocked"


@dataclass(frozen=True, slots=True)
class EndedBy:
    """What ended a run before its time: a signal, the deadline, another run."""

    word: str
    """Interrupted, Terminated, DeadlineReached or Fenced."""
    message: str
    mend: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run: what its report, its JSON and its metrics are made of."""

    run: str
    command: str
    environment: str
    project: str
    started: str
    seconds: float
    report: Report
    faults: Faults
    refused: Mapping[str, str]
    dormant: tuple[tuple[str, int], ...]
    holds: tuple[Standing, ...]
    reviews: tuple[Standing, ...]
    failures: tuple[Standing, ...]
    exit_code: int
    notes: tuple[str, ...] = ()
    """What the mappings leave out here, by name."""
    head: str = ""
    """Where the audit log ended, `SEQ:HASH`: kept outside the database it finds any change before it."""
    ended_by: EndedBy | None = None
    """None: it ran to its end."""
    notices: tuple[Noticed, ...] = ()
    """Events on certain days that came up and that nobody was told of before."""
    left: tuple[Standing, ...] = ()
    """Operations that were not sent: what they were planned from moved, or what they wait for was not made."""
    warned: tuple[Standing, ...] = ()
    """What was carried out with a warning: the system's, or that the note in its history failed."""
    listed: tuple[Mapping[str, Value], ...] = ()
    """The first operations of the stopped plan."""
    listed_of: int = 0
    """How many it has."""
    locale: str = "en"
    """How people write numbers; data is written in none."""
    options: str = ""
    """What other commands need to meet the same project and environment, ready for a shell."""

    @property
    def allow(self) -> str:
        """Give the command that lets the stopped plan through; empty if none was stopped."""
        if self.report.stopped is None:
            return ""
        digest, stops = self.report.stopped
        guards = ",".join(sorted({stop.guard for stop in stops}))
        return f"tieout apply {digest[:12]} --allow {guards}{self.options}"


def as_json(outcome: Outcome) -> Json:
    """Give the report for a program; amounts are text."""
    stopped = outcome.report.stopped
    return {
        "run": outcome.run,
        "command": outcome.command,
        "project": outcome.project,
        "environment": outcome.environment,
        "started": outcome.started,
        "seconds": round(outcome.seconds, 3),
        "exit_code": outcome.exit_code,
        "converged": outcome.report.converged,
        "cut_short": None
        if outcome.ended_by is None
        else {
            "by": outcome.ended_by.word,
            "message": outcome.ended_by.message,
            "mend": outcome.ended_by.mend or None,
            "exit_code": outcome.ended_by.exit_code,
        },
        "passes": [_pass(one) for one in outcome.report.passes],
        "stopped": None
        if stopped is None
        else {
            "plan": stopped[0],
            "guards": [{"guard": s.guard, "mapping": s.mapping, "message": s.message} for s in stopped[1]],
            "command": outcome.allow,
            "count": outcome.listed_of,
            "operations": [_listed(one) for one in outcome.listed],
        },
        "left": [standing_json(one) for one in outcome.left],
        "warnings": [_warning(one) for one in outcome.warned],
        "failures": [standing_json(one) for one in outcome.failures],
        "holds": [standing_json(one) for one in outcome.holds],
        "latency": _latency(outcome),
        "reviews": [standing_json(one) for one in outcome.reviews],
        "notices": [_noticed(one) for one in outcome.notices],
        "connections": [
            {
                "name": place.connection,
                "object": place.object or None,
                "fault": type(fault).__name__,
                "class": str(_class_of(fault)),
                "message": str(fault),
                "mend": fault.mend or None,
                "exit_code": fault.exit_code,
            }
            for place, fault in sorted(outcome.faults.items())
        ],
        "notes": list(outcome.notes),
        "refused": dict(sorted(outcome.refused.items())),
        "dormant": [{"mapping": name, "links": links} for name, links in outcome.dormant],
        "head": outcome.head or None,
    }


def _class_of(fault: ConnectionFault) -> FailureClass:
    return next((class_ for kind, class_ in FAULTS.items() if isinstance(fault, kind)), FailureClass.CONNECTION)


def _latency(outcome: Outcome) -> Json | None:
    waited = [wait.total_seconds() for wait in outcome.report.waited]
    return {"changes": len(waited), "longest_seconds": round(max(waited), 3)} if waited else None


def _noticed(one: Noticed) -> Json:
    names = ("mapping", "notice", "say", "title", "date", "days")
    return {**{name: getattr(one, name) for name in names}, "records": list(one.records), "told": dict(one.told)}


def _warning(one: Standing) -> Json:
    return {"record": one.record, **({"partner": one.partner} if one.partner else {}), "message": one.message}


def _pass(one: Pass) -> Json:
    planning = one.planning
    return {
        "plan": one.plan,
        "writes": planning.wire,
        "own": planning.internal,
        "planned": {name: dict(counts) for name, counts in sorted(planning.counts.items())},
        "ended": {f"{verb} {end}": count for (verb, end), count in sorted(one.applying.endings.items())},
        "effect": effect_json(planning.effect),
        "notes": list(dict.fromkeys(planning.notes)),
    }


def effect_json(effect: Mapping[str, Mapping[str, Decimal]]) -> Json:
    """Give what a plan does to the books, amounts as text."""
    return {what: {detail: number(amount) for detail, amount in sums.items()} for what, sums in effect.items()}


def _listed(view: Mapping[str, Value]) -> Json:
    return {name: view[name] for name in ("do", "source", "record", "title", "why") if view.get(name)}


def standing_json(one: Standing) -> Json:
    """Give a failure, a hold or a question for a program; what is not known of it is left out."""
    made: Json = {"record": one.record, "rule": one.rule, "code": one.code, "message": one.message}
    told = {"page": one.page, "partner": one.partner, "partner_page": one.partner_page, "class": one.whose,
            "words": one.words, "at": one.at, "other": one.other,
            "blocked_by": one.blocked_by, "blocks": list(one.blocks)}  # fmt: skip
    made |= {name: value for name, value in told.items() if value}
    if one.ways_out:
        made["ways_out"] = list(one.ways_out)
    if one.id is not None:
        made["id"] = one.id
    if one.since:
        made["since"] = one.since
    if one.choices is not None:
        made["choices"] = dict(one.choices)
    return {**made, "new": one.new}


def stands_json(one: Standing) -> Json:
    """Give what stands now for a program, with what people call the record."""
    told: Json = {"ways_out": list(one.ways_out), "since": one.since, "quiet": one.quiet}
    if one.title:
        told["title"] = one.title
    return {name: value for name, value in standing_json(one).items() if name != "new"} | told


def summary(outcome: Outcome) -> dict[str, str]:
    """Give the figures that `status` shows of a past run."""
    endings = outcome.report.endings
    return {
        "passes": str(len(outcome.report.passes)),
        "done": str(sum(count for (_, end), count in endings.items() if end == "done")),
        "new": str(outcome.report.new),
        "stopped": outcome.report.stopped[0] if outcome.report.stopped else "",
    }


def run_name(run: Run, end: int, mapping: str, id_: str, part: str = "") -> str:
    """Name a record, or its part, as the command line does: `customers/crm:001…`."""
    joined = run.mapping(mapping)
    side = joined.mapping.sides[end].name if joined is not None else str(end)
    parted = joined is not None and joined.mapping.parts is not None and joined.mapping.parts.side == side
    return reference(mapping, side, id_, part if parted else "")
