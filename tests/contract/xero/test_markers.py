from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.adapter import Operation
from tieout_xero.markers import URL_LENGTH, document_url, key_of, mark
from tieout_xero.objects import CONTACT, INVOICE, ITEM, PAYMENT
from tieout_xero.settings import NEUTRAL_PAGE

KEY = "0a1b2c3d.006000000000001AAA.1"
PAGE = "https://acme.my.salesforce.com/006000000000001AAA"


def test_each_object_carries_the_key_in_its_own_place() -> None:
    operation = Operation(KEY, source_url=PAGE)
    assert mark(CONTACT, operation, NEUTRAL_PAGE) == {"ContactNumber": KEY}
    assert mark(PAYMENT, operation, NEUTRAL_PAGE) == {"Reference": KEY}
    assert mark(INVOICE, operation, NEUTRAL_PAGE) == {"Url": f"{PAGE}#{KEY}"}
    assert mark(ITEM, operation, NEUTRAL_PAGE) == {}


@pytest.mark.parametrize(
    "page",
    [None, "https://acme-xero.my.salesforce.com/006", "https://XERO.example/1", "https://a.example/" + "x" * 300],
)
def test_a_page_that_xero_would_refuse_is_replaced(page: str | None) -> None:
    assert document_url(page, KEY, NEUTRAL_PAGE) == f"{NEUTRAL_PAGE}#{KEY}"


@given(
    st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=300).map("https://a.example/{}".format),
    st.text("xXeErRoO.0123abc#%/", min_size=1, max_size=50) | st.text(min_size=1, max_size=50),
)
def test_the_key_comes_back_whatever_it_is_and_the_name_is_never_spelt(page: str | None, key: str) -> None:
    url = document_url(page, key, NEUTRAL_PAGE)
    assert key_of(INVOICE, {"Url": url}) == key
    assert "xero" not in url.casefold()


def test_the_url_is_short_enough_for_any_key_of_the_engine() -> None:
    assert len(document_url("https://a.example/" + "x" * 180, "k" * 50, NEUTRAL_PAGE)) <= URL_LENGTH
    assert len(document_url("https://a.example/" + "x" * 250, "k" * 50, NEUTRAL_PAGE)) <= URL_LENGTH


def test_records_without_a_key_say_so() -> None:
    assert key_of(INVOICE, {"Url": "https://shop.example/orders/1"}) is None
    assert key_of(INVOICE, {"Url": "https://shop.example/#"}) is None
    assert key_of(CONTACT, {"ContactNumber": ""}) is None
    assert key_of(ITEM, {"Code": "A"}) is None
