"""The page about money: what its examples and tables say is what the engine does."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from docs.pages import ROOT, blocks
from schemas.world import check
from tieout.language.codes import explain
from tieout.mapping.transforms.tax_number import checked
from tieout.model import Value
from tieout.money.currencies import exponent, known
from tieout.sync.memory import Memory
from tieout.sync.reconcile import reconcile
from tieout.sync.sight import Facts, Sight
from tieout.sync.words import Decision, Image, Link, State
from tieout.transform import Unconvertible

FILE = ROOT / "docs" / "money.md"
PAGE = FILE.read_text("utf-8")
AROUND = """mapping: shown
version: 1
between:
  crm: {{connection: salesforce, object: Account}}
  books: {{connection: xero, object: Contact}}
fields:
  - {rule}
"""
FACTS = Facts({}, lambda *_: None, lambda *_: None)


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n", maxsplit=1)[1].split("\n## ", maxsplit=1)[0]


def table(title: str, first: str) -> list[list[str]]:
    """Give the rows of the table of a section whose heading begins with `first`."""
    return table_of(section(title)[section(title).index(f"| {first} |") :])


def table_of(text: str) -> list[list[str]]:
    """Give the rows of the table that a text begins with."""
    found = []
    for line in text.splitlines()[2:]:
        if not line.startswith("|"):
            break
        found.append([cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    assert found
    return found


def mapping(title: str) -> str:
    start = PAGE[: PAGE.index(f"\n## {title}\n")].count("\n")
    return next(block.text for block in blocks(FILE) if block.kind == "yaml mapping" and block.line > start)


@pytest.mark.parametrize("row", table("Currencies", "currency"), ids=lambda row: row[0])
def test_sx40_the_decimals_of_the_page_are_those_of_the_engine(row: list[str]) -> None:
    for code in re.findall("[A-Z]{3}", row[0]):
        assert known(code)
        assert exponent(code) == (None if row[1] == "none" else int(row[1]))


@pytest.mark.parametrize("row", table("Currencies", "rule"), ids=lambda row: row[1][:40])
def test_sx43_the_checker_answers_as_the_page_says(row: list[str]) -> None:
    problems = check(AROUND.format(rule=row[0].strip("`"))).problems

    assert row[1] in [problem.message for problem in problems]


def test_sx43_a_record_in_two_currencies_is_held_as_the_page_shows() -> None:
    text = mapping("Currencies")
    deal = Image("d", State.PRESENT, {"CurrencyIsoCode": "EUR", "Xero_Total__c": None})
    drawn: dict[str, Value] = {"CurrencyCode": "GBP", "Total": Decimal(12), "Status": "DRAFT"}
    # As a rule the deal's currency is written first; here the invoice keeps its own.
    kept = check(
        mapping("Currencies").replace("from: crm.CurrencyIsoCode}", "from: crm.CurrencyIsoCode, only: create}")
    )
    found = reconcile(
        Sight(kept.mappings[0], (deal, Image("i", State.PRESENT, drawn)), FACTS, 1, Link(1, 1, "", ("d", "i"))),
        Memory(),
    )
    (hold,) = found.holds

    assert len(check(text).mappings) == 1
    assert f"{hold.code}: {hold.message}\n    way out: {hold.ways_out[0]}\n" in section("Currencies")


def rounded(amount: str) -> Decision:
    (deals,) = check(mapping("What cannot agree")).mappings
    line: dict[str, Value] = {"Name": "Tea", "Quantity": Decimal(1), "UnitPrice": Decimal("33.335")}
    rows: list[Value] = [{**line, "Id": f"l{number}"} for number in range(3)]
    total = None if amount == "blank" else Decimal(amount)
    deal: dict[str, Value] = {"CurrencyIsoCode": "GBP", "Amount": total, "OpportunityLineItems": rows}
    drawn: dict[str, Value] = {"CurrencyCode": "GBP", "LineItems": [], "SubTotal": None, "Status": "DRAFT"}
    images = (Image("d", State.PRESENT, deal), Image("i", State.PRESENT, drawn))
    return reconcile(Sight(deals, images, FACTS, 1, Link(1, 1, "", ("d", "i"))), Memory())


@pytest.mark.parametrize("row", table("What cannot agree", "the deal's amount"), ids=lambda row: row[0])
def test_a_rounding_line_is_what_the_page_says(row: list[str]) -> None:
    found = rounded(row[0])
    if row[1].startswith("held: "):
        assert [hold.message for hold in found.holds] == [row[1].removeprefix("held: ")]
        return
    assert not found.holds
    sent = [item.sent for operation in found.operations for rows in operation.lists for item in rows.items]
    extra = [line["UnitAmount"] for line in sent if line["Description"] == "Rounding"]
    assert extra == ([] if row[1] == "none" else [Decimal(row[1])])
    assert all(line["TaxType"] == "NONE" for line in sent if line["Description"] == "Rounding")


@pytest.mark.parametrize("row", table("Tax numbers", "number"), ids=lambda row: row[0])
def test_a_tax_number_is_judged_as_the_page_says(row: list[str]) -> None:
    number, country, kind, answer = row
    if answer == "right":
        assert checked(number, country or None, kind)
        return
    with pytest.raises(Unconvertible) as refused:
        checked(number, country or None, kind)
    assert str(refused.value) == answer


REFUSALS = [row for part in section("Refusals").split("| code |")[1:] for row in table_of("| code |" + part)]


def shown_at_the_command_line() -> str:
    """Give what the tests of the command line say, texts of several literals as one."""
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "tests" / "system" / "cli").glob("test_*.py"))]
    return re.sub(r'"\s*\n\s*f?"', "", "\n".join(texts))


def test_the_page_lists_many_refusals() -> None:
    assert len(REFUSALS) > 30


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: f"{row[0]} {row[1]}"[:60])
def test_every_refusal_of_the_page_is_shown_with_its_message_by_a_test(row: list[str]) -> None:
    code, words = row[0].strip("`"), row[2]

    assert explain(code) is not None
    assert words in shown_at_the_command_line()
