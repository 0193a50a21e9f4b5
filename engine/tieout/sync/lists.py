"""One-way lists: which rows of a document should be there, which changed, and what is sent. Pure.

Membership and order are the source's; paired rows keep their id; rows that the target has of its own are kept, or
removed where the mapping says so, and are sent back with their id wherever the list is written whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tieout.mapping.compiled import Drift, ExpressionFailed, ListRule, Missing, OneWay, Rule, Undecided, put
from tieout.model import Value
from tieout.sync.failing import ways_of
from tieout.sync.masking import is_personal_key
from tieout.sync.merge import blank
from tieout.sync.quarrel import FROZEN, frozen, frozen_hold, frozen_row, restored_too_often
from tieout.sync.row_ids import row_print
from tieout.sync.sight import Sight
from tieout.sync.steps import Ledger, Place, fingerprint, step
from tieout.sync.wanted_rows import Row, Wanted, item_scope, wanted_rows
from tieout.sync.words import Agree, Answer, Awaited, Base, Child, Hold, Item, ListWrite, Quality, Question, Write
from tieout.transform import Unconvertible

AGREEING, ANY = frozenset({Quality.EQUAL, Quality.NORMALISED}), frozenset(Quality)
Qualities = Sequence[frozenset[Quality]]
"""How well two rows must agree to be paired, the best ones first."""


@dataclass(slots=True)
class Outcome:
    """What becomes of one list."""

    write: ListWrite | None = None
    holds: list[Hold] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def decide_list(
    rule: ListRule,
    sight: Sight,
    will: Row,
    children: Sequence[Child],
    answers: Mapping[str, Answer],
    unknown: Collection[str] = (),
) -> Outcome:
    """Decide one list of one document; `will` is the document as it will be.

    `unknown`: new rows that an earlier write may have added (`row_print`): they are known again by what they hold.
    """
    outcome = Outcome()
    end = sight.end(rule.side or "")
    try:
        wanted = wanted_rows(rule, sight, 1 - end, outcome.notes, will)
    except (ExpressionFailed, Unconvertible) as problem:
        code, at = getattr(problem, "code", "expression-failed"), str(rule.rounding.at if rule.rounding else rule.at)
        outcome.holds.append(_hold(rule, code, str(problem), *ways_of(code, at)))
        return outcome
    except Undecided:
        return outcome
    present = _present(rule, sight, end)
    if present is None:
        return outcome  # an absent list is not an empty one
    _Weaver(rule, sight, end, will, answers, outcome, unknown).weave(wanted, present, children)
    return outcome


def _present(rule: ListRule, sight: Sight, end: int) -> list[Row] | None:
    image = sight.images[end]
    if image is None:
        return []
    value = rule.paths[rule.side or ""].read(image.record)
    if isinstance(value, Missing):
        return None
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _hold(rule: ListRule, code: str, message: str, *ways_out: str) -> Hold:
    return Hold(rule.key, code, message, fingerprint(rule.digest, code, message), ways_out, at=str(rule.at))


@dataclass(slots=True)
class _Weaver:
    """Weaves wanted and present rows into the list that is sent."""

    rule: ListRule
    sight: Sight
    end: int
    will: Row
    answers: Mapping[str, Answer]
    outcome: Outcome
    unknown: Collection[str] = ()
    changed: list[str] = field(default_factory=list)
    agreed: list[Child] = field(default_factory=list)
    resting: list[tuple[str, str]] = field(default_factory=list)
    held: bool = False
    """A row cannot be made: all that there is to ask is asked all the same, and the list waits."""

    def weave(self, wanted: Sequence[Wanted], present: Sequence[Row], children: Sequence[Child]) -> None:
        rows = {self._id(row): row for row in present if self._id(row) is not None}
        known = {(child.ids[1 - self.end], child.ordinal): child for child in children}
        if self.sight.link is not None:
            known |= self._pair_anew(wanted, rows) if not children else self._known_again(wanted, rows, known)
        taken: set[str] = set()
        items: list[Item] = []
        for want in wanted:
            child = known.get((want.id, want.ordinal))
            target = child.ids[self.end] if child is not None else None
            row = rows.get(target) if target is not None else None
            if child is not None and row is None and not self._lost(want, child):
                self.resting.append(child.ids)
                continue
            if target is not None and row is not None:
                taken.add(target)
            items.append(self._item(want, child if row is not None else None, row))
        gone = {
            child.ids[self.end]: child for key, child in known.items() if key not in {(w.id, w.ordinal) for w in wanted}
        }
        for id_, row in rows.items():
            if id_ in taken or id_ is None:
                continue
            if self._foreign(id_, row, gone.get(id_)):
                items.append(Item("", 0, id_, dict(row)))
        self._finish(items, present)

    def _id(self, row: Row) -> str | None:
        path = self.rule.ids.get(self.rule.side or "")
        value = path.read(row) if path is not None else None
        return str(value) if value is not None and not isinstance(value, Missing) else None

    def _known_again(
        self, wanted: Sequence[Wanted], rows: Mapping[str | None, Row], known: Mapping[tuple[str, int], Child]
    ) -> dict[tuple[str, int], Child]:
        """Pair rows that an earlier write may have added with those that are nobody's yet."""
        lost = [
            want
            for want in wanted
            if (want.id, want.ordinal) not in known and row_print(want.id, want.ordinal) in self.unknown
        ]
        taken = {child.ids[self.end] for child in known.values()}
        free = {id_: row for id_, row in rows.items() if id_ not in taken}
        return self._pair_anew(lost, free, qualities=(AGREEING,)) if lost else {}

    def _pair_anew(
        self, wanted: Sequence[Wanted], rows: Mapping[str | None, Row], *, qualities: Qualities = (AGREEING, ANY)
    ) -> dict[tuple[str, int], Child]:
        """Pair rows of two documents that are being linked: by a natural key that a rule writes, else by content."""
        path = self.rule.ids.get(self.rule.side or "")
        rule = next((r for r in self.rule.rules if isinstance(r, OneWay) and path is not None and r.path == path), None)
        if rule is None:
            return self._pair_by_content(wanted, rows, qualities)
        paired: dict[tuple[str, int], Child] = {}
        for want in wanted:
            made = step(rule, self._place(want, None), Ledger())
            key = str(made.sent) if isinstance(made, Write) and made.sent is not None else None
            if key is not None and key in rows and key not in {child.ids[self.end] for child in paired.values()}:
                paired[want.id, want.ordinal] = Child(self._ids(want.id, key), want.ordinal)
        return paired

    def _pair_by_content(
        self, wanted: Sequence[Wanted], rows: Mapping[str | None, Row], worth: Qualities
    ) -> dict[tuple[str, int], Child]:
        """Pair rows in which nothing would be written: at the same place first, then anywhere; never by place alone.

        Rows that agree in everything come before those that differ only where the target may (`drift: keep`).
        """
        paired: dict[tuple[str, int], Child] = {}
        order = [id_ for id_ in rows if id_ is not None]
        free = dict.fromkeys(order)
        for anywhere in (False, True):
            for qualities in worth:
                for place, want in enumerate(wanted):
                    if (want.id, want.ordinal) in paired:
                        continue
                    near = list(free) if anywhere else [id_ for id_ in order[place : place + 1] if id_ in free]
                    found = next((id_ for id_ in near if self._fits(want, rows[id_], qualities)), None)
                    if found is not None:
                        del free[found]
                        paired[want.id, want.ordinal] = Child(self._ids(want.id, found), want.ordinal)
        return paired

    def _fits(self, want: Wanted, row: Row, qualities: frozenset[Quality]) -> bool:
        place = self._place(want, row)
        made = [step(rule, place, Ledger()) for rule in self.rule.rules]
        return all(one is None or (isinstance(one, Agree) and one.quality in qualities) for one in made)

    def _ids(self, source: str, target: str) -> tuple[str, str]:
        return (target, source) if self.end == 0 else (source, target)

    def _place(self, want: Wanted, row: Row | None) -> Place:
        names = (self.sight.mapping.sides[0].name, self.sight.mapping.sides[1].name)
        items: dict[str, Value] = {
            names[1 - self.end]: dict(want.row),
            names[self.end]: None if row is None else dict(row),
        }
        records = (row, want.row) if self.end == 0 else (want.row, row)
        prefix = self.rule.paths[self.rule.side or ""].text + "."
        image = self.sight.images[1 - self.end]
        other: Row = {} if image is None else image.record
        wills = (self.will, other) if self.end == 0 else (other, self.will)
        prefixes = (prefix, "") if self.end == 0 else ("", prefix)
        return Place(self.sight, item_scope(self.sight, items), records, wills, prefixes)

    def _item(self, want: Wanted, child: Child | None, row: Row | None) -> Item:
        """Make one row; what keeps the list from being decided stands in `held` and in the questions."""
        place = self._place(want, row)
        ledger = Ledger(child.base if child is not None else {}, self._answers(want))
        sent: dict[str, Value] = {} if row is None else dict(row)
        fields: dict[str, tuple[Value, Value, Value]] = {}
        awaits: dict[str, Awaited] = {}
        paths: dict[str, tuple[str, ...]] = {}
        moved: dict[str, Base] = {}
        evidence: dict[str, Mapping[str, Value]] = {}
        masked = frozenset(rule.key for rule in self.rule.rules if rule.pii)
        for rule in self.rule.rules:
            made = step(rule, place, ledger)
            if isinstance(made, Hold):
                self._hold(want, made)
            if isinstance(made, Question):
                self.outcome.questions.append(self._ask(want, made))
            if isinstance(made, Agree):
                moved[rule.key] = Base(made.values, made.quality)
            if isinstance(made, Write) and self._is_frozen(want, rule, made, ledger):
                continue
            if isinstance(made, Write):
                fields[rule.key] = (made.before, made.sent, made.source)
                paths[rule.key] = made.names
                if made.awaits is not None:
                    awaits[rule.key] = made.awaits
                evidence[rule.key] = made.evidence
                put(sent, made.names, made.sent)
                self.changed.append(made.why if row is not None else "added")
        if row is None and not fields:
            self.changed.append("added")
        if child is not None and moved:
            self.agreed.append(Child(child.ids, child.ordinal, {**child.base, **moved}))
        id_ = None if row is None else self._id(row)
        return Item(want.id, want.ordinal, id_, sent, fields, awaits, paths, masked & fields.keys(), _said(evidence))

    def _hold(self, want: Wanted, made: Hold) -> None:
        """Hold the list by its first row that cannot be made: a list has one hold."""
        if not self.held:
            self.outcome.holds.append(
                _hold(self.rule, made.code, f"row {self._shown(1 - self.end, want.id)}: {made.message}", *made.ways_out)
            )
        self.held = True

    def _is_frozen(self, want: Wanted, rule: Rule, made: Write, ledger: Ledger) -> bool:
        """A value that is rewritten again and again is left as it is; the rest of the row and of the list goes on."""
        base = ledger.base.get(rule.key)
        if not frozen(made, base, rule=rule.digest):
            return False
        row = self._name(want)
        name, print_ = f"{self.rule.key}[{row}]{rule.key}", fingerprint(rule.digest, FROZEN, row)
        self.outcome.holds.append(frozen_hold(made, base, self.sight, name, print_))
        return True

    def _answers(self, want: Wanted) -> Mapping[str, Answer]:
        head = f"{self.rule.key}[{self._shown(1 - self.end, want.id)}]"
        return {key.removeprefix(head): answer for key, answer in self.answers.items() if key.startswith(head)}

    def _ask(self, want: Wanted, made: Question) -> Question:
        row = self._shown(1 - self.end, want.id)
        rule = f"{self.rule.key}[{row}]{made.rule}"
        return Question(rule, made.kind, f"row {row}: {made.text}", made.fingerprint, made.choices, at=made.at)

    def _shown(self, end: int, id_: str) -> str:
        """Name a row; where its key is personal data, by what says nothing about it."""
        return f"#{fingerprint(id_)[:8]}" if is_personal_key(self.rule, self.sight.mapping, end) else id_

    def _name(self, want: Wanted) -> str:
        shown = self._shown(1 - self.end, want.id)
        return f"{shown}~{want.ordinal}" if want.ordinal else shown

    def _lost(self, want: Wanted, child: Child) -> bool:
        """A paired row was removed by hand in the target: say whether to send it again."""
        shown = self._shown(1 - self.end, want.id)
        match self.rule.drift:
            case Drift.RESTORE:
                return not self._row_is_frozen(want, child)
            case Drift.KEEP:
                self.outcome.notes.append(f"{self.rule.key}: row {shown} was removed by hand and stays so")
                return False
            case Drift.REVIEW:
                return self._decided(
                    shown,
                    "removed",
                    f"row {shown} was removed by hand in {self.rule.side}",
                    {"restore": "add it again", "keep": "leave it removed"},
                    {"ids": list(child.ids)},
                )

    def _row_is_frozen(self, want: Wanted, child: Child) -> bool:
        """A row that was restored again and again is left removed; the rest of the list goes on."""
        if not restored_too_often(child, rule=self.rule.digest):
            return False
        row = self._name(want)
        name = f"{self.rule.key}[{row}]"
        print_ = fingerprint(self.rule.digest, FROZEN, row)
        self.outcome.holds.append(frozen_row(self.sight, self.end, name, print_, at=str(self.rule.at)))
        return True

    def _decided(self, row: str, kind: str, text: str, choices: Mapping[str, str], about: Value) -> bool:
        """Ask, or follow the answer: True for the first choice."""
        print_ = fingerprint(self.rule.digest, kind, row, about)
        name = f"{self.rule.key}[{row}]{kind}"
        answer = self.answers.get(name)
        if answer is not None and answer.fingerprint == print_:
            return answer.answer == next(iter(choices))
        self.outcome.questions.append(Question(name, "list", text, print_, choices, at=str(self.rule.at)))
        return False

    def _foreign(self, id_: str, row: Row, child: Child | None) -> bool:
        """Say whether a row without a source stays, for all that is known yet."""
        shown = self._shown(self.end, id_)
        if child is not None:
            keeps = self._edited(row, child) and not self._decided(
                shown,
                "edited",
                f"row {shown} was removed at the source and edited in {self.rule.side}",
                {"remove": "remove it here too", "keep": "keep it"},
                dict(row),
            )
            if not keeps:
                self.changed.append("removed")
        elif self.rule.extra == "remove":
            keeps = False
            self.changed.append("removed")
        else:
            keeps = self.rule.extra == "keep" or not self._decided(
                shown,
                "extra",
                f"{self.rule.side} has a row {shown} of its own",
                {"remove": "remove it", "keep": "keep it"},
                dict(row),
            )
            if not keeps:
                self.changed.append("removed")
        return keeps

    def _edited(self, row: Row, child: Child) -> bool:
        link = self.sight.link
        for rule in self.rule.rules:
            base = child.base.get(rule.key)
            if isinstance(rule, OneWay) and link is not None and link.forgotten(rule.key, child.base):
                return True  # it cannot be told any more
            if isinstance(rule, OneWay) and base is not None and rule.path.read(row) != base.values[self.end]:
                return True
        return False

    def _finish(self, items: Sequence[Item], present: Sequence[Row]) -> None:
        if self.held or self.outcome.questions or (not self.changed and not self.agreed):
            return
        reasons = Counter(self.changed)
        why = ", ".join(f"{reason} ({count})" if count > 1 else reason for reason, count in reasons.items())
        path = self.rule.paths[self.rule.side or ""]
        self.outcome.write = ListWrite(
            self.rule.key,
            self.end,
            path.names,
            [dict(row) for row in present],
            items if self.changed else (),
            why,
            str(self.rule.at),
            self.agreed,
            emptied=bool(self.changed) and not items,
            resting=self.resting,
        )


def _said(evidence: Mapping[str, Mapping[str, Value]]) -> dict[str, Mapping[str, Value]]:
    return {rule: told for rule, told in evidence.items() if told}


def sent_rows(write: ListWrite) -> list[Value]:
    """Give the list as it goes into the operation's values; only blanks that a rule writes are sent."""
    return [_sent_row(item) for item in write.items]


def _sent_row(item: Item) -> dict[str, Value]:
    written = {names[0] for names in item.paths.values()} if item.id is not None else set()
    return {name: value for name, value in item.sent.items() if name in written or not blank(value)}
