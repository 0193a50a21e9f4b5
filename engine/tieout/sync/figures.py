"""The figures of a plan: what it would do, how often, and to the books; and what a person selected. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, fields
from decimal import Decimal

from tieout.mapping.compiled import CompiledMapping
from tieout.model import Value
from tieout.sync.faults import Faults
from tieout.sync.money_guard import movement
from tieout.sync.words import INTERNAL, Decision, Image, Kind, Planned, State

LOSSES = {Kind.END, Kind.DELETE, Kind.ARCHIVE, Kind.VOID, Kind.CREDIT}
"""What becomes of a link, or of the other record, when a record is gone."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The records that a person named: mapping -> (end, id); a mapping with none stands for all of it."""

    records: Mapping[str, Sequence[tuple[int, str]]]
    sample: int | None = None
    """At most so many records of each mapping."""
    requesting: str = ""
    """create, update or a way out (reissue, credit): what the person asks for, of these records."""
    picks: Mapping[str, str] = field(default_factory=dict)
    """Pick -> the key that the person picks for all of them."""
    parts: Mapping[tuple[str, int, str], Collection[str]] = field(default_factory=dict)
    """(mapping, end, id) -> the parts that the person named; a record that is not here stands for all of its parts."""


@dataclass(slots=True)
class Planning:
    """What planning found, and where the plan is."""

    digest: str = ""
    partial: bool = False
    """Only of what a person selected."""
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    """Mapping -> what it would do (verb and side) -> how often."""
    guarded: dict[str, Counter[str]] = field(default_factory=dict)
    """Mapping -> what its guards count: creates, updates, deletes, voids; those of CONSENTED apart."""
    credited: dict[str, Counter[str]] = field(default_factory=dict)
    """Mapping -> how many of its `voids` (and of those after a yes) are credits in full."""
    moved: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    """Mapping -> how much money its guards see moving, up and down added up: "receivables EUR" -> amount."""
    linked: dict[str, int] = field(default_factory=dict)
    """Mapping -> links it has."""
    sampled: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Mapping -> records that a sample takes, and of how many that were to be looked at."""
    first: set[str] = field(default_factory=set)
    """Mappings of which no plan was ever applied."""
    rebuilt: Counter[str] = field(default_factory=Counter)
    """Mapping -> links that it makes between records that name each other: what is left of a lost state."""
    emptied: dict[str, Counter[str]] = field(default_factory=dict)
    """Mapping -> side -> links that the plan ends, or whose other record it removes, as the record there is gone."""
    changed: set[str] = field(default_factory=set)
    """Mappings whose text or settings changed since."""
    effect: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    """What the plan does to the books: "receivables", "revenue", "tax" … -> "GBP", "200 GBP" … -> amount."""
    new_holds: list[Mapping[str, object]] = field(default_factory=list)
    new_reviews: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    wire: int = 0
    """Writes to systems."""
    internal: int = 0
    digests: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=dict)
    """What stopped a connection while an organisation's own tables were read."""

    def kept(self) -> dict[str, object]:
        """Give all figures as they are now, for `put_back`."""
        return {one.name: _copied(getattr(self, one.name)) for one in fields(self)}

    def put_back(self, kept: Mapping[str, object]) -> None:
        """Forget what was counted since `kept`: the records are decided again."""
        for name, value in kept.items():
            setattr(self, name, _copied(value))

    def count_link(self, name: str, evidence: Mapping[str, Value]) -> None:
        """Count a link that records ask for themselves, by our key or by the partner's id that they remember."""
        if "rule" not in evidence and "why" in evidence:
            self.rebuilt[name] += 1

    @property
    def rebuilt_notes(self) -> list[str]:
        """Say how many links were rebuilt."""
        return [
            f"{name}: rebuilt {many} link{'' if many == 1 else 's'} from keys that the systems keep"
            for name, many in sorted(self.rebuilt.items())
        ]

    def count_gone(self, mapping: CompiledMapping, decision: Decision, pair: tuple[Image | None, Image | None]) -> None:
        """Count a link that is lost because a record is gone: a side that lost all of them was emptied."""
        if any(operation.kind in LOSSES for operation in decision.operations):
            for side, image in zip(mapping.sides, pair, strict=True):
                if image is not None and image.state is State.GONE:
                    self.emptied.setdefault(mapping.name, Counter())[side.name] += 1

    def add_effect(self, name: str, effect: Mapping[str, Value], *, counted: bool) -> None:
        """Add what one operation of a mapping does to the books; `counted`: by the guards too."""
        for told, amount in effect.items():
            what, _, detail = told.partition(" ")
            sums = self.effect.setdefault(what, {})
            if isinstance(amount, Decimal):
                sums[detail] = sums.get(detail, Decimal(0)) + amount
        for told, amount in movement(effect).items() if counted else ():
            moved = self.moved.setdefault(name, {})
            moved[told] = moved.get(told, Decimal(0)) + amount

    def count(self, name: str, operation: Planned, mapping: CompiledMapping | None, *, counted: bool) -> None:
        """Count one operation of a mapping, and what it does to the books; `counted`: by the guards too."""
        kind, end = operation.kind, operation.end
        self.add_effect(name, operation.effect, counted=counted)
        side = mapping.sides[end].name if mapping is not None else str(end)
        what = str(kind) if kind in INTERNAL else f"{kind} in {side}"
        self.counts.setdefault(name, Counter())[what] += 1
        if kind in INTERNAL:
            self.internal += 1
            return
        self.wire += 1
        if counted and kind is not Kind.NOTE:  # it changes no value
            counted_as = _guarded(operation)
            self.guarded.setdefault(name, Counter())[counted_as] += 1
            if kind is Kind.CREDIT:
                self.credited.setdefault(name, Counter())[counted_as] += 1


GUARDED = {Kind.CREATE: "creates", Kind.UPDATE: "updates", Kind.VOID: "voids", Kind.CREDIT: "voids"}
"""What the guards count an operation as; anything else that is written is a deletion."""
CONSENTED = {"deletes": "deletes after a yes", "voids": "voids after a yes"}
"""What the guards count -> the same where a person said yes to it, record by record."""


def _guarded(operation: Planned) -> str:
    what = _counted_as(operation)
    return CONSENTED.get(what, what) if operation.allowed else what


def _counted_as(operation: Planned) -> str:
    """Say what the guards count an operation as: an update that ends a document by its status counts as what it is."""
    steps = [name for name in operation.effect if name.startswith("documents ")]
    if operation.kind is Kind.UPDATE and any(step.endswith(" voided") for step in steps):
        return "voids"
    if operation.kind is Kind.UPDATE and any(step.endswith(" deleted") for step in steps):
        return "deletes"
    return GUARDED.get(operation.kind, "deletes")


def _copied(value: object) -> object:
    """Copy what is counted in place: lists and sets, and tables of counters one level deep; a fault stays itself."""
    if isinstance(value, dict):
        made = copy(value)
        for name, inner in made.items():
            made[name] = copy(inner) if isinstance(inner, dict | list | set) else inner
        return made
    return copy(value)
