"""Accounts that a mapping's own words give the lines of documents, held against a ledger's accounts as they are known.

Only what stands in files is judged: constants, settings, tables. What a record or a pick gives is judged when a
document is planned. They are warnings: the documents with such a line are held, and all others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tieout.finding import Severity
from tieout.language.nodes import ListNode, MapNode, Node, ScalarNode, as_value
from tieout.mapping.catalogue import Endpoint
from tieout.model import Value
from tieout.money.accounts import KEY, Books, unfit
from tieout.money.chart import Chart
from tieout.money.profiles import Profile, profile_of
from tieout.problems import Position, Problem
from tieout.project import ConnectionConfig

Charts = Callable[[str], Chart | None]
"""Connection -> its organisation's accounts, as far as they are known; None: they are not."""


def uncharted(_connection: str) -> None:
    """Know no accounts."""
    return


@dataclass(frozen=True, slots=True)
class Words:
    """What a mapping reads beside records, as it is after all layers, and the files that give it."""

    settings: Mapping[str, Value]
    tables: Mapping[str, Value]
    layers: Sequence[MapNode]
    """Of the connections and of the mapping itself, the one that wins first."""

    def at(self, kind: str, name: str, given: Value, below: str = "") -> Position | None:
        """Say where a setting, or a table's entry, stands; None: in a file of which no places are kept."""
        for layer in self.layers:
            found = layer.table(kind).get(name)
            if below and isinstance(found, MapNode):
                found = found.get(below)
            if isinstance(found, ScalarNode) and found.value == given:
                return found.at
        return None


@dataclass(frozen=True, slots=True)
class _Said:
    code: Value
    by: str
    at: Position


def account_problems(root: MapNode, ends: Iterable[Endpoint], words: Words, charts: Charts) -> Iterator[Problem]:
    """Yield what is wrong with accounts that a mapping names; `root`: its text, well formed."""
    for end in ends:
        profile, chart = profile_of(end.adapter, end.rounding, end.object), charts(end.connection)
        if profile is None or chart is None or not chart.accounts:
            continue
        books = Books(end.connection, end.connection, profile, chart, end.sales_accounts)
        sold = _sells(root, end.side, profile)
        for said in _accounts(root, end.side, profile, words):
            found = unfit(said.code, books, sold=sold) if isinstance(said.code, str) and said.code else None
            if found is not None:
                message = f"{said.by} gives a line of {end}: {found.why}"
                yield Problem(found.code, message, said.at, "; ".join(found.ways_out), severity=Severity.WARNING)


def allowed_problems(config: ConnectionConfig, charts: Charts) -> Iterator[Problem]:
    """Yield the accounts that a connection allows for sales and that its ledger does not have."""
    profile, written = profile_of(config.adapter), config.node.get(KEY)
    chart = charts(config.name)
    if written is None or (profile is not None and (chart is None or not chart.accounts)):
        return
    if profile is None or chart is None:
        message = f"{config.adapter} is no ledger, and has no accounts to allow"
        yield Problem("no-ledger", message, written.at, f"leave {KEY} out")
        return
    books = Books(config.name, config.name, profile, chart)
    for code in config.sales_accounts:
        found = unfit(code, books, sold=False)
        if found is not None:
            message = f"{KEY} allows an account that no line can name: {found.why}"
            yield Problem(found.code, message, written.at, f"leave {code} out", severity=Severity.WARNING)


def _sells(root: MapNode, side: str, profile: Profile) -> bool:
    """Say whether a mapping makes documents of sales alone: what is not certain is told when they are planned."""
    if profile.sale is None:
        return True
    name, word = profile.sale
    kinds = [rule.get("value") for rule in root.tables("fields") if rule.text(side) == name]
    return bool(kinds) and all(isinstance(one, ScalarNode) and one.value == word for one in kinds)


def _accounts(root: MapNode, side: str, profile: Profile, words: Words) -> Iterator[_Said]:
    """Yield every account that constants, settings and tables can give a line, with where it stands."""
    lists = [one for one in root.tables("lists") if one.text(side) == profile.lines]
    rules = [rule for one in lists for rule in one.tables("fields") if rule.text(side) == profile.account]
    for rule in rules:
        for case in (rule, *rule.tables("first")):
            yield from _of_case(case, words)


def _of_case(case: MapNode, words: Words) -> Iterator[_Said]:
    for key in ("value", "default"):
        written = case.get(key)
        if isinstance(written, ScalarNode):
            yield _Said(as_value(written.value), f"the {key}", written.at)
    source, at = case.text("from").removeprefix("settings."), case.key_at("from")
    if case.text("from").startswith("settings.") and source in words.settings and case.get("as") is None:
        code = words.settings[source]
        yield _Said(code, f"the setting {source}", words.at("settings", source, code) or at)
    for name, entries in _looked_up(case.get("as")):
        table = words.tables.get(name) if entries is None else entries
        for entry, code in table.items() if isinstance(table, Mapping) else ():
            shown = f"the table {name}" if entries is None else "the table written here"
            place = words.at("tables", name, code, entry) if entries is None else None
            yield _Said(code, f"{shown}, {entry},", place or at)


def _looked_up(node: Node | None) -> Iterator[tuple[str, Mapping[str, Value] | None]]:
    """Yield the tables of an `as`: by name, or as they are written there. One that something follows is none."""
    if isinstance(node, ListNode):
        node = node.items[-1] if node.items else None
    written = node.get("lookup") if isinstance(node, MapNode) else None
    if isinstance(written, ScalarNode) and isinstance(written.value, str):
        yield written.value, None
    elif isinstance(written, MapNode):
        yield "", {name: as_value(one.value) for name, one in written.entries.items() if isinstance(one, ScalarNode)}
