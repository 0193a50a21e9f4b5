"""Find the record that belongs to one without a partner: by our marker, by what was remembered, by the match rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection as Tx

from tieout.model import Value, Verb
from tieout.store import carried, links
from tieout.store.answering import NONE
from tieout.sync.decide import Decider, record_scope
from tieout.sync.match import (
    Ambiguous,
    Marker,
    Matched,
    endpoints_digest,
    evidence,
    is_of_part,
    make_key,
    match_one,
    next_key,
    read_key,
    source_ids,
)
from tieout.sync.naming import label
from tieout.sync.parting import split
from tieout.sync.reissuing import reissued
from tieout.sync.run import Joined
from tieout.sync.sharing import Shared, kept_apart
from tieout.sync.steps import fingerprint
from tieout.sync.units import images_of, units
from tieout.sync.words import OUR_KEY, Decision, Hold, Image, Kind, Planned, Question
from tieout.values import unit


def partners(tx: Tx, joined: Joined, end: int, ids: Sequence[str]) -> set[str]:
    """Give those of these records that have an active link."""
    rows = links.active(tx, joined.pair, end, ids, children=False)
    return {row.second if end else row.first for row in rows}


def marker_digest(joined: Joined, source: int) -> str:
    """Give the name of the endpoints in keys of records made from this end."""
    return endpoints_digest(joined.ends[source].name, joined.ends[1 - source].name)


Partner = tuple[str, Mapping[str, Value]]
"""The record that belongs to one, or the part of it (a unit), and why."""


def find_partner(
    tx: Tx, decider: Decider, end: int, image: Image, shared: Shared, keys: Mapping[int, str]
) -> Partner | Decision | None:
    """Find the record that belongs to this one: by our marker, by what was remembered, by the match rules.

    A Decision is a question for a person, or nothing yet; None: there is none.
    """
    named = named_partner(tx, decider, end, image, kept_apart(decider, end, image.unit))
    return named if named is not None else _by_rules(decider, end, image, shared, keys)


def named_partner(
    tx: Tx, decider: Decider, end: int, image: Image, apart: frozenset[str] = frozenset()
) -> Partner | None:
    """Give the partner that a record itself names: by our marker, or where its id was remembered."""
    marked = _by_marker(tx, decider, end, image)
    found = marked if marked is not None else _by_memory(tx, decider, end, image)
    if found is None or found[0] in apart or found[0] in replaced(tx, decider, end, image):
        return None
    return found


def replaced(tx: Tx, decider: Decider, end: int, image: Image) -> frozenset[str]:
    """Give former partners whose link ended because the document is reissued: they belong to nobody any more."""
    past = [one for one in links.ended(tx, decider.joined.pair, end, [image.id]) if reissued(one.reason)]
    return frozenset(named for one in past for named in (one.partner, unit(one.partner, one.part)))


def superseded(tx: Tx, decider: Decider, end: int, image: Image) -> bool:
    """Say whether a later document stands in this one's place: it was voided or credited, and is nobody's and no twin.

    Where the state was lost the key of the later one tells it, for what was voided or credited never comes back.
    """
    if replaced(tx, decider, end, image):
        return True
    mine, verbs = read_key(image.marker), decider.joined.mapping.sides[end].type.verbs
    if mine is None or not {Verb.VOID, Verb.CREDIT} & verbs.keys():
        return False
    return bool(carried.carrying(tx, decider.joined.ends[end].number, [next_key(mine)]))


def _by_marker(tx: Tx, decider: Decider, end: int, image: Image) -> Partner | None:
    """A record that carries our key belongs to the key's source; so links are rebuilt from the systems alone.

    One in whose place a later one stands (it was credited) belongs to nobody.
    """
    mine = read_key(image.marker)
    if mine is not None and mine.endpoints == marker_digest(decider.joined, 1 - end):
        later = carried.carrying(tx, decider.joined.ends[end].number, [next_key(mine)])
        for id_ in source_ids(mine) if not later else ():
            free = [one for one in _free(tx, decider, 1 - end, id_) if is_of_part(mine, one.part)]
            if len(free) > 1:
                free = _unnamed(tx, decider, end, image, mine, free)
            if len(free) > 1 and mine.part:
                return None  # a key of before, whose few digits are those of several parts
            for one in free:
                return one.unit, {"why": OUR_KEY, "created": str(end)}
    return None


def possible_parts(tx: Tx, decider: Decider, end: int, mine: Marker) -> list[str]:
    """Name the parts without a partner that a key of four digits may be of, where these are several."""
    free = [one for id_ in source_ids(mine) for one in _free(tx, decider, 1 - end, id_) if is_of_part(mine, one.part)]
    return [one.part for one in free] if mine.part and len(free) > 1 else []


def _unnamed(tx: Tx, decider: Decider, end: int, image: Image, mine: Marker, free: Sequence[Image]) -> list[Image]:
    """Give the parts for which a record made before there were any may stand: the one that it remembers, if it does.

    Else those that no other record carries the key of.
    """
    path = decider.joined.mapping.sides[end].remember
    value = None if path is None else path.read(image.record)
    named = [one for one in free if value == one.unit]
    keys = {one.part: make_key(mine.endpoints, mine.source, one.part, mine.generation) for one in free}
    taken = carried.markers(tx, decider.joined.ends[end].number, list(keys.values()))
    return named or [one for one in free if keys[one.part] not in taken]


def _free(tx: Tx, decider: Decider, end: int, id_: str) -> list[Image]:
    """Give the parts of a live record that have no partner, or the record."""
    return [image for image in units(tx, decider, end, [id_]).free.values() if image.live]


def _by_memory(tx: Tx, decider: Decider, end: int, image: Image) -> Partner | None:
    """The partner's id stands in a field of this record (`remember`), with its part."""
    path = decider.joined.mapping.sides[end].remember
    value = None if path is None else path.read(image.record)
    if not isinstance(value, str) or not value:
        return None
    id_, _, part = value.partition("#")
    for free in _free(tx, decider, 1 - end, id_):
        if not part or not free.part or free.part == part:
            return free.unit, {"why": f"its id stands in {path.text if path else ''}"}
    return None


def matched(
    decider: Decider, end: int, image: Image, shared: Shared, keys: Mapping[int, str]
) -> Matched | Ambiguous | None:
    """Say what the match rules alone tell of a record."""
    candidates, rivals = shared.around(end, image.unit, keys)
    apart = kept_apart(decider, end, image.unit)
    found = match_one(decider.joined.mapping, keys, candidates, rivals, apart)
    if found is None or not (gone := replaced(decider.tx, decider, end, image)):
        return found
    return match_one(decider.joined.mapping, keys, candidates, rivals, apart | gone)


def _by_rules(
    decider: Decider, end: int, image: Image, shared: Shared, keys: Mapping[int, str]
) -> Partner | Decision | None:
    joined = decider.joined
    scope = record_scope(end, image.unit)
    memory = decider.past.get(scope)
    answer = memory.answers.get("match") if memory is not None else None
    made = matched(decider, end, image, shared, keys)
    if made is None:
        return None
    ids = [made.id] if isinstance(made, Matched) else list(made.candidates)
    print_ = fingerprint("match", made.rule, sorted(ids), sorted(made.rivals) if isinstance(made, Ambiguous) else None)
    if answer is not None and answer.fingerprint == print_:
        if answer.answer == NONE:
            return None
        if answer.answer in ids:
            return answer.answer, {**evidence(joined.mapping, made.rule), "answered": answer.who}
    if isinstance(made, Matched) and made.accept == "link":
        return made.id, evidence(joined.mapping, made.rule)
    if end == 1 and isinstance(made, Matched):
        return Decision()  # asked once, from the first side
    return _which(decider, end, image, made, ids, print_)


def _which(
    decider: Decider, end: int, image: Image, made: Matched | Ambiguous, ids: Sequence[str], print_: str
) -> Decision:
    joined = decider.joined
    side, other = joined.mapping.sides[end], joined.mapping.sides[1 - end]
    rule = evidence(joined.mapping, made.rule)["rule"]
    rivals = list(made.rivals) if isinstance(made, Ambiguous) else []
    known = _Known(decider, made.rule)
    mine = known.told(end, [image.unit, *rivals])
    theirs = known.told(1 - end, ids)
    also = f"; also claimed by {', '.join(mine[id_] for id_ in rivals)}" if rivals else ""
    asked = " or ".join(theirs.values())
    text = f"does {side.name} {mine[image.unit]} belong to {other.name} {asked}? they agree in {rule}{also}"
    choices = {id_: f"link it to {theirs[id_]}" for id_ in ids} | {NONE: "it is none of these"}
    return Decision(questions=[Question("match", "match", text, print_, choices, candidates=known.candidates)])


@dataclass
class _Known:
    """What a person needs to tell records apart: their names, and where to see them."""

    decider: Decider
    rule: int
    candidates: list[Mapping[str, Value]] = field(default_factory=list)

    def told(self, end: int, ids: Sequence[str]) -> dict[str, str]:
        """Name records as id and label, and keep each with its page."""
        joined = self.decider.joined
        found = images_of(self.decider, end, ids)
        told: dict[str, str] = {}
        for id_ in ids:
            named = label(joined.mapping, end, found.get(id_), self.rule)
            side = joined.mapping.sides[end]
            record, _ = split(joined.mapping, end, id_)
            url = self.decider.facts().url(side.connection, side.object, record)
            self.candidates.append({"side": side.name, "id": id_, "name": named, "url": url or ""})
            told[id_] = f"{id_} ({named})" if named else id_
        return told


def orphan(joined: Joined, end: int, image: Image, source: str, parts: Sequence[str] = ()) -> Decision:
    """A record that we made is never a creation source; without its own source it is a matter for a person.

    `parts`: those of the source, if they are several, that it may have been made for.
    """
    side, other = joined.mapping.sides[end], joined.mapping.sides[1 - end]
    message = f"{side.name} {image.id} was made for {other.name} {source}, which is gone or has another partner"
    ways = [f"delete it in {side.name}", f"or merge it into the partner that {source} has"]
    if parts:
        which = " or ".join(unit(source, part) for part in parts)
        message = f"{side.name} {image.id} was made for {other.name} {which}: its key fits each of them"
        ways = [f"delete it in {side.name}, and answer yes where it is asked whether to make one for each"]
    return Decision(holds=[Hold("", "orphan", message, fingerprint("orphan", image.id, source), tuple(ways))])


def link_operation(
    joined: Joined, ids: tuple[str, str], evidence: Mapping[str, Value], *, generation: int, part: str = ""
) -> Planned:
    """Make the operation that pairs two records which exist already."""
    why = f"matched: {evidence.get('rule', '')}" if "rule" in evidence else str(evidence.get("why", ""))
    return Planned(
        Kind.LINK,
        joined.mapping.name,
        joined.pair,
        0,
        ids[0],
        ids[1],
        part=part,
        generation=generation,
        why=why,
        evidence=evidence,
        phase=joined.order * 10,
    )
