"""The options of a connection to SpotlerCRM: each assumption about its API is one (docs/spotlercrm.md, A1 to A19)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tieout.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

API_URL: Final = "https://apiv4.reallysimplesystems.com"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
MOST_ROWS: Final = 100
FROM_LINES, FROM_FIELD = "lines", "field"
NATURAL_KEYS: Final[dict[str, list[list[str]]]] = {"accounts": [["ledgercode"], ["name", "addresspostcode/zip"]]}
KINDS: Final = ("text", "number", "money", "boolean", "date", "instant", "choice")


def _text(description: str, **more: object) -> dict[str, object]:
    return {"type": "string", "minLength": 1, "description": description, **more}


def _count(default: int, least: int, most: int, description: str) -> dict[str, object]:
    return {"type": "integer", "minimum": least, "maximum": most, "default": default, "description": description}


_NAMES: Final = {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
SCHEMA: Final[dict[str, object]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["account"],
    "properties": {
        "url": _text("Where the API is; https, or http on this machine only.", default=API_URL),
        "account": _text(
            "What you call this SpotlerCRM account. The API does not say whose account a token opens, so all that is "
            "known of it is kept under this name: two accounts need two names, and a name is never changed."
        ),
        "witness": _text(
            "A record that only this account has, as OBJECT/ID (accounts/95950731): every run reads it first, and a "
            "token that does not find it is refused as another account's.",
            pattern="^[a-z_]+/[0-9]{1,19}$",
        ),
        "currency": _text(
            "The one currency of all amounts (A2); SpotlerCRM has no field for it.", pattern="^[A-Z]{3}$"
        ),
        "timezone": _text("IANA name of the zone of stamps without one (A7).", default="UTC"),
        "ledger_code": _text(
            "API name of the accounts' field for the ledger code; by default the field that is labelled Ledger Code or "
            "Account Code (A1). Mappings call it ledgercode in any case."
        ),
        "marker": _text(
            "API name of the text field that keeps our key on records made by Tieout, where an object has it (A9).",
            default="tieoutkey",
        ),
        "natural_keys": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": _NAMES},
            "default": NATURAL_KEYS,
            "description": "Object -> lists of fields: before a record without our key is made, the first list whose "
            "fields all have values is looked up, and a record that has them already is not made again (A9).",
        },
        "value_from": _text(
            "What an opportunity is worth: the sum of its lines, else its field `value`; or that field alone (A3).",
            enum=[FROM_LINES, FROM_FIELD],
            default=FROM_LINES,
        ),
        "kinds": {
            "type": "object",
            "additionalProperties": {"enum": list(KINDS)},
            "default": {},
            "description": "OBJECT.FIELD -> kind of a field of your own, where the data dictionary does not say (A15).",
        },
        "overlap_hours": _count(24, 1, 24 * 31, "How far each read of changes goes back behind the last one (A4)."),
        "page_size": _count(MOST_ROWS, 1, MOST_ROWS, "Records a page; SpotlerCRM gives 100 at most."),
        "calls_per_second": _count(2, 1, 100, "Calls a second, one at a time; no limit is documented (A8)."),
        "record_url": _text(
            "Page on which people see a record, with {object} and {id} in it; no form of it is documented.",
            pattern=r"^https?://.*\{id\}",
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Validated options, with their defaults."""

    url: str
    account: str
    witness: tuple[str, str] | None
    currency: str | None
    zone: ZoneInfo
    ledger_code: str | None
    marker: str
    natural_keys: Mapping[str, Sequence[Sequence[str]]]
    from_lines: bool
    kinds: Mapping[str, str]
    overlap: timedelta
    page_size: int
    calls_per_second: int
    record_url: str | None

    @property
    def live(self) -> bool:
        """Say whether this is the vendor's system, as against a stand-in on this machine."""
        return urlsplit(self.url).hostname not in LOOPBACK


def read_settings(options: Mapping[str, Any]) -> Settings:
    """Read options that are valid by the schema. Raises UsageError for a zone that does not exist."""
    witness = str(options.get("witness") or "").split("/")
    return Settings(
        url=str(options.get("url") or API_URL).rstrip("/"),
        account=str(options["account"]),
        witness=(witness[0], witness[1]) if len(witness) > 1 else None,
        currency=_said(options, "currency"),
        zone=_zone(str(options.get("timezone") or "UTC")),
        ledger_code=_said(options, "ledger_code"),
        marker=str(options.get("marker") or "tieoutkey"),
        natural_keys=options.get("natural_keys", NATURAL_KEYS),
        from_lines=options.get("value_from", FROM_LINES) == FROM_LINES,
        kinds=options.get("kinds") or {},
        overlap=timedelta(hours=int(options.get("overlap_hours") or 24)),
        page_size=int(options.get("page_size") or MOST_ROWS),
        calls_per_second=int(options.get("calls_per_second") or 2),
        record_url=_said(options, "record_url"),
    )


def _said(options: Mapping[str, Any], name: str) -> str | None:
    return str(options[name]) if options.get(name) else None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(
            f"timezone {name!r} is no zone that is known here", mend="write an IANA name, such as Europe/London"
        ) from error
