"""What rules call personal, and what notices read of it through a reference (`Contact.Name` of an invoice). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tieout.mapping.compiled import CompiledMapping, Expression, OneWay, Pair, Rule, Side
from tieout.mapping.notice import Notice
from tieout.model import Kind

Known = Mapping[tuple[str, str], set[str]]
"""(connection, object) -> the paths that some mapping over it calls personal."""


def paths_of(rule: Rule, side: str) -> set[str]:
    """Give the paths of a side that a rule writes or reads."""
    read = () if isinstance(rule, Pair) else (case.source for case in rule.cases if case.source is not None)
    return targets(rule, side).union(*(source.reads.get(side, frozenset()) for source in read))


def targets(rule: Rule, side: str) -> set[str]:
    """Give the paths of a side that a rule writes, or keeps in agreement."""
    if isinstance(rule, OneWay):
        return {rule.path.text} if rule.side == side else set()
    return {rule.paths[side].text}


def with_private(mappings: Sequence[CompiledMapping]) -> list[CompiledMapping]:
    """Mark what notices tell of a record that theirs refers to, and that a mapping over that one calls personal."""
    known: dict[tuple[str, str], set[str]] = {}
    for mapping in mappings:
        for side in mapping.sides:
            private = [paths_of(rule, side.name) for rule in mapping.rules if rule.pii]
            known.setdefault((side.connection, side.object), set()).update(*private)
    return [
        replace(mapping, notices=tuple(_marked(mapping, notice, known) for notice in mapping.notices))
        if mapping.notices
        else mapping
        for mapping in mappings
    ]


def _marked(mapping: CompiledMapping, notice: Notice, known: Known) -> Notice:
    tell = (replace(one, personal=any(_reads(one.value, side, known) for side in mapping.sides)) for one in notice.tell)
    return replace(notice, tell=tuple(tell))


def _reads(value: Expression, side: Side, known: Known) -> bool:
    """Say whether a path ends as a personal one of an object that the side refers to; whose it is no path tells."""
    references = [field for field in side.type.fields.values() if field.kind is Kind.REFERENCE]
    groups = {field.path.rpartition(".")[0] for field in references} - {""}
    private = {path for one in references for name in one.refers_to for path in known.get((side.connection, name), ())}
    paths = value.reads.get(side.name, frozenset())
    return bool(private) and any(
        path in groups or f"{path}.".endswith(tuple(f".{one}." for one in private)) for path in paths
    )
