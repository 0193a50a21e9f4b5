from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from contract.spotlercrm.canned import fields, listed, opened
from contract.spotlercrm.conftest import Made
from contract.spotlercrm.world import START, World, cursor, everything, fetched, observed
from tieout.adapter import Gone, Page, Present, Query, Unknown
from tieout.errors import BadAnswer, BatchRefused, CursorExpired, Forbidden

ACCOUNT_PATHS = frozenset({"name", "phone"})


def many(world: World, count: int) -> list[str]:
    return [world.make("accounts", name=f"Account {number}") for number in range(count)]


# --- newest first -----------------------------------------------------------------------------------------------------


def test_a_first_read_is_whole_and_says_so_on_its_last_page(world: World) -> None:
    made = many(world, 23)
    pages = everything(world.open(page_size=10), "accounts")
    assert [len(page.observations) for page in pages] == [10, 10, 3]
    assert [page.complete for page in pages] == [False, False, True]
    assert [page.cursor is None for page in pages] == [True, True, False]
    assert set(observed(pages)) == set(made)


def test_a_read_of_changes_ends_with_the_first_page_that_is_wholly_older_than_the_overlap(world: World) -> None:
    made = many(world, 60)
    world.wait(days=3)
    connection = world.open(page_size=10)
    before = everything(connection, "accounts")
    world.edit("accounts", made[7], phone="1")
    first = everything(connection, "accounts", cursor(before))
    world.wait(days=3)
    world.edit("accounts", made[8], phone="1")
    world.calls()
    pages = everything(connection, "accounts", cursor(first), "name", "phone")

    assert [one.id for page in pages for one in page.observations][:2] == [made[8], made[7]]
    assert world.calls() == {"GET /accounts": 2}
    assert not any(page.complete for page in pages)
    assert cursor(pages)["newest"] == (START + timedelta(days=6)).isoformat()


def test_what_changed_within_the_overlap_is_read_again(world: World) -> None:
    (one,) = many(world, 1)
    world.wait(hours=23)
    (two,) = many(world, 1)
    connection = world.open()
    first = everything(connection, "accounts")
    seen = observed(everything(connection, "accounts", cursor(first)))
    assert set(seen) == {one, two}


def test_a_server_that_does_not_sort_is_read_whole(world: World) -> None:
    made = many(world, 45)
    connection = world.open(page_size=10)
    first = everything(connection, "accounts")
    world.wait(days=5)
    world.edit("accounts", made[33], phone="1")
    world.order("order", ignored=True)
    pages = everything(connection, "accounts", cursor(first))

    assert set(observed(pages)) == set(made)
    assert not any(page.complete for page in pages)
    assert cursor(pages)["newest"] == (START + timedelta(days=5)).isoformat()
    assert ("not newest first, read whole", {"object": "accounts"}) in world.notes.lines


def test_a_first_record_older_than_the_newest_that_is_known_gives_an_unsorted_list_away(world: World) -> None:
    """Within each page the stamps fall or are equal, sorted or not."""
    made = many(world, 45)
    world.wait(days=5)
    world.edit("accounts", made[44], phone="1")
    connection = world.open(page_size=10)
    first = everything(connection, "accounts")
    world.wait(days=5)
    world.edit("accounts", made[43], phone="2")
    world.order("order", ignored=True)
    assert made[43] in observed(everything(connection, "accounts", cursor(first)))


def test_a_stamp_from_the_future_is_no_mark_to_read_from(world: World) -> None:
    one, two = many(world, 2)
    world.order("touch", object="accounts", ids=[one], stamp="2031-01-01T00:00:00+00:00")
    connection = world.open()
    first = everything(connection, "accounts")
    assert cursor(first)["newest"] == START.isoformat()
    world.wait(days=4)
    world.edit("accounts", two, phone="1")
    seen = observed(everything(connection, "accounts", cursor(first)))[two]
    assert isinstance(seen, Present)
    assert seen.record["phone"] == "1"


def test_records_without_a_stamp_are_read_and_stop_nothing(world: World) -> None:
    made = many(world, 25)
    world.order("touch", object="accounts", ids=made[:3], stamp=None)
    connection = world.open(page_size=10)
    first = everything(connection, "accounts")
    assert first[-1].complete
    world.wait(days=4)
    again = observed(everything(connection, "accounts", cursor(first)))
    assert {id_ for id_, seen in again.items() if isinstance(seen, Present) and seen.modified is None} <= set(made[:3])


def test_an_empty_account_is_read_whole_each_time(world: World) -> None:
    connection = world.open()
    first = everything(connection, "accounts")
    assert (first[-1].complete, cursor(first)) == (True, {"newest": ""})
    made = many(world, 1)
    assert set(observed(everything(connection, "accounts", cursor(first)))) == set(made)


@pytest.mark.parametrize("given", [{}, {"newest": "yesterday"}, {"since": "2026-01-01"}])
def test_a_cursor_of_another_make_has_everything_read(world: World, given: dict[str, str]) -> None:
    with pytest.raises(CursorExpired):
        everything(world.open(), "accounts", given)


def test_what_has_no_stamp_is_read_whole_each_time(world: World) -> None:
    deal = world.make("opportunities", name="Deal")
    line = world.make("opportunity_lines", opportunityid=int(deal), product="Tofu", quantity=2)
    connection = world.open()
    assert not connection.describe("opportunity_lines").incremental
    for _ in range(2):
        pages = everything(connection, "opportunity_lines")
        assert pages[-1].complete
        assert set(observed(pages)) == {line}


# --- completeness -----------------------------------------------------------------------------------------------------


def accounts(*ids: int) -> list[dict[str, object]]:
    return [{"id": id_, "name": f"A{id_}", "modifieddate": "2026-11-01 09:00:00"} for id_ in ids]


def scripted(*pages: object) -> list[Page]:
    """Read with these answers to the list's calls, the last one for ever; give the observed pages."""
    left = list(pages)

    def script(_method: str, path: str, _params: object) -> object:
        if path == "/accounts":
            return left.pop(0) if len(left) > 1 else left[0]
        return fields("id", "name", "modifieddate") if path == "/datadictionary/accounts" else listed()

    connection, _ = opened(script)
    type = connection.describe("accounts")
    return list(connection.changes(Query(type, frozenset({"name"}))))


def test_a_list_that_shifts_is_read_again_and_proved_when_it_rests() -> None:
    shifted = [listed(*accounts(1, 2), more=True, total=4), listed(*accounts(3), total=3)]
    quiet = [listed(*accounts(2, 3), more=True, total=3), listed(*accounts(4), total=3)]
    pages = scripted(*shifted, *quiet)
    assert [page.complete for page in pages] == [False, False, False, True]


def test_a_list_that_never_rests_is_neither_complete_nor_a_place_to_rest() -> None:
    pages = scripted(*[listed(*accounts(1, 2), more=False, total=3)])
    assert len(pages) == 3
    assert all(not page.complete and page.cursor is None for page in pages)


def test_a_list_that_shows_a_record_twice_is_not_whole() -> None:
    pages = scripted(listed(*accounts(1, 2), more=True, total=4), listed(*accounts(2, 3), total=4))
    assert not any(page.complete for page in pages)


def test_a_list_that_says_that_there_is_more_and_gives_nothing_new_ends() -> None:
    pages = scripted(listed(*accounts(1, 2), more=True, total=2))
    assert len(pages) == 6
    assert not any(page.complete for page in pages)


@pytest.mark.parametrize(
    "answer",
    [
        {}, [], {"list": []}, {"metadata": {}, "list": []},
        {"metadata": {"has_more": "no", "total_count": 0}, "list": []},
        {"metadata": {"has_more": False}, "list": []}, {"metadata": {"has_more": False, "total_count": -1}, "list": []},
        {"metadata": {"has_more": False, "total_count": Decimal("0.5")}, "list": []},
        {"metadata": {"has_more": False, "total_count": 1}, "list": [{"record": {"name": "no id"}}]},
        {"metadata": {"has_more": False, "total_count": 1}, "list": [{"record": [1]}]},
        {"metadata": {"has_more": False, "total_count": 1}, "list": {"id": 1}},
        {"data": [{"id": 1}]},
    ],
    ids=str,
)  # fmt: skip
def test_an_answer_of_another_shape_is_named(answer: object) -> None:
    with pytest.raises(BadAnswer, match="accounts"):
        scripted(answer)


def test_names_that_nobody_knows_are_passed_over() -> None:
    """A13: the live schema allows additional properties."""
    (page,) = scripted({**listed({**accounts(1)[0], "timeline": {"a": [1]}, "x/y z": None}), "more": 1})
    (seen,) = page.observations
    assert isinstance(seen, Present)
    assert seen.record == {"name": "A1"}


# --- by id, and what is gone ------------------------------------------------------------------------------------------


def test_a_record_is_gone_only_when_its_record_type_answers_and_it_does_not(world: World) -> None:
    one, two = many(world, 2)
    world.delete("accounts", two)
    connection = world.open()
    world.calls()
    assert [type(seen) for seen in fetched(connection, "accounts", one, two)] == [Present, Gone]
    assert world.calls()["GET /accounts/ID"] == 1


@pytest.mark.parametrize("status", [403, 404])
def test_a_record_type_that_left_the_plan_calls_nothing_gone(world: World, status: int) -> None:
    made = many(world, 2)
    connection = world.open()
    type = connection.describe("accounts")
    world.order("plan", object="accounts", status=status)
    with pytest.raises(Forbidden, match="outside the plan"):
        list(connection.fetch(Query(type, ACCOUNT_PATHS), made))
    with pytest.raises(Forbidden, match="outside the plan"):
        list(connection.changes(Query(type, ACCOUNT_PATHS)))


def test_a_single_record_that_is_refused_is_unknown() -> None:
    def script(_method: str, path: str, _params: object) -> object:
        match path:
            case "/accounts" | "/contacts":
                return listed()
            case "/accounts/7":
                return Forbidden("no right")
            case "/accounts/8":
                return BatchRefused("not-found", "404")
            case "/accounts/9":
                return {"record": {"id": 10, "name": "another"}}
            case "/accounts/10":
                return {"record": {"id": 10, "name": "not in the list"}}
        return fields("id", "name")

    connection, _ = opened(script)
    seen = fetched(connection, "accounts", "7", "8", "9", "10", "x", "07", "1" * 40)
    assert [type(one).__name__ for one in seen] == [
        "Unknown", "Gone", "Unknown", "Present", "Unknown", "Unknown", "Unknown",
    ]  # fmt: skip


def test_ids_keep_every_digit(world: World) -> None:
    made = many(world, 3)
    assert int(made[0]) > 2**53
    assert [one.id for one in fetched(world.open(), "accounts", *reversed(made))] == list(reversed(made))


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
