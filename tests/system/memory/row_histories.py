"""Random histories of two lists that go both ways: people edit between runs and before writes, answers get lost.

Every row that a person adds has a root of its own (m7), kept in its mail whatever else is changed, and every value that
a person writes is new: what stands at the end can be told from it alone.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import select

from system.memory.lossy import Fate, LossyStage
from system.memory.test_both_lists import FIELDS, NAMES, SHAPES, Shape, types
from tieout.model import Value
from tieout.store.replay import differences, replay, stored
from tieout.store.standing import Review
from tieout.store.tables import audit_value

LOST, MET, MEANWHILE, ANSWERED, TOUCHED = 0.4, 0.3, 0.5, 0.3, 0.5
ROUNDS = 7
RULES = ("crm", "books", "union", "review")
FATES = (Fate.DONE, Fate.NOT_DONE, Fate.LATE)
QUIET = 8
"""Runs at the end, in which nothing happens any more."""
PAIRED = re.compile(r"(\S+) is (\S+?)(?:,|;|$)")

Row = dict[str, Value]


@dataclass(frozen=True)
class Edit:
    """What a person did to one row; `value` None: removed it."""

    root: str
    end: int
    value: str | None


@dataclass
class History:
    """One pair of records, from its beginning to its rest."""

    seed: int
    shape: Shape
    conflict: str
    chance: random.Random
    made: LossyStage
    edits: list[Edit] = field(default_factory=list)
    exposed: set[str] = field(default_factory=set)
    """Roots that a person touched while a write was under way: the window of law 3."""
    used: int = 0
    story: list[str] = field(default_factory=list)

    # --- people -------------------------------------------------------------------------------------------------------

    def rows(self, end: int) -> list[Row]:
        if not self.made.rows(end):
            return []
        found = self.made.record(end)[NAMES[end][0]]
        return [dict(row) for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    def root(self, end: int, row: Row) -> str:
        return re.split("[.@]", str(row[NAMES[end][1]]))[0]

    def fresh(self, letter: str) -> str:
        self.used += 1
        return f"{letter}{self.used}"

    def person(self, end: int) -> Row:
        root, name = self.fresh("m"), self.fresh("n")
        self.edits.append(Edit(root, end, name))
        return dict(zip(NAMES[end][1:], (f"{root}@x", name), strict=True))

    def act(self, end: int) -> None:
        """Have somebody do something to the rows of one side."""
        if not self.made.rows(end):
            return
        rows, before = self.rows(end), len(self.edits)
        deed = self.chance.choice(("add", "name", "name", "mail", "remove", "shuffle", "swap")) if rows else "add"
        place = self.chance.randrange(len(rows)) if rows else 0
        match deed:
            case "name":
                self._write(end, rows[place], NAMES[end][2])
            case "mail" if None not in self.shape.ids:
                self._write(end, rows[place], NAMES[end][1])
            case "remove":
                self.edits.append(Edit(self.root(end, rows.pop(place)), end, None))
            case "shuffle":
                self.chance.shuffle(rows)
            case "swap":
                self.edits.append(Edit(self.root(end, rows.pop(place)), end, None))
                rows.insert(place, self.person(end))
            case _:
                rows.append(self.person(end))
        touched = {edit.root for edit in self.edits[before:]}
        if self.made.weather.under_way(end):
            self.exposed |= touched
        self.tell(f"{deed} {touched or ''} at {end}")
        self.made.systems[end].edit(self.made.rows(end)[0].id, {NAMES[end][0]: rows}, by="ann")

    def _write(self, end: int, row: Row, name: str) -> None:
        root = self.root(end, row)
        value = self.fresh("n") if name == NAMES[end][2] else f"{root}.{self.fresh('v')}@x"
        row[name] = value
        self.edits.append(Edit(root, end, value))

    def tell(self, what: str) -> None:
        shown = [[f"{row.get(self.shape.ids[end] or '')}:{row[NAMES[end][1]]}={row[NAMES[end][2]]}"
                  for row in self.rows(end)] for end in (0, 1)]  # fmt: skip
        self.story.append(f"{what}\n    {shown[0]}\n    {shown[1]}")

    # --- answers ------------------------------------------------------------------------------------------------------

    def answer(self, review: Review) -> None:
        """Answer a question as somebody who knows the rows."""
        choices = review.question["choices"]
        assert isinstance(choices, dict)
        known = self._true(choices)
        self.tell(f"{review.question['text']} -> {known}")
        self.made.answer(review.id, known)

    def _true(self, choices: dict[str, Value]) -> str:
        """Pair only what is paired in truth, and call rows new only if none of them is known on the other side."""
        roots = [{str(row.get(self.shape.ids[end] or NAMES[end][1])): self.root(end, row) for row in self.rows(end)}
                 for end in (0, 1)]  # fmt: skip
        if "pair" in choices:
            said = PAIRED.findall(str(choices["pair"]))
            assert said
            if all(roots[0].get(one) == roots[1].get(other) for one, other in said):
                return "pair"
        wide = {"add", "follow"} & choices.keys()
        if not wide:
            return self.chance.choice(sorted(choices))
        common = self.unpaired(0) & self.unpaired(1)
        return wide.pop() if not common else "keep"

    def unpaired(self, end: int) -> set[str]:
        """Give the roots of those rows of one side whose partner is not known, or not there."""
        with self.made.database.read() as tx:
            lines = [line for link in stored(tx).links.values() for kept in link.lines.values() for line in kept]
        ids = [{self.id(at, row) for row in self.rows(at)} for at in (0, 1)]
        paired = {line[end] for line in lines if line[0] in ids[0] and line[1] in ids[1]}
        return {self.root(end, row) for row in self.rows(end) if self.id(end, row) not in paired}

    def id(self, end: int, row: Row) -> str:
        return str(row[self.shape.ids[end] or NAMES[end][1]])

    # --- the course of it ---------------------------------------------------------------------------------------------

    def forecast(self) -> Fate:
        fate = self.chance.choice(FATES) if self.chance.random() < LOST else Fate.ANSWERED
        self.story.append(f"write: {fate}")
        return fate

    def run(self) -> None:
        self.made.run()
        self.tell("ran")

    def go(self) -> None:
        """Live through some days, then have everything come to rest."""
        rows = [self.person(0) for _ in range(self.chance.randrange(4))]
        self.made.add(0, {"code": "k1", NAMES[0][0]: rows})
        if self.chance.random() < MET:
            rows = [self.person(1) for _ in range(self.chance.randrange(3))]
            self.made.add(1, {"code": "k1", NAMES[1][0]: rows})
        self.made.weather.forecast = self.forecast
        for _ in range(self.chance.randrange(2, ROUNDS)):
            self._round()
        self.made.weather.forecast = lambda: Fate.ANSWERED
        for _ in range(QUIET):
            self.run()
            for review in self.made.reviews():
                self.answer(review)

    def _round(self) -> None:
        for _ in range(self.chance.randrange(3)):
            self.act(self.chance.randrange(2))
        if self.chance.random() < MEANWHILE:
            end = self.chance.randrange(2)
            self.made.meanwhile(end, lambda: self.act(end))
        self.run()
        self.made.acts.clear()
        if self.chance.random() < ANSWERED:
            for review in self.made.reviews():
                self.answer(review)
        if self.chance.random() < TOUCHED:
            self.act(self.chance.randrange(2))
        self.made.weather.land()
        self.tell("what was under way has landed")


def history(seed: int) -> History:
    """Make one history; `go` lives through it."""
    chance = random.Random(seed)  # noqa: S311  # no secret, and the same for each seed
    name, conflict = list(SHAPES)[seed % len(SHAPES)], chance.choice(RULES)
    shape = SHAPES[name]
    fields = FIELDS.replace("}", f", conflict: {'review' if conflict == 'union' else conflict}}}")
    slow = [replace(type_, horizon=timedelta(minutes=20)) for type_ in types(shape)]
    mapping = replace(shape, fields=fields).mapping(f"    conflict: {conflict}\n")
    made = LossyStage(mapping, (slow[0], slow[1]), traits=shape.traits)
    return History(seed, shape, conflict, chance, made, story=[f"{name}, conflict: {conflict}"])


def faults(lived: History) -> Iterator[str]:
    """Judge a history that has come to rest."""
    made = lived.made
    before = [len(system.history) for system in made.systems]
    report = made.run()
    if not report.converged or before != [len(system.history) for system in made.systems]:
        yield "it does not come to rest"
    with made.database.read() as tx:
        if list(differences(replay(tx), stored(tx))):
            yield "the audit log tells something else"
        log = "".join(tx.execute(select(audit_value.c.value)).scalars())
    for end in (0, 1):
        counts = Counter(lived.root(end, row) for row in lived.rows(end))
        yield from (f"twins of {root} at {end}" for root, count in counts.items() if count > 1)
    if standing(made):
        return
    told = [{(row[NAMES[end][1]], row[NAMES[end][2]]) for row in lived.rows(end)} for end in (0, 1)]
    if told[0] != told[1]:
        yield f"nothing stands, and the sides differ: {told}"
    yield from _lost(lived, log)


def standing(made: LossyStage) -> bool:
    """Say whether a question about the list was asked and not carried out, or something of it is held."""
    with made.database.read() as tx:
        kept = [one.answer for one in stored(tx).reviews.values() if one.state == "answered"]
    return bool(made.holds() or made.reviews() or "keep" in kept)


def _lost(lived: History, log: str) -> Iterator[str]:
    """Name edits of people that are neither on the sides, nor in the log of what was overridden."""
    values = {str(row[name]) for end in (0, 1) for row in lived.rows(end) for name in NAMES[end][1:]}
    roots = {lived.root(0, row) for row in lived.rows(0)}
    removed = {edit.root for edit in lived.edits if edit.value is None}
    last = {(edit.root, edit.end, (edit.value or "")[:1]): edit for edit in lived.edits}
    for (root, _, _), edit in last.items():
        if root in lived.exposed:
            continue
        if root not in removed and root not in roots:
            yield f"{root} is gone, and nobody removed it"
        if edit.value is not None and edit.value not in values and edit.value not in log and root not in removed:
            yield f"{edit} is nowhere"
        if edit.value is None and root in roots and not _edited_elsewhere(lived, edit):
            yield f"{edit} came back"


def _edited_elsewhere(lived: History, removal: Edit) -> bool:
    return any(edit.root == removal.root and edit.end != removal.end and edit.value is not None
               for edit in lived.edits)  # fmt: skip
