"""Names in place of ids, and days in place of dates: in what a scenario says, and in what a command prints."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from getpass import getuser
from typing import Any

from scenarios.reading import DAY, NAMED

ANY = "…"
"""In a text that is expected: whatever stands there, but something."""

FLEETING = {"plan", "run", "entry"}
"""Names of what was shown last."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?")
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PATTERNS = (
    (r"\b\d{8}-\d{6}-[0-9a-f]{4}\b", "<run>"),
    (r"(?<=\bplan )[0-9a-f]{12}\b", "<plan>"),
    (r"(?<=\bapply )[0-9a-f]{12}\b", "<plan>"),
    (r"(?<=--show )[0-9a-f]{12}\b", "<plan>"),
    (r"(?<=^pass \d )[0-9a-f]{12}$", "<plan>"),
    (r"(?<=^head )\d+:[0-9a-f]{64}", "<head>"),
    (r"(?<=<today>), in the hour after \d\d:\d\d UTC", ""),
    (r"(?<=token ends  )\d{4}-\d\d-\d\d", "<day>"),
    (r"^ *\d+(?=  <time>  )", "<entry>"),
    (r"\b[0-9a-f]{64}\b", "<hash>"),
    (r"\b[0-9a-f]{32}\b", "<key>"),
    (r"\b\d+(?:\.\d+)? s\b", "<seconds>"),
    (r"(?<=\bcheck:)\d+(?= \[)", "<line>"),
    (r"(?<=-xero/)([\w-]+\.yaml):\d+:\d+", r"\1:<line>"),
    (r"^ +\d+(?= \| )", "  <line>"),
    (r"\b\d+(?= API calls are left)", "<some>"),
    (r"(?<=broken at entry )\d+", "<entry>"),
    (r"\b\d+(?= entries before it hold)", "<some>"),
    (_UUID, "<id>"),
    (r"\b[0-9a-zA-Z]{3}Sm[0-9A-Za-z]{10}[A-Z0-5]{3}\b", "<id>"),
    (r"\b90071992547\d{5}\b", "<id>"),
)
"""What is another one each time, in the order in which it is looked for."""


@dataclass
class Names:
    """What is known by a name, and where each system is."""

    places: Mapping[str, str]
    """Address of a system -> its name."""
    ids: dict[str, str] = field(default_factory=dict)
    """Name -> id."""
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    days: dict[str, str] = field(default_factory=dict)
    """Date that was meant relative to today -> how it was spelt."""

    def __post_init__(self) -> None:
        self.days[self.today.isoformat()] = "<today>"

    def filled(self, text: str) -> str:
        """Put ids and dates in the place of names. Raises AssertionError for a name without an id yet."""
        return NAMED.sub(lambda found: self._id(found[1]), text)

    def _id(self, name: str) -> str:
        if found := DAY.fullmatch(name):
            days = int(found[2] or 0) * (-1 if found[1] == "-" else 1)
            told = (self.today + timedelta(days)).isoformat()
            self.days.setdefault(told, f"<{name}>")
            return told
        assert name in self.ids, f"nothing is known as {name!r} yet; name it in a look before"
        return self.ids[name]

    def valued(self, value: Any) -> Any:
        """Fill all texts of a value, and write its numbers as JSON does."""
        match value:
            case Mapping():
                return {key: self.valued(one) for key, one in value.items()}
            case str():
                return self.filled(value)
            case Sequence():
                return [self.valued(one) for one in value]
            case Decimal():
                return float(value)
        return value

    def plain(self, text: str) -> str:
        """Put names in the place of ids, and a word in the place of whatever is another one each time."""
        ids = {id_: name for name, id_ in self.ids.items() if name not in FLEETING}
        for id_ in sorted(ids, key=len, reverse=True):
            text = text.replace(id_, f"<{ids[id_]}>")
        for place, name in self.places.items():
            text = text.replace(place, f"<{name}>")
        text = _TIME.sub("<time>", text)
        text = re.sub(rf"\b{re.escape(getuser())}\b", "<you>", text)
        for told, name in self.days.items():
            text = text.replace(told, name)
        for pattern, word in _PATTERNS:
            text = re.sub(pattern, word, text, flags=re.MULTILINE)
        return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) + "\n"


def has(text: str, part: str) -> bool:
    """Say whether a line of a text has a part, however many blanks stand between its words."""
    pattern = ".+".join(r"\s+".join(re.escape(word) for word in piece.split()) for piece in part.split(ANY))
    return any(re.search(pattern, line) for line in text.splitlines())


def differences(expected: Any, found: Any, at: str = "") -> list[str]:
    """Name where a record is not as expected; fields that nobody expects are not looked at."""
    if isinstance(expected, Mapping):
        pairs = [(want, under(found, path), f"{at}.{path}" if at else path) for path, want in expected.items()]
        return [line for want, value, where in pairs for line in differences(want, value, where)]
    if isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            return [f"{at}: {_shown(found)} instead of {len(expected)} rows"]
        rows = zip(expected, found, strict=True)
        return [line for number, (want, row) in enumerate(rows, 1) for line in differences(want, row, f"{at} {number}")]
    return [] if same(expected, found) else [f"{at}: {_shown(found)} instead of {_shown(expected)}"]


def same(expected: Any, found: Any) -> bool:
    """Compare two scalars as a person does: numbers by their value, null with anything blank."""
    if expected is None:
        return found in (None, "", [])
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(found, Decimal | int | float):
        try:
            return Decimal(str(expected)) == Decimal(str(found))
        except InvalidOperation:
            return False
    return isinstance(found, str) and re.fullmatch(_regex(str(expected)), found, re.DOTALL) is not None


def under(found: Any, path: str) -> Any:
    """Follow a path with dots; in a list it names the row by its type: Phones.DEFAULT.PhoneNumber."""
    if isinstance(found, Mapping) and path in found:
        return found[path]
    for name in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list):
            found = next((row for row in found if name in {v for k, v in row.items() if k.endswith("Type")}), None)
        else:
            return None
    return found


def _regex(text: str) -> str:
    return ".+".join(re.escape(part) for part in text.split(ANY))


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value) if isinstance(value, Decimal) else repr(value)
