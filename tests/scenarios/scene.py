"""What is known while a scenario is played, and looks at both sides; each failure begins with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from scenarios.place import Place, dumped
from scenarios.sides import Row
from scenarios.words import Names, differences, same, under
from tieout.language.nodes import MapNode, Node, plain
from tieout.problems import Position


class NotSoError(AssertionError):
    """Something is not as the scenario says; begins with the place in its file."""


@contextmanager
def at(place: Position) -> Iterator[None]:
    """Put the place in the scenario before whatever fails; the innermost place is kept."""
    try:
        yield
    except NotSoError:
        raise
    except AssertionError as error:
        raise NotSoError(f"{place}: {error}") from None


@dataclass(frozen=True, slots=True)
class Known:
    """Where a record with a name is."""

    side: str
    kind: str


@dataclass
class Scene:
    """The systems, the project, and every record that has a name."""

    place: Place
    names: Names
    records: dict[str, Known] = field(default_factory=dict)
    """Name -> where that record is."""

    def data(self, node: Node) -> Any:
        """Give what stands there, with ids and dates in the place of names."""
        return self.names.valued(dumped(plain(node)))

    def there(self, name: str, side: str) -> Known:
        """Give where a record of a side is. Raises AssertionError for a name without one."""
        known = self.records.get(name)
        assert known is not None, f"nothing is known as {name!r} yet; name it in a look before"
        assert known.side == side, f"{name!r} is a record of {known.side}"
        return known

    def make(self, side: str, records: MapNode) -> None:
        """Make records as people do, and name them."""
        for kind in records.entries:
            made = records.table(kind)
            for name in made.entries:
                with at(made.key_at(name)):
                    self.names.ids[name] = self.place.sides[side].make(kind, self.data(made.table(name)))
                self.records[name] = Known(side, kind)

    def look(self, sides: MapNode) -> None:
        """Look at each side: every object that is named is there exactly as listed. Raises AssertionError."""
        named = [(side, kind) for side in sides.entries for kind in sides.table(side).entries]
        found = [_Listed(self, side, kind, sides.table(side)) for side, kind in named]
        for one in found:
            one.identify()
        problems = [line for one in found for line in one.problems()]
        assert not problems, "\n  ".join(["not as expected:", *problems])


class _Listed:
    """One object of a side in a look: the records that are there beside those that are expected."""

    def __init__(self, scene: Scene, side: str, kind: str, tables: MapNode) -> None:
        self.scene, self.side, self.kind = scene, side, kind
        self.rows = tables.table(kind)
        self.found: dict[str, Row] = scene.place.sides[side].records(kind)

    def identify(self) -> None:
        """Give each name its record: by its first field where it is new. Raises AssertionError."""
        ids, records = self.scene.names.ids, self.scene.records
        taken = {ids[name] for name, known in records.items() if known == Known(self.side, self.kind)}
        for name in self.rows.entries:
            if name in records:
                continue
            path, node = next(iter(self.rows.table(name).entries.items()))
            wanted = self.scene.data(node)
            fit = [id_ for id_, row in self.found.items() if id_ not in taken and same(wanted, under(row, path))]
            with at(self.rows.key_at(name)):
                there = ", ".join(str(under(row, path)) for id_, row in self.found.items() if id_ not in taken)
                assert len(fit) == 1, f"{len(fit)} new {self.kind} with {path} {wanted}; there are: {there or 'none'}"
            ids[name], records[name] = fit[0], Known(self.side, self.kind)
            taken.add(fit[0])

    def problems(self) -> list[str]:
        """Name every difference, records that are gone, and records that nobody expects."""
        ids = self.scene.names.ids
        told: list[str] = []
        for name in self.rows.entries:
            where = f"{self.rows.key_at(name)}: {name}"
            row = self.found.get(ids[name])
            if row is None:
                told.append(f"{where} is not there any more")
                continue
            wanted = self.scene.data(self.rows.table(name))
            more = self.scene.place.sides[self.side].more(self.kind, ids[name], list(wanted))
            told += [f"{where}: {line}" for line in differences(wanted, {**row, **more})]
        listed = {ids[name] for name in self.rows.entries}
        spare = [_called(row) for id_, row in self.found.items() if id_ not in listed]
        return told + [f"{self.rows.at}: {self.side} has another {self.kind}: {name}" for name in spare]


def _called(row: Row) -> str:
    names = ("Name", "Reference", "Title", "InvoiceNumber", "Code", "name", "product", "Amount")
    return next((str(row[name]) for name in names if row.get(name)), str(dict(row)))
