"""match: what existed on both sides before, looked at before anything is made; questions and duplicates."""

from __future__ import annotations

import csv
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
        (tmp_path / "mappings").mkdir()
        (tmp_path / "mappings" / "people.yaml").write_text(MAPPING, "utf-8")
        made.replace("  - use: salesforce-xero\n", "  - use: mappings/\n")
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
