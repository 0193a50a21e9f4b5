"""The rows of one object, indexed for what a synchroniser asks: by id, by stamp, by parent and by external id."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import Any

from tieout_salesforce.simulator.schema import Field, Object

Row = dict[str, Any]
"""One record: fields that are null may be absent. Rows are replaced, never changed, so that a reader's page stands."""


class Table:
    """All rows of one object, deleted ones included until they are erased."""

    def __init__(self, kind: Object) -> None:
        self.object = kind
        self.rows: dict[str, Row] = {}
        self.stamps: list[tuple[str, str]] = []
        """(SystemModstamp, Id), sorted: the order in which a keyset reader walks."""
        self.ids: list[str] = []
        """All ids, sorted: the order in which a reader walks who has no stamp to go by."""
        self.erased: list[tuple[str, str]] = []
        """(id, stamp) of what was removed for good; only `/deleted` tells of it (section 0, 5)."""
        self._made = 0
        self._indexes: dict[str, dict[str, dict[str, None]]] = {}
        self._folded: set[str] = set()
        for field in kind.fields.values():
            self.index(field)

    def index(self, field: Field) -> None:
        """Keep an index over a reference or an external id."""
        worth = field.external_id or (field.type == "reference" and field.refers_to != ("User",))
        if not worth or field.name in self._indexes:
            return
        if field.type != "reference" and not field.case_sensitive:
            self._folded.add(field.name)
        self._indexes[field.name] = {}
        for row in self.rows.values():
            self._note(field.name, row)

    def unindex(self, name: str) -> None:
        """Forget the index over a field that was removed."""
        self._indexes.pop(name, None)
        self._folded.discard(name)

    def next_number(self) -> int:
        """Count up; ids are never used twice."""
        self._made += 1
        return self._made

    def put(self, row: Row) -> Row | None:
        """Store a row in place of the one with its id, which is returned."""
        old = self.rows.get(row["Id"])
        if old is None:
            insort(self.ids, row["Id"])
        key = (row["SystemModstamp"], row["Id"])
        if old is None or old["SystemModstamp"] != row["SystemModstamp"]:
            if old is not None:
                self._forget_stamp(old)
            if not self.stamps or self.stamps[-1] < key:
                self.stamps.append(key)
            else:
                insort(self.stamps, key)
        for name in self._indexes:
            if old is None:
                self._note(name, row)
            elif old.get(name) != row.get(name):
                self._forget(name, old)
                self._note(name, row)
        self.rows[row["Id"]] = row
        return old

    def remove(self, id: str) -> Row:
        """Take a row out for good."""
        row = self.rows.pop(id)
        self._forget_stamp(row)
        del self.ids[bisect_left(self.ids, id)]
        for name in self._indexes:
            self._forget(name, row)
        return row

    def indexed(self, name: str) -> bool:
        """Say whether `having` knows this field."""
        return name in self._indexes

    def having(self, name: str, value: str) -> list[Row]:
        """Find the rows whose indexed field has this value, oldest first, deleted ones too."""
        return [self.rows[id] for id in self._indexes[name].get(self._key(name, value), ())]

    def live(self, name: str, value: str) -> list[Row]:
        """Find the rows, not deleted ones, whose indexed field has this value."""
        return [row for row in self.having(name, value) if not row.get("IsDeleted")]

    def since(self, bound: tuple[str, str] | None) -> Iterator[Row]:
        """Walk the rows from a (SystemModstamp, Id) on, in that order."""
        start = bisect_left(self.stamps, bound) if bound else 0
        rows = self.rows
        for at in range(start, len(self.stamps)):
            yield rows[self.stamps[at][1]]

    def after(self, id: str) -> Iterator[Row]:
        """Walk the rows behind an id, in the order of ids."""
        for at in range(bisect_right(self.ids, id), len(self.ids)):
            yield self.rows[self.ids[at]]

    def all(self) -> Iterable[Row]:
        """Give all rows."""
        return self.rows.values()

    def _key(self, name: str, value: str) -> str:
        return value.casefold() if name in self._folded else value

    def _note(self, name: str, row: Row) -> None:
        value = row.get(name)
        if value is not None:
            self._indexes[name].setdefault(self._key(name, str(value)), {})[row["Id"]] = None

    def _forget(self, name: str, row: Row) -> None:
        value = row.get(name)
        if value is not None:
            key = self._key(name, str(value))
            ids = self._indexes[name][key]
            del ids[row["Id"]]
            if not ids:
                del self._indexes[name][key]

    def _forget_stamp(self, row: Row) -> None:
        at = bisect_left(self.stamps, (row["SystemModstamp"], row["Id"]))
        del self.stamps[at]
