"""Looking at matches: what a plan would link and ask, page by page, masked, and nothing of a plan left behind."""

from __future__ import annotations

from sqlalchemy import func, select

from system.memory.stage import THINGS, Stage, thing
from tieout.store.grouping import Groups
from tieout.store.tables import link, operation, plan
from tieout.sync.duplicates import Group, duplicates
from tieout.sync.matching import Found, Matching, Verdict
from tieout.sync.passes import Reading, look_around

MANY = 1100
"""More than two chunks."""
MASKED = THINGS.replace("{crm: name, books: name}", "{crm: name, books: name, pii: true}").replace(
    "  - {crm: code, books: code}\ncreate: {books: always}",
    "  - {crm: code, books: code, decides: true}\n  - {crm: name, books: name}\ncreate: {books: never}",
)


def looked(stage: Stage) -> tuple[list[Found], Matching]:
    with stage.opened() as run:
        live, _ = look_around(run, Reading())
        matching = Matching(live)
        found = [one for joined in live.joined for one in matching.look(joined, asking=True)]
        matching.forget()
    return found, matching


def grouped(stage: Stage) -> list[Group]:
    with stage.opened() as run:
        live, _ = look_around(run, Reading())
        return [one for joined in live.joined for one in duplicates(live, joined)]


def staged(mapping: str = MASKED) -> Stage:
    return Stage(mapping, (thing("code", "name"), thing("code", "name")))


def test_sx10_a_large_set_is_looked_at_in_pages_and_leaves_no_plan() -> None:
    made = staged()
    for number in range(MANY):
        made.add(0, {"code": f"k{number}", "name": f"n{number}"})
        made.add(1, {"code": f"k{number + 100}", "name": f"m{number}"})
    found, matching = looked(made)
    tally = matching.tallies["things"]
    assert (tally.certain, tally.none) == (MANY - 100, {"crm": 100, "books": 100})
    assert len([one for one in found if one.verdict is Verdict.CERTAIN]) == MANY - 100
    with made.database.read() as tx:
        counts = [tx.scalar(select(func.count()).select_from(table)) for table in (operation, plan, link)]
    assert counts == [0, 0, 0]


def test_sx10_what_match_says_is_what_the_next_run_does() -> None:
    made = staged()
    for code, name in ((None, "Acme"), ("1", "Acme Ltd"), (None, "Brook"), (None, "Brook"), ("7", "Dale")):
        made.add(0, {"code": code, "name": name})
    for code, name in (("1", "Acme"), (None, "Brook"), ("8", "Dale")):
        made.add(1, {"code": code, "name": name})
    found, matching = looked(made)
    certain = {(one.record.id, one.others[0].id) for one in found if one.verdict is Verdict.CERTAIN}
    questions = {one.question: one.text for one in found if one.verdict is Verdict.AMBIGUOUS}
    assert len(questions) == matching.tallies["things"].ambiguous.total() == 3
    made.run()
    with made.database.read() as tx:
        assert {(row.first, row.second) for row in tx.execute(select(link))} == certain
    assert {one.id: str(one.question["text"]) for one in made.reviews() if one.rule == "match"} == questions


def test_sx10_personal_values_are_masked_as_evidence() -> None:
    made = staged()
    made.add(0, {"code": None, "name": "Zoë Canary"})
    made.add(1, {"code": None, "name": "Zoë Canary"})
    found, _ = looked(made)
    (one,) = found
    assert one.agree == {"crm.name": "(masked)", "books.name": "(masked)"}
    assert "Canary" not in repr(found)


def test_sx11_linked_records_count_as_duplicates_and_say_whose_partner_they_have() -> None:
    made = staged()
    first = made.add(0, {"code": "1", "name": "Acme"})
    partner = made.add(1, {"code": "1", "name": "Acme"})
    made.run()
    second = made.add(0, {"code": None, "name": "Acme"})
    made.add(0, {"code": "2", "name": "Dale"})
    made.add(0, {"code": "3", "name": "Dale"})
    (group,) = grouped(made)
    assert (group.side, group.why) == ("crm", "crm.name = books.name")
    assert {one.id: whose for one, whose in group.records} == {first: partner, second: ""}


def test_groups_are_given_rule_by_rule() -> None:
    with Groups() as groups:
        groups.add([(1, "x", "b"), (0, "x", "a"), (1, "x", "a"), (0, "y", "b"), (1, "x", "a")])
        assert list(groups.shared()) == [(1, ("a", "b"))]


def test_sx10_a_question_that_the_answer_to_another_one_settled_is_asked_no_more() -> None:
    made = staged(MASKED.replace("{crm: code, books: code, decides: true}", "{crm: name, books: name}"))
    crm = made.add(0, {"code": "1", "name": "Zoë"})
    books = [made.add(1, {"code": code, "name": "Zoë"}) for code in ("1", "2")]
    looked(made)
    asked = {one.scope: one.id for one in made.reviews()}
    assert asked.keys() == {f"record:0:{crm}", *(f"record:1:{one}" for one in books)}
    made.answer(asked[f"record:0:{crm}"], books[0])
    made.run()
    assert [one.scope for one in made.reviews()] == [f"record:1:{books[1]}"]
    made.run()
    assert made.reviews() == []


def test_px11_the_question_whether_to_make_a_record_names_what_for() -> None:
    made = Stage(THINGS.replace("always", "review"), (thing("code", "name"), thing("code", "name")))
    crm = made.add(0, {"code": "1", "name": "Acme"})
    made.run()
    (question,) = made.reviews()
    assert question.question["text"] == f'make Thing in books for crm {crm} ("Acme")?'
