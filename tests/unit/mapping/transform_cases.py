"""How each transform can be used, and values to try: what the laws are tested on.

A transform that is registered and has no case here fails the test of the laws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from tieout.mapping.expressions import parse
from tieout.mapping.transforms.asking import RatedBound
from tieout.mapping.transforms.registry import built_in
from tieout.mapping.transforms.tax import TaxBound
from tieout.model import Field, Kind, Value
from tieout.money.rate_sources.table import Row, Table
from tieout.money.rates import Rates
from tieout.money.tax_files import shipped
from tieout.transform import Binding, Bound, End, Misused, Scope, Transform
from tieout_xero.transforms import XeroName, XeroPhone

TRANSFORMS: Mapping[str, Transform] = {one.name: one for one in [*built_in(), XeroPhone(), XeroName()]}
ROWS_OF_RATES = [
    Row("USD", "GBP", date(2026, 11, 20), Decimal("1.3")),
    Row("EUR", "GBP", date(2026, 11, 20), Decimal("1.1")),
]
RATES = Rates((Table.of("table", ROWS_OF_RATES),))
UK = next(table for table in shipped() if table.name == "uk")
SCOPE: Scope = {
    "crm": {"CloseDate": "2026-11-21", "Code": "USD", "Days": Decimal(14), "Country": "Australia"},
    "settings": {"days": Decimal(30)},
    "run": {"today": "2026-11-21"},
}

TEXT = Field("Text", Kind.TEXT)
GROUP = Field("Group", Kind.GROUP)
CENTS = Field("Amount", Kind.MONEY, scale=2, currency="CurrencyCode")
FINE = Field("UnitAmount", Kind.MONEY, scale=4, currency="CurrencyCode")
NUMBER = Field("Number", Kind.NUMBER)

TEXTS = st.text(max_size=30) | st.sampled_from(
    ["", " ", "+44 20 7946 0000", "(5) 555-4729", "00 49 30 0074321", "a@b.example", " A@B.example", "SW1A 1AA", "UK"]
)
NUMBERS = st.decimals(-(10**9), 10**9, places=6) | st.sampled_from([Decimal("0.005"), Decimal("-0.005"), Decimal(0)])
AMOUNTS = st.decimals(-(10**9), 10**9, places=2)
DATES = st.dates().map(str) | st.datetimes().map(lambda at: at.replace(microsecond=0).isoformat() + "Z")
LINES = st.lists(st.text(max_size=8), max_size=6).map("\n".join)
GROUPS = st.dictionaries(
    st.sampled_from(["Line1", "Line2", "Line3"]), st.none() | st.text(max_size=8) | st.just("a\nb"), max_size=3
)
PHONES = st.fixed_dictionaries(
    {},
    optional={
        "PhoneCountryCode": st.sampled_from(["44", "+49", "", "1"]),
        "PhoneAreaCode": st.sampled_from(["020", "", "5"]),
        "PhoneNumber": st.sampled_from(["7946 0000", "", "555-4729", "ext 5"]),
    },
)
TAX_NUMBERS = TEXTS | st.sampled_from(
    ["GB 980 7806 84", "GB980780685", "51 824 753 556", "DE 136 695 976", "el 094259216", "XI 980780684", "12"]
)
CLASSES = TEXTS | st.sampled_from(["standard", "Reverse charge", " Zero ", "out-of-scope"])
ROWS = [{"crm": "Net 30", "books": "30"}, {"crm": "Net 14", "books": "14"}]


def expression(text: str) -> Callable[[Scope], Value]:
    """Compile as the checker does."""
    compiled = parse(text, frozenset({"crm", "books", "settings", "run"})).expression
    if compiled is None:
        raise Misused(f"{text!r} is no expression")
    return compiled


@dataclass(frozen=True)
class Case:
    """One use."""

    written: object
    source: Field | None = TEXT
    target: Field | None = TEXT
    pair: bool = False
    crm: st.SearchStrategy[Value] = TEXTS
    books: st.SearchStrategy[Value] = TEXTS
    tables: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.written if isinstance(self.written, str) else str(next(iter(self.written)))  # type: ignore[call-overload]

    def binding(self) -> Binding:
        source = End("crm", "salesforce", self.source, "Opportunity")
        target = End("books", "xero", self.target, "Invoice")
        return Binding(None, source, target, self.pair, self.tables, expression, lambda _scope: "USD")

    def bound(self) -> Bound:
        argument = None if isinstance(self.written, str) else self.written[self.name]  # type: ignore[index]
        bound = TRANSFORMS[self.name].bind(replace(self.binding(), argument=argument))
        if isinstance(bound, TaxBound):
            return bound.with_table(UK)
        return bound.with_rates(RATES, {"books": "GBP"}) if isinstance(bound, RatedBound) else bound


def both(written: object, values: st.SearchStrategy[Value], source: Field = TEXT, target: Field = TEXT) -> Case:
    return Case(written, source, target, pair=True, crm=values, books=values)


PAIRS = [
    both("money", AMOUNTS, CENTS, CENTS),
    Case("money", CENTS, FINE, pair=True, crm=AMOUNTS, books=st.decimals(-(10**9), 10**9, places=4)),
    both("percent", NUMBERS, NUMBER, Field("Rate", Kind.NUMBER, scale=2)),
    both("negate", NUMBERS, NUMBER, NUMBER),
    Case({"lookup": ROWS}, pair=True, crm=st.sampled_from(["Net 30", "Net 14"]), books=st.sampled_from(["30", "14"])),
    both("phone", TEXTS),
    both("email", TEXTS),
    both("postcode", TEXTS),
    both("vat_number", TEXTS),
    both("tax_number", TAX_NUMBERS),
    both({"tax_number": {"country": "GB"}}, TAX_NUMBERS),
    both({"tax_number": {"country": "crm.Country", "kind": "abn"}}, TAX_NUMBERS),
    both("country", TEXTS),
    both({"country": {"crm": "name", "books": "code"}}, st.sampled_from(["UK", "Deutschland", "usa", "Narnia", "FR"])),
    Case({"lines": {"books": ["Line1", "Line2", "Line3"]}}, TEXT, GROUP, pair=True, crm=LINES | TEXTS, books=GROUPS),
    Case({"lines": {"crm": ["Line1", "Line2"]}}, GROUP, TEXT, pair=True, crm=GROUPS, books=LINES),
    Case("xero_phone", TEXT, GROUP, pair=True, crm=TEXTS, books=PHONES),
    Case("xero_name", pair=True, books=TEXTS.filter(lambda name: not set(name) & set("<>"))),
]
LOSSY = [
    both({"truncate": 5}, TEXTS),
    both("date", DATES),
    both({"add_days": 3}, DATES),
    both({"days_until": "run.today"}, DATES),
    both({"join": ", "}, TEXTS),
    both("money_text", NUMBERS, CENTS, TEXT),
    both("money", NUMBERS, CENTS, Field("Total", Kind.MONEY, currency="CurrencyCode")),
]
ONE_WAY = [
    Case("money", CENTS, FINE, crm=NUMBERS),
    Case("percent", NUMBER, NUMBER, crm=NUMBERS),
    Case({"lookup": {"Gold": "1", "Iron": "2"}}, crm=st.sampled_from(["Gold", "Iron", "Lead"])),
    Case({"lookup": "codes"}, crm=st.sampled_from(["A", "B"]), tables={"codes": {"A": "200"}}),
    Case({"truncate": 5}),
    Case("date", crm=DATES),
    Case({"date": "Europe/London"}, crm=DATES),
    Case({"add_days": 14}, crm=DATES),
    Case({"add_days": "settings.days"}, crm=DATES),
    Case({"days_until": "run.today"}, crm=DATES),
    Case({"join": ", "}, Field("Tags", Kind.CHOICES), crm=st.lists(TEXTS | st.none(), max_size=3)),
    Case("money_text", Field("Amount", Kind.MONEY, currency="GBP"), crm=NUMBERS),
    Case({"convert": {"at": "run.today"}}, CENTS, CENTS, crm=NUMBERS),
    Case({"convert": {"to": "EUR", "from": "crm.Code"}}, CENTS, CENTS, crm=NUMBERS),
    Case("rate", crm=st.sampled_from(["USD", "EUR", "GBP", "JPY"]), target=NUMBER),
    Case("tax", crm=CLASSES),
    Case({"tax": {"at": "run.today"}}, crm=CLASSES),
    Case("email"),
    Case({"tax_number": {"country": "crm.Country"}}, crm=TAX_NUMBERS),
    Case("phone"),
    Case("country"),
    Case({"lines": {"crm": ["Line1", "Line2", "Line3"]}}, GROUP, TEXT, crm=GROUPS),
    Case("xero_phone", TEXT, GROUP),
    Case("xero_name"),
]
COMPARES = [
    Case(name, None, None)
    for name in ("company_name", "postcode", "vat_number", "tax_number", "email", "phone", "country", "xero_name")
]
