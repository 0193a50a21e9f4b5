"""Creates that were never answered and cannot be found out: what they may have made is no creation source (law 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection as Tx

from tieout.model import Value
from tieout.store import journal, standing
from tieout.sync.decide import Decider, record_scope
from tieout.sync.match import match_keys
from tieout.sync.run import Joined
from tieout.sync.steps import fingerprint
from tieout.sync.units import images_of
from tieout.sync.words import UNSURE, Decision, Hold, Image, Question, State

DOUBT = "doubt"

Keys = Mapping[int, str]
"""Match rule -> key."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """The sources of such creates at one end, with the match keys that they have now."""

    source: int = 0
    keys: Mapping[str, Keys] = field(default_factory=dict)
    """Of creates that cannot be found out."""
    open: Sequence[Keys] = ()
    """Of what was sent by creates that may still be found out, where records carry no key of ours."""

    def waits(self, own: Keys) -> bool:
        """Say whether a record may be what an open create made, for all that the match rules tell.

        Whatever became of that create's source since: it may have left the scope, or have other keys now.
        """
        return any(own.items() & theirs.items() or _told_apart_by_none(own, theirs) for theirs in self.open)

    def about(self, decider: Decider, id_: str, own: Keys) -> Decision | None:
        """Give the hold or the question of a record of the other end that may be what one of them made.

        None: it is none of them, or a person says so.
        """
        for of, theirs in self.keys.items():
            if own.items() & theirs.items():
                return self._held(decider.joined, id_, of)
        blind = sorted(of for of, theirs in self.keys.items() if _told_apart_by_none(own, theirs))
        return self._asked(decider, id_, blind) if blind else None

    def _held(self, joined: Joined, id_: str, of: str) -> Decision:
        side, other = joined.mapping.sides[1 - self.source], joined.mapping.sides[self.source]
        message = (
            f"{side.name} {id_} may have been made for {other.name} {of}: a create that was never answered, and"
            " they have the same match key"
        )
        ways = (f"delete it in {side.name}, or merge it into the partner of {of}",)
        return Decision(holds=[Hold("", UNSURE, message, fingerprint(UNSURE, id_, of), ways)])

    def _asked(self, decider: Decider, id_: str, blind: Sequence[str]) -> Decision | None:
        print_ = fingerprint(DOUBT, id_, *blind)
        memory = decider.past.get(record_scope(1 - self.source, id_))
        answer = memory.answers.get(DOUBT) if memory is not None else None
        if answer is not None and answer.fingerprint == print_:
            return None if answer.answer == "yes" else Decision()
        side, other = (decider.joined.mapping.sides[end] for end in (1 - self.source, self.source))
        text = (
            f"make {other.object} in {other.name} for {side.name} {id_}? it may have been made for"
            f" {other.name} {' or '.join(blind)}: a create that was never answered, and no match rule tells"
        )
        choices = {"yes": "make it: it is another one", "no": "it was, or leave it: make nothing"}
        return Decision(questions=[Question(DOUBT, "create", text, print_, choices)])


def _told_apart_by_none(one: Keys, other: Keys) -> bool:
    """Say whether there is no match rule under which both have a key."""
    return one.keys().isdisjoint(other.keys())


def perhaps_ours(tx: Tx, joined: Joined, units: tuple[str, str]) -> dict[str, Value]:
    """Say, as evidence of a link, which of two records may be what an unanswered create made for the other."""
    scopes = {record_scope(end, unit): end for end, unit in enumerate(units)}
    kept = standing.suppressions(tx, joined.pair, list(scopes))
    made = [1 - scopes[scope] for scope, rules in kept.items() if any(one.kind == UNSURE for one in rules.values())]
    return {UNSURE: str(made[0])} if made else {}


def doubts(tx: Tx, joined: Joined, decider: Decider, end: int) -> Doubts:
    """Look up the creates of unknown fate that may have made records of `end`; there are hardly ever any."""
    source = 1 - end
    ids = [scope.split(":", 2)[2] for scope in standing.scopes_of_kind(tx, joined.pair, UNSURE, f"record:{source}:")]
    blank = joined.ends[end].type.marker is None
    under_way = journal.creating(tx, joined.pair, end) if blank else []
    found = images_of(decider, source, list(dict.fromkeys(ids))) if ids else {}
    facts = decider.facts()
    keys = {id_: match_keys(joined.mapping, source, image, facts) for id_, image in found.items()}
    sent = [match_keys(joined.mapping, end, Image("", State.PRESENT, record), facts) for record in under_way]
    return Doubts(source, {id_: keys[id_] for id_ in ids if id_ in keys}, sent)
