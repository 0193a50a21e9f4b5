"""The plan in money, and guards on it: what a changed tax code does to forty drafts, and who lets it through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk
from system.cli.test_deals import made, query, set_stage
from system.cli.test_guards import guards, in_shell, stopped
from system.cli.test_running import valid
from system.northwind.stage import sandbox

CODES = 'settings: {revenue_code: "200"}\ntables: {tax_types: {Standard: OUTPUT2}}\n'
OPEN = "guards: {creates: 200, updates: 200, share: 100%"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own, with one customer in both systems."""
    with sandbox() as running:
        one = Desk(tmp_path, running)
        one.write(CODES + OPEN + "}\n")
        one.account("Acme", "A1")
        one.let_through()
        yield one


def product(desk: Desk, *, price: int = 100, currency: str = "GBP") -> tuple[str, str]:
    """Make a product of the standard tax class; gives the price book and the entry in it."""
    (book,) = query(desk, "SELECT Id FROM Pricebook2 WHERE IsStandard = true")
    one = made(desk, "Product2", Name="Tea", ProductCode="TEA", IsActive=True, Tax_Class__c="Standard")
    listed = {"UnitPrice": price, "IsActive": True, "CurrencyIsoCode": currency}
    return str(book["Id"]), made(desk, "PricebookEntry", Product2Id=one, Pricebook2Id=book["Id"], **listed)


def deals(desk: Desk, many: int, *, currency: str = "GBP") -> list[str]:
    """Win deals of one line of 100 each."""
    (account,) = query(desk, "SELECT Id FROM Account")
    book, entry = product(desk, currency=currency)
    won = []
    for number in range(many):
        deal = desk.deal(
            f"Deal {number:02}", account["Id"], StageName="Prospecting", Pricebook2Id=book, CurrencyIsoCode=currency
        )
        made(desk, "OpportunityLineItem", OpportunityId=deal, PricebookEntryId=entry, Quantity=1, UnitPrice=100)
        set_stage(desk, deal, "Closed Won")
        won.append(deal)
    return won


def guard(desk: Desk, money: str) -> None:
    desk.replace(OPEN + "}\n", f"{OPEN}, money: {money}}}\n")


def settle(desk: Desk) -> None:
    """Run until nothing is stopped."""
    ended = desk.run("run", "--json")
    if ended.code == 5:
        assert desk.run(*ended.report["stopped"]["command"].split()[1:]).code == 0
        ended = desk.run("run", "--json")
    assert ended.code == 0, ended


def drafts(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.stage.xero.read("/api.xro/2.0/Invoices", page="1")["Invoices"]
    return found


def books(text: str) -> list[list[str]]:
    """Give the words of the lines about the books."""
    told = text.split("on the books, once approved\n")[1].splitlines()
    return [line.split() for line in told if line.startswith("  ")]


def test_t02_a_changed_tax_code_on_40_drafts_shows_the_tax_delta_and_is_stopped(desk: Desk) -> None:
    deals(desk, 40)
    settle(desk)
    assert {(one["Total"], one["TotalTax"]) for one in drafts(desk)} == {(120, 20)}
    desk.replace("Standard: OUTPUT2", "Standard: ZERORATEDOUTPUT")
    guard(desk, "{tax: GBP 500}")
    desk.stage.reset()

    planned = desk.run("plan")
    assert books(planned.out)[:3] == [
        ["receivables", "GBP", "-800.00"],
        ["tax", "OUTPUT2", "GBP", "-800.00"],
        ["documents", "DRAFT", "changed", "40"],
    ]
    assert "stopped  invoices: tax would move by GBP 800, up and down added up, and at most GBP 500" in planned.out
    assert max(len(line) for line in planned.out.splitlines() if line.startswith(("  receiv", "  tax", "  doc"))) <= 80

    stop = stopped(desk.run("run", "--json"))
    assert guards(stop) == {"mapping-change", "money-tax"}
    assert (stop["count"], desk.stage.xero.effects()) == (40, {})
    shown = valid("plan", desk.run("plan", "--show", stop["plan"][:12], "--json").report)
    assert shown["effect"]["tax"] == {"OUTPUT2 GBP": "-800"}
    assert shown["effect"]["documents"] == {"DRAFT changed": "40"}
    assert {one["effect"]["tax OUTPUT2 GBP"] for one in shown["operations"]} == {"-20"}
    assert guards(stopped(desk.run("apply", stop["plan"][:12], "--allow", "mapping-change", "--json"))) == guards(stop)

    pasted = in_shell(desk, stop["command"], desk.folder)
    assert pasted.code == 0, pasted
    assert {(one["Total"], one["TotalTax"]) for one in drafts(desk)} == {(100, 0)}
    (allowed,) = desk.run("audit", "log", "--kind", "allowed", "--json").report[-1:]
    assert allowed["about"]["guards"] == ["mapping-change", "money-tax"]
    assert allowed["about"]["who"]


@pytest.mark.extended
def test_t04_money_that_goes_to_and_fro_between_accounts_is_no_change_of_nothing(desk: Desk) -> None:
    deals(desk, 3)
    settle(desk)
    desk.replace('settings: {revenue_code: "200"}', 'settings: {revenue_code: "260"}')
    guard(desk, "{revenue: GBP 599, receivables: GBP 1}")
    stop = stopped(desk.run("run", "--json"))
    (money,) = (one for one in stop["guards"] if one["guard"].startswith("money"))
    assert money["guard"] == "money-revenue"
    assert "revenue would move by GBP 600, up and down added up" in money["message"]
    planned = books(desk.run("plan").out)
    assert ["revenue", "200", "GBP", "-300.00"] in planned
    assert ["revenue", "260", "GBP", "+300.00"] in planned


@pytest.mark.extended
def test_t04_money_in_a_currency_of_which_no_rate_is_known_stops(desk: Desk) -> None:
    guard(desk, "{receivables: GBP 100000}")
    deals(desk, 2, currency="EUR")
    stop = stopped(desk.run("run", "--json"))
    (money,) = (one for one in stop["guards"] if one["guard"] == "money-receivables")
    assert "EUR 240, and EUR has no limit, and no rate to the base currency is known" in money["message"]
    assert "give guards.money.receivables an amount in EUR" in money["message"]
    desk.replace("{receivables: GBP 100000}", "{receivables: [GBP 100000, EUR 240]}")
    through = desk.run("run", "--json")
    assert through.code != 5 or "money-receivables" not in guards(through.report["stopped"])


@pytest.mark.extended
def test_t04_voids_have_a_guard_of_their_own(desk: Desk) -> None:
    desk.replace(
        "- use: salesforce-xero\n",
        "- {use: salesforce-xero, change: {invoices: {delete: {books: void, crm: keep}}}}\n",
    )
    desk.replace(OPEN, OPEN + ", deletes: 100")
    won = deals(desk, 2)
    settle(desk)
    for one in drafts(desk):
        desk.stage.xero.order("approve", invoice=one["InvoiceID"])
    settle(desk)
    for deal in won:
        assert desk.stage.salesforce.http.delete(f"/services/data/v66.0/sobjects/Opportunity/{deal}").status_code == 204
    stop = stopped(desk.run("run", "--json"))
    assert guards(stop) == {"voids"}
    assert stop["guards"][0]["message"] == "2 voids, and none is allowed"
    planned = books(desk.run("plan").out)
    assert ["documents", "AUTHORISED", "voided", "2"] in planned
    assert ["receivables", "GBP", "-240.00"] in planned
    assert in_shell(desk, stop["command"], desk.folder).code == 0
    assert {one["Status"] for one in drafts(desk)} == {"VOIDED"}


@pytest.mark.extended
def test_t02_amounts_are_written_as_people_write_them_and_data_is_not(desk: Desk) -> None:
    deals(desk, 12)
    english, german = desk.run("plan"), desk.run("plan", "--locale", "de")
    assert ["receivables", "GBP", "+1,440.00"] in books(english.out)
    assert ["receivables", "GBP", "+1.440,00"] in books(german.out)
    shown = ("plan", "--show", english.out.split()[1], "--json")
    assert desk.run(*shown).report == desk.run(*shown, "--locale", "de").report
    assert desk.run("plan", env={"TIEOUT_LOCALE": "de_CH"}).out.count("1’440.00") > 0  # noqa: RUF001  # Swiss
    wrong = desk.run("plan", "--locale", "dee")
    assert wrong.code == 2
    assert "there is no locale 'dee'; did you mean de" in wrong.err
    desk.replace(OPEN, "locale: fr\n" + OPEN)
    assert "+1\u202f440,00" in desk.run("plan").out


@pytest.mark.extended
def test_t02_foreign_documents_count_in_base_currency_at_a_rate_that_is_named(desk: Desk) -> None:
    (desk.folder / "rates.csv").write_text("date,currency,base,rate\n2026-11-01,EUR,GBP,1.25\n", "utf-8")
    desk.replace(OPEN + "}\n", f"{OPEN}, money: {{receivables: GBP 191}}}}\nrates: {{chain: [{{file: rates.csv}}]}}\n")
    deals(desk, 2, currency="EUR")
    told = books(desk.run("plan").out)
    assert ["receivables", "EUR", "+240.00"] in told
    assert ["receivables", "in", "GBP", "GBP", "+192.00"] in told
    assert " ".join(told[-1]).startswith("2 documents at 1.25 EUR for 1 GBP of 2026-11-01")
    stop = stopped(desk.run("run", "--json"))
    (money,) = (one for one in stop["guards"] if one["guard"] == "money-receivables")
    assert "EUR 240 (GBP 192), up and down added up, and at most GBP 191 is allowed" in money["message"]
