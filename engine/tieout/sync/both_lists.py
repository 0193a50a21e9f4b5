"""Lists that go both ways: rows are paired, judged each against its own base, and added, changed or removed. Pure.

A row is added on the side that lacks it, removed where its partner was removed and it was not edited since, and every
other row of a list that is written goes along as it is, with its id. Order is nobody's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tieout.mapping.compiled import (
    Conflict,
    ExpressionFailed,
    ListRule,
    OneWay,
    Pair,
    Rule,
    Undecided,
    holds,
)
from tieout.model import Value
from tieout.sync.fresh import pair_value
from tieout.sync.masking import is_personal_key
from tieout.sync.quarrel import FROZEN, frozen, frozen_hold
from tieout.sync.row_doubts import FOLLOW, PAIR, Tangle, doubt_of, find_tangle
from tieout.sync.row_ids import Line, present_lines
from tieout.sync.row_items import filled
from tieout.sync.row_pairs import Lost, found_again, key_rule, moved, pair_rows
from tieout.sync.sight import Sight
from tieout.sync.steps import Ledger, Place, fingerprint, step
from tieout.sync.wanted_rows import item_scope
from tieout.sync.words import Agree, Answer, Base, Child, Hold, Item, ListWrite, Quality, Question, Write
from tieout.transform import Unconvertible

Row = Mapping[str, Value]
Rows = tuple[Mapping[str, Value], Mapping[str, Value]]


@dataclass(slots=True)
class Woven:
    """What becomes of one list that goes both ways."""

    writes: list[ListWrite] = field(default_factory=list)
    """At most one for each end, and one that only moves bases."""
    holds: list[Hold] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    known: Agree | None = None
    """From now on the two lists count as paired: what is new in them is new."""


def decide_both(
    rule: ListRule, sight: Sight, wills: Rows, children: Sequence[Child], answers: Mapping[str, Answer]
) -> Woven:
    """Decide one list of two records; `wills`: both as they will be. A record that is being made has no rows yet."""
    woven = Woven()
    present = [present_lines(rule, sight, end) for end in (0, 1)]
    if present[0] is None or present[1] is None:
        return woven  # an absent list is not an empty one
    loom = _Loom(rule, sight, wills, answers, woven, (present[0], present[1]))
    try:
        loom.weave(children)
    except (ExpressionFailed, Unconvertible) as problem:
        print_ = fingerprint(rule.digest, "expression-failed", str(problem))
        return Woven(holds=[Hold(rule.key, "expression-failed", str(problem), print_, at=str(rule.at))])
    except Undecided:
        return Woven()  # unknown, not false: the next read decides
    return woven


@dataclass(slots=True)
class _End:
    """What is to be done at one end."""

    rows: dict[str, Row]
    """Id -> row, of the rows that have an id."""
    partner: dict[str, str] = field(default_factory=dict)
    changed: dict[str, Item] = field(default_factory=dict)
    added: list[Item] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    why: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    """Questions about rows whose answers are followed here."""


class _Loom:
    def __init__(
        self,
        rule: ListRule,
        sight: Sight,
        wills: Rows,
        answers: Mapping[str, Answer],
        woven: Woven,
        present: tuple[Sequence[Line], Sequence[Line]],
    ) -> None:
        self.rule, self.sight, self.wills, self.answers, self.woven = rule, sight, wills, answers, woven
        self.present = present
        self.names = (sight.mapping.sides[0].name, sight.mapping.sides[1].name)
        self.ends = (_End(dict(_known(present[0]))), _End(dict(_known(present[1]))))
        self.agreed: list[Child] = []
        self.gone: list[tuple[str, str]] = []

    def weave(self, children: Sequence[Child]) -> None:
        free = [dict(end.rows) for end in self.ends]
        for child in children:
            for end in (0, 1):
                free[end].pop(child.ids[end], None)
        now = [self._known_again(child, free) for child in children]
        new = [Child(ids) for ids in pair_rows(self.rule, self.names, free, self._place)]
        left = [[id_ for id_ in rows if self._inside(end, rows[id_])] for end, rows in enumerate(free)]
        if not self._untangle(children, now, new, left):
            return
        for child in now:
            self._one(child, new=False)
        for child in new:
            self._one(child, new=True)
        self._rest(left, first=not children)
        for end in (0, 1):
            nameless = sum(not line.id for line in self.present[end])
            if nameless:
                text = f"{self.rule.key}: {nameless} rows of {self.names[end]} have no key and stay where they are"
                self.woven.notes.append(text)
        self._finish()

    def _known_again(self, child: Child, free: list[dict[str, Row]]) -> Child:
        """A row may have got a new id: one that holds just what was agreed, or what its partner holds, is not gone."""
        ids = list(child.ids)
        for end in (0, 1):
            if child.ids[end] in self.ends[end].rows:
                continue
            lost = Lost(child, end, self.ends[1 - end].rows.get(child.ids[1 - end]))
            found = found_again(self.rule, self.sight, lost, free[end], self._place)
            if found is not None:
                del free[end][found]
                ids[end] = found
        return child if tuple(ids) == child.ids else self._renamed(child, (ids[0], ids[1]))

    def _renamed(self, child: Child, ids: tuple[str, str]) -> Child:
        self.gone.append(child.ids)
        self.agreed.append(replace(child, ids=ids))
        return self.agreed[-1]

    def _untangle(self, old: Sequence[Child], now: list[Child], new: list[Child], left: Sequence[list[str]]) -> bool:
        """Say whether it is known which rows are which; where it is not, a person looks first."""
        ids, known = (self.ends[0].rows, self.ends[1].rows), True
        base = {} if self.sight.link is None else self.sight.link.base
        doubts = [doubt_of(base, self.rule.key, end) for end in (0, 1)]
        for end in (0, 1):
            tangle = find_tangle(end, ids, old, now, left, doubt=doubts[end])
            answer = FOLLOW if tangle is None else self._asked_about(tangle)
            if answer == PAIR and tangle is not None:
                self._pair(tangle, now, new, left)
            elif answer != FOLLOW:
                known = False
        if known and any(doubts):
            self.woven.known = Agree(self.rule.key, (None, None), Quality.EQUAL, "it is known which rows are which")
        return known

    def _asked_about(self, tangle: Tangle) -> str | None:
        text, choices = tangle.text(self.rule.key, self.names), tangle.choices(self.names, self._shown)
        rows = [dict(self.ends[tangle.end].rows[id_]) for id_ in tangle.fresh]
        return self._chosen(self.names[tangle.end], "replaced", text, choices, [list(tangle.others), rows])

    def _pair(self, tangle: Tangle, now: list[Child], new: list[Child], left: Sequence[list[str]]) -> None:
        for child in tangle.pairs():
            before = tangle.lost.get(child.ids[1 - tangle.end])
            if before is None:
                new.append(child)
            else:
                now[now.index(before)] = self._renamed(before, child.ids)
        left[tangle.end].clear()
        left[1 - tangle.end][:] = [id_ for id_ in left[1 - tangle.end] if id_ not in tangle.others]

    def _rest(self, left: Sequence[Sequence[str]], *, first: bool) -> None:
        """Add the rows that have no partner, unless two lists meet for the first time and both have such rows."""
        link = self.sight.link
        known = link is not None and self.rule.key in link.base
        if first and not known and all(left) and key_rule(self.rule, self.names) is None and not self._strangers(left):
            return
        if link is not None and not known and any(end.rows for end in self.ends):
            self.woven.known = Agree(self.rule.key, (None, None), Quality.EQUAL, "their rows are paired")
        for end in (0, 1):
            for id_ in left[end]:
                self._add(end, id_)

    # --- which rows belong together -----------------------------------------------------------------------------------

    def _inside(self, end: int, row: Row, other: Row | None = None) -> bool:
        if self.rule.where is None:
            return True
        return holds(self.rule.where(item_scope(self.sight, self._items((row, other) if end == 0 else (other, row)))))

    def _items(self, rows: tuple[Row | None, Row | None]) -> dict[str, Value]:
        return {name: None if row is None else dict(row) for name, row in zip(self.names, rows, strict=True)}

    def _strangers(self, left: Sequence[Sequence[str]]) -> bool:
        """Two lists are linked for the first time, and both have rows that the other lacks: a person looks first."""
        rows = [self.ends[end].rows[id_] for end in (0, 1) for id_ in left[end]]
        counts = " and ".join(f"{len(left[end])} rows of {name}" for end, name in enumerate(self.names))
        return self._decided(
            "",
            "unpaired",
            f"{counts} belong to none of the other side, as far as can be told",
            {"add": "add each of them on the other side", "keep": "leave all of them where they are"},
            [dict(row) for row in rows],
        )

    # --- rows that are paired -----------------------------------------------------------------------------------------

    def _one(self, child: Child, *, new: bool) -> None:
        rows = (self.ends[0].rows.get(child.ids[0]), self.ends[1].rows.get(child.ids[1]))
        if rows[0] is None and rows[1] is None:
            self.gone.append(child.ids)
        elif rows[0] is not None and rows[1] is not None:
            self.ends[0].partner[child.ids[0]], self.ends[1].partner[child.ids[1]] = child.ids[1], child.ids[0]
            if self._inside(0, rows[0], rows[1]):
                self._fields(child, rows, new=new)
        else:
            self._half(child, 0 if rows[0] is not None else 1)

    def _fields(self, child: Child, rows: tuple[Row | None, Row | None], *, new: bool) -> None:
        name = self._name(0, child.ids[0])
        ledger = Ledger(child.base, self._answers_of(name))
        place = self._place(rows)
        moved: dict[str, Base] = {}
        for rule in self.rule.rules:
            made = step(rule, place, ledger)
            if isinstance(made, Agree):
                moved[rule.key] = Base(made.values, made.quality)
            elif isinstance(made, Write):
                base = child.base.get(rule.key)
                if frozen(made, base, rule=rule.digest):
                    print_ = fingerprint(rule.digest, FROZEN, name)
                    self.woven.holds.append(frozen_hold(made, base, self.sight, f"{name}{rule.key}", print_))
                else:
                    self._change(child.ids[made.end], rule, made)
                    self.ends[made.end].answered += [f"{name}{rule.key}"] if made.decided else []
            else:
                self._stands(name, made)
        if moved or new:
            self.agreed.append(Child(child.ids, 0, {**child.base, **moved}))

    def _change(self, id_: str, rule: Rule, made: Write) -> None:
        end = self.ends[made.end]
        hidden = frozenset({"id"}) if self._is_personal(made.end) else frozenset[str]()
        item = end.changed.get(id_) or Item(end.partner[id_], 0, id_, dict(end.rows[id_]), personal=hidden)
        end.changed[id_] = filled(item, rule, made)
        end.why.append(made.why)

    def _half(self, child: Child, there: int) -> None:
        """One of two paired rows was removed."""
        id_ = child.ids[there]
        if not self._inside(there, self.ends[there].rows[id_]):
            return
        fate = self._fate(child, there)
        here = self.ends[there if fate == "remove" else 1 - there]
        many = len(here.why)
        if fate == "remove":
            here.removed.add(id_)
            here.why.append("removed")
        elif fate == "keep":
            self._add(there, id_)  # the write that adds it pairs it anew
        question = f"{self._name(there, id_)}removed"
        here.answered += [question] if question in self.answers and len(here.why) > many else []

    def _fate(self, child: Child, there: int) -> str | None:
        """Say what becomes of a row whose partner was removed; one that was edited meanwhile: the rule, or a person."""
        word = self.rule.conflict
        if word == self.names[1 - there] or not self._edited(child, there):
            return "remove"
        return "keep" if word in {self.names[there], Conflict.UNION} else self._ask_removal(child, there)

    def _ask_removal(self, child: Child, there: int) -> str | None:
        name, row = self._name(there, child.ids[there]), dict(self.ends[there].rows[child.ids[there]])
        print_ = fingerprint(self.rule.digest, "removed", list(child.ids), row)
        answer = self.answers.get(f"{name}removed")
        if answer is not None and answer.fingerprint == print_:
            return answer.answer
        gone, other = self.names[1 - there], self.names[there]
        shown = self._shown(there, child.ids[there])
        text = f"row {shown} was removed in {gone} and edited in {other}"
        choices = {"remove": f"remove it in {other} too", "keep": f"keep it, and add it again in {gone}"}
        self.woven.questions.append(Question(f"{name}removed", "list", text, print_, choices, at=str(self.rule.at)))
        return None

    def _edited(self, child: Child, end: int) -> bool:
        """Say whether a row was changed since the last agreement; of a row without any it cannot be said."""
        row = self.ends[end].rows[child.ids[end]]
        place = self._place((row, None) if end == 0 else (None, row))
        return not child.base or any(
            rule.key in child.base and moved(rule, child.base[rule.key], place, row, end) for rule in self.rule.rules
        )

    # --- rows that are new --------------------------------------------------------------------------------------------

    def _add(self, source: int, id_: str) -> None:
        """Add a row of one end at the other one."""
        end, row = 1 - source, self.ends[source].rows[id_]
        place = self._place((row, None) if source == 0 else (None, row))
        item = Item(id_, 0, None, {})
        for rule in self.rule.rules:
            if isinstance(rule, OneWay) and self.sight.end(rule.side) != end:
                continue
            made = pair_value(rule, place, source) if isinstance(rule, Pair) else step(rule, place, Ledger())
            if isinstance(made, Write):
                item = filled(item, rule, made)
            elif isinstance(made, Hold | Question):
                self._stands(self._name(source, id_), made)
                return
        if not item.fields:
            shown = f"row {self._shown(source, id_)} of {self.names[source]}"
            self.woven.notes.append(f"{self.rule.key}: {shown} has nothing to carry over")
            return
        self.ends[end].added.append(item)
        self.ends[end].why.append("added")

    # --- words and results --------------------------------------------------------------------------------------------

    def _name(self, end: int, id_: str) -> str:
        return f"{self.rule.key}[{self.names[end]} {self._shown(end, id_)}]"

    def _shown(self, end: int, id_: str) -> str:
        """Name a row; where its key is personal data, by what says nothing about it."""
        return f"#{fingerprint(id_)[:8]}" if self._is_personal(end) else id_

    def _is_personal(self, end: int) -> bool:
        return is_personal_key(self.rule, self.sight.mapping, end)

    def _answers_of(self, name: str) -> Mapping[str, Answer]:
        return {key.removeprefix(name): answer for key, answer in self.answers.items() if key.startswith(name)}

    def _stands(self, name: str, made: Hold | Question | None) -> None:
        row = name.partition("[")[2].rstrip("]")
        if isinstance(made, Hold):
            told = replace(made, rule=f"{name}{made.rule}", message=f"row {row}: {made.message}")
            self.woven.holds.append(told)
        elif isinstance(made, Question):
            self.woven.questions.append(replace(made, rule=f"{name}{made.rule}", text=f"row {row}: {made.text}"))

    def _decided(self, row: str, kind: str, text: str, choices: Mapping[str, str], about: Value) -> bool:
        """Ask, or follow the answer: True for the first choice."""
        return self._chosen(row, kind, text, choices, about) == next(iter(choices))

    def _chosen(self, row: str, kind: str, text: str, choices: Mapping[str, str], about: Value) -> str | None:
        """Ask, or give the answer."""
        print_ = fingerprint(self.rule.digest, kind, row, about)
        name = f"{self.rule.key}[{row}]{kind}"
        answer = self.answers.get(name)
        if answer is not None and answer.fingerprint == print_:
            return answer.answer
        self.woven.questions.append(Question(name, "list", text, print_, choices, at=str(self.rule.at)))
        return None

    def _place(self, rows: tuple[Row | None, Row | None]) -> Place:
        prefixes = (f"{self.rule.paths[self.names[0]].text}.", f"{self.rule.paths[self.names[1]].text}.")
        return Place(self.sight, item_scope(self.sight, self._items(rows)), rows, self.wills, prefixes)

    def _finish(self) -> None:
        for end in (0, 1):
            if self.ends[end].why:
                self.woven.writes.append(self._written(end))
        if self.agreed or self.gone:
            path = self.rule.paths[self.names[0]]
            self.woven.writes.append(
                ListWrite(
                    self.rule.key, 0, path.names, (), (), "both sides agree", str(self.rule.at), self.agreed, self.gone
                )
            )

    def _written(self, end: int) -> ListWrite:
        """Write a list whole: rows that stay with their ids, the system's own ones too; new ones after them."""
        here, items = self.ends[end], []
        for line in self.present[end]:
            if line.id and line.id in here.removed:
                continue
            same = Item(here.partner.get(line.id, ""), 0, line.id, dict(line.row))
            items.append(here.changed.get(line.id, same))
        reasons = Counter(here.why)
        why = ", ".join(f"{reason} ({count})" if count > 1 else reason for reason, count in reasons.items())
        path = self.rule.paths[self.names[end]]
        before = [dict(line.row) for line in self.present[end]]
        sent = [*items, *here.added]
        return ListWrite(
            self.rule.key,
            end,
            path.names,
            before,
            sent,
            why,
            str(self.rule.at),
            emptied=not sent,
            answered=here.answered,
        )


def _known(present: Sequence[Line]) -> list[tuple[str, Row]]:
    return [(line.id, line.row) for line in present if line.id]
