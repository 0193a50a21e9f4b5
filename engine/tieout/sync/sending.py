"""Send one batch: journal first, then the call, then its answer settled; bisect what the system refuses as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError

from tieout.errors import AdapterFault, AnswerLost, BatchRefused, ConnectionFault, Forbidden
from tieout.mapping.compiled import put
from tieout.model import (
    Applied,
    Archived,
    Batch,
    Cause,
    Gone,
    InDoubt,
    Operation,
    Outcome,
    Present,
    Refused,
    Value,
    Verb,
)
from tieout.store import audit, journal, links, mirror
from tieout.store.database import stamp
from tieout.store.journal import Intent
from tieout.store.links import LinkRow
from tieout.sync.codec import body
from tieout.sync.commit import OF_WHOLE, REMOVALS, Commit, committing, entry
from tieout.sync.expecting import unseen
from tieout.sync.failing import Refusal
from tieout.sync.faults import asking
from tieout.sync.lists import sent_rows
from tieout.sync.masking import personal_values, values_of, veiled
from tieout.sync.noting import note_in
from tieout.sync.observe import lay_answers, look_at
from tieout.sync.resting import resting_on
from tieout.sync.run import Endpoint, Joined, Run
from tieout.sync.settle import Evidence, missing_paths
from tieout.sync.wire import asked, overlaid, plain, to_system
from tieout.sync.words import Ending, Image, Kind, Planned, State
from tieout.values import dumps, loads_object

NO_NOTES = "no-notes"
"""The code of a note that this login may not write."""
Ends = dict[str, tuple[Ending, str]]
"""Key of an operation -> how it ended; one that is missing stays open for a later try."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One operation that was found still to be so, with the fresh image of its target."""

    operation: Planned
    target: Image | None
    url: str | None


def send(run: Run, joined: Joined, kind: Kind, prepared: Sequence[Prepared]) -> Ends:
    """Send operations of one kind on one end, and settle what comes back."""
    keyed = [_keyed(run, one) for one in prepared]
    for old, new in zip(prepared, keyed, strict=True):
        object.__setattr__(old, "operation", new.operation)
    batch = _batch(run, joined, kind, keyed)
    intents = _journal(run, joined, keyed, batch)
    if intents is None:
        return {one.operation.key: (Ending.STALE, "another run claims it") for one in keyed}
    target = joined.ends[keyed[0].operation.end]
    try:
        with asking(target.peer.name, target.type.name):
            outcomes = target.peer.connection.write(batch)
    except AnswerLost as lost:
        return {one.operation.key: (Ending.UNSURE, _told(joined, one, str(lost))) for one in keyed}
    except BatchRefused as refused:
        _void(run, intents)
        return _bisect(run, joined, kind, keyed, refused)
    except Forbidden as fault:
        _void(run, intents)
        if kind is not Kind.NOTE:
            raise
        return _forbidden(run, joined, keyed, fault)
    except AdapterFault:
        raise  # it may have been sent before the adapter broke off: the next run finds out
    except ConnectionFault:
        _void(run, intents)
        raise
    return _settle(run, joined, kind, keyed, intents, outcomes)


def _keyed(run: Run, prepared: Prepared) -> Prepared:
    operation = prepared.operation
    if operation.key:
        return prepared
    text = f"{run.id}:{operation.pair}:{operation.end}:{operation.kind}:{operation.record}:{operation.part}"
    return replace(prepared, operation=replace(operation, key=hashlib.sha256(text.encode()).hexdigest()[:32]))


def wire_values(operation: Planned, target: Image | None, endpoint: Endpoint) -> dict[str, Value]:
    """Make the nested record that is sent: planned fields, lists whole, groups completed that are replaced whole.

    In the journal's form, names in order and numbers without trailing zeros: a resend must be the same bytes.
    """
    values: dict[str, Value] = {}
    for write in operation.writes:
        put(values, write.names, write.sent)
    for rows in operation.lists:
        put(values, rows.names, sent_rows(rows))
    if target is not None:
        for group in endpoint.type.whole:
            _complete(values, target.record, tuple(group.split(".")))
    return to_system(loads_object(dumps(values)), endpoint.type)


def _complete(values: dict[str, Value], record: Mapping[str, Value], names: tuple[str, ...]) -> None:
    """Add what the fresh read has in a group that the system replaces whole."""
    inner: Value = values
    kept: Value = record
    for name in names:
        inner = inner.get(name) if isinstance(inner, Mapping) else None
        kept = kept.get(name) if isinstance(kept, Mapping) else None
    if isinstance(inner, Mapping) and isinstance(kept, Mapping):
        put(values, names, overlaid(kept, inner))


def _batch(run: Run, joined: Joined, kind: Kind, prepared: Sequence[Prepared]) -> Batch:
    endpoint = joined.ends[prepared[0].operation.end]
    operations = [
        Operation(
            one.operation.key,
            one.operation.record,
            wire_values(one.operation, one.target, endpoint) if kind not in OF_WHOLE else {},
            one.target.version if one.target is not None and endpoint.type.conditional else None,
            one.url,
            note_in(one.operation) or None,
        )
        for one in prepared
    ]
    now = run.now()
    # The instant: a later pass may write the same records again, and that is another batch.
    text = f"{run.id}:{run.epoch}:{stamp(now)}:" + ":".join(operation.key for operation in operations)
    key = hashlib.sha256(text.encode()).hexdigest()[:48]
    return Batch(endpoint.type, Verb(str(kind)), operations, endpoint.paths, key, now)


def _journal(run: Run, joined: Joined, prepared: Sequence[Prepared], batch: Batch) -> list[Intent] | None:
    """T1: what is about to be sent is committed first. None: another run claims one of these."""
    endpoint = joined.ends[prepared[0].operation.end]
    rows = [
        {
            "run": run.id,
            "epoch": run.epoch,
            "pair": joined.pair,
            "link": one.operation.link,
            "part": one.operation.part,
            "end": one.operation.end,
            "verb": str(one.operation.kind),
            "record": one.operation.record,
            "source": one.operation.source,
            "key": one.operation.key,
            "generation": one.operation.generation,
            "batch": batch.key,
            "body": dumps(
                body(one.operation) | {"mapping": joined.mapping.name, "sent": plain(dict(sent.values)), "url": one.url,
                                       "version": sent.version}
            ),
            "state": "prepared",
            "sent_at": stamp(batch.sent_at),
            "until": stamp(batch.sent_at + endpoint.type.horizon),
        }
        for one, sent in zip(prepared, batch.operations, strict=True)
    ]  # fmt: skip
    try:
        with run.database.write(epoch=run.epoch) as tx:
            journal.prepare(tx, rows)
            audit.append_many(tx, [_story(run, joined, one) for one in prepared])
            return journal.of_batch(tx, batch.key)
    except IntegrityError:
        return None


def _story(run: Run, joined: Joined, prepared: Prepared) -> audit.Entry:
    operation = prepared.operation
    payload: dict[str, object] = {
        "mapping": joined.mapping.name,
        "pair": joined.pair,
        "end": operation.end,
        "verb": str(operation.kind),
        "record": operation.record,
        "source": operation.source,
        "key": operation.key,
        "link": operation.link,
    }
    payload |= {"part": operation.part} if operation.part else {}
    evidence = resting_on(operation)
    if evidence:
        payload["evidence"] = evidence
    values: dict[str, Value] = {
        "writes": {write.rule: [write.before, write.sent, write.source, write.loser] for write in operation.writes},
        "lists": {rows.rule: [[dict(row) for row in rows.before], sent_rows(rows)] for rows in operation.lists},
        "before": dict(operation.before),
        **({"note": note_in(operation)} if note_in(operation) else {}),
    }
    return entry(run, "intent", payload, values)


def _void(run: Run, intents: Sequence[Intent]) -> None:
    """The system refused before doing anything: nothing happened."""
    with run.database.write(epoch=run.epoch) as tx:
        journal.settled(tx, [intent.id for intent in intents])
        audit.append_many(tx, [entry(run, "void", {"key": intent.key}) for intent in intents])


def _bisect(run: Run, joined: Joined, kind: Kind, prepared: Sequence[Prepared], refused: BatchRefused) -> Ends:
    if len(prepared) == 1:
        operation = prepared[0].operation
        refusal = Refusal(refused.code, _told(joined, prepared[0], str(refused)), Cause(refused.cause))
        with committing(run, joined) as commit:
            commit.refused(operation, refusal)
        return {operation.key: (Ending.FAILED, refusal.line)}
    middle = len(prepared) // 2
    ends = send(run, joined, kind, prepared[:middle])
    return ends | send(run, joined, kind, prepared[middle:])


def _forbidden(run: Run, joined: Joined, prepared: Sequence[Prepared], fault: Forbidden) -> Ends:
    """A right that only notes need stops these notes, and not the connection."""
    refusals = {one.operation.key: Refusal(NO_NOTES, _told(joined, one, str(fault)), Cause.PERMISSION)
                for one in prepared}  # fmt: skip
    with committing(run, joined) as commit:
        for one in prepared:
            commit.refused(one.operation, refusals[one.operation.key])
    return {key: (Ending.FAILED, refusal.line) for key, refusal in refusals.items()}


def _settle(
    run: Run,
    joined: Joined,
    kind: Kind,
    prepared: Sequence[Prepared],
    intents: Sequence[Intent],
    outcomes: Sequence[Outcome],
) -> Ends:
    """T2, and T3 for what was answered without values."""
    ends: Ends = {}
    alone: list[Prepared] = []
    answers: list[tuple[Intent, Applied]] = []
    warned: dict[str, str] = {}
    with committing(run, joined) as commit:
        for one, intent, outcome in zip(prepared, intents, outcomes, strict=True):
            match outcome:
                case Applied() if kind is Kind.NOTE:
                    ends[one.operation.key] = commit.noted(intent)
                case Applied():
                    answers.append((intent, outcome))
                    if outcome.warnings:
                        warned[one.operation.key] = _warned(run, joined, one, outcome)
                case InDoubt(why=why):
                    ends[one.operation.key] = (Ending.UNSURE, _told(joined, one, why))
                case Refused(cause=Cause.COLLATERAL) if len(prepared) > 1:
                    commit.closed.append(intent.id)
                    alone.append(one)
                case Refused():
                    commit.closed.append(intent.id)
                    ended = _refused(commit, one, outcome)
                    if ended is not None:
                        ends[one.operation.key] = ended
        settled, bare = take_answers(commit, joined.ends[prepared[0].operation.end], answers)
    ends |= settled
    ends |= read_back(run, joined, bare)
    ends |= {key: (Ending.DONE, told) for key, told in warned.items() if ends.get(key) == (Ending.DONE, "")}
    for one in alone:
        ends |= send(run, joined, kind, [one])
    return ends


def _told(joined: Joined, one: Prepared, words: str) -> str:
    """Give a system's own words about a write, which may quote its values, without what is personal."""
    seen = (one.target, None) if one.operation.end == 0 else (None, one.target)
    return veiled(words, values_of(one.operation, joined.mapping) | personal_values(joined.mapping, seen))


def _warned(run: Run, joined: Joined, one: Prepared, done: Applied) -> str:
    """Pass on what a system says of a write that it carried out; the plan keeps it beside the operation."""
    end, name = joined.ends[one.operation.end], joined.mapping.name
    told = f"{end.peer.name} warns: {_told(joined, one, '; '.join(done.warnings))}"
    run.log.warning("warned", mapping=name, object=end.type.name, record=done.id, message=told)
    return told


def _refused(commit: Commit, one: Prepared, refused: Refused) -> tuple[Ending, str] | None:
    """What a refusal means; None: the system's moment, tried again in the next pass."""
    words = _told(commit.joined, one, refused.message)
    refusal = Refusal(refused.code, words, refused.cause, refused.paths, refused.other)
    if refused.cause is Cause.MOVED and one.operation.kind is not Kind.NOTE:
        return Ending.STALE, refusal.line
    if refused.cause is Cause.BUSY:
        return None
    commit.refused(one.operation, refusal)
    return Ending.FAILED, refusal.line


def take_answers(
    commit: Commit, endpoint: Endpoint, answers: Sequence[tuple[Intent, Applied]]
) -> tuple[Ends, list[Intent]]:
    """Settle answered writes; the second part are those whose answer lacks values and that must be read back."""
    ends: Ends = {}
    bare: list[Intent] = []
    linked = _linked(commit, answers)
    full: list[tuple[Intent, LinkRow | None, Present | Archived | Gone]] = []
    for (intent, answer), link in zip(answers, linked, strict=True):
        if intent.verb == Kind.CREDIT:
            ends[intent.key] = _credited(commit, intent, answer.id)
            continue
        if link is None and intent.verb == Kind.CREATE:
            commit.closed.append(intent.id)
            ends[intent.key] = (Ending.STALE, f"{answer.id} was made, and one of the two has another partner now")
            continue
        known = replace(intent, record=answer.id, link=None if link is None else link.id)
        if answer.now is None or _partial(commit, known, endpoint, answer.now):
            journal.accept(commit.tx, intent.id, answer.id, known.link)
            bare.append(known)
        else:
            full.append((known, link, answer.now))
    images = lay_answers(commit.tx, endpoint, [now for _, _, now in full])
    for (intent, link, _), image in zip(full, images, strict=True):
        ends[intent.key] = commit.settle(intent, link, Evidence(image, answered=True, sure=True))
    return ends, bare


def _credited(commit: Commit, intent: Intent, document: str) -> tuple[Ending, str]:
    """Settle a credit: the system has the document that takes the record back, and the link ends with that."""
    operation = commit.operation(intent)
    commit.closed.append(intent.id)
    if intent.link is not None:
        commit.close(intent.link, f"{intent.verb} by us: {operation.why}", operation.before, document=document)
    return Ending.DONE, ""


def _linked(commit: Commit, answers: Sequence[tuple[Intent, Applied]]) -> list[LinkRow | None]:
    """Give each write's link; those of creates are made now."""
    known = links.by_ids(commit.tx, [intent.link for intent, _ in answers if intent.link is not None])
    wanted = []
    for intent, answer in answers:
        if intent.verb == Kind.CREATE:
            ids = (answer.id, intent.source) if intent.end == 0 else (intent.source, answer.id)
            evidence: dict[str, Value] = {"created": str(intent.end), "run": commit.run.id, "why": "made by us"}
            wanted.append((intent, ids, evidence))
    made = iter(commit.link(wanted))
    return [
        next(made) if intent.verb == Kind.CREATE else known.get(intent.link) if intent.link is not None else None
        for intent, _ in answers
    ]


def _partial(commit: Commit, intent: Intent, endpoint: Endpoint, now: Present | Archived | Gone) -> bool:
    if isinstance(now, Gone) or Kind(intent.verb) in REMOVALS:
        return False
    image = Image(now.id, State.PRESENT, asked(now.record, endpoint.tree, complete=False))
    operation, mapping = commit.operation(intent), commit.joined.mapping
    side = mapping.sides[intent.end]
    return missing_paths(operation, mapping, image) or unseen(side, operation.figures, image.record)


def read_back(run: Run, joined: Joined, intents: Sequence[Intent]) -> Ends:
    """T3: read what a bare answer left, and settle it. What cannot be read stays `accepted` for the next run."""
    if not intents:
        return {}
    endpoint = joined.ends[intents[0].end]
    found = look_at(run, endpoint, [intent.record or "" for intent in intents], own=True)
    return settle_by_sight(run, joined, endpoint, [(intent, found.get(intent.record or "")) for intent in intents],
                           answered=True)  # fmt: skip


def settle_by_sight(
    run: Run, joined: Joined, endpoint: Endpoint, seen: Sequence[tuple[Intent, Image | None]], *, answered: bool
) -> Ends:
    """Settle writes by what their records show now; one that cannot be read stays open."""
    ends: Ends = {}
    user = endpoint.peer.organisation.user
    with committing(run, joined) as commit:
        # What an earlier run left open rested here, but another mapping may have written the same record since.
        shared = len(mirror.pairs_of(commit.tx, endpoint.number)) > 1
        open_ = {intent.id: intent for intent in journal.of_ids(commit.tx, [intent.id for intent, _ in seen])}
        rows = links.by_ids(commit.tx, [one.link for one in open_.values() if one.link is not None])
        for intent, image in seen:
            now = open_.get(intent.id)
            if image is None or image.state is State.UNKNOWN or now is None:
                continue
            sure = user is not None and image.by == user and (now.run == run.id or not shared)
            link = rows.get(now.link) if now.link is not None else None
            late = now.run != run.id
            ends[intent.key] = commit.settle(now, link, Evidence(image, answered=answered, sure=sure, late=late))
    return ends
