"""`tieout status`: how things stand, without asking any system."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from tieout.cli.asked import asked, common, to_repeat
from tieout.cli.record_status import hold_lines, show_record
from tieout.cli.show import bad, clean, dim, good, json_line, say, say_table, strong, warn
from tieout.errors import UsageError
from tieout.exits import DONE, NEW
from tieout.report.run_view import stands_json

MOST = 50
"""Holds that are shown at length."""

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieout.access_review import Row
    from tieout.report.run_view import Standing
    from tieout.session import Session
    from tieout.store.overview import PairRow
    from tieout.store.runs import Kept


@click.command("status")
@click.option("--alert", is_flag=True, help="Tell the receivers of notify: if no run ended for too long; exit with 3.")
@click.option("--try-alerts", is_flag=True, help="Send every receiver of notify: a trial; exit with 3 if one fails.")
@click.argument("record", required=False, metavar="[RECORD]")
@common
def command(record: str | None, *, alert: bool, try_alerts: bool) -> int:
    """Show the last runs, what is linked, what is held and asked, and mappings that are gone.

    Of a RECORD (MAPPING/SIDE:ID) its partners, and what is held, failed, asked and on its way of it.
    With --alert only whether runs still come, for a second scheduler: a scheduler that stands still can't tell.
    With --try-alerts every receiver is sent a message, so that a wrong address is found before it matters.
    """
    if sum((alert, try_alerts, record is not None)) > 1:
        wrong = "a RECORD, --alert and --try-alerts are asked for one at a time"
        raise UsageError(wrong, mend="tieout status RECORD, or one of the two alone")
    if alert or try_alerts:
        return _alert() if alert else _try_alerts()
    if record is not None:
        return show_record(record)
    from tieout.access_review import review  # noqa: PLC0415  # heavy
    from tieout.report.record_status import Titles  # noqa: PLC0415  # as above
    from tieout.report.standing import Words, side_names  # noqa: PLC0415  # as above
    from tieout.session import Session, load  # noqa: PLC0415  # as above
    from tieout.store import overview, runs  # noqa: PLC0415  # as above

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    with Session(loaded, settings.env, create=False) as session, session.database.read() as tx:
        pairs = overview.pairs(tx)
        names = side_names(loaded.project, pairs)
        words = Words(tx, names)
        last, holds, reviews = runs.latest(tx, 5), words.holds(), words.reviews()
        titles = Titles(tx, names, session.check().mappings if holds else ())
        holds = tuple(replace(one, title=titles.of(one.record)) for one in holds)
        pending, differing = overview.unsettled(tx), words.differing()
        barred = [row for row in review(session) if row.state in {"disconnected", "refused"}]
        if settings.json:
            told = _as_json(session, pairs, last, holds, reviews, pending)
            told["barred"] = [{"connection": one.connection, "state": one.state, "since": one.since} for one in barred]
            json_line({**told, "stored_differently": [_differs(one) for one in differing]})
            return 0
        _show(session, pairs, last, pending)
        _no_way_in(barred)
        _standing(holds, reviews, calm=not barred)
        _resting(differing)
    return 0


def _alert() -> int:
    from tieout.cli import alerting  # noqa: PLC0415  # heavy
    from tieout.notifying import must_be_installed  # noqa: PLC0415  # as above
    from tieout.session import Session, load  # noqa: PLC0415  # as above

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    must_be_installed(loaded.project.notify.receivers)
    if loaded.project.notify.silent_after is None:
        raise UsageError(
            "notify: in tieout.yaml does not say how often a run is expected",
            mend="write expect_run_every: 5m under notify",
        )
    with Session(loaded, settings.env, create=False) as session:
        wrong = alerting.silence(session)
    if settings.json:
        json_line({"silent": bool(wrong), "message": wrong[0].text if wrong else None})
    else:
        say(bad(wrong[0].text) if wrong else good("runs come as expected"))
    return NEW if wrong else DONE


def _try_alerts() -> int:
    from tieout.cli import alerting  # noqa: PLC0415  # heavy
    from tieout.notifying import must_be_installed  # noqa: PLC0415  # as above
    from tieout.session import Session, load  # noqa: PLC0415  # as above

    settings = asked()
    loaded = load(settings.folder, settings.environment, settings.env)
    must_be_installed(loaded.project.notify.receivers)
    if not loaded.project.notify.receivers:
        raise UsageError("notify: in tieout.yaml names nobody", mend="write to: {NAME: {webhook: …}} under notify")
    with Session(loaded, settings.env) as session:
        reached = alerting.try_receivers(session)
    if settings.json:
        json_line({"receivers": [{"receiver": name, "reached": not why, "why": why} for name, why in reached.items()]})
    for name, why in reached.items() if not settings.json else ():
        say(f"{bad('not reached')}  {clean(name)}: {clean(why)}" if why else f"{good('reached')}  {clean(name)}")
    return NEW if any(reached.values()) else DONE


def _as_json(
    session: Session,
    pairs: Sequence[PairRow],
    last: Sequence[Kept],
    holds: Sequence[Standing],
    reviews: Sequence[Standing],
    pending: int,
) -> dict[str, object]:
    written = {source.name for source in session.project.mappings}
    return {
        "project": session.project.name,
        "environment": session.project.environment,
        "runs": [
            {"run": one.id, "command": one.command, "environment": one.environment, "started": one.started,
             "ended": one.ended, "exit_code": one.exit, "summary": dict(one.summary)}
            for one in last
        ],
        "mappings": [
            {"mapping": row.label, "links": row.links, "differs": row.differs, "dormant": row.label not in written}
            for row in pairs
        ],
        "unsettled": pending,
        "holds": [stands_json(held) for held in holds],
        "reviews": [stands_json(asked_) for asked_ in reviews],
    }  # fmt: skip


def _show(session: Session, pairs: Sequence[PairRow], last: Sequence[Kept], pending: int) -> None:
    project = session.project
    say(f"{strong(project.name)}{dim(f'  {project.environment}' if project.environment else '')}\n")
    if not last:
        say(f"no run yet: tieout plan{to_repeat()}")
    else:
        rows = [[one.id, one.command, one.environment, _exit(one), one.summary_text] for one in map(_Row, last)]
        say_table(["run", "command", "environment", "exit", "came to"], rows)
    written = {source.name for source in project.mappings}
    if pairs:
        say()
        say_table(["mapping", "between", "links", ""], [_mapping_row(row, written) for row in pairs])
    for source in project.mappings:
        if source.name not in {row.label for row in pairs}:
            say(dim(f"{source.name}: never run"))
    if pending:
        say(f"\n{warn('unsettled')}: the fate of {pending} write{'' if pending == 1 else 's'} is not known yet;"
            " the next run finds out")  # fmt: skip


class _Row:
    """A run as a line of the table."""

    def __init__(self, kept: Kept) -> None:
        self.id, self.command, self.environment = kept.id, kept.command, kept.environment
        self.exit, self.ended = kept.exit, kept.ended
        done, stopped = kept.summary.get("done"), kept.summary.get("stopped")
        told = f"{done} done, {_passes(kept.summary.get('passes'))}" if done is not None else ""
        told = "nothing written" if kept.command in {"plan", "undo", "verify"} and kept.exit is not None else told
        self.summary_text = f"stopped: tieout plan --show {str(stopped)[:12]}" if stopped else told


def _passes(many: object) -> str:
    return f"{many} pass{'' if many == '1' else 'es'}"


def _exit(one: _Row) -> str:
    if one.exit is None:
        return warn("not ended")
    return good("0") if one.exit == 0 else bad(str(one.exit))


def _mapping_row(row: PairRow, written: set[str]) -> list[str]:
    between = " and ".join(f"{end.adapter} {end.object}" for end in row.ends)
    return [row.label, between, str(row.links), _state(row, written)]


def _state(row: PairRow, written: set[str]) -> str:
    told = []
    if row.label not in written:
        told.append(warn("dormant: no mapping any more, its links rest"))
    if row.differs:
        told.append(f"{row.differs} field{'' if row.differs == 1 else 's'} stored differently")
    return "; ".join(told)


def _differs(one: Standing) -> dict[str, str]:
    return {"record": one.record, "partner": one.partner, "rule": one.rule}


def _resting(differing: Sequence[Standing]) -> None:
    if differing:
        say(f"\n{strong('stored differently')}")
    for one in differing[:MOST]:
        say(clean(f"{one.record} and {one.partner} {one.rule}"))
    if len(differing) > MOST:
        say(dim(f"… and {len(differing) - MOST} more: tieout status --json{to_repeat()}"))
    if differing:
        say(dim(f"agreed as it is: tieout verify{to_repeat()} names the cause of each"))


def _groups(loud: Sequence[Standing]) -> list[list[str]]:
    """Count what is held by its code, and where the mapping has it: what one mend may settle stands together."""
    counted = Counter((one.code, one.whose, one.at) for one in loud)
    return [[code, whose, str(many), at] for (code, whose, at), many in counted.most_common()]


def _at_rest(word: str, told: str, found: Sequence[Standing]) -> None:
    if found:
        say(f"\n{strong(word)}: {len(found)} {told}")
    for one in found[:MOST]:
        say(clean(f"{one.record} {dim(f'since {one.since[:10]}')}  {one.message}"))
    if len(found) > MOST:
        say(dim(f"… and {len(found) - MOST} more: tieout status --json{to_repeat()}"))


def _at_length(found: Sequence[Standing]) -> None:
    for one in found[:MOST]:
        for line in hold_lines(one):
            say(clean(line))
    if len(found) > MOST:
        say(dim(f"… and {len(found) - MOST} more: tieout status --json{to_repeat()}"))


def _no_way_in(barred: Sequence[Row]) -> None:
    if barred:
        say(f"\n{strong('no way in')}")
    for one in barred:
        say(f"{one.connection} {dim(f'{one.state} since {one.since[:10]}')}")
        say(f"  next: tieout connect {one.connection}{to_repeat()}")


def _standing(holds: Sequence[Standing], reviews: Sequence[Standing], *, calm: bool) -> None:
    loud, waiting = [one for one in holds if not one.quiet], [one for one in holds if one.waits]
    nowhere = [one for one in holds if one.code == "unrouted"]
    noted = [one for one in holds if one.code == "noted"]
    if loud:
        say(f"\n{strong('held')}")
        say_table(["code", "whose move", "records", "mapping"], _groups(loud))
        say()
    _at_length(loud)
    if waiting:
        say(f"\n{strong('waiting')}: {len(waiting)} for other records")
    _at_length(waiting)
    normal = len(holds) - len(loud) - len(nowhere) - len(waiting) - len(noted)
    if normal:
        say(dim(f"{normal} more wait for something that is normal"))
    _at_rest("unrouted", "that no copy of their mapping takes", nowhere)
    _at_rest("noted", "with differences that a note in their history settles", noted)
    if reviews:
        say(f"\n{strong('asked')}")
    for one in reviews:
        say(clean(f"{one.id}  {one.record}  {one.message}"))
    if reviews:
        say(dim(f"tieout review show N{to_repeat()}, tieout review answer N ANSWER{to_repeat()}"))
    if not loud and not reviews and calm:
        say(good("\nnothing waits for a person"))
