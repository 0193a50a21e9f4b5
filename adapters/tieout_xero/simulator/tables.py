"""Rows of one object with sorted and hashed indexes, and an undo journal for all-or-nothing requests.

Rows are dictionaries that nobody changes once they are stored: a change stores a new one. So a roll-back is the list of
former rows, and 100,000 rows are paged without sorting them anew.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tieout_xero.simulator.codec import Row

STAMP = "UpdatedDateUTC"
Rule = Callable[[Row], Hashable | None]


@dataclass(slots=True)
class Journal:
    """The former rows of everything stored, newest last."""

    entries: list[tuple[Table, str, Row | None]] = field(default_factory=list)

    def mark(self) -> int:
        """Name this moment."""
        return len(self.entries)

    def roll_back(self, mark: int) -> None:
        """Undo all that was stored since `mark`."""
        while len(self.entries) > mark:
            table, id, row = self.entries.pop()
            table.swap(id, row)

    def forget(self) -> None:
        """What was stored stays."""
        self.entries.clear()


class Table:
    """Rows of one object by id, sorted by id and by (stamp, id), and found through named indexes.

    An index is a rule that gives a row's key, or None for "not in this index".
    """

    def __init__(self, key: str, journal: Journal, **indexes: Rule) -> None:
        self.key = key
        self.rows: dict[str, Row] = {}
        self.by_id: list[str] = []
        self.by_stamp: list[tuple[datetime, str]] = []
        self._journal = journal
        self._rules: Mapping[str, Rule] = indexes
        self._indexes: dict[str, dict[Hashable, dict[str, None]]] = {name: {} for name in indexes}

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, id: object) -> Row | None:
        """Give the row, or None."""
        return self.rows.get(id) if isinstance(id, str) else None

    def put(self, row: Row) -> None:
        """Store a row under its id, in place of the former one."""
        id = row[self.key]
        self._journal.entries.append((self, id, self.rows.get(id)))
        self.swap(id, row)

    def remove(self, id: str) -> None:
        """Take a row away."""
        self._journal.entries.append((self, id, self.rows.get(id)))
        self.swap(id, None)

    def find(self, index: str, key: Hashable) -> Sequence[Row]:
        """Give the rows under a key of an index, in the order of their coming."""
        return [self.rows[id] for id in self._indexes[index].get(key, ())]

    def holds(self, index: str, key: Hashable) -> bool:
        """Tell whether any row stands under a key of an index."""
        return key in self._indexes[index]

    def since(self, moment: datetime, *, inclusive: bool) -> Sequence[Row]:
        """Give the rows stamped at (if `inclusive`) or after a moment, by (stamp, id)."""
        start = bisect_left(self.by_stamp, (moment, "" if inclusive else "~"))
        return [self.rows[id] for _, id in self.by_stamp[start:]]

    def swap(self, id: str, row: Row | None) -> None:
        """Replace, add or (None) drop a row without a note in the journal."""
        old = self.rows.pop(id, None)
        if old is not None:
            self._unindex(id, old)
        if row is not None:
            self.rows[id] = row
            self._index(id, row)
        self._sort(id, old, row)

    def _sort(self, id: str, old: Row | None, row: Row | None) -> None:
        if old is None and row is not None:
            insort(self.by_id, id)
        if old is not None and row is None:
            del self.by_id[bisect_left(self.by_id, id)]
        before: datetime | None = old[STAMP] if old is not None else None
        after: datetime | None = row[STAMP] if row is not None else None
        if before == after:
            return
        if before is not None:
            del self.by_stamp[bisect_left(self.by_stamp, (before, id))]
        if after is not None:
            insort(self.by_stamp, (after, id))

    def _index(self, id: str, row: Row) -> None:
        for name, rule in self._rules.items():
            if (key := rule(row)) is not None:
                self._indexes[name].setdefault(key, {})[id] = None

    def _unindex(self, id: str, row: Row) -> None:
        for name, rule in self._rules.items():
            if (key := rule(row)) is not None:
                ids = self._indexes[name][key]
                del ids[id]
                if not ids:
                    del self._indexes[name][key]
