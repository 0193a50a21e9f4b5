"""Write what was learnt to the store: links, bases, children, suppressions, and their story in the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection as Tx

from tieout.model import Value
from tieout.store import audit, journal, links, mirror, standing
from tieout.store.audit import Entry
from tieout.store.database import stamp
from tieout.store.journal import Intent
from tieout.store.links import ChildRow, LinkRow
from tieout.sync.clashing import with_owner
from tieout.sync.codec import base_text, bases, planned
from tieout.sync.completing import complete
from tieout.sync.decide import as_link, link_scope, record_scope
from tieout.sync.expecting import DIFFER, message, rule_of, ways_of, wrong
from tieout.sync.failing import Refusal, ground, refusal_detail
from tieout.sync.fingerprints import list_print, operation_print, write_print
from tieout.sync.noting import NOTED, note_rule
from tieout.sync.parting import ADOPTED, both_units
from tieout.sync.pinning import UNDONE, Pinning
from tieout.sync.renewing import whole_rule
from tieout.sync.requesting import REQUEST
from tieout.sync.resting import resting_on
from tieout.sync.reversal import of_undo
from tieout.sync.row_ids import unknown_rows
from tieout.sync.run import Joined, Run
from tieout.sync.settle import Evidence, Settlement, settle
from tieout.sync.words import Base, Child, Ending, Image, Kind, ListWrite, Planned, State
from tieout.values import unit

REMOVALS = frozenset({Kind.ARCHIVE, Kind.DELETE, Kind.VOID})
OF_WHOLE = REMOVALS | {Kind.CREDIT}
"""What is done to a record as a whole: no values are sent."""


def entry(run: Run, kind: str, payload: Mapping[str, object], values: Mapping[str, object] | None = None) -> Entry:
    """Make an audit entry of this run."""
    return Entry(run.id, run.epoch, kind, payload, values)


def operation_of(intent: Intent) -> Planned:
    """Give the operation of an intent."""
    return planned(
        intent.verb, str(intent.body.get("mapping", "")), intent.pair, intent.end, intent.record, intent.source, 0,
        intent.body,
    )  # fmt: skip


@dataclass
class Commit:
    """What one transaction will write beside its own rows, gathered so that each table gets one statement."""

    tx: Tx
    run: Run
    joined: Joined
    entries: list[Entry] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    bases: list[tuple[int, Mapping[str, Value]]] = field(default_factory=list)
    suppressed: list[dict[str, object]] = field(default_factory=list)
    done: dict[str, list[str]] = field(default_factory=dict)
    """Scope -> rules that were carried out, so that what was suppressed there is forgotten."""
    undone: list[Planned] = field(default_factory=list)
    """Operations that took back what an earlier run did."""
    operations: dict[int, Planned] = field(default_factory=dict)
    """Number of an intent -> its operation, read once."""

    def operation(self, intent: Intent) -> Planned:
        """Give the operation of an intent."""
        found = self.operations.get(intent.id)
        if found is None:
            found = self.operations[intent.id] = operation_of(intent)
        return found

    def tell(self, kind: str, payload: Mapping[str, object], values: Mapping[str, object] | None = None) -> None:
        """Record one audit entry."""
        self.entries.append(entry(self.run, kind, payload, values))

    def flush(self) -> None:
        """Write everything gathered; the audit entries in the order in which things were told."""
        links.set_bases(self.tx, self.bases)
        standing.allow_again(self.tx, self.joined.pair, self.done, tell=self.tell)
        for pin in Pinning(self.tx, self.run, self.joined).pins(self.undone):
            told = (pin.scope, pin.rule, pin.fingerprint, UNDONE, pin.message)
            self.suppressed.append(_suppressed(self.run, self.joined, *told))
        standing.suppress_all(self.tx, self.suppressed, tell=self.tell)
        journal.settled(self.tx, self.closed)
        audit.append_many(self.tx, self.entries)
        for gathered in (self.bases, self.suppressed, self.closed, self.entries):
            gathered.clear()
        self.done.clear()
        self.undone.clear()

    def pin(self, operation: Planned) -> None:
        """Have what an operation took back not done again."""
        if of_undo(operation):
            self.undone.append(operation)

    # --- links --------------------------------------------------------------------------------------------------------

    def link(
        self, wanted: Sequence[tuple[Planned | Intent, tuple[str, str], Mapping[str, Value]]]
    ) -> list[LinkRow | None]:
        """Make links, or give those that are there already; None where either record has another partner."""
        firsts, seconds = [ids[0] for _, ids, _ in wanted], [ids[1] for _, ids, _ in wanted]
        rows = links.active(self.tx, self.joined.pair, 0, firsts)
        rows += links.active(self.tx, self.joined.pair, 1, seconds)
        by_unit = {named: row for row in rows for named in self._units(row.first, row.second, row.part)}
        made: list[LinkRow | None] = []
        new: list[LinkRow] = []
        for operation, (first, second), evidence in wanted:
            named = self._units(first, second, operation.part)
            old = by_unit.get(named[0]) or by_unit.get(named[1])
            if old is not None:
                made.append(old if (old.first, old.second) == (first, second) else None)
                continue
            row = LinkRow(
                0, self.joined.pair, operation.part, first, second, "active", "", operation.generation, evidence, {}
            )
            by_unit |= dict.fromkeys(named, row)
            new.append(row)
            made.append(row)
        numbers = dict(zip([id(row) for row in new], links.add(self.tx, new), strict=True))
        numbered = [row if row is None or id(row) not in numbers else replace(row, id=numbers[id(row)]) for row in made]
        fresh = set(numbers.values())
        moves = {
            record_scope(end, unit_): link_scope(row.id)
            for row in numbered
            if row is not None and row.id in fresh
            for end, unit_ in self._units(row.first, row.second, row.part)
        }
        standing.follow(self.tx, self.joined.pair, moves, tell=self.tell)
        for linked in numbered:
            if linked is not None and linked.id in fresh:
                payload = {
                    "link": linked.id,
                    "pair": linked.pair,
                    "part": linked.part,
                    "first": linked.first,
                    "second": linked.second,
                    "generation": linked.generation,
                    "evidence": dict(linked.evidence),
                }
                self.tell("link", payload)
        return numbered

    def _units(self, first: str, second: str, part: str) -> tuple[tuple[int, str], tuple[int, str]]:
        """Name both records of a link by end; the one that has parts by its part."""
        one, other = both_units(self.joined.mapping, (first, second), part)
        return (0, one), (1, other)

    # --- settling -----------------------------------------------------------------------------------------------------

    def settle(self, intent: Intent, link: LinkRow | None, evidence: Evidence) -> tuple[Ending, str]:
        """Settle one write whose link is known."""
        operation = self.operation(intent)
        self.closed.append(intent.id)
        if operation.kind in REMOVALS:
            return self._removal(intent, operation, evidence.image)
        if link is None or link.state != "active":
            return Ending.STALE, "its link has ended meanwhile"
        made = settle(operation, self.joined.mapping, evidence)
        if of_undo(operation):
            Pinning(self.tx, self.run, self.joined).weigh(link, made)
            self.pin(operation)
        else:
            complete(made, operation, self.joined.mapping, evidence, as_link(link))
        self._keep(link, operation, made)
        if made.unexplained and not evidence.answered:  # it may be ours, spelt in the system's way: `newest` can't tell
            mirror.undate(self.tx, self.joined.ends[operation.end].number, evidence.image.id, made.unexplained)
        computed = self._computed(link, operation, made, evidence)
        writes = {write.rule: [write.before, write.sent, write.source, write.loser] for write in operation.writes}
        payload: dict[str, object] = {"link": link.id, "record": evidence.image.id, "end": operation.end,
                   "mapping": self.joined.mapping.name, "ending": str(made.ending[0])}  # fmt: skip
        payload |= {"evidence": resting} if (resting := resting_on(operation)) else {}
        told: dict[str, Value] = {"writes": {rule: list(row) for rule, row in writes.items()},
                                  "base": base_text(made.base), "children": _children_text(made.children),
                                  **({"figures": list(operation.figures)} if operation.figures else {})}  # fmt: skip
        self.tell("settled", payload, told)
        if not made.arrived and not made.base:
            return Ending.STALE, "it never arrived; planned anew"
        return (Ending.HELD, computed) if computed else made.ending

    def _computed(self, link: LinkRow, operation: Planned, made: Settlement, evidence: Evidence) -> str:
        """Compare what the ledger computed with what was predicted; where it differs, hold the document and say how.

        After a write that was never answered a person's edit leaves nothing to compare, nor does a deletion after any.
        """
        if evidence.gone or not made.arrived or (made.unexplained and not evidence.answered):
            return ""
        side, scope, rule = self.joined.mapping.sides[operation.end], link_scope(link.id), rule_of(operation.end)
        image = evidence.image
        found = wrong(side, operation.figures, image.record)
        if not found:
            self.done.setdefault(scope, []).extend([rule] if operation.figures else [])
            return ""
        text = message(side, image.id, found, image.record)
        row = _suppressed(self.run, self.joined, scope, rule, operation_print(operation), "figures", text)
        ways = list(ways_of(self.joined.mapping.name, side, image.id))
        figures: list[Value] = [[one.figure.name, one.figure.amount, one.answered, one.figure.rule] for one in found]
        told = standing.detail(message=text, ways_out=ways, expected=list(operation.figures), figures=figures)
        self.suppressed.append({**row, "code": DIFFER, "detail": told})
        return text

    def _keep(self, link: LinkRow, operation: Planned, made: Settlement) -> None:
        if made.base:
            self.bases.append((link.id, {**link.base, **base_text(made.base)}))
        for name, children in made.children.items():
            old = {(child.first, child.ordinal): child for child in link.children.get(name, ())}
            links.set_children(self.tx, link.id, name, [_child_row(child, old) for child in children])
        scope, side = link_scope(link.id), self.joined.mapping.sides[operation.end].name
        self.done.setdefault(scope, []).extend([*made.base, *made.children, f"@{operation.end}"])
        if operation.kind is Kind.CREATE:
            self.done.setdefault(record_scope(1 - operation.end, unit(operation.source, operation.part)), []).append("")
        restored = [write.rule for write in operation.writes if write.decided and write.rule in made.base]
        lists = made.children.keys() - set(made.not_stored)
        restored += [question for rows in operation.lists if rows.rule in lists for question in rows.answered]
        standing.use_up(self.tx, link.pair, scope, restored, lists, tell=self.tell)
        under: dict[str, Value] = {"under": ground(self.joined.mapping)}
        for write in operation.writes:
            if write.rule in made.not_stored:
                told = f"{side} accepted {write.rule} and did not store it"
                self._not_stored(scope, write.rule, write_print(write), told, under)
        for rows in operation.lists:
            if rows.rule in made.not_stored:
                told = f"{side} accepted {rows.rule} and did not store all of it"
                self._not_stored(scope, rows.rule, list_print(rows), told, under)
            if rows.rule in made.unclear:
                told, more = f"the rows of {rows.rule} cannot be told apart now", unknown_rows(made.unclear[rows.rule])
                self._not_stored(scope, rows.rule, list_print(rows), told, more or under)

    def _not_stored(self, scope: str, rule: str, print_: str, message: str, more: Mapping[str, Value]) -> None:
        row = _suppressed(self.run, self.joined, scope, rule, print_, "not-stored", message)
        self.suppressed.append({**row, "detail": standing.detail(message=message, **more)})

    def _removal(self, intent: Intent, operation: Planned, image: Image) -> tuple[Ending, str]:
        """A delete, void or archive happened if the record is no longer live and in use."""
        verb = Kind(intent.verb)
        gone = image.state in {State.GONE, State.MERGED} or (verb is not Kind.DELETE and image.state is State.ARCHIVED)
        if not gone:
            return Ending.STALE, "it is still there; planned anew"
        if intent.link is not None:
            self.close(intent.link, f"{verb} by us: {operation.why}", operation.before)
            self.pin(operation)
        return Ending.DONE, ""

    def close(
        self, link: int, reason: str, lost: Mapping[str, Value] | None = None, *, document: str | None = None
    ) -> None:
        """End a link, and what was held of it; the values that its record had stay in the audit log.

        `document`: the one that takes a credited record back.
        """
        links.end_link(self.tx, link, reason)
        now = stamp(self.run.now())
        standing.replace_holds(self.tx, self.joined.pair, [link_scope(link)], [], self.run.id, now, tell=self.tell)
        payload = {"link": link, "reason": reason, "mapping": self.joined.mapping.name}
        payload |= {} if document is None else {"document": document}
        self.tell("end", payload, None if lost is None else {"lost": dict(lost)})
        row = links.by_id(self.tx, link)
        if row is not None:
            self._look_again(row.first, row.second)

    def follow(self, link: int, first: str, second: str) -> None:
        """Have a link follow a merge; its bases stay, so that what the survivor says travels as an edit."""
        links.repoint(self.tx, link, first, second)
        self.tell("re-point", {"link": link, "first": first, "second": second})
        self._look_again(first, second)

    def _look_again(self, first: str, second: str) -> None:
        """Have the next pass decide about two records, though neither of them changed."""
        for end, id_ in ((0, first), (1, second)):
            mirror.mark_due(self.tx, [(self.joined.pair, end)], [id_])

    def unsure(self, operation: Planned, text: str) -> None:
        """Have an operation of unknown fate not repeated without a person (law 2)."""
        scope, rule = where(operation)
        self.suppressed.append(
            _suppressed(self.run, self.joined, scope, rule, operation_print(operation), "unsure", text)
        )
        if operation.kind is Kind.NOTE:
            self.use_up(operation)

    def refused(self, operation: Planned, refusal: Refusal) -> None:
        """Have a refused operation not repeated until its fingerprint, or what the mapping may do, changes (law 8)."""
        scope, rule = where(operation)
        mapping = self.joined.mapping
        refusal = with_owner(self.tx, self.joined.ends[operation.end].number, operation, refusal)
        row = _suppressed(self.run, self.joined, scope, rule, operation_print(operation), refusal.code, "")
        told = standing.detail(**refusal_detail(operation, mapping, refusal), under=ground(mapping))
        self.suppressed.append({**row, "kind": "failed", "detail": told})
        if operation.kind is Kind.NOTE:
            self.use_up(operation)

    def noted(self, intent: Intent) -> tuple[Ending, str]:
        """Have what a note tells count as settled until a value of it moves."""
        operation = self.operation(intent)
        self.closed.append(intent.id)
        self.use_up(operation)
        scope, rule = where(operation)
        text = f"noted in its history on {stamp(self.run.now())[:10]}, as {self.run.by} asked"
        print_ = operation_print(operation)
        self.suppressed.append(_suppressed(self.run, self.joined, scope, rule, print_, NOTED, text))
        standing.release(self.tx, self.joined.pair, scope, f"@{operation.end}", tell=self.tell)
        return Ending.DONE, ""

    def use_up(self, operation: Planned) -> None:
        """Have a way out not taken again by the request for it: the next one is asked for anew."""
        scope, rule = where(operation)
        standing.drop_answer(self.tx, self.joined.pair, scope, f"{REQUEST}:{rule}", tell=self.tell)

    def hold_again(self, link: LinkRow, operation: Planned) -> None:
        """Forget that a note settled what is held: the note stays, and the next plan holds it again."""
        self.done.setdefault(link_scope(link.id), []).append(note_rule(operation.end))
        self._look_again(link.first, link.second)

    def agree(self, link: LinkRow, operation: Planned) -> None:
        """Move bases only: both sides agree, or differ by a rule that says so; a link may get its part so, too."""
        moved = {agree.rule: Base(agree.values, agree.quality) for agree in operation.agrees}
        if moved:
            self.bases.append((link.id, {**link.base, **base_text(moved)}))
            self.done.setdefault(link_scope(link.id), []).extend(moved)
        children: dict[str, list[Child]] = {}
        for rows in operation.lists:
            children[rows.rule] = _moved_children(link, rows)
            self.done.setdefault(link_scope(link.id), []).append(rows.rule)
            made = [ChildRow(c.ids[0], c.ids[1], c.ordinal, base_text(c.base)) for c in children[rows.rule]]
            links.set_children(self.tx, link.id, rows.rule, made)
        values: dict[str, Value] = {"base": base_text(moved), "children": _children_text(children)}
        part = operation.evidence.get(ADOPTED)
        adopted = {ADOPTED: part} if isinstance(part, str) else {}
        if isinstance(part, str):
            links.adopt(self.tx, link.id, part)
        self.tell("agreed", {"link": link.id, "mapping": operation.mapping, **adopted}, values)


@contextmanager
def committing(run: Run, joined: Joined) -> Iterator[Commit]:
    """Open a fenced transaction in which what is learnt is gathered and written together at its end."""
    with run.database.write(epoch=run.epoch) as tx:
        commit = Commit(tx, run, joined)
        yield commit
        commit.flush()


def _moved_children(link: LinkRow, rows: ListWrite) -> list[Child]:
    changed = {(child.ids, child.ordinal): child for child in rows.agreed}
    merged: list[Child] = []
    gone = {tuple(ids) for ids in rows.gone}
    for row in link.children.get(rows.rule, ()):
        if (row.first, row.second) in gone:
            continue
        kept = Child((row.first, row.second), row.ordinal, bases(row.base))
        now = changed.pop((kept.ids, kept.ordinal), None)
        merged.append(kept if now is None else replace(kept, base={**kept.base, **now.base}))
    return [*merged, *changed.values()]


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


def where(operation: Planned) -> tuple[str, str]:
    """Give the scope and rule under which a failed operation is remembered."""
    if operation.link is not None and operation.kind is Kind.NOTE:
        return link_scope(operation.link), note_rule(operation.end)
    if operation.link is None:
        return record_scope(1 - operation.end, unit(operation.source, operation.part)), ""
    return link_scope(operation.link), whole_rule(operation)
