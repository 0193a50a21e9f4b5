"""Write what was learnt to the store: links, bases, children, suppressions, and their story in the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection as Tx

from tieout.model import Value
from tieout.store import audit, journal, links, mirror, standing
from tieout.store.audit import Entry
from tieout.store.database import stamp
from tieout.store.journal import Intent
from tieout.store.links import ChildRow, LinkRow
from tieout.sync.codec import base_text, bases, planned
from tieout.sync.decide import link_scope, record_scope
from tieout.sync.reconcile import list_print, operation_print, write_print
from tieout.sync.run import Joined, Run
from tieout.sync.settle import Evidence, Settlement, settle
from tieout.sync.words import Base, Child, Ending, Image, Kind, Planned, State
from tieout.values import dumps

REMOVALS = frozenset({Kind.ARCHIVE, Kind.DELETE, Kind.VOID})


def entry(run: Run, kind: str, payload: Mapping[str, object], values: Mapping[str, Value] | None = None) -> Entry:
    """Make an audit entry of this run."""
    return Entry(run.id, run.epoch, kind, payload, values)


def operation_of(intent: Intent) -> Planned:
    """Give the operation of an intent."""
    return planned(
        intent.verb, str(intent.body.get("mapping", "")), intent.pair, intent.end, intent.record, intent.source, 0,
        intent.body,
    )  # fmt: skip


def make_link(tx: Tx, run: Run, operation: Planned, ids: tuple[str, str], evidence: Mapping[str, Value]) -> int | None:
    """Make a link, unless these two are linked already; None if either has another partner."""
    active = links.active(tx, operation.pair, 0, [ids[0]], children=False)
    mine = [row for row in active if row.part == operation.part]
    if mine:
        return mine[0].id if (mine[0].first, mine[0].second) == ids else None
    if not links.free(tx, operation.pair, operation.part, *ids):
        return None
    values: dict[str, object] = {
        "pair": operation.pair,
        "part": operation.part,
        "first": ids[0],
        "second": ids[1],
        "generation": operation.generation,
    }
    link = links.add(tx, {**values, "evidence": dumps(dict(evidence))})
    audit.append_many(tx, [entry(run, "link", {**values, "link": link, "evidence": dict(evidence)})])
    return link


def settle_intent(tx: Tx, run: Run, joined: Joined, intent: Intent, evidence: Evidence) -> tuple[Ending, str]:
    """Settle one create or update whose link is known, all in one transaction."""
    operation = operation_of(intent)
    journal.settled(tx, [intent.id])
    if operation.kind in REMOVALS:
        return _settle_removal(tx, run, joined, intent, evidence.image)
    link = None if intent.link is None else links.by_id(tx, intent.link)
    if link is None or link.state != "active":
        return Ending.STALE, "its link has ended meanwhile"
    made = settle(operation, joined.mapping, evidence)
    keep_settlement(tx, run, joined, link, operation, made)
    stored = {write.rule: [write.before, write.sent, write.source, write.loser] for write in operation.writes}
    payload = {"link": link.id, "record": evidence.image.id, "end": operation.end, "mapping": joined.mapping.name}
    base: Value = base_text(made.base)
    values: dict[str, Value] = {"writes": {k: list(v) for k, v in stored.items()}, "base": base,
                                "children": _children_text(made.children)}  # fmt: skip
    audit.append_many(tx, [entry(run, "settled", {**payload, "ending": str(made.ending[0])}, values)])
    if not made.arrived and not made.base:
        return Ending.STALE, "it never arrived; planned anew"
    return made.ending


def keep_settlement(tx: Tx, run: Run, joined: Joined, link: LinkRow, operation: Planned, made: Settlement) -> None:
    """Store the bases, children and suppressions of a settlement."""
    if made.base:
        links.set_base(tx, link.id, {**link.base, **base_text(made.base)})
    for name, children in made.children.items():
        old = {(child.first, child.ordinal): child for child in link.children.get(name, ())}
        rows = [_child_row(child, old) for child in children]
        links.set_children(tx, link.id, name, rows)
    scope = link_scope(link.id)
    standing.allow_again(tx, joined.pair, scope, [*made.base, *made.children, f"@{operation.end}"])
    rows_ = []
    for write in operation.writes:
        if write.rule in made.not_stored:
            message = f"{joined.mapping.sides[operation.end].name} accepted {write.rule} and did not store it"
            rows_.append(_suppressed(run, joined, scope, write.rule, write_print(write), "not-stored", message))
    for rows__ in operation.lists:
        if rows__.rule in made.unclear:
            message = f"the rows of {rows__.rule} cannot be told apart after the write"
            rows_.append(_suppressed(run, joined, scope, rows__.rule, list_print(rows__), "not-stored", message))
    standing.suppress_all(tx, rows_)


def _child_row(child: Child, old: Mapping[tuple[str, int], ChildRow]) -> ChildRow:
    kept = old.get((child.ids[0], child.ordinal))
    same = kept is not None and kept.second == child.ids[1]
    before = dict(kept.base) if kept is not None and same else {}
    return ChildRow(child.ids[0], child.ids[1], child.ordinal, {**before, **base_text(child.base)})


def _children_text(children: Mapping[str, Sequence[Child]]) -> Value:
    return {
        name: [[child.ids[0], child.ids[1], str(child.ordinal), base_text(child.base)] for child in rows]
        for name, rows in children.items()
    }


def _suppressed(
    run: Run, joined: Joined, scope: str, rule: str, fingerprint: str, code: str, message: str
) -> dict[str, object]:
    return {
        "pair": joined.pair,
        "scope": scope,
        "rule": rule,
        "fingerprint": fingerprint,
        "kind": code,
        "code": code,
        "detail": standing.detail(message=message),
        "since": stamp(run.now()),
        "run": run.id,
    }


def suppress_operation(tx: Tx, run: Run, joined: Joined, operation: Planned, kind: str, code: str, text: str) -> None:
    """Have a failed operation not repeated until its fingerprint changes (law 8)."""
    scope, rule = _where(operation)
    row = _suppressed(run, joined, scope, rule, operation_print(operation), code, text)
    standing.suppress_all(tx, [{**row, "kind": kind}])
    payload = {"mapping": operation.mapping, "end": operation.end, "record": operation.record, "key": operation.key,
               "source": operation.source, "code": code}  # fmt: skip
    audit.append_many(tx, [entry(run, kind, payload, {"message": text})])


def _where(operation: Planned) -> tuple[str, str]:
    if operation.link is None:
        return record_scope(1 - operation.end, operation.source), ""
    return link_scope(operation.link), f"@{operation.end}"


def _settle_removal(tx: Tx, run: Run, joined: Joined, intent: Intent, image: Image) -> tuple[Ending, str]:
    """A delete, void or archive happened if the record is no longer live and in use."""
    verb = Kind(intent.verb)
    gone = image.state in {State.GONE, State.MERGED} or (verb is not Kind.DELETE and image.state is State.ARCHIVED)
    if not gone:
        return Ending.STALE, "it is still there; planned anew"
    operation = operation_of(intent)
    if intent.link is not None:
        close_link(tx, run, joined, intent.link, f"{verb} by us: {operation.why}", operation.before)
    return Ending.DONE, ""


def close_link(
    tx: Tx, run: Run, joined: Joined, link: int, reason: str, lost: Mapping[str, Value] | None = None
) -> None:
    """End a link; the values that its record had stay in the audit log."""
    links.end_link(tx, link, reason)
    payload = {"link": link, "reason": reason, "mapping": joined.mapping.name}
    audit.append_many(tx, [entry(run, "end", payload, None if lost is None else {"lost": dict(lost)})])
    row = links.by_id(tx, link)
    if row is not None:
        for end, id_ in ((0, row.first), (1, row.second)):
            mirror.mark_due(tx, [(joined.pair, end)], [id_])


def agreed(tx: Tx, run: Run, link: LinkRow, operation: Planned) -> None:
    """Move bases only: both sides agree, or differ by a rule that says so."""
    moved = {agree.rule: Base(agree.values, agree.quality) for agree in operation.agrees}
    if moved:
        links.set_base(tx, link.id, {**link.base, **base_text(moved)})
        standing.allow_again(tx, link.pair, link_scope(link.id), list(moved))
    children: dict[str, list[Child]] = {}
    for rows in operation.lists:
        changed = {(child.ids, child.ordinal): child for child in rows.agreed}
        kept = [
            Child((row.first, row.second), row.ordinal, bases(row.base)) for row in link.children.get(rows.rule, ())
        ]
        merged = [
            replace(child, base={**child.base, **changed.pop((child.ids, child.ordinal)).base})
            if (child.ids, child.ordinal) in changed
            else child
            for child in kept
        ]
        children[rows.rule] = [*merged, *changed.values()]
        made = [ChildRow(c.ids[0], c.ids[1], c.ordinal, base_text(c.base)) for c in children[rows.rule]]
        links.set_children(tx, link.id, rows.rule, made)
    values: dict[str, Value] = {"base": base_text(moved), "children": _children_text(children)}
    audit.append_many(tx, [entry(run, "agreed", {"link": link.id, "mapping": operation.mapping}, values)])
