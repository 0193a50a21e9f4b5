"""A saved plan as people read it: in a terminal, as JSON, in a file of a pull request. Personal data is masked.

`apply FILE` takes only the digest from such a file, and the values from the store (`schemas/plan.schema.json`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from sqlalchemy import Connection as Tx

from tieout.mapping.compiled import CompiledMapping, Pair, Rule, put
from tieout.mapping.pick import PREFIX
from tieout.model import Value
from tieout.store import plans
from tieout.store.plans import Saved, Stored
from tieout.sync.codec import planned
from tieout.sync.lists import sent_rows
from tieout.sync.masking import MASK
from tieout.sync.noting import note_in
from tieout.sync.picked import PICKED
from tieout.sync.resting import as_text, rows_resting_on
from tieout.sync.rights import lacking
from tieout.sync.words import INTERNAL, Awaited, Item, ListWrite, Planned, Write
from tieout.values import unit

View = dict[str, Value]
CONSTANT = "constant"
FIRST = "first of "
"""Where a value comes from: it stands in the mapping itself; or from the first of several cases that has one."""


def head_view(saved: Saved) -> View:
    """Give the head of a plan; one that takes a run back names that run, and what of it is left."""
    taken_back: View = {name: saved.head[name] for name in ("undoes", "left") if name in saved.head}
    return {
        "plan": saved.digest,
        "environment": saved.environment,
        "made": saved.made,
        "mappings": dict(saved.mappings),
        "state": saved.state,
        "summary": saved.head.get("counts", {}),
        "effect": saved.head.get("effect", {}),
        "notes": saved.head.get("notes", []),
        **taken_back,
    }


def operation_views(tx: Tx, digest: str, mappings: Mapping[str, CompiledMapping]) -> Iterator[View]:
    """Give every operation of a plan in the order in which it is applied."""
    for stored in plans.stream(tx, digest):
        yield operation_view(stored, mappings.get(stored.mapping))


def operation_view(stored: Stored, mapping: CompiledMapping | None) -> View:
    """Give one operation; `mapping` None: its mapping is gone, and ends have no names."""
    operation = planned(
        stored.verb, stored.mapping, stored.pair, stored.end, stored.record, stored.source, stored.phase, stored.body
    )
    names = ("0", "1") if mapping is None else (mapping.sides[0].name, mapping.sides[1].name)
    here, there = names[operation.end], names[1 - operation.end]
    one = mapping.parts.side if mapping is not None and mapping.parts is not None else None
    source = reference(stored.mapping, there, operation.source, operation.part if there == one else "")
    view: View = {"do": _do(operation, here), "source": source}
    if operation.record is not None:
        view["record"] = reference(stored.mapping, here, operation.record, operation.part if here == one else "")
    if operation.title:
        view["title"] = operation.title
    view["why"] = operation.why
    rights = () if mapping is None else lacking(operation, mapping.sides[operation.end].type)
    if rights and stored.ended is None:
        view["lacks"] = list(rights)
    fields: View = {write.rule: {**_field(write), **_from(write.rule, mapping, there)} for write in operation.writes}
    if fields:
        view["fields"] = fields
    lists: View = {
        rows.rule: {**_rows(rows), **_from(rows.rule, mapping, there)} for rows in operation.lists if rows.sends
    }
    if lists:
        view["lists"] = lists
    view |= _asked_for(operation)
    agreed: list[Value] = [agree.rule for agree in operation.agrees if not agree.rule.startswith(PREFIX)]
    if agreed:
        view["agree"] = agreed
    if operation.effect:
        view["effect"] = dict(operation.effect)
    if operation.figures:
        view["figures"] = {
            str(name): amount for name, amount, _ in (cast("list[Value]", row) for row in operation.figures)
        }
    if stored.ended is not None:
        view["ended"] = stored.ended
        view["detail"] = stored.detail
    return view


def _asked_for(operation: Planned) -> View:
    """Give what a person asked for beside the values: what is picked, and what is written into a history."""
    told: View = {"note": note_in(operation)} if note_in(operation) else {}
    return told | ({"picks": operation.evidence[PICKED]} if PICKED in operation.evidence else {})


def reference(mapping: str, side: str, id_: str, part: str = "") -> str:
    """Name a record as the command line does: `customers/crm:001…`."""
    return f"{mapping}/{side}:{unit(id_, part)}"


def _do(operation: Planned, side: str) -> str:
    return str(operation.kind) if operation.kind in INTERNAL else f"{operation.kind} in {side}"


def _from(key: str, mapping: CompiledMapping | None, there: str) -> View:
    """Say where the value of a rule comes from, of a list where those of its fields do; `there`: the source's side."""
    for rule in () if mapping is None else mapping.rules:
        if rule.key == key:
            return {"from": origin(rule, there)}
    for rows in () if mapping is None else mapping.lists:
        if rows.key == key:
            return {"from": {one.key.rpartition("[].")[2]: origin(one, there) for one in rows.rules}}
    return {}


def origin(rule: Rule, there: str) -> str:
    """Say from what a rule makes its value: the other side's field, an expression, a constant, the first of several."""
    if isinstance(rule, Pair):
        return f"{there}.{rule.paths[there].text}" if there in rule.paths else ""
    told = list(dict.fromkeys(CONSTANT if case.source is None else case.source.text for case in rule.cases))
    whole = told[0] if len(told) == 1 else FIRST + ", ".join(told)
    return whole if rule.default is None else f"{whole}, else its default"


def _field(write: Write) -> View:
    before, after = (MASK, MASK) if write.pii else (write.before, _sent(write.sent, write.awaits))
    view: View = {"after": after, "why": write.why}
    if write.before is not None:
        view["before"] = before
    if write.loser is not None:
        view["overrides"] = MASK if write.pii else write.loser
    if write.at:
        view["at"] = write.at
    if write.note and write.why != "create":  # it is about changes: a new record is nobody's other one
        view["note"] = write.note
    if write.money is not None:
        view["currency"] = write.money
    if write.evidence:
        view["evidence"] = as_text(write.evidence)
    return view


def _sent(sent: Value, awaits: Awaited | None) -> Value:
    return sent if awaits is None else f"(the partner of {awaits.id} in {awaits.mapping})"


def _shown(item: Item) -> Item:
    """Show what a value of a row waits for in its place, and mask what is personal."""
    row = dict(item.sent)
    fields = dict(item.fields)
    for rule, awaited in item.awaits.items():
        put(row, item.paths[rule], _sent(None, awaited))
    for rule in item.personal & item.paths.keys():
        put(row, item.paths[rule], None)  # objects are merged: first make room
        put(row, item.paths[rule], MASK)
        fields[rule] = (None if fields[rule][0] is None else MASK, MASK, MASK)
    return replace(item, sent=row, fields=fields)


def _rows(rows: ListWrite) -> View:
    items = [_shown(item) for item in rows.items]
    sent = sent_rows(replace(rows, items=items))
    new = [row for row, item in zip(sent, items, strict=True) if item.id is None]
    changed: list[Value] = [
        {
            "id": MASK if "id" in item.personal else item.id,
            **{rule: {"before": was, "after": now} for rule, (was, now, _) in item.fields.items()},
        }
        for item in items
        if item.id is not None and item.fields
    ]
    removed = len(rows.before) - sum(item.id is not None for item in rows.items)
    view: View = {"why": rows.why, "rows": str(len(rows.items))}
    if new:
        view["added"] = new
    if changed:
        view["changed"] = changed
    if removed:
        view["removed"] = str(removed)
    resting = rows_resting_on(rows)
    if resting:
        view["evidence"] = {rule: as_text(told) for rule, told in resting.items()}
    return view
