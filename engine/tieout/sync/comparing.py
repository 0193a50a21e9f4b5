"""Compare one mapping by what was read just now: control totals first, then a cause for every link that differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection as Tx

from tieout.mapping.compiled import ExpressionFailed, Undecided
from tieout.store import journal, mirror, plans, standing, verification
from tieout.store.links import LinkRow
from tieout.store.standing import Standing as Kept
from tieout.sync.agreement import look, look_list
from tieout.sync.causes import Cause, Known, Named, Standing, of_field, of_link, of_record
from tieout.sync.decide import Decider, as_link, link_scope, record_scope
from tieout.sync.figures import Planning
from tieout.sync.lifecycle import in_scope
from tieout.sync.masking import MASK
from tieout.sync.match import read_key, source_ids
from tieout.sync.observe import images
from tieout.sync.parting import both_units, one_end
from tieout.sync.partners import marker_digest, partners, superseded
from tieout.sync.planview import reference
from tieout.sync.run import Endpoint, Joined, Run
from tieout.sync.totals import Looked, Total, differing
from tieout.sync.units import units
from tieout.sync.words import INTERNAL, Image, Kind, State
from tieout.values import dumps, unit

CHUNK = 500
"""Links, or records without one, in hand at a time."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that is not as the mapping says."""

    record: str
    partner: str
    field: str
    """"" = the record as a whole."""
    named: Named
    values: tuple[str, str] | None = None
    """By end, as text; personal ones masked."""


@dataclass(slots=True)
class Comparison:
    """One mapping, compared."""

    mapping: str
    sides: tuple[str, str]
    links: int = 0
    """Active ones."""
    compared: int = 0
    out_of_scope: int = 0
    """Linked and not compared: one of the two left the mapping's scope."""
    unlinked: tuple[int, int] = (0, 0)
    """Records in scope without a partner, by end; those that the mapping leaves alone included."""
    totals: dict[str, Total] = field(default_factory=dict)
    """Field or list -> totals."""
    mismatches: list[Mismatch] = field(default_factory=list)


def compare(
    run: Run, joined: Joined, planning: Planning, missed: Mapping[int, set[str]], only: Sequence[int] | None
) -> Comparison:
    """Compare all links of a mapping, or `only` these; then look at the records that have none.

    What its rounding lines need of the ledger's tables was read (`read_for_rounding`).
    """
    names = (joined.mapping.sides[0].name, joined.mapping.sides[1].name)
    made = Comparison(joined.mapping.name, names)
    with run.database.read() as tx:
        comparer = _Comparer(run, joined, tx, made, missed, _Background.of(tx, joined, planning.digest))
        comparer.changed = joined.mapping.name in planning.changed
        comparer.links(None if only is None else set(only))
        for end in (0, 1):
            comparer.unlinked(end)
            comparer.twins(end)
    return made


@dataclass(slots=True)
class _Background:
    """What stands about the links and records of a mapping, and what the plan made just now would do to them."""

    planned: dict[int, dict[str, str]] = field(default_factory=dict)
    """Link -> rule -> why."""
    acts: dict[int, list[str]] = field(default_factory=dict)
    """Link -> acts on it as a whole."""
    makes: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    """(end, record) -> what gives it a partner."""
    holds: dict[str, list[Kept]] = field(default_factory=dict)
    questions: dict[str, list[standing.Review]] = field(default_factory=dict)
    busy: set[tuple[int, str]] = field(default_factory=set)

    @classmethod
    def of(cls, tx: Tx, joined: Joined, plan: str) -> _Background:
        """Gather it."""
        made = cls()
        for stored in plans.stream(tx, plan):
            if stored.pair == joined.pair:
                made._operation(stored, joined)
        for hold in standing.holds(tx):
            if hold.pair == joined.pair:
                made.holds.setdefault(hold.scope, []).append(hold)
        for asked in standing.reviews(tx):
            if asked.pair == joined.pair:
                made.questions.setdefault(asked.scope, []).append(asked)
        made.busy, _ = journal.busy(tx, joined.pair)
        return made

    def _operation(self, stored: plans.Stored, joined: Joined) -> None:
        kind, link = Kind(stored.verb), stored.body.get("link")
        there = joined.mapping.sides[stored.end].name
        if kind is Kind.LINK:
            part = str(stored.body.get("part", ""))
            for end, named in enumerate(both_units(joined.mapping, (stored.record or "", stored.source), part)):
                self.makes.setdefault((end, named), []).append("link it to its partner")
        elif kind is Kind.CREATE:
            named = unit(stored.source, str(stored.body.get("part", "")))
            self.makes.setdefault((1 - stored.end, named), []).append(f"create in {there}")
        elif isinstance(link, str) and kind is Kind.UPDATE:
            rules = self.planned.setdefault(int(link), {})
            for name in ("writes", "lists"):
                rows = stored.body.get(name)
                for row in rows if isinstance(rows, list) else ():
                    if isinstance(row, Mapping):
                        rules[str(row["rule"])] = f"{row.get('why', '')}, to {there}"
        elif isinstance(link, str) and kind is not Kind.AGREE:
            self.acts.setdefault(int(link), []).append(str(kind) if kind in INTERNAL else f"{kind} in {there}")


@dataclass
class _Comparer:
    run: Run
    joined: Joined
    tx: Tx
    made: Comparison
    missed: Mapping[int, set[str]]
    background: _Background
    changed: bool = False

    # --- links --------------------------------------------------------------------------------------------------------

    def links(self, only: set[int] | None) -> None:
        """Compare links, range by range: totals of all, causes where they differ."""
        after = 0
        while rows := verification.active_links(self.tx, self.joined.pair, after, CHUNK):
            after = rows[-1].id
            self.made.links += len(rows)
            chosen = [row for row in rows if only is None or row.id in only]
            if chosen:
                self._range(chosen)
            self.run.tick(f"{self.joined.mapping.name}: {self.made.compared} links compared")

    def _range(self, rows: Sequence[LinkRow]) -> None:
        decider = Decider(self.run, self.joined, self.tx, "", changed=False)
        decider.remember([link_scope(row.id) for row in rows])
        found = (
            images(self.tx, self.joined.ends[0], {row.first for row in rows}),
            images(self.tx, self.joined.ends[1], {row.second for row in rows}),
        )
        looked: list[Looked] = []
        for row in rows:
            pair = (found[0].get(row.first), found[1].get(row.second))
            one = self._look(decider, row, pair)
            if one is not None:
                looked.append(one)
        self.made.compared += len(looked)
        for one in looked:
            for seen in one.looks:
                self.made.totals.setdefault(seen.rule, Total()).add(one.link, seen)
        by_id = {row.id: row for row in rows}
        different = differing(looked)
        known = self._known_links([by_id[one.link] for one in different]) if different else {}
        for one in different:
            self._name(by_id[one.link], one, known[one.link])

    def _look(self, decider: Decider, row: LinkRow, pair: tuple[Image | None, Image | None]) -> Looked | None:
        """Compare one link; None: it is not to be compared, and if that is a mismatch it is named."""
        first, second = pair
        states = tuple("unknown" if image is None else str(image.state) for image in pair)
        if first is None or second is None or not (first.live and second.live):
            known = self._known_links([row])[row.id]
            self._add(row, "", of_link(known, (states[0], states[1])))
            return None
        try:
            sight = decider.of_link(pair, as_link(row))
            inside = [sight.left is None] + [
                in_scope(side, sight, image) for side, image in zip(sight.mapping.sides, (first, second), strict=True)
            ]
        except ExpressionFailed:
            sight, inside = decider.sight(pair, as_link(row), row.part), [True]
        except Undecided:
            return None
        if False in inside:
            self.made.out_of_scope += 1
            return None
        memory = decider.past.get(link_scope(row.id))
        looks = [look(rule, sight) for rule in sight.mapping.rules]
        looks += [look_list(rule, sight, {} if memory is None else memory.answers) for rule in sight.mapping.lists]
        return Looked(row.id, [seen for seen in looks if seen is not None])

    def _known_links(self, rows: Sequence[LinkRow]) -> dict[int, Known]:
        scopes = {row.id: link_scope(row.id) for row in rows}
        suppressed = standing.suppressions(self.tx, self.joined.pair, list(scopes.values()))
        return {
            row.id: Known(
                self.background.planned.get(row.id, {}),
                self.background.acts.get(row.id, ()),
                self._holds(scopes[row.id]),
                self._questions(scopes[row.id]),
                {
                    rule: (kept.kind, str(kept.detail.get("message", "")))
                    for rule, kept in suppressed.get(scopes[row.id], {}).items()
                },
                any(self._missed(end, id_) for end, id_ in ((0, row.first), (1, row.second))),
                not self.background.busy.isdisjoint({(0, row.first), (1, row.second)}),
                self.changed,
            )
            for row in rows
        }

    def _holds(self, scope: str) -> list[Standing]:
        return [
            Standing(
                hold.rule,
                hold.code,
                str(hold.detail.get("message", "")),
                tuple(str(way) for way in ways) if isinstance(ways := hold.detail.get("ways_out"), list) else (),
                hold.detail.get("quiet") is True,
            )
            for hold in self.background.holds.get(scope, ())
        ]

    def _questions(self, scope: str) -> list[Standing]:
        asked = self.background.questions.get(scope, ())
        return [Standing(one.rule, one.kind, f"question {one.id}: {one.question.get('text', '')}") for one in asked]

    def _missed(self, end: int, id_: str) -> bool:
        return id_ in self.missed.get(self.joined.ends[end].number, ())

    def _name(self, row: LinkRow, one: Looked, known: Known) -> None:
        for seen in one.looks:
            if seen.quality is None:
                named = of_field(self.joined.mapping, seen, as_link(row), known)
                shown = (MASK, MASK) if seen.pii else (dumps(seen.values[0]), dumps(seen.values[1]))
                self._add(row, seen.rule, named, shown)

    def _add(self, row: LinkRow, rule: str, named: Named, values: tuple[str, str] | None = None) -> None:
        name, sides = self.joined.mapping.name, self.made.sides
        first, second = (reference(name, sides[end], (row.first, row.second)[end], row.part) for end in (0, 1))
        self.made.mismatches.append(Mismatch(first, second, rule, named, values))

    # --- records without a partner ------------------------------------------------------------------------------------

    def unlinked(self, end: int) -> None:
        """Name the records in scope that should have a partner and have none."""
        counted = 0
        for image in self._without_partner(end):
            counted += 1
            scope = record_scope(end, image.unit)
            known = Known(
                acts=self.background.makes.get((end, image.unit), ()),
                holds=self._holds(scope),
                questions=self._questions(scope),
                missed=self._missed(end, image.id),
                busy=(end, image.id) in self.background.busy,
                made_for=self._made_for(end, image),
            )
            named = of_record(known)
            if named is not None:
                record = reference(self.joined.mapping.name, self.made.sides[end], image.id, image.part)
                self.made.mismatches.append(Mismatch(record, "", "", named))
        first, second = self.made.unlinked
        self.made.unlinked = (counted, second) if end == 0 else (first, counted)

    def _made_for(self, end: int, image: Image) -> str:
        """Give the record whose key this one carries, if that has a partner already."""
        marker = read_key(image.marker)
        if marker is None or marker.endpoints != marker_digest(self.joined, 1 - end):
            return ""
        linked = partners(self.tx, self.joined, 1 - end, source_ids(marker))
        if linked and superseded(self.tx, Decider(self.run, self.joined, self.tx, "", changed=False), end, image):
            return ""
        return reference(self.joined.mapping.name, self.made.sides[1 - end], min(linked)) if linked else ""

    def _without_partner(self, end: int) -> Iterator[Image]:
        endpoint, side, after = self.joined.ends[end], self.joined.mapping.sides[end], ""
        decider = Decider(self.run, self.joined, self.tx, "", changed=False)
        while ids := self._perhaps_without(end, endpoint, after):
            after = ids[-1]
            for image in units(self.tx, decider, end, ids).free.values():
                if image.state is State.ARCHIVED and not side.archived:
                    continue
                sight = decider.sight((image, None) if end == 0 else (None, image), None)
                try:
                    if in_scope(side, sight, image):
                        yield image
                except ExpressionFailed:
                    yield image  # it cannot be told: a hold says so

    def _perhaps_without(self, end: int, endpoint: Endpoint, after: str) -> Sequence[str]:
        """Give the next records to look at: of one with parts, one may have a partner and another none."""
        if one_end(self.joined.mapping) == end:
            return mirror.live_ids(self.tx, endpoint.number, after, CHUNK)
        return verification.unlinked(self.tx, self.joined.pair, end, endpoint.number, after, CHUNK)

    def twins(self, end: int) -> None:
        """Name records that carry one key of ours: one intention made two of them."""
        mine = marker_digest(self.joined, 1 - end)
        for key, ids in verification.keys_twice(self.tx, self.joined.ends[end].number).items():
            marker = read_key(key)
            if marker is None or marker.endpoints != mine:
                continue
            name, sides = self.joined.mapping.name, self.made.sides
            source = reference(name, sides[1 - end], source_ids(marker)[-1])
            told = f"{len(ids)} records of {sides[end]} carry the key of one: {', '.join(ids)}"
            named = Named(Cause.TWIN, told, (f"merge them in {sides[end]}, or remove the key from all but one",))
            self.made.mismatches.append(Mismatch(reference(name, sides[end], ids[0]), source, "", named))


def by_cause(comparisons: Sequence[Comparison]) -> Counter[Cause]:
    """Count mismatches by their cause."""
    return Counter(one.named.cause for made in comparisons for one in made.mismatches)
