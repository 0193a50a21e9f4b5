"""Scenario folders, read strictly: what cannot be read is named with file and line, all of it together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tieout.language.loading import load_file
from tieout.language.nodes import MapNode, Node, ScalarNode, scalars
from tieout.language.validation import validate
from tieout.problems import Position, Problem, in_order
from tieout.toolkit import nearest

HERE = Path(__file__).parent
FILE = "scenario.yaml"
FILES = "project"
"""Folder beside the scenario whose files lie in the project's folder."""
PACKS = {"salesforce-xero": ("salesforce", "xero"), "spotlercrm-xero": ("spotlercrm", "xero")}
"""Pack -> its sides."""
SECOND = "xero_eu"
"""The side that `second_ledger` adds."""
OTHERS = ("type", "look", "project", "spreadsheet", "database")
"""Kinds of steps that are no side's."""
GIVEN = (
    *("plan", "run", "entry", "standard price book", "organisation", "other organisation"),
    *("organisation of xero_eu", "address of xero_eu"),
)
"""What can be named without having been made."""
NAMED = re.compile(r"<([a-z][^<>]*)>")
DAY = re.compile(r"today(?: ?([+-]) ?(\d+))?")


@dataclass(frozen=True, slots=True)
class Act:
    """What people do in a system: make, change, delete, or an order of its simulator."""

    verb: str
    what: Node
    at: Position


@dataclass(frozen=True, slots=True)
class Step:
    """One step, of the kind that `kind` says: a side, or one of `OTHERS`."""

    kind: str
    node: MapNode
    at: Position

    @property
    def acts(self) -> tuple[Act, ...]:
        """What people do on the side."""
        made = self.node.tables(self.kind)
        return tuple(Act(verb, what, one.key_at(verb)) for one in made for verb, what in one.entries.items())


@dataclass(frozen=True, slots=True)
class Scenario:
    """One folder, free of errors."""

    folder: Path
    root: MapNode
    steps: tuple[Step, ...]

    @property
    def pack(self) -> str:
        return self.folder.parent.name

    @property
    def row(self) -> str:
        return self.root.text("row")


class UnreadableError(Exception):
    """A scenario that cannot be read; says each problem with its place."""


def folders(pack: str) -> list[Path]:
    """Give the folders of a pack in order."""
    return sorted(path for path in (HERE / pack).iterdir() if path.is_dir())


def called(folder: Path) -> str:
    """Give a folder's name, its row as names of tests spell it: sx30-invoice-from-a-won-deal."""
    return folder.name.replace("-", "", 1)


def is_quick(folder: Path) -> bool:
    """Say whether `make test` plays it; no for what cannot be read."""
    root = load_file(folder / FILE, FILE).root
    return root is not None and root.flag("quick")


def read(folder: Path, *, renewing: bool = False) -> Scenario:
    """Read one folder. Raises UnreadableError. `renewing`: files of output may still be missing."""
    path = folder / FILE
    shown = f"{folder.parent.name}/{folder.name}/{FILE}"
    loaded = load_file(path, shown)
    if loaded.root is None or loaded.problems:
        raise UnreadableError(_told(loaded.problems))
    root = loaded.root
    found = validate(root, json.loads((HERE / "scenario.schema.json").read_text("utf-8")))
    if found:
        raise UnreadableError(_told(found))
    steps = tuple(_step(node, found) for node in root.tables("steps"))
    scenario = Scenario(folder, root, steps)
    found += [*_whole(scenario), *_Names(scenario).problems(), *_files(scenario, renewing=renewing)]
    if found:
        raise UnreadableError(_told(found))
    return scenario


def _told(problems: Sequence[Problem]) -> str:
    lines = []
    for one in in_order(problems):
        mend = one.mend or ("nearest: " + ", ".join(one.nearest) if one.nearest else "")
        lines.append(f"{one.at}: {one.message}" + (f" ({mend})" if mend else ""))
    return "\n".join(lines)


def _step(node: MapNode, found: list[Problem]) -> Step:
    kinds = [key for key in node.entries if key in {*_sides(), *OTHERS}]
    if len(kinds) != 1:
        said = f"a step is of one kind, not {len(kinds)}: {', '.join(kinds)}" if kinds else "this step does nothing"
        found.append(Problem("wrong-shape", said, node.at, f"a side, or {', '.join(OTHERS)}"))
    return Step(kinds[0] if kinds else "", node, node.at)


def _sides() -> set[str]:
    return {side for sides in PACKS.values() for side in sides} | {SECOND}


def _whole(scenario: Scenario) -> Iterator[Problem]:
    """What a scenario must have as a whole."""
    root = scenario.root
    row = root.entries["row"]
    if not scenario.folder.name.startswith(f"{scenario.row.lower()}-"):
        yield Problem("wrong-value", f"the folder's name does not begin with {scenario.row.lower()}-", row.at)
    sides = {*PACKS[scenario.pack], *({SECOND} if "second_ledger" in root.entries else ())}
    for part in ("before", "after"):
        there = root.table(part)
        for side in sorted(sides - set(there.entries)):
            mend = "`empty`, or an object with `none`, if so"
            yield Problem("missing-key", f"{side} is missing {part}", there.at, mend)
    for name, at in _named_sides(scenario):
        if name not in sides:
            yield Problem("unknown-side", f"this scenario has no {name}", at, f"there are: {', '.join(sorted(sides))}")
    if not any(step.kind == "type" for step in scenario.steps):
        yield Problem("missing-key", "nobody types a command here", root.key_at("steps"))


def _named_sides(scenario: Scenario) -> Iterator[tuple[str, Position]]:
    root = scenario.root
    tables = [root.table("before"), root.table("before").table("agreed"), root.table("after")]
    tables += [step.node.table("look") for step in scenario.steps] + [step.node for step in scenario.steps]
    for table in tables:
        yield from ((side, table.key_at(side)) for side in table.entries if side in _sides())


def _files(scenario: Scenario, *, renewing: bool) -> Iterator[Problem]:
    named = {step.node.text("output"): step.at for step in scenario.steps if "output" in step.node.entries}
    there = {path.name for path in scenario.folder.iterdir()} - {FILE, FILES}
    for name, at in named.items():
        if name not in there and not renewing:
            yield Problem("missing-file", f"there is no {name}", at, "RENEW=1 writes what the command prints")
    for name in sorted(there - set(named)):
        yield Problem("unknown-file", f"no step has {name} as its output", scenario.root.at)


@dataclass
class _Names:
    """Goes through a scenario in its order, and finds names that nothing has or that two records have."""

    scenario: Scenario
    known: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Name -> side and object."""
    told: set[str] = field(default_factory=set)
    """Names of records that were made or found before."""
    found: list[Problem] = field(default_factory=list)

    def problems(self) -> list[Problem]:
        root = self.scenario.root
        before = root.table("before")
        for side in before.entries:
            if side != "agreed":
                self._make(side, before.table(side))
        self._look(before.table("agreed"))
        for step in self.scenario.steps:
            self._take(step)
        self._look(root.table("after"))
        return self.found

    def _take(self, step: Step) -> None:
        if step.kind == "look":
            self._look(step.node.table("look"))
        elif step.kind in _sides():
            for act in step.acts:
                self._act(step.kind, act)
        else:
            self._use(step.node)

    def _act(self, side: str, act: Act) -> None:
        if act.verb == "make" and isinstance(act.what, MapNode):
            self._make(side, act.what)
            return
        named = act.what.keys if act.verb == "change" and isinstance(act.what, MapNode) else {}
        if act.verb == "delete" and isinstance(act.what, ScalarNode):
            named = {str(act.what.value): act.what.at}
        for name, at in named.items():
            self._known(name, at)
        self._use(act.what)

    def _make(self, side: str, records: MapNode) -> None:
        for kind in records.entries:
            for name, fields in records.table(kind).entries.items():
                at = records.table(kind).key_at(name)
                if name in self.known:
                    self.found.append(Problem("twice", f"there is a record {name!r} already", at))
                self._use(fields)
                self.known[name] = (side, kind)
                self.told.add(name)

    def _look(self, sides: MapNode) -> None:
        for side in sides.entries:
            for kind in sides.table(side).entries:
                table = sides.table(side).table(kind)
                for name, fields in table.entries.items():
                    self._seen(name, (side, kind), fields, table.key_at(name))
        self._use(sides)

    def _seen(self, name: str, what: tuple[str, str], fields: Node, at: Position) -> None:
        was = self.known.setdefault(name, what)
        if was != what:
            self.found.append(Problem("twice", f"{name!r} is a {was[1]} of {was[0]} already", at))
        elif name not in self.told and isinstance(fields, MapNode) and not fields.entries:
            self.found.append(Problem("missing-key", f"by what is {name!r} found?", at, "give a field to find it by"))
        self.told.add(name)

    def _use(self, node: Node) -> None:
        for _, scalar in scalars(node):
            if isinstance(scalar.value, str):
                for one in NAMED.finditer(scalar.value):
                    self._known(one[1], scalar.inside(one.start()))

    def _known(self, name: str, at: Position) -> None:
        if name in self.known or name in GIVEN or DAY.fullmatch(name):
            return
        near = tuple(nearest(name, self.known))
        self.found.append(Problem("unknown-name", f"nothing is named {name!r} here", at, nearest=near))
