"""No body and no query makes the simulator fail: what it cannot take, it refuses in Xero's words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tieout_xero.simulator.books import Profile, Switches
from tieout_xero.simulator.codec import decode
from tieout_xero.simulator.endpoints import QUERIES, Call, answer
from tieout_xero.simulator.tenants import Clock, Tenant

PATHS = ("Contacts", "Invoices", "Payments", "Items", "Accounts", "TaxRates", "Currencies")
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.text(max_size=5),
    st.sampled_from(
        "ACCREC ACCPAY AUTHORISED DELETED 200 469 090 OUTPUT2 POBOX FAX EUR REVENUE 2026-01-01 1e400 1e-400 0.005 "
        f"{'9' * 40} Inclusive NoTax TAX001 https://crm.example/1 NaN".split()
    ),
)


def _tenant() -> Tenant:
    clock = Clock(lambda: datetime(2026, 11, 21, tzinfo=UTC))
    return Tenant(Profile(), clock, Switches(unknown_keys="ignore"))


def _fields(tenant: Tenant) -> list[str]:
    names = {name for resource in tenant.resources.values() for name in resource.known}
    inner = ["LineItemID", "Quantity", "UnitAmount", "ItemCode", "AccountCode", "TaxType", "DiscountRate", "Tracking"]
    parts = ["AddressType", "City", "PhoneType", "PhoneNumber", "UnitPrice", "ContactID", "InvoiceID", "Rate", "Name"]
    return sorted({*names, *inner, *parts})


FIELDS = _fields(_tenant())
BODIES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(FIELDS), inner, max_size=8)),
    max_leaves=15,
)
OBJECTS = st.dictionaries(st.sampled_from(FIELDS), BODIES, max_size=10)


def _typical(path: str) -> dict[str, Any]:
    """Give a good body, of which some fields are then replaced."""
    line = {"Description": "x", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    bodies: dict[str, dict[str, Any]] = {
        "Contacts": {"Name": "A"},
        "Invoices": {"Type": "ACCREC", "Contact": {"Name": "A"}, "LineItems": [line]},
        "Payments": {"Invoice": {"InvoiceNumber": "INV-0001"}, "Account": {"Code": "090"}, "Amount": 1},
        "Items": {"Code": "A", "SalesDetails": {"UnitPrice": 1}},
        "Accounts": {"Code": "300", "Name": "A", "Type": "REVENUE"},
        "TaxRates": {"Name": "A", "ReportTaxType": "OUTPUT", "TaxComponents": [{"Name": "A", "Rate": 5}]},
        "Currencies": {"Code": "EUR"},
    }
    return bodies[path]


@pytest.mark.slow
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PATHS), st.sampled_from(["PUT", "POST"]), OBJECTS, st.booleans(), st.booleans())
def test_any_body_is_taken_or_refused(
    path: str,
    method: str,
    fields: dict[str, Any],
    each: bool,  # noqa: FBT001  drawn, not written
    bare: bool,  # noqa: FBT001  drawn, not written
) -> None:
    tenant = _tenant()
    for start in ("Contacts", "Invoices"):
        answer(tenant, Call("PUT", (start,), {}, json.dumps(_typical(start)).encode(), None))
    body = fields if bare else {**_typical(path), **fields}
    params = {"summarizeerrors": "false"} if each else {}
    reply = answer(tenant, Call(method, (path,), params, json.dumps(body).encode(), None))
    assert reply.status in {200, 400, 404}
    if reply.status == 400:
        assert decode(reply.body)["Type"] in {"ValidationException", "PostDataInvalidException"}
    listed = answer(tenant, Call("GET", (path,), {"page": "1"}, b"", None))
    assert listed.status == 200


WORDS = st.sampled_from(
    ["Name", "Status", "Contact", ".", "==", "=", "!=", ">", "(", ")", "AND", "||", "!", '"a"', "5", "null", "true"]
)
CALLS = st.sampled_from(
    ["DateTime(2026,1,1)", 'guid("x")', ".Contains(", "ToLower()", ",", "AmountDue", "Date", "DESC"]
)


@given(st.sampled_from(PATHS), st.sampled_from(sorted(QUERIES)), st.lists(WORDS | CALLS, max_size=8))
def test_any_query_is_taken_or_refused(path: str, name: str, words: list[str]) -> None:
    tenant = _tenant()
    answer(tenant, Call("PUT", ("Invoices",), {}, json.dumps(_typical("Invoices")).encode(), None))
    reply = answer(tenant, Call("GET", (path,), {name: " ".join(words)}, b"", None))
    assert reply.status in {200, 400}
    if reply.status == 400:
        assert decode(reply.body)["Type"] == "QueryParseException"


@pytest.mark.parametrize("value", ["1e400", "-1e400", "9" * 40, "Infinity", "1e-400"])
@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("Invoices", "CurrencyRate"),
        ("Payments", "Amount"),
        ("Payments", "BankAmount"),
        *(("LineItems", name) for name in ("Quantity", "UnitAmount", "DiscountRate", "TaxAmount", "LineAmount")),
    ],
)
def test_numbers_beyond_reason(path: str, field: str, value: str) -> None:
    tenant = _tenant()
    answer(tenant, Call("PUT", ("Invoices",), {}, json.dumps(_typical("Invoices")).encode(), None))
    body = _typical("Invoices" if path == "LineItems" else path)
    (body["LineItems"][0] if path == "LineItems" else body)[field] = value
    if path == "Invoices":
        body["CurrencyCode"] = "EUR"
    kind = "Payments" if path == "Payments" else "Invoices"
    assert answer(tenant, Call("PUT", (kind,), {}, json.dumps(body).encode(), None)).status in {200, 400}


@pytest.mark.parametrize("moment", ["/Date(99999999999999999999)/", "0001-01-01T00:00:00+14:00", "2026-13-01", "T", ""])
def test_moments_beyond_the_calendar(moment: str) -> None:
    tenant = _tenant()
    since = answer(tenant, Call("GET", ("Contacts",), {}, b"", moment or None))
    assert since.status == (400 if moment else 200)
    body = json.dumps({**_typical("Invoices"), "Date": moment}).encode()
    assert answer(tenant, Call("PUT", ("Invoices",), {}, body, None)).status == (400 if moment else 200)


@pytest.mark.parametrize(
    ("name", "text"),
    [("page", "9" * 5000), ("where", "(" * 3000), ("where", "!" * 3000 + "true"), ("where", " " * 5000)],
)
def test_queries_beyond_reason(name: str, text: str) -> None:
    reply = answer(_tenant(), Call("GET", ("Contacts",), {name: text}, b"", None))
    assert (reply.status, decode(reply.body)["Type"]) == (400, "QueryParseException")
