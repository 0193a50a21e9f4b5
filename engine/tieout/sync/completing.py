"""What a settlement needs of its link's past: how often fields were rewritten, rows of both-ways lists. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tieout.mapping.compiled import CompiledMapping, ListRule, Missing, Pair, Path
from tieout.model import Value
from tieout.sync.both_settled import Landing, children, land
from tieout.sync.quarrel import ROW, Touch, restored, turned
from tieout.sync.settle import Evidence, Settlement, untouched
from tieout.sync.words import Base, Child, Kind, Link, ListWrite, Planned


def complete(made: Settlement, operation: Planned, mapping: CompiledMapping, evidence: Evidence, link: Link) -> None:
    """Complete what a write came to by what the link held before it."""
    _count_fields(made, operation, mapping, link)
    rules = {rule.key: rule for rule in mapping.lists}
    for rows in operation.lists:
        rule = rules.get(rows.rule)
        if rule is not None and rule.side is None:
            _both_ways(made, rows, rule, mapping, evidence, link)
            if operation.kind is Kind.CREATE and rows.rule in made.children:
                made.base.setdefault(rows.rule, Base((None, None)))
        elif rule is not None:
            _count_rows(made, rows, rule, link)


def _count_fields(made: Settlement, operation: Planned, mapping: CompiledMapping, link: Link) -> None:
    rules = {rule.key: rule for rule in mapping.rules}
    for write in operation.writes:
        base, rule, old = made.base.get(write.rule), rules.get(write.rule), link.base.get(write.rule)
        if base is None:
            continue
        if write.halfway:
            made.base[write.rule] = replace(base, turns=None if old is None else old.turns)
            continue
        digest, both = ("" if rule is None else rule.digest), isinstance(rule, Pair)
        made.base[write.rule] = turned(base, old, Touch.by(write), rule=digest, both=both)


def _count_rows(made: Settlement, rows: ListWrite, rule: ListRule, link: Link) -> None:
    rules = {inner.key: inner for inner in rule.rules}
    if rows.rule not in made.children:
        return
    children = link.children.get(rows.rule, ())
    old = {(child.ids, child.ordinal): child.base for child in children}
    items = {(item.source, item.ordinal): item.fields for item in rows.items}
    _count_restored(made, rows, rule, children)
    for place, child in enumerate(made.children.get(rows.rule, ())):
        before = old.get((child.ids, child.ordinal), {})
        base = dict(child.base)
        for key, (was, _, source) in items.get((child.ids[1 - rows.end], child.ordinal), {}).items():
            inner, touch = rules[key], Touch(rows.end, was, source)
            if key in base:
                both = isinstance(inner, Pair)
                base[key] = turned(base[key], before.get(key), touch, rule=inner.digest, both=both)
        made.children[rows.rule][place] = replace(child, base=base)


def _count_restored(made: Settlement, rows: ListWrite, rule: ListRule, children: Sequence[Child]) -> None:
    """Count for each row how often it was restored; one that was there starts anew, one that is left removed rests."""
    end, resting = rows.end, {tuple(ids) for ids in rows.resting}
    known = {(child.ids[1 - end], child.ordinal): child.base for child in children}
    new = {(item.source, item.ordinal) for item in rows.items if item.id is None}
    for place, child in enumerate(made.children[rows.rule]):
        where = (child.ids[1 - end], child.ordinal)
        before = known.get(where, {})
        if where in new and where in known:
            row = restored(before, end, rule=rule.digest)
        elif ROW in before:
            row = Base((None, None))
        else:
            continue
        made.children[rows.rule][place] = replace(child, base={**child.base, ROW: row})
    made.children[rows.rule] += [child for child in children if child.ids in resting]


def _both_ways(
    made: Settlement, rows: ListWrite, rule: ListRule, mapping: CompiledMapping, evidence: Evidence, link: Link
) -> None:
    """Learn the ids of new rows, then each row's fields; where nothing proves that the write arrived, only from it."""
    stored = Path(".".join(rows.names), rows.names).read(evidence.image.record)
    if evidence.gone or isinstance(stored, Missing):
        return
    present = [row for row in stored if isinstance(row, Mapping)] if isinstance(stored, list) else []
    if not made.arrived and untouched(rows, present):
        return  # it never arrived; that we were the last to change the record is older
    strict = not (made.arrived or evidence.sure)
    landing = land(rule, mapping, rows, present, sure=evidence.sure, strict=strict)
    if landing is None:
        return
    _doubt(made, landing, link)
    if not landing.rows and strict:
        return
    made.arrived = True
    made.children[rows.rule] = children(rule, mapping, landing, link)
    if landing.refused:
        made.not_stored.append(rows.rule)
    elif landing.missing and not strict:
        made.unclear[rows.rule] = ()
    made.differs += [f"{key} of row {row.id}" for row in landing.rows for key in row.differs]


def _doubt(made: Settlement, landing: Landing, link: Link) -> None:
    """Remember in the base of the list at which end it cannot be told which rows are which, or that now it can be."""
    rule, end = landing.write.rule, landing.write.end
    known = link.base.get(rule)
    values: list[Value] = [None, None] if known is None else list(known.values)
    if landing.doubt is None and values[end] is None:
        return
    values[end] = landing.doubt
    made.base[rule] = Base((values[0], values[1]))
    if landing.doubt is not None:
        made.doubtful.append(rule)
