"""What Tieout can do, row by row, with the tests that are named after each row; `docs/capabilities.md` is made of it.

`python tests/docs/capabilities.py` writes the page, a test holds it to the tests. A test is named after its rows:
`test_sx10_...`, `test_px02_sx08_...`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "capabilities.md"
SCENARIOS = "tests/scenarios"
"""Where a folder for a row lies below its pack: `salesforce-xero/sx-30-invoice-from-a-won-deal`."""
OUTSIDE = ("tests/system/cli", "tests/system/northwind", "tests/system/spotlercrm", "tests/system/crash", SCENARIOS)
"""Where tests go through the command line, and over HTTP to the simulators."""
_FOLDER = re.compile(r"(sx|px|t)-(\d\d)-")
_NAMED = re.compile(r"^ *def test_((?:(?:sx|px|t)\d\d_)+)", re.MULTILINE)
HEAD = """# What it can do, and the tests that show it

SX rows come from what people do with Salesforce and Xero, PX rows from SpotlerCRM and Xero, T rows are what is not \
usual yet. The files that are named type commands and go over HTTP to the simulators; tests from inside are about the \
engine and the adapters in themselves. [Scenarios](../tests/scenarios/README.md) are folders that tell, without a \
line of Python, what happens in both systems. A row that no test shows from outside is not promised yet.

This page is made from the names of the tests and folders: `python tests/docs/capabilities.py`.
"""

ROWS: Mapping[str, Sequence[tuple[str, str]]] = {
    "Connect and prepare": (
        ("SX-01", "install an adapter"),
        ("SX-02", "authorise both systems"),
        ("SX-03", "preflight: edition and API access"),
        ("SX-04", "preflight: the ledger is ready"),
        ("SX-05", "preflight: field mapping planned"),
        ("SX-06", "preflight: permissions"),
        ("SX-07", "test with sample data"),
        ("SX-08", "roll out"),
        ("PX-01", "disconnect and reconnect"),
        ("PX-02", "more than one organisation"),
    ),
    "Match and import": (
        ("SX-10", "records that existed on both sides before"),
        ("SX-11", "duplicates inside one system"),
        ("PX-10", "import all Xero contacts"),
        ("PX-11", "first look at an account"),
        ("PX-12", "ledger code rules"),
        ("PX-13", "main contact on export"),
    ),
    "Accounts and contacts": (
        ("SX-20", "changes flow both ways"),
        ("SX-21", "near real time"),
        ("SX-22", "conflicts"),
        ("PX-20", "update to Xero"),
        ("PX-21", "view on Xero"),
        ("PX-22", "figures on the account"),
        ("SX-23", "one account, several contacts in the ledger"),
    ),
    "Invoices and payments": (
        ("SX-30", "invoice from a won deal"),
        ("SX-31", "on request instead"),
        ("SX-32", "every value explained"),
        ("PX-30", "revenue code chosen"),
        ("PX-31", "number and link back on the deal"),
        ("PX-32", "taxes by the ledger's own settings"),
        ("PX-33", "update the draft"),
        ("PX-34", "after approval"),
        ("PX-35", "deal deleted"),
        ("SX-33", "payment status"),
        ("SX-34", "products and items"),
        ("SX-35", "quotes"),
    ),
    "Money": (
        ("SX-40", "many currencies"),
        ("SX-41", "rates aligned"),
        ("SX-42", "many tax rates"),
        ("SX-43", "amounts never without currency"),
        ("T-01", "predict, write, verify"),
        ("T-02", "plan in money"),
    ),
    "When things go wrong": (
        ("SX-50", "failed records"),
        ("SX-51", "correct and run again"),
        ("SX-52", "classes of failure"),
        ("SX-53", "health checks"),
        ("SX-54", "alerts"),
        ("SX-55", "drift of the systems"),
        ("T-03", "crash anywhere"),
        ("T-04", "guards"),
        ("T-05", "saved plan"),
        ("T-06", "undo"),
        ("T-07", "oscillation"),
        ("T-08", "lost state"),
    ),
    "Trust, understanding, reporting": (
        ("SX-60", "audit trail"),
        ("SX-61", "privacy"),
        ("SX-62", "encrypted and authenticated"),
        ("SX-63", "access review"),
        ("SX-64", "combined reporting"),
        ("SX-65", "one shared view"),
        ("SX-66", "overdue notices"),
        ("T-09", "`explain`"),
        ("T-10", "proof before go-live"),
        ("T-11", "replay"),
        ("T-12", "shadow mode"),
        ("T-13", "certified adapters"),
        ("T-14", "editors know the systems"),
        ("T-15", "scale out"),
    ),
}
"""Part of the page -> its rows: id and what it is."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The files with tests of one row, and the folders with its scenarios."""

    outside: frozenset[str]
    inside: frozenset[str]


def shown() -> dict[str, Shown]:
    """Give the tests and scenarios of every row, by their names."""
    found: dict[str, set[str]] = {id_: set() for rows in ROWS.values() for id_, _ in rows}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for rows in _NAMED.findall(path.read_text("utf-8")):
            for row in rows.strip("_").split("_"):
                found[f"{row[:-2].upper()}-{row[-2:]}"].add(path.relative_to(ROOT).as_posix())
    for path in sorted((ROOT / SCENARIOS).glob("*/*/scenario.yaml")):
        if row := _FOLDER.match(path.parent.name):
            found[f"{row[1].upper()}-{row[2]}"].add(path.parent.relative_to(ROOT).as_posix())
    return {id_: _parted(files) for id_, files in found.items()}


def _parted(files: set[str]) -> Shown:
    outside = frozenset(name for name in files if name.startswith(OUTSIDE))
    return Shown(outside, frozenset(files) - outside)


def page() -> str:
    """Make the page."""
    tests = shown()
    parts = [HEAD]
    for part, rows in ROWS.items():
        lines = [f"| {id_} | {what} | {_told(tests[id_])} |" for id_, what in rows]
        parts.append("\n".join([f"## {part}", "", "| row | what | tests |", "|---|---|---|", *lines]) + "\n")
    return "\n".join(parts)


def _told(one: Shown) -> str:
    if not one.outside:
        return "not yet from outside" if one.inside else "not yet"
    links = [_link(name) for name in sorted(one.outside, key=lambda name: (name.startswith(SCENARIOS), name))]
    return ", ".join(links) + (", and from inside" if one.inside else "")


def _link(name: str) -> str:
    path = Path(name)
    if not name.startswith(SCENARIOS):
        return f"[{path.stem.removeprefix('test_')}](../{name})"
    return f"[{path.parent.name}: {_FOLDER.sub('', path.name).replace('-', ' ')}](../{name}/scenario.yaml)"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
