"""Grants and tokens, by the simulator's clock."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from contract.xero_sim.world import Stage, Xero, playing
from tieout.adapter import Simulator
from tieout_xero.simulator import XeroSimulator
from tieout_xero.simulator.books import Profile

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
SCOPE = "offline_access accounting.contacts"
BACK = "http://localhost:9/done"


def _client(xero: Xero) -> dict[str, str]:
    access = xero.simulator.access(xero.url)
    return {"client_id": access["client_id"], "client_secret": access["client_secret"]}


def _redeem(xero: Xero, code: str, **form: str) -> httpx.Response:
    return xero.token(grant_type="authorization_code", code=code, redirect_uri=BACK, **form)


def _refresh(xero: Xero, token: str, **form: str) -> httpx.Response:
    return xero.token(grant_type="refresh_token", refresh_token=token, **form)


def _error(answer: httpx.Response) -> str:
    assert answer.status_code == 400, answer.text
    return str(answer.json()["error"])


def _get(xero: Xero, path: str, token: str) -> httpx.Response:
    return xero.raw("GET", path, headers={"Authorization": f"Bearer {token}"})


def test_custom_connection_needs_no_tenant_header(xero: Xero) -> None:
    token = xero.token(grant_type="client_credentials", scope="accounting.settings.read", **_client(xero)).json()
    assert (token["expires_in"], token["token_type"], token["scope"]) == (1800, "Bearer", "accounting.settings.read")
    assert not {"refresh_token", "id_token"} & token.keys()
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    answer = httpx.get(f"{xero.url}/api.xro/2.0/Organisation", headers=headers)
    assert answer.json()["Organisations"][0]["OrganisationID"] == xero.simulator.profiles[0].tenant_id


def test_client_by_basic_header_and_the_other_spelling_of_scope(xero: Xero) -> None:
    client = _client(xero)
    form = {"grant_type": "client_credentials", "scopes": "accounting.contacts.read"}
    answer = httpx.post(f"{xero.url}/connect/token", data=form, auth=(client["client_id"], client["client_secret"]))
    assert answer.json()["scope"] == "accounting.contacts.read"


def test_missing_scope_is_unauthorised_with_its_misspelt_word(xero: Xero) -> None:
    token = xero.token(grant_type="client_credentials", scope="accounting.contacts.read", **_client(xero)).json()
    assert _get(xero, "Contacts", token["access_token"]).status_code == 200
    for method, path in (("GET", "Invoices"), ("PUT", "Contacts")):
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        answer = xero.raw(method, path, {"Name": "x"} if method == "PUT" else None, headers=headers)
        assert (answer.status_code, answer.json()["Detail"]) == (401, "AuthorizationUnsuccessful")
        assert "insufficent_scope" in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "wrong"}, "invalid_client"),
        ({"grant_type": "client_credentials", "scope": "accounting.everything"}, "invalid_scope"),
        ({"grant_type": "refresh_token", "refresh_token": "never issued"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "never issued", "redirect_uri": BACK}, "invalid_grant"),
    ],
)
def test_token_errors(xero: Xero, form: dict[str, str], error: str) -> None:
    assert _error(xero.token(**{**_client(xero), **form})) == error


def test_code_flow_with_pkce_needs_no_secret(xero: Xero) -> None:
    id = _client(xero)["client_id"]
    first = _redeem(xero, xero.consented(SCOPE, **PKCE), client_id=id, code_verifier=VERIFIER).json()
    second = _refresh(xero, first["refresh_token"], client_id=id).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert _get(xero, "Contacts", second["access_token"]).status_code == 200


def test_codes_are_proved_used_once_and_live_five_minutes(xero: Xero) -> None:
    id = _client(xero)["client_id"]
    assert _error(_redeem(xero, xero.consented(SCOPE, **PKCE), client_id=id, code_verifier="w" * 64)) == "invalid_grant"
    assert _error(_redeem(xero, xero.consented(SCOPE), client_id=id)) == "invalid_client"
    code = xero.consented(SCOPE)
    assert _redeem(xero, code, **_client(xero)).status_code == 200
    assert _error(_redeem(xero, code, **_client(xero))) == "invalid_grant"
    late = xero.consented(SCOPE)
    xero.order("clock", advance=301)
    assert _error(_redeem(xero, late, **_client(xero))) == "invalid_grant"


def test_cancelled_consent(xero: Xero) -> None:
    xero.order("consent", answer="cancel")
    query = {"response_type": "code", "client_id": _client(xero)["client_id"], "redirect_uri": BACK, "scope": SCOPE}
    answer = xero.http.get("/identity/connect/authorize", params={**query, "state": "s"})
    assert dict(parse_qsl(urlsplit(answer.headers["location"]).query)) == {"state": "s", "error": "access_denied"}
    elsewhere = xero.http.get("/identity/connect/authorize", params={**query, "redirect_uri": "http://evil.example"})
    assert elsewhere.status_code == 400


def test_old_refresh_token_has_thirty_minutes_of_grace(xero: Xero) -> None:
    first = _redeem(xero, xero.consented(SCOPE), **_client(xero)).json()["refresh_token"]
    assert _refresh(xero, first, **_client(xero)).status_code == 200
    xero.order("clock", advance=1790)
    again = _refresh(xero, first, **_client(xero))
    assert again.status_code == 200
    xero.order("clock", advance=20)
    assert _error(_refresh(xero, first, **_client(xero))) == "invalid_grant"
    assert _refresh(xero, again.json()["refresh_token"], **_client(xero)).status_code == 200


def test_refresh_token_dies_after_sixty_unused_days(xero: Xero) -> None:
    token = _redeem(xero, xero.consented(SCOPE), **_client(xero)).json()["refresh_token"]
    xero.order("clock", advance=60 * 86_400 + 1)
    assert _error(_refresh(xero, token, **_client(xero))) == "invalid_grant"


def test_access_token_expires(xero: Xero) -> None:
    xero.order("clock", advance=1801)
    answer = xero.raw("GET", "Contacts")
    assert answer.status_code == 401
    assert answer.json()["Detail"].startswith("TokenExpired: token expired at ")
    assert xero.raw("GET", "Contacts", headers={"Authorization": "Bearer made-up"}).json()["Detail"] == (
        "AuthenticationUnsuccessful"
    )


def test_revocation(xero: Xero) -> None:
    token = _redeem(xero, xero.consented(SCOPE), **_client(xero)).json()
    form = {"token": token["refresh_token"], **_client(xero)}
    answer = httpx.post(f"{xero.url}/connect/revocation", data=form)
    assert (answer.status_code, answer.content) == (200, b"")
    assert _get(xero, "Contacts", token["access_token"]).status_code == 401
    assert _error(_refresh(xero, token["refresh_token"], **_client(xero))) == "invalid_grant"
    assert xero.raw("GET", "Contacts").status_code == 200  # another session's
    xero.order("tokens/revoke")
    assert xero.raw("GET", "Contacts").status_code == 401


def test_px01_revocation_drops_all_that_the_user_has_consented_to(xero: Xero) -> None:
    first, second = (_redeem(xero, xero.consented(SCOPE), **_client(xero)).json() for _ in range(2))
    form = {"token": first["refresh_token"], **_client(xero)}
    assert httpx.post(f"{xero.url}/connect/revocation", data=form).status_code == 200
    assert _get(xero, "Contacts", second["access_token"]).status_code == 401
    again = _redeem(xero, xero.consented(SCOPE), **_client(xero)).json()
    assert _get(xero, "Contacts", again["access_token"]).status_code == 200


def test_id_token_only_for_openid(xero: Xero) -> None:
    token = _redeem(xero, xero.consented(f"openid {SCOPE}"), **_client(xero)).json()
    head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token["id_token"].split(".")[:2])
    found = xero.http.get("/.well-known/openid-configuration").json()
    (key,) = xero.http.get(urlsplit(found["jwks_uri"]).path).json()["keys"]
    assert (head["alg"], head["kid"]) == ("RS256", key["kid"])
    assert (claims["aud"], claims["iss"]) == (_client(xero)["client_id"], found["issuer"])
    assert claims["exp"] - claims["iat"] == 300


def test_connections_and_disconnection(xero: Xero) -> None:
    (found,) = xero.http.get("/connections").json()
    assert found["tenantId"] == xero.simulator.profiles[0].tenant_id
    assert xero.http.get("/Connections").headers.keys() & {"x-minlimit-remaining", "x-appminlimit-remaining"} == {
        "x-appminlimit-remaining"
    }
    token = _redeem(xero, xero.consented(SCOPE), **_client(xero)).json()
    assert xero.http.delete(f"/connections/{found['id']}").status_code == 204
    assert xero.http.delete(f"/connections/{found['id']}").status_code == 404
    assert xero.http.get("/connections").json() == []
    renewed = _refresh(xero, token["refresh_token"], **_client(xero)).json()
    answer = _get(xero, "Contacts", renewed["access_token"])
    assert (answer.status_code, answer.json()["Title"], answer.json()["Detail"]) == (
        403,
        "Forbidden",
        "AuthenticationUnsuccessful",
    )


def test_two_organisations(stage: Stage) -> None:
    second = Profile("Second Shop Pty", "AUD", "AU", ("AUD",))
    with playing(stage, XeroSimulator(others=[second])) as xero:
        assert len(xero.http.get("/connections").json()) == 2
        there = {"xero-tenant-id": second.tenant_id}
        found = xero.call("GET", "Organisation", headers=there)["Organisations"][0]
        assert (found["Name"], found["BaseCurrency"], found["Version"]) == ("Second Shop Pty", "AUD", "AU")
        xero.contact("Only here")
        assert xero.call("GET", "Contacts", headers=there)["Contacts"] == []
        assert xero.raw("GET", "Contacts", headers={"xero-tenant-id": ""}).status_code == 403
        custom = {**there, "Authorization": f"Bearer {xero.fresh_token()}"}
        assert xero.raw("GET", "Contacts", headers=custom).status_code == 403


@pytest.mark.parametrize("wrong", [{"country": "XX"}, {"base_currency": "XXX"}, {"currencies": ["GBP", "ZZZ"]}])
def test_unknown_countries_and_currencies_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="choose"):
        XeroSimulator(**wrong)


def test_what_the_simulator_says_of_itself() -> None:
    simulator: Simulator = XeroSimulator()
    access, entry = simulator.access("http://127.0.0.1:1"), simulator.connection("http://127.0.0.1:1")
    assert access.keys() == {"url", "tenant_id", "client_id", "client_secret", "access_token"}
    assert entry["organisation"] == access["tenant_id"]
    assert access["client_secret"] not in json.dumps(entry)
    assert access["client_secret"] not in repr(simulator)
