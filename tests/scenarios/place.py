"""Where a scenario happens: its systems on this machine, and a project between them whose commands are processes."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from ruamel.yaml import YAML

from scenarios.reading import FILES, SECOND, Scenario
from scenarios.sides import Salesforce, Side, Spotler, Xero
from system.cli.desk import BASE, Desk, run_tieout
from system.cli.test_connecting import finished, invited
from system.cli.test_organisations import second
from system.forked import TIEOUT, Ended
from system.northwind.stage import CALLS, System, sandbox
from system.spotlercrm.office import office
from tieout.language.loading import load_file
from tieout.language.nodes import plain
from tieout_xero.simulator import XeroSimulator

Config = Mapping[str, Any]
PROJECT = "tieout.yaml"
DATABASE = Path(".tieout", "state.db")


@dataclass
class Place:
    """The systems of a scenario, and a project between them."""

    folder: Path
    sides: Mapping[str, Side]
    secrets: Mapping[str, str]
    config: Config
    """tieout.yaml as it stands now."""

    def configure(self, change: Config) -> None:
        """Lay a part over tieout.yaml: keys with values are merged, everything else is replaced."""
        self.config = laid(self.config, change)
        with (self.folder / PROJECT).open("w", encoding="utf-8") as stream:
            YAML(typ="safe").dump(self.config, stream)

    def run(self, words: list[str], env: Mapping[str, str], stdin: str) -> Ended:
        """Run one command as a scheduler does."""
        return run_tieout(words, self.folder, {**self.secrets, **env}, stdin=stdin)

    def by_hand(self, statements: Sequence[str]) -> None:
        """Change the database as somebody with its file does. Raises sqlite3.Error where it refuses."""
        with closing(sqlite3.connect(self.folder / DATABASE)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def consent(self, words: list[str], env: Mapping[str, str], answer: str) -> Ended:
        """Run a command that asks for a page to be opened, and answer there as a person."""
        ledger = self.sides["xero"]
        ledger.order("consent", {"answer": answer})
        process = subprocess.Popen(
            [TIEOUT, *words],
            cwd=self.folder,
            env={**BASE, **self.secrets, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        httpx.get(invited(process), follow_redirects=True)
        return finished(process)


@contextmanager
def prepared(scenario: Scenario, folder: Path) -> Iterator[Place]:
    """Start the systems of a scenario, and write a project with the pack unedited."""
    with ExitStack() as stack:
        place = _deals(stack, folder) if "salesforce" in scenario.pack else _office(stack, folder, scenario.pack)
        if (scenario.folder / FILES).is_dir():
            shutil.copytree(scenario.folder / FILES, folder, dirs_exist_ok=True)
        if "second_ledger" in scenario.root.entries:
            place = _with_second(scenario, stack, place)
        yield place


def _deals(stack: ExitStack, folder: Path) -> Place:
    stage = stack.enter_context(sandbox())
    Desk(folder, stage).write()
    sides = {"salesforce": Salesforce(stage.salesforce), "xero": Xero(stage.xero)}
    return Place(folder, sides, stage.secrets, _written(folder))


def _office(stack: ExitStack, folder: Path, pack: str) -> Place:
    firm = stack.enter_context(office(folder))
    firm.write(pack)
    sides = {"spotlercrm": Spotler(firm.crm), "xero": Xero(System(firm.books.access, firm.books.http))}
    return Place(folder, sides, firm.secrets, _written(folder))


def _with_second(scenario: Scenario, stack: ExitStack, place: Place) -> Place:
    about = scenario.root.table("second_ledger")
    simulator = XeroSimulator(about.text("name"), base_currency=about.text("currency"), country=about.text("country"))
    system = second(stack, simulator)
    limits = {"calls_per_minute": CALLS, "calls_per_day": CALLS}
    connection = {
        "adapter": "xero",
        "organisation": system.access["tenant_id"],
        "options": {"url": system.access["url"], "grant": "custom_connection", **limits},
        "credentials": {"client_id": "${env:EU_CLIENT_ID}", "client_secret": "${env:EU_CLIENT_SECRET}"},
    }
    secrets = {"EU_CLIENT_ID": system.access["client_id"], "EU_CLIENT_SECRET": system.access["client_secret"]}
    config = laid(place.config, {"connections": {SECOND: connection}})
    return Place(place.folder, {**place.sides, SECOND: Xero(system)}, {**place.secrets, **secrets}, config)


def _written(folder: Path) -> Config:
    root = load_file(folder / PROJECT, PROJECT).root
    assert root is not None
    config = dumped(plain(root))
    assert isinstance(config, dict)
    return config


def laid(below: Config, above: Config) -> Config:
    """Merge keys with values; everything else is replaced. Null takes a key away."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = laid(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def dumped(value: Any) -> Any:
    """Give data as YAML and JSON write it."""
    match value:
        case Mapping():
            return {key: dumped(one) for key, one in value.items()}
        case list() | tuple():
            return [dumped(one) for one in value]
        case Decimal():
            return float(value)
    return value
