"""`tieout check`: everything that is wrong, at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import asked, common
from tieout.cli.show import bad, clean, dim, good, json_line, say, strong, trace, warn
from tieout.errors import ConnectionFault, UsageError
from tieout.exits import DONE, PERSON, USAGE, worst
from tieout.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tieout.mapping.account_checks import Charts
    from tieout.mapping.check import Checked
    from tieout.model import Organisation
    from tieout.money.chart import Chart
    from tieout.session import Loaded, Session


@dataclass(frozen=True, slots=True)
class Look:
    """What one connection answered."""

    name: str
    organisation: Organisation | None = None
    findings: Sequence[Finding] = ()
    fault: ConnectionFault | None = None
    barred: Sequence[ConnectionFault] = ()
    """What keeps single objects out of reach that mappings need."""
    pinned: bool = True

    @property
    def exit_code(self) -> int:
        """Give what it means for the command."""
        if self.fault is not None:
            return self.fault.exit_code
        return PERSON if self.barred or any(found.severity is Severity.ERROR for found in self.findings) else DONE


@click.command("check")
@click.option(
    "--online",
    is_flag=True,
    help="Ask the systems, too: access, rights, lock dates, fields and accounts as they are now.",
)
@common
def command(*, online: bool) -> int:
    """Find everything that is wrong in the project: all files, all problems, each with its place and its mend.

    Without --online no system is asked: fields are checked against what the systems last said of them
    (tieout describe, tieout check --online), revenue accounts against those that a run has read for a pick.
    """
    from tieout.session import Session, load  # noqa: PLC0415  # heavy

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    if not online and not _has_store(loaded):
        return _told(loaded, _unasked(loaded), (), seen=False)
    with Session(loaded, settings.env) as session:
        if online:
            _credentials_are_there(session, loaded)
            looks = [_look(session, name) for name in loaded.project.connections]
            checked = session.check(session.describe, _asked_charts(session))
            # A system may let us in, and not reach an object that a mapping needs.
            looks = [_lost(session, look) for look in looks]
            return _told(loaded, checked, looks, seen=not any(look.fault or look.barred for look in looks))
        return _told(loaded, session.check(charts=_kept_charts(session)), (), seen=_all_seen(session))


def _asked_charts(session: Session) -> Charts:
    from tieout.sync.accounts import asked_accounts  # noqa: PLC0415  # after the session's imports

    @cache
    def charts(name: str) -> Chart | None:
        try:
            return asked_accounts(session.peer(name)) if name in session.wanted() else None
        except ConnectionFault:
            return None  # it is told with the connection

    return charts


def _kept_charts(session: Session) -> Charts:
    from tieout.sync.accounts import kept_accounts  # noqa: PLC0415  # after the session's imports

    @cache
    def charts(name: str) -> Chart | None:
        config = session.config(name)
        with session.database.read() as tx:
            return kept_accounts(tx, config.adapter, config.organisation or "")

    return charts


def _credentials_are_there(session: Session, loaded: Loaded) -> None:
    """Raise ProjectProblems with everything that is wrong if credentials lead nowhere: all of them, not the first."""
    from tieout.connecting import missing  # noqa: PLC0415  # loaded already
    from tieout.problem_list import ProjectProblems  # noqa: PLC0415  # as above
    from tieout.problems import in_order  # noqa: PLC0415  # as above

    opened = [one for name, one in loaded.project.connections.items() if not session.admission.ended(name)]
    if found := missing(opened, session.sources):
        raise ProjectProblems(in_order([*session.check().problems, *found]), loaded.lines)


def _has_store(loaded: Loaded) -> bool:
    from tieout.store.place import locate  # noqa: PLC0415  # after the session's imports

    place = locate(loaded.project.store.reveal(), loaded.project.folder)
    return place.path is None or place.path.exists()


def _unasked(loaded: Loaded) -> Checked:
    # Checking makes no state database: without one, nothing is known of the systems' fields.
    from tieout.mapping.check import offline  # noqa: PLC0415  # after the session's imports
    from tieout.session import check  # noqa: PLC0415  # as above

    return check(loaded, offline)


def _all_seen(session: Session) -> bool:
    ends = [end for all_ in session.ends.values() for end in all_]
    return all(name in session.project.connections and session.describe_cached(name, object_) for name, object_ in ends)


def _look(session: Session, name: str) -> Look:
    pinned = bool(session.project.connections[name].organisation)
    try:
        peer = session.peer(name)
        found = fitting(peer.connection.check(), used=name in session.wanted())
        return Look(name, peer.organisation, found, pinned=pinned)
    except ConnectionFault as fault:
        return Look(name, fault=fault, pinned=pinned)
    except UsageError as error:
        raise _misconfigured(session, name, error) from error


def fitting(findings: Sequence[Finding], *, used: bool) -> list[Finding]:
    """Leave out what matters only where a mapping uses the connection, if none does."""
    return [one for one in findings if used or not one.if_used]


def _misconfigured(session: Session, name: str, error: UsageError) -> UsageError:
    """Give what an adapter says of its options with the place of the one that it names."""
    from tieout.problem_list import ProjectProblems  # noqa: PLC0415  # loaded already
    from tieout.problems import Problem, in_order  # noqa: PLC0415  # as above

    written = session.project.connections[name].options_node
    named = [key for key in written.entries if str(error).startswith(f"{key} ")]
    if not named:
        return error
    wrong = Problem("wrong-value", f"options of {name}: {error}", written.key_at(named[0]), error.mend)
    return ProjectProblems(in_order([*session.check().problems, wrong]), session.loaded.lines)


def _lost(session: Session, look: Look) -> Look:
    """Add what describing the objects of mappings came upon."""
    needed = dict.fromkeys(object_ for ends in session.ends.values() for name, object_ in ends if name == look.name)
    barred = {object_: fault for object_ in needed if (fault := session.fault(look.name, object_))}
    findings = [one for one in look.findings if one.object not in barred or one.severity is Severity.ERROR]
    fault = look.fault or session.fault(look.name)
    return replace(look, fault=fault, findings=findings, barred=list(barred.values()))


def _told(loaded: Loaded, checked: Checked, looks: Sequence[Look], *, seen: bool) -> int:
    from tieout.problems import errors, mistakes  # noqa: PLC0415  # loaded already

    wrong = USAGE if mistakes(checked.problems) else PERSON if errors(checked.problems) else DONE
    code = worst([wrong, *(look.exit_code for look in looks)])
    trace((fault for look in looks for fault in (look.fault, *look.barred) if fault is not None), debug=asked().debug)
    if asked().json:
        json_line(_as_json(checked, looks, seen=seen, code=code))
        return code
    for line in _text(loaded, checked, looks, seen=seen):
        say(line)
    return code


def _as_json(checked: Checked, looks: Sequence[Look], *, seen: bool, code: int) -> dict[str, object]:
    return {
        "ok": code == DONE,
        "exit_code": code,
        "problems": [problem.as_json() for problem in checked.problems],
        "connections": [_look_json(look) for look in looks],
        "mappings": [mapping.name for mapping in checked.mappings],
        "fields_checked": seen,
        "depth": checked.depth,
    }


def _look_json(look: Look) -> dict[str, object]:
    from tieout.problems import FORBIDDEN  # noqa: PLC0415  # loaded already

    found, fault = look.organisation, look.fault
    barred = [Finding(Severity.ERROR, FORBIDDEN, str(one), one.mend, one.object) for one in look.barred]
    return {
        "name": look.name,
        "pinned": look.pinned,
        "organisation": found and {"id": found.id, "name": found.name, "currency": found.currency, "live": found.live},
        "fault": fault
        and {
            "class": type(fault).__name__,
            "message": str(fault),
            "mend": fault.mend or None,
            "exit_code": fault.exit_code,
        },
        "findings": [
            {
                "severity": one.severity.value,
                "code": one.code,
                "message": one.message,
                "mend": one.mend or None,
                "object": one.object,
                "path": one.path,
            }
            for one in (*look.findings, *barred)
        ],
    }


def _text(loaded: Loaded, checked: Checked, looks: Sequence[Look], *, seen: bool) -> Iterator[str]:
    from tieout.report.problems import count_problems, show_problems  # noqa: PLC0415  # after the heavy imports

    if checked.problems:
        yield show_problems(checked.problems, loaded.lines)
        yield ""
    for look in looks:
        yield from _look_text(look)
        yield ""
    count = len(loaded.project.mappings)
    where = f" for {loaded.project.environment}" if loaded.project.environment else ""
    lost = [look.name for look in looks if look.fault is not None]
    lost += [f"{look.name} {fault.object}" for look in looks for fault in look.barred]
    found = bad("not against the systems") if lost else good("no problem")
    verdict = count_problems(checked.problems) if checked.problems else found
    yield f"{count} mapping{'' if count == 1 else 's'} checked{where}: {verdict}"
    if lost:
        yield dim(f"fields were not checked as they are now: {', '.join(lost)} did not let us in")
    elif not seen:
        yield dim("fields were not checked against the systems: tieout check --online asks them")
    elif checked.mappings:
        yield dim(f"without changes from outside, a run ends after at most {2 + checked.depth} passes")


def _look_text(look: Look) -> Iterator[str]:
    if look.fault is not None:
        yield f"{strong(look.name)}  {bad(type(look.fault).__name__)}: {clean(str(look.fault))}"
        if look.fault.mend:
            yield f"  {dim('next:')} {look.fault.mend}"
        return
    found = look.organisation
    if found is not None:
        kind = "" if found.live else warn(" (not live)")
        money = f", {found.currency}" if found.currency else ""
        yield f"{strong(look.name)}  {good('connected')} to {clean(found.name)} ({found.id}{money}){kind}"
        if not look.pinned:
            yield f'  {warn("warning")}  not pinned: write organisation: "{found.id}" under connections.{look.name}'
    for fault in look.barred:
        yield f"  {bad('error  ')}  {clean(str(fault))}"
        yield f"           {dim('= mend:')} {fault.mend}"
    for one in look.findings:
        yield f"  {_marked(one.severity)}  {clean(one.message)}"
        if one.mend:
            yield f"           {dim('= mend:')} {one.mend}"


def _marked(severity: Severity) -> str:
    style = {Severity.ERROR: bad, Severity.WARNING: warn, Severity.NOTE: dim}[severity]
    return style(f"{severity.value:7}")
