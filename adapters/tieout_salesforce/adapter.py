"""The adapter `salesforce`: how an org is reached and authorised; the work is in `connection`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from tieout.adapter import Adapter, ClientCredentials, JwtBearer, Limits, Service
from tieout.errors import UsageError
from tieout_salesforce.errors import calls_left, expired, http_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieout.adapter import Connection, Grant, Record, Simulator, Tools

HOSTS = ("salesforce.com", "force.com")
"""At or below these an `instance_url` may lie (section 4); a token is sent nowhere else but to the loopback host."""
PRODUCTION, SANDBOX = "https://login.salesforce.com", "https://test.salesforce.com"

TAKEN_BACK = "in Salesforce, take the external client app's policies away from the user, or delete the app"

_OPTIONS: Mapping[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["url"],
    "properties": {
        "url": {
            "type": "string",
            "pattern": r"^(https://[A-Za-z0-9.-]+(:[0-9]+)?|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?)/?$",
            "description": "The org's My Domain, https://<name>.my.salesforce.com; plain http only for this machine.",
        },
        "version": {
            "type": "string",
            "pattern": r"^[3-9][0-9]\.0$",
            "default": "66.0",
            "description": "REST API version; 66.0 is Spring '26.",
        },
        "grant": {
            "enum": ["client_credentials", "jwt"],
            "default": "client_credentials",
            "description": "How to authorise: as the app's integration user with a secret, or by a signed JWT.",
        },
        "audience": {
            "enum": [PRODUCTION, SANDBOX],
            "description": "Of the JWT; by default the sandbox's for a My Domain that says sandbox, else production's.",
        },
        "marker": {
            "type": "string",
            "pattern": "^[A-Za-z][A-Za-z0-9_]*__c$",
            "default": "Tieout_Key__c",
            "description": "API name of the unique external id field that keeps our key on records made by Tieout.",
        },
        "currency": {
            "type": "string",
            "pattern": "^[A-Z]{3}$",
            "description": "The currency of an org that keeps one (Salesforce does not tell it); else without effect.",
        },
        "overlap_seconds": {
            "type": "integer",
            "minimum": 0,
            "default": 600,
            "description": "How far each read goes back behind the last one: a transaction may run for ten minutes.",
        },
        "late_seconds": {
            "type": "integer",
            "minimum": 0,
            "default": 120,
            "description": "How far the cursor stays behind the server's clock, besides the overlap.",
        },
        "save_duplicates": {
            "type": "boolean",
            "default": False,
            "description": "Save although a duplicate rule of the kind Alert matches; Block always refuses.",
        },
        "daily_calls": {
            "type": "integer",
            "minimum": 1,
            "default": 15000,
            "description": "API calls that the org allows in 24 hours; Salesforce's own answers correct it.",
        },
    },
}


class SalesforceAdapter(Adapter):
    """Salesforce over its REST API."""

    name = "salesforce"
    options: ClassVar[Mapping[str, object]] = _OPTIONS
    credentials: ClassVar[Mapping[str, str]] = {
        "client_id": "consumer key of the external client app",
        "client_secret": "consumer secret of the app (grant client_credentials)",
        "username": "login that the app acts as (grant jwt)",
        "key": "private key of the app's certificate, PEM (grant jwt)",
    }

    def service(self, options: Record, organisation: str | None) -> Service:
        """Say how to reach the org; all further calls go to the `instance_url` of the token's answer."""
        del organisation  # a token belongs to one org
        headers = {"Sforce-Call-Options": "client=tieout", "Sforce-Auto-Assign": "FALSE"}
        if options.get("save_duplicates"):
            headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
        limits = Limits({86400: int(str(options.get("daily_calls", 15000)))}, concurrent=5)
        return Service(
            url=_url(options),
            auth=_grant(options),
            limits=limits,
            headers=headers,
            left=calls_left,
            error=http_error,
            expired=expired,
            taken_back=TAKEN_BACK,
        )

    def open(self, options: Record, tools: Tools) -> Connection:
        """Make a connection; nothing is called yet."""
        from tieout_salesforce.connection import SalesforceConnection  # noqa: PLC0415 - the adapter is cheap to import

        currency = options.get("currency")
        return SalesforceConnection(
            tools,
            url=_url(options),
            version=str(options.get("version", "66.0")),
            marker=str(options.get("marker", "Tieout_Key__c")),
            currency=str(currency) if currency else None,
            overlap=int(str(options.get("overlap_seconds", 600))),
            late=int(str(options.get("late_seconds", 120))),
        )

    def simulator(self) -> Simulator:
        """Give the local stand-in."""
        from tieout_salesforce.simulator import SalesforceSimulator  # noqa: PLC0415 - as above

        return SalesforceSimulator()

    def codes(self) -> Mapping[str, str]:
        """Explain Salesforce's codes, and those of the pre-flight."""
        from tieout_salesforce.codes import explained  # noqa: PLC0415 - as above

        return explained()


def _url(options: Record) -> str:
    return str(options["url"]).rstrip("/")


def _grant(options: Record) -> Grant:
    url = _url(options)
    token, host = f"{url}/services/oauth2/token", urlsplit(url).hostname or ""
    revoke = f"{url}/services/oauth2/revoke"
    if options.get("grant", "client_credentials") == "jwt":
        audience = options.get("audience") or (SANDBOX if ".sandbox." in host or url == SANDBOX else PRODUCTION)
        return JwtBearer(token, str(audience), base_from="instance_url", hosts=HOSTS, revoke_url=revoke)
    if url in {PRODUCTION, SANDBOX}:
        raise UsageError(
            f"{url} grants no client credentials: Salesforce wants the org's own My Domain for them",
            mend="set `url` to https://<name>.my.salesforce.com",
        )
    return ClientCredentials(token, base_from="instance_url", hosts=HOSTS, revoke_url=revoke)
