"""The page about money, on tax and rounding: each row of its tables is computed anew, each example carried out."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from docs.pages import blocks
from docs.test_money import FILE, section, table
from tieout.language.codes import codes
from tieout.model import Value
from tieout.money.allowed import Ledger, Sent, refusals
from tieout.money.chart import Account, Chart, Component, TaxRate, effective
from tieout.money.profiles import PROFILES, ROUNDINGS, profile_of
from tieout.money.tax import Entry, TaxTable
from tieout.money.tax_files import read_tax_file, shipped
from tieout.money.totals import predict
from tieout.problems import Position


def written(entry: Entry) -> str:
    """Write an entry as the page does."""
    percent = "" if entry.percent is None else f" {entry.percent}%"
    since = f" from {entry.since}" if entry.since else ""
    until = f" until {entry.until}" if entry.until else ""
    return f"{entry.type}{percent}{since if not entry.until else ''}{until}" + (" ?" if entry.verify else "")


def row_of(one: TaxTable) -> list[str]:
    fits = f"edition {', '.join(sorted(one.editions))}" if one.editions else f"country {', '.join(one.countries)}"
    found = [f"{name}: {written(entry)}" for name, entries in one.classes.items() for entry in entries]
    return [one.name, fits, "; ".join(found)]


def test_sx42_the_tables_of_the_page_are_those_that_ship() -> None:
    assert table("Tax", "table") == [row_of(one) for one in shipped()]


def test_a_table_of_ones_own_is_right(tmp_path: Path) -> None:
    (block,) = [block for block in blocks(FILE) if block.kind == "yaml tax"]
    (tmp_path / "ours.yaml").write_text(block.text, "utf-8")
    found, problems = read_tax_file(tmp_path, "ours.yaml", Position("tieout.yaml", 1, 1))
    assert problems == []
    assert found is not None
    assert [found.find("Deposit", day) for day in ("2026-06-30", "2026-07-01")] == list(found.classes["deposit"])


def test_every_code_of_the_page_is_explained() -> None:
    assert {row[0].strip("`") for row in table("Tax", "code")} <= set(codes())


def percent_of(cell: str) -> Decimal:
    return Decimal(cell.removesuffix("%"))


def predicted(lines: list[str], percent: Decimal, rounding: str, basis: str | None = None) -> dict[str, Value]:
    """Predict a document of lines of one each at a rate."""
    profile = profile_of("xero", rounding)
    assert profile is not None
    rows: list[Value] = [{"Quantity": Decimal(1), "UnitAmount": Decimal(line), "TaxType": "T"} for line in lines]
    chart = Chart(tax_rates={"T": TaxRate("T", "T", percent)})
    return predict({"LineAmountTypes": basis, "LineItems": rows}, profile, chart)


@pytest.mark.parametrize("row", table("Tax", "amounts"), ids=lambda row: " ".join(row[:3]))
def test_sx42_tax_is_what_the_page_says(row: list[str]) -> None:
    basis, line, percent, *figures = row
    made = predicted([line], percent_of(percent), "xero", basis)
    assert [made[name] for name in ("SubTotal", "TotalTax", "Total")] == [Decimal(one) for one in figures]


def test_compound_components_come_to_what_the_page_says() -> None:
    assert effective([Component("a", Decimal(6)), Component("b", Decimal(4), compound=True)]) == Decimal("10.24")
    assert "6% and 4% compound are 10.24%" in section("Tax")


def test_sx42_a_tax_type_of_another_edition_is_held_as_the_page_shows() -> None:
    sales = frozenset({"REVENUE"})
    rates = {code: TaxRate(code, code, Decimal(percent), applies=sales)
             for code, percent in (("OUTPUT2", "20"), ("RROUTPUT", "5"), ("ZERORATEDOUTPUT", "0"))}  # fmt: skip
    chart = Chart(base="GBP", tax_rates=rates, accounts={"200": Account("200", "Sales", "REVENUE", "REVENUE")})
    record: dict[str, Value] = {"LineItems": [{"AccountCode": "200", "TaxType": "ZERORATED"}]}
    (refusal,) = refusals(Sent(record, ("LineItems",), "2026-03-01"), Ledger("books", PROFILES["xero"], chart))
    assert refusal.code == "unknown-tax-type"
    assert f"{refusal.message}\n    way out: {refusal.ways_out[0]}\n" in section("Tax")


def test_sx42_the_profiles_of_the_page_are_those_of_the_engine() -> None:
    rows = {row[0].strip("`"): row[1] for row in table("Rounding", "profile")}
    assert rows == {name: one.meaning for name, one in ROUNDINGS.items()}


@pytest.mark.parametrize("row", table("Rounding", "lines"), ids=lambda row: row[0])
def test_sx42_the_published_vectors_are_what_the_page_says(row: list[str]) -> None:
    lines, percent, by_line, by_document = row[0].split(", "), percent_of(row[1]), row[2], row[3]
    assert predicted(lines, percent, "xero")["TotalTax"] == Decimal(by_line)
    assert predicted(lines, percent, "per_document")["TotalTax"] == Decimal(by_document)
