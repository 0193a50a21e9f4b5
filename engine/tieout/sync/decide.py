"""Decide one link or one unlinked record from the store's rows: what the planner does, and apply does again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from sqlalchemy import Connection as Tx

from tieout.errors import UsageError
from tieout.mapping.compiled import ExpressionFailed, LinkTarget, Missing, Undecided
from tieout.mapping.pick import PREFIX
from tieout.model import Value
from tieout.store import journal, links, mirror, plans, standing
from tieout.store.links import LinkRow
from tieout.sync.awaiting import no_partner
from tieout.sync.codec import bases
from tieout.sync.creation import after_merge, create
from tieout.sync.crediting import credits_keyed
from tieout.sync.expecting import held
from tieout.sync.failing import ground
from tieout.sync.labels import in_present_names
from tieout.sync.lifecycle import in_scope, in_use
from tieout.sync.masking import veiled_decision
from tieout.sync.match import endpoints_digest, make_key
from tieout.sync.membership import Membership
from tieout.sync.memory import Memory, Suppressed, Survivor
from tieout.sync.naming import title
from tieout.sync.observe import as_image
from tieout.sync.parting import names_of, one_end, parted
from tieout.sync.reconcile import reconcile
from tieout.sync.reissuing import INSTEAD, given_up, reissued, together
from tieout.sync.requesting import REQUEST
from tieout.sync.run import Joined, Run
from tieout.sync.sight import Facts, Sight
from tieout.sync.steps import fingerprint
from tieout.sync.words import (
    Answer,
    Awaited,
    Base,
    Blocked,
    Child,
    Decision,
    Hold,
    Image,
    Kind,
    Link,
    Planned,
    Reference,
)

WIRE_PHASES = {Kind.LINK: 0, Kind.REPOINT: 0, Kind.END: 0, Kind.AGREE: 1, Kind.CREATE: 2, Kind.UPDATE: 3}
LAST_PHASE, AFTER_LAST = 4, 5


def link_scope(link: int) -> str:
    """Name a link in what stands between runs."""
    return f"link:{link}"


def record_scope(end: int, unit: str) -> str:
    """Name an unlinked record, or a part of one that has no partner, in what stands between runs."""
    return f"record:{end}:{unit}"


def as_link(row: LinkRow) -> Link:
    """Give a link as the pure part sees it."""
    children = {
        name: [Child((child.first, child.second), child.ordinal, bases(child.base)) for child in kept]
        for name, kept in row.children.items()
    }
    ids = (row.first, row.second)
    return Link(row.id, row.pair, row.part, ids, row.generation, bases(row.base), children, row.evidence)


Demand = Callable[[Joined, int, str], Awaited | Blocked | str | None]
"""(mapping, end, record) -> its partner, which the plan makes or has just found; None: none is made on need."""


def given(questions: Sequence[standing.Review]) -> dict[str, standing.Review]:
    """Give rule -> the question that was answered; one that is asked anew has no answer."""
    latest = {one.rule: one for one in questions}
    return {rule: one for rule, one in latest.items() if one.state == "answered"}


def _requested(questions: Sequence[standing.Review]) -> dict[str, str]:
    """Give what was picked with the last request for a partner."""
    asked = [one for one in questions if one.rule == REQUEST]
    kept = asked[-1].question.get("picks") if asked else None
    return {name: str(key) for name, key in kept.items()} if isinstance(kept, Mapping) else {}


@dataclass
class Decider:
    """Decides for one mapping, within one transaction's view of the store."""

    run: Run
    joined: Joined
    tx: Tx
    draft: str
    """The plan under way: what it creates and links counts as awaited."""
    changed: bool
    """The mapping changed since its last plan was applied."""
    past: dict[str, Memory] = field(default_factory=dict)
    known: dict[tuple[str, int, str], Sequence[str]] = field(default_factory=dict)
    requesting: str = ""
    """create, update or a way out (reissue, credit): what a person asks for, of the records that this plan is about."""
    wishes: Mapping[str, str] = field(default_factory=dict)
    """Pick -> the key that a person asks for, of the records that this plan is about."""
    needed: bool = False
    """Records of another mapping refer to the partners of these."""
    demand: Demand | None = None
    """Has a partner made that `needed` keeps back until a record refers to it; None: nothing more is planned now."""

    def remember(self, scopes: Sequence[str]) -> None:
        """Load what is remembered of these scopes."""
        suppressed = standing.suppressions(self.tx, self.joined.pair, scopes)
        questions = standing.questions(self.tx, self.joined.pair, scopes)
        for scope in scopes:
            self.past[scope] = Memory(
                {
                    rule: Suppressed(
                        kept.fingerprint,
                        kept.kind,
                        kept.code,
                        str(kept.detail.get("message", "")),
                        kept.detail,
                        (kept.run, kept.since) if kept.kind in standing.REFUSED else None,
                    )
                    for rule, kept in suppressed.get(scope, {}).items()
                    if kept.detail.get("under") in {None, self.ground}
                },
                {
                    rule: Answer(kept.fingerprint, kept.answer or "", kept.who or "")
                    for rule, kept in given(questions.get(scope, ())).items()
                },
                self._survivor,
                mapping_changed=self.changed,
                asked={one.rule: one.fingerprint for one in questions.get(scope, ()) if one.state == "open"},
                requesting=self.requesting,
                wishes=self.wishes,
                requested=_requested(questions.get(scope, ())),
                needed=self.needed,
            )

    @cached_property
    def ground(self) -> str:
        """Name what failures are remembered under: the mapping as it is, and what the systems let it write."""
        return ground(self.joined.mapping)

    def _survivor(self, end: int, id_: str, part: str = "") -> Survivor:
        if journal.claimed(self.tx, self.joined.pair, 1 - end, [id_]):
            return Survivor(None, linked=False)  # a partner for it may be on its way: wait for the answer
        endpoint = self.joined.ends[end]
        found = mirror.seen(self.tx, endpoint.number, [id_]).get(id_)
        rows = links.active(self.tx, self.joined.pair, end, [id_], children=False)
        linked = any(row.part == part or one_end(self.joined.mapping) != end for row in rows)
        return Survivor(None if found is None else as_image(found), linked)

    def facts(self) -> Facts:
        """Give what the pure part knows beside the records."""
        peers = {end.peer.name: end.peer for end in self.joined.ends}
        grain = (self.joined.ends[0].type.grain.total_seconds(), self.joined.ends[1].type.grain.total_seconds())
        return Facts(
            self.run.facts,
            self.resolve,
            lambda connection, name, id_: peers[connection].connection.url(name, id_),
            grain,
            (self.joined.ends[0].peer.organisation.user, self.joined.ends[1].peer.organisation.user),
            (self.run.charts.of(self.joined.ends[0].peer.name), self.run.charts.of(self.joined.ends[1].peer.name)),
            self.run.rating.rates,
            self.members.listed,
            self.members.of,
            self.members.archived,
        )

    @cached_property
    def members(self) -> Membership:
        """Give what is read beside the two records."""
        return Membership(self.run, self.joined, self.tx)

    def sight(
        self, images: tuple[Image | None, Image | None], link: Link | None, part: str = "", memory: Memory | None = None
    ) -> Sight:
        """Give both records as the rules see them; `memory`: what persons said of the picks."""
        past = memory or Memory()
        return Sight(
            self.joined.mapping,
            images,
            self.facts(),
            self.joined.pair,
            link,
            part,
            wishes=past.wishes,
            answers=past.answers,
        )

    def of_link(self, images: tuple[Image | None, Image | None], link: Link, memory: Memory | None = None) -> Sight:
        """Give the records of a link as the rules see them. Raises ExpressionFailed, Undecided of its parts."""
        end = one_end(self.joined.mapping)
        sight = self.sight(images, link, link.part, memory)
        if end is None and not link.part:
            return sight
        ends = (0, 1) if end is None else (end,)
        rows = {at: links.active(self.tx, self.joined.pair, at, [link.ids[at]], children=False) for at in ends}
        one = max(ends, key=lambda at: len(rows[at]))  # without parts any more: the record that has several partners
        image = images[one]
        if image is None or not image.live:
            return sight
        names = names_of(self.joined.mapping, sight.records)
        made = parted(names, [(row.id, row.part) for row in rows[one]])
        if link.id is None or link.id not in made.stands:
            return replace(sight, leads=made.leader is None and names[:1] == (link.part,))
        left = one if made.vanished(link.id) else None
        return replace(sight, part=made.stands[link.id], leads=made.leader == link.id, left=left)

    def alone(self, image: Image, end: int) -> Sight:
        """Give a record as the rules see it that has no partner."""
        return self.sight((image, None) if end == 0 else (None, image), None)

    def takes(self, end: int, image: Image) -> bool:
        """Say whether the mapping takes a record: it is in use, and in scope for certain."""
        side = self.joined.mapping.sides[end]
        try:
            return in_use(side, image) and in_scope(side, self.alone(image, end), image) is True
        except ExpressionFailed:
            return False

    # --- deciding -------------------------------------------------------------------------------------------------

    def link(
        self,
        link: Link,
        images: tuple[Image | None, Image | None],
        scope: str,
        *,
        wishes: Mapping[str, str] | None = None,
    ) -> Decision:
        """Decide one link, planned ones included; `wishes`: the picks of an operation that was planned already."""
        made = link.evidence.get("created")
        created = int(made) if isinstance(made, str) else None
        survivor = partial(self._survivor, part=link.part)
        memory = replace(self.past.get(scope, Memory()), created=created, survivor=survivor)
        memory = memory if wishes is None else replace(memory, wishes=wishes)
        try:
            sight = self.of_link(images, in_present_names(link, self.joined.mapping), memory)
        except Undecided:
            return Decision()
        except ExpressionFailed as problem:
            print_ = fingerprint("parts", str(problem))
            return Decision(holds=[Hold("", "expression-failed", str(problem), print_)])
        decision = held(self._granted(reconcile(sight, memory), images), sight, memory)
        keyed = credits_keyed(decision, (self.joined.ends[0].name, self.joined.ends[1].name))
        return self._placed(self._made_anew(keyed, images), images)

    def _made_anew(self, decision: Decision, images: tuple[Image | None, Image | None]) -> Decision:
        """Add the new document to the void, or the credit, of one that is reissued."""
        old = given_up(decision)
        image = None if old is None else images[1 - old.end]
        if old is None or image is None:
            return decision
        source = replace(image, part=old.part)
        made = self.create(source, 1 - old.end, generation=old.generation + 1, ended=old.why, wishes=self.wishes)
        return together(decision, old, made, self.requesting)

    def create(
        self,
        image: Image,
        end: int,
        *,
        generation: int,
        ended: str | None,
        wishes: Mapping[str, str] | None = None,
    ) -> Decision:
        """Decide what becomes of a record that has no partner; `wishes` as for `link`."""
        images = (image, None) if end == 0 else (None, image)
        memory = self.past.get(record_scope(end, image.unit), Memory())
        memory = memory if wishes is None else replace(memory, wishes=wishes)
        before = self._before(image, end, generation) if reissued(ended) else {}
        sight = replace(self.sight(images, None, image.part, memory), before=before)
        if self._has_not(sight, image):
            return Decision()
        decision = create(sight, memory, source=end, generation=generation, ended=ended)
        decision = self._granted(decision, images)
        digest = endpoints_digest(self.joined.ends[end].name, self.joined.ends[1 - end].name)
        keyed = [
            replace(operation, key=make_key(digest, operation.source, operation.part, operation.generation))
            for operation in decision.operations
        ]
        return self._placed(replace(decision, operations=keyed), images)

    def _before(self, image: Image, end: int, generation: int) -> Mapping[str, Base]:
        """Give what the link remembered in whose place one of this generation is to come: it keeps what was picked."""
        rows = links.of_generation(self.tx, self.joined.pair, end, image.id, generation - 1)
        mine = [row for row in rows if row.part in {"", image.part}]
        return bases(mine[-1].base) if mine else {}

    def _has_not(self, sight: Sight, image: Image) -> bool:
        """Say whether a record does not have a part any more for which a partner was to be made."""
        try:
            return bool(image.part) and image.part not in names_of(self.joined.mapping, sight.records)
        except (ExpressionFailed, Undecided):
            return True

    def bereft(self, image: Image, end: int, ended: str) -> Decision:
        """Decide a record of our making whose partner was merged into one that has another: it gets no new one."""
        memory = self.past.get(record_scope(end, image.id), Memory())
        decided = after_merge(self.alone(image, end), memory, source=end, ended=ended, creatable=False)
        return Decision() if decided is None else decided

    def _granted(self, decision: Decision, images: tuple[Image | None, Image | None]) -> Decision:
        """Refuse a key that a person asks for in this plan and that is no option. Raises UsageError."""
        asked = {f"{PREFIX}{name}": name for name in self.wishes}
        for hold in decision.holds:
            if hold.rule in asked:
                end = 0 if images[0] is not None else 1
                image = images[end]
                name = f"{self.joined.mapping.name}/{self.joined.mapping.sides[end].name}:{image.unit if image else ''}"
                act = f" --{self.requesting}" if self.requesting in {"create", "update"} else ""
                mend = f"tieout plan {name}{act} --pick {asked[hold.rule]}=KEY"
                raise UsageError(f"{name}: {hold.message}", mend=mend)
        return decision

    def _placed(self, decision: Decision, images: tuple[Image | None, Image | None]) -> Decision:
        placed = [
            replace(operation, phase=self.phase(operation), title=operation.title or self._title(images))
            for operation in decision.operations
        ]
        decision = replace(decision, operations=placed, open=self.members.was_open())
        return veiled_decision(decision, self.joined.mapping, images)

    def phase(self, operation: Planned) -> int:
        """Give the place of an operation in its plan: references first, removals last, then what stands in for them."""
        place = AFTER_LAST if INSTEAD in operation.evidence else WIRE_PHASES.get(operation.kind, LAST_PHASE)
        return self.joined.order * 10 + place

    def _title(self, images: tuple[Image | None, Image | None]) -> str:
        """Name a record for people: the first plain text that the mapping carries and does not mask."""
        for end, image in enumerate(images):
            if image is None:
                continue
            named = title(self.joined.mapping, end, image)
            if named:
                return named
        return ""

    # --- references -----------------------------------------------------------------------------------------------

    def resolve(self, target: LinkTarget, connection: str, side: str, id_: str) -> Reference:
        """Give the partner's id (or a field of it) of a record under another mapping's links."""
        other = self.run.mapping(target.mapping)
        if other is None:
            why = self.run.refused.get(target.mapping, "it does not run now")
            return Blocked(f"it waits for {target.mapping}: {why}", ways=("tieout check --online",))
        end = _end_of(other, connection, side)
        partners = self._partners(other, end, id_)
        if len(partners) > 1:
            side_ = other.mapping.sides[end]
            told = f"{target.mapping} gives {side_.object} {id_} {len(partners)} partners, one for each of its parts"
            return Blocked(told, f"{other.mapping.name}/{side_.name}:{id_}")
        partner = next(iter(partners), None)
        path = None if target.path is None else target.path.text
        if partner is None:
            if plans.planned_create(self.tx, self.draft, other.pair, 1 - end, id_):
                return Awaited(other.mapping.name, end, id_, path)
            made = None if self.demand is None else self.demand(other, end, id_)
            if isinstance(made, Awaited):
                return replace(made, path=path)
            if isinstance(made, Blocked):
                return made
            partner = made
        if partner is None:
            theirs = Decider(self.run, other, self.tx, self.draft, changed=False)
            seen = mirror.seen(self.tx, other.ends[end].number, [id_]).get(id_)
            return no_partner(other.mapping, end, id_, None if seen is None else as_image(seen), theirs.takes)
        return partner if target.path is None else self._partner_field(other, 1 - end, partner, target)

    def _partners(self, other: Joined, end: int, id_: str) -> Sequence[str]:
        key = (other.mapping.name, end, id_)
        if key not in self.known:
            found = links.active(self.tx, other.pair, end, [id_], children=False)
            made = [row.first if end else row.second for row in found]
            self.known[key] = made or list(plans.planned_links(self.tx, self.draft, other.pair, end, id_).values())
        return self.known[key]

    def _partner_field(self, other: Joined, end: int, partner: str, target: LinkTarget) -> Reference:
        found = mirror.seen(self.tx, other.ends[end].number, [partner]).get(partner)
        value: Value | Missing = None if found is None or target.path is None else target.path.read(found.fields)
        if isinstance(value, Missing):
            name = f"{other.mapping.name}/{other.mapping.sides[end].name}:{partner}"
            return Blocked(f"it waits for {target.mapping}: {target.path} of {partner} is not known yet", name)
        return value


def _end_of(other: Joined, connection: str, side: str) -> int:
    """Give the end of another mapping that this side's ids belong to: the same connection, the same side's name."""
    sides = other.mapping.sides
    named = [end for end in (0, 1) if sides[end].connection == connection and sides[end].name == side]
    return (named or [end for end in (0, 1) if sides[end].connection == connection] or [0])[0]
