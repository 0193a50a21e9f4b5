"""What a note in the history of a record says of a change: each field before and after, of lists what became of rows.

For people; what is personal is masked. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tieout.model import Value
from tieout.sync.masking import MASK
from tieout.sync.words import Item, ListWrite, Write
from tieout.values import dumps

LONGEST = 200
"""Characters of one value; a note is no copy of the record."""
WHOLE = 2000
"""Characters of a note of many lines: what is beyond is counted. A system that takes less cuts it."""


def field_line(write: Write) -> str:
    """Tell one field."""
    name = ".".join(write.names)
    if write.pii:
        return f"{name}: {MASK}"
    after = _shown(write.sent) if write.awaits is None else f"the partner of {write.awaits.id}"
    return f"{name}: {after}" if write.before is None else f"{name}: {_shown(write.before)} -> {after}"


def rows_line(rows: ListWrite) -> str:
    """Tell one list in a line."""
    name, new = ".".join(rows.names), sum(item.id is None for item in rows.items)
    changed = sum(item.id is not None and bool(item.fields) for item in rows.items)
    removed = len(rows.before) - (len(rows.items) - new)
    return f"{name}: {new} added, {changed} changed, {max(removed, 0)} removed, {len(rows.items)} in all"


def row_lines(rows: ListWrite) -> Iterator[str]:
    """Tell each row that changes or is new, by its place."""
    for place, item in enumerate(rows.items, 1):
        if item.fields or item.awaits:
            told = [_cell(item, rule) for rule in sorted(item.fields.keys() | item.awaits.keys())]
            yield f"  row {place}{' (new)' if item.id is None else ''}: {', '.join(told)}"


def _cell(item: Item, rule: str) -> str:
    before, sent, _ = item.fields.get(rule, (None, None, None))
    name = ".".join(item.paths[rule]) if rule in item.paths else rule
    if rule in item.personal:
        return f"{name} {MASK}"
    after = _shown(sent) if rule not in item.awaits else f"the partner of {item.awaits[rule].id}"
    return f"{name} {after}" if before is None else f"{name} {_shown(before)} -> {after}"


def cut(lines: Sequence[str]) -> str:
    """Give as many lines as a note has room for, and how many are left out."""
    kept: list[str] = []
    room = WHOLE
    for place, line in enumerate(lines):
        room -= len(line) + 1
        if room < 0:
            return "\n".join([*kept, f"… and {len(lines) - place} lines more"])
        kept.append(line)
    return "\n".join(kept)


def _shown(value: Value) -> str:
    text = value if isinstance(value, str) else "(blank)" if value is None else dumps(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
