"""The reverse of what a run stored in one record: what still holds it is planned, the rest is named. Pure (law 10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tieout.mapping.compiled import Act, ExpressionFailed, Missing, Pair, Path, Policy, Side, Undecided
from tieout.model import Lock, Value, Verb
from tieout.sync.effect import books_of, effect
from tieout.sync.expecting import figures_of
from tieout.sync.lifecycle import ACTS, Pairing, edited_since, mapped_values
from tieout.sync.lists import sent_rows
from tieout.sync.reversed_rows import Weaving
from tieout.sync.settle import alike
from tieout.sync.sight import currency_of, narrowed, store_into, will_be
from tieout.sync.undone import Deeds, Stored, StoredRows
from tieout.sync.words import Image, Kind, ListWrite, Planned, State, Write
from tieout.transform import Bound
from tieout.values import dumps

UNDOES = "undoes"
"""In the evidence of an operation: the run that it takes back."""
EDITED = "it holds something else now: edited since, or written again by a later run"


@dataclass(frozen=True, slots=True)
class Left:
    """Something that a run did and that is not taken back: why, and what is legal instead."""

    field: str
    """"" = the record as a whole."""
    why: str
    ways_out: tuple[str, ...] = ()


@dataclass(slots=True)
class Reversal:
    """What is planned for one link, and what is left."""

    operations: list[Planned] = field(default_factory=list)
    left: list[tuple[int, Left]] = field(default_factory=list)
    """(end, what is left there)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule writes on one side."""

    path: Path
    conversion: Bound | None = None
    pii: bool = False
    at: str = ""


def place_of(pairing: Pairing, end: int, rule: str) -> Place | None:
    """Find where a rule of the mapping writes on an end; None: the mapping has no such rule there any more."""
    mapping = pairing.sight.mapping
    side = mapping.sides[end]
    if side.remember is not None and rule == f"{side.name}.{side.remember.text}=partner":
        return Place(side.remember)
    for one in mapping.rules:
        if one.key != rule:
            continue
        if isinstance(one, Pair):
            return Place(one.paths[side.name], one.conversion, one.pii, str(one.at))
        return Place(one.path, one.conversion, one.pii, str(one.at)) if one.side == side.name else None
    return None


# --- fields and lists ---------------------------------------------------------------------------------------------


def reverse(pairing: Pairing, end: int, done: Deeds, run: str) -> Reversal:
    """Give back the fields and lists of one end that still hold what the run stored there."""
    made = Reversal()
    image, side = pairing.image(end), pairing.sight.mapping.sides[end]
    if done.erased:
        made.left.append((end, Left("", "values were erased from the audit log, so they can't be given back")))
    if not image.live:
        made.left.append((end, Left("", f"it is {image.state}")))
        return made
    if _word(side.update, pairing) in {None, Act.NEVER, Act.HOLD}:
        made.left.append((end, _forbidden(side, image, "update")))
        return made
    _Reverser(pairing, end, f"takes back {run}", made).all(done, run)
    return made


@dataclass(slots=True)
class _Reverser:
    pairing: Pairing
    end: int
    why: str
    made: Reversal

    def all(self, done: Deeds, run: str) -> None:
        writes = [write for rule, stored in done.fields.items() if (write := self._field(rule, stored)) is not None]
        rows = [made for rule, kept in done.lists.items() if (made := self._rows(rule, kept)) is not None]
        if not writes and not rows:
            return
        image, side = self.pairing.image(self.end), self.pairing.sight.mapping.sides[self.end]
        will = will_be(image)
        for write in writes:
            store_into(will, write.names, write.sent)
        for written in rows:
            store_into(will, written.names, sent_rows(written))
        books = effect(books_of(self.pairing.sight, self.end), image.record, will, Kind.UPDATE)
        figures = figures_of(side, self.pairing.sight.facts.charts[self.end], will, writes, rows)
        operation = self.pairing.planned(
            Kind.UPDATE, self.end, self.why, writes=writes, lists=rows, effect=books, figures=figures,
            evidence={UNDOES: run},
        )  # fmt: skip
        self.made.operations.append(operation)

    def _leave(self, rule: str, why: str, ways_out: tuple[str, ...] = ()) -> None:
        self.made.left.append((self.end, Left(rule, why, ways_out)))

    def _barred(self, rule: str, path: Path) -> bool:
        """Say whether the system or the mapping forbids to write there now, and leave it if so."""
        lock: Lock | None = self.pairing.image(self.end).lock
        described = self.pairing.sight.field(self.end, path)
        if lock is not None and path.text not in lock.editable:
            self._leave(rule, lock.reason, tuple(lock.ways_out))
        elif described is not None and not described.updatable:
            self._leave(rule, "the system takes it only when a record is made")
        else:
            return False
        return True

    def _field(self, rule: str, stored: Stored) -> Write | None:
        place = place_of(self.pairing, self.end, rule)
        if place is None:
            self._leave(rule, "the mapping has no such field any more")
            return None
        image, side = self.pairing.image(self.end), self.pairing.sight.mapping.sides[self.end]
        present = narrowed(place.path.read(image.record), place.conversion)
        described = self.pairing.sight.field(self.end, place.path)
        if isinstance(present, Missing):
            self._leave(rule, "it can't be seen now")
            return None
        if alike(present, stored.before, place.conversion, side.name, described):
            return None  # taken back already, or it never held anything else
        if not any(alike(present, one, place.conversion, side.name, described) for one in (stored.kept, stored.sent)):
            self._leave(rule, EDITED)
            return None
        if self._barred(rule, place.path):
            return None
        return Write(
            rule,
            self.end,
            place.path.names,
            present,
            stored.before,
            self._source(rule, stored.sent),
            self.why,
            place.pii,
            at=place.at,
            money=currency_of(described, image.record),
        )

    def _source(self, rule: str, otherwise: Value) -> Value:
        """Give what the other end held at the last agreement: what it holds since is news, and travels."""
        link = self.pairing.sight.link
        base = link.base.get(rule) if link is not None else None
        return otherwise if base is None else base.values[1 - self.end]

    # --- lists ----------------------------------------------------------------------------------------------------

    def _rows(self, rule: str, stored: StoredRows) -> ListWrite | None:
        mapping = self.pairing.sight.mapping
        side = mapping.sides[self.end]
        written = next((one for one in mapping.lists if one.key == rule and side.name in one.paths), None)
        ids = None if written is None else written.ids.get(side.name)
        if written is None or ids is None:
            self._leave(rule, "the mapping has no such list any more")
            return None
        if written.side is None:  # a row that is taken back here would next be removed, or made, on the other side
            self._leave(rule, "it goes both ways, row by row", (f"change its rows in {side.name} by hand",))
            return None
        path = written.paths[side.name]
        present = path.read(self.pairing.image(self.end).record)
        rows = [row for row in present if isinstance(row, Mapping)] if isinstance(present, list) else []
        link = self.pairing.sight.link
        children = {child.ids[self.end]: child for child in (link.children.get(rule, ()) if link is not None else ())}
        weaving = Weaving(side, self.end, written, ids, stored, children)
        if not weaving.holds(rows):
            self._leave(rule, EDITED)
            return None
        items = list(weaving.items(rows))
        if [item.id for item in items] == [weaving.id(row) for row in rows] and not any(item.fields for item in items):
            return None
        if self._barred(rule, path):
            return None
        before = [dict(row) for row in rows]
        return ListWrite(rule, self.end, path.names, before, items, self.why, str(written.at), emptied=not items)


# --- records and links --------------------------------------------------------------------------------------------


def remove(pairing: Pairing, end: int, run: str) -> Planned | Left:
    """Take back a create: by the act that the mapping has for this record, else by what the system can do."""
    image, side = pairing.image(end), pairing.sight.mapping.sides[end]
    if image.state in {State.GONE, State.MERGED, State.UNKNOWN}:
        return Left("", f"the record that the run made is {image.state} now")
    word = _word(side.delete, pairing)
    if image.lock is not None or word in {None, Act.HOLD}:
        return _forbidden(side, image, "delete")
    if edited_since(pairing, end):
        return Left("", "somebody edited the record since the run made it", (f"remove it in {side.name} by hand",))
    act = _act(word, side)
    if act is None:
        return Left("", "the system offers no way to remove it", _by_hand(side))
    if image.state is State.ARCHIVED and act is Act.ARCHIVE:
        return Left("", "it is archived already")
    books = effect(books_of(pairing.sight, end), image.record, None, ACTS[act]) if act is not Act.ARCHIVE else {}
    before = mapped_values(pairing.sight, end, image)
    why = f"takes back {run}: made by it"
    return pairing.planned(ACTS[act], end, why, before=before, effect=books, evidence={UNDOES: run})


def _word(policy: Policy, pairing: Pairing) -> Act | None:
    """Give the policy's word for this record; None: it cannot be told."""
    try:
        return policy.word(pairing.sight.records)[0]
    except (ExpressionFailed, Undecided):
        return None


def _forbidden(side: Side, image: Image, policy: str) -> Left:
    """Name what is legal instead: the system's own ways where it locks the record, else the person's."""
    if image.lock is not None:
        return Left("", image.lock.reason, tuple(image.lock.ways_out))
    return Left("", f"`{policy}` of {side.name} forbids it in this state", _by_hand(side))


def _act(word: Act | None, side: Side) -> Act | None:
    """Choose how a record is removed: as the mapping does it, else in the way that is easiest to take back."""
    verbs = {str(verb) for verb in side.type.verbs}
    wanted = [word] if word in ACTS else []
    return next((act for act in (*wanted, Act.ARCHIVE, Act.DELETE) if act is not None and str(act) in verbs), None)


def _by_hand(side: Side) -> tuple[str, ...]:
    void = (f"void it in {side.name}",) if Verb.VOID in side.type.verbs else ()
    return (*void, f"do it in {side.name} by hand")


def part_again(pairing: Pairing, run: str) -> Planned:
    """Take back a link between two records that were there before: only the link ends, and they stay apart."""
    return pairing.planned(Kind.END, 0, f"takes back {run}: linked by it", evidence={UNDOES: run, "apart": True})


# --- again, directly before the write -------------------------------------------------------------------------------


def moved(operation: Planned, pairing: Pairing) -> str:
    """Say why an operation that takes something back no longer can; empty: it still is as it was planned."""
    end, image = operation.end, pairing.image(operation.end)
    if not image.live:
        return f"the record is {image.state} now"
    if operation.kind is not Kind.UPDATE:
        same = mapped_values(pairing.sight, end, image) == dict(operation.before)
        if image.lock is not None or not same:
            return "its values moved since the plan" if image.lock is None else image.lock.reason
        return ""
    for write in operation.writes:
        place = place_of(pairing, end, write.rule)
        present = None if place is None else narrowed(place.path.read(image.record), place.conversion)
        if place is None or isinstance(present, Missing) or dumps(present) != dumps(write.before):
            return "its values moved since the plan"
        if image.lock is not None and place.path.text not in image.lock.editable:
            return image.lock.reason
    for rows in operation.lists:
        now = Path(".".join(rows.names), rows.names).read(image.record)
        if isinstance(now, Missing) or dumps(now) != dumps([dict(row) for row in rows.before]):
            return "its rows moved since the plan"
        if image.lock is not None and ".".join(rows.names) not in image.lock.editable:
            return image.lock.reason
    return ""


def of_undo(operation: Planned) -> str:
    """Give the run that an operation takes back; empty: it takes back none."""
    run = operation.evidence.get(UNDOES)
    return run if isinstance(run, str) else ""


def image_of(found: Mapping[str, Image], id_: str) -> Image:
    """Give what was read of a record; one that was not is unknown."""
    return found.get(id_) or Image(id_, State.UNKNOWN, {})
