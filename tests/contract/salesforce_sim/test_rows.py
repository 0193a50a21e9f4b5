"""What may be written to a record, what is stored of it, and the errors otherwise."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tieout_salesforce.simulator.encoding import decode, encode

from .conftest import ROOT, Sim

GOOD_DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-05-01"}


def refusal(sim: Sim, name: str, values: dict[str, Any]) -> dict[str, Any]:
    answer = sim.http.post(f"{ROOT}/sobjects/{name}", json=values)
    assert answer.status_code == 400, answer.text
    errors: list[dict[str, Any]] = answer.json()
    return errors[0]


@pytest.mark.parametrize(
    ("name", "values", "code", "fields"),
    [
        ("Account", {}, "REQUIRED_FIELD_MISSING", ["Name"]),
        ("Account", {"Name": "  "}, "REQUIRED_FIELD_MISSING", ["Name"]),
        ("Account", {"Name": "x" * 256}, "STRING_TOO_LONG", ["Name"]),
        ("Account", {"Name": 5}, "JSON_PARSER_ERROR", ["Name"]),
        ("Account", {"Name": "A", "Nope": 1}, "INVALID_FIELD", ["Nope"]),
        ("Account", {"Name": "A", "SystemModstamp": "x"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["SystemModstamp"]),
        ("Account", {"Name": "A", "BillingAddress": {}}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["BillingAddress"]),
        ("Account", {"Name": "A", "AnnualRevenue": "5"}, "JSON_PARSER_ERROR", ["AnnualRevenue"]),
        ("Account", {"Name": "A", "AnnualRevenue": 10**18}, "NUMBER_OUTSIDE_VALID_RANGE", ["AnnualRevenue"]),
        ("Account", {"Name": "A", "NumberOfEmployees": 1.5}, "JSON_PARSER_ERROR", ["NumberOfEmployees"]),
        ("Account", {"Name": "A", "NumberOfEmployees": 10**8}, "NUMBER_OUTSIDE_VALID_RANGE", ["NumberOfEmployees"]),
        ("Account", {"Name": "A", "BillingGeocodeAccuracy": "X"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", None),
        ("Account", {"Name": "A", "CurrencyIsoCode": "XXX"}, "INVALID_CURRENCY_ISO", ["CurrencyIsoCode"]),
        ("Account", {"Name": "A", "ParentId": "zzz"}, "MALFORMED_ID", ["ParentId"]),
        ("Account", {"Name": "A", "ParentId": "003000000000001AAA"}, "FIELD_INTEGRITY_EXCEPTION", ["ParentId"]),
        ("Account", {"Name": "A", "ParentId": "001000000000001AAA"}, "INVALID_CROSS_REFERENCE_KEY", ["ParentId"]),
        ("Account", {"Name": "A", "Parent": {"Name": "x"}}, "INVALID_FIELD", ["Parent"]),
        ("Contact", {"LastName": "A", "Email": "nobody"}, "INVALID_EMAIL_ADDRESS", ["Email"]),
        ("Opportunity", {**GOOD_DEAL, "CloseDate": "2026-02-30"}, "JSON_PARSER_ERROR", ["CloseDate"]),
        ("Opportunity", {**GOOD_DEAL, "CloseDate": "2026-05-01T00:00:00Z"}, "JSON_PARSER_ERROR", ["CloseDate"]),
        ("Opportunity", {**GOOD_DEAL, "Payment_Status__c": "Late"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", None),
        ("Opportunity", {**GOOD_DEAL, "IsPrivate": "yes"}, "JSON_PARSER_ERROR", ["IsPrivate"]),
        ("Opportunity", {**GOOD_DEAL, "IsWon": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsWon"]),
        ("User", {"LastName": "A"}, "INVALID_TYPE_FOR_OPERATION", None),
    ],
)
def test_refuses_with_the_field(
    shared: Sim, name: str, values: dict[str, Any], code: str, fields: list[str] | None
) -> None:
    shared.control("counters/reset")
    error = refusal(shared, name, values)

    assert error["errorCode"] == code
    assert fields is None or error["fields"] == fields
    assert shared.rows("SELECT Id FROM Account") == shared.rows("SELECT Id FROM Opportunity") == []
    assert shared.counters()["effects"] == {}
    assert shared.counters()["rejected"] == {code: 1}


def test_the_messages_are_salesforces_own(sim: Sim) -> None:
    first = sim.create("Account", Name="A", Tieout_Key__c="k")

    assert refusal(sim, "Account", {"Name": "B", "Tieout_Key__c": "k"})["message"] == (
        f"duplicate value found: Tieout_Key__c duplicates value on record with id: {first}"
    )
    assert refusal(sim, "Account", {})["message"] == "Required fields are missing: [Name]"
    status = refusal(sim, "Opportunity", {**GOOD_DEAL, "Payment_Status__c": "Late"})
    assert status["message"] == "Payment Status: bad value for restricted picklist field: Late"


def test_stores_text_trimmed_and_empty_as_null(sim: Sim) -> None:
    id = sim.create("Account", Name="  Wolski  Zajazd ", Phone=" ", BillingStreet="1 High St\r\nFlat 2", Type="Odd one")

    assert sim.read("Account", id, "Name", "Phone", "BillingStreet", "Type") == {
        "Name": "Wolski  Zajazd",
        "Phone": None,
        "BillingStreet": "1 High St\nFlat 2",
        "Type": "Odd one",
    }


def test_a_datetime_is_kept_to_the_second_in_utc(sim: Sim) -> None:
    id = sim.create("Account", Name="A", Xero_Synced_At__c="2026-05-01T12:30:15.789+02:00")

    assert sim.read("Account", id, "Xero_Synced_At__c") == {"Xero_Synced_At__c": "2026-05-01T10:30:15.000+0000"}


def test_null_clears_and_what_is_not_named_stays(sim: Sim) -> None:
    id = sim.create("Account", Name="A", Phone="1", Fax="2")

    assert sim.http.patch(f"{ROOT}/sobjects/Account/{id}", json={"Phone": None}).status_code == 204
    assert sim.rows("SELECT Phone, Fax FROM Account") == [{"Phone": None, "Fax": "2"}]
    refused = sim.http.patch(f"{ROOT}/sobjects/Account/{id}", json={"Name": None})
    assert refused.json()[0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    refused = sim.http.patch(f"{ROOT}/sobjects/Account/{id}", json={"CurrencyIsoCode": None})
    assert refused.json()[0]["errorCode"] == "REQUIRED_FIELD_MISSING"


def test_every_save_moves_the_stamps_even_with_equal_values(sim: Sim) -> None:
    id = sim.create("Account", Name="A")
    before = sim.rows("SELECT CreatedDate, SystemModstamp, LastModifiedById FROM Account")[0]
    sim.control("clock", advance=90)
    answer = sim.person.patch(f"{ROOT}/sobjects/Account/{id}", json={"Name": "A"})
    after = sim.rows("SELECT CreatedDate, SystemModstamp, LastModifiedDate, LastModifiedBy.Name FROM Account")[0]

    assert answer.status_code == 204
    assert after["SystemModstamp"] > before["SystemModstamp"]
    assert after["LastModifiedDate"] == after["SystemModstamp"]
    assert after["SystemModstamp"].endswith(".000+0000")
    assert after["CreatedDate"] == before["CreatedDate"]
    assert after["LastModifiedBy"]["Name"] == "Harriet Human"


def test_a_reference_by_external_id(sim: Sim) -> None:
    account = sim.create("Account", Name="A", Tieout_Key__c="k")
    contact = sim.create("Contact", LastName="B", Account={"Tieout_Key__c": "k"})

    assert sim.read("Contact", contact, "AccountId") == {"AccountId": account}
    assert refusal(sim, "Contact", {"LastName": "B", "Account": {"Tieout_Key__c": "?"}})["errorCode"] == "INVALID_FIELD"
    both = {"LastName": "B", "AccountId": account, "Account": {"Tieout_Key__c": "k"}}
    assert refusal(sim, "Contact", both)["errorCode"] == "INVALID_FIELD"


def test_an_upsert_with_several_matches_is_300_and_writes_nothing(sim: Sim) -> None:
    ids = {sim.create("Account", Name="A", Xero_Contact_ID__c="x") for _ in range(2)}
    answer = sim.http.patch(f"{ROOT}/sobjects/Account/Xero_Contact_ID__c/x", json={"Name": "B"})

    assert answer.status_code == 300
    assert {url.rpartition("/")[2] for url in answer.json()} == ids
    assert sim.rows("SELECT Id FROM Account WHERE Name = 'B'") == []


def test_update_only_never_creates(sim: Sim) -> None:
    path = f"{ROOT}/sobjects/Account/Tieout_Key__c/k?updateOnly=true"

    assert sim.http.patch(path, json={"Name": "A"}).status_code == 404
    sim.create("Account", Name="A", Tieout_Key__c="k")
    assert sim.http.patch(path, json={"Name": "B"}).json()["created"] is False


def test_the_one_lock_that_rest_offers(sim: Sim) -> None:
    id = sim.create("Account", Name="A")
    sim.control("clock", advance=60)
    seen = sim.http.get(f"{ROOT}/sobjects/Account/{id}").headers["date"]
    path = f"{ROOT}/sobjects/Account/{id}"

    assert sim.http.get(path, headers={"If-Modified-Since": seen}).status_code == 304
    assert sim.http.patch(path, json={"Name": "B"}, headers={"If-Unmodified-Since": seen}).status_code == 204
    sim.control("clock", advance=60)
    sim.person.patch(path, json={"Name": "C"})
    assert sim.http.patch(path, json={"Name": "D"}, headers={"If-Unmodified-Since": seen}).status_code == 412
    assert sim.http.patch(path, json={"Name": "D"}, headers={"If-Unmodified-Since": "soon"}).status_code == 400


def test_unknown_deleted_and_malformed_ids(sim: Sim) -> None:
    gone = sim.create("Account", Name="A")
    sim.http.delete(f"{ROOT}/sobjects/Account/{gone}")

    def error(id: str) -> tuple[int, str]:
        answer = sim.http.patch(f"{ROOT}/sobjects/Account/{id}", json={"Name": "B"})
        return answer.status_code, answer.json()[0]["errorCode"]

    assert error("001000000000009AAA") == (404, "NOT_FOUND")
    assert error("nonsense") == (404, "NOT_FOUND")
    assert error(gone) == (404, "ENTITY_IS_DELETED")


decimals = st.decimals(min_value=Decimal("-1e15"), max_value=Decimal("1e15"), places=2, allow_nan=False)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amount=decimals)
def test_no_digit_of_an_amount_is_lost(sim: Sim, amount: Decimal) -> None:
    """With 18 digits, a binary float would lose the pence."""
    body = encode({**GOOD_DEAL, "Amount": amount, "Amount_Due__c": Decimal("12345678901234.56")})
    made = sim.http.post(f"{ROOT}/sobjects/Opportunity", content=body)
    answer = sim.http.get(f"{ROOT}/sobjects/Opportunity/{made.json()['id']}?fields=Amount,Amount_Due__c")
    found = decode(answer.content)

    assert found["Amount"] == amount
    assert found["Amount_Due__c"] == Decimal("12345678901234.56")


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_plainly_and_exactly(number: Decimal) -> None:
    if number.adjusted() > 400 or number.as_tuple().exponent < -400:  # type: ignore[operator]
        return
    text = encode(number)

    assert Decimal(text) == number
    assert "E" not in text
    assert "." in text


def test_not_a_number_is_no_json(sim: Sim) -> None:
    answer = sim.http.post(f"{ROOT}/sobjects/Account", content=b'{"Name": "A", "AnnualRevenue": NaN}')

    assert answer.json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_decimals_beyond_the_scale_are_kept_or_rounded(sim: Sim) -> None:
    kept = sim.create("Opportunity", **GOOD_DEAL, Amount=1.005)
    sim.control("settings", excess_decimals="round")
    rounded = sim.create("Opportunity", **GOOD_DEAL, Amount=1.005)

    amounts = {row["Id"]: row["Amount"] for row in sim.rows("SELECT Id, Amount FROM Opportunity")}
    assert amounts == {kept: 1.005, rounded: 1.01}
