"""Replay: what the audit log alone says of links, bases, holds, decisions and questions (law 9).

The log is played from its first entry. `differences` compares what comes out with what the tables hold; none is the
law. Values that were erased are known by their commitments alone, until the entry of the erasure says what it took.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Connection, select

from tieout.model import Value
from tieout.store.audit import STREAMED
from tieout.store.tables import audit, audit_value, child, hold, link, review, suppress
from tieout.values import loads_object

Subject = tuple[int, str, str]
"""Pair, scope, rule."""
Line = tuple[str, str, int, Mapping[str, Value]]
"""Both ids of two paired lines, their ordinal, their base."""


@dataclass(slots=True)
class ToldLink:
    """One link. `base`: rule -> [value of end 0, value of end 1, quality]."""

    pair: int
    part: str
    ids: tuple[str, str]
    generation: int
    state: str = "active"
    reason: str = ""
    base: dict[str, Value] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)
    """List -> paired lines."""
    sent: dict[str, Value] = field(default_factory=dict)
    """Rule -> the value that was sent last."""
    erased: list[str] = field(default_factory=list)
    """Commitments to values that moved bases and were erased."""


@dataclass(frozen=True, slots=True)
class ToldStanding:
    """One hold, or one decision that is not repeated; `fingerprint` and `detail` None: erased."""

    code: str
    fingerprint: str | None
    detail: Mapping[str, Value] | None
    kind: str = ""


@dataclass(slots=True)
class ToldReview:
    """One question, with its answer if there is one; `fingerprint` None: erased."""

    subject: Subject
    kind: str
    fingerprint: str | None
    state: str = "open"
    answer: str | None = None
    who: str | None = None


@dataclass(slots=True)
class State:
    """All that a log tells, or that the tables hold."""

    links: dict[int, ToldLink] = field(default_factory=dict)
    holds: dict[Subject, ToldStanding] = field(default_factory=dict)
    suppressed: dict[Subject, ToldStanding] = field(default_factory=dict)
    reviews: dict[int, ToldReview] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the log as it is played; `values` None: it has none, or they were erased."""

    seq: int
    kind: str
    payload: Mapping[str, Any]
    values: Mapping[str, Any] | None
    commitment: str | None


def replay(tx: Connection) -> State:
    """Play the whole log, a portion of its rows in memory at a time."""
    state = State()
    for row in tx.execute(_LOG, execution_options={"yield_per": STREAMED}):
        values = None if row.value is None else loads_object(row.value)
        play(state, Told(row.seq, row.kind, loads_object(row.payload), values, row.commitment))
    return state


_LOG = (
    select(audit.c.seq, audit.c.kind, audit.c.payload, audit.c.commitment, audit_value.c.value)
    .outerjoin(audit_value, audit_value.c.seq == audit.c.seq)
    .order_by(audit.c.seq)
)


def play(state: State, told: Told) -> None:
    """Play one entry. What moves nothing that is kept (plans, guards, requests) is passed over."""
    if told.payload.get("suppressed"):
        state.suppressed[_subject(told)] = _standing(told, told.kind)
    elif (step := _STEPS.get(told.kind)) is not None:
        step(state, told)


# --- links and bases ----------------------------------------------------------------------------------------------


def _linked(state: State, told: Told) -> None:
    payload = told.payload
    ids = (str(payload["first"]), str(payload["second"]))
    made = ToldLink(int(payload["pair"]), str(payload["part"]), ids, int(payload["generation"]))
    state.links[int(payload["link"])] = made


def _known(state: State, told: Told) -> ToldLink | None:
    """Give the link of an entry; None: no entry made it, which the comparison names."""
    number = told.payload.get("link")
    return None if number is None else state.links.get(int(number))


def _moved_base(state: State, told: Told) -> None:
    one = _known(state, told)
    if one is None:
        return
    one.part = str(told.payload.get("part", one.part))
    if told.values is None:
        one.erased += [told.commitment] if told.commitment is not None else []
        return
    one.base |= told.values["base"]
    for name, rows in told.values.get("children", {}).items():
        before = {(first, ordinal): (second, base) for first, second, ordinal, base in one.lines.get(name, ())}
        one.lines[name] = [_line(row, before) for row in rows]
    one.sent |= {rule: write[1] for rule, write in told.values.get("writes", {}).items()}


def _line(row: Sequence[Any], before: Mapping[tuple[str, int], tuple[str, Mapping[str, Value]]]) -> Line:
    first, second, ordinal, base = str(row[0]), str(row[1]), int(row[2]), cast("Mapping[str, Value]", row[3])
    known = before.get((first, ordinal))
    kept = known[1] if known is not None and known[0] == second else {}
    return first, second, ordinal, {**kept, **base}


def _ended(state: State, told: Told) -> None:
    one = _known(state, told)
    if one is not None:
        one.state, one.reason = "ended", str(told.payload["reason"])


def _followed(state: State, told: Told) -> None:
    one = _known(state, told)
    if one is not None:
        one.ids = (str(told.payload["first"]), str(told.payload["second"]))


def _sent(state: State, told: Told) -> None:
    one = _known(state, told)
    if one is not None and told.values is not None:
        one.sent |= {rule: write[1] for rule, write in told.values["writes"].items()}


# --- what stands --------------------------------------------------------------------------------------------------


def _subject(told: Told) -> Subject:
    return int(told.payload["pair"]), str(told.payload["scope"]), str(told.payload["rule"])


def _standing(told: Told, kind: str = "") -> ToldStanding:
    values = told.values or {}
    return ToldStanding(str(told.payload["code"]), values.get("fingerprint"), values.get("detail"), kind)


def _held(state: State, told: Told) -> None:
    state.holds[_subject(told)] = _standing(told)


def _released(state: State, told: Told) -> None:
    state.holds.pop(_subject(told), None)


def _moved(state: State, told: Told) -> None:
    pair, to = int(told.payload["pair"]), str(told.payload["to"])
    if "review" in told.payload:
        one = state.reviews.get(int(told.payload["review"]))
        if one is not None:
            one.subject = (pair, to, one.subject[2])
        return
    standing = state.holds.pop(_subject(told), None)
    if standing is not None:
        state.holds[pair, to, str(told.payload["rule"])] = standing


def _again(state: State, told: Told) -> None:
    state.suppressed.pop(_subject(told), None)


def _asked(state: State, told: Told) -> None:
    print_ = None if told.values is None else str(told.values["fingerprint"])
    state.reviews[int(told.payload["review"])] = ToldReview(_subject(told), str(told.payload["kind"]), print_)


def _answered(state: State, told: Told) -> None:
    one = state.reviews.get(int(told.payload["review"]))
    if one is None:
        return
    one.state, one.answer, one.who = "answered", str(told.payload["answer"]), str(told.payload["who"])


def _dropped(state: State, told: Told) -> None:
    state.reviews.pop(int(told.payload["review"]), None)


# --- erasures -----------------------------------------------------------------------------------------------------


def _erased(state: State, told: Told) -> None:
    """An erasure takes bases, holds and open questions with it; decisions stay, their words go."""
    for one in (state.links[int(number)] for number in told.payload.get("links", ()) if int(number) in state.links):
        one.base, one.sent, one.erased = {}, {}, []
        one.lines = {name: [(*line[:3], {}) for line in lines] for name, lines in one.lines.items()}
    for number, lists in told.payload.get("lines", {}).items():
        if int(number) in state.links:
            state.links[int(number)].lines = {
                name: [_line((*row, {}), {}) for row in rows] for name, rows in lists.items()
            }
    scopes = {(int(pair), str(scope)) for pair, scope in told.payload.get("scopes", ())}
    for subject in [subject for subject in state.holds if subject[:2] in scopes]:
        del state.holds[subject]
    for subject, standing in state.suppressed.items():
        if subject[:2] in scopes:
            state.suppressed[subject] = ToldStanding(standing.code, standing.fingerprint, None, standing.kind)
    for id_ in [id_ for id_, one in state.reviews.items() if one.subject[:2] in scopes and one.state == "open"]:
        del state.reviews[id_]


_STEPS: Mapping[str, Callable[[State, Told], None]] = {
    "link": _linked,
    "intent": _sent,
    "settled": _moved_base,
    "agreed": _moved_base,
    "thawed": _moved_base,
    "end": _ended,
    "re-point": _followed,
    "held": _held,
    "released": _released,
    "moved": _moved,
    "again": _again,
    "retry": _again,
    "asked": _asked,
    "answer": _answered,
    "dropped": _dropped,
    "erase": _erased,
}


# --- the tables ---------------------------------------------------------------------------------------------------


def stored(tx: Connection) -> State:
    """Read the same from the tables."""
    state = State()
    for row in tx.execute(select(link)):
        one = ToldLink(row.pair, row.part, (row.first, row.second), row.generation, row.state, row.reason)
        one.base = loads_object(row.base)
        state.links[row.id] = one
    for row in tx.execute(select(child).order_by(child.c.id)):
        line = (row.first, row.second, row.ordinal, loads_object(row.base))
        state.links[row.link].lines.setdefault(row.list, []).append(line)
    for row in tx.execute(select(hold)):
        detail = loads_object(row.detail)
        state.holds[row.pair, row.scope, row.rule] = ToldStanding(row.code, row.fingerprint, detail)
    for row in tx.execute(select(suppress)):
        detail = loads_object(row.detail)
        state.suppressed[row.pair, row.scope, row.rule] = ToldStanding(row.code, row.fingerprint, detail, row.kind)
    for row in tx.execute(select(review).where(review.c.state != "dropped")):
        subject = (row.pair, row.scope, row.rule)
        state.reviews[row.id] = ToldReview(subject, row.kind, row.fingerprint, row.state, row.answer, row.who)
    return state


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing of which log and tables do not say the same; `what` holds no values."""

    subject: str
    what: str


def differences(log: State, tables: State) -> Iterator[Difference]:
    """Name everything of which the log and the tables do not say the same."""
    for number in sorted(log.links.keys() | tables.links.keys()):
        for what in _link_differences(log.links.get(number), tables.links.get(number)):
            yield Difference(f"link {number}", what)
    for name, told, kept in (
        ("hold", log.holds, tables.holds),
        ("decision", log.suppressed, tables.suppressed),
    ):
        for subject in sorted(told.keys() | kept.keys()):
            if not _same(told.get(subject), kept.get(subject)):
                where = f"{name} {subject[1]} {subject[2]}".rstrip()
                yield Difference(where, _there(told.get(subject), kept.get(subject)))
    for id_ in sorted(log.reviews.keys() | tables.reviews.keys()):
        if not _same_review(log.reviews.get(id_), tables.reviews.get(id_)):
            yield Difference(f"question {id_}", _there(log.reviews.get(id_), tables.reviews.get(id_)))


def _link_differences(told: ToldLink | None, kept: ToldLink | None) -> Iterator[str]:
    if told is None or kept is None:
        yield _there(told, kept)
        return
    for name in ("pair", "part", "ids", "generation", "state", "reason"):
        if getattr(told, name) != getattr(kept, name):
            yield f"its {name} is {getattr(told, name)} in the log and {getattr(kept, name)} in the store"
    if told.erased:
        yield "values were erased that moved its base, and no entry says that the base went with them"
    for rule in sorted(told.base.keys() | kept.base.keys()):
        if told.base.get(rule) != kept.base.get(rule):
            yield f"the base of {rule} differs"
    for name in sorted(told.lines.keys() | kept.lines.keys()):
        if sorted(told.lines.get(name, ()), key=str) != sorted(kept.lines.get(name, ()), key=str):
            yield f"the paired lines of {name} differ"


def _there(told: object | None, kept: object | None) -> str:
    if told is None:
        return "it is in the store, and the log does not know it"
    return "the log has it, and the store does not" if kept is None else "the log and the store say different things"


def _same(told: ToldStanding | None, kept: ToldStanding | None) -> bool:
    """What was erased from the log is compared by what is left of it."""
    if told is None or kept is None:
        return told is kept
    return (
        (told.code, told.kind) == (kept.code, kept.kind)
        and (told.fingerprint is None or told.fingerprint == kept.fingerprint)
        and (told.detail is None or told.detail == kept.detail)
    )


def _same_review(told: ToldReview | None, kept: ToldReview | None) -> bool:
    if told is None or kept is None:
        return told is kept
    known = told.fingerprint is None or told.fingerprint == kept.fingerprint
    mine, theirs = ((one.subject, one.kind, one.state, one.answer, one.who) for one in (told, kept))
    return known and mine == theirs
