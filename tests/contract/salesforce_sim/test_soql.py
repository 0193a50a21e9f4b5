"""Queries: what they find, in which order, in which pages, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tieout_salesforce.simulator import SalesforceSimulator

from .conftest import ROOT, Sim, serving


@pytest.fixture(scope="module")
def filled() -> Iterator[Sim]:
    with serving(SalesforceSimulator()) as sim:
        _fill(sim)
        yield sim


def _fill(sim: Sim) -> None:
    for name, city, revenue, kind in (
        ("Alfreds Futterkiste", "Berlin", 10.5, "Prospect"),
        ("Ana Trujillo", "México D.F.", 20, "Customer - Direct"),
        ("Around the Horn", "London", None, "Customer - Direct"),
        ("B's Beverages", "London", 1000000.25, "Other"),
        ("50% off_sale", None, 0, None),
    ):
        sim.create("Account", Name=name, BillingCity=city, AnnualRevenue=revenue, Type=kind)


def names(sim: Sim, rest: str) -> list[str]:
    return [row["Name"] for row in sim.rows(f"SELECT Name FROM Account {rest}")]  # noqa: S608 - written below


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("BillingCity = 'London'", ["Around the Horn", "B's Beverages"]),
        ("billingcity = 'LONDON'", ["Around the Horn", "B's Beverages"]),
        (r"Name = 'B\'s Beverages'", ["B's Beverages"]),
        ("Name LIKE 'A%'", ["Alfreds Futterkiste", "Ana Trujillo", "Around the Horn"]),
        (r"Name LIKE '50\%%\_sale'", ["50% off_sale"]),
        ("Name LIKE '_na%'", ["Ana Trujillo"]),
        ("BillingCity = null", ["50% off_sale"]),
        ("BillingCity = ''", ["50% off_sale"]),
        ("BillingCity != 'London' AND BillingCity != null", ["Alfreds Futterkiste", "Ana Trujillo"]),
        ("Type IN ('Prospect', 'Other')", ["Alfreds Futterkiste", "B's Beverages"]),
        ("Type NOT IN ('Prospect', 'Other', null)", ["Ana Trujillo", "Around the Horn"]),
        ("AnnualRevenue >= 10.5 AND AnnualRevenue < 1000000.25", ["Alfreds Futterkiste", "Ana Trujillo"]),
        ("AnnualRevenue = 1000000.25", ["B's Beverages"]),
        ("NOT (BillingCity = 'London' OR Type = 'Prospect')", ["50% off_sale", "Ana Trujillo"]),
        ("NOT Type = 'Other' AND AnnualRevenue > 10.5", ["Ana Trujillo"]),
        ("(Type = 'Other' AND AnnualRevenue > 5) OR (Name LIKE 'Ana%')", ["Ana Trujillo", "B's Beverages"]),
        ("IsDeleted = true", []),
        ("SystemModstamp > 2000-01-01T00:00:00Z AND BillingCity = 'Berlin'", ["Alfreds Futterkiste"]),
        ("SystemModstamp > 2000-01-01T00:00:00+01:00 AND BillingCity = 'Berlin'", ["Alfreds Futterkiste"]),
        ("SystemModstamp < 2000-01-01T00:00:00.000Z", []),
        ("Owner.Name = 'Tieout Integration' AND BillingCity = 'Berlin'", ["Alfreds Futterkiste"]),
        (r"Name = 'M\u0041X'", []),
    ],
)
def test_where(filled: Sim, where: str, found: list[str]) -> None:
    assert names(filled, f"WHERE {where} ORDER BY Name") == found


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("ORDER BY Name LIMIT 2", ["50% off_sale", "Alfreds Futterkiste"]),
        ("ORDER BY Name DESC LIMIT 1", ["B's Beverages"]),
        ("ORDER BY Name LIMIT 2 OFFSET 3", ["Around the Horn", "B's Beverages"]),
        ("ORDER BY BillingCity LIMIT 2", ["50% off_sale", "Alfreds Futterkiste"]),
        ("ORDER BY BillingCity DESC NULLS LAST, Name ASC LIMIT 2", ["Ana Trujillo", "Around the Horn"]),
        ("ORDER BY AnnualRevenue NULLS FIRST LIMIT 2", ["Around the Horn", "50% off_sale"]),
    ],
)
def test_order(filled: Sim, order: str, found: list[str]) -> None:
    assert names(filled, order) == found


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT * FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id, COUNT(Id) FROM Account GROUP BY Id", "MALFORMED_QUERY"),
        ("SELECT FIELDS(ALL) FROM Account LIMIT 200", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account FOR UPDATE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a\nb'", "MALFORMED_QUERY"),
        (r"SELECT Id FROM Account WHERE Name = 'a\zb'", "MALFORMED_QUERY"),
        (r"SELECT Id FROM Account WHERE Name = 'a\_b'", "MALFORMED_QUERY"),
        ('SELECT Id FROM Account WHERE Name = "a"', "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name IN ()", "MALFORMED_QUERY"),
        ("SELECT Id, id FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account; DELETE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account LIMIT -1", "MALFORMED_QUERY"),
        ("SELECT Id FROM\n", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 5abc", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2024-13-01T00:00:00Z", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("SELECT Nope FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Owner.Nope = 'x'", "INVALID_FIELD"),
        ("SELECT Nobody.Name FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE AnnualRevenue = '5'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE CreatedDate > '2024-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE IsDeleted = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Account ORDER BY Description", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Id = '1'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE Id LIKE '001%'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account WHERE IsDeleted > false", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Accounts", "INVALID_TYPE"),
        ("SELECT Id, (SELECT Id FROM Nobodies) FROM Account", "INVALID_TYPE"),
    ],
)
def test_refuses_what_is_no_soql_or_not_known_to_be(shared: Sim, query: str, code: str) -> None:
    assert shared.refused(query)["errorCode"] == code


words = st.sampled_from(
    [
        "SELECT",
        "Id",
        "Name",
        "FROM",
        "Account",
        "WHERE",
        "=",
        "(",
        ")",
        ",",
        "'a'",
        "AND",
        "OR",
        "NOT",
        "IN",
        "5",
        "null",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.one_of(st.text(max_size=40), st.lists(words, max_size=14).map(" ".join)))
def test_no_text_breaks_the_parser(shared: Sim, text: str) -> None:
    answer = shared.http.get(f"{ROOT}/query", params={"q": text.encode("utf-8", "replace")})

    assert answer.status_code in {200, 400}
    assert answer.status_code == 200 or answer.json()[0]["errorCode"]


def test_points_at_the_error_as_salesforce_does(sim: Sim) -> None:
    assert sim.refused("SELECT SetupOwnerId FROM Account")["message"].startswith(
        "\nSELECT SetupOwnerId FROM Account\n       ^\nERROR at Row:1:Column:8\n"
        "No such column 'SetupOwnerId' on entity 'Account'. If you are attempting to use a custom field, be sure"
    )
    assert sim.refused("select count() from XYZZY")["message"] == (
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\nsObject type 'XYZZY' is not "
        "supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. "
        "Please reference your WSDL or the describe call for the appropriate names."
    )


def test_counts(filled: Sim) -> None:
    assert filled.query("SELECT COUNT() FROM Account WHERE BillingCity = 'London'") == {
        "totalSize": 2,
        "done": True,
        "records": [],
    }


def test_nests_parents_and_children(sim: Sim) -> None:
    account = sim.create("Account", Name="Acme")
    lonely = sim.create("Account", Name="Lonely", ParentId=account)
    for last in ("Young", "Adams"):
        sim.create("Contact", LastName=last, FirstName="Ann", AccountId=account, Email="ann@example.com")

    rows = sim.query(
        "SELECT Id, Parent.Name, Parent.Owner.Username, (SELECT Id, Name, Account.Name FROM Contacts "
        "WHERE Email != null ORDER BY LastName LIMIT 5) FROM Account ORDER BY Name"
    )["records"]

    assert rows[0]["Parent"] is None
    assert [contact["Name"] for contact in rows[0]["Contacts"]["records"]] == ["Ann Adams", "Ann Young"]
    assert rows[0]["Contacts"]["totalSize"] == 2
    assert rows[0]["Contacts"]["records"][0]["Account"]["attributes"]["type"] == "Account"
    assert rows[1]["Contacts"] is None
    assert rows[1]["Id"] == lonely
    assert rows[1]["Parent"]["Name"] == "Acme"
    assert rows[1]["Parent"]["Owner"]["Username"] == "tieout@example.com"


def test_a_version_is_echoed_in_every_address(sim: Sim) -> None:
    sim.create("Account", Name="Acme")
    found = sim.http.get("/services/data/v61.0/query/", params={"q": "SELECT Id FROM Account"}).json()

    assert found["records"][0]["attributes"]["url"].startswith("/services/data/v61.0/sobjects/Account/001")


def _many(sim: Sim, count: int) -> None:
    for start in range(0, count, 200):
        records = [
            {"attributes": {"type": "Account"}, "Name": f"A{n:05}"} for n in range(start, min(count, start + 200))
        ]
        assert sim.http.post(f"{ROOT}/composite/sobjects", json={"records": records}).status_code == 200


def test_a_keyset_walk_finds_every_row_of_one_stamp_once(sim: Sim) -> None:
    _many(sim, 1000)
    sim.control("touch", object="Account")
    stamp, last, seen = "1970-01-01T00:00:00Z", "", list[str]()
    while True:
        rows = sim.rows(
            f"SELECT Id, SystemModstamp FROM Account WHERE ((SystemModstamp = {stamp} AND Id > '{last}') "  # noqa: S608 - ours
            f"OR SystemModstamp > {stamp}) ORDER BY SystemModstamp, Id LIMIT 150",
            "queryAll",
        )
        if not rows:
            break
        seen += [row["Id"] for row in rows]
        stamp, last = rows[-1]["SystemModstamp"].replace("+0000", "Z"), rows[-1]["Id"]

    assert len(seen) == 1000
    assert seen == sorted(set(seen))


def test_a_locator_dies_with_its_session(sim: Sim) -> None:
    _many(sim, 400)
    page = sim.http.get(
        f"{ROOT}/query",
        params={"q": "SELECT Id FROM Account"},
        headers={"Sforce-Query-Options": "batchSize=200"},
    ).json()
    other = sim.person.get(page["nextRecordsUrl"])
    own = sim.http.get(page["nextRecordsUrl"])
    unknown = sim.http.get(f"{ROOT}/query/01gSm0000000099AAA-2000")
    sim.control("clock", advance=49 * 3600)
    old = sim.http.get(page["nextRecordsUrl"])

    assert (other.status_code, other.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
    assert (len(own.json()["records"]), own.json()["done"]) == (200, True)
    assert unknown.json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"
    assert old.json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_child_rows_count_against_the_page(sim: Sim) -> None:
    for n in range(3):
        account = sim.create("Account", Name=f"A{n}")
        records = [{"attributes": {"type": "Contact"}, "LastName": f"C{i}", "AccountId": account} for i in range(120)]
        sim.http.post(f"{ROOT}/composite/sobjects", json={"records": records})

    page = sim.http.get(
        f"{ROOT}/query",
        params={"q": "SELECT Id, (SELECT Id FROM Contacts) FROM Account"},
        headers={"Sforce-Query-Options": "batchSize=200"},
    ).json()

    assert (len(page["records"]), page["totalSize"], page["done"]) == (1, 3, False)


def test_an_address_that_is_too_long_is_414_and_with_its_headers_431(sim: Sim) -> None:
    def asked(length: int) -> Any:
        return sim.http.get(f"{ROOT}/query?q={'x' * length}").status_code

    assert (asked(16_400), asked(16_200), asked(15_000)) == (414, 431, 400)


def test_text_heeds_case_only_in_a_unique_case_sensitive_field(sim: Sim) -> None:
    sim.create("Account", Name="Acme", Tieout_Key__c="aB")

    assert len(sim.rows("SELECT Id FROM Account WHERE Name = 'ACME'")) == 1
    assert sim.rows("SELECT Id FROM Account WHERE Tieout_Key__c = 'AB'") == []
    assert len(sim.rows("SELECT Id FROM Account WHERE Tieout_Key__c IN ('aB')")) == 1


def test_ids_of_15_characters_are_the_same_records(sim: Sim) -> None:
    id = sim.create("Account", Name="Acme")

    assert sim.rows(f"SELECT Id FROM Account WHERE Id = '{id[:15]}'") == [{"Id": id}]  # noqa: S608 - no outsider's text


def test_two_worlds_share_nothing() -> None:
    simulator = SalesforceSimulator()
    with serving(simulator) as one, serving(simulator) as other:
        one.create("Account", Name="Acme")
        assert other.rows("SELECT Id FROM Account") == []


def test_a_walk_by_id_finds_every_row_once(sim: Sim) -> None:
    _many(sim, 500)
    gone = sim.rows("SELECT Id FROM Account ORDER BY Id LIMIT 1 OFFSET 250")[0]["Id"]
    sim.control("hard_delete", object="Account", id=gone)
    last, seen = "", list[str]()
    while rows := sim.rows(f"SELECT Id FROM Account WHERE Id > '{last}' ORDER BY Id LIMIT 120"):  # noqa: S608 - ours
        seen += [row["Id"] for row in rows]
        last = seen[-1]

    assert len(seen) == 499
    assert gone not in seen
    assert seen == sorted(set(seen))


def test_the_short_cuts_find_what_a_full_look_finds(sim: Sim) -> None:
    """Indexes only ever leave out rows that the condition refuses: compared with conditions that no index serves."""
    _many(sim, 300)
    sim.control("clock", advance=60)
    sim.control("touch", object="Account", ids=[row["Id"] for row in sim.rows("SELECT Id FROM Account LIMIT 100")])
    some = sim.rows("SELECT Id, SystemModstamp FROM Account ORDER BY SystemModstamp, Id LIMIT 1 OFFSET 150")[0]
    stamp, id = some["SystemModstamp"].replace("+0000", "Z"), some["Id"]
    conditions = (
        f"SystemModstamp > {stamp}",
        f"SystemModstamp >= {stamp} AND Id > '{id}'",
        f"(SystemModstamp = {stamp} AND Id > '{id}') OR SystemModstamp > {stamp}",
        f"Id > '{id}' OR SystemModstamp > {stamp}",
        f"Id = '{id}' OR Id IN ('{id}')",
        f"Id = '{id}' AND SystemModstamp < {stamp}",
        f"NOT (Id > '{id}')",
    )
    for condition in conditions:
        for order in ("SystemModstamp, Id", "Id"):
            fast = sim.rows(f"SELECT Id FROM Account WHERE ({condition}) ORDER BY {order}")  # noqa: S608 - ours
            slow = sim.rows(f"SELECT Id FROM Account WHERE NOT (NOT ({condition})) ORDER BY {order}, Name")  # noqa: S608 - ours
            assert fast == slow, (condition, order)
        unordered = sim.rows(f"SELECT Id FROM Account WHERE {condition}")  # noqa: S608 - ours
        assert {row["Id"] for row in unordered} == {row["Id"] for row in fast}
