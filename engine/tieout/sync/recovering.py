"""Recover: find out what became of writes whose answer never came, by what the target offers. First in every run.

A request without an answer may still take effect until its horizon has passed; until then its records rest, and all
others go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import cast

from tieout.errors import AnswerLost, BatchRefused, ObjectForbidden
from tieout.model import (
    Applied,
    Batch,
    Found,
    InDoubt,
    NotApplied,
    ObjectType,
    Operation,
    Outcome,
    Refused,
    Twins,
    Value,
    Verb,
)
from tieout.store import journal
from tieout.store.database import stamp, unstamp
from tieout.store.journal import Intent
from tieout.sync.commit import Commit, committing, operation_of
from tieout.sync.faults import Faults, asking, note
from tieout.sync.masking import values_of, veiled
from tieout.sync.observe import look_at
from tieout.sync.run import Endpoint, Joined, Run
from tieout.sync.sending import read_back, settle_by_sight, take_answers
from tieout.sync.wire import to_system
from tieout.sync.words import Kind

MADE = frozenset({Kind.CREATE, Kind.CREDIT})
"""What makes a record that carries the operation's key."""


def recover(run: Run, *, resend: bool = True) -> Faults:
    """Settle every open intent that can be settled now; `resend` False: only by reading.

    Gives the objects that are out of reach, whose intents stay open. Raises ConnectionFault for all else.
    """
    faults: Faults = {}
    with run.database.read() as tx:
        intents = journal.unsettled(tx)
    for (batch, pair), group in groupby(intents, key=lambda intent: (intent.batch, intent.pair)):
        joined = next((joined for joined in run.joined if joined.pair == pair), None)
        if joined is None:
            continue  # its mapping does not run now: its records rest
        run.renew()
        try:
            _batch(run, joined, batch, list(group), resend=resend)
        except ObjectForbidden as fault:
            note(faults, fault, joined.ends[0].peer.name)
    return faults


def _batch(run: Run, joined: Joined, key: str, intents: Sequence[Intent], *, resend: bool) -> None:
    endpoint = joined.ends[intents[0].end]
    accepted = [intent for intent in intents if intent.state == "accepted"]
    if accepted:
        read_back(run, joined, accepted)
    open_ = [intent for intent in intents if intent.state == "prepared"]
    if not open_:
        return
    now = run.now()
    if open_[0].verb == Kind.NOTE:
        _look_by_hand(run, joined, open_, now)
        return
    sent_at = unstamp(open_[0].sent_at)
    # Only creates: an update that is sent again may be done now for the first time, over what people wrote since; a
    # credit, whose text the adapter reads off the document, would not be the same bytes again.
    whole = resend and not accepted and open_[0].verb == Kind.CREATE
    if whole and _repeatable(endpoint.type, sent_at, now):
        _resend(run, joined, endpoint, key, open_)
    elif now >= unstamp(open_[0].until):
        if open_[0].verb in MADE:
            _find(run, joined, endpoint, key, open_, sent_at)
        else:
            _look(run, joined, endpoint, open_)
    elif endpoint.type.conditional and open_[0].verb not in MADE:
        _look(run, joined, endpoint, open_, moved=True)


def _repeatable(type_: ObjectType, sent_at: datetime, now: datetime) -> bool:
    """Say whether the key is known still when a repeated request arrives at the latest: else it would be done twice."""
    return type_.replay is not None and now + type_.horizon <= sent_at + type_.replay


def _as_batch(endpoint: Endpoint, key: str, intents: Sequence[Intent], sent_at: datetime) -> Batch:
    operations = []
    for intent in intents:
        sent = cast("dict[str, Value]", intent.body["sent"])
        version, url = intent.body["version"], intent.body["url"]
        operations.append(
            Operation(
                intent.key,
                intent.record,
                to_system(sent, endpoint.type),
                version if isinstance(version, str) else None,
                url if isinstance(url, str) else None,
            )
        )
    return Batch(endpoint.type, Verb(intents[0].verb), operations, endpoint.paths, key, sent_at)


def _resend(run: Run, joined: Joined, endpoint: Endpoint, key: str, intents: Sequence[Intent]) -> None:
    """The idempotency key is alive: the same bytes again give the answer of the first time, or do it once."""
    batch = _as_batch(endpoint, key, intents, unstamp(intents[0].sent_at))
    with run.database.write(epoch=run.epoch) as tx:  # beforehand: this request, too, may take effect late
        journal.postpone(tx, [intent.id for intent in intents], stamp(run.now() + endpoint.type.horizon))
    try:
        with asking(endpoint.peer.name, endpoint.type.name):
            outcomes: Sequence[Outcome] = endpoint.peer.connection.write(batch)
    except AnswerLost:
        return
    except BatchRefused:
        return  # nothing is proved by it: after the horizon the records themselves are asked
    answers: list[tuple[Intent, Applied]] = []
    with committing(run, joined) as commit:
        for intent, outcome in zip(intents, outcomes, strict=True):
            if isinstance(outcome, Applied):
                answers.append((intent, outcome))
            elif isinstance(outcome, Refused):
                _void(commit, intent)
        _, bare = take_answers(commit, endpoint, answers)
    read_back(run, joined, bare)


def _void(commit: Commit, intent: Intent) -> None:
    """It never happened: the next plan decides anew."""
    commit.closed.append(intent.id)
    commit.tell("void", {"key": intent.key})


def _look(run: Run, joined: Joined, endpoint: Endpoint, intents: Sequence[Intent], *, moved: bool = False) -> None:
    """Read the records of updates and deletes, and settle by what they show.

    `moved`: only those whose record has another version than the write demands. It arrived, or is refused from now on;
    while the version is the same it may still arrive, and what it leaves would seem to be a person's edit.
    """
    found = look_at(run, endpoint, [intent.record or "" for intent in intents])
    seen = [(intent, found.get(intent.record or "")) for intent in intents]
    if moved:
        seen = [(intent, now) for intent, now in seen if now is not None and now.version != intent.body["version"]]
    settle_by_sight(run, joined, endpoint, seen, answered=False)


def _look_by_hand(run: Run, joined: Joined, intents: Sequence[Intent], now: datetime) -> None:
    """A note leaves nothing by which it is known again: once none can still arrive, a person looks."""
    if now >= unstamp(intents[0].until):
        with committing(run, joined) as commit:
            for intent in intents:
                _unsure(commit, intent, "no system lets a program tell whether it stands there")


def _find(run: Run, joined: Joined, endpoint: Endpoint, key: str, intents: Sequence[Intent], sent_at: datetime) -> None:
    """Find out what became of creates and credits, by their key; what cannot be found out becomes a question."""
    batch = _as_batch(endpoint, key, intents, sent_at)
    if endpoint.type.twins is Twins.POSSIBLE:
        found: Sequence[Found] = [InDoubt("this system offers no way to find out") for _ in intents]
    else:
        with asking(endpoint.peer.name, endpoint.type.name):
            found = endpoint.peer.connection.find_created(batch)
    answers: list[tuple[Intent, Applied]] = []
    with committing(run, joined) as commit:
        for intent, fate in zip(intents, found, strict=True):
            match fate:
                case Applied():
                    answers.append((intent, replace(fate, now=None)))
                case NotApplied() if endpoint.type.twins is Twins.REFUSED or endpoint.type.sees_own:
                    _void(commit, intent)
                case NotApplied():
                    _unsure(commit, intent, "a search shows nothing, and may not see our own writes yet")
                case InDoubt(why=why):
                    _unsure(commit, intent, why)
        _, bare = take_answers(commit, endpoint, answers)
    read_back(run, joined, bare)


def _unsure(commit: Commit, intent: Intent, why: str) -> None:
    """What is of unknown fate, and cannot be found out, is repeated only after a person said so (law 2)."""
    commit.closed.append(intent.id)
    operation = operation_of(intent)
    told = veiled(why, values_of(operation, commit.joined.mapping))
    commit.unsure(operation, f"sent at {intent.sent_at} and never answered: {told}")
