"""What a plan does to the books, as people read it: locales, decimals of currencies, columns, widths."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from tieout.errors import UsageError
from tieout.report.amounts import checked, written
from tieout.report.books_text import books_lines
from tieout.report.run_text import Styles

PLAIN = Styles(str, str, str, str, str)
EFFECT: Mapping[str, Mapping[str, Decimal]] = {
    "receivables": {"GBP": Decimal("1234.5"), "EUR": Decimal(-3), "JPY": Decimal(500)},
    "revenue": {"200 GBP": Decimal(1000), "by item EUR": Decimal("12.25")},
    "tax": {"OUTPUT2 GBP": Decimal("234.5")},
    "base": {"receivables GBP in GBP": Decimal("1234.5"), "receivables EUR in GBP": Decimal("-2.5")},
    "documents": {"new DRAFT": Decimal(40), "DRAFT changed": Decimal(1200)},
    "rates": {"1.2 EUR for 1 GBP of 2026-11-02 (ecb)": Decimal(1)},
    "unrated": {"JPY": Decimal(1)},
    "untold": {"tax GBP": Decimal(2)},
}


def test_t02_the_books_are_one_line_a_sum_under_one_another() -> None:
    assert (
        "\n".join(books_lines(EFFECT, PLAIN))
        == """\
on the books, once approved
  receivables              EUR      -3.00
  receivables              GBP  +1,234.50
  receivables              JPY       +500
  receivables in GBP       GBP  +1,232.00
  revenue 200              GBP  +1,000.00
  revenue by item          EUR     +12.25
  tax OUTPUT2              GBP    +234.50
  documents DRAFT changed           1,200
  documents new DRAFT                  40
  1 document at 1.2 EUR for 1 GBP of 2026-11-02 (ecb)
  not in base currency: 1 document in JPY, of which no rate is known
  cannot be told beforehand: tax of 2 documents in GBP"""
    )


def test_t02_the_page_about_money_shows_the_books_as_they_are() -> None:
    effect = {
        "receivables": {"GBP": Decimal(-800), "EUR": Decimal(120)},
        "revenue": {"200 EUR": Decimal(100)},
        "tax": {"OUTPUT2 GBP": Decimal(-800), "OUTPUT2 EUR": Decimal(20)},
        "base": {
            "receivables GBP in GBP": Decimal(-800),
            "receivables EUR in GBP": Decimal(96),
            "revenue 200 EUR in GBP": Decimal(80),
            "tax OUTPUT2 GBP in GBP": Decimal(-800),
            "tax OUTPUT2 EUR in GBP": Decimal(16),
        },
        "documents": {"new DRAFT": Decimal(1), "DRAFT changed": Decimal(40)},
        "rates": {"1.25 EUR for 1 GBP of 2026-11-02 (ecb)": Decimal(1)},
    }
    page = (Path(__file__).parents[3] / "docs" / "money.md").read_text("utf-8")
    assert "\n".join(books_lines(effect, PLAIN)) in page


def test_t02_base_currency_alone_is_not_told_twice() -> None:
    effect = {"receivables": {"GBP": Decimal(5)}, "base": {"receivables GBP in GBP": Decimal(5)}}
    assert [line.split() for line in books_lines(effect, PLAIN)][1:] == [["receivables", "GBP", "+5.00"]]


@pytest.mark.parametrize("width", [80, 120])
def test_t02_the_longest_names_and_amounts_fit_a_terminal(width: int) -> None:
    effect = {"revenue": {f"{'4' * 60} GBP": Decimal("9999999999999.99")}, "tax": {f"{'T' * 60} JPY": Decimal(1)}}
    assert max(map(len, books_lines(effect, PLAIN))) <= width


def test_nothing_is_said_of_books_that_do_not_change() -> None:
    assert list(books_lines({"receivables": {"GBP": Decimal(0)}}, PLAIN)) == []


@pytest.mark.parametrize(
    ("locale", "amount", "currency", "text"),
    [
        ("en", "1234567.5", "GBP", "1,234,567.50"),
        ("de", "-1234567.5", "EUR", "-1.234.567,50"),
        ("de-CH", "1234.5", "CHF", "1’234.50"),  # noqa: RUF001  # the Swiss separator is this apostrophe
        ("en_IN", "1234567", "INR", "12,34,567.00"),
        ("en", "500", "JPY", "500"),
        ("en", "100.5", "JPY", "100.5"),
        ("en", "1.2345", "KWD", "1.2345"),
        ("en", "1.2", "KWD", "1.200"),
        ("en", "1E+6", "GBP", "1,000,000.00"),
        ("en", "0", "base currency", "0.00"),
    ],
)
def test_an_amount_has_its_currencys_decimals_and_is_never_rounded(
    locale: str, amount: str, currency: str, text: str
) -> None:
    assert written(Decimal(amount), currency, locale) == text


def test_a_locale_that_is_none_is_named_with_what_is_near() -> None:
    assert checked("pt_BR") == "pt_BR"
    with pytest.raises(UsageError, match="did you mean de"):
        checked("dee")
