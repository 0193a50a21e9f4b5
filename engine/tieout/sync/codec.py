"""Planned operations as they are stored in the plan and in the journal, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from tieout.model import Value
from tieout.sync.words import Agree, Awaited, Base, Child, Item, Kind, ListWrite, Planned, Quality, Turns, Write
from tieout.values import digest, dumps

Body = Mapping[str, Value]


def body(operation: Planned) -> dict[str, Value]:
    """Write all of an operation that is not a column."""
    return {
        "part": operation.part,
        "link": None if operation.link is None else str(operation.link),
        "generation": str(operation.generation),
        "key": operation.key,
        "why": operation.why,
        "title": operation.title,
        "writes": [_write(write) for write in operation.writes],
        "lists": [_list(rows) for rows in operation.lists],
        "agrees": [_agree(agree) for agree in operation.agrees],
        "evidence": dict(operation.evidence),
        "before": dict(operation.before),
        "effect": dict(operation.effect),
        **({"figures": list(operation.figures)} if operation.figures else {}),
        **({"allowed": list(operation.allowed)} if operation.allowed else {}),
    }


def planned(
    kind: str, mapping: str, pair: int, end: int, record: str | None, source: str, phase: int, kept: Body
) -> Planned:
    """Read an operation back."""
    link = kept["link"]
    return Planned(
        Kind(kind),
        mapping,
        pair,
        end,
        record,
        source,
        part=_text(kept["part"]),
        link=None if link is None else int(_text(link)),
        generation=int(_text(kept["generation"])),
        key=_text(kept["key"]),
        writes=[_read_write(row) for row in _rows(kept["writes"])],
        lists=[_read_list(row) for row in _rows(kept["lists"])],
        agrees=[_read_agree(row) for row in _rows(kept["agrees"])],
        why=_text(kept["why"]),
        evidence=_object(kept["evidence"]),
        phase=phase,
        title=_text(kept["title"]),
        before=_object(kept["before"]),
        effect=_object(kept["effect"]),
        figures=cast("list[Value]", kept.get("figures", [])),
        allowed=_names(kept.get("allowed", [])),
    )


def stored_body(operation: Planned, *, uncounted: bool) -> tuple[str, str]:
    """Give an operation as it is stored, and its digest: equal plans have equal digests, whatever run made them."""
    kept = body(operation)
    link = kept.pop("link")
    text = dumps(kept)
    head = dumps([str(operation.kind), operation.mapping, str(operation.end), operation.record, operation.source])
    rest = dumps({"link": link, "mapping": operation.mapping, "uncounted": uncounted})
    return text[:-1] + "," + rest[1:], digest(head + text)


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _rows(value: Value) -> list[Body]:
    return cast("list[Body]", value if isinstance(value, list) else [])


def _object(value: Value) -> dict[str, Value]:
    return dict(value) if isinstance(value, Mapping) else {}


def _names(value: Value) -> tuple[str, ...]:
    return tuple(str(name) for name in cast("list[Value]", value))


def _write(write: Write) -> Body:
    """Write one field; what is as usual is left out, for plans are long."""
    kept: dict[str, Value] = {"rule": write.rule, "end": str(write.end), "names": list(write.names), "why": write.why}
    values = {"before": write.before, "sent": write.sent, "source": write.source}
    kept |= {name: value for name, value in values.items() if value is not None}
    if write.pii:
        kept["pii"] = True
    if write.halfway:
        kept["halfway"] = True
    if write.decided:
        kept["decided"] = True
    if write.loser is not None:
        kept["loser"] = write.loser
    if write.awaits is not None:
        kept["awaits"] = _awaits(write.awaits)
    if write.evidence:
        kept["evidence"] = dict(write.evidence)
    texts = {"at": write.at, "note": write.note, "money": write.money}
    return kept | {name: text for name, text in texts.items() if text}


def _read_write(row: Body) -> Write:
    money = row.get("money")
    return Write(
        _text(row["rule"]),
        int(_text(row["end"])),
        _names(row["names"]),
        row.get("before"),
        row.get("sent"),
        row.get("source"),
        _text(row["why"]),
        bool(row.get("pii")),
        row.get("loser"),
        _read_awaits(row.get("awaits")),
        _text(row.get("at")),
        _text(row.get("note")),
        money if isinstance(money, str) else None,
        bool(row.get("halfway")),
        bool(row.get("decided")),
        _object(row.get("evidence")),
    )


def _awaits(awaited: Awaited | None) -> Value:
    if awaited is None:
        return None
    return {"mapping": awaited.mapping, "end": str(awaited.end), "id": awaited.id, "path": awaited.path}


def _read_awaits(row: Value) -> Awaited | None:
    if not isinstance(row, Mapping):
        return None
    path = row["path"]
    return Awaited(
        _text(row["mapping"]), int(_text(row["end"])), _text(row["id"]), path if isinstance(path, str) else None
    )


def _agree(agree: Agree) -> Body:
    return {"rule": agree.rule, "values": list(agree.values), "quality": str(agree.quality), "why": agree.why}


def _read_agree(row: Body) -> Agree:
    first, second = cast("list[Value]", row["values"])
    return Agree(_text(row["rule"]), (first, second), Quality(_text(row["quality"])), _text(row["why"]))


def _list(rows: ListWrite) -> Body:
    rare: dict[str, Value] = {"gone": [list(ids) for ids in rows.gone]} if rows.gone else {}
    if rows.emptied:
        rare["emptied"] = True
    if rows.resting:
        rare["resting"] = [list(ids) for ids in rows.resting]
    if rows.answered:
        rare["answered"] = list(rows.answered)
    return {
        **rare,
        "rule": rows.rule,
        "end": str(rows.end),
        "names": list(rows.names),
        "before": [dict(row) for row in rows.before],
        "items": [_item(item) for item in rows.items],
        "why": rows.why,
        "at": rows.at,
        "agreed": [_child(child) for child in rows.agreed],
    }


def _read_list(row: Body) -> ListWrite:
    return ListWrite(
        _text(row["rule"]),
        int(_text(row["end"])),
        _names(row["names"]),
        _rows(row["before"]),
        [_read_item(item) for item in _rows(row["items"])],
        _text(row["why"]),
        _text(row["at"]),
        [_read_child(child) for child in _rows(row["agreed"])],
        _pairs(row.get("gone")),
        bool(row.get("emptied")),
        _pairs(row.get("resting")),
        _names(row.get("answered", [])),
    )


def _pairs(value: Value) -> list[tuple[str, str]]:
    return [(first, second) for first, second in map(_names, value if isinstance(value, list) else [])]


def _item(item: Item) -> Body:
    rare: dict[str, Value] = {"personal": sorted(item.personal)} if item.personal else {}
    if item.evidence:
        rare["evidence"] = {rule: dict(told) for rule, told in item.evidence.items()}
    if item.decided:
        rare["decided"] = sorted(item.decided)
    return {
        **rare,
        "source": item.source,
        "ordinal": str(item.ordinal),
        "id": item.id,
        "sent": dict(item.sent),
        "fields": {rule: list(values) for rule, values in item.fields.items()},
        "awaits": {rule: _awaits(awaited) for rule, awaited in item.awaits.items()},
        "paths": {rule: list(names) for rule, names in item.paths.items()},
    }


def _read_item(row: Body) -> Item:
    id_ = row["id"]
    fields = {rule: cast("tuple[Value, Value, Value]", tuple(cast("list[Value]", values)))
              for rule, values in _object(row["fields"]).items()}  # fmt: skip
    awaits = {rule: made for rule, kept in _object(row["awaits"]).items() if (made := _read_awaits(kept)) is not None}
    return Item(
        _text(row["source"]),
        int(_text(row["ordinal"])),
        id_ if isinstance(id_, str) else None,
        _object(row["sent"]),
        fields,
        awaits,
        {rule: _names(names) for rule, names in _object(row["paths"]).items()},
        frozenset(_names(row.get("personal", []))),
        {rule: _object(told) for rule, told in _object(row.get("evidence")).items()},
        frozenset(_names(row.get("decided", []))),
    )


def _child(child: Child) -> Body:
    return {"ids": list(child.ids), "ordinal": str(child.ordinal), "base": base_text(child.base)}


def _read_child(row: Body) -> Child:
    first, second = _names(row["ids"])
    return Child((first, second), int(_text(row["ordinal"])), bases(_object(row["base"])))


def base_text(base: Mapping[str, Base]) -> dict[str, Value]:
    """Write bases as they are stored: rule -> [value of end 0, value of end 1, quality], and turns where there are."""
    return {rule: _base(kept) for rule, kept in base.items()}


def _base(kept: Base) -> list[Value]:
    text: list[Value] = [kept.values[0], kept.values[1], str(kept.quality)]
    if kept.turns is not None:
        turns = kept.turns
        text.append([str(turns.end), *turns.was, str(turns.count), turns.rule])
    return text


def bases(stored: Body) -> dict[str, Base]:
    """Read bases."""
    found: dict[str, Base] = {}
    for rule, kept in stored.items():
        first, second, quality, *rest = cast("list[Value]", kept)
        found[rule] = Base((first, second), Quality(_text(quality)), _turns(rest[0]) if rest else None)
    return found


def _turns(kept: Value) -> Turns:
    end, first, second, count, rule = _names(kept)
    return Turns(int(end), (first, second), int(count), rule)


def plan_row(seq: int, operation: Planned, text: str) -> dict[str, object]:
    """Give the row under which a plan keeps an operation; `text`: its stored body."""
    return {
        "seq": seq,
        "mapping": operation.mapping,
        "pair": operation.pair,
        "end": operation.end,
        "verb": str(operation.kind),
        "record": operation.record,
        "source": operation.source,
        "phase": operation.phase,
        "body": text,
    }
