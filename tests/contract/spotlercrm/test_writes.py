from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from contract.spotlercrm.canned import Canned, Told, fields, listed, opened
from contract.spotlercrm.conftest import Made
from contract.spotlercrm.world import START, World, batch, create, fetched, update, write
from tieout.adapter import (
    Applied,
    Cause,
    Connection,
    Gone,
    InDoubt,
    NotApplied,
    Operation,
    Present,
    Record,
    Refused,
    Twins,
    Verb,
)
from tieout.errors import AnswerLost, BadAnswer, BatchRefused, Forbidden

# --- what is sent -----------------------------------------------------------------------------------------------------


def scripted(answer: object, *known: str) -> tuple[Connection, Canned]:
    """Answer writes so; every look-up finds nothing."""

    def script(method: str, path: str, _params: object) -> object:
        if path.startswith("/datadictionary"):
            return fields("id", "modifieddate", *known)
        return listed() if method == "GET" else answer

    return opened(script)


def test_a_patch_names_the_changed_fields_alone_and_clears_by_null() -> None:
    connection, canned = scripted({"record": {"id": 7}}, "name", "phone", "addresscounty/state")
    outcome = update(connection, "accounts", "7", {"phone": None, "addresscounty/state": "Kent"})
    assert isinstance(outcome, Applied)
    assert canned.asked[-1] == ("PATCH", "/accounts/7", {}, {"phone": None, "addresscounty/state": "Kent"})


def test_flags_ids_and_dates_are_sent_in_their_own_form() -> None:
    connection, canned = scripted(Told({"record": {"id": 9}}, 201), "hold", "accountid", "last")
    values: Record = {"hold": True, "accountid": "9007199254740993", "last": "Bell"}
    create(connection, "contacts", values)
    assert canned.asked[-1] == (
        "POST", "/contacts", {}, {"hold": Decimal(1), "accountid": Decimal(9007199254740993), "last": "Bell"}
    )  # fmt: skip
    connection, canned = scripted(Told({"record": {"id": 9}}, 201), "closedate", "probability")
    create(connection, "opportunities", {"closedate": date(2026, 11, 30), "probability": Decimal("0.10")})
    assert canned.asked[-1][3] == {"closedate": "2026-11-30", "probability": Decimal("0.10")}


@pytest.mark.parametrize(
    ("answer", "applied"),
    [
        (Told({"metadata": {}, "record": {"id": 7, "phone": "1"}}), True),
        (Told({"record": {"id": "7", "phone": "1"}}, 201), True),
        (Told(None, 204), True),
        (Told({"metadata": {}}, 202), True),
        (Told({"ok": True}), True),
        (Told([]), True),
        (Told({"record": {"id": 8}}), False),
    ],
)
def test_any_success_of_a_patch_is_one_unless_it_names_another_record(answer: object, *, applied: bool) -> None:
    connection, _ = scripted(answer, "phone")
    outcome = update(connection, "accounts", "7", {"phone": "1"})
    assert isinstance(outcome, Applied if applied else InDoubt)
    if isinstance(outcome, Applied) and outcome.now is not None:
        assert isinstance(outcome.now, Present)
        assert outcome.now.record == {"id": "7", "phone": "1"}


@pytest.mark.parametrize("answer", [None, {}, {"metadata": {"url": "/accounts/7"}}, {"record": {"name": "Acme"}}, []])
def test_a_create_that_does_not_say_what_it_made_is_a_lost_answer(answer: object) -> None:
    connection, _ = scripted(Told(answer, 201), "name")
    with pytest.raises(AnswerLost, match="does not name"):
        create(connection, "accounts", {"name": "Acme"})


@pytest.mark.parametrize(
    ("values", "cause", "code"),
    [
        ({"nosuch": "x"}, Cause.MAPPING, "unknown-field"),
        ({"modifieddate": START}, Cause.MAPPING, "unknown-field"),
        ({"accountid": "the first"}, Cause.REFERENCE, "no-id"),
    ],
)
def test_what_cannot_be_put_into_a_request_is_refused_without_a_call(
    values: dict[str, Any], cause: Cause, code: str
) -> None:
    connection, canned = scripted({"record": {"id": 7}}, "last", "accountid")
    connection.describe("contacts")
    before = len(canned.asked)
    outcome = create(connection, "contacts", values)
    assert isinstance(outcome, Refused)
    assert (outcome.cause, outcome.code) == (cause, code)
    assert len(canned.asked) == before


# --- what it answers --------------------------------------------------------------------------------------------------


def test_a_refusal_is_the_record_s_own_and_in_the_system_s_words(world: World) -> None:
    outcome = create(world.open(), "accounts", {"name": "Acme", "type": "Friend"})
    assert isinstance(outcome, Refused)
    assert (outcome.cause, outcome.code) == (Cause.DATA, "bad-request")
    assert "type does not take this value" in outcome.message


def test_a_record_that_vanished_has_moved(world: World) -> None:
    one = world.make("accounts", name="Acme")
    connection = world.open()
    world.delete("accounts", one)
    changed = update(connection, "accounts", one, {"phone": "1"})
    (deleted,) = write(connection, "accounts", Verb.DELETE, Operation("k", one))
    assert [getattr(one, "cause", None) for one in (changed, deleted)] == [Cause.MOVED, Cause.MOVED]


def test_a_deleted_record_is_gone(world: World) -> None:
    one = world.make("accounts", name="Acme")
    connection = world.open()
    assert write(connection, "accounts", Verb.DELETE, Operation("k", one)) == [Applied(one, Gone(one))]
    assert fetched(connection, "accounts", one) == [Gone(one)]


@pytest.mark.parametrize("status", [403, 404])
def test_a_create_outside_the_plan_stops_the_connection(world: World, status: int) -> None:
    connection = world.open()
    connection.describe("contacts")
    world.order("plan", object="contacts", status=status)
    with pytest.raises(Forbidden, match="outside the plan"):
        create(connection, "contacts", {"last": "Bell"})


def test_an_answer_leaves_lines_and_their_sum_to_a_read(world: World) -> None:
    outcome = create(world.open(), "opportunities", {"name": "Deal"})
    assert isinstance(outcome, Applied)
    assert isinstance(outcome.now, Present)
    assert outcome.now.record["name"] == "Deal"
    assert not {"lines", "value"} & set(outcome.now.record)


# --- twins ------------------------------------------------------------------------------------------------------------


def test_a_record_that_carries_our_key_already_is_not_made_again(world: World) -> None:
    connection = world.open()
    assert connection.describe("accounts").twins is Twins.FOUND
    made = create(connection, "accounts", {"name": "Acme"}, key="k7")
    again = create(connection, "accounts", {"name": "Acme"}, key="k7")
    assert isinstance(made, Applied)
    assert isinstance(again, Refused)
    assert (again.cause, again.code, again.other) == (Cause.EXISTS, "made-already", made.id)
    assert world.order("counters")["effects"] == {"accounts": {"created": 1}}


@pytest.mark.parametrize(
    ("values", "known", "stopped"),
    [
        ({"ledgercode": "AC1"}, {"name": "Acme", "ledgercode": "AC1"}, True),
        ({"ledgercode": "AC2", "addresspostcode/zip": "N1"}, {"name": "Acme", "addresspostcode/zip": "N1"}, False),
        ({"addresspostcode/zip": "N1"}, {"name": "Acme", "addresspostcode/zip": "N1"}, True),
        ({"addresspostcode/zip": "N2"}, {"name": "Acme", "addresspostcode/zip": "N1"}, False),
        ({}, {"name": "Acme"}, False),
    ],
)
def test_without_a_key_the_ledger_code_or_else_name_and_postcode_stop_a_twin(
    made: Made, values: dict[str, Any], known: dict[str, Any], *, stopped: bool
) -> None:
    world = made(custom_fields=False)
    one = world.make("accounts", **known)
    connection = world.open()
    assert connection.describe("accounts").twins is Twins.POSSIBLE
    outcome = create(connection, "accounts", {"name": "Acme", **values})
    assert isinstance(outcome, Refused if stopped else Applied)
    assert getattr(outcome, "other", None) == (one if stopped else None)


def test_several_records_of_one_natural_key_name_no_single_one(made: Made) -> None:
    world = made(custom_fields=False)
    ids = [world.make("accounts", name="Acme", ledgercode="AC1") for _ in range(2)]
    outcome = create(world.open(), "accounts", {"name": "Acme", "ledgercode": "AC1"})
    assert isinstance(outcome, Refused)
    assert outcome.other is None
    assert all(one in outcome.message for one in ids)


def test_natural_keys_are_an_option(made: Made) -> None:
    world = made(custom_fields=False)
    acme = world.make("accounts", name="Acme", ledgercode="AC1")
    world.make("contacts", accountid=int(acme), email="a@example.com")
    keys = {"contacts": [["accountid", "email"]]}
    connection = world.open(natural_keys=keys)
    twin = create(connection, "contacts", {"accountid": acme, "email": "a@example.com"})
    other = create(connection, "contacts", {"accountid": acme, "email": "b@example.com"})
    unguarded = create(connection, "accounts", {"name": "Acme", "ledgercode": "AC1"})
    assert [type(one) for one in (twin, other, unguarded)] == [Refused, Applied, Applied]


def test_a_lost_create_is_looked_up_by_its_key_and_never_happened_only_when_it_is_too_late(world: World) -> None:
    connection = world.open()
    made = create(connection, "accounts", {"name": "Acme"}, key="sent")
    asked = batch(connection.describe("accounts"), Verb.CREATE, Operation("sent"), Operation("lost"))
    early = connection.find_created(asked)
    world.wait(minutes=15)
    late = connection.find_created(asked)
    assert isinstance(made, Applied)
    assert [type(one) for one in (*early, *late)] == [Applied, InDoubt, Applied, NotApplied]
    assert {one.id for one in (*early, *late) if isinstance(one, Applied)} == {made.id}


def test_two_records_with_one_key_are_for_a_person(world: World) -> None:
    connection = world.open()
    ids = [world.make("accounts", name="Acme", tieoutkey="k7") for _ in range(2)]
    (found,) = connection.find_created(batch(connection.describe("accounts"), Verb.CREATE, Operation("k7")))
    assert isinstance(found, InDoubt)
    assert all(one in found.why for one in ids)


def test_where_nothing_keeps_our_key_nothing_is_found_out(made: Made) -> None:
    world = made(custom_fields=False)
    connection = world.open()
    world.wait(hours=1)
    (found,) = connection.find_created(batch(connection.describe("accounts"), Verb.CREATE, Operation("k7")))
    assert isinstance(found, InDoubt)


def test_a_server_that_does_not_filter_finds_nothing_that_is_not_there() -> None:
    def script(method: str, path: str, _params: object) -> object:
        if path.startswith("/datadictionary"):
            return fields("id", "name", "tieoutkey")
        if path == "/contacts":
            return listed()
        other = {"id": 5, "name": "Somebody else", "tieoutkey": "k5"}
        return listed(other) if method == "GET" else Told({"record": {"id": 9}}, 201)

    connection, _ = opened(script)
    assert isinstance(create(connection, "accounts", {"name": "Acme"}, key="k9"), Applied)
    asked = batch(connection.describe("accounts"), Verb.CREATE, Operation("k5"), Operation("k9"))
    assert [type(one) for one in connection.find_created(asked)] == [Applied, InDoubt]


def test_a_look_up_that_does_not_get_on_ends() -> None:
    def script(_method: str, path: str, _params: object) -> object:
        if path.startswith("/datadictionary"):
            return fields("id", "name", "tieoutkey")
        return listed({"id": 5, "name": "Acme", "tieoutkey": "k5"}, more=True)

    connection, _ = opened(script)
    with pytest.raises(BadAnswer, match="does not get on"):
        create(connection, "accounts", {"name": "Acme"})


def test_a_refused_batch_of_another_status_keeps_its_code() -> None:
    connection, _ = scripted(BatchRefused("409", "conflict"), "name")
    outcome = create(connection, "accounts", {"name": "Acme"})
    assert isinstance(outcome, Refused)
    assert (outcome.cause, outcome.code) == (Cause.DATA, "409")


def test_the_horizon_is_that_of_the_description(world: World) -> None:
    assert world.open().describe("accounts").horizon == timedelta(minutes=15)
