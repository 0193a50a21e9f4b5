"""What stands between runs: holds, questions and answers, and decisions that are not repeated."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from tieout.model import Value
from tieout.store import dialect
from tieout.store.audit import Tell
from tieout.store.statements import Statement, among, as_list
from tieout.store.tables import hold, review, suppress
from tieout.store.tables import run as runs
from tieout.values import dumps, loads_object


@dataclass(frozen=True, slots=True)
class Standing:
    """One hold, or one decision that is suppressed."""

    pair: int
    scope: str
    rule: str
    code: str
    detail: Mapping[str, Value]
    fingerprint: str
    since: str
    run: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """One question, with its answer if there is one."""

    id: int
    pair: int
    scope: str
    rule: str
    kind: str
    fingerprint: str
    question: Mapping[str, Value]
    asked: str
    run: str
    state: str
    answer: str | None
    who: str | None
    why: str | None


# --- holds --------------------------------------------------------------------------------------------------------


def replace_holds(  # what stands, for whom, since when, and who writes it down
    tx: Connection,
    number: int,
    scopes: Iterable[str],
    holds: Sequence[Mapping[str, object]],
    run: str,
    now: str,
    *,
    tell: Tell,
) -> list[Mapping[str, object]]:
    """Make these the holds of these scopes; give those that are new. One that stands keeps its first date.

    `tell` hears of every hold that comes, changes or goes.
    """
    wanted = list(dict.fromkeys(scopes))
    before: dict[tuple[str, str], Row[Any]] = {}
    for row in _HOLDS_OF.rows(tx, n=number, scopes=as_list(wanted)):
        before[row.scope, row.rule] = row
    if before:
        _DROP_HOLDS.run(tx, n=number, scopes=as_list(wanted))
    rows, new = [], []
    for made in holds:
        old = before.get((str(made["scope"]), str(made["rule"])))
        stands = old is not None and old.fingerprint == made["fingerprint"]
        if not stands:
            new.append(made)
        since, first = (
            (old.since, old.run) if old is not None and stands else (made.get("since", now), made.get("run", run))
        )
        rows.append({**made, "pair": number, "since": since, "run": first})
        if old is None or not stands or (old.code, old.detail) != (made["code"], made["detail"]):
            _tell_held(tell, number, made)
    kept = {(str(made["scope"]), str(made["rule"])) for made in holds}
    for scope, rule in (key for key in before if key not in kept):
        tell("released", {"pair": number, "scope": scope, "rule": rule}, None)
    dialect.upsert(
        tx, hold, rows, keys=["pair", "scope", "rule"], update=["code", "detail", "fingerprint", "since", "run"]
    )
    return new


_HOLDS_OF = Statement(select(hold).where(hold.c.pair == bindparam("n"), among(hold.c.scope, "scopes")))
_DROP_HOLDS = Statement(delete(hold).where(hold.c.pair == bindparam("n"), among(hold.c.scope, "scopes")))


def _tell_held(tell: Tell, number: int, made: Mapping[str, object]) -> None:
    payload = {"pair": number, "scope": made["scope"], "rule": made["rule"], "code": made["code"]}
    tell("held", payload, {"fingerprint": made["fingerprint"], "detail": loads_object(str(made["detail"]))})


def release(tx: Connection, number: int, scope: str, rule: str, *, tell: Tell) -> None:
    """Take away one hold, if it stands."""
    held = tx.execute(delete(hold).where(hold.c.pair == number, hold.c.scope == scope, hold.c.rule == rule))
    if held.rowcount:
        tell("released", {"pair": number, "scope": scope, "rule": rule}, None)


def holds(tx: Connection, *, run: str | None = None) -> list[Standing]:
    """Give what is held, all or what one run found first."""
    query = select(hold).order_by(hold.c.pair, hold.c.scope, hold.c.rule)
    if run is not None:
        query = query.where(hold.c.run == run)
    return [_standing(row) for row in tx.execute(query)]


def with_code(tx: Connection, number: int, code: str) -> list[Standing]:
    """Give what is held in a pair for one reason."""
    return [_standing(row) for row in _WITH_CODE.rows(tx, n=number, c=code)]


_WITH_CODE = Statement(
    select(hold).where(hold.c.pair == bindparam("n"), hold.c.code == bindparam("c")).order_by(hold.c.scope)
)


def _standing(row: Row[Any], kind: str = "") -> Standing:
    return Standing(
        row.pair, row.scope, row.rule, row.code, loads_object(row.detail), row.fingerprint, row.since, row.run, kind
    )


OF_A_RECORD = ("match", "create")
"""Questions about a record as such: their answers stay with it when it is linked."""


def follow(tx: Connection, number: int, moves: Mapping[str, str], *, tell: Tell) -> None:
    """Have holds and questions of records go over to the link that was made between them (old scope -> new).

    Who belongs together, and whether a partner is to be made, needs no answer any more.
    """
    for held in _HOLDS_OF.rows(tx, n=number, scopes=as_list(moves)):
        there = [hold.c.pair == number, hold.c.rule == held.rule]
        tx.execute(delete(hold).where(*there, hold.c.scope == moves[held.scope]))
        tx.execute(update(hold).where(*there, hold.c.scope == held.scope).values(scope=moves[held.scope]))
        payload = {"pair": number, "scope": held.scope, "rule": held.rule, "to": moves[held.scope]}
        tell("moved", payload, None)
    for asked in _ASKED_OF.rows(tx, n=number, scopes=as_list(moves)):
        if asked.rule not in OF_A_RECORD:
            tx.execute(update(review).where(review.c.id == asked.id).values(scope=moves[asked.scope]))
            payload = {"pair": number, "scope": asked.scope, "review": asked.id, "to": moves[asked.scope]}
            tell("moved", payload, None)
        elif asked.state == "open":
            _drop(tx, number, asked, tell=tell)


def _drop(tx: Connection, number: int, asked: Row[Any] | Review, *, tell: Tell) -> None:
    tx.execute(update(review).where(review.c.id == asked.id).values(state="dropped"))
    tell("dropped", {"review": asked.id, "pair": number, "scope": asked.scope, "rule": asked.rule}, None)


_ASKED_OF = Statement(
    select(review.c.id, review.c.scope, review.c.rule, review.c.state).where(
        review.c.pair == bindparam("n"), among(review.c.scope, "scopes")
    )
)


# --- decisions that are not repeated --------------------------------------------------------------------------------


def suppressions(tx: Connection, number: int, scopes: Sequence[str]) -> dict[str, dict[str, Standing]]:
    """Give scope -> rule -> what is not repeated while its fingerprint stays."""
    found: dict[str, dict[str, Standing]] = {}
    for row in _SUPPRESSED.rows(tx, n=number, scopes=as_list(scopes)):
        found.setdefault(row.scope, {})[row.rule] = _standing(row, row.kind)
    return found


_SUPPRESSED = Statement(select(suppress).where(suppress.c.pair == bindparam("n"), among(suppress.c.scope, "scopes")))


def scopes_of_kind(tx: Connection, number: int, kind: str, prefix: str) -> list[str]:
    """Give the scopes that begin so and have a decision of one kind."""
    found = _OF_KIND.values(tx, n=number, k=kind)
    return sorted({scope for scope in found if scope.startswith(prefix)})


_OF_KIND = Statement(
    select(suppress.c.scope).where(suppress.c.pair == bindparam("n"), suppress.c.kind == bindparam("k"))
)


def suppress_all(tx: Connection, rows: Sequence[Mapping[str, object]], *, tell: Tell) -> None:
    """Store decisions that are not repeated; `tell` hears of each under its kind (failed, not-stored, undone …)."""
    for row in rows:
        payload = {"suppressed": True, **{name: row[name] for name in ("pair", "scope", "rule", "code")}}
        values = {"fingerprint": row["fingerprint"], "detail": loads_object(str(row["detail"]))}
        tell(str(row["kind"]), payload, values)
    columns = ["fingerprint", "kind", "code", "detail", "since", "run"]
    dialect.upsert(tx, suppress, rows, keys=["pair", "scope", "rule"], update=columns)


def allow_again(tx: Connection, number: int, done: Mapping[str, Sequence[str]], *, tell: Tell) -> None:
    """Forget suppressions (scope -> rules): what was decided has been done after all."""
    for scope, kept in suppressions(tx, number, list(done)).items():
        wanted = [rule for rule in done[scope] if rule in kept]
        tx.execute(
            delete(suppress).where(suppress.c.pair == number, suppress.c.scope == scope, suppress.c.rule.in_(wanted))
        )
        for rule in dict.fromkeys(wanted):
            tell("again", {"pair": number, "scope": scope, "rule": rule}, None)


REFUSED = ("failed", "not-stored", "figures")
"""Kinds of what a system refused, did not store, or computed otherwise than was predicted."""


def refused(tx: Connection, *, latest: bool = False) -> list[Standing]:
    """Give the decisions that a system refused or did not carry out as they were meant: a person may have them go on.

    `latest`: only those of the last run; of an earlier one that still stands a hold tells.
    """
    query = select(suppress).where(suppress.c.kind.in_(REFUSED))
    if latest:
        last = select(runs.c.id).order_by(runs.c.started.desc(), runs.c.id.desc()).limit(1)
        query = query.where(suppress.c.run == last.scalar_subquery())
    return [_standing(row, row.kind) for row in tx.execute(query.order_by(suppress.c.pair, suppress.c.scope))]


def taken_back(tx: Connection) -> list[Standing]:
    """Give what keeps records without the partner that a person took back: it may be wanted after all."""
    query = select(suppress).where(suppress.c.kind == "undone", suppress.c.scope.startswith("record:"))
    return [_standing(row, row.kind) for row in tx.execute(query.order_by(suppress.c.pair, suppress.c.scope))]


# --- reviews --------------------------------------------------------------------------------------------------------


def _review(row: Row[Any]) -> Review:
    values = row._asdict()
    del values["answered"]
    return Review(**{**values, "question": loads_object(values["question"])})


def ask(  # which questions, for whom, since when, and who writes it down
    tx: Connection,
    number: int,
    scopes: Iterable[str],
    questions: Sequence[Mapping[str, object]],
    run: str,
    now: str,
    *,
    tell: Tell,
) -> list[int]:
    """Make these the open questions of these scopes; give the numbers of those that are new.

    A question whose fingerprint is open already stays as it is; one that is not asked any more is dropped; an answer
    to a question that changed is dropped with it (law: an answer counts while the fingerprint is equal).
    """
    wanted = list(dict.fromkeys(scopes))
    known: dict[tuple[str, str], Review] = {}
    for row in _STANDING_QUESTIONS.rows(tx, n=number, scopes=as_list(wanted)):
        known[row.scope, row.rule] = _review(row)
    asked = {(str(question["scope"]), str(question["rule"])): question for question in questions}
    for subject, old in known.items():
        now_asked = asked.get(subject)
        if now_asked is None and old.state == "answered":
            continue  # it was followed; it counts again if the same question returns
        if now_asked is None or now_asked["fingerprint"] != old.fingerprint:
            _drop(tx, number, old, tell=tell)
    new = []
    for subject, question in asked.items():
        stands = known.get(subject)
        if stands is not None and stands.fingerprint == question["fingerprint"] and stands.state == "open":
            continue
        made = tx.execute(insert(review).values(**question, pair=number, asked=now, run=run, state="open"))
        new.append(int(made.inserted_primary_key[0]))  # type: ignore[index]  # a row was inserted
        _tell_asked(tell, number, new[-1], question)
    return new


def use_up(  # whose answers, to questions about which fields and lists, and who writes it down
    tx: Connection, number: int, scope: str, rules: Collection[str], lists: Collection[str], *, tell: Tell
) -> None:
    """Drop the answers by which a value was decided, or a row put back: they were about that, and are used up by it.

    The same once more is asked about once more: else one answer would have two parties rewrite a value for ever, and a
    conflict that comes back with the same values would be decided by nobody who looked at it.
    """
    if not rules and not lists:
        return
    for row in _STANDING_QUESTIONS.rows(tx, n=number, scopes=as_list([scope])):
        of_row = any(row.rule.startswith(f"{one}[") for one in lists)
        if row.state == "answered" and (row.rule in rules or (of_row and row.answer == RESTORE)):
            _drop(tx, number, row, tell=tell)


def drop_answer(tx: Connection, number: int, scope: str, rule: str, *, tell: Tell) -> None:
    """Drop the answer to one question: it is used up, and the same question once more is a new one."""
    for row in _STANDING_QUESTIONS.rows(tx, n=number, scopes=as_list([scope])):
        if row.state == "answered" and row.rule == rule:
            _drop(tx, number, row, tell=tell)


RESTORE = "restore"
"""The answer by which what somebody edited is put back."""
PLAN = "plan:"
"""Before the run's name in what a plan found first: no run has told it yet."""


def take_over(tx: Connection, run: str, *, quiet: Collection[str]) -> int:
    """Have a run tell what plans found first and still stands; give how many of it need a person.

    `quiet`: codes of holds that need none.
    """
    holds = tx.scalar(
        select(func.count()).select_from(hold).where(hold.c.run.startswith(PLAN), hold.c.code.not_in(sorted(quiet)))
    )
    reviews = tx.scalar(
        select(func.count()).select_from(review).where(review.c.run.startswith(PLAN), review.c.state == "open")
    )
    tx.execute(update(hold).where(hold.c.run.startswith(PLAN)).values(run=run))
    tx.execute(update(review).where(review.c.run.startswith(PLAN)).values(run=run))
    return (holds or 0) + (reviews or 0)


def _tell_asked(tell: Tell, number: int, id_: int, question: Mapping[str, object]) -> None:
    named = {name: question[name] for name in ("scope", "rule", "kind")}
    values = {"fingerprint": question["fingerprint"], "question": loads_object(str(question["question"]))}
    tell("asked", {"review": id_, "pair": number, **named}, values)


def questions(tx: Connection, number: int, scopes: Sequence[str]) -> dict[str, list[Review]]:
    """Give scope -> its questions, open or answered, in the order in which they were asked."""
    found: dict[str, list[Review]] = {}
    for row in _STANDING_QUESTIONS.rows(tx, n=number, scopes=as_list(scopes)):
        found.setdefault(row.scope, []).append(_review(row))
    return found


_STANDING_QUESTIONS = Statement(
    select(review)
    .where(review.c.pair == bindparam("n"), review.c.state != "dropped", among(review.c.scope, "scopes"))
    .order_by(review.c.id)
)


def reviews(tx: Connection, *, state: str = "open") -> list[Review]:
    """Give questions in the order in which they were asked."""
    return [_review(row) for row in tx.execute(select(review).where(review.c.state == state).order_by(review.c.id))]


def find_review(tx: Connection, id_: int) -> Review | None:
    """Give one question."""
    row = tx.execute(select(review).where(review.c.id == id_)).one_or_none()
    return None if row is None else _review(row)


def answer(tx: Connection, id_: int, *, chosen: str, who: str, why: str, now: str) -> None:
    """Store a person's answer."""
    values = {"state": "answered", "answer": chosen, "who": who, "why": why, "answered": now}
    tx.execute(update(review).where(review.c.id == id_).values(**values))


def scopes_of(tx: Connection, number: int, scope: str) -> list[str]:
    """Give this scope and those of parts below it (`record:0:7`, `record:0:7#a`), if something stands or is asked."""
    asked = {"n": number, "scope": scope, "low": f"{scope}#", "high": f"{scope}#\U0010ffff"}
    return sorted({found for one in (_HELD_UNDER, _ASKED_UNDER) for found in one.values(tx, **asked)})


def _under(column: Any) -> Any:
    return (column == bindparam("scope")) | ((column > bindparam("low")) & (column < bindparam("high")))


_HELD_UNDER = Statement(select(hold.c.scope).where(hold.c.pair == bindparam("n"), _under(hold.c.scope)))
_ASKED_UNDER = Statement(
    select(review.c.scope).where(review.c.pair == bindparam("n"), review.c.state == "open", _under(review.c.scope))
)


def detail(**values: Value) -> str:
    """Write the detail of a hold or suppression."""
    return dumps(values)
