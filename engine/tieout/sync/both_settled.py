"""What a written list that goes both ways left behind: which stored row is which, and what is agreed now. Pure.

Rows are known by their ids; new ids are paired by position and content, and where that does not tell them apart, by
nothing: the list is in doubt, and a person is asked (`both_lists`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tieout.mapping.compiled import CompiledMapping, ListRule, Pair, Path, Rule, Side, written_path
from tieout.model import Value
from tieout.sync.merge import blank
from tieout.sync.quarrel import Touch, turned
from tieout.sync.row_ids import Line, lines, read_key
from tieout.sync.settle import alike
from tieout.sync.words import Base, Child, Item, Link, ListWrite, Quality
from tieout.values import dumps

Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Landed:
    """One row that was sent, with the id and the values that it is stored with."""

    item: Item
    id: str
    base: Mapping[str, Base]
    differs: tuple[str, ...] = ()
    """Rules whose value is stored differently."""
    ignored: tuple[str, ...] = ()
    """Rules whose value was not stored."""


@dataclass(frozen=True, slots=True)
class Landing:
    """What became of one list."""

    write: ListWrite
    rows: Sequence[Landed]
    """The rows that were found."""
    still: frozenset[str]
    """Ids of rows that were to be removed and are still there."""
    missing: Sequence[Item] = ()
    """Rows that were sent and are not there, as far as can be told."""
    doubt: str | None = None
    """RENEWED or ADDED: some stored rows may be missing ones, and nothing says which."""

    @property
    def refused(self) -> bool:
        """Say whether the system left something undone without a word."""
        return bool(self.still) or any(row.ignored for row in self.rows)


RENEWED = "renewed"
"""No row has the id that it had: which of the old ones are which of those that are there now cannot be told."""
ADDED = "added"
"""The new rows that were sent may be there, and somebody may have changed them since."""


def land(
    rule: ListRule, mapping: CompiledMapping, write: ListWrite, stored: Sequence[Row], *, sure: bool, strict: bool
) -> Landing | None:
    """Find the rows that were sent among those that are stored; None: the write never arrived, as far as can be seen.

    `strict`: nobody says that the write arrived; only rows that show it count. `sure`: it left just these rows.
    """
    finding = _Finding(rule, mapping.sides[write.end], write, stored)
    found, left, open_ = finding.places(sure=sure, strict=strict)
    pairs = [(write.items[number], finding.present[place]) for number, place in sorted(found.items())]
    arrived = not strict or any(finding.shows(item, line) for item, line in pairs)
    landed = [finding.landed(item, line, sure=sure) for item, line in pairs] if arrived else []
    missing = [write.items[number] for number in left]
    doubt = finding.doubt(missing) if open_ else None
    if not arrived and doubt is None:
        return None
    return Landing(write, landed, finding.still, missing, doubt)


class _Finding:
    def __init__(self, rule: ListRule, side: Side, write: ListWrite, stored: Sequence[Row]) -> None:
        self.rule, self.side, self.write = rule, side, write
        self.path = rule.paths[side.name]
        self.present = lines(rule, side.name, stored)
        own = rule.ids.get(side.name)
        self.stable = own is not None and side.type.children.get(self.path.text) == own.text
        self.before = frozenset(line.id for line in lines(rule, side.name, write.before) if line.id)
        removed = self.before - {item.id for item in write.items}
        self.ids = frozenset(line.id for line in self.present)
        self.still = removed & self.ids if self.stable else frozenset[str]()

    def places(self, *, sure: bool, strict: bool) -> tuple[dict[int, int], list[int], list[int]]:
        """Give sent row -> place among the stored ones, the sent rows that are left, and the places that are."""
        sent = lines(self.rule, self.side.name, [item.sent for item in self.write.items])
        wanted = [item.id if self.stable else line.id for item, line in zip(self.write.items, sent, strict=True)]
        free = {line.id: place for place, line in enumerate(self.present) if line.id not in self.still}
        found: dict[int, int] = {}
        for number, id_ in enumerate(wanted):
            if id_ and id_ in free:
                found[number] = free.pop(id_)
        nameless = {place for place, line in enumerate(self.present) if not line.id}
        left = [number for number in range(len(wanted)) if number not in found]
        open_ = sorted({*free.values(), *nameless})
        self._by_content(left, open_, found)
        left = [number for number in left if number not in found]
        open_ = [place for place in open_ if place not in found.values()]
        if len(left) == len(open_) == 1 and (sure or (not strict and self._near(left[0], open_[0]))):
            found[left.pop()] = open_.pop()
        return found, left, open_

    def doubt(self, missing: Sequence[Item]) -> str | None:
        """Say what cannot be told of stored rows that are none of those found; a natural key tells all."""
        if not self.stable:
            return None
        if missing and self.before and not self.before & self.ids:
            return RENEWED
        return ADDED if any(item.id is None for item in missing) else None

    def shows(self, item: Item, line: Line) -> bool:
        """Say whether a row proves that the write arrived: it is new, or holds what was sent, and did not before."""
        if line.id not in self.before:
            return True
        return any(
            self._alike(rule, path, read_key(path, line.row), sent) and not self._alike(rule, path, sent, before)
            for rule, path, before, sent in self._written(item)
        )

    def _written(self, item: Item) -> Iterator[tuple[Rule, Path, Value, Value]]:
        for rule in self.rule.rules:
            path = written_path(rule, self.side.name)
            if path is not None and rule.key in item.fields:
                before, sent, _ = item.fields[rule.key]
                yield rule, path, before, sent

    def _near(self, number: int, place: int) -> bool:
        """Say whether the only row that is left has something of the only one that was sent: place and content."""
        item, row = self.write.items[number], self.present[place].row
        paths = [(rule, path) for rule in self.rule.rules if (path := written_path(rule, self.side.name)) is not None]
        values = [(rule, path, read_key(path, item.sent), read_key(path, row)) for rule, path in paths]
        return any(not blank(one) and self._alike(rule, path, one, other) for rule, path, one, other in values)

    def _by_content(self, left: Sequence[int], open_: Sequence[int], found: dict[int, int]) -> None:
        """Pair what ids do not tell: at the same place among these first, then anywhere."""
        for anywhere in (False, True):
            for order, number in enumerate(left):
                if number in found:
                    continue
                near = open_ if anywhere else open_[order : order + 1]
                item, used = self.write.items[number], set(found.values())
                place = next((one for one in near if one not in used and self._fits(item, self.present[one].row)), None)
                if place is not None:
                    found[number] = place

    def _fits(self, item: Item, row: Row) -> bool:
        for rule in self.rule.rules:
            path = written_path(rule, self.side.name)
            if path is not None and not self._alike(rule, path, read_key(path, item.sent), read_key(path, row)):
                return False
        return True

    def _alike(self, rule: Rule, path: Path, one: Value, other: Value) -> bool:
        described = self.side.type.fields.get(f"{self.path.text}.{path.text}")
        return alike(one, other, rule.conversion, self.side.name, described)

    def landed(self, item: Item, line: Line, *, sure: bool) -> Landed:
        """Judge the fields of one row."""
        base: dict[str, Base] = {}
        differs: list[str] = []
        ignored: list[str] = []
        for rule in self.rule.rules:
            path = written_path(rule, self.side.name)
            if path is None:
                continue
            x, sent = read_key(path, line.row), item.fields.get(rule.key)
            if sent is None:
                if item.id is None and blank(x):
                    base[rule.key] = Base(self._ends(None, x))
                continue
            before, value, source = sent
            if self._alike(rule, path, x, value):
                exact = dumps(x) == dumps(value)
                base[rule.key] = Base(self._ends(source, x), Quality.EQUAL if exact else Quality.NORMALISED)
            elif item.id is not None and self._alike(rule, path, x, before):
                ignored.append(rule.key)
            elif sure:
                base[rule.key] = Base(self._ends(source, x), Quality.DIFFERS)
                differs.append(rule.key)
            else:
                base[rule.key] = Base(self._ends(source, value))  # a person's edit until proved otherwise
        return Landed(item, line.id, base, tuple(differs), tuple(ignored))

    def _ends(self, source: Value, stored: Value) -> tuple[Value, Value]:
        return (stored, source) if self.write.end == 0 else (source, stored)


def children(rule: ListRule, mapping: CompiledMapping, landing: Landing, link: Link) -> list[Child]:
    """Give the paired rows of a link after one of its lists was written."""
    end, old = landing.write.end, list(link.children.get(landing.write.rule, ()))
    by_id = {child.ids[end]: child for child in old}
    rules = {inner.key: inner for inner in rule.rules}
    made: list[Child] = []
    for row in landing.rows:
        before = by_id.get(row.item.id or "")
        if row.item.source:
            made.append(_child(row, end, before, rules))
        elif before is not None:  # its partner is not known to this write
            made.append(replace(before, ids=_ids(end, row.id, before.ids[1 - end])))
    kept = {item.id for item in landing.write.items}
    dropped = {line.id for line in lines(rule, mapping.sides[end].name, landing.write.before)} - kept - landing.still
    told = {row.item.id for row in landing.rows if row.item.id is not None}
    taken = ({child.ids[0] for child in made}, {child.ids[1] for child in made})
    rest = [
        child
        for child in old
        if child.ids[end] not in dropped | told and child.ids[0] not in taken[0] and child.ids[1] not in taken[1]
    ]
    return [*made, *rest]


def _child(row: Landed, end: int, known: Child | None, rules: Mapping[str, Rule]) -> Child:
    base = dict(row.base)
    for key, (before, _, source) in row.item.fields.items():
        if known is not None and key in base:
            rule, touch = rules[key], Touch(end, before, source, key in row.item.decided)
            both = isinstance(rule, Pair)
            base[key] = turned(base[key], known.base.get(key), touch, rule=rule.digest, both=both)
    if known is None:
        return Child(_ids(end, row.id, row.item.source), 0, base)
    # The pair as it is now: its other row, too, may have got a new id since.
    return Child(_ids(end, row.id, known.ids[1 - end]), 0, {**known.base, **base})


def _ids(end: int, own: str, partner: str) -> tuple[str, str]:
    return (own, partner) if end == 0 else (partner, own)
