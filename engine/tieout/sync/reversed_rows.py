"""The rows of a list as they were before a run, made out of those of now: rows of others stay as they are. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tieout.mapping.compiled import ListRule, Missing, OneWay, Path, Side, put
from tieout.model import Value
from tieout.sync.settle import alike
from tieout.sync.undone import StoredRows
from tieout.sync.words import Base, Child, Item

Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Weaving:
    """One list that a run wrote, at the end that it wrote."""

    side: Side
    end: int
    rule: ListRule
    ids: Path
    stored: StoredRows
    children: Mapping[str, Child]

    def id(self, row: Row) -> str:
        """Give the id of a row; empty if it has none."""
        found = self.ids.read(row)
        return "" if found is None or isinstance(found, Missing) else str(found)

    @property
    def _inner(self) -> dict[str, OneWay]:
        return {one.key: one for one in self.rule.rules if isinstance(one, OneWay)}

    def _alike(self, one: OneWay, here: Value | Missing, there: Value) -> bool:
        described = self.side.type.fields.get(f"{self.rule.paths[self.side.name].text}.{one.path.text}")
        return not isinstance(here, Missing) and alike(here, there, one.conversion, self.side.name, described)

    def holds(self, rows: Sequence[Row]) -> bool:
        """Say whether every row that the run wrote is there as it was stored, and none that it removed is back."""
        now, before = {self.id(row): row for row in rows}, {self.id(row) for row in self.stored.before}
        sent = {self.id(row) for row in self.stored.sent}
        if any(id_ in now for id_ in before - sent):
            return False
        for id_, kept in self.stored.kept.items():
            row = now.get(id_)
            if row is None and (kept or id_ not in before):
                return False
            for rule, value in kept.items() if row is not None else ():
                one = self._inner.get(rule)
                if one is None or row is None or not self._alike(one, one.path.read(row), value):
                    return False
        return True

    def items(self, rows: Sequence[Row]) -> Iterator[Item]:
        """Give the rows as they are to be sent."""
        before = {self.id(row): row for row in self.stored.before}
        sent = {self.id(row) for row in self.stored.sent}
        for row in rows:
            id_ = self.id(row)
            if id_ in before:
                yield self._restored(id_, row, before[id_])
            elif id_ not in self.stored.kept:
                yield Item("", 0, id_, dict(row))
        for id_, row in before.items():
            if id_ not in sent:
                yield Item("", 0, None, self._anew(row))

    def _restored(self, id_: str, row: Row, before: Row) -> Item:
        child = self.children.get(id_)
        sent, fields = dict(row), dict[str, tuple[Value, Value, Value]]()
        paths: dict[str, tuple[str, ...]] = {}
        for rule in self.stored.kept.get(id_, {}):
            one = self._inner[rule]
            now, then = one.path.read(row), one.path.read(before)
            if isinstance(now, Missing) or isinstance(then, Missing) or self._alike(one, now, then):
                continue
            base: Base | None = None if child is None else child.base.get(rule)
            fields[rule] = (now, then, None if base is None else base.values[1 - self.end])
            paths[rule] = one.path.names
            put(sent, one.path.names, then)
        source = "" if child is None else child.ids[1 - self.end]
        masked = frozenset(rule for rule in fields if self._inner[rule].pii)
        return Item(source, 0 if child is None else child.ordinal, id_, sent, fields, {}, paths, masked)

    def _anew(self, row: Row) -> dict[str, Value]:
        """A row that was removed comes back as a new one: without its id and what only the system sets."""
        head, fields = self.rule.paths[self.side.name].text + ".", self.side.type.fields
        return {
            name: value
            for name, value in row.items()
            if (described := fields.get(head + name)) is not None and described.creatable and name != self.ids.names[0]
        }
