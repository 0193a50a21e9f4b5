"""Entries of the audit log in words: what was done to which record, by whom; personal values masked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tieout.report.standing import PairNames
from tieout.store import overview
from tieout.sync.noticing import rule_of
from tieout.sync.resting import as_text
from tieout.sync.telling import is_personal
from tieout.values import dumps

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieout.mapping.compiled import CompiledMapping
    from tieout.report.standing import SideNames
    from tieout.store.trail import Line

MASK = "(masked)"
BY_RULE = ("writes", "base", "before", "lost", "told")
"""Parts of an entry's values that are given by rule."""
BY_LIST = ("lists", "children")
MOST = 6
"""Names of rules in one line."""


@dataclass(frozen=True, slots=True)
class Personal:
    """Which rules are known to hold nothing personal; of all others, and where a mapping is gone, values are masked."""

    plain: frozenset[str]

    @classmethod
    def of(cls, mappings: Iterable[CompiledMapping]) -> Personal:
        """Read it from the mappings as they are now."""
        plain, personal = set[str](), set[str]()
        for mapping in mappings:
            for rule in mapping.rules:
                (personal if rule.pii else plain).add(rule.key)
            for rows in mapping.lists:
                (personal if any(inner.pii for inner in rows.rules) else plain).add(rows.key)
            for notice in mapping.notices:
                for one in notice.tell:
                    (personal if is_personal(mapping, one) else plain).add(rule_of(notice.name, one.name))
        return cls(frozenset(plain - personal))

    def masked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give an entry's values for people."""
        return {name: self._part(name, value) for name, value in values.items()}

    def _part(self, name: str, value: Any) -> Any:
        if name in (*BY_RULE, *BY_LIST) and isinstance(value, Mapping):
            return {rule: kept if rule in self.plain else MASK for rule, kept in value.items()}
        return value


@dataclass(frozen=True, slots=True)
class Names:
    """Puts ids into names, within one transaction."""

    tx: Connection
    sides: SideNames

    def of(self, line: Line) -> list[str]:
        """Name the records that an entry is about."""
        told = line.told
        if told.get("link") is not None:
            return self._link(int(told["link"]))
        if told.get("scope") is not None:
            kind, _, rest = str(told["scope"]).partition(":")
            if kind == "link":
                return self._link(int(rest))
            place, _, record = rest.partition(":")
            return [self.one(int(told["pair"]), int(place), record)]
        if told.get("pair") is not None and told.get("end") is not None:
            end = int(told["end"])
            ids = ((end, told.get("record")), (1 - end, told.get("source")))
            part = str(told.get("part") or "")
            return [self.one(int(told["pair"]), at, str(id_), part) for at, id_ in sorted(ids) if id_ is not None]
        if told.get("records") and isinstance(told["records"], list):
            return [str(name) for name in told["records"]]
        return [name for number in told.get("links", ()) for name in self._link(int(number))]

    def _link(self, number: int) -> list[str]:
        found = overview.link_of(self.tx, number)
        if found is None:
            return [f"link {number}"]
        return [self.one(found.pair, end, id_, found.part) for end, id_ in enumerate(found.ids)]

    def one(self, pair: int, end: int, id_: str, part: str = "") -> str:
        """Name one record, or the part of it that is meant."""
        return self.sides.get(pair, PairNames.unknown(pair)).record(end, id_, part)


def as_json(line: Line, names: Names, *, values: Mapping[str, Any] | None = None) -> dict[str, object]:
    """Give an entry for a program; `values` as they are to be shown, None: not at all."""
    made: dict[str, object] = {
        "seq": line.seq,
        "at": line.at,
        "run": line.run or None,
        "who": line.who,
        "kind": line.kind,
        "records": names.of(line),
        "link": int(line.told["link"]) if line.told.get("link") is not None else None,
        "about": json.loads(line.payload),
        "erased": line.erased,
        "hash": line.hash,
    }
    return made if values is None else {**made, "values": json.loads(dumps(dict(values)))}


def entry_line(line: Line, names: Names, dim: Callable[[str], str]) -> str:
    """Show one entry in a line, without any value."""
    whose = f"{line.run or 'by hand'}{f' {line.who}' if line.who else ''}"
    told = "  ".join(part for part in (" ↔ ".join(names.of(line)), _detail(line)) if part)
    gone = dim("  values erased") if line.erased else ""
    return f"{line.seq:>6}  {dim(line.at[:19])}  {line.kind:<10} {told}{gone}  {dim(whose)}"


def _detail(line: Line) -> str:
    told, values = line.told, line.values
    rules = [rule for name in (*BY_RULE[:2], *BY_LIST) for rule in _names(values.get(name))]
    parts = [
        ", ".join(dict.fromkeys(rules[:MOST])) + (" …" if len(rules) > MOST else ""),
        *(str(told[name]) for name in ("rule", "notice", "code", "answer", "reason", "ending") if told.get(name)),
    ]
    if line.kind == "read":
        many = (
            f"{len(told['ids'])} by id"
            if "ids" in told
            else f"{told['records']} {'listed' if told['whole'] else 'new'}"
        )
        parts.append(f"{told['connection']} {told['object']}: {many}")
    if told.get("guards"):
        parts.append(", ".join(str(guard) for guard in told["guards"]))
    if told.get("plan"):
        parts.append(f"plan {str(told['plan'])[:12]}")
    return "; ".join(part for part in parts if part)


def _names(part: object) -> list[str]:
    return list(part) if isinstance(part, Mapping) else []


def evidence_lines(name: str, told: object) -> Iterator[str]:
    """Show one part of what an entry is about; of a write what its values rest on, one rule a line."""
    if (
        name != "evidence"
        or not isinstance(told, Mapping)
        or not all(isinstance(one, Mapping) for one in told.values())
    ):
        if told is not None:
            yield f"    {name:<12} {_shown(told)}"
        return
    for rule, evidence in sorted(told.items()):
        yield f"    {'rests on':<12} {rule}  {as_text(evidence)}"


def value_lines(values: Mapping[str, Any]) -> Iterator[str]:
    """Show an entry's values, one a line: of a write what was there, what was sent, what it came from."""
    for name, part in sorted(values.items()):
        if not isinstance(part, Mapping) or name not in (*BY_RULE, *BY_LIST):
            yield f"    {name:<12} {_shown(part)}"
            continue
        for rule, kept in sorted(part.items()):
            yield f"    {name:<12} {rule}  {_row(name, kept)}"


def _row(name: str, kept: object) -> str:
    if name == "writes" and isinstance(kept, list | tuple):
        before, sent, source, loser = (*kept, None)[:4]
        over = "" if loser is None else f", overrides {_shown(loser)}"
        return f"{_shown(before)} → {_shown(sent)}, from {_shown(source)}{over}"
    return _shown(kept)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) and value else "(blank)" if value in (None, "") else dumps(value)
