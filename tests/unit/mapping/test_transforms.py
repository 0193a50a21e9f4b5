"""What each transform gives, and which uses it refuses."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tieout.mapping.transforms import bind_chain
from tieout.mapping.transforms.country import code_of, table
from tieout.mapping.transforms.spelling import plain_company_name, plain_phone
from tieout.model import Field, Kind, Value
from tieout.transform import Binding, Bound, End, Misused, Scope, Unconvertible
from unit.mapping.transform_cases import CENTS, FINE, GROUP, NUMBER, SCOPE, TEXT, TRANSFORMS, Case, expression

TOTAL = Field("Total", Kind.MONEY, currency="CurrencyCode")


def chain(written: object, source: Field | None = TEXT, target: Field | None = TEXT, *, pair: bool = False) -> Bound:
    binding = Binding(None, End("crm", "salesforce", source), End("books", "xero", target), pair, {}, expression)
    return bind_chain(written, TRANSFORMS, binding)


def to_books(bound: Bound, value: Value, *, currency: str | None = None, scope: Scope = SCOPE) -> Value:
    return bound.convert(value, to="books", scope=scope, currency=currency)


@pytest.mark.parametrize(
    ("written", "value", "expected"),
    [
        ("negate", Decimal("5.10"), Decimal("-5.10")),
        ("percent", Decimal("12.34567"), Decimal("12.3457")),
        ("percent", Decimal(20), Decimal(20)),
        ({"truncate": 5}, "abcdefgh", "abcde"),
        ({"truncate": 5}, "abc", "abc"),
        ({"truncate": 5}, "abcd efgh", "abcd"),
        ("date", "2026-03-28T23:30:00Z", "2026-03-28"),
        ({"date": "Europe/London"}, "2026-06-28T23:30:00Z", "2026-06-29"),
        ({"date": "Europe/London"}, "2026-06-28", "2026-06-28"),
        ({"add_days": 30}, "2026-01-31", "2026-03-02"),
        ({"add_days": -1}, "2026-03-01", "2026-02-28"),
        ({"add_days": "crm.Days"}, "2026-01-31T10:00:00Z", "2026-02-14"),
        ({"days_until": "run.today"}, "2026-11-11", Decimal(10)),
        ({"days_until": "run.today"}, "2026-12-01", Decimal(-10)),
        ({"join": ", "}, ["a", None, "", "b", Decimal("1.50")], "a, b, 1.5"),
        ({"join": ", "}, [], None),
        ({"join": ", "}, "a", "a"),
        ({"lookup": {"Gold": "1"}}, "Gold", "1"),
        ({"lookup": {"Gold": "1"}}, "Lead", None),
        ({"lookup": {"true": "yes", "5": "five"}}, True, "yes"),
        ({"lookup": {"true": "yes", "5": "five"}}, Decimal("5.0"), "five"),
        ({"lookup": [{"crm": "Net 30", "books": "30"}]}, "Net 30", "30"),
        ("money_text", {"GBP": Decimal(1200), "EUR": Decimal(300)}, "EUR 300.00, GBP 1,200.00"),
        ("money_text", {}, None),
        ("email", " mailto:Anna@X.example ", "Anna@X.example"),
        ("phone", " 030-0074321 ", "030-0074321"),
        ("country", " UK ", "UK"),
        ({"country": {"books": "code"}}, "Vereinigtes Königreich", "GB"),
        ({"country": {"books": "name"}}, "de", "Germany"),
        ({"country": {"books": "name"}}, "Narnia", "Narnia"),
        ("xero_name", "Wolski  Zajazd ", "Wolski Zajazd"),
        (["email", {"truncate": 3}], " ab@c.example ", "ab@"),
        ({"email": None}, "a@b.example", "a@b.example"),
    ],
)
def test_what_a_transform_gives(written: object, value: Value, expected: Value) -> None:
    source = None if written == "money_text" else TEXT
    assert to_books(chain(written, source), value) == expected


@pytest.mark.parametrize(
    ("target", "currency", "value", "expected"),
    [
        (FINE, "EUR", "1.23456", "1.2346"),
        (CENTS, "EUR", "0.005", "0.01"),
        (TOTAL, "EUR", "1.005", "1.01"),
        (TOTAL, "JPY", "100.5", "101"),
        (TOTAL, "KWD", "1.23456", "1.235"),
        (TOTAL, "HRK", "1.005", "1.01"),
        (Field("T", Kind.MONEY, currency="GBP"), None, "-0.005", "-0.01"),
    ],
)
def test_money_to_the_decimals_that_the_target_keeps(
    target: Field, currency: str | None, value: str, expected: str
) -> None:
    bound = chain("money", NUMBER, target)
    assert str(to_books(bound, Decimal(value), currency=currency)) == expected


@pytest.mark.parametrize("currency", [None, "ZZZ", "XAU"])
def test_money_without_a_currency_is_held(currency: str | None) -> None:
    with pytest.raises(Unconvertible, match="currency") as refusal:
        to_books(chain("money", NUMBER, TOTAL), Decimal(1), currency=currency)
    assert refusal.value.code == "no-currency"


def test_money_text_reads_the_currency_of_the_source() -> None:
    scope: Scope = {"crm": {"CurrencyCode": "JPY"}}
    assert to_books(chain("money_text", TOTAL), Decimal("1234.5"), scope=scope) == "JPY 1,235"
    inside_a_list: Scope = {"crm": {}, "parent": {"crm": {"CurrencyCode": "EUR"}}}
    assert to_books(chain("money_text", TOTAL), Decimal(-5), scope=inside_a_list) == "EUR -5.00"
    with pytest.raises(Unconvertible, match="currency"):
        to_books(chain("money_text", TOTAL), Decimal(1), scope={"crm": {}})


def test_days_that_are_blank_give_a_blank() -> None:
    assert to_books(chain({"add_days": "crm.Days"}), "2026-01-01", scope={"crm": {"Days": None}}) is None
    with pytest.raises(Unconvertible, match="whole days"):
        to_books(chain({"add_days": "crm.Days"}), "2026-01-01", scope={"crm": {"Days": Decimal("1.5")}})
    with pytest.raises(Unconvertible, match="calendar"):
        to_books(chain({"add_days": 9_000_000}), "2026-01-01")


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("Obere Str. 57", {"A": "Obere Str. 57", "B": None, "C": None}),
        ("a\r\nb\nc", {"A": "a", "B": "b", "C": "c"}),
        ("a\nb\nc\nd\ne", {"A": "a", "B": "b", "C": "c, d, e"}),
        ("a\n\nc", {"A": "a", "B": None, "C": "c"}),
        (None, {"A": None, "B": None, "C": None}),
    ],
)
def test_lines(text: str | None, group: dict[str, Value]) -> None:
    bound = chain({"lines": {"books": ["A", "B", "C"]}}, TEXT, GROUP, pair=True)
    assert bound.names == {"A", "B", "C"}
    assert to_books(bound, text) == group
    assert bound.same(text, bound.convert(group, to="crm", scope={}), on="crm")
    assert bound.same(group, {**group, "A": f" {group['A'] or ''} "}, on="books")
    assert not bound.same(group, {**group, "B": "other"}, on="books")


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("+44 20 7946 0000", {"PhoneCountryCode": "44", "PhoneAreaCode": "20", "PhoneNumber": "7946 0000"}),
        ("030-0074321", {"PhoneCountryCode": None, "PhoneAreaCode": None, "PhoneNumber": "030-0074321"}),
        (None, {"PhoneCountryCode": None, "PhoneAreaCode": None, "PhoneNumber": None}),
    ],
)
def test_xero_phone(text: str | None, group: dict[str, Value]) -> None:
    bound = chain("xero_phone", TEXT, GROUP, pair=True)
    assert to_books(bound, text) == group
    assert bound.convert(group, to="crm", scope={}) == text
    assert bound.same(group, None, on="books") == (text is None)


def test_a_pair_with_rows_goes_both_ways() -> None:
    bound = chain({"lookup": [{"crm": "Net 30", "books": "30"}]}, pair=True)
    assert bound.convert("30", to="crm", scope={}) == "Net 30"
    with pytest.raises(Unconvertible, match="no entry for 'Net 60'") as refusal:
        to_books(bound, "Net 60")
    assert refusal.value.code == "not-in-table"


def test_a_chain_on_a_pair_goes_back_in_the_opposite_order() -> None:
    bound = chain(["negate", "money"], CENTS, CENTS, pair=True)
    assert bound.exact
    assert to_books(bound, Decimal("1.005")) == Decimal("-1.01")
    assert bound.convert(Decimal("-1.01"), to="crm", scope={}) == Decimal("1.01")
    assert not chain(["email", {"truncate": 3}], pair=True).exact


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (Case("money", NUMBER, NUMBER), "names no currency"),
        (Case("money", NUMBER, CENTS, pair=True), "Number of crm names no currency"),
        (Case("money_text", NUMBER, TEXT), "names no currency"),
        (Case({"lookup": "codez"}, tables={"codes": {}}), "did you mean codes"),
        (Case({"lookup": {"a": "b"}}, pair=True), "a pair needs rows"),
        (
            Case({"lookup": [{"crm": "a", "books": "1"}, {"crm": "b", "books": "1"}]}, pair=True),
            "twice on the side books",
        ),
        (Case({"lookup": [{"crm": "a"}]}), "exactly the sides crm and books"),
        (Case({"lookup": [{"crm": None, "books": "1"}]}), "blank on a side"),
        (Case({"lookup": {"a": ["b"]}}), "holds texts"),
        (Case({"truncate": 0}), "how many characters"),
        (Case({"join": 5}), "between the items"),
        (Case({"date": "Mars/Olympus"}), "no time zone"),
        (Case({"add_days": "true + 1"}), "no expression"),
        (Case({"days_until": 5.0}), "takes an expression"),
        (Case({"lines": {"ledger": ["A"]}}, TEXT, GROUP), "sides are books and crm"),
        (Case({"lines": {"books": ["A", "A"]}}, TEXT, GROUP), "each once"),
        (Case({"lines": {"books": ["A"]}}, GROUP, TEXT), "name the group above"),
        (Case({"country": {"books": "flag"}}), "name or code"),
        (Case("company_name"), "under compare"),
        (Case("xero_phone", GROUP, TEXT), "write Phones.DEFAULT"),
    ],
)
def test_uses_that_are_refused_when_binding(case: Case, message: str) -> None:
    with pytest.raises(Misused, match=message):
        case.bound()


def test_xeros_own_transforms_need_one_side_in_xero() -> None:
    binding = Case("xero_name").binding()
    with pytest.raises(Misused, match="no sides are Xero"):
        bind_chain("xero_name", TRANSFORMS, replace(binding, target=End("books", "odoo", TEXT)))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("trunkate", "did you mean truncate"),
        ({"email": "x"}, "takes no argument"),
        ("truncate", "needs an argument"),
        ([], "missing"),
        (5, "a transform is a name"),
    ],
)
def test_chains_that_cannot_be_bound(written: object, message: str) -> None:
    with pytest.raises(Misused, match=message):
        chain(written)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Ltd", "ACME Limited"),
        ("Acme Pty Ltd", "acme"),
        ("Müller GmbH & Co. KG", "Muller"),
        ("Société Générale S.A.", "societe generale"),
        ("Comercio Mineiro S.A. de C.V.", "Comercio Mineiro"),
        ("AS Roma S.p.A.", "as roma"),
        ("The Cracker Box", "Cracker Box"),
        ("O'Brien & Sons", "OBrien and Sons"),
        ("Acme (UK) Ltd.", "Acme UK"),
        ("Łódź Sp. z o.o.", "Lodz"),
    ],
)
def test_names_of_one_company(one: str, other: str) -> None:
    assert plain_company_name(one) == plain_company_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme", "Acme Widgets Europe"),
        ("Smith & Co Ltd", "Smith Ltd"),
        ("Limited", "Ltd"),
        ("Acme UK", "Acme"),
        ("東京電力", "東京ガス"),
    ],
)
def test_names_of_different_companies(one: str, other: str) -> None:
    assert plain_company_name(one) != plain_company_name(other)


def test_phone_numbers_by_their_digits() -> None:
    assert plain_phone("+44 (0)20 7946 0000") == plain_phone("0044 20 7946-0000") == "+442079460000"
    assert plain_phone("020 7946 0000") != plain_phone("+44 20 7946 0000")
    assert plain_phone("\t(+44) 20 7946 0000") == plain_phone("\x1f+44 20 7946 0000") == "+442079460000"


def test_all_countries_are_known_by_their_codes_and_names() -> None:
    assert len(table().names) == 249
    assert all(code_of(code) == code and code_of(name) == code for code, name in table().names.items())


@pytest.mark.parametrize(
    ("spelt", "code"),
    [
        ("UK", "GB"),
        ("u.k.", "GB"),
        ("England", "GB"),
        ("U.S.A.", "US"),
        ("the Netherlands", "NL"),
        ("Österreich", "AT"),
        ("Cote d'Ivoire", "CI"),
        ("St. Lucia", "LC"),
        ("Trinidad & Tobago", "TT"),
        ("GBR", "GB"),
        ("日本", "JP"),
        ("Eire", "IE"),
        ("Narnia", None),
    ],
)
def test_countries_as_people_spell_them(spelt: str, code: str | None) -> None:
    assert code_of(spelt) == code


def test_spellings_of_one_country_are_the_same() -> None:
    bound = chain("country", pair=True)
    assert bound.same("UK", "United Kingdom", on="books")
    assert not bound.same("Ireland", "Iceland", on="books")
    assert bound.same("Narnia", "narnia", on="books")
    compare = chain("country", None, None)
    assert to_books(compare, "United Kingdom") == to_books(compare, "England") == "GB"
