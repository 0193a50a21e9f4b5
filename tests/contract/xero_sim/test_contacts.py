"""Contacts: who is who, what is kept, and what an archived or merged one refuses."""

from __future__ import annotations

from typing import Any

import pytest

from contract.xero_sim.world import Stage, Xero, playing
from tieout_xero.simulator import XeroSimulator
from tieout_xero.simulator.books import Switches


def _error(xero: Xero, method: str, contact: dict[str, Any]) -> str:
    """Give the one validation message of a refused contact."""
    answer = xero.raw(method, "Contacts", contact)
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert body["ErrorNumber"] == 10
    (element,) = body["Elements"]
    (error,) = element["ValidationErrors"]
    return str(error["Message"])


def test_name_is_taken_without_regard_to_case_or_blanks(xero: Xero) -> None:
    xero.contact("Wolski  Zajazd ")
    assert "already assigned" in _error(xero, "PUT", {"Name": " WOLSKI Zajazd"})
    assert xero.call("GET", "Contacts")["Contacts"][0]["Name"] == "Wolski Zajazd"


def test_names_with_double_blanks_can_be_refused(stage: Stage) -> None:
    with playing(stage, XeroSimulator(switches=Switches(names="refuse"))) as xero:
        assert "double spaces" in _error(xero, "PUT", {"Name": "Wolski  Zajazd"})


def test_archived_name_is_free_again_and_the_archived_contact_locked(xero: Xero) -> None:
    id = xero.contact("Bon app")
    xero.call("POST", f"Contacts/{id}", {"ContactStatus": "ARCHIVED"})
    assert xero.contact("bon app") != id
    message = _error(xero, "POST", {"ContactID": id, "ContactStatus": "ARCHIVED"})
    assert message.startswith("The specified contact details matched an archived contact.")


def test_put_creates_only_and_post_overwrites_silently(xero: Xero) -> None:
    id = xero.contact("Bon app", ContactNumber="k1")
    assert "already assigned" in _error(xero, "PUT", {"Name": "Bon app"})
    assert _error(xero, "PUT", {"Name": "Other", "ContactNumber": "k1"}).startswith(
        "Another contact has this contact number."
    )
    by_name = xero.call("POST", "Contacts", {"Name": "bon APP", "FirstName": "Laurence"})["Contacts"][0]
    by_number = xero.call("POST", "Contacts", {"Name": "Bon appétit", "ContactNumber": "k1"})["Contacts"][0]
    assert by_name["ContactID"] == by_number["ContactID"] == id
    assert (by_number["Name"], by_number["FirstName"]) == ("Bon appétit", "Laurence")


def test_merged_contact_points_to_the_winner_and_keeps_its_number(xero: Xero) -> None:
    winner, loser = xero.contact("Winner"), xero.contact("Loser", ContactNumber="k2")
    invoice = xero.approved(loser)["InvoiceID"]
    xero.order("merge", winner=winner, loser=loser)
    paged = xero.call("GET", "Contacts", page=1, includeArchived="true")["Contacts"]
    assert {each["ContactID"]: each.get("MergedToContactID") for each in paged} == {winner: None, loser: winner}
    unpaged = xero.call("GET", "Contacts", includeArchived="true")["Contacts"]
    assert all("MergedToContactID" not in each for each in unpaged)
    assert xero.invoice(invoice)["Contact"]["ContactID"] == winner
    assert _error(xero, "POST", {"Name": "New", "ContactNumber": "k2"}).startswith(
        "Another contact has this contact number."
    )


def test_omitted_is_kept_blank_clears_and_lists_replace(xero: Xero) -> None:
    box = {"AddressType": "POBOX", "City": "Lyon", "Country": "France"}
    people = [{"FirstName": "A", "EmailAddress": "a@b.fr"}, {"FirstName": "B", "EmailAddress": "b@b.fr"}]
    id = xero.contact("Victuailles", EmailAddress="v@b.fr", Addresses=[box], ContactPersons=people)
    street = {"AddressType": "STREET", "City": "Paris"}
    change = {
        "ContactID": id,
        "EmailAddress": "",
        "FirstName": None,
        "Addresses": [street],
        "ContactPersons": people[:1],
    }
    xero.call("POST", "Contacts", change)
    read = xero.call("GET", f"Contacts/{id}")["Contacts"][0]
    assert "EmailAddress" not in read
    assert [(each["AddressType"], each["City"]) for each in read["Addresses"]] == [
        ("STREET", "Paris"),
        ("POBOX", "Lyon"),
    ]
    assert [each["FirstName"] for each in read["ContactPersons"]] == ["A"]


def test_an_address_is_replaced_whole_unless_switched(xero: Xero) -> None:
    id = xero.contact("Victuailles", Addresses=[{"AddressType": "POBOX", "City": "Lyon", "Country": "France"}])
    change = {"ContactID": id, "Addresses": [{"AddressType": "POBOX", "City": "Nice"}]}
    xero.call("POST", "Contacts", change)
    assert xero.call("GET", f"Contacts/{id}")["Contacts"][0]["Addresses"][1]["Country"] == ""
    xero.order("switches", addresses="merge")
    xero.call("POST", "Contacts", {"ContactID": id, "Addresses": [{"AddressType": "POBOX", "Country": "France"}]})
    assert xero.call("GET", f"Contacts/{id}")["Contacts"][0]["Addresses"][1]["City"] == "Nice"


def test_shapes_differ_by_request(xero: Xero) -> None:
    made = xero.call("PUT", "Contacts", {"Name": "Bon app"})["Contacts"][0]
    assert made["BankAccountDetails"] == ""
    assert made["Phones"][0] == {"PhoneType": "DEFAULT", "PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}
    paged = xero.call("GET", "Contacts", page=1)["Contacts"][0]
    assert paged["Phones"] == [{"PhoneType": type} for type in ("DEFAULT", "DDI", "FAX", "MOBILE")]
    assert paged["Addresses"] == [{"AddressType": "STREET"}, {"AddressType": "POBOX"}]
    assert "ContactPersons" in paged
    assert "ContactPersons" not in xero.call("GET", "Contacts")["Contacts"][0]
    brief = xero.call("GET", "Contacts", summaryOnly="true")["Contacts"][0]
    assert not {"Addresses", "IsCustomer", "ContactGroups", "ContactPersons"} & brief.keys()


def test_documents_set_roles_and_balances_without_a_new_stamp(xero: Xero) -> None:
    id = xero.contact("Bon app", IsCustomer=True)
    before = xero.call("GET", f"Contacts/{id}")["Contacts"][0]
    assert (before["IsCustomer"], "Balances" in before) == (False, False)
    xero.approved(id)
    xero.approved(id, CurrencyCode="EUR", CurrencyRate="1.25")
    after = xero.call("GET", f"Contacts/{id}")["Contacts"][0]
    assert after["IsCustomer"] is True
    assert str(after["Balances"]["AccountsReceivable"]["Outstanding"]) == "216.00"  # 120 + 120 / 1.25
    assert after["Balances"]["AccountsReceivable"]["Overdue"] == 0
    assert after["UpdatedDateUTC"] == before["UpdatedDateUTC"]
    xero.order("clock", set="2027-01-02T00:00:00Z")
    xero.order("limits", off=True)
    xero.http.headers["Authorization"] = f"Bearer {xero.fresh_token()}"
    late = xero.call("GET", f"Contacts/{id}")["Contacts"][0]
    assert str(late["Balances"]["AccountsReceivable"]["Overdue"]) == "216.00"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"Name": ""}, "must be specified"),
        ({"Name": "a<b"}, "must not contain"),
        ({"Name": "n" * 256}, "maximum length of 255"),
        ({"ContactNumber": "n" * 51}, "maximum length of 50"),
        ({"EmailAddress": "nobody"}, "Email address must be valid."),
        ({"DefaultCurrency": "JPY"}, "Organisation is not subscribed to currency JPY"),
        ({"Addresses": [{"AddressType": "POBOX", "Country": "Curaçao"}]}, "letters A to Z"),
        ({"Addresses": [{"AddressType": "POBOX", "PostalCode": "9" * 51}]}, "PostalCode"),
        ({"Phones": [{"PhoneType": "FAX", "PhoneAreaCode": "1" * 11}]}, "PhoneAreaCode"),
        ({"ContactPersons": [{"FirstName": str(n)} for n in range(6)]}, "at most 5"),
        ({"ContactStatus": "GDPRREQUEST"}, "cannot be set"),
        ({"AccountNumber": "A1"}, "account number A1 is already assigned"),
    ],
)
def test_rules(xero: Xero, fields: dict[str, Any], words: str) -> None:
    xero.contact("First", AccountNumber="A1")
    assert words in _error(xero, "PUT", {"Name": "Second", **fields})


@pytest.mark.parametrize(
    "fields",
    [{"Nmae": "x"}, {"Addresses": [{"AddressType": "DELIVERY"}]}, {"FirstName": 5}, {"Addresses": "none"}],
)
def test_what_cannot_be_read_is_a_bad_post(xero: Xero, fields: dict[str, Any]) -> None:
    answer = xero.raw("PUT", "Contacts", {"Name": "Second", **fields})
    assert (answer.status_code, answer.json()["Type"]) == (400, "PostDataInvalidException")


def test_defaults_of_a_contact_are_kept_and_shown_where_xero_shows_them(xero: Xero) -> None:
    defaults = {
        "SalesDefaultLineAmountType": "INCLUSIVE",
        "SalesDefaultAccountCode": "200",
        "TaxNumberType": "EIN",
        "DefaultCurrency": "EUR",
    }
    id = xero.contact("Bon app", **defaults)
    for path, params, left_out in (
        (f"Contacts/{id}", {}, set()),
        ("Contacts", {"page": 1}, set()),
        ("Contacts", {"summaryOnly": "true"}, {"SalesDefaultAccountCode"}),
        ("Contacts", {}, {"SalesDefaultAccountCode", "SalesDefaultLineAmountType"}),
    ):
        found = xero.call("GET", path, **params)["Contacts"][0]
        assert {name for name in defaults if name not in found} == left_out
    made = xero.draft(id)
    assert (made["CurrencyCode"], made["LineAmountTypes"]) == ("GBP", "Exclusive")  # a document takes none of them
    answer = xero.raw("PUT", "Contacts", {"Name": "Chez", "SalesDefaultLineAmountType": "Inclusive"})
    assert (answer.status_code, "must be one of INCLUSIVE" in answer.text) == (400, True)
