"""Picks: what is taken, remembered, asked and told, over two systems in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from system.memory.stage import KEYED, OPEN, Stage, thing
from tieout.errors import UsageError
from tieout.model import Value
from tieout.store.database import Database
from tieout.store.replay import differences, replay, stored
from tieout.sync.figures import Selection
from tieout.sync.passes import Reading, Report, apply_plan, make_plan

PEOPLE = (
    KEYED
    + """\
  - {books: email, from: pick.who.Mail}
picks:
  who:
    ask: Who?
    of: crm.People
    where: item.Here
    key: Id
    show: [Name]
"""
)
DEFAULT = PEOPLE + "    default: sort_by(crm.People[?Here && Mail], &Name) | [0].Id\n"
SILENT = PEOPLE.replace("    ask: Who?\n", "")
PERSON = ("People.Id", "People.Name", "People.Mail", "People.Here")


def person(name: str, mail: str = "") -> dict[str, Value]:
    return {"Name": name, "Mail": mail or f"{name.lower()}@acme.example", "Here": "yes"}


class Company(Stage):
    """One company with people, and a partner in the books that gets one person's address."""

    def __init__(self, mapping: str, *people: Mapping[str, Value], of: str = "") -> None:
        """Make it; `of`: the object whose records the system says its people are."""
        firm = thing("code", *PERSON, children={"People": "Id"})
        people_of = replace(firm.fields["People"], refers_to=(of,) if of else ())
        super().__init__(mapping, (replace(firm, fields={**firm.fields, "People": people_of}), thing("code", "email")))
        self.company = self.add(0, {"code": "k", "People": [dict(one) for one in people]})

    @property
    def people(self) -> list[dict[str, Value]]:
        return [dict(row) for row in cast("list[Mapping[str, Value]]", self.record(0)["People"])]

    def change(self, place: int, **values: Value) -> None:
        rows = self.people
        rows[place] |= values
        self.edit(0, self.company, People=list(rows))

    def remove(self, place: int) -> None:
        self.edit(0, self.company, People=[row for number, row in enumerate(self.people) if number != place])

    @property
    def email(self) -> Value:
        return self.record(1)["email"]


def plan(made: Stage, **picks: str) -> tuple[str, int]:
    """Plan the one record with these picks; give the plan and how many writes it has."""
    made.runs += 1
    made.now += timedelta(minutes=15)
    selection = Selection({"things": [(0, made.rows(0)[0].id)]}, picks=picks)
    with made._leased() as epoch:
        planning, _ = make_plan(made._open(epoch), Reading(), selection=selection)
    return planning.digest, planning.wire


def apply(made: Stage, digest: str) -> Report:
    made.runs += 1
    with made._leased() as epoch:
        return apply_plan(made._open(epoch), digest, OPEN, allow={"first-run"}, who="ann")


def told(report: Report) -> list[str]:
    return [note for one in report.passes for note in one.planning.notes]


def at_rest(made: Stage) -> bool:
    """Say whether a further run has nothing to do, and the log alone gives the state."""
    last = made.run().passes[-1].planning
    with made.database.read() as tx:
        return (last.wire, last.internal) == (0, 0) and not list(differences(replay(tx), stored(tx)))


# --- what is taken ----------------------------------------------------------------------------------------------------


def test_px13_the_default_is_taken_and_remembered_though_another_one_would_come_first_now() -> None:
    made = Company(DEFAULT, person("Zoe"), person("Ann"))
    made.run()
    assert made.email == "ann@acme.example"
    assert "'picks': {'who': {'from': 'default', 'key': 'C1.2', 'label': 'C1.2 Ann'}}" in made.shown()
    made.edit(0, made.company, People=[person("Abe"), *made.people])
    made.run()
    assert made.email == "ann@acme.example", "who was picked stays, whoever comes first in the list"
    assert at_rest(made)


def test_px13_what_is_read_of_a_pick_is_the_item_as_it_is_now() -> None:
    made = Company(DEFAULT, person("Zoe"), person("Ann"))
    made.run()
    made.change(1, Mail="ann.lee@acme.example")
    made.run()
    assert made.email == "ann.lee@acme.example"
    assert at_rest(made)


def test_the_only_option_is_taken_without_a_question() -> None:
    made = Company(PEOPLE, person("Zoe"), {**person("Ann"), "Here": None})
    made.run()
    assert (made.email, made.reviews()) == ("zoe@acme.example", [])
    assert "'from': 'the only option'" in made.shown()
    assert at_rest(made)


def test_px13_among_several_without_a_default_a_person_is_asked_and_the_answer_makes_the_partner() -> None:
    made = Company(PEOPLE, person("Zoe"), person("Ann"))
    made.run()
    assert made.rows(1) == []
    (asked,) = made.reviews()
    assert (asked.kind, asked.question["choices"]) == ("pick", {"C1.1": "C1.1 Zoe", "C1.2": "C1.2 Ann"})
    assert "Who?" in str(asked.question["text"])
    made.answer(asked.id, "C1.2")
    made.run()
    assert made.email == "ann@acme.example"
    assert at_rest(made)


def test_without_a_question_several_options_are_held_and_the_hold_names_them() -> None:
    made = Company(SILENT, person("Zoe"), person("Ann"))
    made.run()
    assert (made.rows(1), made.reviews()) == ([], [])
    (held,) = made.holds()
    assert held.code == "no-pick"
    assert "C1.1 Zoe, C1.2 Ann" in str(held.detail["message"])
    made.change(0, Here=None)
    made.run()
    assert (made.email, made.holds()) == ("ann@acme.example", [])


def test_without_any_option_there_is_nothing_to_ask() -> None:
    made = Company(PEOPLE)
    made.run()
    (held,) = made.holds()
    assert (held.code, made.reviews()) == ("no-pick", [])
    assert "there is no option for who" in str(held.detail["message"])


def test_what_is_not_required_is_null_and_nobody_is_asked() -> None:
    made = Company(PEOPLE + "    required: false\n", person("Zoe"), person("Ann"))
    made.run()
    assert (made.email, made.reviews(), made.holds()) == (None, [], [])
    assert at_rest(made)


def test_a_default_that_is_no_option_is_not_taken() -> None:
    made = Company(PEOPLE + "    default: crm.code\n", person("Zoe"))
    made.run()
    assert made.rows(1) == []
    (asked,) = made.reviews()
    assert "the default k is no option of who" in str(asked.question["text"])


def test_what_is_personal_of_an_option_is_masked_wherever_people_read() -> None:
    text = PEOPLE.replace(
        "  - {books: email, from: pick.who.Mail}", "  - {books: email, from: pick.who.Name, pii: true}"
    )
    made = Company(text, person("Zoe"), person("Ann"))
    made.run()
    (asked,) = made.reviews()
    assert asked.question["choices"] == {"C1.1": "C1.1 (masked)", "C1.2": "C1.2 (masked)"}
    made.answer(asked.id, "C1.2")
    made.run()
    assert made.email == "Ann"
    assert "Ann" not in made.shown()
    assert "C1.2 (masked)" in made.shown()


def test_px13_masked_people_are_told_apart_by_their_pages_and_others_by_their_labels() -> None:
    private = PEOPLE.replace(
        "  - {books: email, from: pick.who.Mail}", "  - {books: email, from: pick.who.Name, pii: true}"
    )
    shown: list[object] = []
    for text in (private, PEOPLE):
        made = Company(text, person("Zoe"), person("Ann"), of="Person")
        made.run()
        (asked,) = made.reviews()
        shown.append(asked.question["choices"])
    assert shown == [
        {"C1.1": "C1.1 (masked) memory:crm/Person/C1.1", "C1.2": "C1.2 (masked) memory:crm/Person/C1.2"},
        {"C1.1": "C1.1 Zoe", "C1.2": "C1.2 Ann"},
    ]


def test_the_item_as_a_whole_may_be_read_by_a_setting() -> None:
    text = DEFAULT.replace("from: pick.who.Mail", 'from: "get(pick.who, settings.field)"') + "settings: {field: Name}\n"
    made = Company(text, person("Zoe"), person("Ann"))
    made.run()
    assert made.email == "Ann"
    assert at_rest(made)


def test_what_only_a_create_reads_is_asked_of_no_record_that_has_its_partner() -> None:
    made = Company(PEOPLE.replace("pick.who.Mail}", "pick.who.Mail, only: create}"), person("Zoe"))
    made.run()
    made.edit(0, made.company, People=[person("Ann"), person("Bob")])
    made.run()
    assert (made.email, made.reviews(), made.holds()) == ("zoe@acme.example", [], [])
    assert at_rest(made)


# --- what is remembered gives way only where it must ------------------------------------------------------------------


def test_a_pick_that_is_gone_gives_way_to_the_default_and_the_plan_says_so() -> None:
    made = Company(DEFAULT, person("Zoe"), person("Ann"))
    made.run()
    made.remove(1)
    report = made.run()
    assert made.email == "zoe@acme.example"
    assert told(report)[0].endswith("C1.2 is no option of who any more; taken instead, default: C1.1 Zoe")
    assert at_rest(made)


def test_where_nothing_takes_its_place_the_value_stays_and_a_person_is_asked() -> None:
    made = Company(PEOPLE, person("Zoe"))
    made.run()
    made.edit(0, made.company, People=[{**made.people[0], "Here": None}, person("Ann"), person("Bob")])
    made.edit(0, made.company, code="other")
    made.run()
    assert made.record(1) == {"code": "other", "email": "zoe@acme.example"}, "rules that read no pick go on"
    (asked,) = made.reviews()
    assert "C1.1 is no option any more" in str(asked.question["text"])
    made.answer(asked.id, list(cast("Mapping[str, str]", asked.question["choices"]))[1])
    made.run()
    assert made.email == "bob@acme.example"
    assert at_rest(made)


def test_an_answer_of_long_ago_does_not_come_back_over_a_later_choice() -> None:
    made = Company(PEOPLE, person("Zoe"), person("Ann"))
    made.run()
    made.answer(made.reviews()[0].id, "C1.1")
    made.run()
    apply(made, plan(made, who="C1.2")[0])
    made.change(0, Name="Zoë")
    made.run()
    assert made.email == "ann@acme.example"
    assert at_rest(made)


def test_after_a_lost_state_the_default_is_taken_and_a_target_that_differs_is_drift() -> None:
    made = Company(DEFAULT.replace("pick.who.Mail}", "pick.who.Mail, drift: review}"), person("Zoe"), person("Ann"))
    made.run()
    apply(made, plan(made, who="C1.1")[0])
    assert made.email == "zoe@acme.example"
    made.database = Database.open("sqlite::memory:", clock=lambda: made.now, project_folder=Path(), salt=made._salt)
    made.run()
    assert made.email == "zoe@acme.example", "what a person chose is not overwritten unasked"
    assert "'from': 'default'" in made.shown()
    assert [one.kind for one in made.reviews()] == ["drift"]
    apply(made, plan(made, who="C1.1")[0])
    made.run()
    assert (made.email, made.reviews()) == ("zoe@acme.example", [])


# --- picked by a person for this record -------------------------------------------------------------------------------


def test_a_pick_is_changed_by_the_plan_that_shows_it_and_by_nothing_before() -> None:
    made = Company(DEFAULT, person("Zoe"), person("Ann"))
    made.run()
    digest, writes = plan(made, who="C1.1")
    assert writes == 1
    assert "'from': 'asked for'" in made.shown()
    assert at_rest(made)
    assert made.email == "ann@acme.example", "a plan that nobody applied changes nothing"
    apply(made, plan(made, who="C1.1")[0])
    assert made.email == "zoe@acme.example"
    assert at_rest(made)
    assert digest


def test_a_pick_of_a_record_that_is_made_goes_with_it() -> None:
    made = Company(PEOPLE, person("Zoe"), person("Ann"))
    apply(made, plan(made, who="C1.2")[0])
    assert made.email == "ann@acme.example"
    assert at_rest(made)


def test_a_plan_whose_pick_is_gone_by_now_is_stale() -> None:
    made = Company(PEOPLE, person("Zoe"), person("Ann"))
    digest, _ = plan(made, who="C1.2")
    made.remove(1)
    apply(made, digest)
    assert made.rows(1) == []


def test_a_key_that_is_no_option_is_refused_with_those_that_are() -> None:
    made = Company(PEOPLE, person("Zoe"), person("Ann"))
    with pytest.raises(UsageError, match=r"C9 is no option of who; there are: C1.1 Zoe, C1.2 Ann"):
        plan(made, who="C9")


def test_a_pick_that_there_is_not_is_refused_with_the_nearest() -> None:
    made = Company(PEOPLE, person("Zoe"))
    with pytest.raises(UsageError, match="things has no pick hwo; did you mean who"):
        plan(made, hwo="C1.1")
