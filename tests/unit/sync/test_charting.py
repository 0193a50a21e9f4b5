"""Which of an organisation's tables are read, and when: for documents alone, each once, new items once a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from schemas.world import check
from tieout.mapping.compiled import Side
from tieout.model import Value
from tieout.sync.charting import Charts, Uncharted
from tieout.sync.words import Awaited, Item, Kind, ListWrite, Planned

TABLES = ("Organisation", "Currency", "TaxRate", "Account")
INVOICES = """
mapping: invoices
version: 1
between:
  crm: {connection: salesforce, object: Opportunity}
  books: {connection: xero, object: Invoice}
fields:
  - {books: Reference, from: crm.Name}
"""


def sides() -> tuple[Side, Side]:
    (mapping,) = check(INVOICES).mappings
    return mapping.sides


CRM, BOOKS = sides()


def line(**row: Value) -> Item:
    return Item("l1", 0, None, row)


def operation(*lines: Item, kind: Kind = Kind.CREATE, end: int = 1, path: str = "LineItems") -> Planned:
    rows = [ListWrite("books.LineItems", end, (path,), (), lines, "")] if lines else []
    return Planned(kind, "invoices", 1, end, None, "006", lists=rows)


FULL = line(AccountCode="200", TaxType="OUTPUT2", UnitAmount=Decimal(1), ItemCode="TEA")
BY_ITEM = line(ItemCode="TEA", UnitAmount=Decimal(1))
AWAITING = replace(
    line(UnitAmount=Decimal(1)),
    awaits={"books.ItemCode": Awaited("products", 0, "01t", "Code")},
    paths={"books.ItemCode": ("ItemCode",)},
)


@pytest.mark.parametrize(
    ("planned", "objects"),
    [
        (operation(), TABLES),
        (operation(FULL), TABLES),
        (operation(BY_ITEM), (*TABLES, "Item")),
        (operation(BY_ITEM, path="Payments"), TABLES),
        (operation(BY_ITEM, kind=Kind.UPDATE), (*TABLES, "Item")),
        (operation(kind=Kind.VOID), ()),
        (operation(kind=Kind.AGREE), ()),
    ],
)
def test_the_tables_of_a_document_that_is_written_are_needed(planned: Planned, objects: tuple[str, ...]) -> None:
    assert Charts().lacking(BOOKS, [planned]) == objects
    assert Charts().lacking(CRM, [planned]) == ()


def test_what_was_read_is_not_read_again() -> None:
    charts = Charts()
    with pytest.raises(Uncharted) as raised:
        charts.need((CRM, BOOKS), [operation(FULL, end=0), operation(BY_ITEM)])
    assert (raised.value.connection, raised.value.objects) == ("xero", (*TABLES, "Item"))
    charts.keep("xero", "xero", {name: [] for name in TABLES})
    charts.need((CRM, BOOKS), [operation(FULL)])
    assert charts.lacking(BOOKS, [operation(BY_ITEM)]) == ("Item",)
    charts.keep("xero", "xero", {"Item": [{"Code": "TEA", "SalesDetails": {"TaxType": "RROUTPUT"}}]})
    charts.need((CRM, BOOKS), [operation(BY_ITEM)])


def test_a_chart_is_made_of_all_that_was_read() -> None:
    charts = Charts()
    assert charts.of("xero") is None
    organisation: Mapping[str, Value] = {"BaseCurrency": "GBP", "CountryCode": "GB", "Version": "UK"}
    locks: Mapping[str, Value] = {"PeriodLockDate": "2026-03-31", "EndOfYearLockDate": "2025-12-31"}
    charts.keep("xero", "xero", {"Organisation": [{**organisation, **locks}], "Currency": [{"Code": "EUR"}]})
    made = charts.of("xero")
    assert made is not None
    assert (made.base, made.country, made.version, made.locked) == ("GBP", "GB", "UK", "2026-03-31")
    assert made.items is None
    charts.keep("xero", "xero", {"Item": [{"Code": "TEA", "SalesDetails": {"UnitPrice": Decimal(2)}}]})
    renewed = charts.of("xero")
    assert renewed is not None
    assert renewed.currencies == {"EUR"}
    assert renewed.items is not None
    assert renewed.items["TEA"].price == 2


def test_a_system_without_such_tables_is_not_asked_again() -> None:
    charts = Charts()
    charts.keep("xero", "xero", None)
    assert charts.of("xero") is None
    assert charts.lacking(BOOKS, [operation(BY_ITEM)]) == ()
    assert charts.lacking_items(BOOKS, [operation(AWAITING)], "plan") == ()


def test_items_that_the_same_plan_made_are_read_once_more() -> None:
    charts = Charts()
    charts.keep("xero", "xero", {name: [] for name in (*TABLES, "Item")})
    assert charts.lacking_items(BOOKS, [operation(BY_ITEM)], "first") == ()
    assert charts.lacking_items(BOOKS, [operation(AWAITING)], "first") == ("Item",)
    assert charts.lacking_items(BOOKS, [operation(AWAITING)], "first") == ()
    assert charts.lacking_items(BOOKS, [operation(AWAITING)], "second") == ("Item",)
