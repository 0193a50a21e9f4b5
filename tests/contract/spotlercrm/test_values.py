"""What records hold: lines and people that come with them, and values in each form."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from contract.spotlercrm.canned import fields, listed, opened
from contract.spotlercrm.conftest import Made
from contract.spotlercrm.world import START, World, everything, fetched, observed
from tieout.adapter import Present, Query, Unknown
from tieout.errors import BadAnswer, Forbidden

# --- opportunities with their lines -----------------------------------------------------------------------------------


def deal_with_lines(world: World) -> str:
    deal = world.make("opportunities", name="Deal", closedate="2026-11-30")
    for product, quantity, price in (("Tofu", 2, 9.5), ("Chai", 0.5, 100)):
        world.make("opportunity_lines", opportunityid=int(deal), product=product, quantity=quantity, unitprice=price)
    return deal


def test_an_opportunity_is_read_with_its_lines_and_their_sum(world: World) -> None:
    deal = deal_with_lines(world)
    (seen,) = fetched(world.open(), "opportunities", deal)
    assert isinstance(seen, Present)
    rows = seen.record["lines"]
    assert isinstance(rows, list)
    assert [(row["product"], row["quantity"], row["unitprice"]) for row in rows] == [
        ("Tofu", Decimal(2), Decimal("9.5")),
        ("Chai", Decimal("0.5"), Decimal(100)),
    ]
    assert all(int(row["id"]) > 2**53 for row in rows)
    assert seen.record["value"] == Decimal(69)
    assert seen.record["currency"] == "GBP"
    assert seen.record["closedate"] == date(2026, 11, 30)


def test_lines_are_asked_for_only_where_they_are_needed(world: World) -> None:
    deal_with_lines(world)
    connection = world.open()
    type = connection.describe("opportunities")
    asked = {path: frozenset({"name", path}) for path in ("status", "value", "lines.product", "lines")}
    shown = {path: observed(list(connection.changes(Query(type, paths)))) for path, paths in asked.items()}
    for path, seen in shown.items():
        (one,) = seen.values()
        assert isinstance(one, Present)
        assert path.partition(".")[0] in one.record


def test_a_changed_line_shows_in_a_full_read_though_its_deal_did_not_move(world: World) -> None:
    deal = deal_with_lines(world)
    connection = world.open(page_size=1)
    first = everything(connection, "opportunities")
    (line, _) = observed(everything(connection, "opportunity_lines"))
    world.wait(days=9)
    world.edit("opportunity_lines", line, quantity=20)
    (seen,) = observed(everything(connection, "opportunities")).values()
    assert isinstance(seen, Present)
    assert seen.modified == START
    assert seen.record["value"] == Decimal(240)
    assert deal in observed(first)


def test_a_deal_without_lines_is_worth_what_its_own_field_says(world: World) -> None:
    world.order("field/add", object="opportunities", label="Value", form="number")
    bare = world.make("opportunities", name="Bare", value=12.5)
    full = deal_with_lines(world)
    by_lines = {one.id: one for one in fetched(world.open(), "opportunities", bare, full)}
    by_field = {one.id: one for one in fetched(world.open(value_from="field"), "opportunities", bare, full)}
    worth = [
        [one.record["value"] for one in (seen[bare], seen[full]) if isinstance(one, Present)]
        for seen in (by_lines, by_field)
    ]
    assert worth == [[Decimal("12.5"), Decimal(69)], [Decimal("12.5"), None]]


def test_lines_that_do_not_come_stop_the_read_instead_of_emptying_invoices() -> None:
    def script(_method: str, path: str, params: object) -> object:
        if path.startswith("/datadictionary"):
            return fields("id", "name", "product", "quantity", "unitprice")
        return listed({"id": 1, "name": "Deal"})

    connection, canned = opened(script)
    with pytest.raises(BadAnswer, match="holds none"):
        fetched(connection, "opportunities", "1")
    assert canned.asked[-1][2]["lines"] == "true"


@pytest.mark.parametrize(
    "lines", [[{"id": 5, "product": "Tofu"}], [{"metadata": {}, "record": {"id": 5, "product": "Tofu"}}]]
)
def test_lines_stand_alone_or_in_envelopes(lines: object) -> None:
    def script(_method: str, path: str, params: object) -> object:
        if path.startswith("/datadictionary"):
            return fields("id", "name", "product", "quantity", "unitprice")
        return listed({"id": 1, "name": "Deal", "lines": lines}, {"id": 2, "name": "Deal", "lines": None})

    connection, _ = opened(script)
    type = connection.describe("opportunities")
    one, two = connection.fetch(Query(type, frozenset({"lines.product"})), ["1", "2"])
    assert isinstance(one, Present)
    assert isinstance(two, Present)
    assert one.record == {"lines": [{"id": "5", "product": "Tofu"}]}
    assert two.record == {"lines": []}


# --- accounts with their contacts (A19) -------------------------------------------------------------------------------


def people(world: World) -> tuple[str, str]:
    acme, bare = world.make("accounts", name="Acme"), world.make("accounts", name="Bare")
    for first in ("Zoë", "Ann"):
        world.make("contacts", accountid=int(acme), first=first, decisionmaker=int(first == "Ann"))
    world.make("contacts", first="Nobody's")
    return acme, bare


def test_contacts_are_read_with_their_account_by_one_more_call_a_page(world: World) -> None:
    acme, bare = people(world)
    connection = world.open()
    type = connection.describe("accounts")
    query = Query(type, frozenset({"name", "contacts.first", "contacts.decisionmaker"}))
    world.calls()
    listed_, asked = observed(list(connection.changes(query))), list(connection.fetch(query, [acme, bare]))
    assert world.calls() == {"GET /accounts": 2, "GET /contacts": 2}
    one, other = listed_[acme], listed_[bare]
    assert isinstance(one, Present)
    assert isinstance(other, Present)
    rows = one.record["contacts"]
    assert isinstance(rows, list)
    assert [(row["first"], row["decisionmaker"]) for row in rows] == [("Zoë", False), ("Ann", True)]
    assert other.record["contacts"] == []
    assert asked == [one, other]


def test_contacts_of_other_accounts_stop_the_read() -> None:
    def script(_method: str, path: str, _params: object) -> object:
        if path.startswith("/datadictionary"):
            return fields("id", "name", "accountid", "first")
        return listed({"id": 1, "name": "Acme"}) if path == "/accounts" else listed({"id": 5, "accountid": 2})

    connection, _ = opened(script)
    with pytest.raises(BadAnswer, match="those of others"):
        everything(connection, "accounts")


# --- records with their account ---------------------------------------------------------------------------------------


def test_an_account_is_read_with_what_belongs_to_it_by_one_more_call_a_page(world: World) -> None:
    acme, gone = world.make("accounts", name="Acme", addresscountry="France"), world.make("accounts", name="Gone")
    deals = [world.make("opportunities", name=f"Deal {owner}", accountid=int(owner)) for owner in (acme, acme, gone)]
    deals.append(world.make("opportunities", name="Nobody's"))
    world.delete("accounts", gone)
    connection = world.open()
    query = Query(connection.describe("opportunities"), frozenset({"name", "account.addresscountry"}))
    world.calls()
    seen, asked = observed(list(connection.changes(query))), list(connection.fetch(query, deals[:2]))
    assert world.calls() == {"GET /opportunities": 2, "GET /accounts": 2, "GET /accounts/ID": 1}
    assert asked == [seen[deals[0]], seen[deals[1]]]
    read = [one.record["account"] for deal in deals if isinstance(one := seen[deal], Present)]
    assert read == [{"addresscountry": "France"}, {"addresscountry": "France"}, None, None]


def test_what_an_account_says_is_read_only_and_shows_in_full_reads_alone(world: World) -> None:
    connection = world.open()
    for name in ("opportunities", "contacts", "cases"):
        field = connection.describe(name).fields["account.addresscountry"]
        assert (field.creatable, field.updatable, field.tracked) == (False, False, False)
    assert not [path for path in connection.describe("accounts").fields if path.startswith("account.")]


def test_a_record_whose_account_is_not_shown_is_unknown_and_stops_no_other() -> None:
    def script(_method: str, path: str, _params: object) -> object:
        match path:
            case "/opportunities":
                return listed({"id": 1, "accountid": 7}, {"id": 2, "accountid": 8})
            case "/accounts":
                return listed({"id": 8, "name": "Acme"})
            case "/accounts/7":
                return Forbidden("no right")
        return fields("id", "name", "accountid")

    connection, _ = opened(script)
    type = connection.describe("opportunities")
    one, two = connection.fetch(Query(type, frozenset({"accountid", "account.name"})), ["1", "2"])
    assert isinstance(one, Unknown)
    assert one.why == "its account is not shown to the token's user"
    assert isinstance(two, Present)
    assert two.record == {"accountid": "8", "account": {"name": "Acme"}}


# --- values -----------------------------------------------------------------------------------------------------------


def test_flags_are_read_from_a_number_a_text_and_null(world: World) -> None:
    one = world.make("contacts", last="Bell", hold=1, decisionmaker=0)
    (seen,) = fetched(world.open(), "contacts", one)
    assert isinstance(seen, Present)
    assert [seen.record[name] for name in ("hold", "decisionmaker", "leftcompany")] == [True, False, None]


@pytest.mark.parametrize(
    ("zone", "options", "read"),
    [
        ("UTC", {}, START),
        ("Pacific/Auckland", {"timezone": "Pacific/Auckland"}, START),
        ("Pacific/Auckland", {"timezone": "UTC"}, START + timedelta(hours=13)),
    ],
)
def test_stamps_without_a_zone_are_read_in_the_declared_one(
    made: Made, zone: str, options: dict[str, str], read: datetime
) -> None:
    world = made(zone=zone)
    one = world.make("accounts", name="Acme")
    (seen,) = fetched(world.open(**options), "accounts", one)
    assert isinstance(seen, Present)
    assert seen.modified == seen.record["createddate"] == read
    assert seen.modified is not None
    assert seen.modified.tzinfo is UTC
    assert seen.by == "1001"


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("modifieddate", "soon"), ("modifieddate", 5), ("closedate", "30/11/2026"), ("probability", "high"),
        ("probability", True), ("probability", []), ("accountid", "x"), ("accountid", 1.5), ("name", {"a": 1}),
        ("name", True), ("lines", [{"product": "no id"}]),
    ],
)  # fmt: skip
def test_a_value_that_is_not_what_its_field_promises_makes_one_record_unknown(name: str, raw: object) -> None:
    known = ("id", "name", "accountid", "closedate", "modifieddate", "product", "quantity", "unitprice")

    def script(_method: str, path: str, params: object) -> object:
        if path.startswith("/datadictionary"):
            entries = fields(*known)
            entries["list"].append({"record": {"name": "probability", "label": "Probability", "type": "number"}})
            return entries
        wrong = Decimal(str(raw)) if isinstance(raw, float) else raw
        return listed({"id": 1, "lines": [], name: wrong}, {"id": 2, "lines": [], "name": "fine"})

    connection, _ = opened(script)
    one, two = fetched(connection, "opportunities", "1", "2")
    assert isinstance(one, Unknown)
    assert name in one.why
    assert isinstance(two, Present)
