"""What the pure part is told of the past of one record or link. Plain data and one look-up, handed in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from tieout.model import Value
from tieout.sync.words import Answer, Hold, Image

RETRY = "mend its cause, then: tieout retry"
APART = "apart "
"""Begins the rule under which two records are kept apart; the partner's id follows."""
TOLD = ("class", "words", "other")
"""What a hold tells of a refusal beside its reason and the ways out."""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A decision that is not to be sent again while its fingerprint stays the same."""

    fingerprint: str
    kind: str
    code: str
    detail: str
    kept: Mapping[str, Value] = field(default_factory=dict)
    """All that is kept of it: the system's words, the mapping line, the next step."""
    told: tuple[str, str] | None = None
    """The run in which it failed, and when."""

    @property
    def ways_out(self) -> tuple[str, ...]:
        """Give what a person can do about it."""
        told = self.kept.get("ways_out")
        if isinstance(told, list) and told:
            return tuple(str(way) for way in told)
        return (RETRY,) if self.kind in {"failed", "not-stored"} else ()

    @property
    def rows(self) -> frozenset[str]:
        """Give the new rows of a list that may be there already, as `row_print` names them."""
        rows = self.kept.get("rows")
        return frozenset(str(row) for row in rows) if isinstance(rows, list) else frozenset()

    def hold(self, rule: str, *, at: str = "") -> Hold:
        """Give the hold under which it stands."""
        more = {name: self.kept[name] for name in TOLD if self.kept.get(name)}
        place = at or str(self.kept.get("at") or "")
        return Hold(rule, self.code, self.detail, self.fingerprint, self.ways_out, place, more=more, told=self.told)


@dataclass(frozen=True, slots=True)
class Survivor:
    """What is known of the record that another one was merged into."""

    image: Image | None
    linked: bool


def _nobody(_end: int, _id: str) -> Survivor:
    return Survivor(None, linked=False)


@dataclass(frozen=True, slots=True)
class Memory:
    """The past of one link or unlinked record."""

    suppressed: Mapping[str, Suppressed] = field(default_factory=dict)
    """Rule ("" = the whole operation) -> what is not repeated."""
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """Rule, or the name of a whole-record question -> answer."""
    survivor: Callable[[int, str], Survivor] = _nobody
    mapping_changed: bool = False
    """The mapping's text or settings changed since its last plan was applied."""
    created: int | None = None
    """The end whose record Tieout made."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """Rule -> fingerprint of a question that is still open."""
    requesting: str = ""
    """create, update or a way out (reissue, credit): this plan is made for a person who asks for that."""
    wishes: Mapping[str, str] = field(default_factory=dict)
    """Pick -> the key that a person asks for in this plan."""
    requested: Mapping[str, str] = field(default_factory=dict)
    """The same as a request has kept it."""
    needed: bool = False
    """Another mapping's record refers to the partner of this one, which is to be made (`needed`)."""

    def in_doubt(self, rule: str, lists: Collection[str]) -> list[Suppressed]:
        """Give what is kept of new rows of a list that may be there already. `lists`: as the mapping names them now.

        What stands under a name that none has any more is of any of them: a side was renamed, and its lists with it.
        """
        return [one for name, one in self.suppressed.items() if one.rows and (name == rule or name not in lists)]
