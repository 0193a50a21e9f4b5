"""Single records: verbs, statuses, envelopes, types (facts 1.1)."""

from __future__ import annotations

from typing import Any

import pytest

from contract.spotlercrm_sim.world import Sim, Stage, playing
from tieout_spotlercrm.simulator import SpotlerSimulator


def test_a_create_is_a_201_with_the_record_in_its_envelope(sim: Sim) -> None:
    told = sim.write("POST", "/accounts", {"name": "Acme", "addresscounty/state": "Kent"}, 201)
    assert set(told) == {"metadata", "record"}
    assert told["record"]["addresscounty/state"] == "Kent"
    assert told["record"]["createddate"] == told["record"]["modifieddate"] == "2026-11-02 09:00:00"
    assert sim.read(f"/accounts/{told['record']['id']}")["record"] == told["record"]


def test_an_id_is_a_number_of_sixty_four_bits(sim: Sim) -> None:
    id_ = sim.make("accounts", name="Acme")
    assert 2**53 < id_ < 2**64
    assert int(float(id_)) != id_ or int(float(id_ + 1)) != id_ + 1


def test_a_patch_changes_what_it_names_and_moves_the_stamp(sim: Sim) -> None:
    id_ = sim.make("accounts", name="Acme", phone="1")
    sim.order("clock", advance=61)
    told = sim.write("PATCH", f"/accounts/{id_}", {"phone": None})["record"]
    assert (told["name"], told["phone"], told["modifieddate"]) == ("Acme", None, "2026-11-02 09:01:01")
    assert told["createddate"] == "2026-11-02 09:00:00"


def test_stamps_are_in_the_zone_of_the_account_and_do_not_say_so(stage: Stage) -> None:
    with playing(stage, SpotlerSimulator(zone="Pacific/Auckland")) as sim:
        made = sim.write("POST", "/accounts", {"name": "Acme"}, 201)["record"]
    assert made["modifieddate"] == "2026-11-02 22:00:00"


def test_a_deleted_record_leaves_no_trace(sim: Sim) -> None:
    id_ = sim.make("accounts", name="Acme")
    sim.write("DELETE", f"/accounts/{id_}")
    assert sim.read(f"/accounts/{id_}", 404)["type"] == "NotFound"
    assert sim.rows("/accounts") == []
    sim.write("DELETE", f"/accounts/{id_}", None, 404)
    sim.write("PATCH", f"/accounts/{id_}", {"name": "x"}, 404)


@pytest.mark.parametrize("id_", ["0", "-1", "1.0", "abc", "9007199254740992", "%20"])
def test_an_id_of_no_record_is_a_404(sim: Sim, id_: str) -> None:
    sim.read(f"/accounts/{id_}", 404)


def test_a_flag_is_a_number_a_text_or_null(sim: Sim) -> None:
    id_ = sim.make("contacts", last="Bell", hold="1", decisionmaker=0)
    row = sim.read(f"/contacts/{id_}")["record"]
    assert (row["hold"], row["decisionmaker"], row["leftcompany"]) == (1, "0", None)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("accounts", {"nosuch": "x"}), ("accounts", {"id": 5}), ("accounts", {"modifieddate": "2026-01-01 00:00:00"}),
        ("accounts", {"name": 5}), ("accounts", {"name": ["x"]}), ("accounts", {"type": "Friend"}), ("accounts", []),
        ("accounts", "name"), ("contacts", {"hold": True}), ("contacts", {"hold": 2}), ("contacts", {"accountid": 5}),
        ("contacts", {"accountid": "x"}), ("opportunities", {"closedate": "02/11/2026"}),
        ("opportunities", {"closedate": "2026-11-02 10:00:00"}), ("opportunity_lines", {"quantity": "two"}),
        ("opportunity_lines", {"quantity": True}), ("opportunities", {"lines": []}),
    ],
    ids=str,
)  # fmt: skip
def test_a_value_that_cannot_be_right_is_refused(sim: Sim, name: str, body: Any) -> None:
    assert sim.write("POST", f"/{name}", body, 400)["type"] == "BadRequest"
    assert sim.rows(f"/{name}") == []


def test_nothing_is_no_change(sim: Sim) -> None:
    id_ = sim.make("accounts", name="Acme")
    sim.write("PATCH", f"/accounts/{id_}", {}, 400)
    answer = sim.http.patch(f"/accounts/{id_}", content=b"{'name': 1}")
    assert answer.status_code == 400


def test_nothing_stops_a_second_record_like_the_first(sim: Sim) -> None:
    first, second = sim.make("accounts", name="Acme"), sim.make("accounts", name="Acme")
    assert first != second


def test_a_line_does_not_move_the_stamp_of_its_opportunity(sim: Sim) -> None:
    deal = sim.make("opportunities", name="Deal")
    line = sim.make("opportunity_lines", opportunityid=deal, product="Tofu", quantity=2, unitprice=9.5)
    before = sim.read(f"/opportunities/{deal}")["record"]
    sim.order("clock", advance=3600)
    row = sim.write("PATCH", f"/opportunity_lines/{line}", {"quantity": 3})["record"]
    assert sim.read(f"/opportunities/{deal}")["record"] == before
    assert not {"modifieddate", "createddate", "discount", "tax", "currency"} & set(row)
    assert row["product"] == "Tofu"


def test_lines_go_with_their_opportunity(sim: Sim) -> None:
    deal = sim.make("opportunities", name="Deal")
    sim.make("opportunity_lines", opportunityid=deal, product="Tofu")
    sim.write("DELETE", f"/opportunities/{deal}")
    assert sim.rows("/opportunity_lines") == []


def test_numbers_keep_every_digit(sim: Sim) -> None:
    deal = sim.make("opportunities", name="Deal")
    body = f'{{"opportunityid": {deal}, "unitprice": 12345678901234.000789, "quantity": 0.10}}'
    answer = sim.http.post("/opportunity_lines", content=body)
    assert answer.status_code == 201
    assert '"unitprice":12345678901234.000789' in answer.text
    assert '"quantity":0.10' in answer.text


def test_calls_effects_and_keys_are_counted(sim: Sim) -> None:
    id_ = sim.make("accounts", name="Acme", tieoutkey="k1")
    sim.write("PATCH", f"/accounts/{id_}", {"phone": "1"})
    sim.read("/accounts")
    sim.read("/accounts/5", 404)
    counted = sim.order("counters")
    assert counted["calls"] == {"POST /accounts": 1, "PATCH /accounts/ID": 1, "GET /accounts": 1, "GET /accounts/ID": 1}
    assert counted["effects"] == {"accounts": {"created": 1, "updated": 1}}
    assert counted["keys"] == {"accounts": {"k1": 1}}
    assert counted["refused"] == {"404": 1}
    sim.order("counters/reset")
    assert sim.order("counters")["effects"] == {}


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("nosuch", {}), ("edit", {}), ("edit", {"object": "users", "fields": {}}), ("delete", {"object": "accounts"}),
        ("plan", {"object": "cases", "status": 500}), ("touch", {"object": "accounts", "ids": [], "stamp": "noon"}),
        ("late", {"object": "accounts", "id": 1, "fields": {}, "stamp": "2026-01-01"}),
    ],
)  # fmt: skip
def test_an_order_that_cannot_be_read_is_refused(sim: Sim, name: str, order: dict[str, Any]) -> None:
    assert sim.http.post(f"/__sim__/{name}", json=order).status_code in {400, 404}


def test_the_clock_is_set_forward(sim: Sim) -> None:
    assert sim.order("clock")["now"] == "2026-11-02T09:00:00+00:00"
    assert sim.order("clock", advance=90)["now"] == "2026-11-02T09:01:30+00:00"
