"""How a row of a list is known again: by its id, or by a natural key and its number among equals. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tieout.mapping.compiled import ListRule, Missing, Path
from tieout.model import Value
from tieout.sync.sight import Sight
from tieout.sync.steps import fingerprint
from tieout.sync.words import ListWrite

Row = Mapping[str, Value]
ALIKE = "make the rows alike on both sides by hand: then they are known again"
ADDED = "or have them added: tieout retry"
"""What a person can do about new rows that may be there already."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row; `id` "": it has nothing by which it could be known again."""

    id: str
    row: Row


def row_print(source: str, ordinal: int) -> str:
    """Fingerprint what a new row of a list is made for: the source's row, by its id and its number among equals."""
    return fingerprint(source, ordinal)


def unknown_rows(rows: Sequence[str]) -> dict[str, Value]:
    """Write what is kept of new rows that may be there already, and what a person can do about it."""
    return {"rows": list(rows), "ways_out": [ALIKE, ADDED]} if rows else {}


def adds_again(write: ListWrite, unknown: Collection[str]) -> bool:
    """Say whether a write adds rows that may be there already."""
    new = (item for item in write.items if item.id is None)
    return any(row_print(item.source, item.ordinal) in unknown for item in new)


def read_key(path: Path, row: Row) -> Value:
    """Give the value of a row at a path, None where there is none."""
    value = path.read(row)
    return None if isinstance(value, Missing) else value


def lines(rule: ListRule, side: str, rows: Sequence[Row]) -> list[Line]:
    """Give the rows of one side with their ids; the second of two equal keys is "key (2)"."""
    path = rule.ids.get(side)
    taken: set[str] = set()
    found = []
    for row in rows:
        value = None if path is None else read_key(path, row)
        id_ = "" if value is None or value == "" else _unused(str(value), taken)
        taken.add(id_)
        found.append(Line(id_, row))
    return found


def present_lines(rule: ListRule, sight: Sight, end: int) -> list[Line] | None:
    """Give the rows of one end; None: the list could not be read, and an absent list is not an empty one."""
    image, side = sight.images[end], sight.mapping.sides[end].name
    if image is None:
        return []
    value = rule.paths[side].read(image.record)
    if isinstance(value, Missing):
        return None
    return lines(rule, side, [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else [])


def _unused(key: str, taken: set[str]) -> str:
    id_, number = key, 1
    while id_ in taken:
        number += 1
        id_ = f"{key} ({number})"
    return id_
