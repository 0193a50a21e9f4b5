"""Collections and composite requests: success is per record."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import ROOT, Sim

COLLECTIONS = f"{ROOT}/composite/sobjects"


def account(**values: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Account"}, **values}


def post(sim: Sim, records: list[Any], **more: Any) -> Any:
    return sim.http.post(COLLECTIONS, json={"records": records, **more})


def upsert(sim: Sim, records: list[Any], **more: Any) -> Any:
    return sim.http.patch(f"{COLLECTIONS}/Account/Tieout_Key__c", json={"records": records, **more}).json()


def codes(rows: Any) -> list[str | None]:
    return [None if row["success"] else row["errors"][0]["statusCode"] for row in rows]


def test_one_bad_record_leaves_the_others_alone(sim: Sim) -> None:
    answer = post(sim, [account(Name="A"), account(), account(Name="C")])

    assert answer.status_code == 200
    assert codes(answer.json()) == [None, "REQUIRED_FIELD_MISSING", None]
    assert answer.json()[1] == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Name]",
                "fields": ["Name"],
            }
        ],
    }
    assert [row["Name"] for row in sim.rows("SELECT Name FROM Account ORDER BY Name")] == ["A", "C"]


def test_all_or_none_undoes_everything(sim: Sim) -> None:
    answer = post(sim, [account(Name="A"), account(), account(Name="C")], allOrNone=True)

    assert codes(answer.json()) == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "REQUIRED_FIELD_MISSING",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    ]
    assert sim.rows("SELECT Name FROM Account", "queryAll") == []
    assert sim.counters()["effects"] == {}


def test_an_upsert_by_our_key_cannot_make_a_twin(sim: Sim) -> None:
    first = upsert(sim, [account(Tieout_Key__c="a", Name="A"), account(Tieout_Key__c="b", Name="B")])
    again = upsert(sim, [account(Tieout_Key__c="a", Name="A"), account(Tieout_Key__c="b", Name="B")])

    assert [(row["created"], row["success"]) for row in first] == [(True, True)] * 2
    assert [(row["created"], row["id"]) for row in again] == [(False, row["id"]) for row in first]
    assert sim.counters()["by_key"]["a"] == {"created": 1, "updated": 1}


def test_a_key_given_twice_or_not_at_all_is_refused(sim: Sim) -> None:
    rows = upsert(
        sim,
        [
            account(Tieout_Key__c="a", Name="A"),
            account(Tieout_Key__c="a", Name="B"),
            account(Name="C"),
            account(Tieout_Key__c="d", Name="D", id="001000000000001AAA"),
            account(Tieout_Key__c="e", Name="E"),
        ],
    )

    assert codes(rows) == [
        "DUPLICATE_EXTERNAL_ID",
        "DUPLICATE_EXTERNAL_ID",
        "MISSING_ARGUMENT",
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        None,
    ]


def test_an_ambiguous_external_id_writes_nothing(sim: Sim) -> None:
    post(sim, [account(Name="A", Xero_Contact_ID__c="x"), account(Name="B", Xero_Contact_ID__c="x")])
    answer = sim.http.patch(
        f"{COLLECTIONS}/Account/Xero_Contact_ID__c", json={"records": [account(Name="C", Xero_Contact_ID__c="x")]}
    )

    assert codes(answer.json()) == ["DUPLICATE_EXTERNAL_ID"]


def test_a_refused_duplicate_names_the_record_that_has_the_value(sim: Sim) -> None:
    first = sim.create("Account", Name="A", Tieout_Key__c="a")
    other = sim.create("Account", Name="B")
    answer = sim.http.patch(COLLECTIONS, json={"records": [account(id=other, Tieout_Key__c="a")]}).json()

    assert codes(answer) == ["DUPLICATE_VALUE"]
    assert answer[0]["errors"][0]["message"].endswith(f"on record with id: {first}")


def test_a_create_with_a_unique_value_that_is_taken_is_refused_row_by_row(sim: Sim) -> None:
    first = sim.create("Account", Name="A", Tieout_Key__c="a")
    rows = post(
        sim,
        [
            account(Tieout_Key__c="a", Name="B"),
            account(Tieout_Key__c="c", Name="C"),
            account(Tieout_Key__c="c", Name="D"),
        ],
    ).json()

    assert codes(rows) == ["DUPLICATE_VALUE", None, "DUPLICATE_VALUE"]
    assert [row["errors"][0]["message"].split(": ")[-1] for row in rows if not row["success"]] == [first, rows[1]["id"]]
    assert [row["Name"] for row in sim.rows("SELECT Name FROM Account ORDER BY Name")] == ["A", "C"]


def test_updates_and_deletes_by_id(sim: Sim) -> None:
    ids = [row["id"] for row in post(sim, [account(Name=name) for name in "ABCD"]).json()]
    updated = sim.http.patch(
        COLLECTIONS,
        json={
            "records": [
                account(id=ids[0], Name="A2"),
                account(id="001000000000009AAA", Name="X"),
                account(id="junk", Name="X"),
                account(id=ids[1], Name="B2"),
                account(id=ids[1][:15], Name="B3"),
            ]
        },
    ).json()
    deleted = sim.http.delete(COLLECTIONS, params={"ids": f"{ids[2]},{ids[2]},{ids[3]}"}).json()

    assert codes(updated) == [None, "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "DUPLICATE_VALUE", "DUPLICATE_VALUE"]
    assert codes(deleted) == [None, "ENTITY_IS_DELETED", None]
    assert [row["Name"] for row in sim.rows("SELECT Name FROM Account ORDER BY Name")] == ["A2", "B"]
    late = sim.http.patch(COLLECTIONS, json={"records": [account(id=ids[2], Name="C2")]}).json()
    assert codes(late) == ["ENTITY_IS_DELETED"]


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([account(Name="A")] * 201, "EXCEEDED_ID_LIMIT"),
        ([{"attributes": {"type": name}} for name in ("Account", "Contact") * 6], "LIMIT_EXCEEDED"),
        ([{"Name": "A"}], "INVALID_INPUT"),
        (["A"], "JSON_PARSER_ERROR"),
        (None, "JSON_PARSER_ERROR"),
    ],
)
def test_a_request_that_is_wrong_as_a_whole_is_refused_as_a_whole(shared: Sim, records: Any, code: str) -> None:
    answer = post(shared, records)

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_reads_by_id_with_null_for_what_is_not_there(sim: Sim) -> None:
    here, gone = sim.create("Account", Name="A"), sim.create("Account", Name="B")
    sim.http.delete(f"{ROOT}/sobjects/Account/{gone}")
    body = {"ids": [gone, here, "001000000000009AAA"], "fields": ["Name"]}

    by_post = sim.http.post(f"{COLLECTIONS}/Account", json=body).json()
    by_get = sim.http.get(f"{COLLECTIONS}/Account", params={"ids": f"{gone},{here}", "fields": "Name"}).json()

    assert [row and row["Name"] for row in by_post] == [None, "A", None]
    assert by_get == by_post[:2]


def test_a_composite_uses_what_came_before(sim: Sim) -> None:
    parts = [
        {"method": "POST", "url": f"{ROOT}/sobjects/Account", "referenceId": "a", "body": {"Name": "Acme"}},
        {
            "method": "POST",
            "url": f"{ROOT}/sobjects/Contact",
            "referenceId": "c",
            "body": {"LastName": "B", "AccountId": "@{a.id}"},
        },
        {"method": "GET", "url": f"{ROOT}/query?q=SELECT+Account.Name+FROM+Contact", "referenceId": "q"},
        {"method": "GET", "url": f"{ROOT}/sobjects/Account/nothing", "referenceId": "n"},
        {"method": "GET", "url": f"{ROOT}/sobjects/Account/@{{n.id}}", "referenceId": "m"},
    ]
    answer = sim.http.post(f"{ROOT}/composite", json={"compositeRequest": parts}).json()["compositeResponse"]

    assert [part["httpStatusCode"] for part in answer] == [201, 201, 200, 404, 400]
    assert answer[2]["body"]["records"][0]["Account"]["Name"] == "Acme"
    assert answer[4]["body"][0]["errorCode"] == "PROCESSING_HALTED"


def test_a_composite_of_all_or_none_leaves_nothing(sim: Sim) -> None:
    parts = [
        {"method": "POST", "url": f"{ROOT}/sobjects/Account", "referenceId": "a", "body": {"Name": "Acme"}},
        {"method": "POST", "url": f"{ROOT}/sobjects/Account", "referenceId": "b", "body": {}},
    ]
    body = {"allOrNone": True, "compositeRequest": parts}
    answer = sim.http.post(f"{ROOT}/composite", json=body).json()["compositeResponse"]

    assert [part["body"][0]["errorCode"] for part in answer] == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert sim.rows("SELECT Id FROM Account") == []


def test_a_composite_has_its_limits(sim: Sim) -> None:
    query = {"method": "GET", "url": f"{ROOT}/query?q=SELECT+Id+FROM+Account", "referenceId": "q"}

    def code(parts: list[Any]) -> str:
        return str(sim.http.post(f"{ROOT}/composite", json={"compositeRequest": parts}).json()[0]["errorCode"])

    assert code([query] * 6) == "LIMIT_EXCEEDED"
    assert code([{**query, "url": f"{ROOT}/limits"}] * 26) == "INVALID_INPUT"
    assert code([{"method": "GET"}]) == "INVALID_INPUT"
