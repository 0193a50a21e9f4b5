from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from contract.spotlercrm.canned import fields, listed, opened
from contract.spotlercrm.world import START, World, cursor, everything, fetched, observed
from tieout.adapter import Gone, Page, Present, Query
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


def test_what_turns_up_late_within_the_overlap_is_met_however_far_down_it_stands(world: World) -> None:
    made = []
    for _ in range(40):
        made += many(world, 1)
        world.wait(hours=1)
    connection = world.open(page_size=10)
    first = everything(connection, "accounts")
    back = (START + timedelta(hours=39 - 23)).isoformat()
    world.order("late", object="accounts", id=made[0], fields={"phone": "late"}, stamp=back)
    seen = observed(everything(connection, "accounts", cursor(first))).get(made[0])
    assert isinstance(seen, Present)
    assert seen.record["phone"] == "late"


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
