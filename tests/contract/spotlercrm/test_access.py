"""Tokens, the plan, whose account it is, and the pre-flight."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contract.spotlercrm.canned import fields, listed, opened
from contract.spotlercrm.conftest import Made
from contract.spotlercrm.world import START, World
from tieout.adapter import Finding, Organisation, Severity
from tieout.errors import (
    BatchRefused,
    ConnectionFault,
    Forbidden,
    ObjectForbidden,
    Unauthorised,
    UsageError,
    WrongOrganisation,
)
from tieout_spotlercrm.adapter import SpotlerAdapter
from tieout_spotlercrm.errors import fault
from tieout_spotlercrm.settings import API_URL


def named(findings: object) -> dict[str, Finding]:
    assert isinstance(findings, list)
    return {one.code: one for one in findings}


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (402, b'{"type":"Forbidden","code":402,"message":"Please check your access token"}', Unauthorised),
        (402, b"", Unauthorised),
        (403, b'{"type":"Unauthenticated","code":403,"message":""}', Unauthorised),
        (403, b'{"type":"x","code":403,"message":"Unauthenticated."}', Unauthorised),
        (403, b'{"type":"Forbidden","code":403,"message":"Not in your plan"}', ObjectForbidden),
        (403, b"<html>", Forbidden),
        (404, b'{"message":"x"}', BatchRefused),
        (400, b'{"message":"x"}', BatchRefused),
        (400, b"[" * 100_000, BatchRefused),
    ],
)
def test_a_refusal_says_whose_move_it_is(status: int, body: bytes, error: type[Exception]) -> None:
    found = fault(status, {}, body)
    assert type(found) is error
    if isinstance(found, ConnectionFault):
        assert found.exit_code == 6
        assert found.mend


@pytest.mark.parametrize("status", [401, 405, 409, 418, 422, 429, 500, 503])
def test_what_is_not_confirmed_goes_by_its_status(status: int) -> None:
    assert fault(status, {}, b'{"type":"x","code":1,"message":"y"}') is None


@pytest.mark.parametrize(("order", "said"), [("expire", "refuses the access token"), ("revoke", "does not know")])
def test_sx03_a_dead_token_stops_the_connection_and_says_what_to_do(world: World, order: str, said: str) -> None:
    connection = world.open()
    world.order(order)
    with pytest.raises(Unauthorised, match=said) as told:
        connection.organisation()
    assert told.value.exit_code == 6
    assert "Settings, Integrations, API V4" in told.value.mend


# --- how it is reached ------------------------------------------------------------------------------------------------


def test_the_service_is_two_calls_a_second_one_at_a_time() -> None:
    service = SpotlerAdapter().service({"account": "acme"}, None)
    assert service.url == API_URL == "https://apiv4.reallysimplesystems.com"
    assert (dict(service.limits.windows), service.limits.concurrent) == ({1: 2}, 1)
    assert not service.headers


def test_calls_are_paced(world: World) -> None:
    connection = world.open(calls_per_second=2)
    before = world.clock.time
    for _ in range(7):
        connection.organisation()
    assert world.clock.time - before >= timedelta(seconds=3)


def test_a_zone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="Europe/Lundon"):
        SpotlerAdapter().service({"account": "acme", "timezone": "Europe/Lundon"}, None)


def test_a_record_has_a_page_where_the_options_say_what_it_looks_like(world: World) -> None:
    assert world.open().url("accounts", "7") is None
    form = "https://crm.example.com/{object}/{id}/view"
    assert world.open(record_url=form).url("accounts", "7") == "https://crm.example.com/accounts/7/view"


# --- whose account it is ----------------------------------------------------------------------------------------------


def test_an_account_is_called_as_it_was_declared(world: World) -> None:
    world.calls()
    assert world.open(account="acme").organisation() == Organisation("acme", "acme", "GBP", live=False)
    assert world.calls() == {"GET /accounts": 1}


def test_the_vendor_s_own_system_is_live() -> None:
    connection, _ = opened(lambda *_: listed())
    assert connection.organisation().live


def test_px01_a_token_that_does_not_find_the_witness_is_another_account_s(world: World) -> None:
    witness = world.make("accounts", name="Ourselves")
    world.calls()
    assert world.open(account="acme", witness=f"accounts/{witness}").organisation().id == "acme"
    assert world.calls() == {"GET /accounts/ID": 1}
    with pytest.raises(WrongOrganisation, match="accounts 5") as told:
        world.open(account="acme", witness="accounts/5").organisation()
    assert told.value.exit_code == 6


# --- the pre-flight ---------------------------------------------------------------------------------------------------


def test_a_prepared_account_has_nothing_to_mend_but_its_proof(world: World) -> None:
    found = named(world.open(timezone="Europe/London").check())
    assert [code for code, one in found.items() if one.severity is not Severity.NOTE] == ["account-unproved"]
    assert "Europe/London" in found["stamps-zone"].message
    assert "show in full reads only: `full_read` of this connection" in found["full-reads"].message
    assert "GBP" in found["single-currency"].message
    assert "ledgercode, labelled Ledger Code" in found["ledger-code"].message
    witness = world.make("accounts", name="Ourselves")
    assert "account-unproved" not in named(world.open(witness=f"accounts/{witness}").check())


def test_sx04_the_days_until_the_token_dies_are_told(made: Made) -> None:
    world = made(token_days=365)
    (told,) = [one for one in world.open().check() if one.code.startswith("token")]
    assert told.severity is Severity.NOTE
    assert "the access token ends on 20" in told.message
    assert " days" in told.message


@pytest.mark.parametrize(
    ("left", "code", "severity", "said"),
    [
        (timedelta(days=200), "token-ends", Severity.NOTE, "in 200 days"),
        (timedelta(days=29, hours=5), "token-ends-soon", Severity.WARNING, "in 29 days"),
        (timedelta(days=1), "token-ends-soon", Severity.WARNING, "in 1 day"),
        (timedelta(hours=1), "token-ends-soon", Severity.WARNING, "in 0 days"),
        (timedelta(), "token-ended", Severity.ERROR, "ended on 2026-11-02"),
        (timedelta(days=-3), "token-ended", Severity.ERROR, "ended on 2026-10-30"),
        (None, "token-end-unknown", Severity.NOTE, "does not say"),
    ],
)
def test_a_token_that_nears_its_end_is_to_be_renewed_by_a_person(
    left: timedelta | None, code: str, severity: Severity, said: str
) -> None:
    def script(_method: str, path: str, _params: object) -> object:
        return fields("id", "name") if path.startswith("/datadictionary") else listed()

    ends = None if left is None else START + left
    connection, _ = opened(script, ends)
    told = named(connection.check())[code]
    assert told.severity is severity
    assert said in told.message
    assert bool(told.mend) is (severity is not Severity.NOTE)


def test_sx05_an_unprepared_account_names_what_it_lacks(made: Made) -> None:
    world = made(custom_fields=False, ledger_code="Ledger Kode")
    found = world.open(currency=None).check()
    codes = [one.code for one in found if one.severity is Severity.WARNING]
    assert codes.count("marker-missing") == 3
    assert {"currency-unknown", "ledger-code-missing"} <= set(codes)
    (missing,) = [one for one in found if one.code == "ledger-code-missing"]
    assert "ledgerkode" in missing.message
    assert (missing.object, missing.path) == ("accounts", "ledgercode")


def test_sx06_what_the_plan_lacks_is_named(world: World) -> None:
    world.order("plan", object="contacts", status=404)
    world.order("plan", object="opportunities", status=403)
    outside = [one.object for one in world.open().check() if one.code == "outside-the-plan"]
    assert outside == ["contacts", "opportunities"]


def test_a_server_that_does_not_sort_is_named(world: World) -> None:
    made = [world.make("accounts", name=f"A{number}") for number in range(3)]
    world.wait(days=1)
    world.edit("accounts", made[2], phone="1")
    assert "not-newest-first" not in named(world.open().check())
    world.order("order", ignored=True)
    assert named(world.open().check())["not-newest-first"].severity is Severity.WARNING
