"""`notices`: events on certain days, compiled."""

from __future__ import annotations

from collections.abc import Iterator

from tieout.language.nodes import MapNode, ScalarNode
from tieout.mapping.amounts import coins_read
from tieout.mapping.draft import Draft, Ground
from tieout.mapping.names import field_of, read_expression
from tieout.mapping.notice import Notice, Tell
from tieout.model import Field, Kind

ROOTS = frozenset({"settings", "run", "link", "pick"})
DAYS = frozenset({Kind.DATE, Kind.INSTANT})
"""Kinds of fields that give a day; text may hold one."""


def notices(root: MapNode, ground: Ground, draft: Draft) -> tuple[Notice, ...]:
    """Compile all notices."""
    table = root.table("notices")
    found = [_notice(name, table.table(name), ground, draft) for name in table.entries]
    return tuple(one for one in found if one is not None)


def _notice(name: str, node: MapNode, ground: Ground, draft: Draft) -> Notice | None:
    records = ground.records()
    when = read_expression(node.get("when"), ground, draft, records, ROOTS)
    written = node.get("date")
    date = read_expression(written, ground, draft, records, ROOTS)
    steps = [int(str(day.value)) for day in node.list("days") if isinstance(day, ScalarNode)]
    if date is None or written is None:
        return None
    for side, paths in date.reads.items():
        fields = [field_of(records[side], path, ground) for path in paths if path] if side in records else []
        for wrong in (field for field in fields if field is not None and not _gives_a_day(field)):
            message = f"{side}.{wrong.path} is {wrong.kind.value}, and no day"
            draft.error("wrong-kind", message, written.at, "read a date")
    told = tuple(_tells(node.table("tell"), ground, draft))
    return Notice(name, when, date, tuple(sorted(set(steps))), node.text("say", name), node.at, told)


def _tells(node: MapNode, ground: Ground, draft: Draft) -> Iterator[Tell]:
    records = ground.records()
    for name, written in node.entries.items():
        value = read_expression(written, ground, draft, records, ROOTS)
        if value is not None:
            yield Tell(name, value, coins_read(value, records, ground))


def _gives_a_day(field: Field) -> bool:
    return field.kind in DAYS or field.kind is Kind.TEXT
