"""Reads against the simulator, through the engine's client and real HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from contract.salesforce.world import World, fetched, query, read, record, seen
from tieout.adapter import Connection, Gone, Kind, Merged, Present, Twins, Unknown
from tieout.errors import Forbidden, NotNow, UnknownObject

LINES = ("OpportunityLineItems", "OpportunityLineItems.Quantity", "OpportunityLineItems.UnitPrice")


def test_the_organisation_its_currency_and_our_user(world: World, crm: Connection) -> None:
    found = crm.organisation()
    (row,) = world.rows("SELECT Id, Name FROM Organization")
    (user,) = world.rows("SELECT Id FROM User WHERE Username = 'tieout@example.com'")
    assert (found.id, found.name, found.currency, found.live) == (row["Id"], row["Name"], "GBP", False)
    assert found.user == user["Id"]
    assert world.simulator.connection(world.url)["organisation"] == found.id


def test_a_single_currency_org_answers_by_its_option(single: World) -> None:
    crm = single.open(currency="EUR")
    assert crm.organisation().currency == "EUR"
    account = single.make("Account", Name="Ann")
    deal = single.deal("Deal", account, Amount=5)
    found = record(fetched(crm, "Opportunity", deal, "CurrencyIsoCode", "Account.CurrencyIsoCode", "Amount"))
    assert found == {"CurrencyIsoCode": "EUR", "Account": {"CurrencyIsoCode": "EUR"}, "Amount": Decimal(5)}
    assert crm.describe("Opportunity").fields["Amount"].currency == "EUR"


def test_what_a_consultant_maps_is_described(crm: Connection) -> None:
    deal, account, product = (crm.describe(name) for name in ("Opportunity", "Account", "Product2"))
    assert {"Account.Payment_Days__c", "OpportunityLineItems.Product2.Name", "CurrencyIsoCode"} <= set(deal.fields)
    assert {"Contacts.Email", "Contacts.FirstName"} <= set(account.fields)
    assert {"PricebookEntries.UnitPrice", "PricebookEntries.Pricebook2.IsStandard"} <= set(product.fields)
    assert deal.fields["OpportunityLineItems.UnitPrice"].currency == "OpportunityLineItems.CurrencyIsoCode"
    assert deal.fields["CurrencyIsoCode"].choices
    assert deal.fields["IsWon"].kind is Kind.BOOLEAN
    assert not deal.fields["IsWon"].updatable
    assert [one.twins for one in (deal, account, product)] == [Twins.REFUSED] * 3
    with pytest.raises(UnknownObject) as caught:
        crm.describe("Acount")
    assert caught.value.nearest[0] == "Account"


def test_an_org_that_nobody_prepared_can_still_be_read(bare: World) -> None:
    crm = bare.open()
    assert crm.describe("Account").twins is Twins.POSSIBLE
    id = bare.make("Account", Name="Ann")
    assert record(fetched(crm, "Account", id, "Name")) == {"Name": "Ann"}


def test_values_arrive_whole(world: World, crm: Connection) -> None:
    account = world.make("Account", Name="Zoë's \\ 'Bar'", BillingStreet="1 Road\nBack yard", Payment_Days__c=14)
    entry = world.product("P1")
    deal = world.deal("Deal", account)
    line = world.line(deal, entry, 3, 10.123456)
    paths = ("Name", "CloseDate", "IsWon", "Account.Name", "Account.Payment_Days__c", "Account.BillingStreet")
    found = fetched(crm, "Opportunity", deal, *paths, *LINES, "OpportunityLineItems.Product2.Name")
    assert record(found) == {
        "Name": "Deal",
        "CloseDate": date(2026, 11, 1),
        "IsWon": True,
        "Account": {"Name": "Zoë's \\ 'Bar'", "Payment_Days__c": Decimal(14), "BillingStreet": "1 Road\nBack yard"},
        "OpportunityLineItems": [
            {
                "Id": line,
                "Quantity": Decimal(3),
                "UnitPrice": Decimal("10.123456"),
                "Product2": {"Name": "Product P1"},
            }
        ],
    }


def test_a_first_read_is_complete_and_the_next_shows_what_another_user_did(world: World, crm: Connection) -> None:
    kept, edited, deleted, merged = (world.make("Account", Name=name) for name in "ABCD")
    (first,) = read(crm, "Account", "Name")
    assert first.complete
    assert set(seen([first])) == {kept, edited, deleted, merged}
    world.pass_time(3600)
    (moved,) = read(crm, "Account", "Name", since=first.cursor)
    world.edit("Account", edited, Name="B2")
    world.control("delete", object="Account", id=deleted)
    world.control("merge", object="Account", winner=kept, loser=merged)
    pages = read(crm, "Account", "Name", since=moved.cursor)
    found = seen(pages)
    assert record(found[edited]) == {"Name": "B2"}
    assert isinstance(found[deleted], Gone)
    assert found[merged] == Merged(merged, kept)
    assert not any(page.complete for page in pages)


def test_an_undeleted_record_comes_back_live(world: World, crm: Connection) -> None:
    id = world.make("Account", Name="A")
    (first,) = read(crm, "Account", "Name")
    world.control("delete", object="Account", id=id)
    assert isinstance(seen(read(crm, "Account", "Name", since=first.cursor))[id], Gone)
    world.control("undelete", object="Account", id=id)
    assert isinstance(seen(read(crm, "Account", "Name", since=first.cursor))[id], Present)


def test_a_row_committed_late_with_an_older_stamp_is_met_by_the_next_read(world: World, crm: Connection) -> None:
    world.make("Account", Name="A")
    (first,) = read(crm, "Account", "Name")
    before = (datetime.now(UTC) - timedelta(minutes=8)).isoformat()
    late = world.control("late", object="Account", fields={"Name": "Late"}, modstamp=before)["id"]
    assert late in seen(read(crm, "Account", "Name", since=first.cursor))


def test_who_wrote_last_is_named(world: World, crm: Connection) -> None:
    id = world.make("Account", Name="A")
    (person,) = world.rows("SELECT Id FROM User WHERE Username = 'harriet@example.com'")
    theirs = fetched(crm, "Account", id, "Name")
    assert isinstance(theirs, Present)
    assert theirs.by == person["Id"]
    world.pass_time(60)
    world.control("touch", object="Account", ids=[id])
    touched = fetched(crm, "Account", id, "Name")
    assert isinstance(touched, Present)
    assert touched.by is None
    assert theirs.modified is not None
    assert touched.modified is not None
    assert touched.modified > theirs.modified


@pytest.mark.slow
def test_thousands_of_equal_stamps_are_all_read(world: World, crm: Connection) -> None:
    (earlier,) = read(crm, "Contact", "LastName")
    for start in range(0, 4200, 200):
        records = [{"attributes": {"type": "Contact"}, "LastName": f"N{n}"} for n in range(start, start + 200)]
        answer = world.person.post("/services/data/v66.0/composite/sobjects", json={"records": records})
        assert all(row["success"] for row in answer.json())
    world.control("touch", object="Contact")
    whole = read(crm, "Contact", "LastName")
    assert [len(page.observations) for page in whole] == [2000, 2000, 200]
    assert len(seen(whole)) == 4200
    assert [page.complete for page in whole] == [False, False, True]
    assert len(seen(read(crm, "Contact", "LastName", since=earlier.cursor))) == 4200
    assert len(seen(read(crm, "Contact", "LastName", since=whole[0].cursor))) == 4200


# --- lines ---


def test_a_line_brings_its_deal_although_the_deals_stamp_stays(world: World, crm: Connection) -> None:
    entry, account = world.product("P1"), world.make("Account", Name="A")
    still, moved, shrunk = (world.deal(name, account) for name in ("still", "moved", "shrunk"))
    lines = {deal: world.line(deal, entry) for deal in (still, moved, shrunk)}
    world.pass_time(3600)
    (first,) = read(crm, "Opportunity", "Name", *LINES)
    world.pass_time(3600)
    world.edit("OpportunityLineItem", lines[moved], Quantity=7)
    world.control("delete", object="OpportunityLineItem", id=lines[shrunk])
    found = seen(read(crm, "Opportunity", "Name", *LINES, since=first.cursor))
    assert set(found) == {moved, shrunk}
    assert [line["Quantity"] for line in record(found[moved])["OpportunityLineItems"]] == [Decimal(7)]
    assert record(found[shrunk])["OpportunityLineItems"] == []


def test_an_amount_that_follows_its_lines_is_news_too(world: World, crm: Connection) -> None:
    entry, account = world.product("P1"), world.make("Account", Name="A")
    deal = world.deal("Deal", account)
    line = world.line(deal, entry)
    world.pass_time(3600)
    (first,) = read(crm, "Opportunity", "Amount")
    world.pass_time(3600)
    world.edit("OpportunityLineItem", line, Quantity=3)
    assert record(seen(read(crm, "Opportunity", "Amount", since=first.cursor))[deal]) == {"Amount": Decimal(30)}


def test_a_deal_with_many_lines_has_them_all(world: World, crm: Connection) -> None:
    entry, account = world.product("P1"), world.make("Account", Name="A")
    deals = [world.deal(f"D{n}", account) for n in range(3)]
    for deal in deals:
        for start in range(0, 800, 200):
            records = [
                {
                    "attributes": {"type": "OpportunityLineItem"},
                    "OpportunityId": deal,
                    "PricebookEntryId": entry,
                    "Quantity": start + n + 1,
                    "UnitPrice": 1,
                }
                for n in range(200)
            ]
            answer = world.person.post("/services/data/v66.0/composite/sobjects", json={"records": records})
            assert all(row["success"] for row in answer.json())
    pages = read(crm, "Opportunity", *LINES)
    assert len(pages) > 1, "child rows count against a page's size"
    for deal in deals:
        lines = record(seen(pages)[deal])["OpportunityLineItems"]
        assert sorted(line["Quantity"] for line in lines) == [Decimal(n) for n in range(1, 801)]
    fetched_all = list(crm.fetch(query(crm, "Opportunity", *LINES), deals))
    assert [len(record(one)["OpportunityLineItems"]) for one in fetched_all] == [800, 800, 800]


def test_contacts_and_prices_are_lists_too(world: World, crm: Connection) -> None:
    account = world.make("Account", Name="A")
    contact = world.make("Contact", LastName="Lee", Email="lee@example.com", AccountId=account)
    world.product("P1", "12.50", "EUR")
    (product,) = world.rows("SELECT Id FROM Product2")
    contacts = record(fetched(crm, "Account", account, "Contacts.Email"))["Contacts"]
    assert contacts == [{"Id": contact, "Email": "lee@example.com"}]
    paths = ("UnitPrice", "CurrencyIsoCode", "Pricebook2.IsStandard")
    (price,) = record(fetched(crm, "Product2", product["Id"], *(f"PricebookEntries.{p}" for p in paths)))[
        "PricebookEntries"
    ]
    assert (price["UnitPrice"], price["CurrencyIsoCode"]) == (Decimal("12.5"), "EUR")
    assert price["Pricebook2"] == {"IsStandard": True}


# --- fetch, and what stands in the way ---


def test_fetch_knows_what_is_gone_merged_erased_and_never_was(world: World, crm: Connection) -> None:
    live, gone, loser, erased = (world.make("Account", Name=name) for name in "ABCD")
    world.control("delete", object="Account", id=gone)
    world.control("merge", object="Account", winner=live, loser=loser)
    world.control("hard_delete", object="Account", id=erased)
    ids = [erased, gone, live, loser, "nonsense", "001000000000999AAA"]
    found = list(crm.fetch(query(crm, "Account", "Name"), ids))
    assert [one.id for one in found] == ids
    assert [type(one) for one in found] == [Unknown, Gone, Present, Merged, Unknown, Unknown]


def test_every_field_of_an_object_can_be_read_at_once(world: World, crm: Connection) -> None:
    entry, account = world.product("P1"), world.make("Account", Name="A")
    deal = world.deal("Deal", account)
    world.line(deal, entry)
    kind = crm.describe("Opportunity")
    found = record(fetched(crm, "Opportunity", deal, *kind.fields))
    assert found["Account"]["Name"] == "A"
    assert found["OpportunityLineItems"][0]["PricebookEntry"]["UnitPrice"] == Decimal(10)


def test_a_statement_too_long_for_a_url_is_answered_through_a_body(world: World, crm: Connection) -> None:
    for n in range(300):
        world.control("field/add", object="Account", field=f"A_field_with_quite_a_long_name_{n}__c")
    id = world.make("Account", Name="A", A_field_with_quite_a_long_name_299__c="last")
    kind = crm.describe("Account")
    found = record(fetched(crm, "Account", id, *(path for path in kind.fields if "Contacts" not in path)))
    assert found["A_field_with_quite_a_long_name_299__c"] == "last"
    assert world.counters()["calls"]["composite"] == 1


def test_a_dead_token_between_two_pages_is_renewed(world: World, crm: Connection) -> None:
    crm.organisation()
    world.make("Account", Name="A")
    described = query(crm, "Account", "Name")
    before = world.counters()["calls"]["token"]
    world.control("revoke")
    assert len(seen(list(crm.changes(described)))) == 1
    assert world.person.get("/__sim__/counters").json()["calls"]["token"] == before + 1


def test_a_used_up_allowance_is_not_now(world: World, crm: Connection) -> None:
    world.control("limits", daily=100, used=100)
    with pytest.raises(NotNow, match="used up"):
        crm.organisation()


def test_an_edition_without_api_is_forbidden(world: World, crm: Connection) -> None:
    world.control("limits", disabled=True)
    with pytest.raises(Forbidden, match="no API access"):
        crm.organisation()


def test_a_field_that_was_hidden_after_its_describe_is_named(world: World, crm: Connection) -> None:
    asked = query(crm, "Account", "Name", "AccountNumber")
    world.control("fls", object="Account", field="AccountNumber", hidden=True)
    with pytest.raises(Forbidden, match="AccountNumber"):
        list(crm.changes(asked))
    assert "AccountNumber" not in world.open().describe("Account").fields


def test_no_page_of_a_record_needs_a_call(world: World, crm: Connection) -> None:
    assert crm.url("Account", "001A") == f"{world.url}/lightning/r/Account/001A/view"
    assert world.counters()["calls"] == {}


def test_check_is_quiet_about_a_prepared_org_and_names_the_marker_of_another(crm: Connection, bare: World) -> None:
    prepared = {one.code for one in crm.check()}
    assert prepared == {"sandbox", "calls-left", "multi-currency", "edition"}
    missing = {one.object for one in bare.open().check() if one.code == "marker-missing"}
    assert missing == {"Account", "Contact", "Opportunity", "Product2"}


def test_what_is_said_in_the_log_holds_no_secret(world: World, crm: Connection) -> None:
    crm.organisation()
    access = world.simulator.access(world.url)
    said = repr(world.notes.lines) + repr(crm)
    assert world.notes.lines
    assert not [name for name in ("client_secret", "access_token") if access[name] in said]
    assert "00D" not in said


def test_lengths_and_places_are_whole_numbers_of_python(crm: Connection) -> None:
    fields = crm.describe("Opportunity").fields
    told = [number for field in fields.values() for number in (field.length, field.scale) if number is not None]
    assert {type(number) for number in told} == {int}
