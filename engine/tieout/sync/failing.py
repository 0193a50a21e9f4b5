"""Failures as a work list: whose move each is, in plain words, and the next step. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tieout.mapping.compiled import CompiledMapping, Rule, written_path
from tieout.model import Cause, Field, Value, Verb
from tieout.sync.words import Kind, Planned
from tieout.values import digest, dumps


class FailureClass(StrEnum):
    """Whose move it is."""

    DATA = "data"
    """Whoever keeps the record."""
    MAPPING = "mapping"
    """The consultant."""
    CONNECTION = "connection"
    """Time, or whoever looks after the system: tried again by every run."""
    RATE = "rate"
    """Time: calls are used up."""
    PERMISSION = "permission"
    """Whoever gives rights."""
    CONFLICT = "conflict"
    """A person who decides between two records or two values."""
    LOCKED = "locked"
    """Whoever closed the period or the document."""


OF_CAUSE: Mapping[Cause, FailureClass] = {
    Cause.DATA: FailureClass.DATA,
    Cause.MAPPING: FailureClass.MAPPING,
    Cause.PERMISSION: FailureClass.PERMISSION,
    Cause.LOCKED: FailureClass.LOCKED,
    Cause.EXISTS: FailureClass.CONFLICT,
    Cause.REFERENCE: FailureClass.DATA,
    Cause.MOVED: FailureClass.CONFLICT,
    Cause.BUSY: FailureClass.RATE,
    Cause.COLLATERAL: FailureClass.DATA,
}

_OF_CODE: Mapping[str, FailureClass] = {
    "locked": FailureClass.LOCKED,
    "noted": FailureClass.LOCKED,
    "removal-held": FailureClass.LOCKED,
    "expression-failed": FailureClass.MAPPING,
    "not-in-table": FailureClass.MAPPING,
    "no-rate": FailureClass.MAPPING,
    "stale-rate": FailureClass.MAPPING,
    "frozen": FailureClass.CONFLICT,
    "not-stored": FailureClass.CONFLICT,
    "orphan": FailureClass.CONFLICT,
    "unsure": FailureClass.CONNECTION,
    "figures-differ": FailureClass.CONFLICT,
    "two-writers": FailureClass.MAPPING,
}

_REASONS: Mapping[Cause, str] = {
    Cause.MAPPING: "the mapping sends what it does not take",
    Cause.PERMISSION: "this connection's user has no right to it",
    Cause.LOCKED: "the state of the document, or its period, is closed",
    Cause.EXISTS: "another record there has it already",
    Cause.REFERENCE: "it points to something that is missing or cannot be used there",
}
_REFUSED_VALUES = "a value is not accepted"


def of_code(code: str) -> FailureClass:
    """Give the class of a hold that the engine itself makes; values that a rule cannot take are data."""
    return _OF_CODE.get(code, FailureClass.DATA)


_NO_RATE = (
    "give one of the sources that rate: a line in a table file, or the table of the system",
    "or name a further source in tieout.yaml: rates: {chain: [...]}, or let rates be older: stale_after",
    "or name another day: `at` at {at}",
)
_WAYS: Mapping[str, tuple[str, ...]] = {
    "blocked": (),  # it waits for another record, which is told by name
    "not-in-table": (
        "add the value to the table that {at} uses, or catch it there: `default`, or a later case of `first`",
        "or change it in its record",
    ),
    "expression-failed": ("mend the expression at {at}, or the values of the record that it reads",),
    "too-long": ("shorten the text in its record", "or have it cut, one way: `as: {truncate: …}` at {at}"),
    "no-currency": ("give the record a currency", "or leave the amount out where there is none: `when` at {at}"),
    "other-currency": (
        "give both records the same currency",
        "or convert the amount: `as: convert` at {at}",
        "or leave it out where the currencies differ: `when` at {at}",
    ),
    "no-tax-rules": ("correct the country in its record", "or do not check the number: `as: vat_number` at {at}"),
    "no-rate": _NO_RATE,
    "stale-rate": _NO_RATE,
    "rounding-too-large": (
        "find what makes the difference: a line, a discount or a tax that one side lacks",
        "or raise `within` at {at}",
    ),
    "rounding-unknown": ("give the record the amount", "or leave the rounding line out: `rounding` at {at}"),
}
_OTHERWISE = ("correct the value in its record", "or convert it otherwise: `as` at {at}")


def ways_of(code: str, at: str) -> tuple[str, ...]:
    """Give the ways out of the hold of a value that a rule cannot take; `at`: the rule, as FILE:LINE:COLUMN."""
    return tuple(way.replace("{at}", at) for way in _WAYS.get(code, _OTHERWISE))


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a system answered instead of doing it. `words`: its own, without what is personal."""

    code: str
    words: str
    cause: Cause = Cause.DATA
    paths: tuple[str, ...] = ()
    other: str | None = None
    """The record that is in the way, where the system names it."""

    @property
    def line(self) -> str:
        """Give it in one line."""
        return f"{self.code}: {self.words}" + (f" (the other record is {self.other})" if self.other else "")


def refusal_detail(operation: Planned, mapping: CompiledMapping, refusal: Refusal) -> dict[str, Value]:
    """Give what is kept of a refused write: the plain reason, the system's words, the mapping line, the next step."""
    side = mapping.sides[operation.end]
    paths = f" ({', '.join(refusal.paths)})" if refusal.paths else ""
    reason = _REASONS.get(refusal.cause, _REFUSED_VALUES)
    return {
        "message": f"{side.name} refused to {operation.kind} {side.object}{paths}: {reason}",
        "words": refusal.words,
        "class": str(OF_CAUSE[refusal.cause]),
        "at": position(operation, mapping, refusal.paths),
        "other": f"{mapping.name}/{side.name}:{refusal.other}" if refusal.other else "",
        "ways_out": list(_next(operation, mapping, refusal)),
    }


def position(operation: Planned, mapping: CompiledMapping, paths: Iterable[str]) -> str:
    """Give the mapping line that a refusal is about: of the rule that writes the path, or the only one, or the file."""
    rules: dict[str, Rule] = {rule.key: rule for rule in mapping.rules}
    side = mapping.sides[operation.end].name
    sent = [rules[write.rule] for write in operation.writes if write.rule in rules]
    lists = {rule.key: rule for rule in mapping.lists}
    for path in paths:
        for rule in sent:
            target = written_path(rule, side)
            if target is not None and _meet(target.text, path):
                return str(rule.at)
        for rows in operation.lists:
            if rows.rule in lists and _meet(".".join(rows.names), path):
                inner = (one for one in lists[rows.rule].rules if path.endswith(f".{written_path(one, side)}"))
                return str(next(inner, lists[rows.rule]).at)
    return str(sent[0].at) if len(sent) == 1 and not operation.lists else str(mapping.at)


def ground(mapping: CompiledMapping) -> str:
    """Name the mapping as it is and what the systems let it write: once that changes, what failed is tried again."""
    rights: list[Value] = [mapping.digest]
    for side in mapping.sides:
        paths = sorted(path.text for rule in mapping.rules if (path := written_path(rule, side.name)) is not None)
        known = [(path, side.type.fields[path]) for path in paths if path in side.type.fields]
        rights.append(sorted(str(verb) for verb in side.type.verbs.keys() - side.type.withheld))
        rights.append([f"{path} {_can(field, Verb.CREATE)} {_can(field, Verb.UPDATE)}" for path, field in known])
    return digest(dumps(rights))[:16]


def _can(field: Field, verb: Verb) -> bool:
    return (field.creatable if verb is Verb.CREATE else field.updatable) and verb not in field.withheld


def _meet(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _next(operation: Planned, mapping: CompiledMapping, refusal: Refusal) -> tuple[str, ...]:
    side, other = mapping.sides[operation.end], mapping.sides[1 - operation.end]
    target = f"{side.object} {operation.record}" if operation.record else side.object
    retry = f"tieout retry {mapping.name}/{other.name}:{operation.source}"
    if operation.kind is Kind.NOTE:
        again = f"tieout plan {mapping.name}/{side.name}:{operation.record} --way note"
        return (f"mend its cause, or write the note in {side.name} by hand; to ask for it again: {again}",)
    match refusal.cause:
        case Cause.MAPPING:
            where = position(operation, mapping, refusal.paths)
            return (f"mend the mapping at {where}; the next plan has all that failed under it again",)
        case Cause.PERMISSION:
            return (f"give the connection's user the right in {side.name}; then: {retry}",)
        case Cause.LOCKED:
            return (f"open it again in {side.name}, or make the change there by hand; then: {retry}",)
        case Cause.EXISTS:
            return (f"rename, merge or archive one of the two in {side.name}; then: {retry}",)
        case Cause.REFERENCE:
            return (
                f"correct it in {other.object} {operation.source} of {other.name}; the next run sends it",
                f"or make what it points to usable in {side.name}; then: {retry}",
            )
        case _:
            mine = () if operation.kind is Kind.CREATE else (f"or correct {target} in {side.name}; then: {retry}",)
            return (f"correct {other.object} {operation.source} in {other.name}; the next run sends it", *mine)
