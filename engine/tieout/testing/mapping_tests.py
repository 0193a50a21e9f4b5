"""Mapping tests: what `tieout test` runs. Cases in YAML, decided by the code that decides in a real run.

A project or pack keeps them in its folder `tests/`. Nothing is read or written anywhere; `describe` says which fields
the systems have (`tieout.testing.simulated` asks the simulators).
"""

from __future__ import annotations

import fnmatch
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tieout.language.copies import called, names_to_call
from tieout.language.nodes import MapNode, value
from tieout.mapping.catalogue import Catalogue, Describe, Endpoint, near
from tieout.mapping.check import Offers, check_project
from tieout.mapping.compiled import CompiledMapping, ExpressionFailed, Side, Undecided
from tieout.mapping.draft import Draft
from tieout.mapping.ledger_checks import table_of
from tieout.mapping.rate_chain import resolve_chain
from tieout.mapping.rated import with_rates
from tieout.mapping.taxed import with_tax
from tieout.model import ObjectType, Organisation, Twins
from tieout.money.rate_sources.document import Document
from tieout.money.rates import Rates
from tieout.money.tax import TaxTable
from tieout.problems import Lines, Problem, errors, in_order, render
from tieout.project import ConnectionConfig, Project
from tieout.sync.rating import Given, Rating
from tieout.testing.case_coverage import Coverage, watched
from tieout.testing.case_files import Case, find_files, read_file
from tieout.testing.case_members import check_members
from tieout.testing.case_rates import Told
from tieout.testing.case_records import check_record
from tieout.testing.case_stage import Stage
from tieout.testing.case_verdict import Failure, judge
from tieout.values import dumps

FAILED = 2
"""The exit code of a failed mapping test (DESIGN §9)."""


@dataclass(frozen=True, slots=True)
class Result:
    """One case and how it went."""

    case: Case
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of all cases."""

    results: tuple[Result, ...]
    problems: tuple[Problem, ...]
    """What is wrong with the project, its mappings or the test files: those cases were not run."""
    coverage: tuple[Coverage, ...]

    @property
    def failed(self) -> tuple[Result, ...]:
        """Give the cases that failed."""
        return tuple(result for result in self.results if result.failures)

    @property
    def exit_code(self) -> int:
        """0 if every case passed, 2 if one failed or could not be run."""
        return FAILED if self.failed or errors(self.problems) else 0

    def text(self, lines: Lines) -> str:
        """Show it in the manner of a compiler: each failure with its place, then the sums."""
        shown = [render(problem, lines) for problem in self.problems]
        shown += [_shown(result, failure, lines) for result in self.failed for failure in result.failures]
        shown += [text for one in self.coverage if (text := _covered(one))]
        passed = len(self.results) - len(self.failed)
        sums = [f"{passed} passed"] + ([f"{len(self.failed)} failed"] if self.failed else [])
        wrong = len(errors(self.problems))
        sums += [f"{wrong} problem{'s' if wrong > 1 else ''}"] if wrong else []
        return "\n\n".join([*shown, ", ".join(sums) if self.results or wrong else "there are no mapping tests"])

    def as_json(self) -> dict[str, object]:
        """Give the report as `--json` shows it."""
        return {
            "cases": [_case_json(result) for result in self.results],
            "problems": [problem.as_json() for problem in self.problems],
            "coverage": {
                one.mapping: {
                    "rules": len(one.spots),
                    "reached": len(one.spots) - len(one.missed),
                    "missed": [{"rule": name, "at": str(at)} for name, at in one.missed],
                }
                for one in self.coverage
            },
            "passed": len(self.results) - len(self.failed),
            "failed": len(self.failed),
        }


def run_tests(
    project: Project, plugins: Offers, describe: Describe, *, only: Collection[str] = (), below: str = "tests"
) -> Report:
    """Run the cases in the folder `below` of the project; `only`: those of these mappings."""
    return _Runner(project, plugins, Catalogue(describe), frozenset(only)).run(below)


@dataclass(slots=True)
class _Runner:
    project: Project
    plugins: Offers
    catalogue: Catalogue
    only: frozenset[str]
    compiled: dict[str, Mapping[str, CompiledMapping]] = field(default_factory=dict)
    """Tables and missing fields, as text -> mappings."""
    coverage: dict[str, Coverage] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def run(self, below: str) -> Report:
        own = {source.name: _sides(source.root) for source in self.project.mappings}
        sides = {name: own[called(name, own)[0]] for name in names_to_call(own)}
        results: list[Result] = []
        for path, shown in find_files(self.project.folder, below):
            read = read_file(path, shown, sides)
            self.problems += read.problems
            wanted = [case for case in read.cases if not self.only or self._is_wanted(case)]
            results += [result for case in wanted if (result := self._case(case)) is not None]
        reached = tuple(self.coverage[name] for name in sides if name in self.coverage)
        return Report(tuple(results), tuple(in_order(self.problems)), reached)

    def _is_wanted(self, case: Case) -> bool:
        return any(called(name, [self._meant(case)]) for name in self.only)

    def _meant(self, case: Case) -> str:
        """Give the mapping that a case is played with: of several copies the one that is asked for, else the first."""
        copies = called(case.mapping, [source.name for source in self.project.mappings])
        return next((name for name in copies if name in self.only), copies[0])

    def _case(self, case: Case) -> Result | None:
        bare = self._mappings(case, MapNode({}, case.at))
        if (found := bare.get(self._meant(case))) is not None and not self._settings_fit(case, found):
            return None
        known = self._mappings(case, case.settings)
        mapping = known.get(self._meant(case))
        if mapping is None:
            said = f"{case.mapping} has errors, or is left out here, so that it cannot be tested"
            self.problems.append(Problem("untestable-mapping", said, case.at, "tieout check"))
            return None
        if not (self._picks_fit(case, mapping) and self._records_fit(case, mapping)):
            return None
        mapping = with_rates(with_tax(mapping, self._tax(case, mapping)), self._rates(case, mapping))
        coverage = self.coverage.setdefault(case.mapping, Coverage(case.mapping))
        names = {name: (one.sides[0].name, one.sides[1].name) for name, one in known.items()}
        connections = {name: (one.sides[0].connection, one.sides[1].connection) for name, one in known.items()}
        stage = Stage(case, watched(mapping, coverage), mapping, coverage, names, connections)
        try:
            return Result(case, tuple(judge(case, mapping, stage.play())))
        except (ExpressionFailed, Undecided) as problem:
            return Result(case, (Failure(case.at, "the scope cannot be computed", "", str(problem)),))

    def _tax(self, case: Case, mapping: CompiledMapping) -> dict[str, TaxTable]:
        """Give the tax tables by which the case goes: the project's own, or those of the organisations it tells of."""
        tables: dict[str, TaxTable] = {}
        for side in mapping.sides:
            told = case.organisations.table(side.name)
            found = Organisation(side.name, side.name, country=told.text("country"), edition=told.text("edition"))
            table = table_of(self.project.connections[side.connection], self.project.folder, found)
            if table is not None:
                tables[side.name] = table
        return tables

    def _rates(self, case: Case, mapping: CompiledMapping) -> Rates:
        """Give the rates of the case, after a document's own, and those of the project that need no system."""
        chain, _ = resolve_chain(self.project, self.plugins.rate_sources)
        given = Given(chain, self.project.rates.stale_after, self.plugins.rate_sources)
        told = {pair: Decimal(case.rates.text(pair)) for pair in case.rates.entries}
        own = [side for side in mapping.sides if case.organisations.table(side.name).text("currency")]
        bases = {side.connection: case.organisations.table(side.name).text("currency") for side in own}
        rates = Rating(given).rates()
        return replace(rates, sources=(Document(), Told(told), *rates.sources), bases=bases)

    def _settings_fit(self, case: Case, mapping: CompiledMapping) -> bool:
        unknown = [name for name in case.settings.entries if name not in mapping.settings]
        for name in unknown:
            said, at = f"{mapping.name} has no setting {name}", case.settings.key_at(name)
            mend = f"there are: {', '.join(sorted(mapping.settings)) or 'none'}"
            self.problems.append(Problem("unknown-setting", said, at, mend, near(name, mapping.settings)))
        return not unknown

    def _picks_fit(self, case: Case, mapping: CompiledMapping) -> bool:
        known = [pick.name for pick in mapping.picks]
        tables = [case.node.table("picks"), case.node.table("picked"), case.expect.table("picks")]
        unknown = [(table, name) for table in tables for name in table.entries if name not in known]
        for table, name in unknown:
            said, mend = f"{mapping.name} has no pick {name}", f"there are: {', '.join(known) or 'none'}"
            self.problems.append(Problem("unknown-name", said, table.key_at(name), mend, near(name, known)))
        return not unknown

    def _records_fit(self, case: Case, mapping: CompiledMapping) -> bool:
        draft = Draft()
        for side in mapping.sides:
            for node in (case.start.get(side.name), case.now.get(side.name)):
                if node is not None:
                    check_record(node, self._whole(side, mapping), self.catalogue, draft)
        for beside in case.beside:
            check_members(mapping, beside, self.catalogue, draft)
        self.problems += draft.problems
        return not draft.problems

    def _whole(self, side: Side, mapping: CompiledMapping) -> Endpoint:
        """Give a side with all its fields, those included that the case's organisation lacks."""
        found = self.catalogue.look_up(side.connection, side.object)
        kind = found if isinstance(found, ObjectType) else side.type
        return Endpoint(side.name, side.connection, side.adapter, side.object, kind, mapping.at)

    def _mappings(self, case: Case, settings: MapNode) -> Mapping[str, CompiledMapping]:
        lacks = self._lacks(case)
        key = dumps([value(case.tables), value(settings), {name: list(some) for name, some in lacks.items()}])
        if key not in self.compiled:
            project = _laid_over(self.project, {"tables": case.tables, "settings": settings})
            checked = check_project(project, self.plugins, _lacking(self.catalogue, lacks))
            self.problems += errors(checked.problems)
            self.compiled[key] = {one.name: one for one in checked.mappings}
        return self.compiled[key]

    def _lacks(self, case: Case) -> dict[str, tuple[str, ...]]:
        source = next(one for one in self.project.mappings if one.name == self._meant(case))
        between = source.root.table("between")
        return {between.table(side).text("connection"): names for side, names in case.without.items()}


def _sides(root: MapNode) -> tuple[str, str]:
    first, second, *_ = [*root.table("between").entries, "", ""]
    return first, second


def _laid_over(project: Project, given: Mapping[str, MapNode]) -> Project:
    """Lay a case's tables and settings over everything: they are a part of what is compiled."""
    tables, settings = (
        {name: value(inner) for name, inner in given[kind].entries.items()} for kind in ("tables", "settings")
    )
    bare = {name: _bare(config, given) for name, config in project.connections.items()}
    return replace(
        project,
        tables={**project.tables, **tables},
        settings={**project.settings, **settings},
        connections=bare,
    )


def _bare(config: ConnectionConfig, given: Mapping[str, MapNode]) -> ConnectionConfig:
    node = config.node
    own = {kind: node.table(kind).without(*given[kind].entries) for kind in given if kind in node.entries}
    return replace(config, node=MapNode({**node.entries, **own}, node.at, node.keys))


def _lacking(catalogue: Catalogue, lacks: Mapping[str, tuple[str, ...]]) -> Describe:
    """Describe an organisation without some fields."""

    def describe(connection: str, name: str) -> ObjectType | None:
        found = catalogue.look_up(connection, name)
        if found is not None and not isinstance(found, ObjectType):
            raise found
        patterns = lacks.get(connection, ())
        return _without(found, patterns) if found is not None and patterns else found

    return describe


def _without(kind: ObjectType, patterns: tuple[str, ...]) -> ObjectType:
    def gone(path: str) -> bool:
        return any(fnmatch.fnmatchcase(name, pattern) for name in path.split(".") for pattern in patterns)

    fields = {path: known for path, known in kind.fields.items() if not gone(path)}
    if kind.marker is not None and gone(kind.marker):
        return replace(kind, fields=fields, marker=None, twins=Twins.POSSIBLE)
    return replace(kind, fields=fields)


# --- the report ----------------------------------------------------------------------------------------------------


def _shown(result: Result, failure: Failure, lines: Lines) -> str:
    at, indent = failure.at, " " * (len(str(failure.at.line)) + 3)
    shown = [f"{at}  failed  {result.case.name}: {failure.what}"]
    source = lines(at.file)
    if 1 <= at.line <= len(source):
        text = source[at.line - 1].rstrip().replace("\t", " ")
        shown += [f"  {at.line} | {text}", f"{indent}| {' ' * (at.column - 1)}^"]
    if failure.expected:
        shown.append(f"{indent}= expected: {failure.expected}")
    if failure.got:
        shown.append(f"{indent}=      got: {failure.got}")
    if failure.rule:
        shown.append(f"{indent}=  written: {failure.rule}")
    return "\n".join(shown)


def _covered(coverage: Coverage) -> str:
    missed = coverage.missed
    total = len(coverage.spots)
    head = f"{coverage.mapping}: {total - len(missed)} of {total} rules reached"
    return "\n".join([head, *(f"  {at}  not reached: {name}" for name, at in missed)])


def _case_json(result: Result) -> dict[str, object]:
    return {
        "case": result.case.name,
        "mapping": result.case.mapping,
        "at": str(result.case.at),
        "passed": not result.failures,
        "failures": list(_failures_json(result)),
    }


def _failures_json(result: Result) -> Iterator[dict[str, object]]:
    for failure in result.failures:
        yield {
            "at": str(failure.at),
            "what": failure.what,
            "expected": failure.expected or None,
            "got": failure.got or None,
            "rule": failure.rule or None,
        }
