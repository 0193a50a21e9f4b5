"""Invoices: numbers, life cycle, lines, defaults, currencies, locks, and what a payment freezes."""

from __future__ import annotations

from typing import Any

import pytest

from contract.xero_sim.world import Xero

LINE = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "200"}
HAS_PAYMENT = "This document cannot be edited as it has a payment or credit note allocated to it."
BAD_STATUS = "Invoice not of valid status for modification"


@pytest.fixture
def contact(xero: Xero) -> str:
    return xero.contact("Bon app")


def _errors(xero: Xero, method: str, invoice: dict[str, Any]) -> list[str]:
    answer = xero.raw(method, "Invoices", invoice)
    assert answer.status_code == 400, answer.text
    (element,) = answer.json()["Elements"]
    assert element["HasErrors"] is True
    return [str(error["Message"]) for error in element["ValidationErrors"]]


def _change(xero: Xero, id: str, **fields: Any) -> Any:
    return xero.call("POST", f"Invoices/{id}", fields)["Invoices"][0]


def test_numbers_are_given_and_unique(xero: Xero, contact: str) -> None:
    assert [xero.draft(contact)["InvoiceNumber"] for _ in range(2)] == ["INV-0001", "INV-0002"]
    xero.draft(contact, InvoiceNumber="INV-0003")
    assert xero.draft(contact)["InvoiceNumber"] == "INV-0004"
    again = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [LINE], "InvoiceNumber": "INV-0003"}
    assert _errors(xero, "PUT", again) == ["Invoice # must be unique."]


def test_post_overwrites_the_sales_invoice_of_that_number(xero: Xero, contact: str) -> None:
    made = xero.draft(contact, InvoiceNumber="D-1")
    body = {"Type": "ACCREC", "InvoiceNumber": "D-1", "Contact": {"ContactID": contact}, "LineItems": [LINE, LINE]}
    found = xero.call("POST", "Invoices", body)["Invoices"][0]
    assert (found["InvoiceID"], found["SubTotal"]) == (made["InvoiceID"], 200)


def test_number_of_a_deleted_invoice_by_policy(xero: Xero, contact: str) -> None:
    _change(xero, xero.draft(contact, InvoiceNumber="D-1")["InvoiceID"], Status="DELETED")
    body = {"Type": "ACCREC", "InvoiceNumber": "D-1", "Contact": {"ContactID": contact}, "LineItems": [LINE]}
    assert _errors(xero, "PUT", body) == ["Invoice # must be unique."]
    xero.order("switches", number_reuse="allow")
    assert xero.call("PUT", "Invoices", body)["Invoices"][0]["InvoiceNumber"] == "D-1"


def test_bills_have_numbers_that_need_not_be_unique(xero: Xero, contact: str) -> None:
    line = {**LINE, "AccountCode": "469"}
    bill = {
        "Type": "ACCPAY",
        "Contact": {"ContactID": contact},
        "InvoiceNumber": "7",
        "LineItems": [line],
        "Reference": "x",
    }
    ids = {xero.call("PUT", "Invoices", bill)["Invoices"][0]["InvoiceID"] for _ in range(2)}
    assert len(ids) == 2
    read = xero.invoice(ids.pop())
    assert (read["Reference"], read["LineItems"][0]["TaxType"]) == ("", "INPUT2")


@pytest.mark.parametrize(
    ("start", "wish", "allowed"),
    [
        ("DRAFT", "SUBMITTED", True),
        ("DRAFT", "AUTHORISED", True),
        ("DRAFT", "DELETED", True),
        ("DRAFT", "VOIDED", False),
        ("DRAFT", "PAID", False),
        ("SUBMITTED", "DRAFT", True),
        ("SUBMITTED", "DELETED", True),
        ("SUBMITTED", "VOIDED", False),
        ("AUTHORISED", "VOIDED", True),
        ("AUTHORISED", "DRAFT", False),
        ("AUTHORISED", "DELETED", False),
        ("AUTHORISED", "PAID", False),
    ],
)
def test_transitions(xero: Xero, contact: str, start: str, wish: str, allowed: bool) -> None:  # noqa: FBT001  a table's column
    id = xero.draft(contact, Status=start, DueDate="2026-12-31")["InvoiceID"]
    if allowed:
        assert _change(xero, id, Status=wish)["Status"] == wish
    else:
        assert _errors(xero, "POST", {"InvoiceID": id, "Status": wish}) == [BAD_STATUS]
        assert xero.invoice(id)["Status"] == start


@pytest.mark.parametrize(("start", "end"), [("DRAFT", "DELETED"), ("AUTHORISED", "VOIDED")])
def test_ends_are_final(xero: Xero, contact: str, start: str, end: str) -> None:
    id = xero.draft(contact, Status=start, DueDate="2026-12-31")["InvoiceID"]
    _change(xero, id, Status=end)
    assert _errors(xero, "POST", {"InvoiceID": id, "Reference": "x"}) == [BAD_STATUS]


def test_lines_without_a_list_are_untouched_and_without_ids_made_anew(xero: Xero, contact: str) -> None:
    made = xero.draft(contact, LINE, {**LINE, "Description": "Two"})
    ids = [each["LineItemID"] for each in made["LineItems"]]
    untouched = _change(xero, made["InvoiceID"], Reference="r")
    assert [each["LineItemID"] for each in untouched["LineItems"]] == ids
    anew = _change(xero, made["InvoiceID"], LineItems=[LINE])
    assert len(anew["LineItems"]) == 1
    assert anew["LineItems"][0]["LineItemID"] not in ids
    assert _errors(xero, "POST", {"InvoiceID": made["InvoiceID"], "LineItems": []}) == [
        "One or more line items must be specified"
    ]
    stranger = {"InvoiceID": made["InvoiceID"], "LineItems": [{**LINE, "LineItemID": ids[0]}]}
    assert "does not belong" in _errors(xero, "POST", stranger)[0]


def test_item_code_pulls_what_is_not_sent(xero: Xero, contact: str) -> None:
    sales = {"UnitPrice": "18.5", "AccountCode": "210", "TaxType": "RROUTPUT"}
    xero.call("PUT", "Items", {"Code": "1", "Name": "Chai", "Description": "Tea", "SalesDetails": sales})
    pulled = xero.draft(contact, {"ItemCode": "1"})["LineItems"][0]
    assert (pulled["Description"], pulled["AccountCode"], pulled["TaxType"]) == ("Tea", "210", "RROUTPUT")
    assert [str(pulled[name]) for name in ("Quantity", "UnitAmount", "TaxAmount")] == ["1.0000", "18.50", "0.93"]
    own = xero.draft(contact, {"ItemCode": "1", "Description": "Mine", "UnitAmount": 2, "AccountCode": "200"})
    line = own["LineItems"][0]
    assert (line["Description"], line["UnitAmount"], line["AccountCode"]) == ("Mine", 2, "200")
    body = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [{"ItemCode": "none"}]}
    assert _errors(xero, "PUT", body) == ["Item code 'none' is not valid"]


def test_unit_prices_are_rounded_before_the_line_unless_four_decimals_are_asked_for(xero: Xero, contact: str) -> None:
    line = {**LINE, "Quantity": "1000", "UnitAmount": "0.0049"}
    assert str(xero.draft(contact, line)["SubTotal"]) == "0.00"
    body = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [line]}
    made = xero.call("PUT", "Invoices", body, unitdp=4)["Invoices"][0]
    assert [str(made["LineItems"][0]["UnitAmount"]), str(made["SubTotal"])] == ["0.0049", "4.90"]
    assert str(xero.invoice(made["InvoiceID"])["LineItems"][0]["UnitAmount"]) == "0.00"
    assert str(_change(xero, made["InvoiceID"], Reference="r")["SubTotal"]) == "4.90"


def test_line_amount_and_discounts(xero: Xero, contact: str) -> None:
    line = {**LINE, "Quantity": "7", "UnitAmount": "9.65", "DiscountRate": "15"}
    made = xero.draft(contact, line, {**LINE, "DiscountAmount": "0.5"})
    assert [str(each["LineAmount"]) for each in made["LineItems"]] == ["57.42", "99.50"]
    assert [str(made[name]) for name in ("SubTotal", "TotalTax", "Total", "TotalDiscount")] == [
        "156.92",
        "31.38",
        "188.30",
        "10.63",
    ]
    body = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [{**line, "LineAmount": "57.41"}]}
    assert "does not match the expected line total" in _errors(xero, "PUT", body)[0]
    bill = {**body, "Type": "ACCPAY", "LineItems": [{**line, "AccountCode": "469"}]}
    assert "only be given on sales" in _errors(xero, "PUT", bill)[0]


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ("Exclusive", ("100.00", "20.00", "120.00")),
        ("Inclusive", ("83.33", "16.67", "100.00")),
        ("NoTax", ("100.00", "0.00", "100.00")),
    ],
)
def test_tax_by_kind_of_amounts(xero: Xero, contact: str, types: str, expected: tuple[str, ...]) -> None:
    made = xero.draft(contact, LineAmountTypes=types)
    assert tuple(str(made[name]) for name in ("SubTotal", "TotalTax", "Total")) == expected
    changed = _change(xero, made["InvoiceID"], LineAmountTypes="Exclusive")
    assert str(changed["TotalTax"]) == ("0.00" if types == "NoTax" else "20.00")


def test_tax_override_stands_until_the_amount_changes(xero: Xero, contact: str) -> None:
    made = xero.draft(contact, {**LINE, "TaxAmount": "19.99"})
    id, line = made["InvoiceID"], made["LineItems"][0]["LineItemID"]
    kept = _change(xero, id, LineItems=[{"LineItemID": line, "Description": "Other"}])
    assert str(kept["TotalTax"]) == "19.99"
    assert str(_change(xero, id, LineItems=[{"LineItemID": line, "Quantity": 2}])["TotalTax"]) == "40.00"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"AccountCode": "999"}, "Account code '999' is not a valid code for this document."),
        ({"AccountCode": "610"}, "Account code '610' is not a valid code for this document."),
        ({"AccountCode": "090"}, "Account code '090' is not a valid code for this document."),
        ({"TaxType": "INPUT2"}, "The TaxType code 'INPUT2' cannot be used with account code '200'."),
        ({"TaxType": "NOSUCH"}, "The TaxType code 'NOSUCH' does not exist or cannot be used."),
        ({"DiscountRate": "101"}, "The discount rate must be between 0 and 100."),
        ({"UnitAmount": "99999999999"}, "The line amount must not exceed 9999999999.99."),
        ({"Description": "d" * 4001}, "The field Description must be a string with a maximum length of 4000."),
    ],
)
def test_line_rules(xero: Xero, contact: str, line: dict[str, str], message: str) -> None:
    body = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [{**LINE, **line}]}
    assert _errors(xero, "PUT", body) == [message]


def test_archived_account(xero: Xero, contact: str) -> None:
    account = next(each for each in xero.call("GET", "Accounts")["Accounts"] if each["Code"] == "210")
    xero.order("archive", object="Account", id=account["AccountID"])
    body = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [{**LINE, "AccountCode": "210"}]}
    assert "has been archived" in _errors(xero, "PUT", body)[0]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"CurrencyCode": "JPY"}, "Organisation is not subscribed to currency JPY"),
        ({"Status": "PAID"}, "valid status for creation"),
        ({"Contact": None}, "A Contact must be specified"),
        ({"Url": "https://app.Xero.com/1"}, "must not contain 'xero'"),
        ({"Url": "nowhere"}, "absolute"),
        ({"InvoiceNumber": "Número 1"}, "printable ASCII"),
        ({"Reference": "r" * 256}, "maximum length of 255"),
        ({"Status": "AUTHORISED"}, "Due Date is required."),
        ({"BrandingThemeID": "00000000-0000-0000-0000-00000000000a"}, "could not be found"),
        ({"CurrencyCode": "EUR", "CurrencyRate": 0}, "greater than zero"),
    ],
)
def test_document_rules(xero: Xero, contact: str, fields: dict[str, Any], words: str) -> None:
    body = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [LINE], **fields}
    assert words in _errors(xero, "PUT", body)[0]


def test_locked_periods(xero: Xero, contact: str) -> None:
    id = xero.draft(contact, Date="2026-01-31")["InvoiceID"]
    xero.order("lock", period="2026-01-31")
    message = "The document date cannot be before the period lock date, currently set at 31 January 2026"
    body = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [LINE], "Date": "2026-01-31"}
    assert _errors(xero, "PUT", body) == [message]
    assert _errors(xero, "POST", {"InvoiceID": id, "Reference": "x"}) == [message]
    assert xero.draft(contact, Date="2026-02-01")["Status"] == "DRAFT"
    organisation = xero.call("GET", "Organisation")["Organisations"][0]
    assert organisation["PeriodLockDate"] == "/Date(1769817600000+0000)/"
    xero.order("lock", period=None, year="2026-02-01")
    assert "end of year lock date" in _errors(xero, "PUT", {**body, "Date": "2026-02-01"})[0]


def test_what_a_payment_freezes(xero: Xero, contact: str) -> None:
    made = xero.approved(contact)
    id, line = made["InvoiceID"], made["LineItems"][0]["LineItemID"]
    xero.pay(id, 20)
    allowed = _change(
        xero,
        id,
        Reference="new",
        Url="https://crm.example/1",
        LineItems=[{"LineItemID": line, "Description": "Better"}],
    )
    assert (allowed["Reference"], allowed["LineItems"][0]["Description"]) == ("new", "Better")
    refused: list[dict[str, Any]] = [
        {"Date": "2026-11-05"},
        {"CurrencyCode": "EUR"},
        {"Status": "VOIDED"},
        {"LineItems": [{"LineItemID": line, "Quantity": 2}]},
        {"LineItems": [{"LineItemID": line}, LINE]},
    ]
    for fields in refused:
        assert _errors(xero, "POST", {"InvoiceID": id, **fields}) == [HAS_PAYMENT], fields


def test_due_date_of_a_part_paid_invoice_moves_without_a_stamp(xero: Xero, contact: str) -> None:
    id = xero.approved(contact)["InvoiceID"]
    free = _change(xero, id, DueDate="2027-01-10")["UpdatedDateUTC"]
    xero.pay(id, 20)
    paid = xero.invoice(id)["UpdatedDateUTC"]
    assert paid > free
    later = _change(xero, id, DueDate="2027-02-10")
    assert (later["DueDateString"], later["UpdatedDateUTC"]) == ("2027-02-10T00:00:00", paid)
    assert _change(xero, id, Reference="r")["UpdatedDateUTC"] > paid


def test_nothing_due_is_paid_by_the_system(xero: Xero, contact: str) -> None:
    made = xero.approved(contact, {**LINE, "UnitAmount": 0})
    assert (made["Status"], made["FullyPaidOnDate"]) == ("PAID", made["Date"])
    assert _errors(xero, "POST", {"InvoiceID": made["InvoiceID"], "Status": "VOIDED"}) == [BAD_STATUS]
    assert _errors(xero, "POST", {"InvoiceID": made["InvoiceID"], "LineItems": [LINE]}) == [HAS_PAYMENT]


def test_contact_with_more_than_an_id_is_updated(xero: Xero, contact: str) -> None:
    xero.draft(contact, Contact={"ContactID": contact, "FirstName": "Laurence"})
    assert xero.call("GET", f"Contacts/{contact}")["Contacts"][0]["FirstName"] == "Laurence"
    assert xero.counters()["effects"]["Contact"] == {"created": 1, "updated": 1}
    named = xero.draft(contact, Contact={"Name": "Somebody new"})
    assert xero.counters()["effects"]["Contact"] == {"created": 2, "updated": 1}
    assert named["Contact"]["ContactID"] != contact
    gone = xero.contact("Gone")
    xero.order("archive", object="Contact", id=gone)
    body = {"Type": "ACCREC", "Contact": {"ContactID": gone}, "LineItems": [LINE]}
    assert "matched an archived contact" in _errors(xero, "PUT", body)[0]


def test_shapes_differ_by_request(xero: Xero, contact: str) -> None:
    made = xero.approved(contact)
    assert not {"Payments", "AmountCredited"} & made.keys()
    assert made["Contact"]["Phones"]
    unpaged = xero.call("GET", "Invoices")["Invoices"][0]
    assert (unpaged["LineItems"], "Payments" in unpaged) == ([], False)
    for params in ({"page": 1}, {"Statuses": "AUTHORISED"}):
        paged = xero.call("GET", "Invoices", **params)["Invoices"][0]
        assert (len(paged["LineItems"]), paged["Payments"], paged["Contact"]["Phones"]) == (1, [], [])
    assert "LineItems" not in xero.call("GET", "Invoices", summaryOnly="true")["Invoices"][0]
    assert xero.invoice(made["InvoiceNumber"])["InvoiceID"] == made["InvoiceID"]


def test_sent_to_contact_of_a_draft_is_a_warning(xero: Xero, contact: str) -> None:
    body = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [LINE], "SentToContact": True}
    made = xero.call("PUT", "Invoices", body, summarizeErrors="false")["Invoices"][0]
    assert made["Warnings"] == [{"Message": "Only AUTHORISED invoices may have SentToContact updated."}]
    assert "SentToContact" not in made


def test_defaults_of_a_new_invoice(xero: Xero, contact: str) -> None:
    body = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [{"Description": "Only words"}]}
    made = xero.call("PUT", "Invoices", body)["Invoices"][0]
    assert (made["Status"], made["LineAmountTypes"], made["CurrencyCode"], made["Total"]) == (
        "DRAFT",
        "Exclusive",
        "GBP",
        0,
    )
    assert "DueDate" not in made
