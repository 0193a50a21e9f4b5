"""Answers that are taken back, questions of a mapping that there is not, and hints that can be pasted as they are."""

from __future__ import annotations

import pytest

from system.cli.desk import Desk
from system.cli.test_reviews import clash, desk, edit, linked, questions

__all__ = ["desk"]


def asked_again(desk: Desk, kind: str) -> None:
    """Have a question asked, answer it with no, take that back, and see it asked once more."""
    assert desk.run("run").code == 3
    (first,) = [one for one in questions(desk) if one["kind"] == kind]
    assert desk.run("review", "answer", str(first["id"]), "no").code == 0
    assert desk.run("run").code == 0, "by this answer the record is settled: no later run looks at it"
    told = desk.run("review", "forget", str(first["id"]), "--why", "after all")
    assert "the next plan asks again" in told.out
    assert desk.run("run").code == 3
    (second,) = [one for one in questions(desk) if one["kind"] == kind]
    assert (second["record"], second["question"]) == (first["record"], first["question"])
    assert second["id"] != first["id"]


@pytest.mark.extended
def test_sx22_an_answer_that_was_taken_back_is_asked_for_again(desk: Desk) -> None:
    both = "{books: always, crm: review}\nupdate: {books: review}"
    desk.replace("{books: always}", both, desk.folder / "mappings" / "people.yaml")
    (one,) = linked(desk, "A1")
    desk.contact("Only Books", AccountNumber="B1")
    asked_again(desk, "create")

    edit(desk, one, Name="Firm A1 Ltd")
    asked_again(desk, "update")


@pytest.mark.extended
def test_sx22_questions_of_a_mapping_that_there_is_not_are_no_empty_file(desk: Desk) -> None:
    (id_,) = linked(desk, "A1")
    clash(desk, id_, "A1")
    assert desk.run("run").code == 3
    ended = desk.run("review", "export", "peple", "-o", "asked.csv")
    assert ended.code == 2, ended
    assert "there is no mapping 'peple'; did you mean people" in ended.err
    assert not (desk.folder / "asked.csv").exists()
    ended = desk.run("review", "export", "people", "-o", "asked.csv")
    assert (ended.code, "written: 1 question" in ended.out) == (0, True), ended


@pytest.mark.extended
def test_hints_name_the_project_that_was_meant(desk: Desk) -> None:
    here = f"-C {desk.folder}"
    assert desk.run("check", "--online").code == 0
    assert f"no run yet: tieout plan {here}" in desk.run("status", "-C", str(desk.folder)).out
    (id_,) = linked(desk, "A1")
    clash(desk, id_, "A1")
    assert desk.run("run").code == 3
    (asked,) = questions(desk)
    number = str(asked["id"])
    for words, hint in (
        (["status"], f"tieout review show N {here}, tieout review answer N ANSWER {here}"),
        (["review", "list"], f"tieout review show N {here}"),
        (["review", "show", number], f"tieout review answer {number} ANSWER --why REASON {here}"),
        (["review", "export", "-o", "asked.csv"], f"tieout review import asked.csv {here}"),
    ):
        assert hint in desk.run(*words, "-C", str(desk.folder)).out
