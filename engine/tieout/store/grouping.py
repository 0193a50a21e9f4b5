"""Which records share a key: grouped on disk, in a database of this process's own that goes when it is closed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

_FEW = 1
"""A group begins above so many."""


class Groups:
    """Takes records with their keys, in any number, and gives those that share one."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")  # a file of its own where it grows large, named nowhere
        self._database.execute("CREATE TABLE keyed (rule INTEGER, value TEXT, id TEXT, PRIMARY KEY (rule, value, id))")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._database.close()

    def add(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Take (rule, key, id) of records."""
        self._database.executemany("INSERT OR IGNORE INTO keyed VALUES (?, ?, ?)", rows)

    def shared(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Give each rule and the ids that have the same key under it, where there are several."""
        found = self._database.execute("SELECT rule, value, id FROM keyed ORDER BY rule, value, id")
        group: list[str] = []
        last: tuple[int, str] | None = None
        for rule, value, id_ in found:
            if (rule, value) != last:
                if last is not None and len(group) > _FEW:
                    yield last[0], tuple(group)
                last, group = (rule, value), []
            group.append(id_)
        if last is not None and len(group) > _FEW:
            yield last[0], tuple(group)
