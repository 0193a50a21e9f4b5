"""What becomes of one link, and of one record without a partner. Pure: same input, same decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tieout.mapping.compiled import Act, ListRule, Pair, Side
from tieout.model import Lock, Value, Verb
from tieout.money.chart import Chart
from tieout.money.profiles import profile_of
from tieout.money.totals import predict
from tieout.sync.both_lists import decide_both
from tieout.sync.checks import failed_checks, with_records
from tieout.sync.effect import books_of, effect
from tieout.sync.expecting import figures_of
from tieout.sync.fingerprints import held_prints, list_print, operation_print, write_print
from tieout.sync.lifecycle import Pairing, structure
from tieout.sync.lists import decide_list, sent_rows
from tieout.sync.memory import Memory, Suppressed
from tieout.sync.noticing import events_of
from tieout.sync.noting import note, outlived
from tieout.sync.parting import ADOPTED
from tieout.sync.picked import lacking, newly, notes, told
from tieout.sync.picking import Origin, Picked
from tieout.sync.quarrel import FROZEN, frozen, frozen_hold
from tieout.sync.refusing import refused
from tieout.sync.renewing import renew, renew_parted, renew_unheld
from tieout.sync.requesting import REQUEST, Requested, requested
from tieout.sync.routing import also_writing, contested
from tieout.sync.row_ids import adds_again
from tieout.sync.sight import Sight, store_into, will_be
from tieout.sync.steps import Ledger, Place, change_stamps, fingerprint, step
from tieout.sync.ways import OFFERED, open_ways
from tieout.sync.words import (
    Agree,
    Child,
    Decision,
    Hold,
    Kind,
    ListWrite,
    Planned,
    Question,
    Write,
)
from tieout.values import dumps, unit


def reconcile(sight: Sight, memory: Memory) -> Decision:
    """Decide one link, planned ones included."""
    first, second = sight.images
    if first is None or second is None:
        return Decision()
    pairing = Pairing(sight, first, second, memory)
    structural = structure(pairing)
    if structural is not None:
        return renew_parted(pairing, structural, OFFERED)
    gathering = _Gathering(pairing)
    gathering.picks()
    gathering.fields()
    gathering.lists()
    return gathering.decision()


@dataclass(slots=True)
class _Gathering:
    """Gathers the steps of one link and makes operations of them."""

    pairing: Pairing
    writes: tuple[list[Write], list[Write]] = field(default_factory=lambda: ([], []))
    rows: tuple[list[ListWrite], list[ListWrite]] = field(default_factory=lambda: ([], []))
    agrees: list[Agree] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    will: tuple[dict[str, Value], dict[str, Value]] = field(default_factory=lambda: ({}, {}))
    rivals: tuple[dict[str, list[str]], dict[str, list[str]]] = field(default_factory=lambda: ({}, {}))
    """By end: path -> the other mappings that would write it."""
    ways: list[Planned] = field(default_factory=list)
    """Ways out of what is held, as a person asked for them."""
    wanted: list[Requested] = field(default_factory=lambda: [Requested(), Requested()])
    """By end: what a person asked for (`update: request`)."""

    def picks(self) -> None:
        """What is picked is remembered; a rule that reads what nobody has picked yet waits, the others go on."""
        picked = self._picked()
        if picked:
            self.agrees += newly(picked)
            mapping = self.pairing.sight.mapping
            self.notes += notes(picked, f"{mapping.name}/{mapping.sides[0].name}:{self.pairing.first.id}")
            holds, questions = lacking(picked)
            self.holds += holds
            self.questions += questions

    def _picked(self) -> list[Picked]:
        return [one for one in self.pairing.sight.picked if one.pick.lasting or one.origin is Origin.ASKED]

    def fields(self) -> None:
        sight, memory = self.pairing.sight, self.pairing.memory
        self.will = (will_be(sight.images[0]), will_be(sight.images[1]))
        ledger = Ledger(sight.link.base if sight.link is not None else {}, memory.answers)
        for rule in sight.mapping.rules:
            if isinstance(rule, Pair) or sight.told_here(rule.side):
                self._take(step(rule, self._place(), ledger))
        for end in (0, 1):
            self._remember(end)

    def _place(self) -> Place:
        sight = self.pairing.sight
        records = (self.pairing.first.record, self.pairing.second.record)
        return Place(sight, sight.scope, records, self.will)

    def _take(self, made: Write | Agree | Hold | Question | None) -> None:
        match made:
            case Write():
                self._write(made)
            case Agree():
                self.agrees.append(made)
            case Hold():
                self.holds.append(made)
            case Question():
                self.questions.append(made)

    def _write(self, write: Write) -> None:
        if self._is_contested(write):
            return
        suppressed = self.pairing.memory.suppressed.get(write.rule)
        if suppressed is not None and suppressed.fingerprint == write_print(write):
            self.holds.append(suppressed.hold(write.rule, at=write.at))
            return
        if self._is_frozen(write):
            return
        self.writes[write.end].append(write)
        store_into(self.will[write.end], write.names, write.sent)

    def _is_contested(self, write: Write | ListWrite) -> bool:
        """Another mapping writes the same place of the same record, so neither does."""
        path = ".".join(write.names)
        others = also_writing(self.pairing.sight, write.end, path)
        if others:
            self.rivals[write.end][path] = others
        return bool(others)

    def _is_frozen(self, write: Write) -> bool:
        """Two parties keep rewriting this field: it is left alone, and held (law 1)."""
        sight = self.pairing.sight
        base = sight.link.base.get(write.rule) if sight.link is not None else None
        if base is None or base.turns is None:
            return False
        rule = next((rule.digest for rule in sight.mapping.rules if rule.key == write.rule), "")
        if not frozen(write, base, rule=rule):
            return False
        self.holds.append(frozen_hold(write, base, sight, write.rule, fingerprint(rule, FROZEN)))
        return True

    def _remember(self, end: int) -> None:
        """The partner's id is kept in the record, once both are known."""
        sight = self.pairing.sight
        side, partner = sight.mapping.sides[end], self.pairing.image(1 - end)
        if side.remember is None:
            return
        value = unit(partner.id, sight.part)
        present = side.remember.read(self.pairing.image(end).record)
        if present != value:
            key = f"{side.name}.{side.remember.text}=partner"
            before = present if isinstance(present, str) else None
            self._write(Write(key, end, side.remember.names, before, value, value, "the partner's id"))

    def lists(self) -> None:
        sight = self.pairing.sight
        for rule in sight.mapping.lists:
            children = sight.link.children.get(rule.key, ()) if sight.link is not None else ()
            if rule.side is None:
                self._both_ways(rule, children)
                continue
            if not sight.told_here(rule.side):
                continue
            end = sight.end(rule.side)
            unknown = frozenset[str]().union(*(one.rows for one in self._in_doubt(rule.key)))
            made = decide_list(rule, sight, self.will[end], children, self.pairing.memory.answers, unknown)
            self.holds += made.holds
            self.questions += made.questions
            self.notes += made.notes
            if made.write is not None and not self._list_suppressed(made.write):
                self.rows[end].append(made.write)
                if made.write.sends:
                    store_into(self.will[end], made.write.names, sent_rows(made.write))

    def _both_ways(self, rule: ListRule, children: Sequence[Child]) -> None:
        woven = decide_both(rule, self.pairing.sight, self.will, children, self.pairing.memory.answers)
        self.holds += woven.holds
        self.questions += woven.questions
        self.notes += woven.notes
        self.agrees += [woven.known] if woven.known is not None else []
        for write in woven.writes:
            if not self._list_suppressed(write):
                self.rows[write.end].append(write)
                if write.sends:
                    store_into(self.will[write.end], write.names, sent_rows(write))

    def _list_suppressed(self, write: ListWrite) -> bool:
        if write.sends and self._is_contested(write):
            return True
        kept = self.pairing.memory.suppressed.get(write.rule)
        found = kept if kept is not None and kept.fingerprint == list_print(write) else None
        found = found or next((one for one in self._in_doubt(write.rule) if adds_again(write, one.rows)), None)
        if found is not None:
            self.holds.append(found.hold(write.rule, at=write.at))
        return found is not None

    def _in_doubt(self, rule: str) -> list[Suppressed]:
        return self.pairing.memory.in_doubt(rule, {one.key for one in self.pairing.sight.mapping.lists})

    def decision(self) -> Decision:
        operations: list[Planned] = []
        for end in (0, 1):
            operation = self._update(end)
            if operation is not None:
                operations.append(operation)
        operations = [*self._checked(operations), *self.ways]
        self.holds += [contested(self.pairing.sight, end, found) for end, found in enumerate(self.rivals) if found]
        lists = [row for rows in self.rows for row in rows if not row.sends]
        sight, part = self.pairing.sight, self.pairing.sight.adopts
        if self.agrees or part or any(row.agreed or row.gone for row in lists):
            known = {agree.rule for agree in self.agrees}
            new = [one for one in sight.picked if one.pick.rule in known]
            noted = f"it stands for the part {part} from now on" if part else "what was picked is remembered"
            why = "both sides agree" if len(self.agrees) > len(new) or lists else noted
            operation = self.pairing.planned(Kind.AGREE, 0, why, agrees=self.agrees, lists=lists)
            operations.insert(0, replace(operation, evidence=told(new) | ({ADOPTED: part} if part else {})))
        noticed = events_of(sight)
        holds = [*self.holds, *noticed.holds]
        released = outlived(self.pairing.memory, holds)
        return Decision(operations, holds, self.questions, self.notes, released, noticed.events)

    def _update(self, end: int) -> Planned | None:
        rows = [row for row in self.rows[end] if row.sends]
        if not self.writes[end] and not rows:
            self._renewed(renew_unheld(self.pairing, end))
            return None
        writes, rows = self._permitted(end, self.writes[end], rows)
        if not writes and not rows:
            return None
        refusals = refused(self.pairing.sight, end, self.will[end], writes, rows, new=False)
        if refusals:
            self.holds += refusals
            return None
        writes = writes + change_stamps(self.pairing.sight.mapping.rules, self._place(), end)
        before = self.pairing.image(end).record
        side, chart = self.pairing.sight.mapping.sides[end], self.pairing.sight.facts.charts[end]
        books = effect(books_of(self.pairing.sight, end), before, self.will[end], Kind.UPDATE)
        figures = figures_of(side, chart, self.will[end], writes, rows)
        why = _because(writes, rows)
        operation = self.pairing.planned(
            Kind.UPDATE, end, why, writes=writes, lists=rows, effect=books, figures=figures
        )
        evidence = {**self.wanted[end].evidence, **told(self._picked())}
        operation = replace(operation, evidence=evidence)
        suppressed = self.pairing.memory.suppressed.get(f"@{end}")
        if suppressed is not None and suppressed.fingerprint == operation_print(operation):
            self.holds.append(suppressed.hold(f"@{end}"))
            return None
        return operation

    def _permitted(
        self, end: int, writes: Sequence[Write], rows: list[ListWrite]
    ) -> tuple[list[Write], list[ListWrite]]:
        """Apply the update policy, then the lock; what is held is held once, with the legal ways out."""
        if not writes and not rows:
            return [], []
        side, image = self.pairing.sight.mapping.sides[end], self.pairing.image(end)
        word, ask = side.update.word(self.pairing.sight.records)
        if word is Act.NEVER:
            return [], []
        if word is Act.HOLD:
            reason = image.lock.reason if image.lock is not None else f"`update` of {side.name} holds it in this state"
            if not self._renewed(renew(self.pairing, end, held_prints([*writes, *rows]))):
                self._held(end, reason, image.lock, [*writes, *rows])
            return [], []
        lock = image.lock
        if lock is not None:
            everything: list[Write | ListWrite] = [*writes, *rows]
            barred = [made for made in everything if ".".join(made.names) not in lock.editable]
            if barred and self._renewed(renew(self.pairing, end, held_prints(barred))):
                return [], []
            if barred:
                self._held(end, lock.reason, lock, barred)
            writes = [write for write in writes if write not in barred]
            rows = [row for row in rows if row not in barred]
        if (writes or rows) and not self._allowed(end, writes, rows, word, ask=ask):
            return [], []
        return list(writes), rows

    def _renewed(self, made: Decision) -> bool:
        """Take the way out that ends the document, if a person asked for one."""
        self._go(made)
        return bool(made.operations)

    def _go(self, made: Decision) -> None:
        self.ways += made.operations
        self.holds += made.holds
        self.questions += made.questions
        self.notes += made.notes

    def _held(self, end: int, reason: str, lock: Lock | None, barred: Sequence[Write | ListWrite]) -> None:
        paths = ", ".join(".".join(made.names) for made in barred)
        ways = lock.ways_out if lock is not None else self._by_hand(end)
        name = self.pairing.sight.mapping.sides[end].name
        notes = dict.fromkeys(made.note for made in barred if isinstance(made, Write) and made.note)
        because = "".join(f"; {note}" for note in notes)
        told = f"{name} {self.pairing.image(end).id}: {paths} not written: {reason}{because}"
        print_, offered = fingerprint("held", *held_prints(barred)), open_ways(self.pairing, end)
        more: dict[str, Value] = {OFFERED: list(offered)} if offered else {}
        self._go(note(self.pairing, end, Hold(f"@{end}", "locked", told, print_, tuple(ways), more=more), barred))

    def _by_hand(self, end: int) -> tuple[str, ...]:
        """Give what a person can do where the system allows the change and the mapping does not."""
        side, other = self.pairing.sight.mapping.sides[end], self.pairing.sight.mapping.sides[1 - end]
        void = (f"void it in {side.name} and issue a new one",) if Verb.VOID in side.type.verbs else ()
        return (f"make the change in {side.name} by hand", *void, f"take the change back in {other.name}")

    def _allowed(self, end: int, writes: Sequence[Write], rows: Sequence[ListWrite], word: Act, *, ask: bool) -> bool:
        if word is Act.REQUEST:
            return self._requested(end, writes, rows)
        return not ask or self._agreed_to(end, writes, rows)

    def _requested(self, end: int, writes: Sequence[Write], rows: Sequence[ListWrite]) -> bool:
        prints = held_prints([*writes, *rows])
        side, identity = self.pairing.sight.mapping.sides[end].name, self.pairing.image(end).id
        text = f"write to {side} {identity}, as was requested?"
        wanted = requested(self.pairing.memory, "update", f"{REQUEST}@{end}", text, *prints)
        self.questions += wanted.questions
        self.wanted[end] = wanted
        return wanted.act

    def _agreed_to(self, end: int, writes: Sequence[Write], rows: Sequence[ListWrite]) -> bool:
        prints = held_prints([*writes, *rows])
        print_ = fingerprint("update", *prints)
        side = self.pairing.sight.mapping.sides[end].name
        changes = [_told(write) for write in writes] + [f"rows of {'.'.join(row.names)}" for row in rows]
        text = f"write to {side} {self.pairing.image(end).id}? {'; '.join(changes)}"
        return self._asked(f"update@{end}", "update", text, print_)

    def _asked(self, name: str, kind: str, text: str, print_: str) -> bool:
        answer = self.pairing.memory.answers.get(name)
        if answer is not None and answer.fingerprint == print_:
            return answer.answer == "yes"
        self.questions.append(Question(name, kind, text, print_, {"yes": "do it", "no": "leave it"}))
        return False

    def _checked(self, operations: list[Planned]) -> list[Planned]:
        mapping = self.pairing.sight.mapping
        if not operations or not mapping.checks:
            return operations
        held = run_checks(self.pairing.sight, self.will, self.pairing.memory)
        self.holds += held.holds
        self.questions += held.questions
        self.notes += held.notes
        return [] if held.holds or held.questions else operations


def run_checks(sight: Sight, will: tuple[Mapping[str, Value], Mapping[str, Value]], memory: Memory) -> Decision:
    """Run the mapping's checks over both records as they will be."""
    mapping = sight.mapping
    charts = sight.facts.charts
    records = {side.name: predicted(side, will[end], charts[end]) for end, side in enumerate(mapping.sides)}
    holds, questions, notes = [], [], []
    for failed in failed_checks(mapping, with_records(sight.scope, records)):
        check, text = failed.check, f"{failed.check.say} ({failed.told})"
        print_ = fingerprint("check", check.say, failed.why)
        answer = memory.answers.get(f"check:{check.at.line}")
        if check.otherwise == "warn":
            notes.append(text)
        elif check.otherwise == "review":
            if answer is None or answer.fingerprint != print_ or answer.answer != "yes":
                choices = {"yes": "go on all the same", "no": "leave it"}
                questions.append(Question(f"check:{check.at.line}", "check", text, print_, choices, at=str(check.at)))
        else:
            holds.append(Hold(f"check:{check.at.line}", "check-failed", text, print_, at=str(check.at)))
    return Decision(holds=holds, questions=questions, notes=notes)


def predicted(side: Side, record: Mapping[str, Value], chart: Chart | None = None) -> Value:
    """Give a record with the totals that its system will compute, where a rounding profile is known for it."""
    profile = profile_of(side.adapter, side.rounding, side.object)
    return predict(record, profile, chart) if profile is not None and profile.lines in record else dict(record)


def _because(writes: Sequence[Write], rows: Sequence[ListWrite]) -> str:
    reasons = [write.why for write in writes] + [row.why for row in rows]
    return ", ".join(dict.fromkeys(part for reason in reasons for part in reason.split(", ") if part))


def _told(write: Write) -> str:
    """Tell one write to the person who is asked for it."""
    values = ["(masked)" if write.pii else dumps(value) for value in (write.before, write.sent)]
    sent = values[1] if write.awaits is None else f"the partner of {write.awaits.id}"
    return f"{'.'.join(write.names)} {values[0]} → {sent}"
