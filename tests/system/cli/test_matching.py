"""match: what existed on both sides before, looked at before anything is made; questions and duplicates."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_running import valid
from system.northwind.stage import sandbox

MAPPING = """\
mapping: people
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
match:
  - {crm: AccountNumber, books: AccountNumber, decides: true}
  - {crm: Name, books: Name, compare: company_name}
create: {books: always, crm: always}
on_link: crm
fields:
  - {crm: Name, books: Name}
  - {crm: AccountNumber, books: AccountNumber}
  - {crm: Phone, books: Phones.DEFAULT, as: xero_phone, pii: true}
"""
Row = dict[str, Any]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project of one small mapping over empty systems, on a sandbox of its own, for these tests write."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        made.use_own(MAPPING)
        yield made


def looked(desk: Desk, *words: str) -> Row:
    ended = desk.run("match", "--json", *words)
    assert ended.code == 0, ended
    (found,) = valid("match-report", ended.report)["mappings"]
    made: Row = found
    return made


def row(found: Row, id_: str) -> Row:
    (made,) = [one for one in found["records"] if one["record"]["record"].endswith(id_)]
    chosen: Row = made
    return chosen


def effects(desk: Desk) -> tuple[object, object]:
    return desk.stage.salesforce.effects(), desk.stage.xero.effects()


def test_sx10_match_shows_certain_ambiguous_and_none_and_nothing_is_made_before(desk: Desk) -> None:
    numbered = desk.account("Acme Ltd", "K1")
    accents = desk.account("  CAFÉ  Zoë Limited", "")
    twice = [desk.account("Brook", ""), desk.account("Brook GmbH", "")]
    told_apart = desk.account("Dale", "K7")
    parent = desk.account("Acme Widgets", "")
    other = desk.contact("Acme Widgets", AccountNumber="K1")
    cafe = desk.contact("cafe zoe")
    brook = desk.contact("brook ltd")
    desk.contact("Dale", AccountNumber="K8")
    subsidiary = desk.contact("Acme Widgets Europe")
    desk.stage.reset()

    found = looked(desk)
    assert row(found, numbered)["verdict"] == "certain"
    assert row(found, numbered)["others"][0]["record"] == f"people/books:{other}", "the number decides, not the name"
    assert row(found, numbered)["agree"] == {"crm.AccountNumber": "K1", "books.AccountNumber": "K1"}
    assert row(found, numbered)["others"][0]["url"].startswith("http")
    assert row(found, accents)["others"][0]["record"] == f"people/books:{cafe}"
    for id_ in [*twice, brook]:
        assert row(found, id_)["verdict"] == "ambiguous"
        assert row(found, id_)["review"] > 0
    for id_ in (told_apart, parent, subsidiary):
        assert row(found, id_)["verdict"] == "none"
    counts = found["counts"]
    assert (counts["certain"], counts["ambiguous"], counts["none"]) == (
        2,
        {"crm": 2, "books": 1},
        {"crm": 2, "books": 2},
    )
    assert effects(desk) == ({}, {}), "nothing was written to any system"
    assert looked(desk)["counts"] == counts, "it plans nothing and remembers no verdict, so it says the same again"

    stopped = desk.run("run", "--json")
    assert stopped.code == 5
    told = {guard["guard"]: guard["message"] for guard in stopped.report["stopped"]["guards"]}
    assert "tieout match people" in told["first-run"]
    assert effects(desk) == ({}, {}), "no creates on a first run"

    ended = desk.run("match", "people", "--csv", "open.csv")
    assert ended.code == 0, ended
    with (desk.folder / "open.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {one["kind"] for one in rows} == {"match"}
    for one in rows:
        one["answer"] = {twice[0]: brook, twice[1]: "none"}.get(one["record"].partition(":")[2], "")
    with (desk.folder / "answered.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert desk.run("review", "import", "answered.csv").code == 0
    after = looked(desk)
    assert row(after, twice[0])["others"][0]["record"] == f"people/books:{brook}"
    assert row(after, twice[1])["verdict"] == "none"
    assert after["counts"]["certain"] == 3


@pytest.mark.extended
def test_sx10_nothing_is_asked_any_more_about_what_a_plan_links_though_its_guard_stops_it(desk: Desk) -> None:
    twice = [desk.account("Brook", ""), desk.account("Brook GmbH", "")]
    brook = desk.contact("brook ltd")
    desk.account("Solo", "")  # is made anew, so the first plan stops
    found = looked(desk)
    assert desk.run("run").code == 5
    assert len(desk.run("review", "list", "--json").report) == 3, "each of the three is asked about"
    assert desk.run("review", "answer", str(row(found, twice[0])["review"]), brook).code == 0
    assert desk.run("review", "answer", str(row(found, twice[1])["review"]), "none").code == 0
    stopped = desk.run("run", "--json")
    assert (stopped.code, stopped.report["stopped"]["guards"][0]["guard"]) == (5, "first-run")
    assert desk.run("review", "list", "--json").report == [], "the contact is asked about no more"
    assert len(desk.run("review", "list", "--answered", "--json").report) == 2


@pytest.mark.extended
def test_sx10_two_answers_about_the_same_two_records_never_contradict_each_other(desk: Desk) -> None:
    twice = [desk.account("Brook", ""), desk.account("Brook GmbH", "")]
    brook = desk.contact("brook ltd")
    found = looked(desk)
    first, mirrored = str(row(found, twice[0])["review"]), str(row(found, brook)["review"])
    assert desk.run("review", "answer", first, brook).code == 0
    for words in ((mirrored, "none"), (mirrored, twice[1]), (str(row(found, twice[1])["review"]), brook)):
        refused = desk.run("review", "answer", *words)
        assert refused.code == 2
        assert f"question {first}" in refused.err
        assert f"answered with {brook}: link it to" in refused.err
        assert f"tieout review forget {first}" in refused.err

    assert desk.run("review", "forget", first, "--why", "erred").code == 0
    assert "remembered: none" in desk.run("review", "forget", first).err
    found = looked(desk, "--csv", "open.csv")
    with (desk.folder / "open.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    wanted = {twice[0]: brook, twice[1]: "none", brook: "none"}
    for one in rows:
        one["answer"] = wanted[one["record"].partition(":")[2]]
    with (desk.folder / "answered.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    taken = desk.run("review", "import", "answered.csv", "--json")
    assert taken.code == 3
    assert len(taken.report["noted"]) == 2
    (refused_line,) = taken.report["refused"]
    assert refused_line["record"].partition(":")[2] in {twice[0], brook}, "whichever of the two comes second"
    assert re.search(r"beside question \d+, which line \d+ answered with", refused_line["why"])
    assert "tieout review forget" in refused_line["why"]


@pytest.mark.extended
def test_sx10_a_file_without_questions_says_so_and_a_sample_that_it_is_one(desk: Desk) -> None:
    for name in ("Acme", "Brook"):
        desk.account(name, "")
    ended = desk.run("match", "--csv", "open.csv")
    assert "there is none in open.csv to fill in" in ended.out
    assert "fill in the columns" not in ended.out
    told = desk.run("plan", "--sample", "1").out
    assert "a sample: at most 1 record of each mapping: people 1 of 2, the others are left out" in told
    assert "a sample: at most 5 records of each mapping: people 2 of 2\n" in desk.run("plan", "--sample", "5").out
    assert "a sample" not in desk.run("plan").out
    told = desk.run("audit", "access").out
    assert ":00 UTC" in told
    desk.replace("${env:SF_CLIENT_SECRET}", "${env:NOT_SET_ONE}")
    desk.replace("${env:XERO_CLIENT_SECRET}", "${env:NOT_SET_TWO}")
    wrong = desk.run("check", "--online")
    assert wrong.code == 2
    assert "NOT_SET_ONE" in wrong.err
    assert "NOT_SET_TWO" in wrong.err


@pytest.mark.extended
def test_sx11_duplicates_are_told_with_pages_and_tieout_follows_the_merge(desk: Desk) -> None:
    one, two = desk.account("Acme Ltd", ""), desk.account("ACME limited", "")
    apart = [desk.account("Dale", "K7"), desk.account("Dale", "K8")]
    old = desk.contact("acme")
    contacts = [desk.contact("Brook Ltd"), desk.contact("brook")]
    found = looked(desk, "--duplicates")
    groups = {group["side"]: group for group in found["groups"]}
    assert {row["record"] for row in groups["crm"]["records"]} == {f"people/crm:{id_}" for id_ in (one, two)}
    assert {row["record"] for row in groups["books"]["records"]} == {f"people/books:{id_}" for id_ in contacts}
    assert len(found["groups"]) == 2, f"numbers tell {apart} apart"
    assert all(row["url"].startswith("http") for group in found["groups"] for row in group["records"])
    shown = desk.run("match", "--duplicates")
    assert "merge them in their own system" in shown.out
    assert looked(desk)["counts"]["ambiguous"] == {"crm": 2, "books": 1}

    desk.stage.salesforce.order("merge", object="Account", winner=one, loser=two)
    after = looked(desk)
    assert row(after, one)["others"][0]["record"] == f"people/books:{old}", "one is left, so it is certain"
    assert {group["side"] for group in looked(desk, "--duplicates")["groups"]} == {"books"}


@pytest.fixture
def pack(tmp_path: Path) -> Iterator[Desk]:
    """The pack as it is, over empty systems."""
    with sandbox() as running:
        made = Desk(tmp_path, running)
        made.write()
        yield made


def account(desk: Desk, id_: str) -> Row:
    found: Row = desk.stage.salesforce.read(f"/services/data/v66.0/sobjects/Account/{id_}")
    return found


@pytest.mark.extended
def test_px11_an_account_that_exists_in_the_ledger_is_linked_and_gets_its_code(pack: Desk) -> None:
    one = pack.account("Acme Ltd", "", BillingPostalCode="EC1A 1BB")
    address = [{"AddressType": "POBOX", "PostalCode": "ec1a1bb"}]
    contact = pack.contact("ACME limited", AccountNumber="L-77", Addresses=address)
    twice = pack.account("Brook", "B1")
    for name in ("Brook one", "Brook two"):
        pack.contact(name)
    same = [pack.account("Dale", ""), pack.account("DALE ltd", "")]
    dale = pack.contact("dale")
    found = {row["record"]["record"]: row for row in looked(pack, "customers")["records"]}
    assert found[f"customers/crm:{one}"]["others"][0]["record"] == f"customers/books:{contact}"
    assert {found[f"customers/crm:{id_}"]["verdict"] for id_ in same} == {"ambiguous"}
    assert found[f"customers/crm:{twice}"]["verdict"] == "none", "names that only begin alike are not the same"
    pack.let_through()
    pack.run("run")
    linked = account(pack, one)
    assert (linked["AccountNumber"], linked["Xero_Contact_ID__c"]) == ("L-77", contact), "the ledger's code is taken"
    assert account(pack, same[0])["Xero_Contact_ID__c"] is None
    open_ = {one["record"] for one in pack.run("review", "list", "--json").report if one["kind"] == "match"}
    assert open_ == {f"customers/crm:{same[0]}", f"customers/crm:{same[1]}", f"customers/books:{dale}"}


@pytest.mark.extended
def test_px11_an_archived_contact_is_no_partner_by_itself(pack: Desk) -> None:
    one = pack.account("Acme Ltd", "K1")
    old = pack.contact("Acme Ltd", AccountNumber="K1")
    gone = {"ContactID": old, "ContactStatus": "ARCHIVED"}
    answer = pack.stage.xero.http.post(f"/api.xro/2.0/Contacts/{old}", json=gone)
    assert answer.status_code == 200, answer.text
    found = {row["record"]["record"]: row for row in looked(pack, "customers")["records"]}
    assert found[f"customers/crm:{one}"]["verdict"] == "none"
