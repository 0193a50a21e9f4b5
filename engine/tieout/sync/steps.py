"""From one rule and one sight to a step: a write, a move of the base, a hold or a question. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from tieout.mapping.compiled import ABSENT, Conflict, ExpressionFailed, Missing, OneWay, Pair, Path, Rule, Undecided
from tieout.model import Value
from tieout.sync.failing import ways_of
from tieout.sync.lengths import fitting
from tieout.sync.masking import choice_of
from tieout.sync.merge import Clash, Copy, Drifted, Settle, Stand, blank, merge_one_way, merge_pair
from tieout.sync.sight import (
    Sight,
    currency_of,
    in_force,
    narrowed,
    one_way_agreement,
    pair_agreement,
    source_evidence,
    source_value,
)
from tieout.sync.words import Agree, Answer, Awaited, Base, Blocked, Hold, Quality, Question, Reference, Step, Write
from tieout.transform import Scope, Unconvertible
from tieout.values import dumps


@dataclass(frozen=True, slots=True)
class Ledger:
    """What earlier passes and persons left for one record or list item: its bases and the answers."""

    base: Mapping[str, Base] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """Rule -> answer."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule is looked at: the document itself, or one item of a list."""

    sight: Sight
    scope: Scope
    records: tuple[Mapping[str, Value] | None, Mapping[str, Value] | None]
    """The record or item at each end."""
    wills: tuple[Mapping[str, Value], Mapping[str, Value]]
    """By end: the record as it will be, for the currency of an amount."""
    prefixes: tuple[str, str] = ("", "")
    """By end: "LineItems." for fields of items."""


ERASED = "their last agreement was erased"
BESIDE = "beside a change"
"""Why an `only: change` field is written."""


def fingerprint(*parts: Value | int) -> str:
    """Give the short digest under which a decision or question is remembered."""
    text = "\n".join(str(part) if isinstance(part, int) else dumps(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def step(rule: Rule, place: Place, ledger: Ledger) -> Step | None:
    """Decide one rule; None: nothing to do."""
    try:
        if not in_force(rule, place.scope):
            return None
        made = _pair(rule, place, ledger) if isinstance(rule, Pair) else _told(rule, place, ledger)
        return fitting(made, place.sight.mapping.sides, place.prefixes)
    except Unconvertible as problem:
        return _hold(rule, problem.code, str(problem))
    except ExpressionFailed as problem:
        return _hold(rule, "expression-failed", str(problem))
    except Undecided:
        return None  # unknown, not false: the next read decides


def _hold(rule: Rule, code: str, message: str, **more: object) -> Hold:
    print_, at = fingerprint(rule.digest, code, message), str(rule.at)
    return Hold(rule.key, code, message, print_, ways_of(code, at), at, **more)  # type: ignore[arg-type]  # checked by Hold


def waiting(rule: Rule, blocked: Blocked) -> Hold:
    """Give the hold of a field that waits for another record, naming it."""
    more = {"by": blocked.by} if blocked.by else {"class": "connection"}
    return replace(_hold(rule, "blocked", blocked.why, quiet=True, more=more), ways_out=blocked.ways)


def _forgotten(rule: Rule, place: Place, ledger: Ledger) -> bool:
    link = place.sight.link
    return link is not None and link.forgotten(rule.key, ledger.base)


def _read(place: Place, end: int, rule: Rule, path: Path) -> Value | Missing:
    record = place.records[end]
    return ABSENT if record is None else narrowed(path.read(record), rule.conversion)


# --- both ways ---------------------------------------------------------------------------------------------------


def _pair(rule: Pair, place: Place, ledger: Ledger) -> Step | None:
    sides = (place.sight.mapping.sides[0].name, place.sight.mapping.sides[1].name)
    first, second = (_read(place, end, rule, rule.paths[side]) for end, side in enumerate(sides))
    if isinstance(first, Missing) or isinstance(second, Missing):
        return None  # absent on a side: suspended
    values = (first, second)
    if blank(first) and blank(second) and rule.default is not None:
        return _default(rule, place, values, ledger)
    base = ledger.base.get(rule.key)
    verdict = merge_pair(values, base, lambda: pair_agreement(rule, sides, values, place.scope), clears=rule.clears)
    match verdict:
        case Stand():
            return None
        case Settle(quality, why):
            return Agree(rule.key, values, quality, why)
        case Copy() if _forgotten(rule, place, ledger):
            return _clash(rule, place, values, ledger, first=True)
        case Copy(to, why, overrides):
            return _copy(rule, place, values, to, why, loses=overrides)
        case Clash(first=at_first_link):
            return _clash(rule, place, values, ledger, first=at_first_link)


def _default(rule: Pair, place: Place, values: tuple[Value, Value], ledger: Ledger) -> Step | None:
    """Both sides are blank: the default goes to the first side, and travels to the other in the next pass."""
    value = rule.default(place.scope) if rule.default is not None else None
    if blank(value):
        base = ledger.base.get(rule.key)
        return None if base is not None and base.values == values else Agree(rule.key, values, Quality.EQUAL, "blank")
    side = place.sight.mapping.sides[0].name
    names = rule.paths[side].names
    return Write(
        rule.key, 0, names, values[0], value, values[1], "default", rule.pii,
        at=str(rule.at), note=rule.note, halfway=True,
    )  # fmt: skip


def _copy(rule: Pair, place: Place, values: tuple[Value, Value], to: int, why: str, *, loses: bool) -> Step:
    side = place.sight.mapping.sides[to]
    path, source = rule.paths[side.name], values[1 - to]
    field_ = side.type.fields.get(place.prefixes[to] + path.text)
    currency = currency_of(field_, place.wills[to], place.records[to])
    sent: Reference = rule.conversion.convert(source, to=side.name, scope=place.scope, currency=currency)
    if rule.link is not None:
        sent = _resolved(rule, place, side=place.sight.mapping.sides[1 - to].name, value=sent)
    if isinstance(sent, Blocked):
        return waiting(rule, sent)
    return Write(
        rule.key,
        to,
        path.names,
        values[to],
        None if isinstance(sent, Awaited) else sent,
        source,
        why,
        rule.pii,
        loser=values[to] if loses else None,
        awaits=sent if isinstance(sent, Awaited) else None,
        at=str(rule.at),
        note=rule.note,
        money=currency,
    )


def _clash(rule: Pair, place: Place, values: tuple[Value, Value], ledger: Ledger, *, first: bool) -> Step:
    mapping = place.sight.mapping
    forgotten = _forgotten(rule, place, ledger)
    word = Conflict.REVIEW if forgotten else mapping.on_link if first else rule.conflict
    print_ = fingerprint(rule.digest, "conflict", values[0], values[1])
    answer = ledger.answers.get(rule.key)
    decided = answer is not None and answer.fingerprint == print_
    if answer is not None and decided:
        word = answer.answer
    names = (mapping.sides[0].name, mapping.sides[1].name)
    winner: int | None = None
    if word in names:
        winner = names.index(word)
    elif word == Conflict.NEWEST:
        winner = None if first and place.sight.found_again else _newest(rule, place)
    elif word in {Conflict.MAX, Conflict.MIN}:
        winner = _extreme(rule, place, values, largest=word == Conflict.MAX)
    elif word == Conflict.UNION:
        return _union(rule, place, values)
    if winner is not None:
        why = f"{'first link' if first else 'conflict'}: {word} wins"
        made = _copy(rule, place, values, 1 - winner, why, loses=True)
        return replace(made, decided=decided) if isinstance(made, Write) else made
    shown = ["(masked)" if rule.pii else dumps(value) for value in values]
    return Question(
        rule.key,
        "conflict",
        f"{names[0]}.{rule.paths[names[0]].text} is {shown[0]} and {names[1]}.{rule.paths[names[1]].text} is {shown[1]}"
        + (
            f"; {ERASED}"
            if forgotten
            else "; they differ at the first link"
            if first
            else "; both changed since the last agreement"
        ),
        print_,
        {name: choice_of(rule, name, shown[end], place.sight.images[end]) for end, name in enumerate(names)},
        at=str(rule.at),
    )


def _newest(rule: Pair, place: Place) -> int | None:
    """Give the end whose value appeared later; None if unknown or too near to tell."""
    stamps: list[datetime] = []
    for end, side in enumerate(place.sight.mapping.sides):
        image = place.sight.images[end]
        path = place.prefixes[end] + rule.paths[side.name].text  # of a row's value the first stamp is not kept
        text = None if image is None else image.firsts.get(path)
        if text is None:
            return None
        stamps.append(datetime.fromisoformat(text))
    apart = (stamps[0] - stamps[1]).total_seconds()
    if abs(apart) <= max(place.sight.facts.grain):
        return None
    return 0 if apart > 0 else 1


def _extreme(rule: Pair, place: Place, values: tuple[Value, Value], *, largest: bool) -> int | None:
    second = rule.conversion.convert(values[1], to=place.sight.mapping.sides[0].name, scope=place.scope)
    first = values[0]
    if isinstance(first, Decimal) and isinstance(second, Decimal):
        return 0 if (first > second) == largest else 1
    if isinstance(first, str) and isinstance(second, str):
        return 0 if (first > second) == largest else 1
    return None if not blank(first) and not blank(second) else (1 if blank(first) else 0)


def _union(rule: Pair, place: Place, values: tuple[Value, Value]) -> Step:
    """Make the union on the first side; the next pass carries it over."""
    second = rule.conversion.convert(values[1], to=place.sight.mapping.sides[0].name, scope=place.scope)
    mine = list(values[0]) if isinstance(values[0], list) else []
    theirs = list(second) if isinstance(second, list) else []
    both = mine + [item for item in theirs if item not in mine]
    if both == mine:
        return _copy(rule, place, values, 1, "conflict: union", loses=True)
    path = rule.paths[place.sight.mapping.sides[0].name]
    return Write(
        rule.key, 0, path.names, values[0], both, values[1], "conflict: union", rule.pii, at=str(rule.at), halfway=True
    )


# --- one way -----------------------------------------------------------------------------------------------------


def _one_way(rule: OneWay, place: Place, ledger: Ledger) -> Step | None:
    end = place.sight.end(rule.side)
    creating = place.records[end] is None
    if (rule.only == "create" and not creating) or rule.only == "change":
        return None
    if isinstance(present := None if creating else _read(place, end, rule, rule.path), Missing):
        return None
    field_ = place.sight.mapping.sides[end].type.fields.get(place.prefixes[end] + rule.path.text)
    currency = currency_of(field_, place.wills[end], place.records[end])
    value = source_value(rule, place.scope, currency)
    wanted = _Wanted(rule, place, value)
    if creating:
        return None if blank(value) else _write(rule, end, None, value, wanted(), "create", currency)
    base = ledger.base.get(rule.key)
    verdict = merge_one_way(
        value,
        present,
        base,
        lambda: one_way_agreement(rule, wanted(), present, field_),
        end=end,
        drift=rule.drift,
        blanks=rule.blank,
    )
    values = (present, value) if end == 0 else (value, present)
    match verdict:
        case Stand():
            return None
        case Settle(quality, why):
            return Agree(rule.key, values, quality, why)
        case Copy() if _forgotten(rule, place, ledger):
            return _drifted(rule, place, ledger, (present, value), wanted(), ERASED, currency)
        case Copy(_, why, overrides):
            return _write(rule, end, present, value, wanted(), why, currency, loses=overrides)
        case Drifted(why):
            return _drifted(rule, place, ledger, (present, value), wanted(), why, currency)


def _told(rule: OneWay, place: Place, ledger: Ledger) -> Step | None:
    """Have a write say what its value rests on."""
    made = _one_way(rule, place, ledger)
    if not isinstance(made, Write):
        return made
    evidence = source_evidence(rule, place.scope, made.money)
    return replace(made, evidence=evidence) if evidence else made


class _Wanted:
    """The value that the target should have, for a link the partner's id; looked up once, when first asked for."""

    def __init__(self, rule: OneWay, place: Place, value: Value) -> None:
        self.rule, self.place, self.value = rule, place, value
        self.known: list[Reference] = []

    def __call__(self) -> Reference:
        if not self.known:
            linked = self.rule.link is not None and not blank(self.value)
            side = self.rule.source_side or self.place.sight.mapping.other(self.rule.side).name
            self.known.append(_resolved(self.rule, self.place, side=side, value=self.value) if linked else self.value)
        return self.known[0]


def _resolved(rule: Rule, place: Place, *, side: str, value: Reference) -> Reference:
    if rule.link is None or not isinstance(value, str):
        return value
    source = place.sight.mapping.side(side)
    return place.sight.facts.resolve(rule.link, source.connection, side, value)


def _write(
    rule: OneWay,
    end: int,
    before: Value,
    source: Value,
    wanted: Reference,
    why: str,
    currency: str | None,
    *,
    loses: bool = False,
) -> Step:
    if isinstance(wanted, Blocked):
        return waiting(rule, wanted)
    return Write(
        rule.key,
        end,
        rule.path.names,
        before,
        None if isinstance(wanted, Awaited) else wanted,
        source,
        why,
        rule.pii,
        loser=before if loses else None,
        awaits=wanted if isinstance(wanted, Awaited) else None,
        at=str(rule.at),
        note=rule.note,
        money=currency,
    )


def _drifted(
    rule: OneWay,
    place: Place,
    ledger: Ledger,
    values: tuple[Value, Value],
    wanted: Reference,
    why: str,
    currency: str | None,
) -> Step:
    present, source = values
    end = place.sight.end(rule.side)
    print_ = fingerprint(rule.digest, "drift", present, source)
    answer = ledger.answers.get(rule.key)
    if answer is not None and answer.fingerprint == print_:
        if answer.answer == "keep":
            both = (present, source) if end == 0 else (source, present)
            return Agree(rule.key, both, Quality.DIFFERS, "a person kept the target's own value")
        made = _write(rule, end, present, source, wanted, "restored: a person decided so", currency, loses=True)
        return replace(made, decided=True) if isinstance(made, Write) else made
    gives = f"the partner of {source}" if isinstance(wanted, Awaited | Blocked) else wanted
    shown = ["(masked)" if rule.pii else dumps(value) for value in (present, gives)]
    return Question(
        rule.key,
        "drift",
        f"{rule.side}.{place.prefixes[end]}{rule.path.text} is {shown[0]}, and the mapping gives {shown[1]}: {why}",
        print_,
        {"restore": f"write {shown[1]}", "keep": f"leave {shown[0]} until the source changes"},
        at=str(rule.at),
    )


def change_stamps(rules: tuple[Rule, ...], place: Place, end: int) -> list[Write]:
    """Give the `only: change` writes of an end: they go beside another change and are never a reason for one.

    A create is no change: what is written then is `only: create`.
    """
    writes = []
    for rule in rules:
        if isinstance(rule, OneWay) and rule.only == "change" and place.sight.end(rule.side) == end:
            try:
                if not in_force(rule, place.scope):
                    continue
                value = source_value(rule, place.scope, None)
            except (Unconvertible, ExpressionFailed, Undecided):
                continue  # it is an ornament: never the reason for a hold
            present = _read(place, end, rule, rule.path)
            made = _write(rule, end, None if isinstance(present, Missing) else present, value, value, BESIDE, None)
            if isinstance(made, Write):
                writes.append(made)
    return writes
