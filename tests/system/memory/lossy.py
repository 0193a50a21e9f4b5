"""Two systems in memory whose answers get lost: a write is done, not done, or done late, and nobody says which."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from system.memory.stage import Rule, Stage, Watched, nothing
from tieout.errors import AnswerLost
from tieout.model import Batch, ObjectType, Outcome
from tieout.testing.memory import MemorySystem, Traits


class Fate(StrEnum):
    """What becomes of one write."""

    ANSWERED = "answered"
    DONE = "done, and the answer lost"
    NOT_DONE = "not done, and no answer"
    LATE = "no answer, and done later"


@dataclass(slots=True)
class Weather:
    """Says what becomes of each write, and keeps those that are on their way."""

    forecast: Callable[[], Fate] = lambda: Fate.ANSWERED
    late: list[tuple[int, Callable[[], Sequence[Outcome]]]] = field(default_factory=list)
    """(end, the write)"""

    def under_way(self, end: int) -> bool:
        """Say whether a write may still take effect at an end."""
        return any(at == end for at, _ in self.late)

    def land(self) -> None:
        """Have all that is under way take effect."""
        for _, write in self.late:
            write()
        self.late.clear()


class Lossy(Watched):
    """A connection over which answers get lost."""

    def __init__(self, system: MemorySystem, acts: dict[int, Callable[[], None]], end: int, weather: Weather) -> None:
        super().__init__(system, acts, end)
        self.weather = weather

    def write(self, batch: Batch) -> Sequence[Outcome]:
        """Write, or not, or later; mostly without a word."""
        plain = super().write
        match self.weather.forecast():
            case Fate.ANSWERED:
                return plain(batch)
            case Fate.DONE:
                plain(batch)
            case Fate.LATE:
                self.weather.late.append((self.end, lambda: plain(batch)))
            case Fate.NOT_DONE:
                pass
        raise AnswerLost(f"{self.system.name} did not answer")


class LossyStage(Stage):
    """A stage in any weather."""

    def __init__(
        self,
        mapping: str,
        types: tuple[ObjectType, ObjectType],
        *,
        traits: tuple[Traits, Traits] | None = None,
        rules: tuple[Rule, Rule] = (nothing, nothing),
        beside: Mapping[str, ObjectType] | None = None,
    ) -> None:
        self.weather = Weather()
        super().__init__(mapping, types, traits=traits, rules=rules, beside=beside)

    def connection(self, end: int) -> Lossy:
        """Open a connection to one end."""
        return Lossy(self.systems[end], self.acts, end, self.weather)
