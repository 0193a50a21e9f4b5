"""The options of a connection to Xero: their schema, described one by one, and their reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

API_URL: Final = "https://api.xero.com"
IDENTITY_URL: Final = "https://identity.xero.com"
LOGIN_URL: Final = "https://login.xero.com"
LINK_URL: Final = "https://go.xero.com"
NEUTRAL_PAGE: Final = "https://tieout.invalid/"
SCOPES: Final = "accounting.contacts accounting.invoices accounting.payments accounting.settings"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
CUSTOM_CONNECTION: Final = "custom_connection"
PKCE: Final = "pkce"
IDLE_DAYS: Final = 60
"""So long an unused refresh token lives (facts (a) lifetimes)."""


def _text(default: str | None, description: str, **more: object) -> dict[str, object]:
    shown = {} if default is None else {"default": default}
    return {"type": "string", **shown, "description": description, **more}


def _count(default: int, most: int, description: str) -> dict[str, object]:
    return {"type": "integer", "minimum": 1, "maximum": most, "default": default, "description": description}


SCHEMA: Final[dict[str, object]] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "url": _text(API_URL, "Where the API is; https, or http on this machine only."),
        "identity_url": _text(None, "Where tokens come from; https://identity.xero.com, or `url` on this machine."),
        "login_url": _text(None, "Where a person logs in; https://login.xero.com, or `url` on this machine."),
        "link_url": _text(LINK_URL, "Where people see records: links to Xero begin with it."),
        "grant": _text(
            PKCE,
            "pkce: a person grants access with `tieout connect`, and the app may have several organisations; "
            "custom_connection: client id and secret of an app that has one organisation.",
            enum=[PKCE, CUSTOM_CONNECTION],
        ),
        "scopes": _text(SCOPES, "OAuth scopes, separated by blanks; offline_access is added where it is needed."),
        "calls_per_day": _count(
            1000, 1_000_000, "Calls a day that Xero allows the app for one organisation, by its tier."
        ),
        "calls_per_minute": _count(
            60,
            100_000,
            "Calls a minute to one organisation; Xero allows 60, which is for all that one app does there together.",
        ),
        "page_size": _count(1000, 1000, "Records a page; Xero allows 1000."),
        "price_decimals": {
            "type": "integer",
            "enum": [4, 2],
            "default": 4,
            "description": "Decimals of unit prices. Xero keeps four where it is asked to (unitdp=4), else it rounds "
            "them to two before it computes a line; with 2 the connection says rounding: xero_price_2.",
        },
        "overlap_seconds": {
            "type": "integer",
            "minimum": 1,
            "maximum": 86_400,
            "default": 120,
            "description": "How late a change may turn up in a listing, by Xero's clock; reads overlap by that.",
        },
        "document_url": _text(
            NEUTRAL_PAGE,
            "Page named in an invoice in place of the source record's, where Xero would refuse that one: it refuses "
            "addresses that contain its own name.",
            pattern="^https?://(?!.*[Xx][Ee][Rr][Oo])[^#]*$",
            maxLength=150,
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Validated options, with their defaults."""

    url: str
    identity_url: str
    login_url: str
    link_url: str
    grant: str
    scopes: str
    calls_per_day: int
    calls_per_minute: int
    page_size: int
    price_decimals: int
    """4 or 2 (facts 2.6: unitdp)."""
    overlap: timedelta
    document_url: str

    @property
    def tenanted(self) -> bool:
        """Must calls name the tenant? A custom connection has but one (facts (a))."""
        return self.grant == PKCE


def read_settings(options: Mapping[str, Any]) -> Settings:
    """Read options that are valid by the schema."""
    url = str(options.get("url") or API_URL).rstrip("/")
    local = urlsplit(url).hostname in LOOPBACK
    return Settings(
        url=url,
        identity_url=str(options.get("identity_url") or (url if local else IDENTITY_URL)).rstrip("/"),
        login_url=str(options.get("login_url") or (url if local else LOGIN_URL)).rstrip("/"),
        link_url=str(options.get("link_url") or LINK_URL).rstrip("/"),
        grant=str(options.get("grant") or PKCE),
        scopes=" ".join(str(options.get("scopes") or SCOPES).split()),
        calls_per_day=int(options.get("calls_per_day") or 1000),
        calls_per_minute=int(options.get("calls_per_minute") or 60),
        page_size=int(options.get("page_size") or 1000),
        price_decimals=int(options.get("price_decimals") or 4),
        overlap=timedelta(seconds=int(options.get("overlap_seconds") or 120)),
        document_url=str(options.get("document_url") or NEUTRAL_PAGE),
    )
