"""Lists that go both ways, whatever people do to rows on both sides: an oracle that knows no bases says who wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.world import check
from system.memory.stage import thing
from tieout.mapping.compiled import CompiledMapping
from tieout.model import Value
from tieout.sync.agreement import look_list
from tieout.sync.both_lists import Woven, decide_both
from tieout.sync.codec import body, planned
from tieout.sync.completing import complete
from tieout.sync.lists import sent_rows
from tieout.sync.row_ids import lines
from tieout.sync.settle import Evidence, settle
from tieout.sync.sight import Facts, Sight
from tieout.sync.words import Answer, Base, Child, Image, Kind, Link, ListWrite, Planned, Quality, State

MAPPING = """\
mapping: things
version: 1
between:
  crm: {{connection: salesforce, object: Thing}}
  books: {{connection: xero, object: Thing}}
match:
  - {{crm: code, books: code}}
fields:
  - {{crm: code, books: code}}
lists:
  - crm: Rows
    books: Lines
    key: {key}
    conflict: crm
    fields:
      - {{crm: Mail, books: Email}}
      - {{crm: Name, books: FullName}}
"""
PATHS, IDS, MAILS, NAMES = ("Rows", "Lines"), ("Id", "LineID"), ("Mail", "Email"), ("Name", "FullName")
MOST = 4

Row = dict[str, Value]


class Kept(StrEnum):
    """How the second system keeps its rows; the first one always has ids of its own."""

    IDS = "with ids of its own"
    KEYS = "without ids"
    NEW_IDS = "replaced, with new ids each time"


def mapping_for(kept: Kept) -> CompiledMapping:
    first = thing("code", *(f"Rows.{name}" for name in ("Id", "Mail", "Name")), children={"Rows": "Id"})
    own = None if kept is Kept.KEYS else "LineID"
    second = thing("code", *(f"Lines.{name}" for name in ("LineID", "Email", "FullName")), children={"Lines": own})
    key = "{crm: Id, books: Email}" if kept is Kept.KEYS else "{crm: Id, books: LineID}"
    types = {"salesforce": first, "xero": second}
    (mapping,) = check(MAPPING.format(key=key), describe=lambda connection, _name: types[connection]).mappings
    return mapping


COMPILED = {kept: mapping_for(kept) for kept in Kept}


@dataclass
class Two:
    """Two records with a list each, and what is remembered of their rows."""

    kept: Kept
    rows: list[list[Row]] = field(default_factory=lambda: [[], []])
    children: list[Child] = field(default_factory=list)
    used: int = 0
    base: dict[str, Base] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    bare: bool = False
    """Writes are answered without values, and nobody knows who wrote."""

    @property
    def mapping(self) -> CompiledMapping:
        return COMPILED[self.kept]

    def link(self) -> Link:
        return Link(1, 1, "", ("a", "b"), base=self.base, children={self.mapping.lists[0].key: self.children})

    def sight(self) -> Sight:
        images = [Image("ab"[end], State.PRESENT, {"code": "k", PATHS[end]: self.rows[end]}) for end in (0, 1)]
        facts = Facts({}, lambda *_: None, lambda *_: None)
        return Sight(self.mapping, (images[0], images[1]), facts, 1, self.link())

    def decide(self) -> Woven:
        return decide_both(self.mapping.lists[0], self.sight(), ({}, {}), self.children, self.answers)

    def fresh(self) -> str:
        self.used += 1
        return f"r{self.used}"

    def add(self, end: int, mail: str, name: str) -> None:
        own = {} if end == 1 and self.kept is Kept.KEYS else {IDS[end]: self.fresh()}
        self.rows[end].append({**own, MAILS[end]: mail, NAMES[end]: name})

    def find(self, end: int, mail: str) -> Row | None:
        return next((row for row in self.rows[end] if row[MAILS[end]] == mail), None)

    def told(self, end: int) -> list[tuple[Value, Value]]:
        return sorted(((row[MAILS[end]], row[NAMES[end]]) for row in self.rows[end]), key=str)

    # --- a pass -------------------------------------------------------------------------------------------------------

    def pass_(self) -> bool:
        """Decide and carry out; say whether anything was written."""
        woven = self.decide()
        for asked in woven.questions:
            assert "have new ids" in asked.text
            self.answers[asked.rule] = Answer(asked.fingerprint, "follow")
        woven = self.decide()
        assert not woven.holds
        assert not woven.questions
        for write in woven.writes:
            if not write.sends:
                self._agree(_read_back(self, write))
        if woven.known is not None:
            self.base[woven.known.rule] = Base(woven.known.values)
        ends = [write.end for write in woven.writes if write.sends]
        for end in ends:  # decided again directly before each write, as apply does
            still = next((write for write in self.decide().writes if write.sends and write.end == end), None)
            if still is not None:  # else it is stale: what was written before it raised a question
                self._send(_read_back(self, still))
        return bool(ends)

    def _agree(self, write: ListWrite) -> None:
        kept = {child.ids: child for child in self.children if child.ids not in write.gone}
        for child in write.agreed:
            old = kept.get(child.ids)
            kept[child.ids] = child if old is None else replace(old, base={**old.base, **child.base})
        self.children = list(kept.values())

    def _send(self, write: ListWrite) -> None:
        stored: list[Row] = []
        for sent in sent_rows(write):
            assert isinstance(sent, dict)
            renew = self.kept is Kept.NEW_IDS and write.end == 1
            own = {} if write.end == 1 and self.kept is Kept.KEYS else {IDS[write.end]: sent.get(IDS[write.end])}
            if own and (renew or not own[IDS[write.end]]):
                own = {IDS[write.end]: self.fresh()}
            stored.append({MAILS[write.end]: None, NAMES[write.end]: None, **sent, **own})
        self.rows[write.end] = stored
        operation = self.operation(write)
        image = Image(operation.record or "", State.PRESENT, {"code": "k", PATHS[write.end]: stored})
        evidence = Evidence(image, answered=True, sure=not self.bare)
        made = settle(operation, self.mapping, evidence)
        complete(made, operation, self.mapping, evidence, self.link())
        assert not made.unclear
        assert not made.not_stored
        self.children = made.children[write.rule]

    def operation(self, write: ListWrite) -> Planned:
        ids = ("a", "b")
        record, source = ids[write.end], ids[1 - write.end]
        return Planned(Kind.UPDATE, "things", 1, write.end, record, source, link=1, lists=[write])

    def settle(self) -> None:
        for _ in range(MOST):
            if not self.pass_():
                break
        assert not self.pass_(), "it comes to rest"
        assert self.told(0) == self.told(1)
        look = look_list(self.mapping.lists[0], self.sight(), {})
        assert look is not None
        assert look.quality is Quality.EQUAL


def _read_back(two: Two, write: ListWrite) -> ListWrite:
    """Write it into a plan and read it again."""
    operation = two.operation(write)
    kept = planned(operation.kind, "things", 1, write.end, operation.record, operation.source, 0, body(operation))
    return kept.lists[0]


# --- what people do, and who wins ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deed:
    """What happens to one of the first rows at each end: "", edit or remove."""

    first: str
    second: str


DEEDS = st.lists(st.builds(Deed, *(st.sampled_from(("", "edit", "remove")) for _ in range(2))), max_size=5)
ADDED = st.tuples(st.integers(0, 3), st.integers(0, 3))


def winner(place: int, deed: Deed) -> str | None:
    """Say what becomes of a row, `conflict: crm`; None: it goes."""
    if deed.first == "remove" or (deed.second == "remove" and deed.first != "edit"):
        return None
    if deed.first == "edit":
        return f"first {place}"
    return f"second {place}" if deed.second == "edit" else f"name {place}"


def play(two: Two, deeds: Sequence[Deed], added: tuple[int, int]) -> list[tuple[str, str]]:
    """Do it, and give the rows that both sides should have."""
    for place, deed in enumerate(deeds):
        for end, act in enumerate((deed.first, deed.second)):
            row = two.find(end, f"m{place}")
            assert row is not None
            if act == "remove":
                two.rows[end].remove(row)
            elif act == "edit":
                row[NAMES[end]] = f"{('first', 'second')[end]} {place}"
    wanted = [(f"m{place}", name) for place, deed in enumerate(deeds) if (name := winner(place, deed)) is not None]
    for end in (0, 1):
        for number in range(added[end]):
            two.add(end, f"new{end}{number}", f"n{number}")
            wanted.append((f"new{end}{number}", f"n{number}"))
    return sorted(wanted)


@settings(max_examples=150, deadline=None)
@given(kept=st.sampled_from(Kept), bare=st.booleans(), deeds=DEEDS, added=ADDED)
def test_whatever_happens_to_rows_both_sides_end_with_those_that_should_be_there(
    *, kept: Kept, bare: bool, deeds: Sequence[Deed], added: tuple[int, int]
) -> None:
    two = Two(kept, bare=bare)
    for place in range(len(deeds)):
        two.add(0, f"m{place}", f"name {place}")
    two.settle()
    wanted = play(two, deeds, added if deeds else (added[0], 0))
    two.settle()
    assert two.told(0) == wanted


def test_the_second_of_two_equal_keys_is_another_row() -> None:
    rule = COMPILED[Kept.KEYS].lists[0]
    rows: list[Row] = [{"Email": "a"}, {"Email": "a"}, {"Email": None}, {"Email": "a (2)"}]
    assert [line.id for line in lines(rule, "books", rows)] == ["a", "a (2)", "", "a (2) (2)"]


def test_a_list_that_is_absent_is_no_empty_one() -> None:
    two = Two(Kept.IDS)
    two.add(0, "m", "name")
    two.settle()
    sight = two.sight()
    absent = Image("b", State.PRESENT, {"code": "k"})
    woven = decide_both(two.mapping.lists[0], replace(sight, images=(sight.images[0], absent)), ({}, {}),
                        two.children, {})  # fmt: skip
    assert woven == Woven()
    empty = Image("b", State.PRESENT, {"code": "k", "Lines": []})
    woven = decide_both(two.mapping.lists[0], replace(sight, images=(sight.images[0], empty)), ({}, {}),
                        two.children, {})  # fmt: skip
    assert [(write.end, write.emptied) for write in woven.writes] == [(0, True)]


def test_a_lost_answer_is_settled_by_the_new_rows_that_show_it() -> None:
    two = Two(Kept.IDS)
    two.add(0, "m", "name")
    (write,) = (write for write in two.decide().writes if write.sends)
    stored: list[Row] = [{"LineID": "x", "Email": "m", "FullName": "name"}]
    for rows, arrived in ((stored, True), ([], False)):
        image = Image("b", State.PRESENT, {"code": "k", "Lines": rows})
        evidence = Evidence(image, answered=False, sure=False)
        made = settle(two.operation(write), two.mapping, evidence)
        complete(made, two.operation(write), two.mapping, evidence, two.link())
        assert made.arrived is arrived
        assert [child.ids for child in made.children.get(write.rule, ())] == ([("r1", "x")] if arrived else [])


def test_a_row_without_any_agreement_counts_as_edited() -> None:
    two = Two(Kept.IDS)
    two.add(1, "m", "name")
    two.children = [Child(("gone", "r1"), 0, {})]
    two_sided = replace(two.mapping.lists[0], conflict="review")
    woven = decide_both(two_sided, two.sight(), ({}, {}), two.children, {})
    assert [question.kind for question in woven.questions] == ["list"]
    known = [Child(("gone", "r1"), 0, {"crm.Rows[].Mail=books.Lines[].Email": Base(("m", "m"))})]
    assert decide_both(two_sided, two.sight(), ({}, {}), known, {}).writes[0].emptied


def test_rows_that_got_new_ids_and_hold_what_was_agreed_are_the_same_rows() -> None:
    two = Two(Kept.IDS)
    for number in range(3):
        two.add(0, f"m{number}", f"name {number}")
    two.settle()
    two.rows[1] = [{**row, "LineID": two.fresh()} for row in reversed(two.rows[1])]
    assert not two.pass_(), "nothing is written"
    assert {child.ids[1] for child in two.children} == {row["LineID"] for row in two.rows[1]}
    two.rows[1] = [{**row, "LineID": two.fresh(), "FullName": "edited"} for row in two.rows[1]]
    woven = two.decide()
    assert [question.kind for question in woven.questions] == ["list"]
    assert woven.writes == []
