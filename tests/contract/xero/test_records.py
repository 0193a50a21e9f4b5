from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tieout_xero.contact_fields import contact_fields
from tieout_xero.document_fields import invoice_fields
from tieout_xero.records import Blanks, Unwritable, answer_reader, encode, reader

CONTACT = contact_fields("GBP")
INVOICE = invoice_fields()
PAGED = {
    "ContactID": "c1",
    "Name": "Acme",
    "Phones": [{"PhoneType": "DDI"}, {"PhoneType": "DEFAULT", "PhoneNumber": "1", "PhoneAreaCode": ""}],
    "Addresses": [{"AddressType": "POBOX", "City": "Ghent"}, {"AddressType": "DELIVERY", "City": "?"}],
    "ContactPersons": [{"FirstName": "Ann"}],
    "Balances": {"AccountsReceivable": {"Outstanding": Decimal("760.00"), "Overdue": "1.50"}},
}


def test_a_read_holds_every_path_that_is_asked_for_and_no_other() -> None:
    asked = {"Name", "LastName", "Phones.DEFAULT", "Addresses.POBOX.City", "Balances.AccountsReceivable.Overdue"}
    assert reader(CONTACT, asked)(PAGED) == {
        "Name": "Acme",
        "LastName": None,
        "Phones": {"DEFAULT": {"PhoneNumber": "1", "PhoneAreaCode": None, "PhoneCountryCode": None}},
        "Addresses": {"POBOX": {"City": "Ghent"}},
        "Balances": {"AccountsReceivable": {"Overdue": Decimal("1.50")}},
    }


def test_a_whole_read_of_an_empty_row_is_blank_everywhere() -> None:
    record = reader(CONTACT, set(CONTACT))({})
    assert record["Name"] is None
    assert record["ContactPersons"] == []
    assert record["Phones"]["FAX"] == dict.fromkeys(("PhoneNumber", "PhoneAreaCode", "PhoneCountryCode"))  # type: ignore[call-overload, index]  # a nested record


def test_lines_that_were_not_sent_are_no_empty_list() -> None:
    read = reader(INVOICE, {"LineItems", "Payments"})
    assert read({}) == {"LineItems": None, "Payments": []}
    assert read({"LineItems": []}) == {"LineItems": [], "Payments": []}


def test_an_answer_holds_only_what_it_names() -> None:
    read = answer_reader(INVOICE, set(INVOICE))
    answer = {"Status": "DRAFT", "Reference": "", "Contact": {"Name": "Acme"}, "LineItems": [{"LineItemID": "l1"}]}
    record: Any = read(answer)
    assert set(record) == {"Status", "Reference", "Contact", "LineItems"}
    assert record["Reference"] is None
    assert record["Contact"] == {"Name": "Acme"}
    assert record["LineItems"][0]["DiscountRate"] is None


@pytest.mark.parametrize("row", [{"Contact": "Acme"}, {"LineItems": {}}, {"LineItems": ["x"]}, {"Total": "much"}])
def test_nonsense_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        reader(INVOICE, set(INVOICE))(row)


def test_keyed_groups_are_written_as_lists_and_complete() -> None:
    values = {"Phones": {"DEFAULT": {"PhoneNumber": "1"}, "FAX": None}, "Addresses": {"POBOX": {"City": None}}}
    sent = encode(CONTACT, values, Blanks.CLEARED)
    blank = {"PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}
    assert sent["Phones"] == [
        {"PhoneType": "DEFAULT", **blank, "PhoneNumber": "1"},
        {"PhoneType": "FAX", **blank},
    ]
    assert sent["Addresses"][0]["City"] == sent["Addresses"][0]["AddressLine1"] == ""
    assert sent["Addresses"][0]["AddressType"] == "POBOX"


def test_lines_keep_their_ids_and_leave_out_what_xero_computes() -> None:
    old = {"LineItemID": "l1", "Description": None, "Quantity": Decimal("1.5000"), "LineAmount": Decimal(9)}
    new = {"Description": "new", "ItemCode": None, "TaxType": None}
    assert encode(INVOICE, {"LineItems": [old, new]}, Blanks.CLEARED)["LineItems"] == [
        {"LineItemID": "l1", "Description": "", "Quantity": Decimal("1.5000")},
        {"Description": "new"},
    ]


def test_a_discount_is_taken_off_by_a_rate_of_nought() -> None:
    lines = [
        {"LineItemID": "l1", "DiscountRate": None},
        {"LineItemID": "l2", "DiscountRate": None, "DiscountAmount": Decimal(5)},
    ]
    sent = encode(INVOICE, {"LineItems": lines}, Blanks.CLEARED)["LineItems"]
    assert sent == [
        {"LineItemID": "l1", "DiscountRate": Decimal(0)},
        {"LineItemID": "l2", "DiscountAmount": Decimal(5)},
    ]


def test_blanks_are_left_out_of_creates_cleared_in_updates_and_refused_where_no_way_is_known() -> None:
    values = {"Reference": None, "DueDate": None}
    assert encode(INVOICE, values, Blanks.LEFT_OUT) == {}
    assert encode(INVOICE, values, Blanks.EMPTY) == {"Reference": ""}
    with pytest.raises(Unwritable, match="DueDate") as refused:
        encode(INVOICE, values, Blanks.CLEARED)
    assert (refused.value.path, refused.value.code) == ("DueDate", "cannot-clear")


@pytest.mark.parametrize("values", [{"Nme": "x"}, {"Phones": {"HOME": {"PhoneNumber": "1"}}}])
def test_an_unknown_name_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(Unwritable) as refused:
        encode(CONTACT, values, Blanks.CLEARED)
    assert refused.value.code == "unknown-field"


def test_what_only_xero_sets_is_never_sent() -> None:
    assert encode(CONTACT, {"Name": "A", "ContactNumber": "x", "IsCustomer": True, "Balances": {}}, Blanks.CLEARED) == {
        "Name": "A"
    }
