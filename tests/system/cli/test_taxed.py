"""What the organisation's own tables say no to is held before it is sent; classes of goods become its tax types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import crm, let_deals_through, query
from system.crash.wire import Wire, before
from system.northwind.stage import sandbox

TABLES = ("Accounts", "TaxRates", "Currencies")
LINES = """\
    change:
      invoices:
        lists:
          - books: LineItems
            from: "[crm.{Id: Id, Text: Name, Quantity: `1`, UnitPrice: Amount, Goods: NextStep, Booked: LeadSource}]"
            key: {crm: Id, books: LineItemID}
            extra: review
            fields:
              - {books: Description, from: crm.Text}
              - {books: Quantity, from: crm.Quantity}
              - {books: UnitAmount, from: crm.UnitPrice, as: money}
              - {books: AccountCode, first: [{from: crm.Booked}, {from: settings.revenue_code}]}
              - {books: TaxType, from: crm.Goods, as: [{lookup: classes}, tax], when: crm.Goods}
        tables: {classes: {Full: standard, Less: reduced, Abroad: reverse_charge, Odd: no such class}}
"""
OWN = """\
tax_table: ours
version: 1
adapter: xero
sources: {desk: what our bookkeeper says}
classes:
  standard:
    - {type: RROUTPUT, percent: "5", until: "2026-11-30", source: desk}
    - {type: ZERORATEDOUTPUT, percent: "1", from: "2026-12-01", source: desk}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own, with one customer in both systems; a deal is one line of an invoice."""
    with sandbox() as running:
        one = Desk(tmp_path, running)
        one.write(LINES)
        running.xero.order("organisation", currencies=["GBP", "EUR"])
        one.account("Acme", "A1")
        one.let_through()
        running.reset()
        yield one


def win(desk: Desk, name: str = "Tea", **fields: Any) -> str:
    (account,) = query(desk, "SELECT Id FROM Account WHERE Name = 'Acme'")
    return desk.deal(name, account["Id"], **{"CurrencyIsoCode": "GBP", **fields})


def read(desk: Desk) -> dict[str, int]:
    """Count the readings of the organisation's tables since the last count."""
    calls = desk.stage.xero.calls()
    desk.stage.reset()
    return {name: calls.get(f"GET /{name}", 0) for name in TABLES}


def invoice(desk: Desk, deal: str) -> dict[str, Any]:
    id_ = crm(desk, deal)["Xero_Invoice_ID__c"]
    row: dict[str, Any] = desk.stage.xero.read(f"/api.xro/2.0/Invoices/{id_}")["Invoices"][0]
    return row


def holds(desk: Desk) -> dict[str, dict[str, Any]]:
    """Run once, expect that no invoice was made, and give the holds by code."""
    desk.stage.reset()
    ended = desk.run("run", "--json")
    assert ended.code == 3, ended
    assert desk.stage.xero.effects().get("Invoice") is None
    found = desk.run("status", "--json").report["holds"]
    made = {one["code"]: dict(one) for one in found}
    assert len(made) == len(found)
    return made


@pytest.mark.extended
def test_the_tables_are_read_in_a_run_that_plans_a_document_and_in_no_other(desk: Desk) -> None:
    assert desk.run("run").code == 0
    desk.account("Bolt", "A2")
    assert desk.run("run").code == 0
    assert set(read(desk).values()) == {0}
    win(desk)
    let_deals_through(desk)
    assert read(desk)["TaxRates"] >= 1
    win(desk, "Coffee")
    assert desk.run("run").code == 0
    assert read(desk) == {"Accounts": 1, "TaxRates": 1, "Currencies": 1}
    assert desk.run("run").code == 0
    assert set(read(desk).values()) == {0}


CLASSES = {
    None: ("OUTPUT2", "20.00"),
    "Full": ("OUTPUT2", "20.00"),
    "Less": ("RROUTPUT", "5.00"),
    "Abroad": ("DRCHARGESUPPLY20", "0.00"),
}
"""Class of the goods, None for none -> tax type of the British organisation, tax of 100."""


def test_sx42_px32_a_class_of_goods_becomes_a_tax_type_and_none_the_accounts_own(desk: Desk) -> None:
    deals = {class_: win(desk, f"Tea {class_}", **({"NextStep": class_} if class_ else {})) for class_ in CLASSES}
    let_deals_through(desk)
    for class_, deal in deals.items():
        made = invoice(desk, deal)
        assert ([line["TaxType"] for line in made["LineItems"]], str(made["TotalTax"])) == (
            [CLASSES[class_][0]],
            CLASSES[class_][1],
        )


@pytest.mark.extended
def test_a_projects_own_table_has_tax_types_for_a_time(desk: Desk) -> None:
    (desk.folder / "ours.yaml").write_text(OWN, "utf-8")
    desk.replace("    adapter: xero\n", "    adapter: xero\n    tax: ours.yaml\n")
    deal = win(desk, NextStep="Full", CloseDate="2026-11-30")
    let_deals_through(desk)
    assert invoice(desk, deal)["LineItems"][0]["TaxType"] == "RROUTPUT"
    win(desk, "Coffee", NextStep="Full", CloseDate="2026-12-01")
    (held,) = holds(desk).values()
    assert held["code"] == "other-tax-rate"
    assert "ZERORATEDOUTPUT (Zero Rated Income) is 0 % in books, and the tax table ours says 1 %" in held["message"]


def test_a_wrong_table_and_a_wrong_rounding_stop_the_check(desk: Desk) -> None:
    (desk.folder / "ours.yaml").write_text(
        OWN.replace("source: desk}\n    - {type: Z", "source: lost}\n    - {type: Z")
    )
    desk.replace("    adapter: xero\n", "    adapter: xero\n    tax: ours.yaml\n    rounding: per_documnt\n")
    ended = desk.run("check")
    assert ended.code == 2, ended
    assert "ours.yaml:7:7  error[unknown-tax-source]  standard: no source is called lost" in ended.out + ended.err
    assert "there is no rounding profile per_documnt for xero" in ended.out + ended.err


@pytest.mark.extended
def test_unit_prices_of_two_decimals_are_asked_for_and_predicted_so(desk: Desk) -> None:
    desk.replace("    adapter: xero\n", "    adapter: xero\n    rounding: xero_price_2\n")
    ended = desk.run("check")
    assert ended.code == 2, ended
    assert "error[unfit-rounding]" in ended.out + ended.err
    desk.replace("grant: custom_connection,", "grant: custom_connection, price_decimals: 2,")
    desk.replace("Quantity: `1`, UnitPrice: Amount", "Quantity: `100`, UnitPrice: `1.255`")
    deal = win(desk)
    let_deals_through(desk)
    assert [line["LineAmount"] for line in invoice(desk, deal)["LineItems"]] == [126]
    assert desk.run("status", "--json").report["holds"] == []


REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "unknown-account": ({"LeadSource": "999"}, "line 1: there is no account 999; there are 200 Sales"),
    "unusable-account": ({"LeadSource": "090"}, "090 (Business Bank Account) is of the type BANK"),
    "tax-type-and-account": ({"LeadSource": "400", "NextStep": "Full"}, "400 (Advertising, EXPENSE)"),
    "currency-not-subscribed": ({"CurrencyIsoCode": "CHF"}, "CHF, to which the organisation is not subscribed"),
    "no-tax-class": ({"NextStep": "Odd"}, "it has: exempt, out_of_scope, reduced, reverse_charge, standard, zero"),
}
"""Code -> the deal that is held under it, and words of the message."""
ORDERED: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "inactive-tax-type": ("tax_rate", {"type": "OUTPUT2", "status": "ARCHIVED"}, {"status": "ACTIVE"}),
    "other-tax-rate": ("tax_rate", {"type": "OUTPUT2", "percent": 25}, {"percent": 20}),
    "period-locked": ("lock", {"period": "2026-11-02"}, {"period": "2026-11-01"}),
}
"""Code -> what a person does in the ledger so that a deal is held under it, and how it is taken back."""


def test_px30_sx40_sx42_what_the_ledger_would_refuse_is_held_and_not_sent(desk: Desk) -> None:
    for code, (deal, _) in REFUSED.items():
        win(desk, code, **deal)
    found = holds(desk)
    assert found.keys() == {*REFUSED, "not-revenue-account"}
    booked = found["not-revenue-account"]
    assert "400 (Advertising) is of the type EXPENSE, and a line of a sale names one of revenue" in booked["message"]
    assert booked["ways_out"][0].split(": ")[1].startswith("tieout.yaml:")
    for code, (_, words) in REFUSED.items():
        assert words in found[code]["message"]
        assert found[code]["ways_out"]
        assert desk.run("help", code).code == 0


@pytest.mark.extended
def test_what_is_held_goes_on_by_itself_once_its_cause_is_gone(desk: Desk) -> None:
    deal = win(desk, NextStep="Full")
    for code, (order, spoil, mend) in ORDERED.items():
        desk.stage.xero.order(order, **spoil)
        assert holds(desk).keys() == {code}
        desk.stage.xero.order(order, **{**spoil, **mend})
    let_deals_through(desk)
    assert str(invoice(desk, deal)["Total"]) == "120.00"
    assert desk.run("status", "--json").report["holds"] == []


def torn(what: str, answer: bytes) -> bytes:
    return answer[: len(answer) // 2] if what.startswith("GET /api.xro/2.0/TaxRates") else answer


@pytest.mark.extended
def test_a_document_is_not_planned_while_the_tables_cannot_be_read(desk: Desk) -> None:
    deal = win(desk)
    desk.replace("Odd: no such class", "Odd: another")
    url = desk.stage.xero.access["url"]
    with before(Wire(change=torn), url) as through:
        desk.replace(url, through)
        ended = desk.run("run", "--json")
        assert ended.code == 6, ended
        (fault,) = ended.report["connections"]
        assert fault["name"] == "xero"
        assert "TaxRates" in fault["message"]
        assert desk.stage.xero.effects().get("Invoice") is None
        desk.replace(through, url)
    ended = desk.run("run", "--json")
    assert ended.code == 5, "the first plan of the changed mapping is still to be looked at"
    assert [one["guard"] for one in ended.report["stopped"]["guards"]] == ["mapping-change"]
    let_deals_through(desk)
    assert str(invoice(desk, deal)["Total"]) == "120.00"
