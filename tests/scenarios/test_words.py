"""How what is there is compared with what a scenario says, and what becomes of ids and dates in what is printed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from scenarios.sides import Xero
from scenarios.words import Names, differences, has
from system.northwind.stage import System

FOUND: dict[str, Any] = {
    "Name": "Acme",
    "Total": Decimal("120.00"),
    "AccountCode": "200",
    "IsSold": True,
    "Fax": "",
    "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "123"}],
    "LineItems": [{"Quantity": Decimal(2)}],
}
SAME: tuple[dict[str, Any], ...] = (
    {"Name": "Acme", "Total": 120, "AccountCode": 200, "IsSold": True, "Fax": None, "Nowhere": None},
    {"Name": "A…e", "Phones.DEFAULT.PhoneNumber": "123", "LineItems": [{"Quantity": 2}]},
)
OTHER: tuple[tuple[dict[str, Any], str], ...] = (
    ({"Name": "…Acme"}, "Name: 'Acme' instead of '…Acme'"),
    ({"Total": "12"}, "Total: 120.00 instead of '12'"),
    ({"IsSold": 1}, "IsSold: True instead of 1"),
    ({"Fax": "1"}, "Fax: '' instead of '1'"),
    ({"Nowhere": "x"}, "Nowhere: nothing instead of 'x'"),
    ({"LineItems": []}, "instead of 0 rows"),
    ({"LineItems": [{"Quantity": 3}]}, "LineItems 1.Quantity: 2 instead of 3"),
)


@pytest.mark.parametrize("expected", SAME)
def test_what_a_person_takes_for_the_same_is_the_same(expected: dict[str, Any]) -> None:
    assert differences(expected, FOUND) == []


@pytest.mark.parametrize(("expected", "told"), OTHER)
def test_what_differs_is_named_with_both_values(expected: dict[str, Any], told: str) -> None:
    (found,) = differences(expected, FOUND)
    assert told in found


def test_names_and_days_stand_for_ids_and_dates_both_ways() -> None:
    names = Names({"http://127.0.0.1:8801": "salesforce"}, {"acme": "001Sm0000000001IAA"}, date(2026, 3, 31))
    assert names.filled("crm:<acme> <today-30>") == "crm:001Sm0000000001IAA 2026-03-01"
    printed = (
        "plan 0123456789ab  crm:001Sm0000000001IAA 2026-03-01\n2026-03-31T10:11:12Z http://127.0.0.1:8801/x\n1.5 s\n"
    )
    assert names.plain(printed) == "plan <plan>  crm:<acme> <today-30>\n<time> <salesforce>/x\n<seconds>\n"
    with pytest.raises(AssertionError, match="nothing is known as 'beta' yet"):
        names.filled("<beta>")


def test_a_line_has_a_part_whatever_the_blanks() -> None:
    printed = "one\n  create in books  customers/crm:<acme>   Acme\n"
    assert has(printed, "create in books customers/crm:<acme> Acme")
    assert has(printed, "create … Acme")
    assert has(printed, "create in boo…/crm:<acme>")
    assert not has(printed, "one create")


def test_rows_of_addresses_may_be_named_when_they_are_typed() -> None:
    xero = Xero(System({}, None))  # type: ignore[arg-type]  # nothing is sent
    typed = xero.typed({"Name": "A", "Addresses.POBOX.City": "Leeds", "Addresses.POBOX.Country": "UK"})
    assert typed == {"Name": "A", "Addresses": [{"AddressType": "POBOX", "City": "Leeds", "Country": "UK"}]}
