"""Expressions: what they give, what they read, what they refuse."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path as File

import jmespath
import pytest

from tieout.mapping.compiled import ExpressionFailed, Undecided, holds
from tieout.mapping.expressions import CompiledExpression, parse
from tieout.mapping.guards import unguarded
from tieout.model import Value

ROOTS = frozenset({"crm", "books", "item", "link", "pick", "rollup", "settings", "run", "parent"})


def compiled(text: str, *, items: frozenset[str] = frozenset()) -> CompiledExpression:
    parsed = parse(text, ROOTS, items=items)
    assert isinstance(parsed.expression, CompiledExpression), parsed.problems
    assert not parsed.problems
    return parsed.expression


def value(text: str, **scope: Value) -> Value:
    return compiled(text)(scope)


WON: Value = {
    "Type": "Customer - Direct",
    "Amount": Decimal("5.10"),
    "IsWon": True,
    "Nothing": None,
    "Zero": Decimal(0),
    "CloseDate": "2026-03-01",
    "addresspostcode/zip": "SW1A 1AA",
    "Account": {"Payment_Days__c": Decimal(14), "Name": None},
    "Gone": None,
    "Contacts": [
        {"Id": "2", "Email": "b@x.example", "CreatedDate": "2026-02-01"},
        {"Id": "3", "Email": None, "CreatedDate": "2026-01-01"},
        {"Id": "1", "Email": "a@x.example", "CreatedDate": "2026-01-15"},
    ],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("crm.Type", "Customer - Direct"),
        ("crm.Account.Payment_Days__c", Decimal(14)),
        ("crm.Gone.Name", None),
        ('crm."addresspostcode/zip"', "SW1A 1AA"),
        ("crm.Amount == `5.1`", True),
        ("crm.Amount == `5.10`", True),
        ("crm.Amount > `5.09` && crm.Amount < `5.11`", True),
        ("crm.Amount == '5.10'", False),
        ("crm.CloseDate < '2026-02-01'", False),
        ("crm.CloseDate >= settings.go_live && !(crm.Amount < `0`)", True),
        ("crm.Nothing == `null`", True),
        ("crm.Nothing < `5`", None),
        ("!crm.IsWon", False),
        ("!crm.Account.Name", True),
        ("!crm.Contacts[0].Email", False),
        ("!!crm.IsWon", True),
        ("!crm.Contacts[?Email].Id", False),
        ("crm.IsWon == `1`", False),
        ("contains(settings.types, crm.Type)", True),
        ("contains(settings.types, crm.Nothing)", None),
        ("!contains(['PAID', 'VOIDED'], crm.Type)", True),
        ("sort_by(crm.Contacts[?Email], &CreatedDate) | [0].Id", "1"),
        ("max_by(crm.Contacts, &CreatedDate).Id", "2"),
        ("min_by(crm.Contacts, &Email).Id", "1"),
        ("length(crm.Contacts)", Decimal(3)),
        ("length(crm.Nothing)", None),
        ("join(', ', crm.Contacts[*].Email)", "b@x.example, a@x.example"),
        ("join(', ', [crm.Type, crm.Nothing])", "Customer - Direct"),
        ("join(', ', crm.Nothing)", None),
        ("sum([`1.10`, `2.20`, crm.Nothing])", Decimal("3.30")),
        ("sum(crm.Contacts[?Id == 'none'].Id)", Decimal(0)),
        ("sum(crm.Nothing)", None),
        ("max([`1.5`, crm.Amount, crm.Nothing])", Decimal("5.10")),
        ("max(crm.Contacts[?Id == 'none'].Id)", None),
        ("sort([`3`, `1`, `2.5`])", [Decimal(1), Decimal("2.5"), Decimal(3)]),
        ("not_null(crm.Nothing, crm.Zero, crm.Amount)", Decimal(0)),
        ("get(crm.Account, settings.field)", Decimal(14)),
        ("get(crm.Gone, settings.field)", None),
        ("keys(crm.Account)", ["Payment_Days__c", "Name"]),
        ("reverse(crm.Type)", "tceriD - remotsuC"),
        ("starts_with(crm.Type, 'Customer') && ends_with(crm.Type, 'Direct')", True),
        ("crm.Contacts || [crm.{Id: Type}]", WON["Contacts"] if isinstance(WON, dict) else None),
        ("crm.Gone || [crm.{Id: Type, Quantity: `1`}]", [{"Id": "Customer - Direct", "Quantity": Decimal(1)}]),
        ("settings.split && crm.Contacts[].not_null(Email, 'none') || ['all']", ["all"]),
        ("books.Status", None),
        ("books && books.Status != 'DRAFT'", None),
        ("crm.Type == 'it\\'s'", False),
    ],
)
def test_what_an_expression_gives(text: str, expected: Value) -> None:
    settings: Value = {
        "types": ["Customer - Direct"],
        "go_live": "2000-01-01",
        "field": "Payment_Days__c",
        "split": False,
    }
    assert value(text, crm=WON, books=None, settings=settings) == expected


def test_a_number_literal_never_goes_through_a_float() -> None:
    assert value("crm.N == `0.1000000000000000055511151231257827`", crm={"N": Decimal("0.1")}) is False
    assert value("[`1.10`]", crm=None) == [Decimal("1.10")]
    assert str(value("[`1.10`] | [0]", crm=None)) == "1.10"


def test_zero_holds_and_blanks_do_not() -> None:
    assert holds(value("crm.Zero", crm=WON))
    assert not holds(value("crm.Nothing", crm=WON))
    assert value("!crm.Zero", crm=WON) is False


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("crm.Type", {"crm": {"Type"}}),
        ("crm.Account.Name == settings.x", {"crm": {"Account.Name"}, "settings": {"x"}}),
        ("books && books.Status != 'DRAFT'", {"books": {"Status"}}),
        ("sum(books.LineItems[].LineAmount)", {"books": {"LineItems", "LineItems.LineAmount"}}),
        ("books.LineItems[*].Item.Code", {"books": {"LineItems", "LineItems.Item.Code"}}),
        ("crm.Lines[?Qty > `2`].Price", {"crm": {"Lines", "Lines.Qty", "Lines.Price"}}),
        (
            "sort_by(crm.Contacts[?Email], &CreatedDate) | [0].Id",
            {"crm": {"Contacts", "Contacts.Email", "Contacts.CreatedDate", "Contacts.Id"}},
        ),
        (
            "crm.Lines || [crm.{Id: Id, Name: Account.Name, One: `1`}]",
            {"crm": {"Lines", "Id", "Account.Name"}},
        ),
        ("get(crm.Account, 'Name')", {"crm": {"Account.Name"}}),
        ("get(pick.main, settings.field)", {"pick": {"main"}, "settings": {"field"}}),
        ("(crm.A || crm.B).C", {"crm": {"A.C", "B.C"}}),
        ("not_null(crm.A, crm.B).C", {"crm": {"A.C", "B.C"}}),
        ("crm.Addresses.*.City", {"crm": {"Addresses", "Addresses.City"}}),
        ("crm.A.[B, C.D]", {"crm": {"A.B", "A.C.D"}}),
        ("!crm.A.B && crm.C < `1`", {"crm": {"A.B", "C"}}),
        ('crm."a.b"', {"crm": {'"a.b"'}}),
        ("parent.crm.Account.Region == 'EU'", {"parent": {"crm.Account.Region"}}),
        ("crm.Lines[].Parts[].Code", {"crm": {"Lines", "Lines.Parts", "Lines.Parts.Code"}}),
        ("books", {"books": set()}),
        ("['all']", {}),
        ("crm.*.x", {"crm": {"", "x"}}),  # all values of the record, and what is called x in them
    ],
)
def test_what_an_expression_reads(text: str, reads: dict[str, set[str]]) -> None:
    assert {root: set(paths) for root, paths in compiled(text).reads.items()} == reads


@pytest.mark.parametrize(
    ("text", "code", "mend"),
    [
        ("crm.IsWon == true", "bare-literal", "crm.IsWon == `true`"),
        ("crm.IsWon == True", "bare-literal", "crm.IsWon == `true`"),
        ("crm.Lines[?Open == false]", "bare-literal", "crm.Lines[?Open == `false`]"),
        ("crm.X != null", "bare-literal", "crm.X != `null`"),
        ('crm.Type == "Customer"', "double-quotes", "crm.Type == 'Customer'"),
        ('crm.Lines[?Type == "Some text"]', "double-quotes", "crm.Lines[?Type == 'Some text']"),
        ('contains(crm.Type, "x")', "double-quotes", "contains(crm.Type, 'x')"),
        ("crm.Type == Customer", "no-root", "crm.Type == 'Customer'"),
        ("Type", "no-root", "books.Type or crm.Type"),
        ("crn.Type == 'x'", "no-root", "crm.Type == 'x'"),
        ("@", "no-root", ""),
        ("[0]", "no-root", ""),
        ("*.Name", "no-root", ""),
        ("to_string(crm.Amount)", "unknown-function", ""),
        ("map(&Id, crm.Lines)", "unknown-function", ""),
        ("contians(crm.Type, 'x')", "unknown-function", "contains(crm.Type, 'x')"),
        ("contains(crm.Type)", "bad-arguments", ""),
        ("sort_by(crm.Lines, Id)", "bad-arguments", ""),
        ("sort(&crm.Lines)", "bad-arguments", ""),
        ("crm.contacts[?id == pick.main]", "not-visible", ""),
        ("crm.{Id: Id, Day: run.today}", "not-visible", ""),
        (
            "crm.cs[?a] | [0].id || crm.cs[?b] | [0].id",
            "not-visible",
            "(crm.cs[?a] | [0].id) || (crm.cs[?b] | [0].id)",
        ),
        ("crm.A and crm.B or not crm.C", "word-operator", "crm.A && crm.B || !crm.C"),
        ("crm.A is not null", "word-operator", "crm.A != `null`"),
        ("crm.A = 'x'", "single-equals", "crm.A == 'x'"),
        ("crm.A <> 'x'", "not-equals", "crm.A != 'x'"),
        ("crm.Amount > 0 && crm.Amount <= -5.25", "bare-number", "crm.Amount > `0` && crm.Amount <= `-5.25`"),
        ("crm.A == `text`", "bad-literal", "crm.A == 'text'"),
        ("crm.A == `NaN`", "bad-literal", "crm.A == 'NaN'"),
        ("crm.A == \u2018x\u2019", "curly-quotes", "crm.A == 'x'"),
        ("crm.addresspostcode/zip", "quote-name", 'crm."addresspostcode/zip"'),
        ("crm.A * crm.B", "arithmetic", ""),
        ("crm.A / crm.B", "arithmetic", ""),
        ("crm.A - `5`", "arithmetic", ""),
        ("${crm.A}", "template", ""),
        ("crm.A == 'x", "unclosed-quote", ""),
        ("", "empty-expression", ""),
        ("crm.", "syntax", ""),
        ("crm.Lines[::0]", "syntax", ""),
        ("(" * 1000 + "crm", "too-large", ""),
        ("crm" + "[*]" * 1300, "too-large", ""),
        ("!" * 100 + "crm.A", "too-large", ""),
        ("crm.A == '" + "x" * 4000 + "'", "too-large", ""),
        ("crm.A.[@,@][]" + " | [@,@][]" * 30, "too-large", ""),
    ],
)
def test_traps_are_answered_with_the_corrected_text(text: str, code: str, mend: str) -> None:
    parsed = parse(text, ROOTS - {"item"})
    assert parsed.expression is None
    assert parsed.problems[0].code == code
    assert parsed.problems[0].mend == mend
    assert 0 <= parsed.problems[0].offset <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "crm.IsWon == `true`",
        "crm.Type == 'Customer'",
        "crm.A && crm.B || !crm.C",
        "(crm.cs[?a] | [0].id) || (crm.cs[?b] | [0].id)",
        'crm."addresspostcode/zip"',
        "crm.Lines[?Type == 'Some text']",
        "crm.settings.run",
        "crm.Lines[].item",
        "crm.Lines[?\"run\" == 'x']",
    ],
)
def test_corrected_texts_are_taken(text: str) -> None:
    assert parse(text, ROOTS).problems == ()


def test_all_problems_of_a_text_are_told_in_its_order() -> None:
    problems = parse('crn.A == true && to_string(crm.B) == "x"', ROOTS).problems
    assert [problem.code for problem in problems] == ["no-root", "bare-literal", "unknown-function", "double-quotes"]


def test_a_message_names_what_there_is() -> None:
    (problem,) = parse("crm.IsWon == true", ROOTS).problems
    assert "or just crm.IsWon" in problem.message
    assert problem.offset == len("crm.IsWon == ")
    (unknown,) = parse("to_number(crm.A)", ROOTS).problems
    assert "not_null" in unknown.message
    assert "as: money" in unknown.message
    (filtered,) = parse("crm.contacts[?id == pick.main]", ROOTS).problems
    assert "outside of the brackets" in filtered.message


@pytest.mark.parametrize(
    "text",
    [
        "crm.Type > `5`",
        "sum([crm.Type])",
        "sort([crm.Type, `1`])",
        "keys(crm.Type)",
        "length(crm.IsWon)",
        "max_by(crm.Account, &Name)",
        "join(', ', [`1`])",
        "starts_with(crm.Amount, 'x')",
    ],
)
def test_what_cannot_be_computed_fails_without_telling_values(text: str) -> None:
    with pytest.raises(ExpressionFailed) as failure:
        value(text, crm=WON)
    assert "Customer" not in str(failure.value)
    assert text in str(failure.value)


def test_a_name_that_a_record_lacks_is_undecided() -> None:
    with pytest.raises(Undecided, match=r"crm\.Type"):
        value("crm.Type == 'x'", crm={})
    with pytest.raises(Undecided):
        value("crm.Account.Name", crm={"Account": {}})
    with pytest.raises(Undecided):
        value("crm.{T: Type}", crm={})
    with pytest.raises(Undecided):
        value("parent.crm.Type", parent={"crm": {}})
    assert value("crm.Account.Name", crm={"Account": None}) is None
    assert value("crm.Type", crm=None) is None
    assert value("crm.Type") is None
    assert value("parent.books.Type", parent={"crm": {}}) is None
    assert value("settings.none", settings={}) is None


def test_what_is_decided_without_the_absent_name_is_decided() -> None:
    assert value("crm.A && crm.B", crm={"A": False}) is False
    assert value("crm.A || crm.B", crm={"A": "x"}) == "x"
    assert value("not_null(crm.A, crm.B)", crm={"A": "x"}) == "x"


def test_a_name_that_an_item_lacks_is_null() -> None:
    assert value("crm.Lines[].Name", crm={"Lines": [{"Name": "a"}, {}]}) == ["a"]
    lenient = compiled("not_null(crm.ServiceDate, 'undated')", items=frozenset({"crm"}))
    assert lenient({"crm": {"Id": "1"}}) == "undated"


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("books.Status != 'DRAFT'", "books && books.Status != 'DRAFT'"),
        ("!(books.Status == 'PAID')", "books && !(books.Status == 'PAID')"),
        ("!contains(['PAID'], books.Status)", "books && !contains(['PAID'], books.Status)"),
        ("crm.A || books.B != 'x'", "books && (crm.A || books.B != 'x')"),
    ],
)
def test_a_guard_that_a_missing_record_opens(text: str, mend: str) -> None:
    problem = unguarded(text, "books")
    assert problem is not None
    assert (problem.code, problem.mend) == ("null-guard", mend)
    assert holds(value(text, crm={"A": None}, books=None))
    assert unguarded(mend, "books") is None


@pytest.mark.parametrize(
    "text",
    [
        "books && books.Status != 'DRAFT'",
        "books.Status == 'DRAFT'",
        "!books || books.Status == 'DRAFT'",
        "!(books.Status != 'DRAFT')",
        "crm.A || books.X == 'y'",
        "books.Status != `null`",
        "crm.Status != 'DRAFT'",
        "books.Due > `0`",
    ],
)
def test_guards_that_stay_shut(text: str) -> None:
    assert unguarded(text, "books") is None


def test_expressions_are_equal_by_their_text() -> None:
    assert compiled("crm.Type") == compiled("crm.Type")
    assert compiled("crm.Type") != compiled("crm.Name")


def test_nobody_has_overwritten_jmespath() -> None:
    """jmespath-community installs into the same folder and changes the language (facts: libraries 2.6)."""
    assert jmespath.__version__.startswith("1.1.")
    assert not (File(jmespath.__file__).parent / "scope.py").exists()
