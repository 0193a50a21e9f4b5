"""Describes have the shape of those recorded from a real org."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT, Sim

RECORDED = Path(__file__).resolve().parents[4] / "shared" / "data" / "salesforce"
pytestmark_recorded = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"no recorded describes at {RECORDED}")
TRUTH = ("type", "length", "precision", "scale", "createable", "updateable", "nillable", "defaultedOnCreate")
MORE_TRUTH = (
    "filterable",
    "sortable",
    "groupable",
    "aggregatable",
    "soapType",
    "referenceTo",
    "relationshipName",
    "compoundFieldName",
    "nameField",
    "restrictedPicklist",
    "extraTypeInfo",
    "idLookup",
    "byteLength",
    "custom",
    "unique",
    "externalId",
)


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}_describe.json").read_text())


def described(sim: Sim, name: str) -> Any:
    return sim.http.get(f"{ROOT}/sobjects/{name}/describe").json()


@pytestmark_recorded
@pytest.mark.parametrize("name", ["Account", "Contact", "Opportunity"])
def test_has_the_keys_of_a_recorded_describe(sim: Sim, name: str) -> None:
    ours, theirs = described(sim, name), recorded(name)

    assert theirs.keys() <= ours.keys()
    field_keys = set(theirs["fields"][0])
    assert len(field_keys) >= 57
    assert all(field.keys() == field_keys for field in ours["fields"])
    assert ours["childRelationships"][0].keys() == theirs["childRelationships"][0].keys()


@pytestmark_recorded
@pytest.mark.parametrize("name", ["Account", "Contact", "Opportunity"])
def test_standard_fields_are_as_recorded(single_currency: Sim, name: str) -> None:
    theirs = {field["name"]: field for field in recorded(name)["fields"]}
    ours = {field["name"]: field for field in described(single_currency, name)["fields"] if not field["custom"]}

    assert ours.keys() <= theirs.keys()
    differences = {
        (field, key): (one[key], theirs[field][key])
        for field, one in ours.items()
        for key in (*TRUTH, *MORE_TRUTH)
        if one[key] != theirs[field][key]
    }
    # Fiscal ("2024 2") is the one text of which a character takes one byte.
    assert differences == ({("Fiscal", "byteLength"): (18, 6)} if name == "Opportunity" else {})


@pytestmark_recorded
@pytest.mark.parametrize("name", ["Account", "Contact", "Opportunity"])
def test_picklists_offer_what_the_recorded_org_offers(sim: Sim, name: str) -> None:
    theirs = {field["name"]: [v["value"] for v in field["picklistValues"]] for field in recorded(name)["fields"]}
    ours = {field["name"]: [v["value"] for v in field["picklistValues"]] for field in described(sim, name)["fields"]}

    shared = theirs.keys() & ours.keys()
    assert {key: ours[key] for key in shared} == {key: theirs[key] for key in shared}


@pytestmark_recorded
def test_the_list_of_objects_has_the_recorded_keys(sim: Sim) -> None:
    theirs = recorded("Global")
    ours = sim.http.get(f"{ROOT}/sobjects").json()

    assert ours.keys() == theirs.keys()
    assert ours["sobjects"][0].keys() == theirs["sobjects"][0].keys()
    prefixes = {one["name"]: one["keyPrefix"] for one in theirs["sobjects"]}
    assert all(prefixes.get(one["name"], one["keyPrefix"]) == one["keyPrefix"] for one in ours["sobjects"])


@pytestmark_recorded
def test_the_organisation_reads_as_recorded(sim: Sim) -> None:
    theirs = json.loads((RECORDED / "Organization.json").read_text())
    id = sim.rows("SELECT Id FROM Organization")[0]["Id"]
    ours = sim.http.get(f"{ROOT}/sobjects/Organization/{id}").json()

    assert ours.keys() <= theirs.keys() | {"CreatedDate"}
    assert isinstance(ours["IsSandbox"], bool)


def test_currency_field_exists_only_with_several_currencies(sim: Sim, single_currency: Sim) -> None:
    with_codes = {field["name"]: field for field in described(sim, "Opportunity")["fields"]}
    without = {field["name"] for field in described(single_currency, "Opportunity")["fields"]}

    assert "PLN" in [value["value"] for value in with_codes["CurrencyIsoCode"]["picklistValues"]]
    assert "CurrencyIsoCode" not in without
    assert single_currency.refused("SELECT CurrencyIsoCode FROM Account")["errorCode"] == "INVALID_FIELD"
    assert single_currency.refused("SELECT Id FROM CurrencyType")["errorCode"] == "INVALID_TYPE"


def test_an_unprepared_org_lacks_our_fields(bare: Sim) -> None:
    assert [field["name"] for field in described(bare, "Account")["fields"] if field["custom"]] == []


def test_an_unchanged_describe_is_304_until_a_field_is_added(sim: Sim) -> None:
    path = f"{ROOT}/sobjects/Account/describe"
    sim.control("clock", advance=5)
    seen = sim.http.get(path).headers["date"]

    assert sim.http.get(path, headers={"If-Modified-Since": seen}).status_code == 304
    sim.control("clock", advance=5)
    sim.control("field/add", object="Account", field="Region__c", length=20)
    changed = sim.http.get(path, headers={"If-Modified-Since": seen})

    assert changed.status_code == 200
    assert "Region__c" in {field["name"] for field in changed.json()["fields"]}


def test_hidden_fields_are_gone_for_the_integration_user_only(sim: Sim) -> None:
    sim.control("fls", object="Account", field="Phone", hidden=True)

    assert "No such column 'Phone'" in sim.refused("SELECT Phone FROM Account")["message"]
    assert sim.person.get(f"{ROOT}/query", params={"q": "SELECT Phone FROM Account"}).status_code == 200
    refused = sim.http.post(f"{ROOT}/sobjects/Account", json={"Name": "A", "Phone": "1"})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
    sim.control("fls", object="Account", field="Phone", hidden=False)
    assert sim.rows("SELECT Phone FROM Account") == []


def test_sx06_rights_to_an_object_are_the_integration_users(sim: Sim) -> None:
    made = sim.http.post(f"{ROOT}/sobjects/Account", json={"Name": "Acme"}).json()["id"]
    sim.control("rights", object="Account", create=False, update=False, delete=False)
    listed = {one["name"]: one for one in sim.http.get(f"{ROOT}/sobjects").json()["sobjects"]}
    raw = sim.http.get(f"{ROOT}/sobjects/Account/describe").json()
    for one in (listed["Account"], raw):
        assert [one[flag] for flag in ("createable", "updateable", "deletable", "queryable")] == [False] * 3 + [True]
    assert not any(field["createable"] or field["updateable"] for field in raw["fields"])
    assert listed["Contact"]["createable"]
    answers = [
        sim.http.post(f"{ROOT}/sobjects/Account", json={"Name": "Other"}),
        sim.http.patch(f"{ROOT}/sobjects/Account/{made}", json={"Name": "Other"}),
        sim.http.delete(f"{ROOT}/sobjects/Account/{made}"),
    ]
    assert {(one.status_code, one.json()[0]["errorCode"]) for one in answers} == {
        (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    }
    rows = sim.http.post(
        f"{ROOT}/composite/sobjects",
        json={"allOrNone": False, "records": [{"attributes": {"type": "Account"}, "Name": "Row"}]},
    ).json()
    assert [error["statusCode"] for error in rows[0]["errors"]] == ["INSUFFICIENT_ACCESS_OR_READONLY"]
    assert sim.person.patch(f"{ROOT}/sobjects/Account/{made}", json={"Name": "Ours"}).status_code == 204
    sim.control("rights", object="Account", create=True)
    assert sim.http.post(f"{ROOT}/sobjects/Account", json={"Name": "Other"}).status_code == 201
    assert sim.http.delete(f"{ROOT}/sobjects/Account/{made}").status_code == 403


def test_sx06_an_object_that_the_integration_user_may_not_read_is_not_there_for_it(sim: Sim) -> None:
    sim.control("rights", object="Account", read=False)
    listed = {one["name"] for one in sim.http.get(f"{ROOT}/sobjects").json()["sobjects"]}
    assert ("Account" in listed, "Contact" in listed) == (False, True)
    assert sim.http.get(f"{ROOT}/sobjects/Account/describe").status_code == 404
    assert "'Account' is not supported" in sim.refused("SELECT Id FROM Account")["message"]
    assert sim.person.get(f"{ROOT}/query", params={"q": "SELECT Id FROM Account"}).status_code == 200
    sim.control("rights", object="Account", read=True)
    assert sim.rows("SELECT Id FROM Account") == []


def test_sx06_a_field_that_may_be_seen_and_not_edited(sim: Sim) -> None:
    sim.control("fls", object="Account", field="Phone", read_only=True)
    fields = {one["name"]: one for one in sim.http.get(f"{ROOT}/sobjects/Account/describe").json()["fields"]}
    flags = [fields["Phone"][flag] for flag in ("createable", "updateable", "permissionable")]
    assert flags == [False, False, True]
    refused = sim.http.post(f"{ROOT}/sobjects/Account", json={"Name": "Acme", "Phone": "1"})
    assert refused.json()[0]["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    sim.control("fls", object="Account", field="Phone", read_only=False)
    assert sim.http.post(f"{ROOT}/sobjects/Account", json={"Name": "Acme", "Phone": "1"}).status_code == 201
