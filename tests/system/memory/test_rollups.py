"""Figures over the papers of a party: a run looks again at exactly those that a change of a paper concerns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from system.memory.stage import KEYED, OPEN, Stage, thing
from tieout.model import Deletions, Field, Kind, ObjectType, Observation, Page, Query, Record, Unknown, Value
from tieout.store.members import member
from tieout.store.tables import operation
from tieout.sync.passes import Reading, Report, apply_plan, make_plan
from tieout.testing.memory import MemorySystem, Row
from tieout.testing.memory_port import MemoryConnection

PAPERS = """\
rollups:
  papers: {of: {books: Paper}, by: owner, where: item.kind == 'sale', count: true}
  last: {of: {books: Paper}, by: owner, where: item.kind == 'sale', max: item.day}
  total: {of: {books: Paper}, by: owner, where: item.kind == 'sale', sum: item.net, less: credited}
  credited: {of: {books: Paper}, by: owner, where: item.kind == 'credit', sum: item.net}
  owed: {of: {books: Paper}, by: owner, where: item.kind == 'sale', sum: item.gross, per: item.code}
  numbers: {of: {books: Paper}, by: owner, list: item.number}
"""
FIGURES = """\
  - {crm: papers, from: rollup.papers}
  - {crm: last, from: rollup.last}
  - {crm: total, from: rollup.total, as: money}
  - {crm: owed, from: rollup.owed, as: money_text}
  - {crm: numbers, from: rollup.numbers, as: {join: ", "}}
"""
MAPPING = KEYED.replace("fields:", f"{PAPERS}fields:") + FIGURES


def fields(*known: Field) -> dict[str, Field]:
    return {field.path: field for field in known}


PAPER = ObjectType(
    "Paper",
    fields(
        *(Field(path, Kind.TEXT) for path in ("owner", "kind", "code", "number")),
        Field("day", Kind.DATE),
        Field("net", Kind.MONEY, currency="GBP"),
        Field("gross", Kind.MONEY, currency="code"),
    ),
    deletions=Deletions.REPORTED,
)
PARTY = thing("code")
SHOWN = replace(
    PARTY,
    fields={
        **PARTY.fields,
        **fields(
            Field("papers", Kind.NUMBER),
            Field("last", Kind.DATE),
            Field("total", Kind.MONEY, currency="GBP"),
            Field("owed", Kind.TEXT),
            Field("numbers", Kind.TEXT),
        ),
    },
)


class Reader(MemoryConnection):
    """Readings of papers break off in silence while `stage.cut`, before anything is shown."""

    def __init__(self, system: MemorySystem, stage: Papers) -> None:
        super().__init__(system)
        self.stage = stage

    def changes(self, query: Query) -> Iterator[Page]:
        if query.type.name == "Paper":
            self.stage.paths = query.paths
        for page in super().changes(query):
            if query.type.name == "Paper" and self.stage.cut:
                yield replace(page, observations=(), cursor=None, complete=False)
            else:
                yield page if query.type.name != "Paper" else replace(page, observations=self._shown(page))

    def _shown(self, page: Page) -> list[Observation]:
        return [Unknown(seen.id, "no access") if seen.id in self.stage.hidden else seen for seen in page.observations]


class Papers(Stage):
    """Parties in both systems, and papers in books."""

    def __init__(self, mapping: str = MAPPING, *parties: str) -> None:
        super().__init__(mapping, (SHOWN, PARTY), beside={"Paper": PAPER})
        self.cut = False
        self.hidden: set[str] = set()
        self.paths: frozenset[str] = frozenset()
        for code in parties:
            self.add(0, {"code": code})
            self.add(1, {"code": code})
        self.run()

    def connection(self, end: int) -> MemoryConnection:
        return Reader(self.systems[end], self)

    def party(self, code: str, end: int = 1) -> str:
        return next(row.id for row in self.rows(end) if row.record["code"] == code)

    def paper(self, party: str, net: str = "10", kind: str = "sale", **more: Value) -> str:
        values: Record = {"owner": self.party(party), "kind": kind, "net": Decimal(net), "gross": Decimal(net),
                          "code": "GBP", "number": "P", "day": "2026-01-01", **more}  # fmt: skip
        return self.add(1, values, name="Paper")

    def figures(self, code: str) -> tuple[Value, ...]:
        (row,) = (row for row in self.rows(0) if row.record["code"] == code)
        found = [row.record[path] for path in ("papers", "total", "last", "owed", "numbers")]
        return tuple(each.isoformat() if isinstance(each, date) else each for each in found)

    def written(self) -> list[str]:
        """Give the parties that were written in all runs so far, one for each write."""
        system = self.systems[0]
        ids = [one.id for one in system.history if one.path == "papers" and one.by == "tieout"]
        return [str(system.rows[id_].record["code"]) for id_ in ids]

    def still(self) -> bool:
        """Say whether one more run plans nothing."""
        with self.database.read() as tx:
            before = set(tx.execute(select(operation.c.plan, operation.c.seq)))
        self.run()
        with self.database.read() as tx:
            return set(tx.execute(select(operation.c.plan, operation.c.seq))) == before

    def by_hand(self, code: str) -> tuple[Value, ...]:
        """Make the figures of a party from all papers that there are."""
        mine = [paper.record for paper in self._papers() if paper.record["owner"] == self.party(code)]
        sold = [one for one in mine if one["kind"] == "sale"]
        credited = sum((_number(one["net"]) for one in mine if one["kind"] == "credit"), Decimal())
        codes = sorted({str(one["code"]) for one in sold})
        owed = [
            (each, sum((_number(one["gross"]) for one in sold if one["code"] == each), Decimal())) for each in codes
        ]
        return (
            Decimal(len(sold)),
            sum((_number(one["net"]) for one in sold), Decimal()) - credited,
            max((str(one["day"]) for one in sold), default=None),
            ", ".join(f"{each} {amount:,.2f}" for each, amount in owed) or None,
            ", ".join(sorted(str(one["number"]) for one in mine)) or None,
        )

    def _papers(self) -> list[Row]:
        return [row for row in self.systems[1].of("Paper") if row.state != "gone"]


def _number(value: Value) -> Decimal:
    assert isinstance(value, Decimal)
    return value


def test_px22_figures_of_a_record_are_those_of_its_papers_and_nothing_else() -> None:
    made = Papers(MAPPING, "k1", "k2")
    made.paper("k1", "100.10", number="P2", day="2026-01-03")
    made.paper("k1", "200.20", number="P1", day="2026-02-01", code="EUR")
    made.paper("k1", "50.05", kind="credit", number="P3", day="2026-03-01")
    made.paper("k1", "7777", kind="draft", number="P4")
    made.run()
    told = (Decimal(2), Decimal("250.25"), "2026-02-01", "EUR 200.20, GBP 100.10", "P1, P2, P3, P4")
    assert made.figures("k1") == told == made.by_hand("k1")
    assert made.figures("k2") == (Decimal(0), Decimal(0), None, None, None), "nothing sums up to 0"
    assert made.still()
    assert made.sound()


def test_only_what_a_change_concerns_is_looked_at_again() -> None:
    made = Papers(MAPPING, "k1", "k2", "k3")
    first, _ = made.paper("k1"), made.paper("k3")
    made.run()
    before = len(made.written())
    made.systems[1].edit(first, {"owner": made.party("k2")}, by="ann")
    made.run()
    assert sorted(made.written()[before:]) == ["k1", "k2"], "the old owner and the new one"
    assert [made.figures(code)[0] for code in ("k1", "k2", "k3")] == [0, 1, 1]
    made.systems[1].edit(first, {"kind": "void"}, by="ann")
    made.run()
    assert made.figures("k2")[:2] == (0, 0)
    assert made.still()


def test_a_paper_that_is_deleted_counts_no_more_and_one_that_returns_does() -> None:
    made = Papers(MAPPING, "k1")
    paper = made.paper("k1")
    made.run()
    assert made.figures("k1")[0] == 1
    made.systems[1].remove(paper, by="ann")
    made.run()
    assert made.figures("k1") == (0, 0, None, None, None)
    made.systems[1].restore(paper, by="ann")
    made.run()
    assert made.figures("k1") == made.by_hand("k1")
    made.systems[1].archive(paper, by="ann")
    made.run()
    assert made.figures("k1")[0] == 1, "what is archived was sold all the same"
    assert made.still()


def test_a_paper_that_belongs_to_nobody_counts_nowhere() -> None:
    made = Papers(MAPPING, "k1")
    paper = made.paper("k1")
    made.run()
    made.systems[1].edit(paper, {"owner": None}, by="ann")
    made.run()
    assert made.figures("k1")[0] == 0
    with made.database.read() as tx:
        assert tx.execute(select(member)).all() == []


def test_a_reading_that_broke_off_makes_figures_unknown_and_not_small() -> None:
    made = Papers(MAPPING, "k1", "k2")
    paper = made.paper("k1", "10")
    made.run()
    made.cut = True
    made.paper("k1", "5")
    made.systems[0].edit(made.party("k1", 0), {"papers": Decimal(99)}, by="ann")
    made.systems[0].edit(made.party("k2", 0), {"papers": Decimal(99)}, by="ann")
    before = len(made.written())
    made.run()
    assert made.written()[before:] == [], "nobody knows what would have been there"
    assert made.figures("k1")[0] == 99
    made.cut = False
    made.run()
    assert made.figures("k1") == made.by_hand("k1")
    assert made.figures("k2")[0] == 0, "looked at again though no paper of it ever changed"
    assert made.still()
    assert paper


def saved(made: Papers) -> str:
    with made.opened() as run:
        return make_plan(run, Reading())[0].digest


def applied(made: Papers, digest: str) -> Report:
    with made.opened() as run:
        return apply_plan(run, digest, OPEN, who="ann")


def test_t04_a_saved_figure_of_which_a_paper_moved_since_is_stale() -> None:
    made = Papers(MAPPING, "k1", "k2")
    paper = made.paper("k1", "10")
    made.paper("k2", "7")
    digest = saved(made)
    made.systems[1].edit(paper, {"net": Decimal(30)}, by="ann")
    report = applied(made, digest)
    assert {how: count for (_, how), count in report.endings.items()} == {"done": 1, "stale": 1}
    assert made.figures("k1")[1] == 0, "nobody saw 30"
    assert made.figures("k2") == made.by_hand("k2"), "what did not move is applied as it was planned"
    made.run()
    assert made.figures("k1") == made.by_hand("k1")
    assert made.still()
    assert made.sound()


def test_t04_a_saved_figure_waits_while_the_reading_of_its_papers_breaks_off() -> None:
    made = Papers(MAPPING, "k1")
    made.paper("k1", "10")
    digest, before = saved(made), made.figures("k1")
    made.cut = True
    assert {how for _, how in applied(made, digest).endings} == {"stale"}
    assert made.figures("k1") == before, "what the papers are now is not known"
    made.cut = False
    made.run()
    assert made.figures("k1") == made.by_hand("k1")


def test_papers_that_were_never_read_to_the_end_make_no_figures() -> None:
    made = Papers(KEYED)
    for code in ("k1", "k2"):
        made.add(0, {"code": code})
        made.add(1, {"code": code})
    made.run()
    made.paper("k1")
    made.cut = True
    made.use(MAPPING)
    made.run()
    assert made.figures("k1") == made.figures("k2") == (None, None, None, None, None)
    made.cut = False
    made.run()
    assert made.figures("k1") == made.by_hand("k1")
    assert made.figures("k2") == made.by_hand("k2")


def test_one_paper_that_cannot_be_read_makes_the_figures_of_its_party_unknown() -> None:
    made = Papers(MAPPING, "k1", "k2")
    paper = made.paper("k1", "10")
    made.paper("k1", "20")
    made.run()
    made.hidden.add(paper)
    made.systems[1].edit(paper, {"net": Decimal(1000)}, by="ann")
    made.paper("k2", "30")
    made.run()
    assert made.figures("k1")[:2] == (2, 30), "as they were"
    assert made.figures("k2")[:2] == (1, 30)
    made.hidden.clear()
    made.systems[1].edit(paper, {"net": Decimal(1001)}, by="ann")
    made.run()
    assert made.figures("k1") == made.by_hand("k1")


def test_what_somebody_writes_over_a_figure_is_put_right() -> None:
    made = Papers(MAPPING, "k1")
    made.paper("k1")
    made.run()
    made.systems[0].edit(made.party("k1", 0), {"papers": Decimal(99)}, by="ann")
    made.run()
    assert made.figures("k1")[0] == 1


def test_a_mapping_that_gets_figures_later_finds_the_papers_that_were_read_before() -> None:
    bare = KEYED.replace("fields:", "rollups:\n  some: {of: {books: Paper}, by: owner, count: true}\nfields:")
    made = Papers(bare + "  - {crm: papers, from: rollup.some}\n", "k1", "k2")
    made.paper("k1")
    made.run()
    assert made.figures("k1")[0] == 1
    other = bare.replace("by: owner", "by: number").replace("some", "other")
    made.paper("k1", number=made.party("k2"))
    made.use(other + "  - {crm: papers, from: rollup.other}\n")
    made.run()
    assert (made.figures("k1")[0], made.figures("k2")[0]) == (0, 1)
    made.use(KEYED)
    made.run()
    with made.database.read() as tx:
        assert tx.execute(select(member)).all() == [], "what nobody asks for is not kept"


def test_the_audit_log_tells_of_how_many_records_a_figure_is_made() -> None:
    made = Papers(MAPPING, "k1")
    made.paper("k1")
    made.paper("k1")
    made.run()
    assert "records of rollup.papers" in made.shown()


def test_only_what_the_figures_need_is_read_of_a_paper() -> None:
    made = Papers(MAPPING, "k1")
    assert made.paths == {"owner", "kind", "day", "net", "gross", "code", "number"}
    made.use(KEYED.replace("fields:", "rollups:\n  some: {of: {books: Paper}, by: owner, count: true}\nfields:")
             + "  - {crm: papers, from: rollup.some}\n")  # fmt: skip
    made.run()
    assert made.paths == {"owner"}


AMOUNTS = st.decimals("-1000", "1000", places=2)
STEPS = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 2), AMOUNTS, st.sampled_from(["sale", "credit", "void"])),
    st.tuples(st.just("move"), st.integers(0, 9), st.integers(0, 2)),
    st.tuples(st.just("change"), st.integers(0, 9), AMOUNTS, st.sampled_from(["sale", "credit", "void"])),
    st.tuples(st.just("remove"), st.integers(0, 9)),
    st.tuples(st.just("run")),
)


@settings(max_examples=12, deadline=None)
@given(st.lists(STEPS, max_size=14))
def test_px22_what_comes_of_changes_is_what_a_sum_from_scratch_gives(steps: list[tuple[object, ...]]) -> None:
    codes = ("k1", "k2", "k3")
    made = Papers(MAPPING, *codes)
    papers: list[str] = []
    for step in steps:
        _do(made, papers, codes, step)
    made.run()
    assert [made.figures(code) for code in codes] == [made.by_hand(code) for code in codes]
    assert made.still()


def _do(made: Papers, papers: list[str], codes: tuple[str, ...], step: tuple[object, ...]) -> None:
    match step:
        case ("add", int(party), Decimal() as net, str(kind)):
            currency = ("GBP", "EUR")[len(papers) % 2]
            papers.append(made.paper(codes[party], str(net), kind, code=currency, number=f"P{len(papers)}"))
        case ("move", int(number), int(party)) if papers:
            paper = papers[number % len(papers)]
            made.systems[1].edit(paper, {"owner": made.party(codes[party])}, by="ann")
        case ("change", int(number), Decimal() as net, str(kind)) if papers:
            values: Record = {"net": net, "gross": net, "kind": kind}
            made.systems[1].edit(papers[number % len(papers)], values, by="ann")
        case ("remove", int(number)) if papers:
            made.systems[1].remove(papers[number % len(papers)], by="ann")
        case ("run",):
            made.run()
    made.now += _MINUTE


_MINUTE = timedelta(minutes=1)
