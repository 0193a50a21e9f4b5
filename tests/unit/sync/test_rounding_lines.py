"""A rounding line makes a document come to the total that the other system has, and hides nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from schemas.world import check, codes
from tieout.model import Value
from tieout.money.chart import Account, Chart, TaxRate
from tieout.sync.creation import create
from tieout.sync.memory import Memory
from tieout.sync.reconcile import reconcile
from tieout.sync.sight import Facts, Sight
from tieout.sync.words import Child, Decision, Image, Kind, Link, State

NO_TAX = TaxRate("NONE", "No tax", Decimal(0), applies=frozenset({"LIABILITY", "REVENUE"}))
DEALS = """\
mapping: deals
version: 1
between:
  crm: {connection: salesforce, object: Opportunity}
  books: {connection: xero, object: Invoice}
create: {books: always}
fields:
  - {books: Type, value: ACCREC, only: create}
  - {books: LineAmountTypes, value: Exclusive, only: create}
  - {books: Contact.ContactID, from: crm.Xero_Invoice_Number__c, as: {lookup: {a: b}}}
  - {books: CurrencyCode, from: crm.CurrencyIsoCode}
lists:
  - books: LineItems
    from: crm.OpportunityLineItems
    key: {crm: Id, books: LineItemID}
    rounding:
      equal: [crm.Amount, books.SubTotal]
      within: "0.05"
      row: "{Id: 'rounding', Name: 'Rounding', Quantity: `1`, UnitPrice: rounding.amount, Account: rounding.account}"
    fields:
      - {books: Description, from: crm.Name}
      - {books: Quantity, from: crm.Quantity}
      - {books: UnitAmount, from: crm.UnitPrice, as: money}
      - {books: AccountCode, first: [{from: crm.Account}, {value: "200"}]}
"""
ACCOUNTS = {
    "200": Account("200", "Sales", "SALES", "REVENUE", "NONE"),
    "498": Account("498", "Rounding", "CURRLIAB", "LIABILITY", "NONE"),
}
CHART = Chart("GBP", "GB", "UK", frozenset({"GBP"}), {"NONE": NO_TAX}, ACCOUNTS, rounding="498")
THIRDS = [Decimal("33.335"), Decimal("33.335"), Decimal("33.335")]
"""Salesforce adds 100.005 and shows 100.01 or 100.00; three lines of 33.34 (half up) are 100.02."""


def line(number: int, price: Decimal) -> Value:
    return {"Id": f"l{number}", "Name": f"Tea {number}", "Quantity": Decimal(1), "UnitPrice": price}


def decided(
    prices: Sequence[Decimal],
    amount: Decimal | None,
    *,
    chart: Chart | None = None,
    present: Sequence[Value] | None = None,
    children: Sequence[Child] = (),
    currency: str = "GBP",
) -> Decision:
    (mapping,) = check(DEALS).mappings
    rows = [line(number, price) for number, price in enumerate(prices)]
    deal = Image(
        "a", State.PRESENT, {"Id": "a", "CurrencyIsoCode": currency, "Amount": amount, "OpportunityLineItems": rows}
    )
    facts = Facts({}, lambda *_: None, lambda *_: None, charts=(None, chart))
    if present is None:
        sight = Sight(mapping, (deal, None), facts, 1)
        return create(sight, Memory(), source=0, generation=0, ended=None)
    record: dict[str, Value] = {
        "Type": "ACCREC", "Status": "DRAFT", "LineAmountTypes": "Exclusive", "CurrencyCode": currency,
        "LineItems": list(present), "Contact": None, "SubTotal": None,
    }  # fmt: skip
    link = Link(1, 1, "", ("a", "b"), children={"books.LineItems": tuple(children)})
    return reconcile(Sight(mapping, (deal, Image("b", State.PRESENT, record)), facts, 1, link), Memory())


def sent(decision: Decision) -> list[tuple[Value, Value, Value]]:
    (operation,) = [one for one in decision.operations if one.kind is not Kind.AGREE]
    return [
        (item.sent["Description"], item.sent["UnitAmount"], item.sent["AccountCode"])
        for rows in operation.lists
        for item in rows.items
    ]


def test_the_difference_becomes_a_line_on_the_ledgers_own_account() -> None:
    made = decided(THIRDS, Decimal("100.01"), chart=CHART)

    assert not made.holds
    assert sent(made)[-1] == ("Rounding", Decimal("-0.01"), "498")
    assert [price for _, price, _ in sent(made)[:-1]] == THIRDS


def test_a_ledger_without_such_an_account_books_it_where_the_mapping_says() -> None:
    assert sent(decided(THIRDS, Decimal("100.01")))[-1] == ("Rounding", Decimal("-0.01"), "200")


@pytest.mark.parametrize("amount", ["100.02", "100.015", "100.0249"])
def test_amounts_that_agree_to_the_penny_get_no_line(amount: str) -> None:
    assert [text for text, *_ in sent(decided(THIRDS, Decimal(amount)))] == ["Tea 0", "Tea 1", "Tea 2"]


@pytest.mark.parametrize(
    ("amount", "told"),
    [("100.08", "a rounding line would be 0.06 GBP, and at most 0.05 is put right"), ("90", "-10.02 GBP"),
     ("100.085", "0.07 GBP")],
)  # fmt: skip
def test_more_than_rounding_is_held(amount: str, told: str) -> None:
    (hold,) = decided(THIRDS, Decimal(amount)).holds

    assert hold.code == "rounding-too-large"
    assert told in hold.message
    assert f"crm.Amount is {Decimal(amount).normalize():f}, books.SubTotal comes to 100.02" in hold.message
    assert any("within" in way for way in hold.ways_out)


def test_a_total_that_is_blank_is_no_total() -> None:
    (hold,) = decided(THIRDS, None).holds

    assert hold.code == "rounding-unknown"


def test_the_line_is_known_again_changes_with_the_difference_and_goes_with_it() -> None:
    first = decided([Decimal("33.335")], Decimal("33.33"))
    (rows,) = first.operations[0].lists
    present: list[Value] = [{"LineItemID": f"x{place}", **item.sent} for place, item in enumerate(rows.items)]
    children = [Child((item.source, f"x{place}"), item.ordinal) for place, item in enumerate(rows.items)]
    assert [child.ids for child in children] == [("l0", "x0"), ("rounding", "x1")]

    again = decided([Decimal("33.335")], Decimal("33.33"), present=present, children=children)
    assert all(one.kind is Kind.AGREE for one in again.operations)

    moved = decided([Decimal("33.335")], Decimal("33.32"), present=present, children=children)
    assert [price for _, price, _ in sent(moved)] == [Decimal("33.335"), Decimal("-0.02")]

    gone = decided([Decimal("33.335")], Decimal("33.34"), present=present, children=children)
    assert [price for _, price, _ in sent(gone)] == [Decimal("33.335")]


def test_the_row_sees_its_amount_and_account_and_nothing_else_of_that_name() -> None:
    assert codes(check(DEALS.replace("rounding.account", "rounding.acount"))) == ["unknown-name"]
    assert codes(check(DEALS.replace("Account: rounding.account", "Other: rounding.account"))) == ["unknown-field"]
    assert codes(check(DEALS.replace("from: crm.OpportunityLineItems", "from: crm.OpportunityLineItem"))) != []
