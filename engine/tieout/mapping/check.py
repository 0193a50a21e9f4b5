"""A whole project, checked: all problems of all files at once, and the mappings ready to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from tieout.adapter import Adapter
from tieout.errors import UnknownObject, UsageError
from tieout.finding import Severity
from tieout.hookspecs import RateSource
from tieout.language.nodes import MapNode, ScalarNode, value
from tieout.language.validation import validate
from tieout.mapping import chain
from tieout.mapping.account_checks import Charts, Words, account_problems, allowed_problems, uncharted
from tieout.mapping.catalogue import Catalogue, Describe, Endpoint, absent, near
from tieout.mapping.compile import Compiled, Given, compile_mapping
from tieout.mapping.compiled import CompiledMapping
from tieout.mapping.draft import ABSENCES
from tieout.mapping.families import copies_by_connection, problems_of, with_neighbours
from tieout.mapping.ledger_checks import ledger_problems
from tieout.mapping.limit_checks import limit_problems
from tieout.mapping.private import with_private
from tieout.mapping.rate_chain import Resolved, resolve_chain
from tieout.mapping.rate_checks import reading_posted, without_chain
from tieout.mapping.shape import shaped
from tieout.mapping.unused import unused
from tieout.mapping.writers import Writer, across, paths_of
from tieout.mapping_sources import MappingSource
from tieout.model import Value
from tieout.problems import Problem, errors, in_order
from tieout.project import ConnectionConfig, Project
from tieout.transform import Transform

Described = Callable[[str], Sequence[str]]
"""Connection -> the objects of which a description is kept."""


class Offers(Protocol):
    """What the checker needs of the plugins (`tieout.plugins.Plugins`)."""

    @property
    def adapters(self) -> Mapping[str, Adapter]:
        """Adapters by name."""

    @property
    def transforms(self) -> Mapping[str, Transform]:
        """Transforms by name."""

    @property
    def rate_sources(self) -> Mapping[str, RateSource]:
        """Sources of exchange rates by name."""

    def adapter(self, name: str) -> Adapter:
        """Give an adapter. Raises UsageError."""


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer."""

    mappings: tuple[CompiledMapping, ...]
    """In the order in which they run: links first. Without those that have errors, are skipped, or cannot be compiled
    because an object is not known (offline)."""
    problems: tuple[Problem, ...]
    """All, sorted by place. One error among them: no run."""
    depth: int = 0
    """d of law 1: passes stop writing after at most 2 + d."""
    rates: tuple[Resolved, ...] = ()
    """The chain of sources of exchange rates, as far as its links are right."""
    hidden: Mapping[str, Mapping[tuple[str, str], str]] = field(default_factory=dict)
    """Mapping -> (connection, object) that it reads through and the login has no right to see -> how it gets that."""


def offline(_connection: str, _object: str) -> None:
    """Describe nothing: what needs no fields is checked all the same."""


def unnamed(_connection: str) -> Sequence[str]:
    """Name no object: nothing was described yet."""
    return ()


def check_project(
    project: Project,
    plugins: Offers,
    describe: Describe = offline,
    described: Described = unnamed,
    charts: Charts = uncharted,
) -> Checked:
    """Check everything that a project says; `described` names the objects of a connection that are known offline."""
    problems = [found for one in project.connections.values() for found in _connection(one, plugins)]
    problems += [found for one in project.connections.values() for found in ledger_problems(one, project.folder)]
    problems += [found for one in project.connections.values() for found in allowed_problems(one, charts)]
    problems += limit_problems(project.guards)
    catalogue = Catalogue(describe)
    prepared: list[_Prepared] = []
    for source in project.mappings:
        form = shaped(source.root)
        problems += form.problems
        ready = _prepare(source, form.root, project, catalogue, problems) if form.root else None
        if ready is not None:
            known = ready.ends if ready.gone is None else ()
            problems += account_problems(ready.root, known, ready.words, charts)
            problems += [found for end in known for found in _undescribed(end, described)]
            prepared.append(replace(ready, whole=form.whole))
    compiled, absent = _compile_all(prepared, project.mappings, plugins.transforms, catalogue)
    problems += problems_of(compiled)
    for one in compiled:
        problems += [found for end in one.draft.sources.values() for found in _undescribed(end, described)]
    problems += absent
    problems += unused([source.root for source in project.mappings], project.connections)
    problems += _same_pairs(compiled) + _across(compiled) + chain.circles(compiled)
    rates, wrong = resolve_chain(project, plugins.rate_sources)
    problems += wrong
    if not project.rates.chain:
        problems += without_chain(one.mapping for one in compiled if one.mapping)
    ordered = chain.in_order(compiled, problems)
    good = [one for one in ordered if one.mapping and not errors(one.draft.problems) and _whole(one, prepared)]
    mappings = reading_posted(with_neighbours(_with_partner_paths(good), compiled, project.mappings), rates)
    # What is wrong in the text of a mapping over several connections is wrong in each copy; in_order tells it once.
    hidden = {one.name: one.draft.hidden for one in compiled if one.draft.hidden}
    return Checked(tuple(with_private(mappings)), tuple(in_order(problems)), chain.depth(compiled), rates, hidden)


# --- Connections --------------------------------------------------------------------------------------------------


def _connection(config: ConnectionConfig, plugins: Offers) -> list[Problem]:
    node = config.node.get("adapter")
    at = node.at if node else config.at
    try:
        adapter = plugins.adapter(config.adapter)
    except UsageError as error:
        return [Problem("unknown-adapter", str(error), at, error.mend, near(config.adapter, plugins.adapters))]
    found = validate(config.options_node, adapter.options, f"options of {config.name}:") if adapter.options else []
    written = config.node.table("credentials")
    for key in written.entries:
        if key not in adapter.credentials:
            known = ", ".join(adapter.credentials) or "none"
            message = f"the adapter {config.adapter} has no credential {key}"
            nearest = near(key, adapter.credentials)
            found.append(Problem("unknown-credential", message, written.key_at(key), f"there are: {known}", nearest))
    return found


# --- What a mapping stands on -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Prepared:
    name: str
    root: MapNode
    ends: tuple[Endpoint, Endpoint]
    settings: Mapping[str, Value]
    tables: Mapping[str, Value]
    layers: tuple[MapNode, ...] = ()
    """The files that give settings and tables: connections, and the mapping itself."""
    gone: tuple[str, Problem] | None = None
    """Why an optional mapping is left out already: its object is missing."""
    whole: bool = True

    @property
    def words(self) -> Words:
        return Words(self.settings, self.tables, self.layers)


def _prepare(
    source: MappingSource, root: MapNode, project: Project, catalogue: Catalogue, problems: list[Problem]
) -> _Prepared | None:
    ends = []
    gone: tuple[str, Problem] | None = None
    for side in root.table("between").entries:
        config = _config(source, root.table("between").table(side), side, project, problems)
        if config is None:
            continue
        end, missing = _end(root, side, config, catalogue)
        ends.append(end)
        if missing and _excused(missing, root):
            gone = (missing.message, _skipped(source.name, missing))
        elif missing:
            problems.append(missing)
    if len(ends) != 2:  # noqa: PLR2004  # sides
        return None
    configs = [project.connections[end.connection] for end in ends]
    return _Prepared(
        source.name,
        root,
        (ends[0], ends[1]),
        _layers("settings", root, project.settings, configs, problems),
        _layers("tables", root, project.tables, configs, problems),
        (*(config.node for config in configs), root),
        gone,
    )


def _end(root: MapNode, side: str, config: ConnectionConfig, catalogue: Catalogue) -> tuple[Endpoint, Problem | None]:
    node = root.table("between").table(side)
    name, written = node.text("object"), node.get("object")
    at = written.at if written else node.at
    found = catalogue.look_up(config.name, name)
    type_ = None if isinstance(found, UnknownObject) else found
    end = Endpoint(
        side, config.name, config.adapter, name, type_, at, config.rounding or "", frozenset(config.sales_accounts)
    )
    if not isinstance(found, UnknownObject):
        return end, None
    message, mend = absent(config.name, found)
    problem = Problem("unknown-object", message, at, mend, found.nearest)
    return end, problem


def _undescribed(end: Endpoint, described: Described) -> Iterator[Problem]:
    """Warn of an object of which nothing is known while others of its connection are: its name may be misspelt."""
    known = described(end.connection) if end.type is None else ()
    if known and end.object not in known:
        message = f"{end.object} of {end.connection} was never described, so its fields are not checked"
        mend = f"tieout describe {end.connection} {end.object} asks for it; described are: {', '.join(known)}"
        yield Problem("undescribed-object", message, end.at, mend, near(end.object, known), Severity.WARNING)


def endpoints_of(root: MapNode, project: Project, describe: Describe) -> tuple[Endpoint, ...]:
    """Give the sides of a mapping as far as they can be told."""
    between, catalogue = root.table("between"), Catalogue(describe)
    known = [(side, project.connections.get(between.table(side).text("connection"))) for side in between.entries]
    return tuple(_end(root, side, config, catalogue)[0] for side, config in known if config)


def _excused(problem: Problem, root: MapNode) -> bool:
    """Say whether a mapping is left out because of what is missing: not of what tieout.yaml lays over it."""
    return root.flag("optional") and (problem.at is None or problem.at.file == root.at.file)


def _skipped(name: str, missing: Problem) -> Problem:
    message = f"the mapping {name} is left out here: {missing.message}"
    return replace(missing, code="skipped", message=message, severity=Severity.NOTE)


def _config(
    source: MappingSource, node: MapNode, side: str, project: Project, problems: list[Problem]
) -> ConnectionConfig | None:
    written = node.get("connection")
    name = node.text("connection")
    if name in project.connections:
        return project.connections[name]
    if isinstance(written, ScalarNode):
        nearest = near(name, project.connections)
        mend = f"tieout.yaml has: {', '.join(project.connections) or 'none'}"
        if "," in name:
            mend += f"; several are a list: connection: [{name}]"
        if source.pack and written.at.file == source.root.at.file:
            mend += f"; say there which: `change: {{{source.family}: {{between: {{{side}: {{connection: …}}}}}}}}`"
        problems.append(Problem("unknown-connection", f"there is no connection {name}", written.at, mend, nearest))
    return None


def _layers(
    key: str, root: MapNode, general: Mapping[str, Value], configs: Sequence[ConnectionConfig], problems: list[Problem]
) -> dict[str, Value]:
    """The mapping's own, below the project's, below the connections'."""
    layered = {name: value(inner) for name, inner in root.table(key).entries.items()} | dict(general)
    seen: dict[str, str] = {}
    for config in {config.name: config for config in configs}.values():
        table = config.node.table(key)
        for name, inner in table.entries.items():
            if name in seen:
                message = f"{name} is given by both connections of {root.text('mapping')}: {seen[name]}, {config.name}"
                problems.append(Problem("given-twice", message, table.key_at(name), "give it in one of them"))
            seen[name] = config.name
            layered[name] = value(inner)
    return layered


# --- Compiling ----------------------------------------------------------------------------------------------------


def _compile_all(
    prepared: Sequence[_Prepared],
    sources: Sequence[MappingSource],
    transforms: Mapping[str, Transform],
    catalogue: Catalogue,
) -> tuple[list[Compiled], list[Problem]]:
    """Compile; where an optional mapping turns out to lack something, leave it out and compile the others anew."""
    names, copies = frozenset(source.name for source in sources), copies_by_connection(sources)
    absent, told = {one.name: one.gone for one in prepared if one.gone}, list[Problem]()
    while True:
        links = {one.name: one.ends for one in prepared}
        why = {name: gone[0] for name, gone in absent.items()}
        compiled = [
            compile_mapping(
                one.name,
                one.root,
                Given(one.ends, one.settings, one.tables, transforms, catalogue, links, why, names, copies),
            )
            for one in prepared
            if one.name not in absent
        ]
        lacking = {one.name: first for one in compiled if (first := _lacks(one, prepared))}
        if not lacking:
            return compiled, [*told, *(problem for _, problem in absent.values())]
        absent |= {name: (first.message, _skipped(name, first)) for name, first in lacking.items()}
        told += [found for one in compiled if one.name in lacking for found in one.draft.own]


def _lacks(one: Compiled, prepared: Sequence[_Prepared]) -> Problem | None:
    """Give the first thing that an optional mapping is left out for."""
    root = next(ready.root for ready in prepared if ready.name == one.name)
    absences = (found for found in one.draft.problems if found.code in ABSENCES and found not in one.draft.own)
    return next((found for found in absences if _excused(found, root)), None)


def _whole(one: Compiled, prepared: Sequence[_Prepared]) -> bool:
    return next(ready.whole for ready in prepared if ready.name == one.name)


def _with_partner_paths(compiled: Sequence[Compiled]) -> list[CompiledMapping]:
    """Let each mapping read what others take from its records (`link: products.Code`)."""
    wanted = {spot for one in compiled for spot in one.draft.partner_paths}
    made = []
    for one in compiled:
        mapping = one.mapping
        if mapping is None:
            continue
        sides = [
            replace(
                side,
                paths=side.paths | {path for name, where, path in wanted if (name, where) == (one.name, side.name)},
            )
            for side in mapping.sides
        ]
        made.append(replace(mapping, sides=(sides[0], sides[1])))
    return made


# --- Across mappings ----------------------------------------------------------------------------------------------


def _same_pairs(compiled: Sequence[Compiled]) -> list[Problem]:
    seen: dict[frozenset[tuple[str, str]], Compiled] = {}
    found = []
    for one in compiled:
        pair = frozenset((end.connection, end.object) for end in one.ends)
        if pair in seen:
            other = seen[pair]
            message = f"{other.name} pairs {one.ends[0]} and {one.ends[1]}, too: one mapping for two objects"
            found.append(
                Problem("same-pair", message, one.ends[0].at, f"put the rules into {other.name} ({other.ends[0].at})")
            )
        seen.setdefault(pair, one)
    return found


def _across(compiled: Sequence[Compiled]) -> list[Problem]:
    writers = [
        Writer(
            one.name,
            end,
            one.claims[end.side].essence,
            paths_of(one.draft.writes, end.side),
            end.side in one.updates,
        )
        for one in compiled
        for end in one.ends
        if one.claims[end.side].readable and end.side in one.creates | one.updates
    ]
    pairs = [frozenset((end.connection, end.object) for end in one.ends) for one in compiled]
    return [] if len(set(pairs)) < len(pairs) else across(writers)
