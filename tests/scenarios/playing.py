"""A scenario played: people's acts on each side, commands that are typed, and looks; each failure names its line."""

from __future__ import annotations

import csv
import difflib
import os
import re
import shlex
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from scenarios.place import Place, prepared
from scenarios.reading import SECOND, Act, Scenario, Step
from scenarios.scene import Scene, at
from scenarios.sides import Salesforce, Xero
from scenarios.words import Names, has
from system.forked import Ended
from tieout.language.nodes import MapNode, plain

RENEW = "RENEW"
"""Environment variable: write what commands print into the files, instead of comparing."""
MOST_RUNS = 3
"""Runs after which both sides must agree before a scenario begins."""
CLOCK = Path(__file__).parent / "clock"
"""What a host with a wrong clock reads before a command begins."""
ELSEWHERE = "11111111-2222-4333-8444-555555555555"
"""An organisation that nobody has."""


def renewing() -> bool:
    """Say whether files of output are written; on a build machine they never are."""
    wanted = bool(os.environ.get(RENEW))
    assert not (wanted and os.environ.get("CI")), f"{RENEW} is for authors, not for build machines"
    return wanted


def play(scenario: Scenario, folder: Path) -> None:
    """Play a scenario in an empty folder. Raises AssertionError where something is not as the scenario says."""
    with prepared(scenario, folder) as place:
        player = Player(scenario, scene := Scene(place, _names(place)))
        root = scenario.root
        place.configure(scene.data(root.table("project")))
        player.begin(root.table("before"))
        for step in scenario.steps:
            player.take(step)
        with at(root.key_at("after")):
            scene.look(root.table("after"))


def _names(place: Place) -> Names:
    names = Names({side.system.access["url"]: name for name, side in place.sides.items() if isinstance(side, Xero)})
    crm = place.sides.get("salesforce")
    if isinstance(crm, Salesforce):
        names.places = {**names.places, crm.system.access["url"]: "salesforce"}
        names.ids["standard price book"] = crm.standard_price_book()
    ledger = place.sides["xero"]
    assert isinstance(ledger, Xero)
    names.ids |= {"organisation": ledger.organisation, "other organisation": ELSEWHERE}
    other = place.sides.get(SECOND)
    if isinstance(other, Xero):
        names.ids["organisation of xero_eu"] = other.organisation
        names.ids["address of xero_eu"] = other.system.access["url"]
    return names


@dataclass
class Player:
    """Plays one scenario."""

    scenario: Scenario
    scene: Scene

    def begin(self, before: MapNode) -> None:
        """Make what is there before; with `agreed`, let Tieout run until nothing is left."""
        for side, records in before.entries.items():
            if side != "agreed" and isinstance(records, MapNode):
                self.scene.make(side, records)
        if "agreed" in before.entries:
            with at(before.key_at("agreed")):
                self._agree()
                self.scene.look(before.table("agreed"))

    def _agree(self) -> None:
        for _ in range(MOST_RUNS):
            ended = self.scene.place.run(["run", "--json"], {}, "")
            if ended.code == 0:
                return
            if ended.code == 5:
                applied = self.scene.place.run(ended.report["stopped"]["command"].split()[1:], {}, "")
                assert applied.code in {0, 3}, applied
        raise AssertionError(f"the two sides do not come to rest: {ended}")

    def take(self, step: Step) -> None:
        """Take one step."""
        with at(step.at):
            match step.kind:
                case "type":
                    self._type(step.node)
                case "look":
                    self.scene.look(step.node.table("look"))
                case "project":
                    self.scene.place.configure(self.scene.data(step.node.table("project")))
                case "spreadsheet":
                    self._fill(step.node.table("spreadsheet"))
                case "database":
                    self._by_hand(step.node)
                case side:
                    for act in step.acts:
                        with at(act.at):
                            self._act(side, act)

    # --- what people do -----------------------------------------------------------------------------------------------

    def _act(self, side: str, act: Act) -> None:
        match act.verb, act.what:
            case "make", MapNode() as records:
                self.scene.make(side, records)
            case "change", MapNode() as changes:
                for name in changes.entries:
                    known = self.scene.there(name, side)
                    fields = self.scene.data(changes.table(name))
                    self.scene.place.sides[side].change(known.kind, self.scene.names.ids[name], fields)
            case "delete", name:
                named = str(plain(name))
                self.scene.place.sides[side].delete(self.scene.there(named, side).kind, self.scene.names.ids[named])
            case order, body:
                self.scene.place.sides[side].order(order, self.scene.data(body))

    def _fill(self, node: MapNode) -> None:
        """Fill in the column `answer` of a CSV file, as a person with a spreadsheet does."""
        path = self.scene.place.folder / node.text("file")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for name, answer in self.scene.data(node.table("answers")).items():
            asked = [row for row in rows if row["record"].partition(":")[2] == self.scene.names.ids[name]]
            assert asked, f"{path.name} asks nothing about {name!r}"
            for row in asked:
                row["answer"] = answer
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    def _by_hand(self, node: MapNode) -> None:
        """Change the database past Tieout; `refused`: it must not let that happen."""
        statements = [self.scene.names.filled(text) for text in _texts(node, "database")]
        refused = "nothing"
        try:
            self.scene.place.by_hand(statements)
        except sqlite3.Error as error:
            refused = str(error)
        wanted = node.text("refused") or "nothing"
        assert wanted in refused, f"the database refused {refused}, not {wanted}"

    # --- what is typed ------------------------------------------------------------------------------------------------

    def _type(self, node: MapNode) -> None:
        for side in self.scene.place.sides.values():
            side.count_anew()
        words = shlex.split(self.scene.names.filled(node.text("type")))[1:]
        env: Mapping[str, str] = {**self.scene.data(node.table("with")), **_wrong_clock(node.text("clock"))}
        if "browser" in node.entries:
            ended = self.scene.place.consent(words, env, node.text("browser"))
        else:
            ended = self.scene.place.run(words, env, self.scene.names.filled(node.text("input")))
        self._remember(ended)
        shown = self.scene.names.plain(printed(ended))
        said = f"\n{node.text('type')} ended with {ended.code} and printed:\n{shown}"
        assert ended.code == plain(node.entries["exit"]), f"expected exit code {plain(node.entries['exit'])}{said}"
        for text in _texts(node, "shows"):
            assert has(shown, text), f"nothing shows {text!r}{said}"
        for text in _texts(node, "hides"):
            secret = self.scene.names.filled(text)
            assert not has(printed(ended), secret), f"it shows {text!r}{said}"
        if "output" in node.entries:
            self._compare(self.scenario.folder / node.text("output"), shown)
        if "writes" in node.entries:
            self._written(node, said)

    def _remember(self, ended: Ended) -> None:
        """Keep the names of the plan, of the run and of the entry of the log that were shown last."""
        for name, pattern in (
            ("plan", r"\b(?:plan|apply|--show) ([0-9a-f]{12})\b"),
            ("run", r"\b(\d{8}-\d{6}-[0-9a-f]{4})\b"),
            ("entry", r"(?m)^ *(\d+)  \d{4}-\d\d-\d\dT"),
        ):
            if found := re.findall(pattern, ended.out):
                self.scene.names.ids[name] = found[-1]

    def _written(self, node: MapNode, said: str) -> None:
        wanted = plain(node.entries["writes"])
        expected = {} if wanted == "nothing" else wanted
        made = {name: _counted(side.effects()) for name, side in self.scene.place.sides.items()}
        made = {name: kinds for name, kinds in made.items() if kinds}
        assert made == expected, f"it changed {made} instead of {expected or 'nothing'}{said}"

    def _compare(self, path: Path, shown: str) -> None:
        if renewing():
            path.write_text(shown, "utf-8")
            return
        wanted = path.read_text("utf-8").splitlines()
        told = "\n".join(difflib.unified_diff(wanted, shown.splitlines(), path.name, "printed", lineterm="", n=1))
        assert not told, f"{told}\n{RENEW}=1 takes over what is printed, once you have read it"


def _counted(kinds: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {kind: {verb: int(count) for verb, count in counts.items() if count} for kind, counts in kinds.items()}


def _wrong_clock(said: str) -> Mapping[str, str]:
    """Give the environment of a host whose clock is ahead or behind: "-2 hours"."""
    if not said:
        return {}
    number, unit = said.split()
    return {"PYTHONPATH": str(CLOCK), "HOST_CLOCK_AHEAD": str(timedelta(**{unit: int(number)}).total_seconds())}


def _texts(node: MapNode, key: str) -> list[str]:
    return [str(plain(one)) for one in node.list(key)]


def printed(ended: Ended) -> str:
    """Give what a person at a terminal sees: the output, then what is complained of; not the log."""
    said = [line for line in ended.err.splitlines() if not line.startswith("{")]
    return "\n".join([ended.out, *said])
