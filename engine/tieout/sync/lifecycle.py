"""What becomes of a link when a partner is gone, merged, archived or out of scope. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tieout.mapping.compiled import (
    Act,
    ExpressionFailed,
    Missing,
    OneWay,
    Pair,
    Path,
    Policy,
    Side,
    Undecided,
    holds,
    written_path,
)
from tieout.model import Value
from tieout.sync.effect import books_of, effect
from tieout.sync.memory import Memory, Survivor
from tieout.sync.merge import blank
from tieout.sync.naming import identified
from tieout.sync.routing import TWO_WRITERS, other_copies, scope_unknown, unrouted
from tieout.sync.row_ids import lines
from tieout.sync.sight import Sight, currency_of, in_force, narrowed, source_value
from tieout.sync.source_rows import source_rows_moved
from tieout.sync.steps import fingerprint
from tieout.sync.words import Decision, Hold, Image, Kind, Planned, Question, State
from tieout.transform import Unconvertible

ACTS = {Act.DELETE: Kind.DELETE, Act.ARCHIVE: Kind.ARCHIVE, Act.VOID: Kind.VOID}


@dataclass(frozen=True, slots=True)
class Pairing:
    """A link with both its images."""

    sight: Sight
    first: Image
    second: Image
    memory: Memory

    def image(self, end: int) -> Image:
        """Give the image of an end."""
        return self.second if end else self.first

    def planned(self, kind: Kind, end: int, why: str, **more: object) -> Planned:
        """Start an operation on this link."""
        link = self.sight.link
        return Planned(
            kind,
            self.sight.mapping.name,
            self.sight.pair,
            end,
            self.image(end).id,
            self.image(1 - end).id,
            part=link.part if link is not None else self.sight.part,
            link=link.id if link is not None else None,
            generation=link.generation if link is not None else 0,
            why=why,
            **more,  # type: ignore[arg-type]  # the fields of Planned
        )


def in_use(side: Side, image: Image) -> bool:
    """Say whether a record is there, and in use as far as the mapping asks for that."""
    return image.state is State.PRESENT or (image.state is State.ARCHIVED and side.archived)


def in_scope(side: Side, sight: Sight, image: Image) -> bool | None:
    """Say whether a record is in the mapping's scope; None: cannot be told from what is known."""
    if image.state is State.ARCHIVED and not side.archived:
        return False
    conditions = [one for one in (side.where, side.route) if one is not None]
    if not conditions:
        return True
    scope = {**sight.records, side.name: dict(image.record)}
    try:
        return all(holds(one(scope)) for one in conditions)
    except Undecided:
        return None


def structure(pairing: Pairing) -> Decision | None:
    """Decide a link whose partners are not both there and in scope; None: both are, go on with the fields."""
    states = (pairing.first.state, pairing.second.state)
    if State.UNKNOWN in states:
        return Decision()
    if State.MERGED in states:
        return _merged(pairing)
    gone = [end for end in (0, 1) if states[end] is State.GONE]
    if len(gone) == 2:  # noqa: PLR2004
        return Decision([pairing.planned(Kind.END, 0, "both records are gone")])
    if gone:
        return _partner_gone(pairing, gone[0])
    return _scope(pairing)


def _merged(pairing: Pairing) -> Decision:
    survivors: list[str] = []
    for end in (0, 1):
        image = pairing.image(end)
        if image.state is not State.MERGED or image.into is None:
            survivors.append(image.id)
            continue
        survivor = _last_survivor(pairing, end, image.into)
        if survivor.image is None or survivor.image.state is State.UNKNOWN:
            why = f"it was merged into {image.into}, which could not be read yet"
            return Decision(
                holds=[Hold("", "merge-unseen", why, fingerprint("merge", image.id, image.into), quiet=True)]
            )
        if not survivor.image.live:
            return Decision([pairing.planned(Kind.END, end, f"merged into {survivor.image.id}, which was deleted")])
        if survivor.linked:
            return _two_onto_one(pairing, end, survivor.image)
        survivors.append(survivor.image.id)
    operation = pairing.planned(Kind.REPOINT, 0, "follows a merge", evidence={"merge": list(survivors)})
    return Decision([operation])


def _last_survivor(pairing: Pairing, end: int, into: str) -> Survivor:
    """Follow merges of merges to the record that is left."""
    seen: set[str] = set()
    while True:
        survivor = pairing.memory.survivor(end, into)
        if survivor.image is None or survivor.image.into is None or into in seen:
            return survivor
        seen.add(into)
        into = survivor.image.into


REMOVAL = "removal"
"""Under which it is asked whether a record is removed."""
ONTO = ("merged into ", ", which has a partner of its own")
"""Around the survivor's id: why the link of a merged record ended whose survivor has another partner."""


def _two_onto_one(pairing: Pairing, end: int, survivor: Image) -> Decision:
    """Two links would point to one survivor: keep the one whose record survived and end this one.

    The record that loses its partner so is asked about once, as one without a partner (`creation.after_merge`).
    """
    return Decision([pairing.planned(Kind.END, end, survivor.id.join(ONTO))])


def merged_onto(reason: str | None) -> str | None:
    """Give the survivor whose own partner ended a link; None: the link ended for another reason."""
    if reason is None or not reason.startswith(ONTO[0]) or not reason.endswith(ONTO[1]):
        return None
    return reason.removeprefix(ONTO[0]).removesuffix(ONTO[1])


def _partner_gone(pairing: Pairing, gone: int) -> Decision:
    end = 1 - gone
    policy = pairing.sight.mapping.sides[end].delete
    return _leave(pairing, end, policy, f"its partner {pairing.image(gone).id} was deleted", ends=True)


def _scope(pairing: Pairing) -> Decision | None:
    sight = pairing.sight
    if sight.left is not None:
        record, many = pairing.image(sight.left), 1 - sight.left
        why = f"{sight.mapping.sides[sight.left].name} {record.id} has no part {sight.part} any more"
        archived = pairing.image(many).state is State.ARCHIVED
        return Decision() if archived else _leave(pairing, many, sight.mapping.sides[many].leave, why, ends=False)
    for end in (0, 1):
        side = sight.mapping.sides[end]
        try:
            inside = in_scope(side, sight, pairing.image(end))
        except ExpressionFailed as problem:
            return Decision(holds=[scope_unknown(side.name, problem)])
        if inside is None:
            return Decision()
        if not inside:
            return _left(pairing, end)
    return _unwanted(pairing)


def _left(pairing: Pairing, end: int) -> Decision:
    """Follow the `leave` policy of the other end, and tell if the record belongs to no copy now."""
    sight, side = pairing.sight, pairing.sight.mapping.sides[end]
    made = Decision()
    if pairing.image(1 - end).state is not State.ARCHIVED:
        why = f"{side.name} {pairing.image(end).id} left the mapping's scope"
        made = _leave(pairing, 1 - end, sight.mapping.sides[1 - end].leave, why, ends=False)
    nowhere = unrouted(sight, end, pairing.image(end)) if in_use(side, pairing.image(end)) else None
    return made if nowhere is None else replace(made, holds=[*made.holds, nowhere])


def _unwanted(pairing: Pairing) -> Decision | None:
    """`create.when` of a record that we made no longer holds: `leave`; a kept link goes on travelling."""
    end = pairing.memory.created
    if end is None:
        return None
    side = pairing.sight.mapping.sides[end]
    if side.create.when is None:
        return None
    scope = {**pairing.sight.records, side.name: None}
    try:
        if holds(side.create.when(scope)):
            return None
    except (Undecided, ExpressionFailed):
        return None
    why = f"it would not be created any more: {side.create.when.text}"
    decision = _leave(pairing, end, side.leave, why, ends=False)
    return decision if decision.operations or decision.questions or decision.holds else None


def _leave(pairing: Pairing, end: int, policy: Policy, why: str, *, ends: bool) -> Decision:
    """Follow a delete or leave policy on the record that is still there."""
    policy = policy.chosen(pairing.sight.records)
    word, ask = policy.word(pairing.sight.records)
    close = Decision([pairing.planned(Kind.END, end, why)]) if ends else Decision()
    if word in {Act.KEEP, Act.NEVER}:
        return close
    if word is Act.HOLD:
        return Decision(holds=[_held(pairing, end, why)])
    if pairing.image(end).state is State.ARCHIVED and word is Act.ARCHIVE:
        return close
    if ACTS[word] not in {Kind(verb.value) for verb in pairing.sight.mapping.sides[end].type.verbs}:
        return Decision(holds=[_held(pairing, end, f"{why}; this system cannot {word}")])
    others = other_copies(pairing.sight, end, pairing.image(end))
    if others:
        return Decision(holds=[_held(pairing, end, f"{why}; it belongs to {', '.join(others)}, too", TWO_WRITERS)])
    edited = edited_since(pairing, end) or pairing.image(end).revived
    if edited and policy.edited == "keep":
        return close
    # Once asked, it stays a question: the next run knows no more that the mapping changed.
    asked = REMOVAL in pairing.memory.asked or REMOVAL in pairing.memory.answers
    if ask or edited or (not ends and (pairing.memory.mapping_changed or asked)):
        return _asked(pairing, end, word, why, close, edited=edited)
    return Decision([_act(pairing, end, word, why)])


def _held(pairing: Pairing, end: int, why: str, code: str = "removal-held") -> Hold:
    lock = pairing.image(end).lock
    ways = lock.ways_out if lock is not None and lock.ways_out else _by_hand(pairing, end)
    return Hold("", code, why, fingerprint("held", end, why), ways)


def _by_hand(pairing: Pairing, end: int) -> tuple[str, ...]:
    """Give what a person can do about a removal that the mapping or the system holds."""
    side, other = pairing.sight.mapping.sides[end], pairing.sight.mapping.sides[1 - end]
    return (
        f"remove {pairing.image(end).id} in {side.name} by hand",
        f"or bring {pairing.image(1 - end).id} back in {other.name}",
        f"or say in the mapping what becomes of such records: `delete` and `leave` of {side.name}",
    )


def _act(pairing: Pairing, end: int, word: Act, why: str) -> Planned:
    image = pairing.image(end)
    books = effect(books_of(pairing.sight, end), image.record, None, ACTS[word]) if word is not Act.ARCHIVE else {}
    return pairing.planned(ACTS[word], end, why, before=mapped_values(pairing.sight, end, image), effect=books)


def _asked(pairing: Pairing, end: int, word: Act, why: str, close: Decision, *, edited: bool) -> Decision:
    image = pairing.image(end)
    print_ = fingerprint(word, why, mapped_values(pairing.sight, end, image))
    answer = pairing.memory.answers.get(REMOVAL)
    if answer is not None and answer.fingerprint == print_:
        act = replace(_act(pairing, end, word, why), allowed=(print_,))
        return Decision([act]) if answer.answer == "yes" else close
    mapping, late = pairing.sight.mapping, "; it was edited since the last agreement" if edited else ""
    mine, its = (f"{mapping.sides[one].name} {identified(mapping, one, pairing.image(one))}" for one in (end, 1 - end))
    text = f"{word} {mine}, the partner of {its}? {why}{late}"
    return Decision(
        questions=[Question(REMOVAL, str(word), text, print_, {"yes": f"{word} it", "no": "leave it as it is"})]
    )


def mapped_values(sight: Sight, end: int, image: Image) -> dict[str, Value]:
    """Give the values of every mapped path of an end: what an act on the whole record has read."""
    values: dict[str, Value] = {}
    side = sight.mapping.sides[end]
    for rule in sight.mapping.rules:
        if isinstance(rule, Pair):
            values[rule.key] = _plain(narrowed(rule.paths[side.name].read(image.record), rule.conversion))
        elif rule.side == side.name:
            values[rule.key] = _plain(narrowed(rule.path.read(image.record), rule.conversion))
        else:
            values |= {f"{side.name}.{path}": _at(image.record, path) for path in sorted(_sources(rule, side.name))}
    for rows in sight.mapping.lists:
        if side.name in rows.paths:
            values[rows.key] = _plain(rows.paths[side.name].read(image.record))
    return values | _unread(sight, end, image)


def _unread(sight: Sight, end: int, image: Image) -> dict[str, Value]:
    """Give what other mappings read of the record, and the lists that one-way lists are made from: it goes as well."""
    side = sight.mapping.sides[end]
    carried: set[str] = set()
    for rule in (*sight.mapping.rules, *sight.mapping.lists):
        paths = [rule.path] if isinstance(rule, OneWay) else list(rule.paths.values())
        names = [rule.side] if isinstance(rule, OneWay) else list(rule.paths)
        carried |= {path.text for name, path in zip(names, paths, strict=True) if name == side.name}
        carried |= _sources(rule, side.name) if isinstance(rule, OneWay) else frozenset()
    return {f"{side.name}.{name}": image.record[name] for name in sorted(image.record.keys() - carried)}


def _sources(rule: OneWay, side: str) -> frozenset[str]:
    """Give the paths of a side that a one-way field of the other side is made from."""
    return frozenset[str]().union(*(case.source.reads.get(side, frozenset()) for case in rule.cases if case.source))


def _at(record: Mapping[str, Value], path: str) -> Value:
    return _plain(Path(path, tuple(path.split("."))).read(record))


def _plain(value: Value | Missing) -> Value:
    return None if isinstance(value, Missing) else value


def edited_since(pairing: Pairing, end: int) -> bool:
    """Say whether a person changed a mapped value of this end since the last agreement."""
    link = pairing.sight.link
    if link is None:
        return False
    values = mapped_values(pairing.sight, end, pairing.image(end))
    for rule in pairing.sight.mapping.rules:
        base = link.base.get(rule.key)
        mine = isinstance(rule, Pair) or (isinstance(rule, OneWay) and pairing.sight.end(rule.side) == end)
        if link.forgotten(rule.key, link.base):
            return True  # it cannot be told any more
        if base is None:
            if _never_agreed(pairing.sight, rule, end, values.get(rule.key) if mine else None):
                return True
            continue
        if mine and values.get(rule.key) != base.values[end]:
            return True
        if isinstance(rule, OneWay) and not mine and _source_moved(pairing.sight, rule, end, base.values[end]):
            return True
    return _lines_edited(pairing, end, values)


def _never_agreed(sight: Sight, rule: Pair | OneWay, end: int, present: Value) -> bool:
    """Say whether this end holds something that no pass came to agree upon: it is nowhere else."""
    try:
        if rule.when is not None and not in_force(rule, sight.scope):
            return False
    except (ExpressionFailed, Undecided):
        return False
    mine = isinstance(rule, Pair) or sight.end(rule.side) == end
    if isinstance(rule, OneWay) and (rule.only is not None or not mine):
        return rule.only is None and _source_moved(sight, rule, end, None)
    return not blank(present)


def _source_moved(sight: Sight, rule: OneWay, end: int, agreed: Value) -> bool:
    """Say whether a person changed what a one-way field is made from; only where it is made from this record alone."""
    expressions = [one for case in rule.cases for one in (case.when, case.source) if one is not None]
    if (
        rule.only is not None
        or not expressions
        or any(set(one.reads) != {sight.mapping.sides[end].name} for one in expressions)
    ):
        return False
    target = sight.images[1 - end]
    described = sight.field(1 - end, rule.path)
    currency = None if target is None else currency_of(described, target.record)
    try:
        value = source_value(rule, sight.scope, currency)
        return in_force(rule, sight.scope) and value != agreed and not (blank(value) and blank(agreed))
    except (Unconvertible, ExpressionFailed, Undecided):
        return True


def _lines_edited(pairing: Pairing, end: int, values: Mapping[str, Value]) -> bool:
    link = pairing.sight.link
    for rule in pairing.sight.mapping.lists:
        rows = values.get(rule.key)
        side = pairing.sight.mapping.sides[end].name
        path = rule.ids.get(side)
        if rule.side not in {None, side} and source_rows_moved(pairing.sight, rule, end):
            return True
        if link is None or side not in rule.paths or path is None or not isinstance(rows, list):
            continue
        known = {child.ids[end]: child for child in link.children.get(rule.key, ())}
        present = lines(rule, side, [row for row in rows if isinstance(row, Mapping)])
        if rule.side is None and known.keys() - {line.id for line in present}:
            return True
        for line in present:
            child = known.get(line.id)
            if child is None:
                return True
            for inner in rule.rules:
                base, inner_path = child.base.get(inner.key), written_path(inner, side)
                if base is not None and inner_path is not None and inner_path.read(line.row) != base.values[end]:
                    return True
    return False
