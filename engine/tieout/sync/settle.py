"""What a write left behind: one decision for full answers, bare answers, lost answers and crashes. Pure.

For each field *that was sent*, x being its value in the image: stored as sent, stored differently, not stored, or not
to be told. Everything else in the image is just an observation: it never moves a base.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tieout.mapping.canonical import same
from tieout.mapping.compiled import CompiledMapping, ListRule, Missing, OneWay, Pair, Path
from tieout.model import Field, Value
from tieout.sync.merge import blank
from tieout.sync.picked import picked_in
from tieout.sync.row_ids import row_print
from tieout.sync.sight import narrowed
from tieout.sync.words import Base, Child, Ending, Image, Item, Kind, ListWrite, Planned, Quality, State, Write
from tieout.transform import Bound
from tieout.values import dumps


@dataclass(slots=True)
class Settlement:
    """What is known after a write: bases that move, decisions not to be repeated, and how it ended."""

    base: dict[str, Base] = field(default_factory=dict)
    children: dict[str, list[Child]] = field(default_factory=dict)
    not_stored: list[str] = field(default_factory=list)
    """Rules whose value the system accepted and did not store."""
    differs: list[str] = field(default_factory=list)
    unclear: dict[str, Sequence[str]] = field(default_factory=dict)
    """Lists whose rows could not be told apart afterwards -> new rows that may be there, as `row_print` names them."""
    doubtful: list[str] = field(default_factory=list)
    """Both-ways lists of which a person is to say which rows are which."""
    arrived: bool = False
    """Some of it is there: the write happened."""
    unexplained: list[str] = field(default_factory=list)
    """Paths that hold another value, and nothing says that our write left it: a person's edit."""

    @property
    def ending(self) -> tuple[Ending, str]:
        """Give the one end of the operation."""
        if self.not_stored or self.unclear:
            return Ending.NOT_STORED, ", ".join(dict.fromkeys([*self.not_stored, *self.unclear]))
        if self.doubtful:
            return Ending.UNSURE, f"which rows of {', '.join(self.doubtful)} are which cannot be told"
        if self.differs:
            return Ending.STORED_DIFFERENTLY, ", ".join(self.differs)
        return Ending.DONE, ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an image is worth."""

    image: Image
    answered: bool
    """The system said that it did it."""
    sure: bool
    """The image is what our write left: the full answer itself, or last modified by us."""
    late: bool = False
    """It was read in a later run than the write was made: somebody may have been there in between."""

    @property
    def gone(self) -> bool:
        """The record went before it was read: what the image holds is older than the write."""
        return self.image.state in {State.GONE, State.MERGED}


def settle(operation: Planned, mapping: CompiledMapping, evidence: Evidence) -> Settlement:
    """Settle one create or update."""
    settling = _Settling(operation, mapping, evidence)
    answered = evidence.answered or any(settling.shows(write) for write in operation.writes)
    for write in operation.writes:
        settling.one(write, answered=answered)
    for agree in operation.agrees:
        settling.blank(agree.rule, agree.values[1 - operation.end])
    for rows in operation.lists:
        settling.rows(rows, answered=answered)
    if answered:
        settling.made.base |= {agree.rule: Base(agree.values, agree.quality) for agree in picked_in(operation)}
    settling.made.arrived = answered
    return settling.made


def missing_paths(operation: Planned, mapping: CompiledMapping, image: Image) -> bool:
    """Say whether a partial answer lacks something that was sent, so that it must be read back."""
    rules = {rule.key: rule for rule in mapping.rules}
    for write in operation.writes:
        if isinstance(_read(rules.get(write.rule), write.names, image.record), Missing):
            return True
    return any(isinstance(_read(None, rows.names, image.record), Missing) for rows in operation.lists)


def _read(
    rule: Pair | OneWay | ListRule | None, names: tuple[str, ...], record: Mapping[str, Value]
) -> Value | Missing:
    conversion = rule.conversion if isinstance(rule, Pair | OneWay) else None
    return narrowed(Path(".".join(names), names).read(record), conversion)


@dataclass(slots=True)
class _Settling:
    operation: Planned
    mapping: CompiledMapping
    evidence: Evidence
    made: Settlement = field(default_factory=Settlement)

    def _rule(self, key: str) -> Pair | OneWay | None:
        return next((rule for rule in self.mapping.rules if rule.key == key), None)

    def _stored(self, write: Write) -> Value | Missing:
        return _read(self._rule(write.rule), write.names, self.evidence.image.record)

    def _same(self, key: str, names: tuple[str, ...], one: Value, other: Value) -> bool:
        rule = self._rule(key)
        side = self.mapping.sides[self.operation.end]
        conversion = rule.conversion if rule is not None else None
        return alike(one, other, conversion, side.name, side.type.fields.get(".".join(names)))

    def shows(self, write: Write) -> bool:
        """Say whether a field proves that the write arrived: it holds what was sent, and did not before."""
        x = self._stored(write)
        if self.evidence.gone or isinstance(x, Missing):
            return False
        return self._same(write.rule, write.names, x, write.sent) and not self._same(
            write.rule, write.names, write.sent, write.before
        )

    def one(self, write: Write, *, answered: bool) -> None:
        """Settle one field."""
        if self.evidence.gone:
            if self.evidence.answered:  # nothing shows how it was stored; should it come back, that is judged by this
                self._base(write, write.sent, Quality.EQUAL)
            return
        x = self._stored(write)
        if isinstance(x, Missing):
            return
        if self._same(write.rule, write.names, x, write.sent):
            exact = dumps(x) == dumps(write.sent)
            self._base(write, x, Quality.EQUAL if exact else Quality.NORMALISED)
        elif self.operation.kind is not Kind.CREATE and self._same(write.rule, write.names, x, write.before):
            if self.evidence.answered:  # else the rest may have come by an earlier request: it is sent once more
                self.made.not_stored.append(write.rule)
        elif self.evidence.sure:
            self._base(write, x, Quality.DIFFERS)
            self.made.differs.append(write.rule)
        elif answered:
            self.made.unexplained.append(".".join(write.names))
            self._base(write, write.sent, Quality.EQUAL)  # a person's edit until proved otherwise

    def _base(self, write: Write, stored: Value, quality: Quality) -> None:
        kept = write.before if write.halfway else stored
        self.made.base[write.rule] = Base(self._ends(write.source, kept), quality)

    def _ends(self, source: Value, stored: Value) -> tuple[Value, Value]:
        return (stored, source) if self.operation.end == 0 else (source, stored)

    def blank(self, key: str, source: Value) -> None:
        """A field that was blank at the source of a create, and is blank in what was made: they agree."""
        rule = self._rule(key)
        if rule is None or self.evidence.gone:
            return
        side = self.mapping.sides[self.operation.end].name
        path = rule.paths[side] if isinstance(rule, Pair) else rule.path
        x = narrowed(path.read(self.evidence.image.record), rule.conversion)
        if not isinstance(x, Missing) and blank(x):
            self.made.base[key] = Base(self._ends(source, x))

    # --- lists ------------------------------------------------------------------------------------------------------

    def rows(self, rows: ListWrite, *, answered: bool) -> None:
        """Settle one list: learn the ids of new rows, then each row's fields."""
        rule = next((rule for rule in self.mapping.lists if rule.key == rows.rule), None)
        stored = Path(".".join(rows.names), rows.names).read(self.evidence.image.record)
        if rule is None or rule.side is None or self.evidence.gone or isinstance(stored, Missing):
            return  # a list that goes both ways is settled with what its link held before: `completing`
        present = [row for row in stored if isinstance(row, Mapping)] if isinstance(stored, list) else []
        if not answered and untouched(rows, present):
            return  # it never arrived: the next plan sees the rows as they are
        told = (answered and not self.evidence.late) or self.evidence.sure
        if not told and not _shows_new(rule, self.mapping.sides[self.operation.end].name, rows, present):
            return  # it never arrived, or added nothing that could be added twice
        paired, unknown = _paired(rule, self.mapping, self.operation.end, rows, present, by_place=told)
        if unknown:
            self.made.unclear[rows.rule] = [row_print(item.source, item.ordinal) for item in unknown]
        if not paired:
            return
        made = [self._child(rule, item, row, id_) for item, row, id_ in paired if item.source]
        agreed = {(child.ids, child.ordinal): child.base for child in rows.agreed}
        self.made.children[rows.rule] = [
            replace(child, base={**agreed.get((child.ids, child.ordinal), {}), **child.base}) for child in made
        ]

    def _child(self, rule: ListRule, item: Item, row: Mapping[str, Value], id_: str) -> Child:
        side = self.mapping.sides[self.operation.end]
        head = ".".join(rule.paths[side.name].names) + "."
        base: dict[str, Base] = {}
        for inner in rule.rules:
            if not isinstance(inner, OneWay):
                continue
            x = inner.path.read(row)
            if isinstance(x, Missing):
                continue
            sent = item.fields.get(inner.key)
            if sent is None:
                if item.id is None and blank(x):
                    base[inner.key] = Base(self._ends(None, x))
                continue
            described = side.type.fields.get(head + inner.path.text)
            if alike(x, sent[1], inner.conversion, side.name, described):
                quality = Quality.EQUAL if dumps(x) == dumps(sent[1]) else Quality.NORMALISED
                base[inner.key] = Base(self._ends(sent[2], x), quality)
            elif item.id is not None and alike(x, sent[0], inner.conversion, side.name, described):
                if self.evidence.answered:
                    self.made.not_stored.append(rule.key)
            elif self.evidence.sure:
                base[inner.key] = Base(self._ends(sent[2], x), Quality.DIFFERS)
                self.made.differs.append(f"{inner.key} of row {item.source}")
            else:
                self.made.unexplained.append(head + inner.path.text)
                base[inner.key] = Base(self._ends(sent[2], sent[1]))
        ids = (id_, item.source) if self.operation.end == 0 else (item.source, id_)
        return Child(ids, item.ordinal, base)


def untouched(rows: ListWrite, present: Sequence[Mapping[str, Value]]) -> bool:
    """Say whether a list is as it was read directly before it was written."""
    return dumps([dict(row) for row in present]) == dumps([dict(row) for row in rows.before])


def alike(one: Value, other: Value, conversion: Bound | None, side: str, described: Field | None) -> bool:
    """Say whether two values of one side are the same, under the rule's own comparison or the field's."""
    if dumps(one) == dumps(other) or (blank(one) and blank(other)):
        return True
    return same(one, other, described) or (conversion is not None and conversion.same(one, other, on=side))


def _shows_new(rule: ListRule, side: str, rows: ListWrite, present: Sequence[Mapping[str, Value]]) -> bool:
    """Say whether rows were to be added and some are there that were not before: they may be those."""
    path = rule.ids.get(side)
    if path is None or all(item.id is not None for item in rows.items):
        return False
    before = {str(path.read(row)) for row in rows.before}
    return any(str(path.read(row)) not in before for row in present)


Paired = tuple[Item, Mapping[str, Value], str]


def _paired(
    rule: ListRule,
    mapping: CompiledMapping,
    end: int,
    rows: ListWrite,
    present: Sequence[Mapping[str, Value]],
    *,
    by_place: bool,
) -> tuple[list[Paired], list[Item]]:
    """Pair sent items with stored rows: by id; new ones by content, then, `by_place`, by position; and what is unknown.

    After a write of unknown fate only content tells: rows at the same places may be somebody else's. So they may where
    there are more or fewer new rows than were sent.
    """
    side = mapping.sides[end]
    path = rule.ids.get(side.name)
    if path is None:
        return [], []
    ids = [(str(path.read(row)), row) for row in present]
    by_id = dict(ids)
    known = {item.id for item in rows.items if item.id is not None}
    before = {str(path.read(row)) for row in rows.before}
    fresh = [(id_, row) for id_, row in ids if id_ not in known and id_ not in before]
    paired: list[Paired] = [
        (item, by_id[item.id], item.id) for item in rows.items if item.id is not None and item.id in by_id
    ]
    new = [item for item in rows.items if item.id is None]
    by_place = by_place and len(new) == len(fresh)
    head = ".".join(rule.paths[side.name].names) + "."
    late: list[Item] = []
    for place, item in enumerate(new):
        order = [*range(place, min(place + 1, len(fresh))), *(n for n in range(len(fresh)) if n != place)]
        found = next(
            (n for n in order if fresh[n][0] and _fits(rule, item, fresh[n][1], side.name, mapping, head)), None
        )
        if found is None:
            late.append(item)
            continue
        paired.append((item, fresh[found][1], fresh[found][0]))
        fresh[found] = ("", {})
    if not by_place:
        return paired, late
    left = [entry for entry in fresh if entry[0]]
    paired += [(item, row, id_) for item, (id_, row) in zip(late, left, strict=True)]
    return paired, []


def _fits(rule: ListRule, item: Item, row: Mapping[str, Value], side: str, mapping: CompiledMapping, head: str) -> bool:
    for inner in rule.rules:
        sent = item.fields.get(inner.key)
        if sent is None or not isinstance(inner, OneWay):
            continue
        x = inner.path.read(row)
        described = mapping.side(side).type.fields.get(head + inner.path.text)
        if isinstance(x, Missing) or not alike(x, sent[1], inner.conversion, side, described):
            return False
    return True
