"""An amount goes into its own currency only: where data decides, the record is held and both codes are named."""

from __future__ import annotations

from decimal import Decimal

import pytest

from schemas.world import check
from tieout.model import Value
from tieout.sync.creation import create
from tieout.sync.memory import Memory
from tieout.sync.reconcile import reconcile
from tieout.sync.sight import Facts, Sight
from tieout.sync.words import Decision, Hold, Image, Kind, Link, Planned, State

DEALS = """\
mapping: deals
version: 1
between:
  crm: {connection: salesforce, object: Opportunity}
  books: {connection: xero, object: Invoice}
create: {books: always}
fields:
  - {books: Type, value: ACCREC, only: create}
  - {books: Contact.ContactID, from: crm.Xero_Invoice_Number__c, as: {lookup: {a: b}}}
  - {books: CurrencyCode, from: crm.CurrencyIsoCode, drift: keep}
  - {crm: Xero_Total__c, from: books.Total}
lists:
  - books: LineItems
    from: "crm.OpportunityLineItems || [crm.{Id: Id, Name: Name, UnitPrice: Amount}]"
    key: {crm: Id, books: LineItemID}
    fields:
      - {books: Description, from: crm.Name}
      - {books: UnitAmount, from: crm.UnitPrice, as: money}
"""
CONTACTS = """\
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
fields:
  - crm: Credit_Limit__c
    from: books.Balances.AccountsReceivable.Outstanding
    when: not_null(crm.CurrencyIsoCode, 'none') != 'USD'
"""
FACTS = Facts({}, lambda *_: None, lambda *_: None)
LINE: Value = {"Id": "l1", "Name": "Tea", "UnitPrice": Decimal("9.99")}
Known = dict[str, Value]


def invoice(**fields: Value) -> Known:
    known = ("Type", "Status", "CurrencyCode", "Total", "Contact", "SubTotal")
    return {**dict.fromkeys(known), "LineItems": [], **fields}


def deal(**fields: Value) -> Known:
    return {"CurrencyIsoCode": "EUR", "Xero_Total__c": None, "OpportunityLineItems": [], **fields}


def decided(text: str, first: Known, second: Known | None) -> Decision:
    (mapping,) = check(text).mappings
    here = Image("a", State.PRESENT, first)
    if second is None:
        sight = Sight(mapping, (here, None), FACTS, 1)
        return create(sight, Memory(), source=0, generation=0, ended=None)
    there = Image("b", State.PRESENT, second)
    return reconcile(Sight(mapping, (here, there), FACTS, 1, Link(1, 1, "", ("a", "b"))), Memory())


def holds(decision: Decision) -> list[tuple[str, str]]:
    return [(hold.code, hold.message) for hold in decision.holds]


def sent(decision: Decision) -> list[Planned]:
    return [operation for operation in decision.operations if operation.kind is not Kind.AGREE]


def only(decision: Decision) -> Hold:
    (hold,) = decision.holds
    return hold


def test_sx43_an_amount_travels_in_its_own_currency() -> None:
    found = decided(DEALS, deal(), invoice(CurrencyCode="EUR", Total=Decimal(12)))

    assert not found.holds
    (operation,) = sent(found)
    assert [(write.rule, write.sent, write.money) for write in operation.writes] == [
        ("crm.Xero_Total__c", Decimal(12), "EUR")
    ]


def test_sx43_two_currencies_that_differ_by_data_hold_the_record_and_are_both_named() -> None:
    held = only(decided(DEALS, deal(), invoice(CurrencyCode="GBP", Total=Decimal(12))))

    assert held.code == "other-currency"
    assert held.message == ("books.Total is in GBP and crm.Xero_Total__c in EUR: copying does not convert an amount")
    assert [way.split(":")[0] for way in held.ways_out] == [
        "give both records the same currency",
        "or convert the amount",
        "or leave it out where the currencies differ",
    ]


def test_sx43_an_amount_whose_record_names_no_currency_is_held() -> None:
    held = only(decided(DEALS, deal(), invoice(CurrencyCode=None, Total=Decimal(12))))

    assert (held.code, "books.CurrencyCode is blank" in held.message) == ("no-currency", True)


def test_sx43_nothing_is_no_amount() -> None:
    assert not decided(DEALS, deal(), invoice(CurrencyCode="GBP", Total=None)).holds


@pytest.mark.parametrize("lines", [[LINE], []], ids=["rows", "a row that is built"])
def test_sx43_lines_are_in_the_currency_of_their_document(lines: list[Value]) -> None:
    made = decided(DEALS, deal(OpportunityLineItems=lines, Id="d", Name="Deal", Amount=Decimal(5)), None)

    assert not made.holds
    (operation,) = made.operations
    assert [item.sent["UnitAmount"] for rows in operation.lists for item in rows.items] == [
        Decimal("9.99") if lines else Decimal(5)
    ]


def test_sx43_a_document_whose_currency_nobody_gives_gets_no_amounts() -> None:
    made = decided(DEALS, deal(CurrencyIsoCode=None, OpportunityLineItems=[LINE]), None)

    assert [code for code, _ in holds(made)] == ["no-currency"]
    assert "crm.CurrencyIsoCode is blank" in holds(made)[0][1]


def test_sx43_lines_do_not_go_into_a_document_that_keeps_another_currency() -> None:
    """The bookkeeper made the draft's currency another one, and the mapping lets it stand (drift: keep)."""
    found = decided(DEALS, deal(OpportunityLineItems=[LINE]), invoice(Type="ACCREC", CurrencyCode="EUR"))

    assert not found.holds
    changed = decided(
        DEALS.replace("from: crm.CurrencyIsoCode, drift: keep", "from: crm.CurrencyIsoCode, when: books.Type == 'X'"),
        deal(OpportunityLineItems=[LINE]),
        invoice(Type="ACCREC", CurrencyCode="GBP"),
    )
    told = "row l1: crm.OpportunityLineItems.UnitPrice is in EUR and books.LineItems.UnitAmount in GBP: "
    assert holds(changed) == [("other-currency", f"{told}copying does not convert an amount")]


@pytest.mark.parametrize(
    ("code", "expected"), [("GBP", []), ("USD", []), ("EUR", ["other-currency"]), (None, ["no-currency"])]
)
def test_sx43_a_condition_may_tell_and_data_decide(code: str | None, expected: list[str]) -> None:
    balance: Known = {"Balances": {"AccountsReceivable": {"Outstanding": Decimal(7)}}}
    found = decided(CONTACTS, {"CurrencyIsoCode": code, "Credit_Limit__c": None}, balance)

    assert [hold.code for hold in found.holds] == expected
    assert bool(sent(found)) == (code == "GBP")
