"""Which rules of a mapping the cases reached: every source of every rule is watched while it is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tieout.mapping.compiled import Case, CompiledMapping, Expression, ListRule, Pair, Position, Rule
from tieout.model import Value
from tieout.sync.merge import blank
from tieout.sync.words import Decision
from tieout.transform import Bound, Scope


@dataclass(slots=True)
class Coverage:
    """What was reached of one mapping."""

    mapping: str
    spots: dict[str, Position] = field(default_factory=dict)
    """What can be reached -> where it stands."""
    reached: set[str] = field(default_factory=set)

    @property
    def missed(self) -> list[tuple[str, Position]]:
        """What no case reached, in the order of the file."""
        left = [(name, at) for name, at in self.spots.items() if name not in self.reached]
        return sorted(left, key=lambda one: (one[1].file, one[1].line, one[1].column))


@dataclass(frozen=True, slots=True)
class _Source:
    """A case's source, watched; a constant is one, too."""

    spot: str
    seen: set[str]
    inner: Expression | None
    constant: Value = None
    marks: bool = True

    @property
    def text(self) -> str:
        return "" if self.inner is None else self.inner.text

    @property
    def reads(self) -> Mapping[str, frozenset[str]]:
        return {} if self.inner is None else self.inner.reads

    def __call__(self, scope: Scope) -> Value:
        found = self.constant if self.inner is None else self.inner(scope)
        if self.marks and not blank(found):
            self.seen.add(self.spot)
        return found


class _Conversion(Bound):
    """A case's own conversion, watched: a look-up that finds nothing did not reach its case."""

    def __init__(self, spot: str, seen: set[str], inner: Bound) -> None:
        self.exact, self.names = inner.exact, inner.names
        self._spot, self._seen, self._inner = spot, seen, inner

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:
        """Convert."""
        found = self._inner.convert(value, to=to, scope=scope, currency=currency)
        if not blank(found):
            self._seen.add(self._spot)
        return found

    def same(self, one: Value, other: Value, *, on: str) -> bool:
        """Compare."""
        return self._inner.same(one, other, on=on)


def watched(mapping: CompiledMapping, coverage: Coverage) -> CompiledMapping:
    """Give the mapping with every source watched, and note what there is to reach."""
    for number, match in enumerate(mapping.match, 1):
        coverage.spots.setdefault(f"match {number}", match.at)
    for check in mapping.checks:
        coverage.spots.setdefault(f"check: {check.say}", check.at)
    rules = tuple(_rule(rule, coverage) for rule in mapping.rules)
    lists = tuple(_list(rows, coverage) for rows in mapping.lists)
    return replace(mapping, rules=rules, lists=lists)


def _list(rows: ListRule, coverage: Coverage) -> ListRule:
    return replace(rows, rules=tuple(_rule(rule, coverage) for rule in rows.rules))


def _rule(rule: Rule, coverage: Coverage) -> Rule:
    if isinstance(rule, Pair):
        coverage.spots.setdefault(rule.key, rule.at)
        return rule
    several = len(rule.cases) > 1
    cases = []
    for number, case in enumerate(rule.cases, 1):
        spot = f"{rule.key}, case {number}" if several else rule.key
        coverage.spots.setdefault(spot, rule.at)
        cases.append(_case(case, spot, coverage.reached))
    return replace(rule, cases=tuple(cases))


def _case(case: Case, spot: str, seen: set[str]) -> Case:
    converts = case.conversion is not None
    source = _Source(spot, seen, case.source, case.value, marks=not converts)
    conversion = None if case.conversion is None else _Conversion(spot, seen, case.conversion)
    return replace(case, source=source, value=None, conversion=conversion)


def note(mapping: CompiledMapping, decision: Decision, coverage: Coverage) -> None:
    """Note the pairs and checks that a decision shows."""
    pairs = {rule.key for rule in mapping.rules if isinstance(rule, Pair)}
    named = {write.rule for operation in decision.operations for write in operation.writes}
    named |= {agree.rule for operation in decision.operations for agree in operation.agrees}
    named |= {hold.rule for hold in decision.holds} | {question.rule for question in decision.questions}
    coverage.reached |= pairs & named
    said = [one.message for one in decision.holds] + [one.text for one in decision.questions] + list(decision.notes)
    for check in mapping.checks:
        if any(text.startswith(check.say) for text in said):
            coverage.reached.add(f"check: {check.say}")
