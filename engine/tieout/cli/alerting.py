"""Telling people what a run came to, or that none came: at once, at growing intervals, and when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.cli.show import complain, warn
from tieout.errors import Busy, Fenced, TieoutError
from tieout.notifying import deliver
from tieout.report.alerts import decide, messages, of_error, of_notices, of_run, of_silence, trial
from tieout.store import alerts, notices, runs
from tieout.store.instants import stamp, unstamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tieout.report.alerts import Notice, Wrong
    from tieout.report.run_view import Outcome
    from tieout.session import Session


def after_run(session: Session, outcome: Outcome) -> None:
    """Tell what is wrong after a run, what is over, and what day has come."""
    reached = _tell(session, of_run(outcome), due=of_notices(outcome.notices, session.project.notify.send))
    told = [(one.came.link, (one.notice, one.days, one.date)) for one in outcome.notices if one.key in reached]
    if told:
        with session.database.write() as tx:
            notices.note_told(tx, told, stamp(session.database.now()))


def after_error(session: Session, error: BaseException) -> None:
    """Tell that a run could not be made; of all else nothing is known. Another run at work is no news."""
    if isinstance(error, Busy | Fenced):
        return
    _tell(session, of_error(error), about=("run",))


def silence(session: Session) -> list[Wrong]:
    """Tell that no run came, or that one came again; give what is wrong."""
    most = session.project.notify.silent_after
    with session.database.read() as tx:
        last = runs.last_ended(tx, "run")
    now = session.database.now()
    wrong = [] if most is None else of_silence(None if last is None else unstamp(last), now, most)
    _tell(session, wrong, about=("silence",))
    return wrong


def try_receivers(session: Session) -> dict[str, str]:
    """Send each receiver a message that says it is a trial; give receiver -> why it was not reached, "" if it was."""
    project = session.project
    sent = [trial(name, project.name, project.environment or "none") for name in sorted(project.notify.receivers)]
    lost = deliver(sent, project.notify.receivers, session.sources, session.redaction)
    failed = {one.message.receiver: one.why for one in lost}
    return {message.receiver: failed.get(message.receiver, "") for message in sent}


def _tell(
    session: Session, wrong: Sequence[Wrong], *, about: Sequence[str] = (), due: Sequence[Notice] = ()
) -> set[str]:
    """Give what reached somebody, or nobody wants to hear of.

    A message that does not get out is a warning, and is tried again by the next run.
    """
    if not session.project.notify.receivers:
        return {one.key for one in due}
    try:
        now = session.database.now()
        with session.database.read() as tx:
            known = alerts.known(tx)
        decided = decide(wrong, known, now, about=about)
        told = _send(session, [*decided.notices, *due])
        with session.database.write() as tx:
            alerts.keep(tx, decided.after(told, now))
    except TieoutError as error:
        complain(f"{warn('warning:')} nobody was told: {error}")
        return set()
    return told


def _send(session: Session, found: Sequence[Notice]) -> set[str]:
    """Send what was decided; give the keys that reached somebody, or that nobody wants to hear of."""
    notify, project = session.project.notify, session.project
    sent = messages(found, notify.send, project.name, project.environment or "none")
    failed = deliver(sent, notify.receivers, session.sources, session.redaction)
    for one in failed:
        session.log.warning("not told", receiver=one.message.receiver, why=one.why)
        complain(f"{warn('warning:')} {one.message.receiver} was not told: {one.why}")
    lost = {id(one.message) for one in failed}
    reached = {key for message in sent if id(message) not in lost for key in message.keys}
    tried = {key for message in sent for key in message.keys}
    return reached | ({notice.key for notice in found} - tried)
