"""Look at which records belong together, and plan nothing: each record without a partner, by the rules of a plan.

What is certain goes into a draft that is dropped in the end, so that a later record, and a mapping that compares
through these links, sees it as a plan would. What only a person can tell becomes the question that a plan would ask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Connection as Tx

from tieout.model import Value
from tieout.store import audit, links, mirror, plans, standing
from tieout.store.database import stamp
from tieout.sync.codec import plan_row, stored_body
from tieout.sync.commit import entry
from tieout.sync.decide import Decider, record_scope
from tieout.sync.match import rule_text
from tieout.sync.naming import agreed, label, title
from tieout.sync.parting import one_end, split
from tieout.sync.partners import find_partner, link_operation, matched, named_partner
from tieout.sync.run import Joined, Run
from tieout.sync.sharing import kept_apart, sharing
from tieout.sync.stating import question_row
from tieout.sync.units import images_of, units
from tieout.sync.unlinked import Unlinked
from tieout.sync.words import Decision, Image

CHUNK = 500
"""Records looked at in one transaction."""


class Verdict(StrEnum):
    """What is known of a record without a partner."""

    CERTAIN = "certain"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Party:
    """A record as people know it: the side, its id, what tells it apart (personal values masked), its page."""

    side: str
    id: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Found:
    """What matching says of one record; of two that belong together, once."""

    verdict: Verdict
    record: Party
    others: tuple[Party, ...] = ()
    """Its partner; or everybody who is named in the question."""
    why: str = ""
    """The rule, or what else joins them."""
    at: str = ""
    """The line of the rule."""
    agree: Mapping[str, str] = field(default_factory=dict)
    """Side and path -> the value there; personal values masked."""
    question: int | None = None
    """The number of the question to a person."""
    text: str = ""


@dataclass(slots=True)
class Tally:
    """How many, of one mapping: pairs that are certain, records by side of the rest."""

    linked: int = 0
    certain: int = 0
    ambiguous: Counter[str] = field(default_factory=Counter)
    none: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    """Records whose last write, or a possible partner's, is not settled."""
    complete: bool = True
    """Both sides were read completely; else nothing is told, for what is not there may only be unseen."""


class Matching:
    """Looks at the mappings of a run in their order; drop its draft in the end."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.draft = f"match:{run.id}"
        self.tallies: dict[str, Tally] = {}
        self._seq = 0
        self.forget()

    def forget(self) -> None:
        """Drop the draft."""
        with self.run.database.write(epoch=self.run.epoch) as tx:
            plans.drop_draft(tx, self.draft)

    def look(self, joined: Joined, *, asking: bool) -> Iterator[Found]:
        """Give what is known of every record of a mapping that has no partner; `asking`: have the questions stand."""
        tally = self.tallies[joined.mapping.name] = Tally()
        free = Unlinked(self.run, joined)
        with self.run.database.write(epoch=self.run.epoch) as tx:
            free.prepare(tx)
            tally.linked = links.count_active(tx, joined.pair)
        tally.complete = free.read
        for end in (0, 1) if free.read else ():
            for ids in self._chunks(joined, end):
                with self.run.database.write(epoch=self.run.epoch) as tx:
                    free.index(tx, self._decider(tx, joined), end, ids)
        for step in (self._naming, self._matching):
            for end in (0, 1) if free.read else ():
                for ids in self._chunks(joined, end):
                    with self.run.database.write(epoch=self.run.epoch) as tx:
                        looking = _Looking(self.run, joined, end, tx, self._decider(tx, joined), free, tally, asking)
                        found = list(step(looking, self._unlinked(tx, joined, end, ids)))
                    yield from found

    def _chunks(self, joined: Joined, end: int) -> Iterator[Sequence[str]]:
        after = ""
        while True:
            with self.run.database.read() as tx:
                ids = mirror.live_ids(tx, joined.ends[end].number, after, CHUNK)
            if ids:
                yield ids
            self.run.renew()
            self.run.tick(f"{joined.mapping.name}: looking at matches")
            if len(ids) < CHUNK:
                return
            after = ids[-1]

    def _decider(self, tx: Tx, joined: Joined) -> Decider:
        return Decider(self.run, joined, tx, self.draft, changed=False)

    def _unlinked(self, tx: Tx, joined: Joined, end: int, ids: Sequence[str]) -> dict[str, Image]:
        free = units(tx, self._decider(tx, joined), end, ids).free
        return {unit: image for unit, image in free.items() if not self._drafted(tx, joined, end, unit)}

    def _drafted(self, tx: Tx, joined: Joined, end: int, unit: str) -> bool:
        if not self._seq:
            return False
        id_, part = split(joined.mapping, end, unit)
        planned = plans.planned_links(tx, self.draft, joined.pair, end, id_)
        return part in planned if one_end(joined.mapping) == end else bool(planned)

    def _take(self, looking: _Looking, image: Image, other: str, why: Mapping[str, Value]) -> None:
        id_, part = split(looking.joined.mapping, 1 - looking.end, other)
        ids = (image.id, id_) if looking.end == 0 else (id_, image.id)
        operation = link_operation(looking.joined, ids, why, generation=0, part=part or image.part)
        text, _ = stored_body(operation, uncounted=False)
        plans.add_operations(looking.tx, self.draft, [plan_row(self._seq, operation, text)])
        self._seq += 1
        looking.tally.certain += 1

    # --- the two ways to a partner ----------------------------------------------------------------------------------

    def _naming(self, looking: _Looking, free: Mapping[str, Image]) -> Iterator[Found]:
        """Records that name their partner come first, as in a plan."""
        decider, end, joined = looking.decider, looking.end, looking.joined
        decider.remember([record_scope(end, unit) for unit in free])
        for unit, image in sorted(free.items()):
            if self._drafted(looking.tx, joined, end, unit) or not looking.free.available(decider, end, image):
                continue
            partner = named_partner(looking.tx, decider, end, image, kept_apart(decider, end, unit))
            named = None if partner is None else split(joined.mapping, 1 - end, partner[0])[0]
            if partner is not None and (1 - end, named) not in looking.free.busy:
                self._take(looking, image, *partner)
                yield looking.certain(image, *partner)

    def _matching(self, looking: _Looking, free: Mapping[str, Image]) -> Iterator[Found]:
        tx, decider, end, joined = looking.tx, looking.decider, looking.end, looking.joined
        decider.remember([record_scope(end, unit) for unit in free])
        keys = links.keys_of(tx, joined.pair, end, list(free))
        shared = sharing(tx, decider, end, keys)
        asked: dict[str, tuple[Image, int, Decision]] = {}
        for unit, image in free.items():
            own = keys.get(unit, {})
            if self._drafted(tx, joined, end, unit):
                continue
            if not looking.free.available(decider, end, image):
                looking.tally.waiting += looking.free.unsettled(end, image)
                continue
            if looking.free.waits(end, unit, shared, own):
                looking.tally.waiting += 1
                continue
            partner = find_partner(tx, decider, end, image, shared, own)
            made = matched(decider, end, image, shared, own)
            if isinstance(partner, Decision) and made is not None:
                looking.tally.ambiguous[looking.side] += 1
                if partner.questions:
                    asked[unit] = (image, made.rule, partner)
            elif partner is None or isinstance(partner, Decision) or self._drafted(tx, joined, 1 - end, partner[0]):
                looking.tally.none[looking.side] += 1
                yield Found(Verdict.NONE, looking.party(end, image, None))
            else:
                self._take(looking, image, *partner)
                yield looking.certain(image, *partner, rule=None if made is None else made.rule)
        yield from looking.ask(asked)


@dataclass(frozen=True, slots=True)
class _Looking:
    """One chunk of one end, within one transaction."""

    run: Run
    joined: Joined
    end: int
    tx: Tx
    decider: Decider
    free: Unlinked
    tally: Tally
    asking: bool

    @property
    def side(self) -> str:
        return self.joined.mapping.sides[self.end].name

    def party(self, end: int, image: Image, rule: int | None) -> Party:
        return party(self.decider, end, image, rule)

    def certain(self, image: Image, other: str, why: Mapping[str, Value], rule: int | None = None) -> Found:
        joined, end = self.joined, self.end
        partner = images_of(self.decider, 1 - end, [other]).get(other)
        pair = (image, partner) if end == 0 else (partner, image)
        first, *rest = (self.party(place, one, rule) for place, one in enumerate(pair) if one is not None)
        values = {} if rule is None else agreed(joined.mapping, rule, dict(enumerate(pair)))
        told = (str(why.get("rule") or why.get("why")), str(why.get("at", "")), values)
        return Found(Verdict.CERTAIN, first, tuple(rest), *told)

    def ask(self, asked: Mapping[str, tuple[Image, int, Decision]]) -> Iterator[Found]:
        """Have the questions of a chunk stand, and give them with their numbers."""
        scopes = {record_scope(self.end, id_): id_ for id_ in asked}
        rows = [question_row(scope, question) for scope, id_ in scopes.items() for question in asked[id_][2].questions]
        told: list[audit.Entry] = []

        def tell(kind: str, payload: Mapping[str, object], values: Mapping[str, object] | None) -> None:
            told.append(entry(self.run, kind, payload, values))

        if self.asking and rows:
            finder = f"{standing.PLAN}{self.run.id}"
            standing.ask(self.tx, self.joined.pair, list(scopes), rows, finder, stamp(self.run.now()), tell=tell)
            audit.append_many(self.tx, told)
        open_ = standing.questions(self.tx, self.joined.pair, list(scopes)) if rows else {}
        for scope, id_ in scopes.items():
            image, rule, decision = asked[id_]
            number = next((one.id for one in open_.get(scope, ()) if one.rule == "match" and one.state == "open"), None)
            yield self._ambiguous(image, rule, decision, number)

    def _ambiguous(self, image: Image, rule: int, decision: Decision, number: int | None) -> Found:
        (question,) = decision.questions
        parties = [
            Party(str(one["side"]), str(one["id"]), str(one["name"]), str(one["url"])) for one in question.candidates
        ]
        values = agreed(self.joined.mapping, rule, {self.end: image})
        written = self.joined.mapping.match[rule]
        others = tuple(one for one in parties if (one.side, one.id) != (self.side, image.unit))
        told = (rule_text(written), str(written.at), values, number, question.text)
        return Found(Verdict.AMBIGUOUS, self.party(self.end, image, rule), others, *told)


def party(decider: Decider, end: int, image: Image, rule: int | None) -> Party:
    """Give a record as people know it; `rule`: number of the match rule by whose values it is told apart, too."""
    mapping = decider.joined.mapping
    side = mapping.sides[end]
    name = title(mapping, end, image) if rule is None else label(mapping, end, image, rule)
    return Party(side.name, image.unit, name, decider.facts().url(side.connection, side.object, image.id) or "")
