"""Lists: envelope, paging, filter, order, lines (facts 1.1)."""

from __future__ import annotations

from typing import Any

import pytest

from contract.spotlercrm_sim.world import Sim

NEWEST = {"modifieddate": "desc"}


def accounts(sim: Sim, many: int) -> list[int]:
    return [sim.make("accounts", name=f"Account {number}") for number in range(many)]


def test_a_list_has_the_envelope_that_is_known(sim: Sim) -> None:
    id_ = sim.make("accounts", name="Acme")
    told = sim.read("/accounts")
    assert told["metadata"] == {"url": "/accounts", "object_type": "list", "has_more": False, "total_count": 1}
    (entry,) = told["list"]
    assert set(entry) == {"metadata", "record"}
    assert entry["record"]["id"] == id_


def test_a_page_has_ten_records_unless_a_limit_is_sent(sim: Sim) -> None:
    made = accounts(sim, 25)
    first = sim.read("/accounts")
    assert len(first["list"]) == 10
    assert first["metadata"]["has_more"] is True
    assert first["metadata"]["total_count"] == 25
    pages = [sim.rows("/accounts", page=number, limit=10) for number in (1, 2, 3, 4)]
    assert [row["id"] for page in pages for row in page] == made
    assert [len(page) for page in pages] == [10, 10, 5, 0]


def test_a_page_past_the_end_is_empty_and_no_error(sim: Sim) -> None:
    told = sim.read("/accounts", page=7, limit=100)
    assert told["list"] == []
    assert told["metadata"]["has_more"] is False


@pytest.mark.parametrize(
    "params",
    [
        {"limit": 101}, {"limit": 0}, {"limit": "ten"}, {"page": 0}, {"page": -1}, {"limit": 1.5}, {"offset": 3},
        {"since": "2026-01-01"}, {"order": {"modifieddate": "asc"}}, {"order": {"name": "desc"}}, {"order": "desc"},
        {"q": {"modifieddate": {"$gt": "2026-01-01"}}}, {"q": {"id": {"$gte": 5}}}, {"q": {"id": {"$in": 5}}},
        {"q": {"nosuch": "x"}}, {"q": []}, {"q": "name=Acme"}, {"q": {}}, {"q": {"name": None}}, {"q": {"name": {}}},
        {"q": {"name": {"$con": "a", "$in": ["b"]}}}, {"lines": True}, {"fields": "id"},
    ],
    ids=str,
)  # fmt: skip
def test_a_parameter_that_is_not_confirmed_is_refused(sim: Sim, params: dict[str, Any]) -> None:
    assert sim.read("/accounts", 400, **params)["type"] == "BadRequest"


def test_q_knows_equality_contains_and_a_list_of_values_and_joins_them_by_and(sim: Sim) -> None:
    one = sim.make("accounts", name="Acme Ltd", type="Client")
    two = sim.make("accounts", name="Acme GmbH", type="Prospect")
    three = sim.make("accounts", name="Zenith", type="Client")
    found = {
        "equal": sim.rows("/accounts", q={"type": "Client"}),
        "contains": sim.rows("/accounts", q={"name": {"$con": "Acme"}}),
        "in": sim.rows("/accounts", q={"id": {"$in": [two, three, 5]}}),
        "and": sim.rows("/accounts", q={"type": "Client", "name": {"$con": "Acme"}}),
        "none": sim.rows("/accounts", q={"name": "acme ltd"}),
    }
    ids = {name: [row["id"] for row in rows] for name, rows in found.items()}
    assert ids == {"equal": [one, three], "contains": [one, two], "in": [two, three], "and": [one], "none": []}


def test_a_filtered_list_counts_what_it_shows(sim: Sim) -> None:
    made = accounts(sim, 12)
    told = sim.read("/accounts", q={"id": {"$in": made[:11]}}, limit=10)
    assert told["metadata"]["total_count"] == 11
    assert told["metadata"]["has_more"] is True


def test_order_is_newest_first_and_without_it_that_of_making(sim: Sim) -> None:
    made = accounts(sim, 3)
    sim.order("clock", advance=60)
    sim.write("PATCH", f"/accounts/{made[1]}", {"phone": "1"})
    assert sim.rows("/accounts", order=NEWEST)[0]["id"] == made[1]
    assert [row["id"] for row in sim.rows("/accounts")] == made


def test_a_server_may_ignore_the_order(sim: Sim) -> None:
    made = accounts(sim, 2)
    sim.order("clock", advance=60)
    sim.write("PATCH", f"/accounts/{made[1]}", {"phone": "1"})
    sim.order("order", ignored=True)
    assert [row["id"] for row in sim.rows("/accounts", order=NEWEST)] == made


def test_lines_have_no_stamp_to_order_by(sim: Sim) -> None:
    sim.read("/opportunity_lines", 400, order=NEWEST)
    assert sim.rows("/opportunity_lines") == []


def test_lines_come_with_the_list_of_opportunities_alone(sim: Sim) -> None:
    deal = sim.make("opportunities", name="Deal")
    line = sim.make("opportunity_lines", opportunityid=deal, product="Tofu", quantity=2)
    (row,) = sim.rows("/opportunities", lines="true", order=NEWEST)
    assert [one["record"]["id"] for one in row["lines"]] == [line]
    assert "lines" not in sim.rows("/opportunities")[0]
    sim.read(f"/opportunities/{deal}", 400, lines="true")
    sim.read("/accounts", 400, lines="true")
    sim.read("/opportunities", 400, lines="false")


def test_the_contacts_of_an_account_are_a_list_with_limit_and_page(sim: Sim) -> None:
    acme, other = accounts(sim, 2)
    people = [sim.make("contacts", last=f"L{number}", accountid=acme) for number in range(3)]
    sim.make("contacts", last="Else", accountid=other)
    assert [row["id"] for row in sim.rows(f"/accounts/{acme}/contacts", limit=2, page=2)] == people[2:]
    sim.read(f"/accounts/{acme}/contacts", 400, q={"last": "L1"})
    sim.read("/accounts/5/contacts", 404)


def test_the_data_dictionary_holds_all_fields_custom_ones_too(sim: Sim) -> None:
    sim.order("field/add", object="accounts", label="Inception Date", form="date")
    fields = {row["name"]: row["label"] for row in sim.rows("/datadictionary/accounts")}
    assert fields["ledgercode"] == "Ledger Code"
    assert fields["addresscounty/state"] == "Address County/State"
    assert fields["addresspostcode/zip"] == "Address Postcode/Zip"
    assert fields["inceptiondate"] == "Inception Date"
    sim.order("field/remove", object="accounts", field="inceptiondate")
    assert "inceptiondate" not in {row["name"] for row in sim.rows("/datadictionary/accounts")}


def test_fields_are_those_that_are_known_and_no_money_stands_in_an_opportunity(sim: Sim) -> None:
    deals = {row["name"] for row in sim.rows("/datadictionary/opportunities")}
    assert {"id", "accountid", "name", "status", "forecast", "probability", "closedate", "nextstep", "repeat"} <= deals
    assert not {"value", "amount", "currency", "tax", "taxtype"} & deals
    lines = {row["name"] for row in sim.rows("/datadictionary/opportunity_lines")}
    assert lines == {"id", "opportunityid", "product", "quantity", "unitprice", "createdby", "modifiedby"}


def test_a_pick_list_gives_its_values(sim: Sim) -> None:
    assert [row["name"] for row in sim.rows("/lookup/accounts/type")] == ["Client", "Prospect", "Supplier"]
    sim.read("/lookup/accounts/name", 404)
