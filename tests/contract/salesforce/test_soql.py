from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.salesforce.canned import described
from tieout.errors import UsageError
from tieout_salesforce.simulator.soql_parser import parse
from tieout_salesforce.simulator.soql_tree import Comparison
from tieout_salesforce.soql import identifier, moment, quote, quoted, selection


@given(st.text(st.sampled_from("\\'\"\n\r\t\b\f()%_;ab") | st.characters(codec="utf-8"), max_size=60))
def test_no_text_breaks_out_of_its_quotes(text: str) -> None:
    query = f"SELECT Id FROM Account WHERE Name = {quote(text)}"  # noqa: S608 - what is tried here
    found = parse(query).where
    assert isinstance(found, Comparison)
    assert found.constant.value == text


def test_a_list_is_quoted_one_by_one() -> None:
    assert quoted(["a", "b'c"]) == r"('a','b\'c')"


def test_an_instant_is_written_bare_and_to_the_second() -> None:
    assert moment(datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC)) == "2026-01-02T03:04:05Z"


@pytest.mark.parametrize(
    "name", ["Name, (SELECT Id FROM Contacts)", "Name FROM User--", "", "a..b", "Äpfel", "1a", "a "]
)
def test_what_is_no_identifier_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="API name"):
        identifier(name)


def test_a_path_that_the_object_has_not_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"Opportunity has no field 'Nmae'") as caught:
        selection(described("Opportunity"), {"Nmae"})
    assert caught.value.mend == "tieout check --online"


def test_a_selection_holds_system_fields_parents_and_child_lists_without_deleted_items() -> None:
    paths = {"Name", "Account.Payment_Days__c", "OpportunityLineItems", "OpportunityLineItems.Product2.Name"}
    chosen = selection(described("Opportunity"), paths, "Tieout_Key__c")
    assert chosen.text() == (
        "SELECT Id, SystemModstamp, IsDeleted, LastModifiedDate, LastModifiedById, Tieout_Key__c,"
        " Account.Payment_Days__c, Name,"
        " (SELECT Id, Product2.Name FROM OpportunityLineItems WHERE IsDeleted = false ORDER BY Id) FROM Opportunity"
    )


def test_a_list_named_alone_is_read_with_all_fields_of_its_items() -> None:
    chosen = selection(described("Opportunity"), {"OpportunityLineItems"})
    columns = chosen.item_columns("OpportunityLineItems")
    assert {"Quantity", "UnitPrice", "OpportunityId", "Product2Id"} <= set(columns)
    assert not [name for name in columns if "." in name or name == "CurrencyIsoCode"]


def test_a_virtual_field_is_never_asked_of_salesforce() -> None:
    chosen = selection(described("Opportunity"), {"CurrencyIsoCode", "OpportunityLineItems.CurrencyIsoCode"})
    assert "CurrencyIsoCode" not in chosen.text()
