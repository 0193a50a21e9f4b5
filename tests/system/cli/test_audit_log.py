"""audit: what was done is read by scope, given out in a file that proves itself, and replays to the state."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from system.cli.desk import Desk
from system.northwind.stage import sandbox

SCHEMAS = Path(__file__).parents[3] / "schemas"
ACCOUNT = "/services/data/v66.0/sobjects/Account"
QUERY = "/services/data/v66.0/query"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Two customers brought over, one of them edited afterwards, one question answered."""
    with sandbox() as running:
        made = Desk(tmp_path_factory.mktemp("desk"), running)
        made.write()
        one = made.account("Acme", "A1", Phone="+44 20 7946 0001")
        made.account("Brook", "B1", Phone="+44 20 7946 0002")
        made.account("Twin Ltd", "T1")
        made.contact("Twin Ltd")
        first = made.run("run", "--json")
        assert first.code == 5, first
        assert made.run(*first.report["stopped"]["command"].split()[1:]).code in {0, 3}
        assert made.run("run").code in {0, 3}
        made.stage.salesforce.http.patch(f"{ACCOUNT}/{one}", json={"Phone": "+44 20 7946 0009"}).raise_for_status()
        assert made.run("run").code == 0
        (question,) = made.run("review", "list", "--json").report
        chosen = next(choice for choice in question["choices"] if choice != "none")
        assert made.run("review", "answer", str(question["id"]), chosen, "--why", "the same VAT number").code == 0
        yield made


def records(desk: Desk) -> list[str]:
    found = desk.stage.salesforce.http.get(QUERY, params={"q": "SELECT Id FROM Account WHERE Name = 'Acme'"})
    return [str(row["Id"]) for row in found.json()["records"]]


def log(desk: Desk, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.run("audit", "log", "--last", "0", "--json", *words).report
    return found


def test_sx60_the_log_tells_the_story_of_one_record(desk: Desk) -> None:
    (acme,) = records(desk)
    told = log(desk, f"customers/crm:{acme}")
    kinds = [one["kind"] for one in told]
    assert kinds.index("intent") < kinds.index("link") < kinds.index("settled")
    assert kinds.count("settled") >= 2
    assert all(f"customers/crm:{acme}" in one["records"] for one in told if one["kind"] != "read")
    assert all(acme in one["about"]["ids"] for one in told if one["kind"] == "read")
    assert kinds.index("read") < kinds.index("intent")
    assert {one["link"] for one in told if one["link"] is not None} == {told[kinds.index("link")]["link"]}
    by_link = log(desk, "--link", str(told[kinds.index("link")]["link"]))
    assert {one["seq"] for one in by_link} <= {one["seq"] for one in told}
    shown = desk.run("audit", "log", f"crm:{acme}")
    assert shown.code == 0, shown
    assert "7946" not in shown.out
    assert "Phone" in shown.out or "phone" in shown.out


def test_sx60_what_was_read_is_told_by_its_scope(desk: Desk) -> None:
    reads = [one["about"] for one in log(desk, "--kind", "read")]
    first = next(one for one in reads if one.get("whole") and one["object"] == "Account")
    assert (first["connection"], first["records"] >= 3) == ("salesforce", True)
    assert [one for one in reads if one.get("ids") and one["object"] == "Contact"]
    assert "salesforce Account: " in desk.run("audit", "log", "--kind", "read").out


@pytest.mark.extended
def test_sx60_by_run_person_kind_and_time(desk: Desk) -> None:
    everything = log(desk)
    run = everything[-2]["run"]
    assert {one["run"] for one in log(desk, "--run", run)} == {run}
    assert {one["kind"] for one in log(desk, "--kind", "settled")} == {"settled"}
    (answer,) = log(desk, "--kind", "answer")
    assert answer["run"] is None
    assert answer in log(desk, "--who", answer["who"])
    assert log(desk, "--who", "nobody") == []
    assert log(desk, "--since", "1h") == everything
    assert log(desk, "--until", "2020-01-01") == []
    assert [one["seq"] for one in desk.run("audit", "log", "--last", "3", "--json").report] == [
        one["seq"] for one in everything[-3:]
    ]
    wrong = desk.run("audit", "log", "--since", "yesterday")
    assert wrong.code == 2
    assert "12h (ago)" in wrong.err


def test_sx60_one_entry_shows_before_and_after_and_masks_what_is_personal(desk: Desk) -> None:
    (acme,) = records(desk)
    last = [one for one in log(desk, f"customers/crm:{acme}") if one["kind"] == "settled"][-1]
    shown = desk.run("audit", "show", str(last["seq"]))
    assert shown.code == 0, shown
    whole = desk.run("audit", "show", str(last["seq"]), "--personal", "--json").report
    assert "7946" in json.dumps(whole["values"]["writes"])
    assert "(masked)" in shown.out or "7946" in shown.out
    assert desk.run("audit", "show", "99999").code == 2


def test_sx60_a_record_that_is_not_known_is_named_with_what_could_be_meant(desk: Desk) -> None:
    for name, told in {
        "crm": "names no record",
        "customer/crm:1": "did you mean customers?",
        "customers/crn:1": "did you mean crm?",
        "customers/crm:nothing": "nothing is known of customers/crm:nothing",
    }.items():
        ended = desk.run("audit", "log", name)
        assert ended.code == 2
        assert told in ended.err


def test_sx61_a_part_is_not_taken_for_the_whole_record(desk: Desk) -> None:
    (acme,) = records(desk)
    for words in (("erase", "--yes"), ("export", "-o", "part.jsonl")):
        ended = desk.run("audit", words[0], f"customers/crm:{acme}#2026-03-01", *words[1:])
        assert ended.code == 2, ended
        assert "only a whole record is given out or erased" in ended.err
        assert f"customers/crm:{acme}\n" in ended.err
    assert "Acme" in desk.database.read_bytes().decode("utf-8", "replace")


def test_law9_the_log_replays_to_the_state(desk: Desk) -> None:
    replayed = desk.run("audit", "replay", "--compare", "--json")
    assert replayed.code == 0, replayed
    assert replayed.report["differences"] == []
    assert [one["state"] for one in replayed.report["links"]].count("active") >= 2
    assert [one["state"] for one in replayed.report["questions"]] == ["answered"]
    assert "the store holds exactly that" in desk.run("audit", "replay", "--compare").out


def test_sx60_the_whole_log_goes_to_a_file_that_proves_itself(desk: Desk) -> None:
    written = desk.run("audit", "export", "-o", "all.jsonl")
    assert written.code == 0, written
    path = desk.folder / "all.jsonl"
    assert path.stat().st_mode & 0o077 == 0
    verified = desk.run("audit", "verify", "--json").report
    checked = desk.run("audit", "verify", "--file", "all.jsonl", "--head", verified["head"], "--json")
    assert checked.code == 0, checked
    assert checked.report == {"ok": True, "entries": verified["entries"], "gaps": 0, "last": verified["head"],
                              "broken": None, "reason": None}  # fmt: skip
    forged = path.read_text("utf-8").replace("+44 20 7946 0009", "+44 20 7946 0008").replace("7946 0009", "7946 0008")
    (desk.folder / "forged.jsonl").write_text(forged, "utf-8")
    broken = desk.run("audit", "verify", "--file", "forged.jsonl")
    assert broken.code == 1
    assert "its values were changed" in broken.out
    lines = path.read_text("utf-8").splitlines(keepends=True)
    (desk.folder / "cut.jsonl").write_text("".join(lines[:3] + lines[4:]), "utf-8")
    assert "left out in 1 place" in desk.run("audit", "verify", "--file", "cut.jsonl").out
    assert desk.run("audit", "verify", "--file", "cut.jsonl", "--head", "1:" + "0" * 64).code == 1


def test_sx60_every_line_of_an_export_is_as_its_schema_says(desk: Desk) -> None:
    (acme,) = records(desk)
    schema = json.loads((SCHEMAS / "audit-export.schema.json").read_text("utf-8"))
    Draft7Validator.check_schema(schema)
    check = Draft7Validator(schema)
    assert desk.run("audit", "export", f"crm:{acme}", "--proof", "-o", "lines.jsonl").code == 0
    rows = [json.loads(line) for line in (desk.folder / "lines.jsonl").read_text("utf-8").splitlines()]
    assert {row["what"] for row in rows} == {"export", "person", "state", "entry", "between"}
    assert [error.message for row in rows for error in check.iter_errors(row)] == []


def test_sx60_a_part_of_the_log_chains_to_the_head_with_proof(desk: Desk) -> None:
    run = log(desk)[-2]["run"]
    assert desk.run("audit", "export", "--run", run, "--proof", "-o", "part.jsonl").code == 0
    rows = [json.loads(line) for line in (desk.folder / "part.jsonl").read_text("utf-8").splitlines()]
    assert {row["run"] for row in rows if row["what"] == "entry"} == {run}
    assert not any("values" in row for row in rows if row["what"] == "between")
    head = desk.run("audit", "verify", "--json").report["head"]
    checked = desk.run("audit", "verify", "--file", "part.jsonl", "--head", head, "--json").report
    assert (checked["ok"], checked["gaps"], checked["last"]) == (True, 0, head)


def test_sx61_one_person_is_given_everything_that_is_kept(desk: Desk) -> None:
    (acme,) = records(desk)
    assert desk.run("audit", "export", f"customers/crm:{acme}", "-o", "acme.jsonl").code == 0
    text = (desk.folder / "acme.jsonl").read_text("utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    (who,) = [row["records"] for row in rows if row["what"] == "person"]
    assert [name.partition(":")[0] for name in who] == ["customers/books", "customers/crm"]
    tables = {row["table"] for row in rows if row["what"] == "state"}
    assert {"record", "link", "operation"} <= tables
    assert "Acme" in text
    assert "Brook" not in text
    assert desk.run("audit", "verify", "--file", "acme.jsonl").code == 0


@pytest.mark.extended
def test_sx60_every_report_ends_with_the_head_and_the_file_of_reports_is_given_back(desk: Desk, tmp_path: Path) -> None:
    reports = tmp_path / "run.log"
    first, second = desk.run("run"), desk.run("run", "--json")
    assert re.search(r"^head \d+:[0-9a-f]{64}$", first.out, re.MULTILINE)
    assert re.fullmatch(r"\d+:[0-9a-f]{64}", second.report["head"])
    reports.write_text(first.out + second.out, "utf-8")
    kept = desk.run("audit", "verify", "--head", str(reports))
    assert kept.code == 0, kept
    assert "2 heads kept elsewhere fit" in kept.out
    seq = second.report["head"].partition(":")[0]
    reports.write_text(first.out + f"head {seq}:{'0' * 64}\n", "utf-8")
    assert desk.run("audit", "verify", "--against", str(reports)).code == 1
    assert desk.run("audit", "verify", "--head", "no such file").code == 2
