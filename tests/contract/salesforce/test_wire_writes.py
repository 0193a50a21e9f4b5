"""Writes against the simulator, through the engine's client and real HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from contract.salesforce.world import World, batch, fetched, record, write
from tieout.adapter import Applied, Cause, Connection, Gone, InDoubt, NotApplied, Operation, Present, Refused, Verb
from tieout.errors import AnswerLost, BatchRefused, Forbidden
from tieout.testing.faults import Fault, FaultyTransport, Strike

ABSENT = "001000000000999AAA"


def applied(outcome: object) -> Applied:
    assert isinstance(outcome, Applied), outcome
    return outcome


def refused(outcome: object) -> Refused:
    assert isinstance(outcome, Refused), outcome
    return outcome


def create(crm: Connection, *names: str) -> list[Any]:
    operations = [Operation(f"key.{name}", values={"Name": name}) for name in names]
    return list(write(crm, "Account", Verb.CREATE, *operations))


def test_a_create_carries_its_key_and_is_read_back_as_ours(world: World, crm: Connection) -> None:
    (made,) = create(crm, "Ann")
    found = fetched(crm, "Account", applied(made).id, "Name")
    assert isinstance(found, Present)
    assert (found.record, found.key, found.by) == ({"Name": "Ann"}, "key.Ann", crm.organisation().user)
    assert world.counters()["calls"]["collections.create"] == 1


def test_creating_twice_is_refused_and_leaves_what_people_made_of_the_first(world: World, crm: Connection) -> None:
    (made,) = create(crm, "Ann")
    id = applied(made).id
    world.edit("Account", id, Name="Anne")
    (again,) = create(crm, "Ann")
    assert (refused(again).cause, refused(again).code, refused(again).other) == (Cause.EXISTS, "DUPLICATE_VALUE", id)
    assert record(fetched(crm, "Account", id, "Name")) == {"Name": "Anne"}
    assert world.counters()["by_key"]["key.Ann"]["created"] == 1


def test_without_our_field_a_create_is_a_plain_one(bare: World) -> None:
    crm = bare.open()
    (made,) = create(crm, "Ann")
    assert record(fetched(crm, "Account", applied(made).id, "Name")) == {"Name": "Ann"}
    (unknown,) = crm.find_created(batch(crm, "Account", Verb.CREATE, Operation("key.Ann")))
    assert isinstance(unknown, InDoubt)


def test_200_records_go_in_one_call(world: World, crm: Connection) -> None:
    made = create(crm, *(f"N{n}" for n in range(200)))
    assert len({applied(one).id for one in made}) == 200
    assert world.counters()["calls"]["collections.create"] == 1
    ids = [applied(one).id for one in made]
    deleted = write(crm, "Account", Verb.DELETE, *(Operation(f"d{id}", id) for id in ids))
    assert list(deleted) == [Applied(id, Gone(id)) for id in ids]


def test_an_update_changes_what_it_names_and_clears_with_none(world: World, crm: Connection) -> None:
    id = world.make("Account", Name="Ann", Phone="1", AccountNumber="A1")
    (done,) = write(crm, "Account", Verb.UPDATE, Operation("k", id, {"Phone": None, "Name": "Änn"}))
    assert applied(done).id == id
    (row,) = world.rows("SELECT Name, Phone, AccountNumber FROM Account")
    assert (row["Name"], row["Phone"], row["AccountNumber"]) == ("Änn", None, "A1")


def test_decimals_and_dates_survive(world: World, crm: Connection) -> None:
    account = world.make("Account", Name="A")
    values = {"Name": "D", "StageName": "Prospecting", "AccountId": account}
    exact = Decimal("123456789012.34")
    operation = Operation("k.deal", values={**values, "Amount": exact, "CloseDate": "2026-12-31"})
    (made,) = write(crm, "Opportunity", Verb.CREATE, operation)
    assert record(fetched(crm, "Opportunity", applied(made).id, "Amount")) == {"Amount": exact}


def test_rows_are_refused_one_by_one_in_their_order(world: World, crm: Connection) -> None:
    world.control("validation", object="Account", field="Site", message="No sites, please.", equals="Moon")
    outcomes = write(
        crm,
        "Account",
        Verb.CREATE,
        Operation("k.1", values={"Name": "One"}),
        Operation("k.2", values={"Phone": "1"}),
        Operation("k.3", values={"Name": "Three", "Site": "Moon"}),
        Operation("k.4", values={"Name": "x" * 256}),
        Operation("k.5", values={"Name": "Five", "OwnerId": "005000000000999AAA"}),
        Operation("k.6", values={"Name": "Six", "Nonsense__c": "x"}),
        Operation("k.7", values={"Name": "Seven"}),
    )
    assert [type(one) for one in outcomes] == [Applied, *[Refused] * 5, Applied]
    missing, rule, long, owner, unknown = (refused(one) for one in outcomes[1:6])
    assert (missing.cause, missing.code, missing.paths) == (Cause.DATA, "REQUIRED_FIELD_MISSING", ("Name",))
    assert (rule.code, rule.message) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "No sites, please.")
    assert (long.cause, long.code) == (Cause.MAPPING, "STRING_TOO_LONG")
    assert owner.cause is Cause.REFERENCE
    assert (unknown.cause, unknown.code) == (Cause.MAPPING, "INVALID_FIELD")
    assert world.counters()["effects"]["Account"] == {"created": 2}


def test_a_locked_row_is_busy_and_a_deleted_one_has_moved(world: World, crm: Connection) -> None:
    locked, gone, erased = (world.make("Account", Name=name) for name in "ABC")
    world.control("lock", object="Account", id=locked)
    world.control("delete", object="Account", id=gone)
    world.control("hard_delete", object="Account", id=erased)
    operations = [Operation(f"k{n}", id, {"Name": "x"}) for n, id in enumerate((locked, gone, erased))]
    outcomes = [refused(one) for one in write(crm, "Account", Verb.UPDATE, *operations)]
    assert [one.cause for one in outcomes] == [Cause.BUSY, Cause.MOVED, Cause.MOVED]
    again = refused(write(crm, "Account", Verb.DELETE, Operation("k", gone))[0])
    assert again.cause is Cause.MOVED


def test_a_value_that_must_be_unique_names_the_other_record(world: World, crm: Connection) -> None:
    (made,) = create(crm, "Ann")
    id = world.make("Account", Name="Bob")
    operation = Operation("k", id, {"Tieout_Key__c": "key.Ann"})
    (outcome,) = write(crm, "Account", Verb.UPDATE, operation)
    assert (refused(outcome).cause, refused(outcome).other) == (Cause.EXISTS, applied(made).id)


def test_an_ignored_amount_is_seen_by_the_read_back(world: World, crm: Connection) -> None:
    account, entry = world.make("Account", Name="A"), world.product("P1")
    deal = world.deal("Deal", account)
    world.line(deal, entry, 2)
    (done,) = write(crm, "Opportunity", Verb.UPDATE, Operation("k", deal, {"Amount": Decimal(99)}))
    assert applied(done).now is None
    assert record(fetched(crm, "Opportunity", deal, "Amount")) == {"Amount": Decimal(20)}


def test_a_trigger_that_rewrites_is_seen_by_the_read_back(world: World, crm: Connection) -> None:
    world.control("trigger", object="Account", when="Name", set={"Site": "Set by us all"})
    (made,) = create(crm, "Ann")
    assert record(fetched(crm, "Account", applied(made).id, "Name", "Site"))["Site"] == "Set by us all"


# --- answers that are lost ---


def lossy(world: World, fault: Fault, **where: Any) -> Connection:
    return world.open(transport=FaultyTransport(httpx.HTTPTransport(), [Strike(fault, **where)]))


@pytest.mark.parametrize(("fault", "made"), [(Fault.LOST_AFTER, True), (Fault.TORN, True), (Fault.RESET, False)])
def test_a_create_whose_answer_is_lost_is_found_by_its_key_or_not_at_all(
    world: World,
    fault: Fault,
    made: bool,  # noqa: FBT001 - a parameter of the table above
) -> None:
    crm = lossy(world, fault, method="POST", path="composite/sobjects")
    lost = batch(crm, "Account", Verb.CREATE, Operation("key.Ann", values={"Name": "Ann"}), Operation("key.None"))
    with pytest.raises(AnswerLost):
        crm.write(lost)
    found, nothing = crm.find_created(lost)
    assert nothing == NotApplied()
    assert isinstance(found, Applied) is made
    assert world.counters()["by_key"].get("key.Ann", {}) == ({"created": 1} if made else {})
    if isinstance(found, Applied):
        assert record(found.now if isinstance(found.now, Present) else None) == {"Name": "Ann"}


def test_a_create_that_was_deleted_meanwhile_is_still_found(world: World, crm: Connection) -> None:
    (made,) = create(crm, "Ann")
    world.control("delete", object="Account", id=applied(made).id)
    (found,) = crm.find_created(batch(crm, "Account", Verb.CREATE, Operation("key.Ann")))
    assert isinstance(applied(found).now, Gone)


def test_a_delete_whose_answer_is_lost_is_never_sent_twice(world: World) -> None:
    crm = lossy(world, Fault.LOST_AFTER, method="DELETE")
    id = world.make("Account", Name="A")
    with pytest.raises(AnswerLost):
        write(crm, "Account", Verb.DELETE, Operation("k", id))
    assert world.counters()["calls"]["collections.delete"] == 1
    assert isinstance(fetched(crm, "Account", id, "Name"), Gone)


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.DOWN, Fault.TORN, Fault.NOT_JSON])
def test_a_read_is_repeated_through_a_fault(world: World, fault: Fault) -> None:
    id = world.make("Account", Name="A")
    crm = lossy(world, fault, path="queryAll")
    assert record(fetched(crm, "Account", id, "Name")) == {"Name": "A"}


def test_a_whole_request_that_is_refused_is_a_refused_batch(world: World, crm: Connection) -> None:
    many = [Operation(f"k{n}", ABSENT) for n in range(201)]
    with pytest.raises(BatchRefused) as caught:
        write(crm, "Account", Verb.DELETE, *many)
    assert caught.value.code == "EXCEEDED_ID_LIMIT"


def test_an_org_without_api_stops_a_write_before_it_is_done(world: World, crm: Connection) -> None:
    kind = batch(crm, "Account", Verb.CREATE, Operation("k", values={"Name": "A"}))
    world.control("limits", disabled=True)
    with pytest.raises(Forbidden):
        crm.write(kind)
    assert world.counters()["effects"] == {}
