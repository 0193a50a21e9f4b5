"""What a case expects against what came of it, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tieout.language.nodes import ListNode, MapNode, Node, ScalarNode, value
from tieout.mapping.compiled import CompiledMapping
from tieout.mapping.functions import equal
from tieout.model import Value
from tieout.problems import Position
from tieout.sync.lists import sent_rows
from tieout.sync.merge import blank
from tieout.sync.noting import note_in
from tieout.sync.picked import keys_in
from tieout.sync.words import Hold, Kind, Planned, Question
from tieout.testing.case_files import Case, names_of, texts
from tieout.testing.case_stage import Played, ended
from tieout.values import dumps

ACTS = {"create": Kind.CREATE, "update": Kind.UPDATE}
REMOVALS = (Kind.DELETE, Kind.ARCHIVE, Kind.VOID, Kind.CREDIT)


@dataclass(frozen=True, slots=True)
class Failure:
    """One difference. `expected` and `got` are as people read them; empty: there is none."""

    at: Position
    what: str
    expected: str = ""
    got: str = ""
    rule: str = ""
    """Where the rule stands that gave the value, or what the engine says for a reason."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One written value."""

    value: Value
    at: str
    """Where its rule stands."""


def judge(case: Case, mapping: CompiledMapping, played: Played) -> list[Failure]:
    """Compare everything; no failure: the case passes."""
    return list(_judge(case, mapping, played))


def _judge(case: Case, mapping: CompiledMapping, played: Played) -> Iterator[Failure]:
    expect, decision = case.expect, played.decision
    match = expect.text("match")
    if match and match != played.match:
        yield Failure(expect.entries["match"].at, "matching", match, played.match or "no two unlinked records")
    for name, kind in ACTS.items():
        for end, side in enumerate(mapping.sides):
            made = [one for one in decision.operations if one.kind is kind and one.end == end]
            yield from _written(case, name, side.name, made)
    yield from _removed(case, mapping, decision.operations)
    yield from _history(case, mapping, decision.operations)
    if expect.flag("ends") != ended(decision):
        at = expect.key_at("ends") if "ends" in expect.entries else case.at
        yield Failure(at, "the link", *("ends", "goes on")[:: 1 if expect.flag("ends") else -1])
    yield from _talk(case, "held", [_hold(one) for one in decision.holds])
    yield from _talk(case, "asked", [_question(one) for one in decision.questions])
    yield from _picked(expect, decision.operations)
    for text in texts(expect, "noted"):
        if not any(text in note for note in decision.notes):
            yield Failure(expect.key_at("noted"), "a note", text, "; ".join(decision.notes) or "no note")


def _picked(expect: MapNode, operations: Sequence[Planned]) -> Iterator[Failure]:
    got = {name: key for one in operations for name, key in keys_in(one).items()}
    wanted = expect.table("picks")
    for name in wanted.entries:
        if got.get(name) != wanted.text(name):
            yield Failure(wanted.key_at(name), f"the pick {name}", wanted.text(name), got.get(name, "nothing"))


# --- writes --------------------------------------------------------------------------------------------------------


def _written(case: Case, name: str, side: str, made: Sequence[Planned]) -> Iterator[Failure]:
    wanted = case.expect.table(name).get(side)
    if not isinstance(wanted, MapNode):
        for one in made:
            shown = "; ".join(f"{path} = {_shown(leaf.value)}" for path, leaf in _leaves(one).items())
            yield Failure(case.at, f"{name} of {side}", "", f"{shown or 'nothing in it'} (because: {one.why})")
        return
    if not made:
        yield Failure(wanted.at, f"{name} of {side}", "this record", "none")
        return
    yield from _compared(_expected(wanted), _leaves(made[0]), side, wanted.at, others=case.expect.flag("others"))


def _leaves(operation: Planned) -> dict[str, Leaf]:
    """Give every value that is written by its path; blanks count only where something is cleared."""
    found: dict[str, Leaf] = {}
    for write in operation.writes:
        for path, sent in _flat(write.sent, ".".join(write.names)):
            if blank(sent) and (operation.kind is Kind.CREATE or blank(_below(write.before, path, write.names))):
                continue
            found[path] = Leaf(sent, write.at)
    for rows in operation.lists:
        if rows.sends:
            found[".".join(rows.names)] = Leaf(sent_rows(rows), rows.at)
    return found


def _below(before: Value, path: str, names: Sequence[str]) -> Value:
    for name in path.split(".")[len(names) :]:
        before = before.get(name) if isinstance(before, Mapping) else None
    return before


def _flat(value_: Value, path: str) -> Iterator[tuple[str, Value]]:
    if isinstance(value_, Mapping) and value_:
        for name, inner in value_.items():
            yield from _flat(inner, f"{path}.{name}")
    else:
        yield path, value_


def _expected(node: MapNode, above: str = "") -> dict[str, Node]:
    found: dict[str, Node] = {}
    for key, inner in node.entries.items():
        path = above + ".".join(names_of(key))
        if isinstance(inner, MapNode) and inner.entries:
            found |= _expected(inner, path + ".")
        else:
            found[path] = inner
    return found


def _compared(
    wanted: Mapping[str, Node], got: Mapping[str, Leaf], side: str, at: Position, *, others: bool
) -> Iterator[Failure]:
    for path, node in wanted.items():
        leaf = got.get(path)
        if leaf is None:
            if not (blank(value(node)) and path not in got):
                yield Failure(node.at, f"{side}.{path}", _shown(value(node)), "not written")
            continue
        if isinstance(node, ListNode) and isinstance(leaf.value, list):
            yield from _rows(node, leaf, f"{side}.{path}", others=others)
        elif not _same(value(node), leaf.value):
            yield Failure(node.at, f"{side}.{path}", _shown(value(node)), _shown(leaf.value), leaf.at)
    for path, leaf in got.items():
        if path not in wanted and not others:
            yield Failure(at, f"{side}.{path}", "not written", _shown(leaf.value), leaf.at)


def _rows(node: ListNode, leaf: Leaf, path: str, *, others: bool) -> Iterator[Failure]:
    got = leaf.value if isinstance(leaf.value, list) else []
    if len(node.items) != len(got):
        yield Failure(node.at, path, f"{len(node.items)} rows", f"{len(got)} rows: {_shown(leaf.value)}", leaf.at)
        return
    for number, (item, row) in enumerate(zip(node.items, got, strict=True), 1):
        have = {name: Leaf(inner, leaf.at) for name, inner in _flat(row, "")} if isinstance(row, Mapping) else {}
        have = {name.removeprefix("."): inner for name, inner in have.items()}
        wanted = _expected(item) if isinstance(item, MapNode) else {}
        yield from _compared(wanted, have, f"{path}[{number}]", item.at, others=others)


def _same(one: Value, other: Value) -> bool:
    return equal(one, other) or (blank(one) and blank(other))


# --- removals, holds, questions ------------------------------------------------------------------------------------


def _removed(case: Case, mapping: CompiledMapping, operations: Sequence[Planned]) -> Iterator[Failure]:
    wanted = case.expect.table("remove")
    for end, side in enumerate(mapping.sides):
        made = [str(one.kind) for one in operations if one.kind in REMOVALS and one.end == end]
        node = wanted.get(side.name)
        expected = str(node.value) if isinstance(node, ScalarNode) else ""
        got = made[0] if made else ""
        if expected != got:
            at = node.at if node is not None else case.at
            yield Failure(at, f"removal of {side.name}", expected or "none", got or "none")


def _history(case: Case, mapping: CompiledMapping, operations: Sequence[Planned]) -> Iterator[Failure]:
    wanted = case.expect.table("history")
    for end, side in enumerate(mapping.sides):
        text = "\n".join(note_in(one) for one in operations if one.end == end)
        node, parts = wanted.get(side.name), texts(wanted, side.name)
        at = case.at if node is None else node.at
        if text.strip() and not parts:
            yield Failure(at, f"history of {side.name}", "", text)
        yield from (Failure(at, f"history of {side.name}", one, text or "no note") for one in parts if one not in text)


Said = Mapping[str, Value]


def _hold(hold: Hold) -> Said:
    return {"field": hold.rule, "code": hold.code, "says": hold.message, "ways_out": list(hold.ways_out)}


def _question(question: Question) -> Said:
    return {"field": question.rule, "kind": question.kind, "says": question.text}


def _talk(case: Case, key: str, made: Sequence[Said]) -> Iterator[Failure]:
    """Match each expected entry with one that came, as far as it says; the rest is unexpected."""
    left = list(made)
    for node in case.expect.tables(key):
        found = next((one for one in left if _speaks_of(node, one)), None)
        if found is None:
            came = "; ".join(_spoken(one) for one in made) or f"nothing is {key}"
            yield Failure(node.at, key, _spoken({name: value(inner) for name, inner in node.entries.items()}), came)
        else:
            left.remove(found)
    for one in left:
        yield Failure(case.at, key, "", _spoken(one))


def _speaks_of(node: MapNode, said: Said) -> bool:
    for key, inner in node.entries.items():
        wanted, got = value(inner), said.get(key)
        if key == "says":
            if not (isinstance(wanted, str) and isinstance(got, str) and wanted in got):
                return False
        elif not equal(wanted, got):
            return False
    return True


def _spoken(said: Said) -> str:
    return ", ".join(f"{key} {_shown(one)}" for key, one in said.items() if not blank(one))


def _shown(given: Value) -> str:
    if given is None:
        return "null"
    return format(given, "f") if isinstance(given, Decimal) else dumps(given)
