"""Requests as such: batches, errors, idempotency, limits, changes, pages, filters, and the quirks of real clients."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from contract.xero_sim.world import Stage, Xero, playing
from tieout_xero.simulator import XeroSimulator

START = datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC)
NOBODY = "00000000-0000-0000-0000-00000000000a"


@pytest.fixture
def still(stage: Stage) -> Iterator[Xero]:
    """A world whose clock stands still until it is set forward; limits are on."""
    with playing(stage, XeroSimulator(), lambda: START) as world:
        yield world


def _names(answer: Any) -> list[str]:
    return [each["Name"] for each in answer["Contacts"]]


# --- batches and errors


def test_all_or_nothing_without_the_parameter(xero: Xero) -> None:
    answer = xero.raw("PUT", "Contacts", {"Contacts": [{"Name": "Good"}, {"Name": "a<b"}]})
    assert (answer.status_code, answer.json()["Type"], len(answer.json()["Elements"])) == (
        400,
        "ValidationException",
        1,
    )
    assert answer.json()["Elements"][0]["ContactID"] == "00000000-0000-0000-0000-000000000000"
    assert xero.call("GET", "Contacts")["Contacts"] == []
    assert xero.counters()["effects"] == {}
    assert xero.contact("Good")  # the rolled back one holds no name


def test_elements_of_one_batch_see_each_other(xero: Xero) -> None:
    body = {"Contacts": [{"Name": "Twin"}, {"Name": "twin"}]}
    one, two = xero.call("PUT", "Contacts", body, summarizeErrors="False")["Contacts"]
    assert (one["StatusAttributeString"], two["StatusAttributeString"]) == ("OK", "ERROR")
    assert len(xero.call("GET", "Contacts")["Contacts"]) == 1


def test_unknown_id_in_a_batch_refuses_the_whole_request_as_html(xero: Xero) -> None:
    body = {"Contacts": [{"Name": "New"}, {"ContactID": NOBODY, "Name": "x"}]}
    answer = xero.raw("POST", "Contacts", body, summarizeErrors="false")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert answer.text == "The resource you're looking for cannot be found"
    assert xero.call("GET", "Contacts")["Contacts"] == []


def test_status_attribute_only_with_the_parameter(xero: Xero) -> None:
    assert "StatusAttributeString" not in xero.call("PUT", "Contacts", {"Name": "A"})["Contacts"][0]
    assert (
        xero.call("PUT", "Contacts", {"Name": "B"}, SummarizeErrors="FALSE")["Contacts"][0]["StatusAttributeString"]
        == "OK"
    )


@pytest.mark.parametrize(
    "path", ["Nope", "Contacts/none", "Invoices/none/History", "Organisation/Nope", "", "Contacts/a/b/c"]
)
def test_unknown_paths_are_html(xero: Xero, path: str) -> None:
    answer = xero.raw("GET", path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("body", "type"),
    [
        (b"{not json", "PostDataInvalidException"),
        (b'{"Contacts": []}', "PostDataInvalidException"),
        (b'{"Name": NaN}', "PostDataInvalidException"),
        (b"[" * 100_000, "PostDataInvalidException"),
        (b'{"Contacts": ["x"]}', "PostDataInvalidException"),
    ],
)
def test_bodies_that_cannot_be_read(xero: Xero, body: bytes, type: str) -> None:
    answer = xero.http.put("/api.xro/2.0/Contacts", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["Type"]) == (400, type)


def test_bad_dates_are_malformed(xero: Xero) -> None:
    contact = xero.contact("A")
    line = {"Description": "x"}
    body = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [line], "Date": "2017-12-14 00:00:00"}
    assert xero.raw("PUT", "Invoices", body).json()["Type"] == "PostDataInvalidException"
    for good in ("2026-01-02", "2026-01-02T00:00:00", "/Date(1767312000000)/", "/Date(1767312000000+1300)/"):
        made = xero.call("PUT", "Invoices", {**body, "Date": good})["Invoices"][0]
        assert made["Date"] == "/Date(1767312000000+0000)/"
    old = xero.call("PUT", "Invoices", {**body, "Date": "/Date(-80006400000)/"})["Invoices"][0]
    assert old["DateString"] == "1967-06-20T00:00:00"


def test_quirks_of_real_clients(xero: Xero) -> None:
    assert xero.call("GET", "Contacts", {})["Contacts"] == []  # a GET with a body
    assert xero.raw("PUT", "Contacts", {"Name": "A", "HasValidationErrors": False}).status_code == 200
    assert xero.raw("PUT", "Contacts", None, headers={"Content-Type": "text/xml"}).status_code == 415
    raw = xero.http.get("/api.xro/2.0/Contacts?order=UpdatedDateUTC+ASC&IncludeArchived=True")
    assert raw.status_code == 200
    assert xero.raw("GET", "Contacts", pagesize="10", offset="1").json()["Type"] == "QueryParseException"


# --- idempotency


def test_idempotency_key_replays_for_six_minutes(still: Xero) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = still.raw("PUT", "Contacts", {"Name": "A"}, headers=key)
    still.order("clock", advance=359)
    again = still.raw("PUT", "Contacts", {"Name": "A"}, headers=key)
    assert (again.status_code, again.content) == (200, first.content)
    assert still.counters()["effects"] == {"Contact": {"created": 1}}
    assert still.counters()["calls"] == {"PUT /Contacts": 2}  # a replay counts
    still.order("clock", advance=1)
    assert still.raw("PUT", "Contacts", {"Name": "A"}, headers=key).status_code == 400


def test_idempotency_key_keeps_errors_and_refuses_other_requests(still: Xero) -> None:
    still.contact("A")
    key = {"Idempotency-Key": "k-2"}
    assert still.raw("PUT", "Contacts", {"Name": "A"}, headers=key).status_code == 400
    still.order("archive", object="Contact", id=still.call("GET", "Contacts")["Contacts"][0]["ContactID"])
    assert still.raw("PUT", "Contacts", {"Name": "A"}, headers=key).status_code == 400
    other = still.raw("PUT", "Contacts", {"Name": "B"}, headers=key)
    assert (other.status_code, other.json()["Message"]) == (
        400,
        "Idempotency Key: k-2 is used with a different request.",
    )
    assert still.raw("PUT", "Contacts", {"Name": "B"}, headers={"Idempotency-Key": "k" * 129}).status_code == 400


# --- limits


def test_minute_window(still: Xero) -> None:
    lefts = [int(still.raw("GET", "Currencies").headers["x-minlimit-remaining"]) for _ in range(60)]
    assert lefts == list(range(59, -1, -1))
    refused = still.raw("GET", "Currencies")
    assert (refused.status_code, refused.content, "content-type" in refused.headers) == (429, b"", False)
    assert refused.headers["x-rate-limit-problem"] == "minute"
    assert refused.headers["x-daylimit-remaining"] == "4940"
    wait = int(refused.headers["retry-after"])
    assert 1 <= wait <= 60
    still.order("clock", advance=wait - 1)
    assert still.raw("GET", "Currencies").status_code == 429
    still.order("clock", advance=1)
    assert still.raw("GET", "Currencies").headers["x-minlimit-remaining"] == "59"


def test_day_window_and_headers(still: Xero) -> None:
    still.order("limits", day_used=4999)
    answer = still.raw("GET", "Currencies")
    assert (answer.headers["x-daylimit-remaining"], answer.headers["x-appminlimit-remaining"]) == ("0", "9999")
    assert answer.headers["xero-correlation-id"]
    refused = still.raw("GET", "Currencies")
    assert (refused.status_code, refused.headers["x-rate-limit-problem"]) == (429, "day")
    assert int(refused.headers["retry-after"]) <= 86_400
    still.order("limits", off=True)
    assert still.raw("GET", "Currencies").status_code == 200
    assert still.counters()["statuses"] == {"200": 2, "429": 1}


def test_five_at_once(still: Xero) -> None:
    release, started = threading.Event(), threading.Barrier(6)

    def slow_body() -> Iterator[bytes]:
        yield b'{"Name":'
        started.wait(20)
        release.wait(20)
        yield b'"slow"}'

    def send() -> None:
        with httpx.Client(base_url=still.url, headers=still.http.headers, timeout=30) as own:
            own.put("/api.xro/2.0/Contacts", content=slow_body(), headers={"Content-Type": "application/json"})

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    started.wait(20)
    try:
        refused = _until(lambda: still.raw("GET", "Currencies"), lambda answer: answer.status_code == 429)
        assert refused.headers["x-rate-limit-problem"] == "concurrent"
        assert "retry-after" not in refused.headers
    finally:
        release.set()
        for thread in threads:
            thread.join(20)
    assert still.raw("GET", "Currencies").status_code == 200


def _until(act: Callable[[], httpx.Response], good: Callable[[httpx.Response], bool]) -> httpx.Response:
    """Repeat until the five have reached the server; each answers fast, so fifty tries are plenty."""
    answer = act()
    for _ in range(50):
        if good(answer):
            break
        answer = act()
    return answer


# --- changes, pages, filters


@pytest.mark.parametrize(
    "form",
    [
        "2026-11-21T10:00:05",
        "2026-11-21T10:00:05+00:00",
        "2026-11-21T10:00:05.000Z",
        "2026-11-21T10:00:05Z",
        "Sat, 21 Nov 2026 10:00:05 GMT",
    ],
)
def test_modified_since_in_every_form(still: Xero, form: str) -> None:
    still.contact("Before")
    still.order("clock", advance=5)
    still.contact("At")
    still.order("clock", advance=1)
    still.contact("After")
    headers = {"If-Modified-Since": form}
    assert _names(still.call("GET", "Contacts", headers=headers)) == ["After"]
    still.order("switches", modified_since="inclusive")
    assert _names(still.call("GET", "Contacts", headers=headers)) == ["At", "After"]
    future = {"If-Modified-Since": "2027-01-01T00:00:00"}
    assert still.call("GET", "Contacts", headers=future)["Contacts"] == []


def test_pages(xero: Xero) -> None:
    xero.call("PUT", "Contacts", {"Contacts": [{"Name": f"C{n:02d}"} for n in range(25)]})
    found = xero.call("GET", "Contacts", page=3, pageSize=10, order="Name DESC")
    assert found["pagination"] == {"page": 3, "pageSize": 10, "pageCount": 3, "itemCount": 25}
    assert _names(found) == ["C04", "C03", "C02", "C01", "C00"]
    assert xero.call("GET", "Contacts", page=1)["pagination"]["pageSize"] == 100
    assert xero.call("GET", "Contacts", page=1, pageSize=5000)["pagination"]["pageSize"] == 1000
    assert "pagination" not in xero.call("GET", "Contacts")
    assert xero.call("GET", "Contacts", page=9)["Contacts"] == []
    assert xero.raw("GET", "Contacts", page=0).json()["Type"] == "QueryParseException"
    xero.order("switches", page_past_end="missing")
    assert xero.raw("GET", "Contacts", page=9).status_code == 404


def test_default_order_is_by_stamp_then_id(xero: Xero) -> None:
    one, two, three = (xero.contact(name) for name in ("one", "two", "three"))
    xero.call("POST", f"Contacts/{one}", {"FirstName": "x"})
    assert _names(xero.call("GET", "Contacts", page=1)) == ["two", "three", "one"]
    xero.order("touch", object="Contact", ids=[one, two, three])
    paged = xero.call("GET", "Contacts", page=1)["Contacts"]
    assert [each["ContactID"] for each in paged] == sorted([one, two, three])


def test_items_are_never_paged(xero: Xero) -> None:
    xero.call("PUT", "Items", {"Items": [{"Code": str(n)} for n in range(3)]})
    found = xero.call("GET", "Items", page=1, pageSize=1)
    assert (len(found["Items"]), "pagination" in found) == (3, False)


@pytest.fixture
def some(xero: Xero) -> Xero:
    """Three contacts, one archived, and four invoices."""
    first = xero.contact("Taquería Uno", EmailAddress="uno@taco.mx", AccountNumber="A-1")
    second = xero.contact("Zwei & Co", ContactNumber="k2")
    xero.order("archive", object="Contact", id=xero.contact("Drei"))
    xero.approved(first, InvoiceNumber="N-1")
    xero.draft(second, InvoiceNumber="N-2", Date="2026-01-05", Reference="Order 7")
    paid = xero.approved(second, InvoiceNumber="N-3")
    xero.pay(paid["InvoiceID"], 120)
    xero.order("edit", object="Invoice", fields={**_invoice(first), "InvoiceNumber": "N-4"})
    return xero


def _invoice(contact: str) -> dict[str, Any]:
    return {"Type": "ACCREC", "Contact": {"ContactID": contact}, "LineItems": [{"Description": "By hand"}]}


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ('Name=="taqueria uno"', ["Taquería Uno"]),
        ('Name = "ZWEI & CO"', ["Zwei & Co"]),
        ('EmailAddress!=null && EmailAddress.StartsWith("uno@")', ["Taquería Uno"]),
        ("EmailAddress==null", ["Zwei & Co"]),
        ('Name.ToLower().Contains("wei") OR AccountNumber=="A-1"', ["Taquería Uno", "Zwei & Co"]),
        ("IsCustomer==true AND !(ContactNumber==null)", ["Zwei & Co"]),
        ('ContactStatus=="ARCHIVED"', []),
        ("UpdatedDateUTC>=DateTime(2020, 01, 01)", ["Taquería Uno", "Zwei & Co"]),
    ],
)
def test_where_on_contacts(some: Xero, where: str, names: list[str]) -> None:
    assert sorted(_names(some.call("GET", "Contacts", where=where))) == names


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ('Type=="ACCREC" AND Status=="DRAFT"', ["N-2", "N-4"]),
        ('Contact.Name=="Zwei & Co"', ["N-2", "N-3"]),
        ("AmountDue>0 && AmountDue<=120", ["N-1", "N-2"]),
        ("Date<DateTime(2026,2,1)", ["N-2"]),
        ('Date < DateTime.Parse("2026-02-01") OR AmountPaid==120.0', ["N-2", "N-3"]),
        ('InvoiceNumber=="N-1" || (Reference.EndsWith("7") && Status!="PAID")', ["N-1", "N-2"]),
        ('Reference=="it\\"s"', []),
    ],
)
def test_where_on_invoices(some: Xero, where: str, numbers: list[str]) -> None:
    found = some.call("GET", "Invoices", where=where)["Invoices"]
    assert sorted(each["InvoiceNumber"] for each in found) == numbers


def test_where_by_guid(some: Xero) -> None:
    contact = some.call("GET", "Contacts", where='Name=="Zwei & Co"')["Contacts"][0]["ContactID"]
    found = some.call("GET", "Invoices", where=f'Contact.ContactID==guid("{contact.upper()}")')["Invoices"]
    assert {each["InvoiceNumber"] for each in found} == {"N-2", "N-3"}


@pytest.mark.parametrize(
    "where",
    [
        "Nope==1",
        "Name==",
        'Name=="a" AND',
        '(Name=="a"',
        "Name.Size()>1",
        "Name > 5",
        'Name=="a" x',
        "$",
        "Date=DateTime(1)",
        "guid(5)",
    ],
)
def test_bad_where(some: Xero, where: str) -> None:
    answer = some.raw("GET", "Invoices" if "Date" in where else "Contacts", where=where)
    assert (answer.status_code, answer.json()["Type"], answer.json()["ErrorNumber"]) == (400, "QueryParseException", 16)


def test_filters(some: Xero) -> None:
    ids = {each["InvoiceNumber"]: each["InvoiceID"] for each in some.call("GET", "Invoices")["Invoices"]}

    def numbers(**params: Any) -> set[str]:
        return {each["InvoiceNumber"] for each in some.call("GET", "Invoices", **params)["Invoices"]}

    assert numbers(IDs=f"{ids['N-1']},{ids['N-4']},{NOBODY}") == {"N-1", "N-4"}
    assert numbers(InvoiceNumbers="N-2,N-3,N-9") == {"N-2", "N-3"}
    assert numbers(Statuses="PAID,AUTHORISED") == {"N-1", "N-3"}
    assert numbers(searchTerm="order") == {"N-2"}
    assert numbers(createdByMyApp="True") == {"N-1", "N-2", "N-3"}
    contact = some.call("GET", "Contacts/k2")["Contacts"][0]["ContactID"]
    assert numbers(ContactIDs=contact) == {"N-2", "N-3"}
    assert _names(some.call("GET", "Contacts", searchTerm="TAQUERIA")) == ["Taquería Uno"]
    assert len(some.call("GET", "Contacts", includeArchived="true")["Contacts"]) == 3


def test_bad_order_and_dates(xero: Xero) -> None:
    for order in ("Nope", "Name SIDEWAYS"):
        assert xero.raw("GET", "Contacts", order=order).json()["Type"] == "QueryParseException"
    for path in ("TaxRates", "Currencies"):
        assert xero.raw("GET", path, where="Nope==1").json()["Type"] == "QueryParseException"
    found = xero.call("GET", "TaxRates", where="EffectiveRate>=5 AND CanApplyToRevenue==true", order="EffectiveRate")
    assert [each["TaxType"] for each in found["TaxRates"]] == ["RROUTPUT", "OUTPUT2"]
    answer = xero.raw("GET", "Contacts", headers={"If-Modified-Since": "yesterday"})
    assert answer.json()["Type"] == "PostDataInvalidException"


def test_window_resets_are_the_tenants_own(still: Xero) -> None:
    still.order("clock", set=f"{START + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}")
    refused = still.http.post("/__sim__/clock", json={"set": "2026-11-21T10:00:00Z"})
    assert (refused.status_code, refused.json()["error"]) == (400, "the clock goes forward only")
