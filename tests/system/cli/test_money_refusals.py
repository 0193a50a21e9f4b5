"""What is refused where money is at stake, with its message: by the checker before any run, or record by record.

Rates are in `test_rated`, the ledger's own tables in `test_taxed`, predictions in `test_predicted`, guards in
`test_money_guards`; here is what the mapping itself may not do, and what its records may not hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import crm, let_deals_through, made, query, set_stage
from system.northwind.stage import Stage, sandbox

LINES = """\
invoices:
        lists:
          - books: LineItems
            from: crm.OpportunityLineItems
            key: {crm: Id, books: LineItemID}
            fields:
              - {books: Description, from: crm.Name}
              - {books: Quantity, from: crm.Quantity}
              - {books: UnitAmount, from: crm.UnitPrice, as: money}
              - {books: DiscountRate, from: crm.Discount, as: percent}
"""
"""A deal's lines as lines of the invoice."""
PLAIN = "              - {books: AccountCode, from: settings.revenue_code}\n"
ROUNDED = """\
              - {books: AccountCode, first: [{from: crm.Account}, {from: settings.revenue_code}]}
              - {books: TaxType, from: crm.Tax}
            rounding:
              equal: [crm.Amount, books.SubTotal]
              within: "0.05"
              row: "{Id: 'rounding', Name: 'Rounding', Quantity: `1`, UnitPrice: rounding.amount, Account:
                rounding.account, Tax: 'NONE'}"
"""


@pytest.fixture(scope="module")
def still() -> Iterator[Stage]:
    """A sandbox for all tests that only check."""
    with sandbox() as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own, with one customer in both systems."""
    with sandbox() as running:
        one = Desk(tmp_path, running)
        one.write()
        running.xero.order("organisation", currencies=["GBP", "EUR"])
        one.account("Acme", "A1")
        one.let_through()
        yield one


@dataclass(frozen=True)
class Refused:
    """A rule that is laid over the pack, and what the checker says to it: message, mend."""

    rule: str
    message: str
    mend: str


BALANCE = "books.Balances.AccountsReceivable.Outstanding"
CHECKED = {
    "an amount into another currency": Refused(
        f"customers: {{fields: [{{crm: AnnualRevenue, from: {BALANCE}}}]}}",
        f"error[other-currency] {BALANCE} is in GBP, crm.AnnualRevenue in the currency that crm.CurrencyIsoCode names: "
        "copying does not convert an amount",
        "or limit the rule: when: crm.CurrencyIsoCode == 'GBP'",
    ),
    "amounts whose currency nobody carries": Refused(
        "invoices: {fields: [{books: CurrencyCode, value: EUR}]}",
        "error[other-currency] crm.OpportunityLineItems.UnitPrice is in the currency that crm.CurrencyIsoCode names, "
        "books.LineItems.UnitAmount in the currency that books.CurrencyCode names",
        "map the currency, too: {books: CurrencyCode, from: crm.CurrencyIsoCode}",
    ),
    "an amount into a number": Refused(
        f"customers: {{fields: [{{crm: NumberOfEmployees, from: {BALANCE}}}]}}",
        f"error[no-currency] {BALANCE} is an amount, and NumberOfEmployees a number that keeps no currency",
        "as: money_text",
    ),
    "an amount into a text": Refused(
        "invoices: {fields: [{crm: Description, from: books.AmountDue}]}",
        "error[wrong-kind] AmountDue is an amount, Description is a text",
        "write as: money_text",
    ),
    "tax numbers of a country without rules": Refused(
        "customers: {fields: [{books: TaxNumber, from: crm.VAT_Number__c, as: {tax_number: {country: MY}}}]}",
        "error[misused-transform] the numbers of kind vat of MY cannot be checked: their rules are not known here",
        "",
    ),
    "a check of such numbers": Refused(
        "customers: {checks: [{valid: {number: books.TaxNumber, country: ZA}, say: No.}]}",
        "error[no-tax-rules] the numbers of kind vat of ZA cannot be checked; there is tin",
        "leave the check out, or name the kind",
    ),
}


@pytest.mark.parametrize("name", CHECKED)
def test_sx43_the_checker_refuses_and_names_the_mend(still: Stage, tmp_path: Path, name: str) -> None:
    refused = CHECKED[name]
    one = Desk(tmp_path, still)
    one.write(change=[refused.rule])
    ended = one.run("check", "--online")

    assert ended.code == 2, ended
    told = " ".join(ended.out.split())
    assert refused.message in told
    assert refused.mend in told
    assert one.run("run").code == 2
    assert one.run("help", refused.message.partition("[")[2].partition("]")[0]).code == 0


def change(desk: Desk, *rules: str) -> None:
    """Lay rules over the pack."""
    desk.write(change=rules)


def settled(desk: Desk) -> None:
    """Run until no guard stops."""
    ended = desk.run("run", "--json")
    while ended.code == 5:
        assert desk.run(*ended.report["stopped"]["command"].split()[1:]).code in {0, 3}
        ended = desk.run("run", "--json")
    assert ended.code in {0, 3}, ended


def holds(desk: Desk) -> list[dict[str, Any]]:
    settled(desk)
    return [dict(one) for one in desk.run("status", "--json").report["holds"]]


def only(desk: Desk) -> dict[str, Any]:
    (hold,) = holds(desk)
    assert desk.run("help", hold["code"]).code == 0
    return hold


def win(desk: Desk, **fields: Any) -> str:
    (account,) = query(desk, "SELECT Id FROM Account WHERE Name = 'Acme'")
    return desk.deal("Tea", account["Id"], **{"CurrencyIsoCode": "GBP", **fields})


def invoice(desk: Desk, deal: str) -> dict[str, Any]:
    row: dict[str, Any] = desk.stage.xero.read(f"/api.xro/2.0/Invoices/{crm(desk, deal)['Xero_Invoice_ID__c']}")
    return dict(row["Invoices"][0])


def half_pennies(desk: Desk, prices: tuple[float, ...] = (10.25, 10.25)) -> str:
    """Win a deal of lines of one piece at half their price: each line has half a penny, the sum has none."""
    (account,) = query(desk, "SELECT Id FROM Account WHERE Name = 'Acme'")
    (book,) = query(desk, "SELECT Id FROM Pricebook2 WHERE IsStandard = true")
    deal = desk.deal("Halves", account["Id"], StageName="Prospecting", Pricebook2Id=book["Id"], CurrencyIsoCode="GBP")
    for number, price in enumerate(prices):
        one = made(desk, "Product2", Name=f"Tea {number}", IsActive=True)
        listed = {"UnitPrice": price, "IsActive": True, "CurrencyIsoCode": "GBP"}
        entry = made(desk, "PricebookEntry", Product2Id=one, Pricebook2Id=book["Id"], **listed)
        line = {"Quantity": 1, "UnitPrice": price, "Discount": 50}
        made(desk, "OpportunityLineItem", OpportunityId=deal, PricebookEntryId=entry, **line)
    set_stage(desk, deal, "Closed Won")
    return deal


@pytest.mark.extended
def test_sx43_an_invoice_that_got_another_currency_by_hand_is_held(desk: Desk) -> None:
    deal = win(desk, CurrencyIsoCode="EUR")
    let_deals_through(desk)
    drawn = invoice(desk, deal)
    body = {"InvoiceID": drawn["InvoiceID"], "CurrencyCode": "GBP"}
    answer = desk.stage.xero.http.post(f"/api.xro/2.0/Invoices/{drawn['InvoiceID']}", json=body)
    assert answer.status_code == 200, answer.text
    found = {one["rule"]: one for one in holds(desk) if one["code"] == "other-currency"}

    assert found["crm.Xero_Total__c"]["message"] == (
        "books.Total is in GBP and crm.Xero_Total__c in EUR: copying does not convert an amount"
    )
    assert found["crm.Xero_Total__c"]["ways_out"][0] == "give both records the same currency"
    assert crm(desk, deal)["Xero_Total__c"] == drawn["Total"], "nothing was written over it"


@pytest.mark.extended
def test_tax_numbers_that_break_the_rules_of_their_country_are_held(desk: Desk) -> None:
    rule = "{books: TaxNumber, from: crm.VAT_Number__c, as: {tax_number: {country: crm.BillingCountry}}}"
    change(desk, f"customers: {{fields: [{rule}]}}")
    numbers = {
        "Right": ("GB 980 7806 84", "United Kingdom"),
        "Wrong": ("GB 980 7806 85", "UK"),
        "Unruly": ("123", "Malaysia"),
        "Nowhere": ("51 824 753 556", None),
    }
    for place, (name, (number, country)) in enumerate(numbers.items()):
        desk.account(name, f"T{place}", VAT_Number__c=number, BillingCountry=country)
    found = {one["message"]: one for one in holds(desk)}

    assert {message: one["code"] for message, one in found.items()} == {
        "this is no vat number of GB: its check digits do not fit": "not-a-tax-number",
        "the numbers of kind vat of MY cannot be checked: their rules are not known here": "no-tax-rules",
        "this vat number cannot be checked: its country is blank, and it begins with none": "no-tax-rules",
    }
    assert all("980" not in message for message in found), "a number may be a person's"
    contacts = {one["Name"]: one.get("TaxNumber") for one in desk.stage.xero.read("/api.xro/2.0/Contacts")["Contacts"]}
    assert contacts == {"Acme": contacts["Acme"], "Right": "GB980780684"}


@pytest.mark.extended
def test_a_rounding_line_is_booked_on_the_ledgers_own_account_and_goes_again(desk: Desk) -> None:
    change(desk, LINES + ROUNDED)
    deal = half_pennies(desk)
    settled(desk)
    drawn = invoice(desk, deal)
    rounding = [one["Code"] for one in accounts(desk) if one.get("SystemAccount") == "ROUNDING"]

    assert [(one["Description"], one["LineAmount"], one["AccountCode"], one["TaxType"]) for one in drawn["LineItems"]][
        -1
    ] == ("Rounding", Decimal("-0.01"), rounding[0], "NONE")
    assert str(drawn["SubTotal"]) == str(crm(desk, deal)["Amount"])
    assert holds(desk) == []
    desk.stage.reset()
    settled(desk)
    assert desk.stage.xero.effects() == {}

    line, _ = query(desk, "SELECT Id FROM OpportunityLineItem")
    answer = desk.stage.salesforce.http.patch(
        f"/services/data/v66.0/sobjects/OpportunityLineItem/{line['Id']}", json={"UnitPrice": 10.26}
    )
    assert answer.status_code == 204, answer.text
    settled(desk)
    drawn = invoice(desk, deal)
    assert [one["LineAmount"] for one in drawn["LineItems"]] == [Decimal("5.13"), Decimal("5.13")]
    assert (str(crm(desk, deal)["Amount"]), drawn["SubTotal"]) == ("10.255", Decimal("10.26"))


def accounts(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.stage.xero.read("/api.xro/2.0/Accounts")["Accounts"]
    return found


@pytest.mark.extended
def test_what_rounding_cannot_explain_is_held(desk: Desk) -> None:
    change(desk, LINES + ROUNDED.replace('"0.05"', '"0.005"'))
    half_pennies(desk)
    hold = only(desk)

    assert hold["code"] == "rounding-too-large"
    assert "crm.Amount is 10.25, books.SubTotal comes to 10.26: a rounding line would be -0.01" in hold["message"]
    assert "at most 0.005 is put right" in hold["message"]


@pytest.mark.extended
def test_two_totals_beyond_their_tolerance_are_held(desk: Desk) -> None:
    check = '{equal: [crm.Amount, books.SubTotal], within: "0.00", say: The totals differ.}'
    change(desk, f"{LINES}{PLAIN}        checks: [{check}]")
    half_pennies(desk)
    hold = only(desk)

    assert (hold["code"], hold["message"]) == ("check-failed", "The totals differ. (10.25 is not 10.26)")


@dataclass(frozen=True)
class Unwilling:
    """What the ledger, as a person left it, would refuse, and what the hold says."""

    words: str
    rule: str = ""
    order: tuple[str, Mapping[str, Any]] | None = None


LEDGER = {
    "unknown-tax-type": Unwilling(
        "the organisation has no tax type TAX999; for the account 200 there are",
        rule="              - {books: TaxType, value: TAX999}\n",
    ),
    "inactive-tax-type": Unwilling(
        "the tax type OUTPUT2 (20% (VAT on Income)), which the ledger takes by itself, is no longer in use",
        order=("tax_rate", {"type": "OUTPUT2", "status": "ARCHIVED"}),
    ),
    "tax-type-and-account": Unwilling(
        "the tax type INPUT2 (20% (VAT on Expenses)) cannot be used with the account 200 (Sales, REVENUE)",
        rule="              - {books: TaxType, value: INPUT2}\n",
    ),
    "inactive-account": Unwilling("the account 200 (Sales) is archived; there are"),
    "period-locked": Unwilling(
        "books.Date is 2026-11-02, and the books are locked up to 2026-11-02: nothing can be dated so",
        order=("lock", {"period": "2026-11-02"}),
    ),
}


@pytest.mark.extended
@pytest.mark.parametrize("code", LEDGER)
def test_sx42_px30_what_the_ledger_does_not_know_or_use_any_more_is_held(desk: Desk, code: str) -> None:
    case = LEDGER[code]
    change(desk, LINES + PLAIN + case.rule)
    if code == "inactive-account":
        (sales,) = (one for one in accounts(desk) if one["Code"] == "200")
        body = {"AccountID": sales["AccountID"], "Status": "ARCHIVED"}
        answer = desk.stage.xero.http.post(f"/api.xro/2.0/Accounts/{sales['AccountID']}", json=body)
        assert answer.status_code == 200, answer.text
    if case.order is not None:
        desk.stage.xero.order(case.order[0], **case.order[1])
    half_pennies(desk, (10, 10))
    hold = only(desk)

    assert hold["code"] == code
    assert case.words in hold["message"]
    assert hold["ways_out"]
