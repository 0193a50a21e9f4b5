"""Requests between the plan that shows them and what becomes of them: approved with it, or forgotten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection as Tx

from tieout.errors import UsageError
from tieout.mapping.compiled import Act, Policy
from tieout.store import answering, mirror, plans, standing
from tieout.store.database import stamp
from tieout.store.standing import Review
from tieout.sync.decide import link_scope, record_scope
from tieout.sync.figures import Selection
from tieout.sync.requesting import REQUEST
from tieout.sync.run import Joined, Run
from tieout.sync.ways import WAYS
from tieout.toolkit import nearest
from tieout.values import unit

WHY = {"yes": "the plan that shows it was applied", "no": "the plan that shows it was refused"}
WITHDRAWN = "the request was withdrawn"


def look_at(run: Run, selection: Selection) -> None:
    """See that the records are there that a person names, and have the plan look at those that one asks for.

    Raises UsageError where there is no such record, or nothing can be asked for.
    """
    asking = bool(selection.requesting or selection.picks)
    # A record that was named for all copies of a mapping has to be seen by one of them.
    unseen: dict[tuple[str, str], str] = {}
    seen: set[tuple[str, str]] = set()
    with run.database.write(epoch=run.epoch) as tx:
        for name, records in selection.records.items():
            joined = run.mapping(name)
            if joined is None:
                continue
            if selection.requesting:
                _requestable(joined, selection.requesting)
            _pickable(joined, selection.picks)
            numbers = (joined.ends[0].number, joined.ends[1].number)
            if not records and asking:
                mirror.mark_all_due(tx, joined.pair, numbers)
            for end, id_ in records:
                side = joined.mapping.sides[end]
                if id_ in mirror.seen(tx, numbers[end], [id_]):
                    seen.add((side.name, id_))
                    mirror.mark_due(tx, [(joined.pair, end)] if asking else [], [id_])
                else:
                    unseen[side.name, id_] = side.object
        for side_name, id_ in [one for one in unseen if one not in seen]:
            told = f"there is no {unseen[side_name, id_]} {id_} in {side_name}, or this login does not see it"
            raise UsageError(told, mend="tieout plan, without names, shows what is there")


def _pickable(joined: Joined, picks: Mapping[str, str]) -> None:
    known = [pick.name for pick in joined.mapping.picks]
    for name in picks:
        if name not in known:
            near = nearest(name, known, most=1)
            there = f"; did you mean {near[0]}?" if near else f"; it has: {', '.join(known) or 'none'}"
            mend = f"tieout plan {joined.mapping.name}/SIDE:ID --pick NAME=KEY"
            raise UsageError(f"{joined.mapping.name} has no pick {name}{there}", mend=mend)


def _requestable(joined: Joined, act: str) -> None:
    if act in WAYS:
        if not WAYS[act].known(joined.mapping):
            told = f"{joined.mapping.name}: {WAYS[act].lacking}"
            raise UsageError(told, mend="tieout status shows what is held and the ways out")
        return
    policies: list[Policy] = [getattr(side, act) for side in joined.mapping.sides]
    if not any(Act.REQUEST in {policy.do, policy.otherwise} for policy in policies):
        name = joined.mapping.name
        words = ", ".join(f"{side.name}: {getattr(side, act).do}" for side in joined.mapping.sides)
        raise UsageError(
            f"{name} has no `{act}: request` ({words}), so nothing can be asked for",
            mend=f"tieout plan {name} shows what is done without being asked; or write {act}: {{SIDE: request}}",
        )


def approve(tx: Tx, digest: str, *, who: str, now: datetime) -> int:
    """Answer the requests in a plan with yes, since it is about to be applied; give how many there were."""
    return _answer(tx, digest, "yes", who, now)


def forget(tx: Tx, digest: str, *, who: str, now: datetime, why: str = "") -> int:
    """Answer the requests in a plan with no; give how many there were."""
    return _answer(tx, digest, "no", who, now, why)


def withdraw(tx: Tx, kept: Review, *, who: str, why: str, now: datetime) -> None:
    """Answer one open request with no."""
    answering.note(tx, kept, "no", who=who, why=why or WITHDRAWN, now=stamp(now))


def _answer(tx: Tx, digest: str, chosen: str, who: str, now: datetime, why: str = "") -> int:
    wanted = set(_shown(plans.stream(tx, digest)))
    found = [one for one in _open(tx) if (one.pair, one.scope, one.fingerprint) in wanted] if wanted else []
    for one in found:
        answering.note(tx, one, chosen, who=who, why=why or WHY[chosen], now=stamp(now))
    return len(found)


def _open(tx: Tx) -> Sequence[Review]:
    return [one for one in standing.reviews(tx) if one.kind == REQUEST]


def _shown(operations: Iterator[plans.Stored]) -> Iterator[tuple[int, str, str]]:
    """Give (pair, scope, fingerprint) of the requests that a plan shows: another record may ask for just the same."""
    for stored in operations:
        evidence = stored.body.get("evidence")
        print_ = evidence.get(REQUEST) if isinstance(evidence, Mapping) else None
        if isinstance(print_, str):
            yield from ((stored.pair, scope, print_) for scope in _scopes(stored))


def _scopes(stored: plans.Stored) -> Iterator[str]:
    """Give what a request of this operation may stand under: its link, else either record, or the part of it."""
    link = stored.body["link"]
    if isinstance(link, str):
        yield link_scope(int(link))
        return
    for end, id_ in ((1 - stored.end, stored.source), (stored.end, stored.record)):
        if id_ is not None:
            yield record_scope(end, id_)
            yield record_scope(end, unit(id_, str(stored.body["part"])))
