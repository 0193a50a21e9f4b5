"""Money through the port: what a chart is read from, what a document comes to, what the ledger refuses and warns of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contract.xero.world import World, everything, fetched, listening, observed, write
from contract.xero.writing import applied, document, made, record, refusal
from tieout.adapter import Archived, Connection, Gone, Kind, Operation, Outcome, Present, Verb
from tieout_xero.simulator import XeroSimulator

AMOUNTS = ("LineAmount", "TaxAmount")
TOTALS = ("SubTotal", "TotalTax", "Total", "AmountDue")


def rows(books: Connection, name: str) -> dict[str, Any]:
    """Read a small table: id -> record, those that are out of use as well."""
    found = observed(everything(books, name))
    return {id: one.record for id, one in found.items() if isinstance(one, Present | Archived)}


def invoice(books: Connection, contact: str, *lines: Mapping[str, Any], key: str, **more: Any) -> Outcome:
    values = document(contact, *lines, **more)
    (outcome,) = write(books, "Invoice", Verb.CREATE, Operation(key, values=values), key=key)
    return outcome


def reread(books: Connection, id: str) -> Any:
    (known,) = fetched(books, "Invoice", id)
    assert isinstance(known, Present)
    return known.record


# --- What a chart reads -----------------------------------------------------------------------------------------------


def test_tax_rates_are_read_with_their_components_and_uses(world: World, books: Connection) -> None:
    world.control("organisation", country="NZ", base_currency="NZD", currencies=["USD"])
    rates = rows(books, "TaxRate")
    output = rates["OUTPUT2"]
    assert (output["EffectiveRate"], output["DisplayTaxRate"], output["Status"]) == (15, 15, "ACTIVE")
    uses = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
    assert [output[f"CanApplyTo{use}"] for use in uses] == [True, True, False, True, True]
    assert [rates["GSTONIMPORTS"][f"CanApplyTo{use}"] for use in uses] == [False, False, False, True, False]
    assert output["TaxComponents"] == [{"Name": "Tax", "Rate": 15, "IsCompound": False, "IsNonRecoverable": False}]
    assert isinstance(output["TaxComponents"][0]["Rate"], Decimal)
    assert isinstance(observed(everything(books, "TaxRate"))["OUTPUT"], Gone)  # 12.5 percent, deleted
    type = books.describe("TaxRate")
    assert (type.fields["TaxComponents.Rate"].kind, type.fields["TaxComponents.Rate"].scale) == (Kind.NUMBER, 4)
    world.control("tax_rate", type="OUTPUT2", status="ARCHIVED")
    assert isinstance(fetched(books, "TaxRate", "OUTPUT2")[0], Archived)


def test_accounts_say_their_tax_type_class_and_state(world: World, books: Connection) -> None:
    accounts = {row["Code"]: row for row in rows(books, "Account").values()}
    shown = ("TaxType", "Class", "Type", "Status", "SystemAccount")
    assert [accounts["200"][name] for name in shown] == ["OUTPUT2", "REVENUE", "REVENUE", "ACTIVE", None]
    assert accounts["860"]["SystemAccount"] == "ROUNDING"
    world.control("edit", object="Account", id=accounts["200"]["AccountID"], fields={"Status": "ARCHIVED"})
    assert isinstance(observed(everything(books, "Account"))[accounts["200"]["AccountID"]], Archived)


def test_the_organisation_says_its_edition_base_currency_and_lock_dates(world: World, books: Connection) -> None:
    world.control("organisation", country="AU", base_currency="AUD", currencies=["JPY"])
    world.control("lock", period="2026-01-31", year="2025-06-30")
    (row,) = rows(books, "Organisation").values()
    assert [row[name] for name in ("Version", "CountryCode", "BaseCurrency")] == ["AU", "AU", "AUD"]
    assert [row[name] for name in ("PeriodLockDate", "EndOfYearLockDate")] == [date(2026, 1, 31), date(2025, 6, 30)]
    assert [row[name] for name in ("DefaultSalesTax", "DefaultPurchasesTax", "PaysTax")] == [
        "Tax Exclusive",
        "Tax Exclusive",
        True,
    ]
    assert {row["Code"] for row in rows(books, "Currency").values()} == {"AUD", "JPY"}


def test_items_and_contacts_say_their_defaults(books: Connection) -> None:
    details = {"UnitPrice": Decimal("18.0050"), "AccountCode": "200", "TaxType": "ZERORATEDOUTPUT"}
    values: Any = {"Code": "BOOK", "Name": "Book", "SalesDetails": details}
    (item,) = write(books, "Item", Verb.CREATE, Operation("p.1", values=values))
    (again,) = fetched(books, "Item", applied(item).id)
    assert isinstance(again, Present)
    assert again.record["SalesDetails"] == details
    defaults = {
        "AccountsReceivableTaxType": "EXEMPTOUTPUT",
        "DefaultCurrency": "EUR",
        "SalesDefaultAccountCode": "200",
        "SalesDefaultLineAmountType": "INCLUSIVE",
    }
    (known,) = fetched(books, "Contact", made(books, **defaults))
    assert isinstance(known, Present)
    assert {name: known.record[name] for name in defaults} == defaults


# --- What a document comes to -----------------------------------------------------------------------------------------


def test_an_answer_carries_tax_totals_and_rate(world: World, books: Connection) -> None:
    world.control("rates", currency="USD", date="2026-03-04", rate="1.25")
    lines = [
        {"Description": "a", "Quantity": Decimal(1), "UnitAmount": Decimal(amount), "AccountCode": "200"}
        for amount in ("25.06", "25.61", "25.63")
    ]
    world.control("tax_rate", type="OUTPUT2", percent="15")
    told = record(invoice(books, made(books), *lines, key="i.1", CurrencyCode="USD"))
    assert [line["TaxAmount"] for line in told["LineItems"]] == [Decimal("3.76"), Decimal("3.84"), Decimal("3.84")]
    assert [line["TaxType"] for line in told["LineItems"]] == ["OUTPUT2"] * 3
    assert [str(told[name]) for name in TOTALS] == ["76.30", "11.44", "87.74", "87.74"]
    assert (told["CurrencyRate"], type(told["CurrencyRate"])) == (Decimal("1.25"), Decimal)


@pytest.mark.parametrize(
    ("rate", "warned"), [(Decimal(1), True), (Decimal("9.5"), True), (Decimal("1.3"), False), (None, False)]
)
def test_what_the_ledger_warns_of_is_passed_on(books: Connection, rate: Decimal | None, warned: bool) -> None:  # noqa: FBT001  a table of cases
    given = {} if rate is None else {"CurrencyRate": rate}
    done = applied(invoice(books, made(books), key="i.1", CurrencyCode="USD", **given))
    assert [words.partition(" is suspicious")[0] for words in done.warnings] == (
        [f"The exchange rate of {'1' if rate == 1 else '9.500000'}"] if warned else []
    )


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"CurrencyCode": "JPY"}, "currency-not-enabled", "CurrencyCode"),
        ({"Date": date(2026, 1, 31)}, "period-locked", "Date"),
        ({"TaxType": "INPUT2"}, "tax-type-does-not-fit", "LineItems.TaxType"),
        ({"TaxType": "OUTPUT"}, "tax-type-unknown", "LineItems.TaxType"),
        ({"AccountCode": "999"}, "account-unknown", "LineItems.AccountCode"),
        ({"AccountCode": "260"}, "account-archived", "LineItems.AccountCode"),
    ],
)
def test_what_the_ledger_refuses_names_its_field(
    world: World, books: Connection, change: dict[str, Any], code: str, path: str
) -> None:
    world.control("lock", period="2026-01-31")
    accounts = {row["Code"]: id for id, row in rows(books, "Account").items()}
    world.control("edit", object="Account", id=accounts["260"], fields={"Status": "ARCHIVED"})
    line = {"Description": "x", "Quantity": Decimal(1), "UnitAmount": Decimal(1), "AccountCode": "200"}
    inner = {name: value for name, value in change.items() if name in {"TaxType", "AccountCode"}}
    outer = {name: value for name, value in change.items() if name not in inner}
    told = refusal(invoice(books, made(books), {**line, **inner}, key="i.1", **outer))
    assert (told.code, told.paths) == (code, (path,))


# --- Decimals, from wire to wire --------------------------------------------------------------------------------------


class Overheard(XeroSimulator):
    """A simulator whose requests and answers are heard on the wire."""

    def __init__(self) -> None:
        super().__init__(currencies=("GBP", "USD", "JPY", "KWD"))
        self.bodies: list[bytes] = []

    def app(self, clock: Callable[[], datetime]) -> ASGIApp:
        inner = super().app(clock)

        async def heard(scope: Scope, receive: Receive, send: Send) -> None:
            async def receiving() -> Message:
                message = await receive()
                self.bodies.append(message.get("body", b""))
                return message

            await inner(scope, receiving, send)

        return heard


@st.composite
def sold(draw: st.DrawFn) -> dict[str, Any]:
    """A line whose amount stays within what Xero takes."""
    price = draw(st.decimals("-9999.9999", "9999.9999", places=4))
    discount = draw(st.none() | st.decimals("0", "100", places=4))
    line = {"Quantity": draw(st.decimals("0", "9999.9999", places=4)), "UnitAmount": price}
    return line if discount is None else {**line, "DiscountRate": discount}


def line(quantity: str, price: str, discount: str | None = None) -> dict[str, Any]:
    found = {"Quantity": Decimal(quantity), "UnitAmount": Decimal(price)}
    return found if discount is None else {**found, "DiscountRate": Decimal(discount)}


def half_up(value: Fraction) -> Decimal:
    """Round an exact fraction to the cent, half away from zero, without `decimal`'s own rounding."""
    scaled = abs(value) * 100
    whole = (scaled.numerator * 2 + scaled.denominator) // (scaled.denominator * 2)
    return Decimal(whole if value >= 0 else -whole).scaleb(-2)


def expected(lines: Sequence[Mapping[str, Any]], amounts: str) -> list[Decimal]:
    """Work the totals out in exact fractions: tax per line at 20 percent (facts 2.6)."""
    whole, tax = Decimal(0), Decimal(0)
    for one in lines:
        share = 1 - Fraction(one.get("DiscountRate", 0)) / 100
        amount = half_up(Fraction(one["Quantity"]) * Fraction(one["UnitAmount"]) * share)
        rate = {"Exclusive": Fraction(1, 5), "Inclusive": Fraction(1, 6), "NoTax": Fraction(0)}[amounts]
        whole, tax = whole + amount, tax + half_up(Fraction(amount) * rate)
    net = whole - tax if amounts == "Inclusive" else whole
    return [net, tax, net + tax, net + tax]


BROKEN_BY_FLOATS = [
    [{"Quantity": Decimal(1), "UnitAmount": Decimal("0.1") + Decimal("0.2")}],
    [line("1", "1.1000"), line("1.0000", "1.10")],
    [line("1", "9999999999.99")],
    [line("0.0001", "0.0050"), line("1", "0.0050"), line("1", "-0.0050"), line("1", "2.6750"), line("1", "1.0050")],
    [line("3", "0.1", "0.5"), line("7.0005", "33.3333", "12.5")],
]


def test_sx42_documents_pass_from_wire_to_wire_exactly() -> None:
    heard = Overheard()
    with listening(heard) as url:
        world = World(heard, url)
        world.control("limits", off=True, minute=100_000, day=100_000)
        books = world.open(calls_per_minute=100_000, calls_per_day=100_000)
        contact, count = made(books), iter(range(1_000_000))

        @settings(max_examples=60, deadline=None)
        @given(
            st.lists(sold(), min_size=1, max_size=4),
            st.sampled_from(["Exclusive", "Inclusive", "NoTax"]),
            st.sampled_from(["GBP", "JPY", "KWD"]),
        )
        @example(BROKEN_BY_FLOATS[0], "Exclusive", "GBP")
        @example(BROKEN_BY_FLOATS[1], "Inclusive", "KWD")
        @example(BROKEN_BY_FLOATS[2], "NoTax", "JPY")
        @example(BROKEN_BY_FLOATS[3], "Exclusive", "GBP")
        @example(BROKEN_BY_FLOATS[4], "Inclusive", "USD")
        def exact(lines: list[dict[str, Any]], amounts: str, currency: str) -> None:
            heard.bodies.clear()
            sent = [{"Description": "x", "AccountCode": "200", **one} for one in lines]
            more = {"LineAmountTypes": amounts, "CurrencyCode": currency, "Status": "DRAFT"}
            answer = invoice(books, contact, *sent, key=f"i.{next(count)}", **more)
            wire = b"".join(heard.bodies).decode().replace(": ", ":")
            assert all(f'"UnitAmount":{one["UnitAmount"]:f}' in wire for one in lines)
            told = record(answer)
            for seen in (told, reread(books, applied(answer).id)):
                kept = [{name: row[name] for name in one} for one, row in zip(lines, seen["LineItems"], strict=True)]
                assert kept == lines
                assert [seen[name] for name in TOTALS] == expected(lines, amounts)
                assert all(isinstance(seen[name], Decimal) for name in (*TOTALS, "CurrencyRate"))
                assert all(isinstance(row[name], Decimal) for row in seen["LineItems"] for name in AMOUNTS)
                assert all(seen[name].as_tuple().exponent == -2 for name in TOTALS)  # two decimals, zeros as well

        exact()
        world.close()
