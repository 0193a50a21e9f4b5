"""What the pure part is told of the past of one record or link. Plain data and one look-up, handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tieout.sync.words import Answer, Image

RETRY = "mend its cause, then: tieout retry"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A decision that is not to be sent again while its fingerprint stays the same."""

    fingerprint: str
    kind: str
    code: str
    detail: str

    @property
    def ways_out(self) -> tuple[str, ...]:
        """Give what a person can do about it."""
        return (RETRY,) if self.kind in {"failed", "not-stored"} else ()


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
