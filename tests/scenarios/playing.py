"""A scenario played: people's acts on each side, commands that are typed, and looks; each failure names its line."""

from __future__ import annotations

import csv
import difflib
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenarios.place import Place, dumped, prepared
from scenarios.reading import Act, Scenario, Step
from scenarios.sides import Row, Salesforce, Xero
from scenarios.words import Names, differences, has, same, under
from system.northwind.stage import Ended
from tieout.language.nodes import MapNode, Node, plain
from tieout.problems import Position

RENEW = "RENEW"
"""Environment variable: write what commands print into the files, instead of comparing."""
MOST_RUNS = 3
"""Runs after which both sides must agree before a scenario begins."""
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
        player = Player(scenario, place, _names(place))
        root = scenario.root
        place.configure(player.data(root.table("project")))
        player.begin(root.table("before"))
        for step in scenario.steps:
            player.take(step)
        with at(root.key_at("after")):
            player.look(root.table("after"))


def _names(place: Place) -> Names:
    names = Names({side.system.access["url"]: name for name, side in place.sides.items() if isinstance(side, Xero)})
    crm = place.sides.get("salesforce")
    if isinstance(crm, Salesforce):
        names.places = {**names.places, crm.system.access["url"]: "salesforce"}
        names.ids["standard price book"] = crm.standard_price_book()
    ledger = place.sides["xero"]
    assert isinstance(ledger, Xero)
    names.ids |= {"organisation": ledger.organisation, "other organisation": ELSEWHERE}
    return names


class NotSoError(AssertionError):
    """Something is not as the scenario says; begins with the place in its file."""


@contextmanager
def at(place: Position) -> Iterator[None]:
    """Put the place in the scenario before whatever fails; the innermost place is kept."""
    try:
        yield
    except NotSoError:
        raise
    except AssertionError as error:
        raise NotSoError(f"{place}: {error}") from None


@dataclass(frozen=True, slots=True)
class Known:
    """Where a record with a name is."""

    side: str
    kind: str


@dataclass
class Player:
    """Plays one scenario."""

    scenario: Scenario
    place: Place
    names: Names
    records: dict[str, Known] = field(default_factory=dict)
    """Name -> where that record is."""

    def data(self, node: Node) -> Any:
        """Give what stands there, with ids and dates in the place of names."""
        return self.names.valued(dumped(plain(node)))

    def begin(self, before: MapNode) -> None:
        """Make what is there before; with `agreed`, let Tieout run until nothing is left."""
        for side, records in before.entries.items():
            if side != "agreed" and isinstance(records, MapNode):
                self._make(side, records)
        if "agreed" in before.entries:
            with at(before.key_at("agreed")):
                self._agree()
                self.look(before.table("agreed"))

    def _agree(self) -> None:
        for _ in range(MOST_RUNS):
            ended = self.place.run(["run", "--json"], {}, "")
            if ended.code == 0:
                return
            if ended.code == 5:
                applied = self.place.run(ended.report["stopped"]["command"].split()[1:], {}, "")
                assert applied.code in {0, 3}, applied
        raise AssertionError(f"the two sides do not come to rest: {ended}")

    def take(self, step: Step) -> None:
        """Take one step."""
        with at(step.at):
            match step.kind:
                case "type":
                    self._type(step.node)
                case "look":
                    self.look(step.node.table("look"))
                case "project":
                    self.place.configure(self.data(step.node.table("project")))
                case "spreadsheet":
                    self._fill(step.node.table("spreadsheet"))
                case side:
                    for act in step.acts:
                        with at(act.at):
                            self._act(side, act)

    # --- what people do -----------------------------------------------------------------------------------------------

    def _act(self, side: str, act: Act) -> None:
        match act.verb, act.what:
            case "make", MapNode() as records:
                self._make(side, records)
            case "change", MapNode() as changes:
                for name in changes.entries:
                    known = self._there(name, side)
                    fields = self.data(changes.table(name))
                    self.place.sides[side].change(known.kind, self.names.ids[name], fields)
            case "delete", name:
                named = str(plain(name))
                self.place.sides[side].delete(self._there(named, side).kind, self.names.ids[named])
            case order, body:
                self.place.sides[side].order(order, self.data(body))

    def _there(self, name: str, side: str) -> Known:
        known = self.records.get(name)
        assert known is not None, f"nothing is known as {name!r} yet; name it in a look before"
        assert known.side == side, f"{name!r} is a record of {known.side}"
        return known

    def _make(self, side: str, records: MapNode) -> None:
        for kind in records.entries:
            made = records.table(kind)
            for name in made.entries:
                with at(made.key_at(name)):
                    self.names.ids[name] = self.place.sides[side].make(kind, self.data(made.table(name)))
                self.records[name] = Known(side, kind)

    def _fill(self, node: MapNode) -> None:
        """Fill in the column `answer` of a CSV file, as a person with a spreadsheet does."""
        path = self.place.folder / node.text("file")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for name, answer in self.data(node.table("answers")).items():
            asked = [row for row in rows if row["record"].partition(":")[2] == self.names.ids[name]]
            assert asked, f"{path.name} asks nothing about {name!r}"
            for row in asked:
                row["answer"] = answer
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    # --- what is typed ------------------------------------------------------------------------------------------------

    def _type(self, node: MapNode) -> None:
        for side in self.place.sides.values():
            side.count_anew()
        words = shlex.split(self.names.filled(node.text("type")))[1:]
        env: Mapping[str, str] = self.data(node.table("with"))
        if "browser" in node.entries:
            ended = self.place.consent(words, env, node.text("browser"))
        else:
            ended = self.place.run(words, env, self.names.filled(node.text("input")))
        self._remember(ended)
        shown = self.names.plain(printed(ended))
        said = f"\n{node.text('type')} ended with {ended.code} and printed:\n{shown}"
        assert ended.code == plain(node.entries["exit"]), f"expected exit code {plain(node.entries['exit'])}{said}"
        for text in _texts(node, "shows"):
            assert has(shown, text), f"nothing shows {text!r}{said}"
        for text in _texts(node, "hides"):
            secret = self.names.filled(text)
            assert not has(printed(ended), secret), f"it shows {text!r}{said}"
        if "output" in node.entries:
            self._compare(self.scenario.folder / node.text("output"), shown)
        if "writes" in node.entries:
            self._written(node, said)

    def _remember(self, ended: Ended) -> None:
        """Keep the names of the plan and of the run that were shown last."""
        for name, pattern in (
            ("plan", r"\b(?:plan|apply|--show) ([0-9a-f]{12})\b"),
            ("run", r"\b(\d{8}-\d{6}-[0-9a-f]{4})\b"),
        ):
            if found := re.findall(pattern, ended.out):
                self.names.ids[name] = found[-1]

    def _written(self, node: MapNode, said: str) -> None:
        wanted = plain(node.entries["writes"])
        expected = {} if wanted == "nothing" else wanted
        made = {name: _counted(side.effects()) for name, side in self.place.sides.items()}
        made = {name: kinds for name, kinds in made.items() if kinds}
        assert made == expected, f"it changed {made} instead of {expected or 'nothing'}{said}"

    def _compare(self, path: Path, shown: str) -> None:
        if renewing():
            path.write_text(shown, "utf-8")
            return
        wanted = path.read_text("utf-8").splitlines()
        told = "\n".join(difflib.unified_diff(wanted, shown.splitlines(), path.name, "printed", lineterm="", n=1))
        assert not told, f"{told}\n{RENEW}=1 takes over what is printed, once you have read it"

    # --- looks --------------------------------------------------------------------------------------------------------

    def look(self, sides: MapNode) -> None:
        """Look at each side: every object that is named is there exactly as listed."""
        named = [(side, kind) for side in sides.entries for kind in sides.table(side).entries]
        found = [_Listed(self, side, kind, sides.table(side)) for side, kind in named]
        for one in found:
            one.identify()
        problems = [line for one in found for line in one.problems()]
        assert not problems, "\n  ".join(["not as expected:", *problems])


class _Listed:
    """One object of a side in a look: the records that are there beside those that are expected."""

    def __init__(self, player: Player, side: str, kind: str, tables: MapNode) -> None:
        self.player, self.side, self.kind = player, side, kind
        self.rows = tables.table(kind)
        self.found: dict[str, Row] = player.place.sides[side].records(kind)

    def identify(self) -> None:
        """Give each name its record: by its first field where it is new. Raises AssertionError."""
        ids, records = self.player.names.ids, self.player.records
        taken = {ids[name] for name, known in records.items() if known == Known(self.side, self.kind)}
        for name in self.rows.entries:
            if name in records:
                continue
            path, node = next(iter(self.rows.table(name).entries.items()))
            wanted = self.player.data(node)
            fit = [id_ for id_, row in self.found.items() if id_ not in taken and same(wanted, under(row, path))]
            with at(self.rows.key_at(name)):
                there = ", ".join(str(under(row, path)) for id_, row in self.found.items() if id_ not in taken)
                assert len(fit) == 1, f"{len(fit)} new {self.kind} with {path} {wanted}; there are: {there or 'none'}"
            ids[name], records[name] = fit[0], Known(self.side, self.kind)
            taken.add(fit[0])

    def problems(self) -> list[str]:
        """Name every difference, records that are gone, and records that nobody expects."""
        ids = self.player.names.ids
        told: list[str] = []
        for name in self.rows.entries:
            where = f"{self.rows.key_at(name)}: {name}"
            row = self.found.get(ids[name])
            if row is None:
                told.append(f"{where} is not there any more")
                continue
            wanted = self.player.data(self.rows.table(name))
            more = self.player.place.sides[self.side].more(self.kind, ids[name], list(wanted))
            told += [f"{where}: {line}" for line in differences(wanted, {**row, **more})]
        listed = {ids[name] for name in self.rows.entries}
        spare = [_called(row) for id_, row in self.found.items() if id_ not in listed]
        return told + [f"{self.rows.at}: {self.side} has another {self.kind}: {name}" for name in spare]


def _called(row: Row) -> str:
    names = ("Name", "Reference", "Title", "InvoiceNumber", "Code", "name", "product", "Amount")
    return next((str(row[name]) for name in names if row.get(name)), str(dict(row)))


def _counted(kinds: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {kind: {verb: int(count) for verb, count in counts.items() if count} for kind, counts in kinds.items()}


def _texts(node: MapNode, key: str) -> list[str]:
    return [str(plain(one)) for one in node.list(key)]


def printed(ended: Ended) -> str:
    """Give what a person at a terminal sees: the output, then what is complained of; not the log."""
    said = [line for line in ended.err.splitlines() if not line.startswith("{")]
    return "\n".join([ended.out, *said])
