"""Creates that were never answered and cannot be found out: what they may have made is no creation source (law 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection as Tx

from tieout.store import standing
from tieout.sync.decide import Decider
from tieout.sync.match import match_keys
from tieout.sync.observe import images
from tieout.sync.run import Joined
from tieout.sync.steps import fingerprint
from tieout.sync.words import Decision, Hold

UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Doubts:
    """The sources of such creates at one end, with the match keys that they have now."""

    source: int = 0
    keys: Mapping[str, Mapping[int, str]] = field(default_factory=dict)

    def about(self, joined: Joined, id_: str, own: Mapping[int, str]) -> Decision | None:
        """Give the hold of a record of the other end that may be what one of them made; None: it is none."""
        for of, theirs in self.keys.items():
            if own.items() & theirs.items():
                side, other = joined.mapping.sides[1 - self.source], joined.mapping.sides[self.source]
                message = (
                    f"{side.name} {id_} may have been made for {other.name} {of}: a create that was never answered, and"
                    " they have the same match key"
                )
                ways = (f"delete it in {side.name}, or merge it into the partner of {of}",)
                return Decision(holds=[Hold("", UNSURE, message, fingerprint(UNSURE, id_, of), ways)])
        return None


def doubts(tx: Tx, joined: Joined, decider: Decider, end: int) -> Doubts:
    """Look up the creates of unknown fate that may have made records of `end`; there are hardly ever any."""
    source = 1 - end
    ids = [scope.split(":", 2)[2] for scope in standing.scopes_of_kind(tx, joined.pair, UNSURE, f"record:{source}:")]
    found = images(tx, joined.ends[source], ids) if ids else {}
    facts = decider.facts()
    return Doubts(source, {id_: match_keys(joined.mapping, source, image, facts) for id_, image in found.items()})
