"""Roll-ups: what of them is refused, at which line and with which mend; and what they come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from schemas.systems import describe as systems
from schemas.world import check
from tieout.finding import Severity
from tieout.mapping.check import offline
from tieout.mapping.compiled import CompiledMapping, ExpressionFailed, Undecided
from tieout.mapping.rated import with_rates
from tieout.mapping.rolled import Figures, Record, Rollup
from tieout.model import ObjectType, Value
from tieout.money.rate_sources.document import Document
from tieout.money.rate_sources.table import Row, Table
from tieout.money.rates import Rates
from tieout.problems import Problem
from tieout.sync.sight import Facts, Sight
from tieout.sync.words import Image, State
from tieout.transform import Unconvertible

HEAD = """\
mapping: customers
version: 1
between:
  crm: {connection: salesforce, object: Account}
  books: {connection: xero, object: Contact}
settings: {base: GBP, word: none}
rollups:
"""
OF = "of: {books: Invoice}, by: Contact.ContactID"
TOTAL = "item.Total, per: item.CurrencyCode"


def mapping(rollups: str, fields: str = "{crm: Name, books: Name}", more: str = "") -> str:
    written = "".join(f"  {line}\n" for line in rollups.splitlines())
    return f"{HEAD}{written}fields:\n" + "".join(f"  - {line}\n" for line in fields.splitlines()) + more


def problems(text: str) -> list[Problem]:
    return [one for one in check(text).problems if one.code != "no-rate-chain"]


def compiled(rollups: str, fields: str = "{crm: Name, books: Name}") -> CompiledMapping:
    found = check(mapping(rollups, fields))
    assert [one for one in found.problems if one.code != "no-rate-chain"] == []
    (made,) = found.mappings
    return made


WRONG = [
    (f"a: {{{OF}}}", "{of", "missing-key", "sum, max, min, list, count: true"),
    (f"a: {{{OF}, count: false}}", "{of", "missing-key", "does not say what"),
    (f"a: {{{OF}, sum: {TOTAL}, count: true}}", "count:", "wrong-shape", "is the sum, and cannot be the count"),
    ("a: {of: {books: Invoice}, count: true}", "{of", "missing-key", "`by` names the path"),
    ("a: {of: links, by: Contact.ContactID, count: true}", "by:", "wrong-shape", "takes no `by`"),
    ("a: {of: {books: Invoice}, by: Contact.ContactId, count: true}", "Contact.", "unknown-field", "ContactID"),
    ("a: {of: {crm: Opportunity}, by: OpportunityLineItems.Id, count: true}", "OpportunityL", "wrong-kind", "a list"),
    ("a: {of: {books: Invoice}, by: ContactID, count: true}", "ContactID", "unknown-field", "no field ContactID"),
    ("a: {of: {crm: Account, books: Contact}, by: Id, count: true}", "{crm", "wrong-count", "one object of one side"),
    (f"a: {{{OF}, max: item.Dat}}", "item.Dat}", "unknown-field", "Date"),
    (f"a: {{{OF}, max: item.Date, where: item.Staus == 'PAID'}}", "item.Staus", "unknown-field", "Status"),
    (f"a: {{{OF}, max: books.Name}}", "books.", "no-root", "item, run, settings"),
    (f"a: {{{OF}, max: item.Date, where: crm.Name == item.Reference}}", "crm.", "no-root", "item, run, settings"),
    (f"a: {{{OF}, max: item.Date, where: rollup.b}}", "rollup.", "no-root", "item, run, settings"),
    (f"a: {{{OF}, sum: item.Total}}", "item.T", "other-currency", "per: item.CurrencyCode"),
    (f"a: {{{OF}, max: item.Total}}", "item.T", "other-currency", "in: a currency"),
    (f"a: {{{OF}, sum: item.Total, per: item.Status}}", "item.T", "other-currency", "several currencies"),
    (f"a: {{{OF}, list: {TOTAL}}}", "item.T", "no-currency", "would stand without it"),
    (f"a: {{{OF}, count: true, in: GBP}}", "in:", "wrong-shape", "no amounts"),
    (f"a: {{{OF}, max: item.Date, in: GBP}}", "in:", "wrong-shape", "no amounts"),
    (f"a: {{{OF}, sum: item.Total, in: XAU}}", "XAU", "no-currency", "XAU is no currency"),
    (f"a: {{{OF}, sum: item.Total, in: settings.word}}", "settings", "no-currency", "none is no currency"),
    ("a: {of: {crm: Account}, by: ParentId, sum: item.Credit_Limit__c, in: GBP}", "in:", "wrong-shape", "no document"),
    (f"a: {{{OF}, sum: {TOTAL}, less: b}}", "b}", "unknown-name", "there is no roll-up b"),
    (f"a: {{{OF}, sum: {TOTAL}, less: a}}", "a}", "value-circle", "taken from itself"),
    (f"a: {{{OF}, sum: {TOTAL}, less: b}}\nb: {{{OF}, count: true}}", "b}", "wrong-kind", "a sum is taken from a sum"),
    (f"a: {{{OF}, count: true, less: b}}\nb: {{{OF}, max: item.Date}}", "b}", "wrong-kind", "a count from a count"),
    (f"a: {{{OF}, count: true, less: b}}\nb: {{{OF}, count: true, per: item.Status}}", "b}", "wrong-shape",
     "a has `per` none, b has item.Status"),
    (f"a: {{of: {{crm: Opportunity}}, by: AccountId, count: true, less: b}}\nb: {{{OF}, count: true}}", "b}",
     "wrong-shape", "different sides"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "place", "code", "words"), WRONG)
def test_what_is_wrong_is_told_at_its_place(written: str, place: str, code: str, words: str) -> None:
    text = mapping(written)
    (problem,) = [one for one in problems(text) if one.severity is Severity.ERROR]
    assert problem.at is not None
    line = text.splitlines()[problem.at.line - 1]
    assert (problem.at.line, problem.code) == (8, code)
    assert line[problem.at.column - 1 :].startswith(place)
    assert words in f"{problem.message} {problem.mend} {problem.nearest}"


def test_a_circle_of_roll_ups_that_are_taken_from_each_other_is_told_at_each() -> None:
    written = f"a: {{{OF}, sum: {TOTAL}, less: b}}\nb: {{{OF}, sum: {TOTAL}, less: a}}"
    assert [(one.at.line if one.at else 0, one.code) for one in problems(mapping(written))] == [
        (8, "value-circle"),
        (9, "value-circle"),
    ]


COUNT = f"a: {{{OF}, count: true}}"
READ_WRONGLY = [
    (COUNT, "{crm: Employees, from: rollup.b}", "unknown-name", "there are: a"),
    (COUNT, "{crm: Employees, from: rollup.aa}", "unknown-name", "'a'"),
    (COUNT, "{crm: Employees, from: rollup.a.EUR}", "unknown-name", "it has no `per`"),
    (COUNT, "{crm: Employees, from: length(rollup)}", "unknown-name", "there is no roll-up"),
    (COUNT, "{crm: Xero_Status__c, from: rollup.a}", "wrong-kind", "a is a number"),
    (f"a: {{{OF}, max: item.Date}}", "{crm: Xero_Status__c, from: rollup.a}", "wrong-kind", "a is a date"),
    (f"a: {{{OF}, list: item.InvoiceNumber}}", "{crm: Xero_Status__c, from: rollup.a}", "wrong-kind", "is a list"),
    (f"a: {{{OF}, sum: {TOTAL}}}", "{crm: Xero_Status__c, from: rollup.a}", "wrong-kind", "a is a group"),
    (f"a: {{{OF}, count: true, per: item.Status}}", "{crm: Xero_Status__c, from: rollup.a, as: money_text}",
     "no-currency", "per: the currency of its items"),
    (f"a: {{{OF}, sum: item.Total, in: GBP}}", "{crm: Xero_Status__c, from: rollup.a, as: {truncate: 5}}",
     "no-currency", "amount rollup.a without its currency"),
    (f"a: {{{OF}, sum: item.Total, in: GBP}}", "{crm: Employees, from: rollup.a}", "no-currency", "keeps no currency"),
    (f"a: {{{OF}, sum: item.Total, in: GBP}}", "{crm: Credit_Limit__c, from: rollup.a, as: money}", "other-currency",
     "rollup.a is in GBP"),
    ("a: {of: {crm: Account}, by: ParentId, where: item.CurrencyIsoCode == 'GBP', sum: item.Credit_Limit__c}",
     "{crm: Credit_Limit__c, from: rollup.a, as: money, when: crm.CurrencyIsoCode == 'GBP'}", "reads-own-target",
     "feed on itself"),
    ("a: {of: links, count: true, where: item.AccountNumber}", "{books: AccountNumber, from: rollup.a, as: {join: ''}}",
     "reads-own-target", "feed on itself"),
]  # fmt: skip


@pytest.mark.parametrize(("rollups", "field", "code", "words"), READ_WRONGLY)
def test_what_a_field_makes_of_a_figure_is_checked(rollups: str, field: str, code: str, words: str) -> None:
    (problem,) = [one for one in problems(mapping(rollups, field)) if one.severity is Severity.ERROR]
    assert problem.code == code
    assert problem.at is not None
    assert problem.at.line == 10
    assert words in f"{problem.message} {problem.mend} {problem.nearest}"


@pytest.mark.parametrize(
    "text",
    [
        mapping(COUNT).replace("object: Account}", "object: Account, where: rollup.a}"),
        mapping(COUNT, more="create: {books: {when: rollup.a}}\n"),
        mapping(COUNT, more="lists:\n  - {books: ContactPersons, from: rollup.a, key: {crm: Id, books: EmailAddress},"
                            " fields: [{books: LastName, from: crm.LastName}]}\n"),
    ],
    ids=["where", "create", "list"],
)  # fmt: skip
def test_a_figure_is_not_seen_where_records_are_chosen(text: str) -> None:
    assert "no-root" in [one.code for one in problems(text)]


def test_a_figure_of_the_object_that_is_written_is_right_where_it_reads_another_field() -> None:
    rollups = "a: {of: {crm: Account}, by: ParentId, where: item.Active__c, count: true}"
    assert problems(mapping(rollups, "{crm: Employees, from: rollup.a}")) == []


def test_a_figure_in_the_currency_of_its_target_may_be_copied() -> None:
    rollups = f"a: {{{OF}, sum: item.Total, in: crm.CurrencyIsoCode}}"
    assert problems(mapping(rollups, "{crm: Credit_Limit__c, from: rollup.a, as: money}")) == []


def test_the_currency_of_an_organisation_that_has_one_is_known_beforehand() -> None:
    def describe(connection: str, name: str) -> ObjectType:
        found = systems(connection, name)
        if name != "Account":
            return found
        only = replace(found.fields["CurrencyIsoCode"], choices=("GBP",))
        return replace(found, fields={**found.fields, "CurrencyIsoCode": only})

    rollups = f"a: {{{OF}, sum: item.Total, in: crm.CurrencyIsoCode}}"
    text = mapping(rollups, "{crm: Credit_Limit__c, from: rollup.a, as: money}")
    assert [one.code for one in check(text, describe=describe).problems] == ["no-rate-chain"]


def test_a_figure_that_the_system_cannot_give_is_left_out_with_the_optional_fields_that_read_it() -> None:
    rollups = (
        f"a: {{{OF}, sum: {TOTAL}, less: b}}\nb: {{of: {{books: CreditNote}}, by: Contact.ContactID, sum: {TOTAL}}}"
    )
    optional = "{crm: Xero_Balance__c, from: rollup.a, as: money_text, optional: true}"
    found = check(mapping(rollups, optional))
    assert {one.severity for one in found.problems} == {Severity.NOTE}
    (made,) = found.mappings
    assert made.rules == ()
    assert made.rollups == ()
    assert "CreditNote is missing" in made.skipped[0]
    needed = check(mapping(rollups, optional.replace(", optional: true", "")))
    (problem,) = [one for one in needed.problems if one.severity is Severity.ERROR]
    assert (problem.code, problem.at and problem.at.line) == ("unknown-object", 9)


def test_what_is_not_known_of_a_system_that_cannot_be_asked_is_no_error() -> None:
    def half(connection: str, name: str) -> ObjectType | None:
        return None if connection == "xero" else systems(connection, name)

    rule = "{crm: Xero_Balance__c, from: rollup.a, as: money_text}"
    found = check(mapping(f"a: {{{OF}, sum: {TOTAL}}}", rule), describe=half)
    assert not [one for one in found.problems if one.severity is Severity.ERROR]


def test_figures_that_ask_for_rates_need_a_chain() -> None:
    found = check(mapping(f"a: {{{OF}, sum: item.Total, in: GBP}}"))
    assert [one.code for one in found.problems] == ["no-rate-chain"]


def test_what_a_figure_reads_of_its_members_is_asked_for_and_nothing_else() -> None:
    made = compiled(f"a: {{{OF}, where: item.Status, sum: item.Total, in: GBP}}")
    (source,) = made.sources
    assert source.paths == {"Contact.ContactID", "Status", "Total", "CurrencyCode", "Date", "CurrencyRate"}
    assert not {"Total", "Status"} & made.side("books").paths


def test_a_figure_that_asks_for_the_day_has_every_record_looked_at_once_a_day() -> None:
    assert compiled(f"a: {{{OF}, where: item.DueDate < run.today, count: true}}").clock
    assert not compiled(COUNT).clock


# --- values ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """Records of one contact."""

    mapping: CompiledMapping
    records: Sequence[Record]
    sides: Mapping[str, Value]

    def members(self, _rollup: Rollup) -> Sequence[Record]:
        return self.records

    @property
    def figures(self) -> Figures:
        scope = {"settings": dict(self.mapping.settings), "run": {"today": "2026-06-30"}, **self.sides}
        return Figures(self.mapping.rollups, self.members, scope)


def invoice(total: str | None, code: str = "GBP", **more: Value) -> dict[str, Value]:
    amount = None if total is None else Decimal(total)
    return {"Total": amount, "CurrencyCode": code, "Status": "PAID", "Date": "2026-03-16", "Reference": None,
            "CurrencyRate": None, **more}  # fmt: skip


def told(rollup: str, *records: Record, sides: Mapping[str, Value] | None = None, rates: Rates | None = None) -> Value:
    made = compiled(rollup)
    made = made if rates is None else with_rates(made, rates)
    return Case(made, records, sides or {}).figures["a"]


GBP = f"a: {{{OF}, where: item.CurrencyCode == 'GBP', sum: item.Total}}"


def test_sums_are_exact_and_skip_what_is_blank() -> None:
    assert told(GBP) == 0
    assert told(GBP, invoice("0.1"), invoice("0.2"), invoice(None), invoice("5", "EUR")) == Decimal("0.3")
    assert told(GBP, *(invoice("0.01") for _ in range(999))) == Decimal("9.99")
    assert told(GBP, invoice("1" + "0" * 40), invoice("0.01")) == Decimal("1" + "0" * 40 + ".01")


def test_the_other_figures_of_nothing_are_null_and_a_count_is_zero() -> None:
    for act, value in (("max", None), ("min", None), ("list", [])):
        assert told(f"a: {{{OF}, {act}: item.Date}}") == value
    assert told(COUNT) == 0
    assert told(COUNT, invoice(None), invoice("1")) == 2


def test_extremes_and_lists_are_the_same_in_whatever_order_members_come() -> None:
    days = [invoice("1", Date=day) for day in ("2026-02-01", None, "2026-01-01", "2026-02-01")]
    for records in (days, days[::-1]):
        assert told(f"a: {{{OF}, max: item.Date}}", *records) == "2026-02-01"
        assert told(f"a: {{{OF}, min: item.Date}}", *records) == "2026-01-01"
        assert told(f"a: {{{OF}, list: item.Date}}", *records) == ["2026-01-01", "2026-02-01", "2026-02-01"]


def test_amounts_by_currency_and_counts_by_anything() -> None:
    records = [invoice("1"), invoice("2", "EUR"), invoice("3"), invoice("4", "JPY", Status=None)]
    assert told(f"a: {{{OF}, sum: {TOTAL}}}", *records) == {"EUR": 2, "GBP": 4, "JPY": 4}
    assert told(f"a: {{{OF}, sum: {TOTAL}}}") == {}
    assert told(f"a: {{{OF}, count: true, per: item.Status}}", *records) == {"PAID": 3, "": 1}


def test_what_is_taken_off_is_taken_off_by_key() -> None:
    rollups = (f"a: {{{OF}, where: item.Status == 'PAID', sum: {TOTAL}, less: b}}\n"
               f"b: {{{OF}, where: item.Status == 'VOIDED', sum: {TOTAL}}}")  # fmt: skip
    records = [invoice("10"), invoice("3", Status="VOIDED"), invoice("4", "EUR", Status="VOIDED"), invoice("5", "USD")]
    assert told(rollups, *records) == {"EUR": -4, "GBP": 7, "USD": 5}
    plain = f"a: {{{OF}, count: true, less: b}}\nb: {{{OF}, where: item.Status == 'VOIDED', count: true}}"
    assert told(plain, *records) == 2


def test_amounts_in_two_currencies_are_never_added_up() -> None:
    one = "a: {of: links, sum: item.Balances.AccountsReceivable.Outstanding}"
    assert compiled(one).rollups[0].coins[0].code == "GBP"
    limited = f"a: {{{OF}, where: item.CurrencyCode != 'XXX', sum: item.Total}}"
    assert told(limited, invoice("1"), invoice("2")) == 3
    with pytest.raises(Unconvertible) as caught:
        told(limited, invoice("1"), invoice("2", "EUR"))
    assert (caught.value.code, "EUR and GBP" in str(caught.value)) == ("other-currency", True)
    with pytest.raises(Unconvertible) as caught:
        told(limited, invoice("1"), invoice("2", ""))
    assert caught.value.code == "no-currency"


def test_what_is_no_number_fails_the_record_and_not_the_run() -> None:
    with pytest.raises(ExpressionFailed, match=r"rollup\.a: sum needs numbers, not a text"):
        told(f"a: {{{OF}, sum: item.Status}}", invoice("1"))
    with pytest.raises(ExpressionFailed, match=r"rollup\.a: max needs"):
        told(f"a: {{{OF}, max: item.LineItems}}", invoice("1", LineItems=[]))


def test_a_member_of_which_something_is_not_known_makes_the_figure_unknown() -> None:
    short = {name: value for name, value in invoice("1").items() if name != "Status"}
    with pytest.raises(Undecided):
        told(f"a: {{{OF}, where: item.Status == 'PAID', count: true}}", invoice("1"), short)
    with pytest.raises(Undecided):
        told(f"a: {{{OF}, sum: {TOTAL}}}", {"Total": Decimal(1)})


DAY = date(2026, 3, 16)
TABLE = Table.of(
    "rates.csv", [Row("EUR", "GBP", DAY, Decimal("1.25")), Row("JPY", "GBP", DAY - timedelta(1), Decimal(3))]
)
RATES = Rates((Document(), TABLE), bases={"xero": "GBP"})


def test_each_amount_is_converted_at_its_own_rate_else_at_that_of_its_day() -> None:
    converted = f"a: {{{OF}, sum: item.Total, in: settings.base}}"
    own = invoice("10", "EUR", CurrencyRate=Decimal(2))
    assert told(converted, invoice("1"), own, invoice("10", "EUR"), invoice("1", "JPY"), rates=RATES) == Decimal(
        "14.33"
    )
    assert told(converted, rates=RATES) == 0
    assert told(converted.replace("sum", "max"), invoice("9"), invoice("10", "EUR"), rates=RATES) == 9
    with pytest.raises(Unconvertible) as caught:
        told(converted, invoice("1", "USD"), rates=RATES)
    assert caught.value.code == "no-rate"
    with pytest.raises(Unconvertible) as caught:
        told(converted, invoice("1", "EUR", Date=None), rates=RATES)
    assert "Date is blank" in str(caught.value)
    with pytest.raises(Unconvertible) as caught:
        told(converted, invoice("1", "EUR"))
    assert "no rates were read" in str(caught.value)


def test_offline_a_sum_that_may_be_of_amounts_may_be_spelt() -> None:
    text = mapping(f"a: {{{OF}, sum: item.Total, in: GBP}}", "{crm: Description, from: rollup.a, as: money_text}")
    assert [one.code for one in check(text, describe=offline).problems if one.code != "no-rate-chain"] == []


def test_the_currency_may_be_that_of_the_record_itself() -> None:
    converted = f"a: {{{OF}, sum: item.Total, in: crm.CurrencyIsoCode}}"
    records = [invoice("10", "EUR"), invoice("1")]
    assert told(converted, *records, sides={"crm": {"CurrencyIsoCode": "GBP"}}, rates=RATES) == 9
    with pytest.raises(Unconvertible) as caught:
        told(converted, *records, sides={"crm": {"CurrencyIsoCode": None}}, rates=RATES)
    assert caught.value.code == "no-currency"


# --- partners -------------------------------------------------------------------------------------------------------


def test_partners_are_all_that_are_linked_with_the_one_in_hand_as_it_is() -> None:
    made = compiled("a: {of: links, list: item.Name}\nb: {of: links, count: true}")
    known = {"c1": {"Name": "old"}, "c2": {"Name": "other"}}
    facts = replace(
        Facts({}, lambda *_: None, lambda *_: None), members=lambda rollup, id_: known if id_ == "a1" else {}
    )
    images = (Image("a1", State.PRESENT, {}), Image("c1", State.PRESENT, {"Name": "new"}))
    figures = Sight(made, images, facts).scope["rollup"]
    assert isinstance(figures, Figures)
    assert dict(figures) == {"a": ["new", "other"], "b": 2}
    alone = Sight(made, (None, images[1]), facts).scope["rollup"]
    assert isinstance(alone, Figures)
    assert dict(alone) == {"a": [], "b": 0}, "what is not there has no partners"


def test_personal_data_of_a_member_stays_personal_in_a_figure() -> None:
    made = compiled(
        "a: {of: {crm: Account}, by: ParentId, list: item.Phone}", "{crm: Fax, from: rollup.a, as: {join: ' '}}"
    )
    assert made.rules[0].pii
    assert made.rollups[0].personal
