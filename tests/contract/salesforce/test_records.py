from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from contract.salesforce.canned import described
from tieout.adapter import Gone, Merged, Present, Unknown
from tieout_salesforce.records import encode, observe
from tieout_salesforce.soql import selection

STAMP = "2026-05-01T10:00:00.000+0000"
ROW: dict[str, Any] = {
    "attributes": {"type": "Opportunity", "url": "/services/data/v66.0/sobjects/Opportunity/006A"},
    "Id": "006A",
    "IsDeleted": False,
    "SystemModstamp": STAMP,
    "LastModifiedDate": STAMP,
    "LastModifiedById": "005A",
    "Tieout_Key__c": "k.1",
    "Name": "Deal",
    "Amount": Decimal("10.0"),
    "CloseDate": "2026-05-31",
    "Closed_At__c": STAMP,
    "IsWon": True,
    "Tags__c": "b;a",
    "Account": {"attributes": {"type": "Account"}, "Payment_Days__c": Decimal(30)},
    "OpportunityLineItems": {
        "totalSize": 1,
        "done": True,
        "records": [
            {"attributes": {}, "Id": "00kA", "Quantity": Decimal(2), "UnitPrice": None, "Product2": {"Name": "Chai"}}
        ],
    },
}
PATHS = {
    "Name",
    "Amount",
    "CloseDate",
    "Closed_At__c",
    "IsWon",
    "Tags__c",
    "CurrencyIsoCode",
    "Account.Payment_Days__c",
    "OpportunityLineItems",
    "OpportunityLineItems.Quantity",
    "OpportunityLineItems.UnitPrice",
    "OpportunityLineItems.Product2.Name",
    "OpportunityLineItems.CurrencyIsoCode",
}
CHOSEN = selection(described("Opportunity"), PATHS, "Tieout_Key__c")


def seen(**changes: Any) -> Any:
    return observe({**ROW, **changes}, CHOSEN)


def test_a_row_becomes_a_record_with_values_of_their_kinds() -> None:
    found = seen()
    assert isinstance(found, Present)
    assert found.record == {
        "Name": "Deal",
        "Amount": Decimal("10.0"),
        "CloseDate": date(2026, 5, 31),
        "Closed_At__c": datetime(2026, 5, 1, 10, tzinfo=UTC),
        "IsWon": True,
        "Tags__c": ["b", "a"],
        "CurrencyIsoCode": "GBP",
        "Account": {"Payment_Days__c": Decimal(30)},
        "OpportunityLineItems": [
            {
                "Id": "00kA",
                "Quantity": Decimal(2),
                "UnitPrice": None,
                "Product2": {"Name": "Chai"},
                "CurrencyIsoCode": "GBP",
            }
        ],
    }
    assert (found.id, found.by, found.key, found.version) == ("006A", "005A", "k.1", None)
    assert found.modified == datetime(2026, 5, 1, 10, tzinfo=UTC)


def test_empty_is_none_and_a_missing_parent_still_holds_the_path() -> None:
    record = seen(Name=None, Tags__c=None, Account=None, OpportunityLineItems=None).record
    assert record["Name"] is None
    assert record["Tags__c"] is None
    assert record["Account"] == {"Payment_Days__c": None}
    assert record["OpportunityLineItems"] == []


def test_a_deleted_row_is_gone_and_the_loser_of_a_merge_names_its_winner() -> None:
    assert seen(IsDeleted=True) == Gone("006A", datetime(2026, 5, 1, 10, tzinfo=UTC))
    assert seen(IsDeleted=True, MasterRecordId="006B") == Merged("006A", "006B")


def test_nobody_is_named_where_an_automation_came_after_the_user() -> None:
    assert seen(SystemModstamp="2026-05-01T10:00:07.000+0000").by is None


@pytest.mark.parametrize(
    ("path", "odd"),
    [("Amount", Decimal("NaN")), ("Amount", True), ("CloseDate", "31/05/2026"), ("IsWon", "yes"), ("Closed_At__c", 5)],
)
def test_a_value_of_the_wrong_kind_makes_the_record_unknown_without_quoting_it(path: str, odd: Any) -> None:
    found = seen(**{path: odd})
    assert isinstance(found, Unknown)
    assert found.why.startswith(path)
    assert str(odd) not in found.why


def test_what_is_written_joins_choices_clears_with_none_and_leaves_virtual_fields_out() -> None:
    values = {"Tags__c": ["x", "y"], "Name": None, "CurrencyIsoCode": "GBP", "Amount": Decimal("1.50")}
    assert encode(values, described("Opportunity")) == {"Tags__c": "x;y", "Name": None, "Amount": Decimal("1.50")}
