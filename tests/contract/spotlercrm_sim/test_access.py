"""Who is let in, and how SpotlerCRM says no (facts 1.1: auth, token form, errors, plan gate)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode

import httpx
import pytest

from contract.spotlercrm_sim.world import Sim, Stage


def part(token: str, number: int) -> dict[str, object]:
    text = token.split(".")[number]
    found: dict[str, object] = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def test_the_token_has_the_form_of_a_jwt_that_lives_about_a_year(sim: Sim) -> None:
    token = sim.simulator.access("")["access_token"]
    assert part(token, 0)["alg"] == "RS256"
    assert part(token, 1)["scopes"] == []
    assert set(part(token, 1)) == {"scopes", "exp"}
    assert token.count(".") == 2


@pytest.mark.parametrize("header", [None, "Bearer x.y.z", "Basic eDp5", "bearer", ""])
def test_a_bad_token_is_a_403(stage: Stage, sim: Sim, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = httpx.get(f"{stage.url}/accounts", headers=headers)
    assert answer.status_code == 403
    assert set(answer.json()) == {"type", "code", "message"}
    assert answer.json()["message"] == "Unauthenticated"


def test_an_expired_token_is_a_402_of_the_type_forbidden(sim: Sim) -> None:
    sim.order("expire")
    said = sim.read("/accounts", 402)
    assert (said["type"], said["message"]) == ("Forbidden", "Please check your access token")


def test_a_revoked_token_is_a_403(sim: Sim) -> None:
    sim.order("revoke")
    assert sim.read("/accounts", 403)["type"] == "Unauthenticated"


@pytest.mark.parametrize("status", [403, 404])
def test_a_record_type_outside_the_plan_is_a_403_or_a_404(sim: Sim, status: int) -> None:
    sim.order("plan", object="cases", status=status)
    for path in ("/cases", "/cases/1", "/datadictionary/cases"):
        assert sim.read(path, status)["message"] == "cases is not available"
    sim.write("POST", "/cases", {"subject": "x"}, status)
    sim.order("plan", object="cases", allowed=True)
    assert sim.rows("/cases") == []


def test_sx06_a_user_who_may_only_read_gets_a_403_for_a_write(sim: Sim) -> None:
    made = sim.write("POST", "/accounts", {"name": "Acme"}, 201)["record"]["id"]
    sim.order("rights", object="accounts", writes=False)
    for method, path in (("POST", "/accounts"), ("PATCH", f"/accounts/{made}")):
        assert sim.write(method, path, {"name": "Other"}, 403)["message"] == "you may not change accounts"
    assert [row["name"] for row in sim.rows("/accounts")] == ["Acme"]
    sim.order("rights", object="accounts", writes=True)
    sim.write("PATCH", f"/accounts/{made}", {"name": "Other"}, 200)


@pytest.mark.parametrize(
    "path",
    ["/users", "/tasks", "/products", "/invoices", "/quotes", "/currencies", "/opportunitylines", "/lookup/accounts"],
)
def test_what_is_no_resource_is_not_found(sim: Sim, path: str) -> None:
    assert sim.read(path, 404)["type"] == "NotFound"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/accounts/1"),
        ("POST", "/accounts/1"),
        ("DELETE", "/accounts"),
        ("GET", "/"),
        ("GET", "/v4/accounts"),
        ("GET", "/contacts/1/accounts"),
        ("POST", "/datadictionary/accounts"),
        ("PATCH", "/lookup/accounts/type"),
        ("GET", "/documents/1/content"),
    ],
)
def test_what_is_not_confirmed_is_refused(sim: Sim, method: str, path: str) -> None:
    said = sim.write(method, path, None, 400)
    assert said["type"] == "BadRequest"
    assert "is not confirmed" in said["message"]
