"""A plan as a person reads it: what would be done to which record, field by field, and what the books show of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from tieout.model import Value
from tieout.report.amounts import DEFAULT, written
from tieout.sync.planview import CONSTANT, FIRST
from tieout.values import dumps, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from tieout.sync.planview import View

    Style = Callable[[str], str]

LONGEST = 70
"""Characters of a value in a line."""
ALIKE = 5
"""Records that are shown of those that are left for one reason."""
LABEL = 28
WIDEST = 48
"""Characters of a field's name: at least, and at most, so that values stand below each other."""


def shown(value: Value) -> str:
    """Show a value in one line: text bare, nothing as (blank), lists and objects as JSON."""
    if value is None or value == "":
        return "(blank)"
    if isinstance(value, Decimal):
        return number(value)
    text = value if isinstance(value, str) else dumps(value)
    flat = " ⏎ ".join(text.splitlines()) if "\n" in text or "\r" in text else text
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"


def operation_lines(view: View, *, strong: Style, dim: Style, locale: str = DEFAULT) -> Iterator[str]:
    """Show one operation: its head, its fields with before and after, its lists; amounts as `locale` writes them."""
    subject = " ↔ ".join(_subjects(view))
    title = f"  {shown(view['title'])}" if view.get("title") else ""
    why = f"  {dim(str(view['why']))}" if view.get("why") else ""
    yield f"{strong(str(view['do']))}  {subject}{title}{why}"
    lacks = view.get("lacks")
    if isinstance(lacks, list):
        yield f"    not sent: this login may not {', '.join(map(str, lacks))}"
    wide = min(WIDEST, max([LABEL, *(len(name) for name, _ in _entries(view.get("fields")))]))
    for name, picked in _entries(view.get("picks")):
        yield f"    {f'pick {name}':<{wide}} {shown(picked['label'])}  {dim(str(picked['from']))}"
    for line in str(view.get("note") or "").splitlines():
        yield f"    | {line}"
    for name, field in _entries(view.get("fields")):
        yield f"    {name:<{wide}} " + _field(field, dim, locale)
    for name, rows in _entries(view.get("lists")):
        yield f"    {name:<{wide}} " + _list(rows)
        yield from _rows(rows)


def _subjects(view: View) -> list[str]:
    """Name what an operation is about: the record that it writes; its source, too, where only that tells the part."""
    source, record = str(view["source"]), str(view.get("record") or "")
    if not record:
        return [source]
    return [source, record] if "#" in source else [record]


def left_lines(left: Value, *, strong: Style, dim: Style) -> Iterator[str]:
    """Show what of a run can't be taken back, why, and what is legal instead; many for one reason are counted."""
    alike: dict[tuple[str, str, str], list[Mapping[str, Value]]] = {}
    for one in left if isinstance(left, list) else []:
        if isinstance(one, Mapping):
            mapping = str(one["record"]).partition("/")[0]
            alike.setdefault((mapping, str(one["why"]), dumps(one.get("ways_out"))), []).append(one)
    for found in alike.values():
        for one in found[:ALIKE]:
            field = f" {one['field']}" if one.get("field") else ""
            yield f"{strong('left')}  {one['record']}{field}  {one['why']}"
        if len(found) > ALIKE:
            yield dim(f"      … and {len(found) - ALIKE} more of this mapping, for the same reason: --out FILE has all")
        ways = found[0].get("ways_out")
        yield from (dim(f"    instead: {way}") for way in (ways if isinstance(ways, list) else []))


def _entries(given: Value) -> Iterable[tuple[str, Mapping[str, Value]]]:
    if not isinstance(given, Mapping):
        return ()
    return [(name, inner) for name, inner in given.items() if isinstance(inner, Mapping)]


def _field(field: Mapping[str, Value], dim: Style, locale: str) -> str:
    currency = str(field.get("currency") or "")
    change = f"{_amount(field.get('after'), currency, locale)} {currency}".rstrip()
    if "before" in field:
        change = f"{_amount(field['before'], currency, locale)} → {change}"
    beside = [_why(field)] if field.get("why") else []
    if "overrides" in field:
        beside.append(f"overrides {shown(field['overrides'])}")
    if field.get("evidence"):
        beside.append(str(field["evidence"]))
    if field.get("note"):
        beside.append(str(field["note"]))
    return change + (f"  {dim('; '.join(beside))}" if beside else "")


def _why(field: Mapping[str, Value]) -> str:
    """Say why a field is written; of a new record that is plain, so where the value comes from."""
    origin = str(field.get("from") or "")
    if field["why"] != "create" or not origin:
        return str(field["why"])
    return shown(origin) if origin == CONSTANT or origin.startswith(FIRST) else f"from {shown(origin)}"


def _amount(value: Value, currency: str, locale: str) -> str:
    return written(value, currency, locale) if currency and isinstance(value, Decimal) else shown(value)


def _list(rows: Mapping[str, Value]) -> str:
    added, changed = _count(rows.get("added")), _count(rows.get("changed"))
    parts = [f"{added} added" if added else "", f"{changed} changed" if changed else ""]
    parts.append(f"{rows['removed']} removed" if rows.get("removed") else "")
    told = ", ".join(part for part in parts if part) or "unchanged"
    return f"{rows['rows']} row{'' if rows['rows'] == '1' else 's'}: {told}"


def _rows(rows: Mapping[str, Value]) -> Iterator[str]:
    added = rows.get("added")
    for row in added if isinstance(added, list) else []:
        if isinstance(row, Mapping):
            yield "      + " + ", ".join(f"{name} {shown(value)}" for name, value in row.items() if value is not None)
    changed = rows.get("changed")
    for row in changed if isinstance(changed, list) else []:
        for name, field in _entries(row):
            yield f"      ~ {name} {shown(field.get('before'))} → {shown(field.get('after'))}"


def _count(given: Value) -> int:
    return len(given) if isinstance(given, list) else 0


def as_decimals(effect: Value) -> dict[str, dict[str, Decimal]]:
    """Read the effect of a saved plan's head."""
    if not isinstance(effect, Mapping):
        return {}
    return {
        what: {detail: Decimal(str(amount)) for detail, amount in sums.items()}
        for what, sums in effect.items()
        if isinstance(sums, Mapping)
    }


def plain_json(value: Value) -> object:
    """Give a value for a program: amounts as text, so that no reader makes floats of them."""
    return json.loads(json.dumps(value, default=_json))


def _json(value: object) -> object:
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no value of the engine")
