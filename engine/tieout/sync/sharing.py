"""Which unlinked records share match keys, and which of them an earlier rule has given away already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection as Tx

from tieout.mapping.compiled import CompiledMapping
from tieout.store import links
from tieout.store.answering import NONE
from tieout.sync.decide import Decider, record_scope
from tieout.sync.match import Candidate, contradict
from tieout.sync.memory import APART

Key = tuple[int, str]
"""A match rule, and a record's key under it."""
Place = tuple[int, str]
"""An end, and the id of a record there."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The unlinked records that have a key of some records, looked up together."""

    mapping: CompiledMapping
    records: Mapping[Key, Sequence[Place]] = field(default_factory=dict)
    keys: Mapping[Place, Mapping[int, str]] = field(default_factory=dict)
    """Their own keys; only where there are several rules."""
    declined: Mapping[Place, frozenset[str] | None] = field(default_factory=dict)
    """Records of the other end that a person says are not the same; None: none of those that were asked about."""

    def around(
        self, end: int, id_: str, keys: Mapping[int, str]
    ) -> tuple[dict[int, list[Candidate]], dict[int, list[Candidate]]]:
        """Give, by rule, the records of the other end with the same key, and the others of this end.

        What an earlier rule gives to another record is not there for a later one.
        """
        candidates: dict[int, list[Candidate]] = {}
        rivals: dict[int, list[Candidate]] = {}
        for rule, key in keys.items():
            for place in self.records.get((rule, key), ()):
                if place == (end, id_) or self._given_away(place, rule):
                    continue
                into = rivals if place[0] == end else candidates
                into.setdefault(rule, []).append(Candidate(place[1], self.keys.get(place, {})))
        return candidates, rivals

    def _given_away(self, place: Place, rule: int) -> bool:
        """Say whether a rule before this one finds a partner for a record, or several."""
        own = self.keys.get(place, {})
        return any(
            other[0] != place[0]
            and not contradict(self.mapping, own, self.keys.get(other, {}))
            and not self._declines(place, other)
            and not self._given_away(other, earlier)
            for earlier, key in own.items()
            if earlier < rule
            for other in self.records.get((earlier, key), ())
        )

    def _declines(self, one: Place, other: Place) -> bool:
        for place, id_ in ((one, other[1]), (other, one[1])):
            kept = self.declined.get(place, frozenset())
            if kept is None or id_ in kept:
                return True
        return False


def sharing(tx: Tx, decider: Decider, end: int, keys: Mapping[str, Mapping[int, str]]) -> Shared:
    """Look up which unlinked records share the keys of these records of one end."""
    joined = decider.joined
    records: dict[Key, list[Place]] = {}
    known: dict[Place, Mapping[int, str]] = {}
    several = len(joined.mapping.match) > 1
    wanted = {(rule, key) for own in keys.values() for rule, key in own.items()}
    if several:
        known |= {(end, id_): own for id_, own in keys.items()}
    levels = 0
    while wanted:
        levels += 1
        found = _found(tx, joined.pair, wanted)
        records |= {key: found.get(key, []) for key in wanted}
        if not several:
            break
        latest: dict[Place, int] = {}
        for (rule, _), places in found.items():
            for place in places:
                latest[place] = max(rule, latest.get(place, 0))
        known |= _keys(tx, joined.pair, latest.keys() - known.keys())
        wanted = {
            (rule, key)
            for place, last in latest.items()
            for rule, key in known.get(place, {}).items()
            if rule < last and (rule, key) not in records
        }
    return Shared(joined.mapping, records, known, _declined(decider, known) if levels > 1 else {})


def _found(tx: Tx, pair: int, wanted: set[Key]) -> dict[Key, list[Place]]:
    values: dict[int, set[str]] = {}
    for rule, key in wanted:
        values.setdefault(rule, set()).add(key)
    found: dict[Key, list[Place]] = {}
    for rule in sorted(values):
        for value, end, id_ in links.sharing(tx, pair, rule, sorted(values[rule])):
            found.setdefault((rule, value), []).append((end, id_))
    return found


def _keys(tx: Tx, pair: int, places: set[Place]) -> dict[Place, Mapping[int, str]]:
    found: dict[Place, Mapping[int, str]] = {}
    for end in (0, 1):
        ids = sorted(id_ for place, id_ in places if place == end)
        found |= {(end, id_): own for id_, own in (links.keys_of(tx, pair, end, ids) if ids else {}).items()}
    return found


# --- what people said before ----------------------------------------------------------------------------------------


def kept_apart(decider: Decider, end: int, id_: str) -> frozenset[str]:
    """Give the records that a person keeps apart from this one, by taking a link of theirs back."""
    memory = decider.past.get(record_scope(end, id_))
    rules = () if memory is None else (rule for rule in memory.suppressed if rule.startswith(APART))
    return frozenset(rule.removeprefix(APART) for rule in rules)


def _declined(decider: Decider, places: Iterable[Place]) -> dict[Place, frozenset[str] | None]:
    asked = [place for place in places if record_scope(*place) not in decider.past]
    decider.remember([record_scope(*place) for place in asked])
    found: dict[Place, frozenset[str] | None] = {}
    for end, id_ in places:
        answer = decider.past[record_scope(end, id_)].answers.get("match")
        none = answer is not None and answer.answer == NONE
        apart = None if none else kept_apart(decider, end, id_)
        if apart is None or apart:
            found[end, id_] = apart
    return found
