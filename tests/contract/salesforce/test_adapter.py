from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contract.salesforce.canned import ORG, Canned, raw_field, raw_object, rows
from tieout.adapter import ClientCredentials, JwtBearer, Organisation, Severity
from tieout.errors import Forbidden, UsageError
from tieout_salesforce import tieout_adapters
from tieout_salesforce.adapter import SalesforceAdapter

URL = "https://acme.my.salesforce.com"
ADAPTER = SalesforceAdapter()
SANDBOX = rows({"Id": "00D000000000001EAA", "Name": "Acme", "IsSandbox": True})
IDENTITY = {"identity": "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA"}


def opened(http: Canned, **options: Any) -> Any:
    return ADAPTER.open({"url": URL, **options}, http.tools())


def test_the_hook_offers_the_adapter_and_is_cheap_to_import() -> None:
    assert [adapter.name for adapter in tieout_adapters()] == ["salesforce"]
    code = "import sys, tieout_salesforce; print([m for m in sys.modules if m.startswith('tieout_salesforce.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_options_are_closed_described_and_valid() -> None:
    Draft202012Validator.check_schema(ADAPTER.options)
    properties: Any = ADAPTER.options["properties"]
    assert all(one["description"] for one in properties.values())
    assert not Draft202012Validator(ADAPTER.options).is_valid({"url": URL, "colour": "red"})


@pytest.mark.parametrize("url", [URL, f"{URL}/", "http://127.0.0.1:8801", "http://localhost:8801", "http://[::1]:8801"])
def test_an_org_is_reached_at_its_host(url: str) -> None:
    assert Draft202012Validator(ADAPTER.options).is_valid({"url": url})


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.my.salesforce.com",
        "http://127.0.0.1.evil.example",
        "https://user:pass@acme.my.salesforce.com",
        "https://acme.my.salesforce.com/path",
    ],
)
def test_plain_http_is_for_this_machine_alone_and_a_host_is_all_that_is_named(url: str) -> None:
    assert not Draft202012Validator(ADAPTER.options).is_valid({"url": url})


def test_a_secret_goes_to_the_my_domain_and_the_answer_names_the_base() -> None:
    service = ADAPTER.service({"url": f"{URL}/"}, None)
    hosts = ("salesforce.com", "force.com")
    token = f"{URL}/services/oauth2/token"
    revoke = f"{URL}/services/oauth2/revoke"
    assert service.auth == ClientCredentials(token, base_from="instance_url", hosts=hosts, revoke_url=revoke)
    assert service.limits.windows == {86400: 15000}
    assert service.headers == {"Sforce-Call-Options": "client=tieout", "Sforce-Auto-Assign": "FALSE"}
    assert service.left({"sforce-limit-info": "api-usage=1/10"}) == {86400: 9}


@pytest.mark.parametrize(
    ("url", "audience"),
    [
        (URL, "https://login.salesforce.com"),
        ("https://acme--dev.sandbox.my.salesforce.com", "https://test.salesforce.com"),
        ("https://test.salesforce.com", "https://test.salesforce.com"),
    ],
)
def test_a_jwt_names_its_audience(url: str, audience: str) -> None:
    auth = ADAPTER.service({"url": url, "grant": "jwt"}, None).auth
    assert isinstance(auth, JwtBearer)
    assert (auth.audience, auth.base_from) == (audience, "instance_url")
    given = ADAPTER.service({"url": url, "grant": "jwt", "audience": "https://test.salesforce.com"}, None).auth
    assert isinstance(given, JwtBearer)
    assert given.audience == "https://test.salesforce.com"


def test_the_common_login_host_grants_no_client_credentials() -> None:
    with pytest.raises(UsageError, match="My Domain"):
        ADAPTER.service({"url": "https://login.salesforce.com"}, None)


def test_duplicate_rules_are_passed_only_when_asked() -> None:
    headers = ADAPTER.service({"url": URL, "save_duplicates": True}, None).headers
    assert headers["Sforce-Duplicate-Rule-Header"] == "allowSave=true"


def test_the_organisation_and_its_user() -> None:
    found = opened(Canned(SANDBOX, IDENTITY), currency="GBP").organisation()
    assert found == Organisation("00D000000000001EAA", "Acme", "GBP", live=False, user="005000000000001AAA")


def test_the_corporate_currency_of_a_multi_currency_org_stands_before_the_option() -> None:
    org = {**ORG, "CurrencyType": raw_object("CurrencyType")}
    http = Canned(SANDBOX, rows({"Id": "01L", "IsoCode": "EUR"}), {}, org=org)
    found = opened(http, currency="GBP").organisation()
    assert (found.currency, found.user) == ("EUR", None)


def test_a_login_that_cannot_see_its_organisation_is_stopped() -> None:
    with pytest.raises(Forbidden, match="Organization"):
        opened(Canned(rows())).organisation()


def test_objects_are_those_that_can_be_queried() -> None:
    org = {**ORG, "Vote": raw_object("Vote", queryable=False)}
    assert opened(Canned(org=org)).objects() == sorted(ORG)


def test_the_page_of_a_record() -> None:
    assert opened(Canned()).url("Account", "001A") == f"{URL}/lightning/r/Account/001A/view"


def test_check_reports_what_would_surprise() -> None:
    person = raw_field("IsPersonAccount", "boolean")
    plain = raw_object("Account", person)
    org = {**ORG, "Account": plain, "Contact": {**ORG["Contact"], "createable": False}}
    del org["Product2"]
    found = {(one.code, one.object): one for one in opened(Canned(SANDBOX, IDENTITY, org=org)).check()}
    assert set(found) == {
        ("sandbox", None),
        ("calls-left", None),
        ("currency-unknown", None),
        ("person-accounts", "Account"),
        ("no-access", "Product2"),
        ("read-only", "Contact"),
        ("marker-missing", "Account"),
    }
    marker = found["marker-missing", "Account"]
    assert (marker.severity, marker.path) == (Severity.WARNING, "Tieout_Key__c")
    assert "deploy" in marker.mend
    assert "4982" in found["calls-left", None].message


def test_check_names_the_currencies() -> None:
    org = {**ORG, "CurrencyType": raw_object("CurrencyType")}
    several = opened(Canned(SANDBOX, rows({"Id": "01L", "IsoCode": "EUR"}), IDENTITY, org=org)).check()
    assert "EUR" in next(one.message for one in several if one.code == "multi-currency")
    single = opened(Canned(SANDBOX, IDENTITY), currency="GBP").check()
    assert "GBP" in next(one.message for one in single if one.code == "single-currency")
