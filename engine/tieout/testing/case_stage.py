"""A case on the stage: the real pure code decides it, without a store and without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tieout.language.copies import family_of
from tieout.language.nodes import MapNode
from tieout.mapping.compiled import (
    CompiledMapping,
    ExpressionFailed,
    LinkTarget,
    ListRule,
    Missing,
    OneWay,
    Pair,
    Side,
    Undecided,
    put,
)
from tieout.mapping.rolled import Rollup
from tieout.model import Lock, Value, Verb
from tieout.sync.both_lists import decide_both
from tieout.sync.creation import create
from tieout.sync.lifecycle import in_scope
from tieout.sync.match import Ambiguous, Candidate, Matched, match_keys, match_one
from tieout.sync.memory import Memory
from tieout.sync.parting import names_of, one_end
from tieout.sync.picked import newly
from tieout.sync.reconcile import reconcile
from tieout.sync.reissuing import given_up, together
from tieout.sync.sight import Facts, Sight, in_force, narrowed, source_value, will_be
from tieout.sync.wanted_rows import wanted_rows
from tieout.sync.words import Answer, Base, Blocked, Child, Decision, Image, Kind, Link, Reference, State
from tieout.testing.case_coverage import Coverage, note
from tieout.testing.case_files import Case, texts
from tieout.testing.case_members import listed_of, members_of
from tieout.testing.case_records import whole_record
from tieout.transform import Scope, Unconvertible

DAY = "2026-06-30"
"""run.today of a file that does not say."""
Images = tuple[Image | None, Image | None]


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a case."""

    decision: Decision
    match: str | None = None
    """link, review or none, where two unlinked records were matched."""


@dataclass(frozen=True)
class Stage:
    """One case with the mapping that it tests. `plain` is the same mapping, not watched."""

    case: Case
    mapping: CompiledMapping
    plain: CompiledMapping
    coverage: Coverage
    sides: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Every mapping of the project -> its side names."""
    connections: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Every mapping of the project -> its connections, in the same order."""

    def play(self) -> Played:
        """Decide the case; answers that it gives are given to the questions that come up."""
        played = self._decided({})
        given = self.case.node.table("answers")
        questions = [question for question in played.decision.questions if question.rule in given.entries]
        if questions:
            answers = {one.rule: Answer(one.fingerprint, given.text(one.rule), "test") for one in questions}
            played = self._decided(answers)
        note(self.plain, played.decision, self.coverage)
        return played

    def _decided(self, answers: Mapping[str, Answer]) -> Played:
        images = self._images(self.case.now)
        node = self.case.node
        memory = Memory(
            answers=answers,
            created=self._end(node.text("made")),
            requesting=node.text("asks"),
            wishes=words(node.table("picks")),
            needed=node.flag("needed"),
        )
        if self.case.node.flag("linked"):
            link = self._link()
            decision = reconcile(self._told(self._sight(images, link), memory), memory)
            return Played(self._made_anew(decision, images, link, memory))
        first, second = images
        if first is not None and second is not None:
            return self._matched((first, second), memory)
        return Played(self._create(0 if first is not None else 1, images, memory))

    # --- records --------------------------------------------------------------------------------------------------

    def _end(self, side: str) -> int | None:
        names = [one.name for one in self.mapping.sides]
        return names.index(side) if side in names else None

    def _images(self, records: Mapping[str, MapNode]) -> Images:
        first, second = (self._image(side, records.get(side.name)) for side in self.mapping.sides)
        return first, second

    def _image(self, side: Side, node: MapNode | None) -> Image | None:
        if node is None:
            return None
        record = whole_record(node, side.type, side.paths)
        state = State(self.case.node.table("state").text(side.name, "present"))
        if side.remember is not None and self.case.node.flag("linked"):
            partner = self.mapping.other(side.name).name
            if side.remember.read(record) is None:
                put(record, side.remember.names, identity(partner))
        return Image(identity(side.name), state, record, lock=self._lock(side.name))

    def _lock(self, side: str) -> Lock | None:
        node = self.case.node.table("lock").get(side)
        if not isinstance(node, MapNode):
            return None
        allows = frozenset(Verb(one) for one in texts(node, "allows"))
        return Lock(node.text("reason"), frozenset(texts(node, "editable")), texts(node, "ways_out"), allows)

    def _sight(self, images: Images, link: Link | None) -> Sight:
        return self._parted(Sight(self.mapping, images, self._facts(self.case.beside[1]), 1, link))

    def _parted(self, sight: Sight) -> Sight:
        """Tell of the part that the case is about."""
        one = one_end(self.mapping)
        if one is None:
            return sight
        names = names_of(self.mapping, sight.records) if sight.images[one] is not None else ()
        part = self.case.node.text("part", names[0] if names else "")
        return replace(sight, part=part, left=one if part not in names else None)

    def _told(self, sight: Sight, memory: Memory) -> Sight:
        """Tell of the picks what persons said."""
        return replace(sight, wishes=memory.wishes, answers=memory.answers)

    def _facts(self, beside: MapNode) -> Facts:
        def members(rollup: Rollup, _owner: str) -> Mapping[str, Mapping[str, Value]]:
            return members_of(rollup, self.plain, beside)

        def listed(side: str, name: str) -> Sequence[Mapping[str, Value]] | None:
            return listed_of(side, name, self.plain, beside)

        return Facts(self._run(), self._resolve, page, listed=listed, members=members)

    def _run(self) -> dict[str, Value]:
        usual = {"today": DAY, "environment": "test", "time": f"{DAY}T12:00:00Z", "id": "run-1", "by": "test"}
        return {**usual, **self.case.run}

    def _resolve(self, target: LinkTarget, connection: str, side: str, id_: str) -> Reference:
        names = self.sides.get(target.mapping, (side, side))
        here = self.connections.get(target.mapping, ("", ""))
        mine = side if side in names else names[here.index(connection) if connection in here else 0]
        other = names[1] if mine == names[0] else names[0]
        given = self.case.links
        for row in given.get(target.mapping, given.get(family_of(target.mapping), ())):
            if _id_of(row.get(mine)) == id_:
                partner = row.get(other)
                if target.path is None:
                    return _id_of(partner)
                found = target.path.read(partner) if isinstance(partner, Mapping) else None
                return None if isinstance(found, Missing) else found
        return Blocked(f"it waits for {target.mapping}: {id_} has no partner there")

    # --- unlinked -------------------------------------------------------------------------------------------------

    def _create(self, source: int, images: Images, memory: Memory) -> Decision:
        sight, image = self._sight(images, None), images[source]
        if image is None or not image.live or not in_scope(self.mapping.sides[source], sight, image):
            return Decision()
        if sight.left is not None:
            return Decision()  # the record does not have that part
        return create(self._told(sight, memory), memory, source=source, generation=0, ended=None)

    def _matched(self, images: tuple[Image, Image], memory: Memory) -> Played:
        facts = self._facts(self.case.beside[1])
        for side, image in zip(self.mapping.sides, images, strict=True):
            if not image.live or not in_scope(side, self._sight(images, None), image):
                return Played(Decision(), "none")
        mine, theirs = (match_keys(self.mapping, end, image, facts) for end, image in enumerate(images))
        found = {index: [Candidate(images[1].id, theirs)] for index, key in mine.items() if theirs.get(index) == key}
        matched = match_one(self.mapping, mine, found, {}, frozenset())
        if matched is None or isinstance(matched, Ambiguous):
            made = [self._create(end, _alone(images, end), memory) for end in (0, 1)]
            return Played(_together(made), "none")
        return self._linked_now(matched, images, memory)

    def _linked_now(self, matched: Matched, images: tuple[Image, Image], memory: Memory) -> Played:
        self.coverage.reached.add(f"match {matched.rule + 1}")
        if matched.accept == "review" and "match" not in self.case.node.table("answers").entries:
            return Played(Decision(), "review")
        link = Link(1, 1, "", (images[0].id, images[1].id))
        return Played(reconcile(self._told(self._sight(images, link), memory), memory), matched.accept)

    # --- linked ---------------------------------------------------------------------------------------------------

    def _made_anew(self, decision: Decision, images: Images, link: Link, memory: Memory) -> Decision:
        """Add the new document to the void, or the credit, of one that a person has made anew."""
        old = given_up(decision)
        if old is None or images[1 - old.end] is None:
            return decision
        source = 1 - old.end
        sight = replace(self._told(self._sight(_alone(images, source), None), memory), before=link.base)
        made = create(sight, memory, source=source, generation=old.generation + 1, ended=old.why)
        return together(decision, old, made, memory.requesting)

    def _link(self) -> Link:
        """Make the link as the last agreement left it: each side's own values at the time."""
        then = self._images(self.case.start)
        sight = self._parted(Sight(self.plain, then, self._facts(self.case.beside[0]), 1, None))
        sight = replace(sight, wishes=words(self.case.node.table("picked")))
        base = {rule.key: made for rule in self.plain.rules if (made := self._base(rule, sight, then)) is not None}
        children = {rows.key: self._children(rows, sight, then) for rows in self.plain.lists}
        base |= {rows.key: Base((None, None)) for rows in self.plain.lists if rows.side is None}
        base |= {agree.rule: Base(agree.values) for agree in newly(sight.picked)}
        ids = (identity(self.mapping.sides[0].name), identity(self.mapping.sides[1].name))
        return Link(1, 1, "", ids, 0, base, children)

    def _base(self, rule: Pair | OneWay, sight: Sight, then: Images) -> Base | None:
        if isinstance(rule, Pair):
            first, second = (
                sight.value(end, rule.paths[side.name], rule.conversion) for end, side in enumerate(self.plain.sides)
            )
            return None if isinstance(first, Missing) or isinstance(second, Missing) else Base((first, second))
        end = sight.end(rule.side)
        image = then[end]
        if image is None or rule.only is not None:
            return None
        return _one_way_base(rule, sight.scope, narrowed(rule.path.read(image.record), rule.conversion), end)

    def _children(self, rows: ListRule, sight: Sight, then: Images) -> Sequence[Child]:
        if rows.side is None:
            woven = decide_both(rows, sight, (will_be(then[0]), will_be(then[1])), (), {})
            return [child for write in woven.writes for child in write.agreed]
        end = sight.end(rows.side or "")
        names = (self.plain.sides[0].name, self.plain.sides[1].name)
        target, image = rows.paths[names[end]], then[end]
        present = target.read(image.record) if image is not None else None
        if not isinstance(present, list):
            return ()
        try:
            wanted = wanted_rows(rows, sight, 1 - end, [])
        except (Unconvertible, ExpressionFailed, Undecided):
            return ()
        made: list[Child] = []
        for number, (want, row) in enumerate(zip(wanted, present, strict=False)):
            if not isinstance(row, Mapping):
                continue
            items = (want.row, row) if end == 1 else (row, want.row)
            parents = {name: sight.scope[name] for name in names}
            scope = {**sight.scope, **dict(zip(names, items, strict=True)), "parent": parents}
            base = {}
            for rule in (one for one in rows.rules if isinstance(one, OneWay)):
                agreed = _one_way_base(rule, scope, rule.path.read(row), end)
                if agreed is not None:
                    base[rule.key] = agreed
            id_ = _row_id(rows, names[end], row, number)
            made.append(Child((want.id, id_) if end == 1 else (id_, want.id), want.ordinal, base))
        return made


def words(node: MapNode) -> dict[str, str]:
    """Give a map of texts."""
    return {name: node.text(name) for name in node.entries}


def identity(side: str) -> str:
    """Give the id that a case's record of this side has."""
    return f"{side}-1"


def page(_connection: str, name: str, id_: str) -> str:
    """Give the page of a record, as link.SIDE.url shows it in tests."""
    return f"https://test.example/{name}/{id_}"


def _id_of(given: Value) -> str | None:
    found = given.get("id") if isinstance(given, Mapping) else given
    return found if isinstance(found, str) else None


def _row_id(rows: ListRule, side: str, row: Mapping[str, Value], number: int) -> str:
    path = rows.ids.get(side)
    found = path.read(row) if path is not None else None
    return f"#{number}" if found is None or isinstance(found, Missing) else str(found)


def _one_way_base(rule: OneWay, scope: Scope, present: Value | Missing, end: int) -> Base | None:
    """Source: the value that the rule gave; target: what stood there."""
    if isinstance(present, Missing):
        return None
    try:
        if not in_force(rule, scope):
            return None
        source = source_value(rule, scope, None)
    except (Unconvertible, ExpressionFailed, Undecided):
        return None
    return Base((present, source) if end == 0 else (source, present))


def _alone(images: Images, end: int) -> Images:
    return (images[0], None) if end == 0 else (None, images[1])


def _together(decisions: Sequence[Decision]) -> Decision:
    return Decision(
        [one for decision in decisions for one in decision.operations],
        [one for decision in decisions for one in decision.holds],
        [one for decision in decisions for one in decision.questions],
        [one for decision in decisions for one in decision.notes],
    )


def ended(decision: Decision) -> bool:
    """Say whether a decision ends the link."""
    return any(operation.kind is Kind.END for operation in decision.operations)
