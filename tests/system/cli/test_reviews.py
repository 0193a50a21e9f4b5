"""Questions: conflicts and ambiguous matches, answered by hand and through a spreadsheet, remembered and dropped."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_running import valid
from system.forked import Ended
from system.northwind.stage import sandbox

MAPPING = """\
mapping: people
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
match:
  - {crm: AccountNumber, books: AccountNumber}
  - {crm: Name, books: Name, accept: review}
create: {books: always}
conflict: review
on_link: crm
fields:
  - {crm: Name, books: Name}
  - {crm: AccountNumber, books: AccountNumber}
  - {crm: Phone, books: Phones.DEFAULT, as: xero_phone, pii: true}
  - {crm: BillingCity, books: Addresses.POBOX.City, conflict: crm}
"""
ANSWERED = ("key", "record", "partner", "kind", "asked", "question", "answers", "answer", "why")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project of one small mapping, on a sandbox of its own, for these tests write."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        made.use_own(MAPPING, "guards: {share: 100%}\n")
        yield made


def contact(desk: Desk, number: str) -> dict[str, Any]:
    rows = desk.stage.xero.read("/api.xro/2.0/Contacts")["Contacts"]
    return next(row for row in rows if row.get("AccountNumber") == number)


def account(desk: Desk, id_: str) -> dict[str, Any]:
    found: dict[str, Any] = desk.stage.salesforce.read(f"/services/data/v66.0/sobjects/Account/{id_}")
    return found


def edit(desk: Desk, id_: str, **fields: object) -> None:
    desk.stage.salesforce.order("edit", object="Account", id=id_, fields=fields)


def edit_contact(desk: Desk, number: str, **fields: object) -> None:
    desk.stage.xero.order("edit", object="Contact", id=contact(desk, number)["ContactID"], fields=fields)


def linked(desk: Desk, *numbers: str, **fields: object) -> list[str]:
    """Make customers and bring them into the ledger."""
    made = [desk.account(f"Firm {number}", number, **fields) for number in numbers]
    desk.let_through()
    assert desk.run("run").code == 0
    return made


def clash(desk: Desk, id_: str, number: str) -> None:
    """Have people give one record two names."""
    edit(desk, id_, Name=f"Sales {number}")
    edit_contact(desk, number, Name=f"Ledger {number}")


def questions(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.run("review", "list", "--json").report
    return found


def exported(desk: Desk, name: str = "asked.csv") -> list[dict[str, str]]:
    ended = desk.run("review", "export", "-o", name)
    assert ended.code == 0, ended
    text = (desk.folder / name).read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text, newline="")))


def save(desk: Desk, rows: list[dict[str, str]], name: str = "answered.csv", *, delimiter: str = ",") -> None:
    """Write the file as a spreadsheet does."""
    with (desk.folder / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, ANSWERED, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def taken(desk: Desk, name: str = "answered.csv", *words: str) -> Ended:
    return desk.run("review", "import", name, "--json", *words)


def lines(rows: list[Mapping[str, Any]]) -> list[tuple[object, object]]:
    return [(row["record"], row.get("answer")) for row in rows]


# --- conflicts ------------------------------------------------------------------------------------------------------


@pytest.mark.extended
def test_sx22_a_rule_decides_and_the_loser_stands_in_the_audit_log(desk: Desk) -> None:
    (one,) = linked(desk, "A1", BillingCity="Ghent")
    edit(desk, one, BillingCity="Bruges")
    edit_contact(desk, "A1", Addresses=[{"AddressType": "POBOX", "City": "Antwerp"}])
    ended = desk.run("run", "--json")
    assert ended.code == 0, ended
    cities = [row.get("City") for row in contact(desk, "A1")["Addresses"] if row["AddressType"] == "POBOX"]
    assert (cities, account(desk, one)["BillingCity"]) == (["Bruges"], "Bruges")
    entries = desk.run("audit", "log", f"people/crm:{one}", "--kind", "settled", "--json").report
    shown = desk.run("audit", "show", str(entries[-1]["seq"]), "--personal", "--json").report
    writes = [write for rule, write in shown["values"]["writes"].items() if "BillingCity" in rule]
    assert writes == [["Antwerp", "Bruges", "Bruges", "Antwerp"]]


@pytest.mark.extended
def test_sx22_different_fields_both_survive(desk: Desk) -> None:
    (one,) = linked(desk, "A1")
    edit(desk, one, Name="Sales A1")
    edit_contact(desk, "A1", Addresses=[{"AddressType": "POBOX", "City": "Antwerp"}])
    assert desk.run("run").code == 0
    assert contact(desk, "A1")["Name"] == "Sales A1"
    assert account(desk, one)["BillingCity"] == "Antwerp"
    assert questions(desk) == []


@pytest.mark.parametrize("side", ["crm", pytest.param("books", marks=pytest.mark.extended)])
def test_sx22_a_person_decides_and_is_remembered_with_the_reason(desk: Desk, side: str) -> None:
    (one,) = linked(desk, "A1")
    clash(desk, one, "A1")
    asked = desk.run("run", "--json")
    assert asked.code == 3, asked
    (question,) = questions(desk)
    assert (question["kind"], set(question["choices"])) == ("conflict", {"crm", "books"})
    assert (contact(desk, "A1")["Name"], account(desk, one)["Name"]) == ("Ledger A1", "Sales A1")
    assert desk.run("review", "answer", str(question["id"]), side, "--why", "as on the contract").code == 0
    (kept,) = desk.run("review", "list", "--answered", "--json").report
    assert (kept["answer"], kept["why"]) == (side, "as on the contract")
    assert kept["who"]
    assert desk.run("run").code == 0
    won = {"crm": "Sales A1", "books": "Ledger A1"}[side]
    assert (contact(desk, "A1")["Name"], account(desk, one)["Name"]) == (won, won)


@pytest.mark.extended
def test_sx22_an_answer_to_what_changed_meanwhile_is_dropped_and_asked_anew(desk: Desk) -> None:
    (one,) = linked(desk, "A1")
    clash(desk, one, "A1")
    assert desk.run("run").code == 3
    (first,) = questions(desk)
    assert desk.run("review", "answer", str(first["id"]), "crm").code == 0
    edit_contact(desk, "A1", Name="Ledger again")
    after = desk.run("run", "--json")
    assert after.code == 3, after
    (second,) = questions(desk)
    assert second["id"] != first["id"]
    assert (contact(desk, "A1")["Name"], account(desk, one)["Name"]) == ("Ledger again", "Sales A1")
    assert desk.run("review", "list", "--answered", "--json").report == []


@pytest.mark.extended
def test_sx22_an_edit_against_an_archive_is_kept(desk: Desk) -> None:
    (one,) = linked(desk, "A1")
    edit(desk, one, Name="Sales A1")
    desk.stage.xero.order("archive", object="Contact", id=contact(desk, "A1")["ContactID"])
    assert desk.run("run").code == 0
    assert account(desk, one)["Name"] == "Sales A1"
    assert desk.stage.xero.effects()["Contact"].get("created") == 1


# --- a spreadsheet --------------------------------------------------------------------------------------------------


@pytest.mark.extended
def test_sx22_questions_are_answered_in_a_spreadsheet(desk: Desk) -> None:
    ids = linked(desk, "A1", "A2", "A3")
    for number, id_ in enumerate(ids, 1):
        clash(desk, id_, f"A{number}")
    assert desk.run("run").code == 3
    rows = exported(desk)
    assert [row["kind"] for row in rows] == ["conflict"] * 3
    assert {row["record"] for row in rows} == {f"people/crm:{id_}" for id_ in ids}
    assert all(row["partner"].startswith("people/books:") for row in rows)
    by_id = {row["record"].partition(":")[2]: row for row in rows}
    by_id[ids[0]] |= {"answer": "crm", "why": "signed so"}
    by_id[ids[1]] |= {"answer": "books"}
    save(desk, rows)

    tried = taken(desk, "answered.csv", "--dry-run")
    assert (tried.code, tried.report["dry_run"]) == (0, True)
    assert len(questions(desk)) == 3
    done = taken(desk, "answered.csv", "--why", "list of November")
    assert done.code == 0, done
    assert sorted(lines(done.report["noted"])) == sorted(
        [(f"people/crm:{ids[0]}", "crm"), (f"people/crm:{ids[1]}", "books")]
    )
    kept = desk.run("review", "list", "--answered", "--json").report
    assert {(one["record"], one["why"]) for one in kept} == {
        (f"people/crm:{ids[0]}", "signed so"),
        (f"people/crm:{ids[1]}", "list of November"),
    }
    told = desk.run("audit", "log", "--kind", "answer", "--json").report
    assert [one["about"]["answer"] for one in told] == ["crm", "books"]
    assert desk.run("run").code == 0
    assert [contact(desk, number)["Name"] for number in ("A1", "A2", "A3")] == ["Sales A1", "Ledger A2", "Ledger A3"]
    assert len(questions(desk)) == 1
    again = taken(desk)
    assert again.code == 3
    assert all("answered it already" in one["why"] or "changed" in one["why"] for one in again.report["refused"])


@pytest.mark.extended
def test_sx22_a_line_whose_question_changed_is_refused_by_name_and_the_others_go_through(desk: Desk) -> None:
    ids = linked(desk, "A1", "A2")
    for number, id_ in enumerate(ids, 1):
        clash(desk, id_, f"A{number}")
    assert desk.run("run").code == 3
    rows = [{**row, "answer": "crm"} for row in exported(desk)]
    edit_contact(desk, "A1", Name="Ledger again")
    assert desk.run("run").code == 3
    anew = {one["record"]: one["id"] for one in questions(desk)}
    save(desk, rows, delimiter=";")
    ended = taken(desk)
    assert ended.code == 3, ended
    (refused,) = ended.report["refused"]
    assert refused["record"] == f"people/crm:{ids[0]}"
    assert f"it is question {anew[refused['record']]} now" in refused["why"]
    assert lines(ended.report["noted"]) == [(f"people/crm:{ids[1]}", "crm")]
    assert "refused  row" in desk.run("review", "import", "answered.csv").out


@pytest.mark.extended
def test_sx22_wrong_lines_are_refused_one_by_one(desk: Desk) -> None:
    ids = linked(desk, "A1", "A2", "A3")
    for number, id_ in enumerate(ids, 1):
        clash(desk, id_, f"A{number}")
    assert desk.run("run").code == 3
    rows = exported(desk)
    rows[0]["answer"] = "perhaps"
    save(desk, [
        rows[0],
        {**rows[1], "answer": "crm"},
        {**rows[1], "answer": "books"},
        {**rows[2], "answer": "crm", "key": "17"},
        {**rows[2], "answer": "crm", "key": "q999-00000000"},
        {**rows[2], "answer": "crm", "key": rows[2]["key"][:-8] + "00000000"},
        {**rows[2], "answer": "crm"},
    ])  # fmt: skip
    ended = taken(desk)
    assert ended.code == 3
    told = [one["why"] for one in ended.report["refused"]]
    assert [text.partition(";")[0] for text in told] == [
        "no answer 'perhaps'",
        "another row answers it otherwise",
        "another row answers it otherwise",
        "'17' is no key of a question",
        "q999-00000000 was asked in another project, or of a state that was lost since",
        f"{rows[2]['key'][:-8]}00000000 was asked in another project, or of a state that was lost since",
    ]
    assert [row["id"] for row in ended.report["noted"]] == [int(rows[2]["key"][1:].partition("-")[0])]


WRONG = {
    "empty": (b"", "has no column key"),
    "other": (b"name,amount\nAcme,3\n", "has no column key and no column answer"),
    "binary": (b"PK\x03\x04\xff\xfe\x00", "is not UTF-8"),
    "nul": (b"key,answer\n\x00,crm\n", "is no CSV"),
    "torn": (b'key,answer\n"q1-00000000,crm\n', "no CSV"),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.extended
def test_sx22_a_wrong_file_is_named_and_nothing_is_noted(desk: Desk, name: str) -> None:
    content, told = WRONG[name]
    desk.run("plan")
    (desk.folder / "wrong.csv").write_bytes(content)
    ended = desk.run("review", "import", "wrong.csv")
    assert ended.code == 2, ended
    assert "wrong.csv" in ended.err
    assert told in ended.err
    assert "Traceback" not in ended.err
    assert desk.run("review", "import", "missing.csv").code == 2


@pytest.mark.extended
def test_sx22_a_cell_is_no_formula_and_no_personal_value(desk: Desk) -> None:
    desk.replace(
        "{crm: AccountNumber, books: AccountNumber}\n  - {crm: Name",
        "{crm: Name",
        desk.folder / "mappings" / "people.yaml",
    )
    desk.account("=HYPERLINK(1)", "+1", Phone="+44 20 5550 1234")
    desk.contact("=HYPERLINK(1)", AccountNumber="@x")
    assert desk.run("plan").code == 0
    rows = exported(desk)
    cells = [cell for row in rows for cell in row.values() if cell]
    assert cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert "5550" not in (desk.folder / "asked.csv").read_text("utf-8")
    (row,) = rows
    answer = row["answers"].partition(":")[0]
    save(desk, [{**row, "answer": answer, "why": "'=1+1"}])
    assert taken(desk).code == 0
    (kept,) = desk.run("review", "list", "--answered", "--json").report
    assert (kept["answer"], kept["why"]) == (answer, "=1+1")


@pytest.mark.extended
def test_sx22_a_deletion_against_an_edit_is_asked_and_nothing_is_archived(desk: Desk) -> None:
    path = desk.folder / "mappings" / "people.yaml"
    desk.replace("create: {books: always}\n", "create: {books: always}\ndelete: {books: archive}\n", path)
    one, other = linked(desk, "A1", "A2")
    edit_contact(desk, "A1", Name="Ledger A1")
    answer = desk.stage.salesforce.http.delete(f"/services/data/v66.0/sobjects/Account/{one}")
    assert answer.status_code == 204, answer.text
    desk.stage.reset()
    assert desk.run("run").code == 3
    assert desk.stage.xero.effects() == {}
    (row,) = exported(desk)
    assert (row["kind"], "it was edited since the last agreement" in row["question"]) == ("archive", True)
    save(desk, [{**row, "answer": "no", "why": "still owes us"}])
    assert taken(desk).code == 0
    assert desk.run("run").code == 0
    assert contact(desk, "A1")["ContactStatus"] == "ACTIVE"
    assert account(desk, other)["Name"] == "Firm A2"


@pytest.mark.extended
def test_sx50_what_a_system_stores_differently_is_listed_and_not_written_again(desk: Desk) -> None:
    (one,) = linked(desk, "A1")
    desk.stage.salesforce.order("trigger", object="Account", set={"Name": "ACME ALWAYS"})
    edit_contact(desk, "A1", Name="Acme anew")
    assert desk.run("run").code == 0
    assert account(desk, one)["Name"] == "ACME ALWAYS"
    status = valid("status", desk.run("status", "--json").report)
    ids = {f"people/crm:{one}", f"people/books:{contact(desk, 'A1')['ContactID']}"}
    (differs,) = status["stored_differently"]
    assert ({differs["record"], differs["partner"]}, differs["rule"]) == (ids, "crm.Name=books.Name")
    text = desk.run("status").out
    assert "stored differently" in text
    assert f"people/crm:{one} and people/books:" in text
    desk.stage.reset()
    assert desk.run("run").code == 0
    assert (desk.stage.salesforce.effects(), desk.stage.xero.effects()) == ({}, {})


@pytest.mark.extended
def test_sx50_the_status_of_one_record_and_a_title_beside_what_is_held(desk: Desk) -> None:
    (one,) = linked(desk, "A1")
    clash(desk, one, "A1")
    desk.run("run")
    record = f"people/crm:{one}"
    status = valid("record-status", desk.run("status", record, "--json").report)
    assert status["partners"] == [f"people/books:{contact(desk, 'A1')['ContactID']}"]
    assert (status["title"], len(status["reviews"])) == ("Sales A1", 1)
    text = desk.run("status", record).out
    assert f'{record} ("Sales A1")' in text
    assert "tieout review answer N" in text
    wrong = desk.run("status", f"{record[:-1]}x")
    assert wrong.code == 2
    assert f"did you mean {one}" in wrong.err
