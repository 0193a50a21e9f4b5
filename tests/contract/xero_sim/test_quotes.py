"""Quotes: totals, statuses, updates that clear, pages without a count."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from contract.xero_sim.world import Xero, exact


def _errors(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 400, answer.text
    return [each["Message"] for each in exact(answer.text)["Elements"][0]["ValidationErrors"]]


@pytest.fixture
def contact(xero: Xero) -> str:
    return xero.contact("Acme")


def _quote(xero: Xero, id: str) -> Any:
    return xero.call("GET", f"Quotes/{id}")["Quotes"][0]


def _post(xero: Xero, contact: str, id: str, **fields: Any) -> Any:
    body = {"Contact": {"ContactID": contact}, "Date": "2026-11-02", **fields}
    return xero.raw("POST", f"Quotes/{id}", body)


def test_prices_keep_four_decimals_without_being_asked(xero: Xero, contact: str) -> None:
    line = {"Description": "x", "Quantity": "1.5", "UnitAmount": "33.3333", "AccountCode": "200", "DiscountRate": 10}
    made = xero.quote(contact, line)
    figures = [str(made[name]) for name in ("SubTotal", "TotalTax", "Total", "TotalDiscount")]
    assert figures == ["45.00", "9.00", "54.00", "5.00"]
    assert str(made["LineItems"][0]["UnitAmount"]) == "33.3333"
    assert (made["QuoteNumber"], made["Status"], made["LineAmountTypes"]) == ("QU-0001", "DRAFT", "EXCLUSIVE")


def test_amounts_that_hold_tax(xero: Xero, contact: str) -> None:
    made = xero.quote(contact, LineAmountTypes="INCLUSIVE")
    assert [str(made[name]) for name in ("SubTotal", "TotalTax", "Total")] == ["83.33", "16.67", "100.00"]
    untaxed = xero.quote(contact, LineAmountTypes="NOTAX")
    assert [str(untaxed[name]) for name in ("SubTotal", "TotalTax", "Total")] == ["100.00", "0.00", "100.00"]
    body = {"Contact": {"ContactID": contact}, "Date": "2026-11-02", "LineAmountTypes": "Exclusive"}
    assert xero.raw("PUT", "Quotes", {**body, "LineItems": [{"Description": "x"}]}).status_code == 400


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        (("SENT", "ACCEPTED", "INVOICED"), "DRAFT"),
        (("SENT", "DECLINED", "SENT"), "DRAFT"),
        ((), "ACCEPTED"),
        ((), "DECLINED"),
        (("SENT", "ACCEPTED"), "DECLINED"),
        (("DELETED",), "SENT"),
    ],
)
def test_statuses_move_as_integrators_found(xero: Xero, contact: str, path: tuple[str, ...], refused: str) -> None:
    id = xero.quote(contact)["QuoteID"]
    for status in path:
        assert _post(xero, contact, id, Status=status).status_code == 200
    assert _errors(_post(xero, contact, id, Status=refused)) == ["Quote not of valid status for modification"]
    assert _quote(xero, id)["Status"] == (*("DRAFT",), *path)[-1]


def test_an_update_clears_what_it_leaves_out_and_keeps_the_lines(xero: Xero, contact: str) -> None:
    texts = {"Title": "T", "Summary": "S", "Terms": "C", "Reference": "R", "ExpiryDate": "2026-12-01"}
    made = xero.quote(contact, LineAmountTypes="INCLUSIVE", **texts)
    id, line = made["QuoteID"], made["LineItems"][0]["LineItemID"]
    assert "Contact" in _errors(xero.raw("POST", f"Quotes/{id}", {"Date": "2026-11-02", "Title": "x"}))[0]
    assert "Date" in _errors(xero.raw("POST", f"Quotes/{id}", {"Contact": {"ContactID": contact}}))[0]
    assert _post(xero, contact, id, Title="new").status_code == 200
    now = _quote(xero, id)
    assert (now["Title"], now["Terms"], now["LineAmountTypes"], str(now["Total"])) == ("new", "", "EXCLUSIVE", "120.00")
    assert not {"Summary", "Reference", "ExpiryDate"} & now.keys()
    assert [one["LineItemID"] for one in now["LineItems"]] == [line]
    xero.order("switches", quote_updates="merge")
    assert _post(xero, contact, id, Terms="C").status_code == 200
    assert (_quote(xero, id)["Title"], _quote(xero, id)["Terms"]) == ("new", "C")


def test_pages_hold_a_hundred_and_tell_no_count(xero: Xero, contact: str) -> None:
    one = {"Contact": {"ContactID": contact}, "Date": "2026-11-02", "LineItems": [{"Description": "x"}]}
    xero.call("PUT", "Quotes", {"Quotes": [one] * 101})
    first, second, third = (xero.call("GET", "Quotes", page=n, order="QuoteID ASC") for n in (1, 2, 3))
    assert [len(page["Quotes"]) for page in (first, second, third)] == [100, 1, 0]
    assert not any("pagination" in page for page in (first, second, third))
    assert len(xero.call("GET", "Quotes")["Quotes"]) == 100
    for word in ("pageSize", "where", "IDs", "unitdp"):
        asked: dict[str, Any] = {word: "1"}
        assert xero.raw("GET", "Quotes", **asked).status_code == 400
    xero.order("switches", page_past_end="missing")
    assert xero.raw("GET", "Quotes", page=3).status_code == 404


def test_filters_of_its_own(xero: Xero, contact: str) -> None:
    other = xero.contact("Other")
    old, new = xero.quote(contact, Date="2026-01-31", ExpiryDate="2026-02-28"), xero.quote(other, Date="2026-02-01")
    cases: list[tuple[dict[str, Any], Any]] = [
        ({"DateFrom": "2026-02-01"}, new),
        ({"DateTo": "2026-01-31"}, old),
        ({"ExpiryDateFrom": "2026-02-28"}, old),
        ({"ContactID": other}, new),
        ({"QuoteNumber": "QU-0001"}, old),
    ]
    for params, found in cases:
        assert [one["QuoteID"] for one in xero.call("GET", "Quotes", **params)["Quotes"]] == [found["QuoteID"]]
    assert xero.call("GET", "Quotes", Status="SENT")["Quotes"] == []
    assert xero.raw("GET", "Quotes", DateFrom="soon").status_code == 400


def test_deleted_quotes_are_left_out_unless_asked_for(xero: Xero, contact: str) -> None:
    id = xero.quote(contact)["QuoteID"]
    xero.order("delete", object="Quote", id=id)
    assert xero.call("GET", "Quotes")["Quotes"] == []
    assert xero.call("GET", "Quotes", Status="DELETED")["Quotes"][0]["QuoteID"] == id
    assert _quote(xero, id)["Status"] == "DELETED"
    xero.order("switches", deleted_quotes="listed")
    assert len(xero.call("GET", "Quotes")["Quotes"]) == 1


def test_a_batch_is_judged_one_by_one_and_a_person_clears_nothing(xero: Xero, contact: str) -> None:
    good = {"Contact": {"ContactID": contact}, "Date": "2026-11-02", "LineItems": [{"Description": "x"}], "Title": "T"}
    sent = {"Quotes": [good, {**good, "Title": "x" * 101}]}
    made = xero.call("PUT", "Quotes", sent, summarizeErrors="false")["Quotes"]
    assert [one["StatusAttributeString"] for one in made] == ["OK", "ERROR"]
    xero.order("edit", object="Quote", id=made[0]["QuoteID"], fields={"Summary": "S"})
    now = _quote(xero, made[0]["QuoteID"])
    assert (now["Title"], now["Summary"]) == ("T", "S")
    assert xero.counters()["effects"]["Quote"] == {"created": 1}


def test_no_lock_date_holds_a_quote(xero: Xero, contact: str) -> None:
    xero.order("lock", period="2026-12-31")
    id = xero.quote(contact, Date="2026-11-02")["QuoteID"]
    assert _post(xero, contact, id, Title="still").status_code == 200
