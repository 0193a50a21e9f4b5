"""Tokens, versions, limits and headers."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tieout_salesforce.simulator import SalesforceSimulator, ids

from .conftest import ROOT, Sim, serving

TOKEN = "/services/oauth2/token"


def credentials(sim: Sim) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": sim.access["client_id"],
        "client_secret": sim.access["client_secret"],
    }


def test_grants_a_token_by_form_or_header(sim: Sim) -> None:
    by_form = httpx.post(sim.url + TOKEN, data=credentials(sim), trust_env=False)
    pair = base64.b64encode(f"{sim.access['client_id']}:{sim.access['client_secret']}".encode()).decode()
    by_header = httpx.post(
        sim.url + TOKEN,
        data={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {pair}"},
        trust_env=False,
    )

    body = by_form.json()
    assert body["instance_url"] == sim.url
    assert body["access_token"].partition("!")[0] == body["id"].split("/")[-2][:15]
    assert body["issued_at"].isdigit()
    assert body.keys().isdisjoint({"expires_in", "refresh_token"})
    assert by_header.status_code == 200
    assert sim.http.get(f"{ROOT}/limits").headers["sforce-limit-info"] == "api-usage=1/15000"


def test_reads_a_chunked_form(sim: Sim) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"grant_type=client_credentials&client_id="
        yield f"{sim.access['client_id']}&client_secret={sim.access['client_secret']}".encode()

    answer = httpx.post(
        sim.url + TOKEN,
        content=chunks(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        trust_env=False,
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client_id"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
    ],
)
def test_the_token_endpoints_errors_are_objects(shared: Sim, change: dict[str, str], error: str) -> None:
    answer = httpx.post(shared.url + TOKEN, data={**credentials(shared), **change}, trust_env=False)

    assert answer.status_code == 400
    assert answer.json()["error"] == error
    assert "error_description" in answer.json()


def test_a_token_dies_of_idleness_and_of_revocation(sim: Sim) -> None:
    token = httpx.post(sim.url + TOKEN, data=credentials(sim), trust_env=False).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    def status() -> int:
        return sim.http.get(f"{ROOT}/limits", headers=headers).status_code

    assert status() == 200
    sim.control("clock", advance=7000)
    assert status() == 200
    sim.control("clock", advance=7000)
    assert status() == 200, "use keeps a session alive"
    sim.control("clock", advance=7300)
    dead = sim.http.get(f"{ROOT}/limits", headers=headers)
    assert dead.status_code == 401
    assert dead.headers["www-authenticate"] == "Token"
    assert dead.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    assert sim.http.post("/services/oauth2/revoke", data={"token": sim.access["user_token"]}).status_code == 200
    assert sim.person.get(f"{ROOT}/limits").status_code == 401
    assert sim.http.get(f"{ROOT}/limits").status_code == 200


def test_says_who_is_there(sim: Sim) -> None:
    me = sim.http.get("/services/oauth2/userinfo").json()
    root = sim.http.get(f"{ROOT}/").json()

    assert me["preferred_username"] == "tieout@example.com"
    assert sim.read("User", me["user_id"], "Username") == {"Username": "tieout@example.com"}
    assert root["identity"] == me["sub"]
    assert sim.http.get(root["identity"]).json()["organization_id"] == me["organization_id"]


def test_the_list_of_versions_needs_no_token_and_counts_for_nothing(sim: Sim) -> None:
    answer = httpx.get(f"{sim.url}/services/data/", trust_env=False)

    assert answer.json()[-1] == {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}
    assert {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"} in answer.json()
    assert {"label": "Winter '24", "url": "/services/data/v59.0", "version": "59.0"} in answer.json()
    assert "sforce-limit-info" not in answer.headers
    assert len(answer.headers.get_list("date")) == 1
    assert sim.control("limits")["used"] == 0


def test_versions_outside_of_the_list(sim: Sim) -> None:
    assert sim.http.get("/services/data/v30.0/limits").status_code == 410
    assert sim.http.get("/services/data/v69.0/limits").status_code == 404
    assert sim.http.get("/services/data/v31.0/limits").status_code == 200


def test_calls_are_counted_over_24_hours_of_the_simulators_clock(sim: Sim) -> None:
    sim.control("limits", daily=3)
    answers = [sim.http.get(f"{ROOT}/limits") for _ in range(4)]

    assert [answer.headers["sforce-limit-info"] for answer in answers] == [
        "api-usage=1/3",
        "api-usage=2/3",
        "api-usage=3/3",
        "api-usage=3/3",
    ]
    assert answers[3].status_code == 403
    assert answers[3].json() == [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    assert answers[2].json()["DailyApiRequests"] == {"Max": 3, "Remaining": 0}
    sim.control("clock", advance=86_401)
    assert sim.http.get(f"{ROOT}/limits").headers["sforce-limit-info"] == "api-usage=1/3"
    sim.control("limits", used=500, daily=400)
    assert sim.http.get(f"{ROOT}/limits").status_code == 403
    sim.control("limits", off=True)
    assert sim.http.get(f"{ROOT}/limits").status_code == 200


def test_an_edition_without_api_access(sim: Sim) -> None:
    sim.control("limits", disabled=True)

    answer = sim.http.get(f"{ROOT}/limits")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "API_DISABLED_FOR_ORG")


def test_counts_records(sim: Sim) -> None:
    sim.create("Account", Name="A")

    answer = sim.http.get(f"{ROOT}/limits/recordCount", params={"sObjects": "Account,Contact"})
    assert answer.json() == {"sObjects": [{"count": 1, "name": "Account"}, {"count": 0, "name": "Contact"}]}


def test_the_date_is_the_simulators(sim: Sim) -> None:
    now = sim.control("clock", set="2031-05-06T07:08:09Z")["now"]

    assert now.startswith("2031-05-06T07:08:09")
    assert parsedate_to_datetime(sim.http.get(f"{ROOT}/limits").headers["date"]).year == 2031


def test_the_connection_names_no_secret() -> None:
    simulator = SalesforceSimulator()
    connection, access = simulator.connection("http://127.0.0.1:1"), simulator.access("http://127.0.0.1:1")

    assert connection["adapter"] == "salesforce"
    assert ids.normal(str(connection["organisation"])) == connection["organisation"]
    assert access["client_secret"] not in json.dumps(connection)


def test_the_organisation_is_the_one_that_the_connection_pins() -> None:
    simulator = SalesforceSimulator(currencies={"EUR": "1", "GBP": "0.86"}, daily_calls=100)
    with serving(simulator) as sim:
        assert sim.rows("SELECT Id FROM Organization")[0]["Id"] == simulator.connection(sim.url)["organisation"]
        assert sim.rows("SELECT IsoCode FROM CurrencyType WHERE IsCorporate = true") == [{"IsoCode": "EUR"}]
        assert sim.http.get(f"{ROOT}/limits").headers["sforce-limit-info"] == "api-usage=3/100"


def test_is_cheap_to_import() -> None:
    code = "import sys, tieout_salesforce.simulator; print('starlette' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ))

    assert ran.stdout.strip() == "False"


def test_ids_have_the_checksum_of_real_ones() -> None:
    real = ("0057e00000RmwSWAAZ", "01254000001upcKAAQ", "012000000000000AAA", "003RO0000035WQgYAM")

    assert [ids.normal(id[:15]) for id in real] == list(real)
    assert ids.normal("0057e00000RmwS") is None
    made = [ids.make("001", number) for number in range(5000)]
    assert made == sorted(made)
    assert all(ids.normal(id) == id for id in made)
