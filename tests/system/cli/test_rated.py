"""Exchange rates at the command line: which source gives one, what is held without one, and what the log keeps."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from system.cli.desk import Desk, run_tieout
from system.cli.test_deals import crm, let_deals_through, query
from system.forked import Ended
from system.northwind.stage import sandbox

RULE = "{books: CurrencyRate, from: crm.CurrencyIsoCode, as: {rate: {at: crm.CloseDate}}}"
MAPPED = "    change:\n      invoices:\n        fields:\n          - "
SUNDAY = "2026-10-25"
FRIDAY = "2026-10-23"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A project on a sandbox of its own, with one customer in both systems."""
    with sandbox() as running:
        one = Desk(tmp_path, running)
        one.write()
        one.account("Acme", "A1")
        one.let_through()
        yield one


def rated(desk: Desk, chain: str, *, rule: str = RULE, more: str = "") -> None:
    """Have the invoices' rate mapped, and name the sources."""
    desk.yaml.write_text(f"{desk.yaml.read_text('utf-8')}{MAPPED}{rule}\nrates: {{chain: {chain}{more}}}\n", "utf-8")


def table(desk: Desk, *lines: str) -> None:
    (desk.folder / "rates.csv").write_text("\n".join(["date,currency,base,rate", *lines, ""]), "utf-8")


def win(desk: Desk, currency: str = "EUR", **fields: Any) -> str:
    (account,) = query(desk, "SELECT Id FROM Account WHERE Name = 'Acme'")
    return desk.deal(f"Tea in {currency}", account["Id"], CurrencyIsoCode=currency, **fields)


def invoice(desk: Desk, deal: str) -> dict[str, Any]:
    row: dict[str, Any] = desk.stage.xero.read(f"/api.xro/2.0/Invoices/{crm(desk, deal)['Xero_Invoice_ID__c']}")
    return dict(row["Invoices"][0])


def own_rate(desk: Desk, currency: str, day: str) -> Decimal:
    """Give the rate that the ledger takes by itself."""
    return Decimal(desk.stage.xero.order("rates", currency=currency, date=day)["rate"])


def held(desk: Desk) -> dict[str, Any]:
    """Run, expect that no invoice is made, and give the only hold."""
    desk.stage.reset()
    ended = desk.run("run", "--json")
    if ended.code == 5:
        assert desk.run(*ended.report["stopped"]["command"].split()[1:]).code in {0, 3}
        ended = desk.run("run", "--json")
    assert ended.code in {0, 3}, ended
    assert desk.stage.xero.effects().get("Invoice") is None
    (hold,) = desk.run("status", "--json").report["holds"]
    return dict(hold)


def resting(desk: Desk) -> list[dict[str, str]]:
    """Give what the rates of all invoices that were made rest on, as the log keeps it."""
    entries = desk.run("audit", "log", "--kind", "intent", "--json").report
    kept = [one["about"].get("evidence", {}) for one in entries]
    return [one["books.CurrencyRate"] for one in kept if "books.CurrencyRate" in one]


def test_sx40_a_euro_deal_in_a_ledger_of_pounds_is_a_euro_invoice_without_a_rate_of_ours(desk: Desk) -> None:
    deal = win(desk, CloseDate=SUNDAY)
    let_deals_through(desk)
    made = invoice(desk, deal)
    assert (made["CurrencyCode"], made["SubTotal"]) == ("EUR", Decimal("100.00"))
    assert made["CurrencyRate"] == own_rate(desk, "EUR", SUNDAY)
    assert resting(desk) == []


@pytest.mark.extended
def test_sx41_a_weekend_has_the_rate_of_friday_and_the_log_says_so(desk: Desk) -> None:
    rated(desk, "[document, ecb]")
    deal = win(desk, CloseDate=SUNDAY)
    let_deals_through(desk)
    (told,) = resting(desk)
    assert told == {
        "pair": "EUR/GBP", "rate": told["rate"], "date": FRIDAY, "source": "ecb", "age_days": "2", "note": "indicative",
    }  # fmt: skip
    assert invoice(desk, deal)["CurrencyRate"] == Decimal(told["rate"]).quantize(Decimal("0.000001"))
    assert invoice(desk, deal)["CurrencyRate"] != own_rate(desk, "EUR", SUNDAY)

    (entry,) = [
        one
        for one in desk.run("audit", "log", "--kind", "settled", "--json").report
        if "books.CurrencyRate" in one["about"].get("evidence", {})
    ]
    shown = desk.run("audit", "show", str(entry["seq"])).out
    assert f"rests on     books.CurrencyRate  {told['rate'][:9]}" in shown
    assert f"EUR for 1 GBP of {FRIDAY} (ecb, 2 days old, indicative)" in shown


@pytest.mark.extended
def test_sx41_the_plan_shows_the_rate_and_its_source(desk: Desk) -> None:
    table(desk, "2026-11-02,EUR,GBP,1.1734")
    rated(desk, "[{file: rates.csv}, ecb]")
    win(desk)
    planned = desk.run("plan", "--json")
    (create,) = [one for one in planned.report["operations"] if one["do"] == "create in books"]
    told = create["fields"]["books.CurrencyRate"]
    assert told["evidence"] == "1.1734 EUR for 1 GBP of 2026-11-02 (rates.csv, of the day)"
    assert Decimal(str(told["after"])) == Decimal("1.1734")
    assert told["evidence"] in desk.run("plan").out


@pytest.mark.extended
def test_sx41_the_next_source_is_asked_and_the_next_run_asks_again(desk: Desk) -> None:
    rated(desk, "[document, {file: rates.csv}, ecb]")
    table(desk, "2026-11-02,EUR,GBP,1.1734")
    deal = win(desk, "ARS")
    hold = held(desk)
    assert (hold["code"], hold["rule"]) == ("no-rate", "books.CurrencyRate")
    assert hold["message"] == (
        "no rate of ARS for 1 GBP on 2026-11-02 can be used: document: the record in hand carries no rate of its own; "
        "rates.csv: it has no rate of ARS against GBP; ecb: the bank does not quote ARS"
    )
    assert any("a line in a table file" in way for way in hold["ways_out"])
    assert "no exchange rate" in desk.run("help", "no-rate").out

    table(desk, "2026-10-29,ARS,GBP,1834.25")
    let_deals_through(desk)
    assert invoice(desk, deal)["CurrencyRate"] == Decimal("1834.25")
    assert desk.run("status", "--json").report["holds"] == []


@pytest.mark.extended
def test_sx41_a_stale_rate_stops_until_a_person_lets_rates_be_older(desk: Desk) -> None:
    table(desk, "2026-10-20,EUR,GBP,1.1734")
    rated(desk, "[{file: rates.csv}]")
    deal = win(desk)
    hold = held(desk)
    assert hold["code"] == "stale-rate"
    assert "rates.csv: its last rate (1.1734) is of 2026-10-20, 13 days old; stale_after is 7d" in hold["message"]

    desk.replace("[{file: rates.csv}]", "[{file: rates.csv}], stale_after: 14d")
    let_deals_through(desk)
    assert invoice(desk, deal)["CurrencyRate"] == Decimal("1.1734")
    (told,) = resting(desk)
    assert (told["date"], told["age_days"]) == ("2026-10-20", "13")


@pytest.mark.extended
def test_sx41_salesforces_own_rates_are_of_the_day_on_which_they_were_set(desk: Desk) -> None:
    rated(desk, "[salesforce]")
    today = query(desk, "SELECT SystemModstamp FROM CurrencyType WHERE IsoCode = 'EUR'")[0]["SystemModstamp"][:10]
    (euro,) = query(desk, "SELECT ConversionRate FROM CurrencyType WHERE IsoCode = 'EUR'")
    late = win(desk, CloseDate=today)
    let_deals_through(desk)
    assert invoice(desk, late)["CurrencyRate"] == Decimal(str(euro["ConversionRate"]))
    assert resting(desk)[0]["source"] == "salesforce"
    win(desk, "USD")
    assert f"salesforce: its first rate of USD/GBP is of {today}" in held(desk)["message"]


@pytest.mark.extended
def test_sx41_what_the_ledger_put_on_its_documents_is_a_source(desk: Desk) -> None:
    first = win(desk, CloseDate=FRIDAY)
    let_deals_through(desk)
    by_ledger = invoice(desk, first)["CurrencyRate"]
    rated(desk, "[xero]")
    second = win(desk, CloseDate=SUNDAY)
    let_deals_through(desk)
    assert invoice(desk, second)["CurrencyRate"] == by_ledger
    (told,) = resting(desk)
    assert (told["source"], told["date"]) == ("xero", FRIDAY)
    assert told["note"] == "as its documents of that day carry it"


@pytest.mark.extended
def test_sx40_a_rate_of_one_is_refused_whatever_it_came_from(desk: Desk) -> None:
    (euro,) = query(desk, "SELECT Id, SystemModstamp FROM CurrencyType WHERE IsoCode = 'EUR'")
    one = {"ConversionRate": 1, "IsActive": True}
    desk.stage.salesforce.order("edit", object="CurrencyType", id=euro["Id"], fields=one)
    rated(desk, "[salesforce]")
    deal = win(desk, CloseDate=euro["SystemModstamp"][:10])
    hold = held(desk)
    assert hold["code"] == "no-rate"
    assert "salesforce: it gives exactly 1 for EUR against GBP, which no foreign document has" in hold["message"]

    desk.replace(RULE, "{books: CurrencyRate, value: 1}")
    hold = held(desk)
    assert hold["code"] == "rate-of-one"
    assert hold["message"] == (
        "books.CurrencyRate would be exactly 1 for a document in EUR, and the books are kept in GBP"
    )
    desk.replace("{books: CurrencyRate, value: 1}", "{books: CurrencyRate, value: 1.25}")
    let_deals_through(desk)
    assert invoice(desk, deal)["CurrencyRate"] == Decimal("1.25")


@pytest.mark.extended
def test_sx40_a_document_in_base_currency_needs_no_rate(desk: Desk) -> None:
    rated(desk, "[{file: rates.csv}]")
    table(desk)
    deal = win(desk, "GBP")
    let_deals_through(desk)
    assert invoice(desk, deal)["CurrencyRate"] == 1
    assert desk.run("run").code == 0
    assert resting(desk) == []


LINES = """\
    change:
      invoices:
        lists:
          - books: LineItems
            from: "[crm.{Id: Id, Text: Name, UnitPrice: Amount}]"
            key: {crm: Id, books: LineItemID}
            extra: review
            fields:
              - {books: Description, from: crm.Text}
              - {books: Quantity, value: 1}
              - {books: AccountCode, from: settings.revenue_code}
              - books: UnitAmount
                from: crm.UnitPrice
                as: {convert: {at: parent.crm.CloseDate, from: parent.crm.CurrencyIsoCode, to: GBP}}
        fields:
          - {books: CurrencyCode, value: GBP}
          - {crm: Xero_Subtotal__c, from: books.SubTotal, as: convert}
          - {crm: Xero_Total__c, from: books.Total, as: convert}
          - {crm: Amount_Paid__c, from: books.AmountPaid, as: convert}
          - {crm: Amount_Credited__c, from: books.AmountCredited, as: convert}
          - {crm: Amount_Due__c, from: books.AmountDue, as: convert}
rates: {chain: [{file: rates.csv}]}
"""


@pytest.mark.extended
def test_sx41_euro_deals_are_invoiced_in_pounds_at_the_rate_of_their_day(desk: Desk) -> None:
    table(desk, "2026-11-02,EUR,GBP,1.25", "2026-11-02,NOK,GBP,13.6")
    desk.yaml.write_text(desk.yaml.read_text("utf-8") + LINES, "utf-8")
    deals = {code: win(desk, code, Amount=100) for code in ("EUR", "NOK", "GBP")}
    let_deals_through(desk)
    totals = {code: invoice(desk, deal)["SubTotal"] for code, deal in deals.items()}
    assert totals == {"EUR": Decimal("80.00"), "NOK": Decimal("7.35"), "GBP": Decimal("100.00")}
    assert {invoice(desk, deal)["CurrencyCode"] for deal in deals.values()} == {"GBP"}
    assert [crm(desk, deals[code])["Xero_Subtotal__c"] for code in deals] == [100.0, 99.96, 100.0]
    log = desk.run("audit", "log", "--kind", "intent", "--json").report
    used = [one["about"]["evidence"] for one in log if "evidence" in one["about"]]
    there = [one["books.LineItems[].UnitAmount"]["pair"] for one in used if "books.LineItems[].UnitAmount" in one]
    back = [one["crm.Xero_Subtotal__c"]["pair"] for one in used if "crm.Xero_Subtotal__c" in one]
    assert (sorted(there), sorted(back)) == (["EUR/GBP", "NOK/GBP"], ["GBP/EUR", "GBP/NOK"])
    assert desk.run("run").code == 0


# --- check ----------------------------------------------------------------------------------------------------------


PLAIN = """\
tieout: 1
project: p
connections:
  salesforce: {{adapter: salesforce}}
  xero: {{adapter: xero}}
rates: {chain}
mappings: [{{use: salesforce-xero}}]
"""


def checked(folder: Path, chain: str, **files: str) -> Ended:
    text = PLAIN.format(chain=chain)
    (folder / "tieout.yaml").write_text(text, "utf-8")
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, "utf-8")
    return run_tieout(("check",), folder)


def test_a_table_of_rates_is_checked_line_by_line(tmp_path: Path) -> None:
    csv = (
        'Date, Currency, Base, Rate\n2026-11-02,EUR,GBP,1.25\n02.11.2026,EUR,GBP,1.25\n2026-11-02,EUR,GBP,"1,25"\n'
        "2026-11-02,EUX,GBP,1.25\n2026-11-02,EUR,GBP,1\n2026-11-02,EUR,GBP,1.26\n2026-11-02,USD,GBP,0\n2026-11-02,USD\n2026-11-02,USD,GBP,1E+999999\n"
    )
    ended = checked(tmp_path, "{chain: [{file: rates.csv}]}", rates_csv=csv)
    assert ended.code == 2, ended
    told = ended.out + ended.err
    for place, words in (
        ("rates.csv:3:1", "'02.11.2026' is no date"),
        ("rates.csv:4:1", "'1,25' is no rate"),
        ("rates.csv:5:1", "'EUX' is no currency of ISO 4217"),
        ("rates.csv:6:1", "1 EUR is never exactly 1 GBP"),
        ("rates.csv:7:1", "EUR against GBP on 2026-11-02 has another rate in line 2"),
        ("rates.csv:8:1", "'0' is no rate"),
        ("rates.csv:9:1", "this line has 2 cells, and the first one 4"),
        ("rates.csv:10:1", "'1E+999999' is no rate"),
    ):
        assert f"{place}  error[wrong-rate]  {words}" in told


def test_a_table_in_yaml_is_checked_too(tmp_path: Path) -> None:
    yaml = (
        "rates:\n  - {date: 2026-11-02, currency: EUR, base: GBP, rate: 1.25}\n"
        "  - {date: 2026-11-02, curency: USD, base: GBP, rate: 1.27}\n"
        "  - {date: soon, currency: USD, base: GBP, rate: 1.3}\n"
    )
    ended = checked(tmp_path, "{chain: [{file: rates.yaml}]}", rates_yaml=yaml)
    told = ended.out + ended.err
    assert ended.code == 2, ended
    assert "rates.yaml:3:5  error[wrong-rate]  a rate has the keys date, currency, base, rate, and not curency" in told
    assert "rates.yaml:4:12  error[wrong-rate]  'soon' is no date" in told


@pytest.mark.parametrize(
    ("chain", "code", "words"),
    [
        ("{chain: [ebc]}", "unknown-rate-source", "there is no source of rates ebc"),
        ("{chain: [document, ecb, ecb]}", "given-twice", "the chain names ecb twice"),
        ("{chain: [{file: rates.csv}]}", "unreadable-file", "there is no file rates.csv"),
        ("{chain: [{fil: rates.csv}]}", "unknown-key", "fil"),
        ("{chain: [ecb], stale_after: 24h}", "wrong-form", "a number of days"),
        ("{stale_afer: 3d}", "unknown-key", "stale_afer"),
    ],
)
def test_a_wrong_chain_stops_the_check(tmp_path: Path, chain: str, code: str, words: str) -> None:
    ended = checked(tmp_path, chain)
    assert ended.code == 2, ended
    assert f"error[{code}]" in ended.out + ended.err
    assert words in ended.out + ended.err


def test_a_misspelt_source_is_told_with_the_right_one(tmp_path: Path) -> None:
    told = checked(tmp_path, "{chain: [ebc]}").out
    assert "ecb" in told
    assert "there are: document, ecb, salesforce, xero, and {file: …}" in told


@pytest.mark.extended
def test_a_rule_that_needs_rates_needs_a_chain(desk: Desk) -> None:
    desk.yaml.write_text(f"{desk.yaml.read_text('utf-8')}{MAPPED}{RULE}\n", "utf-8")
    ended = desk.run("check")
    assert ended.code == 2, ended
    assert "error[no-rate-chain]  books.CurrencyRate needs an exchange rate" in ended.out


def test_a_pair_of_amounts_is_refused_with_what_it_would_lose(desk: Desk) -> None:
    rated(desk, "[ecb]", rule="{crm: Amount, books: CurrencyRate, as: convert}")
    ended = desk.run("check")
    assert ended.code == 2, ended
    assert "a converted amount cannot be converted back: at 0.7" in ended.out
    assert "error[lossy-pair]  a converted amount" in ended.out
    assert "22.7 % of all amounts come back as another one" in ended.out
