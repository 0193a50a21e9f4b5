"""`needed`: a partner is made because another mapping's record, in the same plan, refers to it; and never otherwise.

What would be made is worked out when the reference is, and planned only once the operation that refers to it is: a
deal that is held makes no item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection as Tx

from tieout.mapping.compiled import Act
from tieout.sync.awaiting import look
from tieout.sync.decide import Demand
from tieout.sync.run import Joined
from tieout.sync.words import Awaited, Blocked, Decision, Kind, Planned

Subject = tuple[str, int, str]
"""Mapping, end and id of a record whose partner is needed."""


class Planner(Protocol):
    """Plans one mapping."""

    def demanded(self, tx: Tx, end: int, id_: str) -> Decision | str:
        """Decide a record because its partner is needed; a text says why it cannot be decided now."""

    def keep(self, tx: Tx, operations: Sequence[Planned]) -> None:
        """Take operations into the plan."""


@dataclass(slots=True)
class Needs:
    """What one plan makes because it is needed."""

    planners: Mapping[str, Planner]
    trials: dict[Subject, Decision] = field(default_factory=dict)
    taken: set[Subject] = field(default_factory=set)
    asking: list[Subject] = field(default_factory=list)
    """Whose partners are being worked out now: what needs itself cannot be made."""

    def kept(self) -> set[Subject]:
        """Give what was taken as it is now, for `put_back`."""
        return set(self.taken)

    def put_back(self, kept: set[Subject]) -> None:
        """Forget what was worked out since `kept`: the records are decided again."""
        self.trials = {subject: self.trials[subject] for subject in kept}
        self.taken = set(kept)
        self.asking.clear()

    def demand(self, tx: Tx) -> Demand:
        """Give the look-up by which references ask for partners, within one transaction."""

        def found(other: Joined, end: int, id_: str) -> Awaited | Blocked | str | None:
            return self._found(tx, other, end, id_)

        return found

    def _found(self, tx: Tx, other: Joined, end: int, id_: str) -> Awaited | Blocked | str | None:
        if not on_need(other, 1 - end):
            return None
        subject = (other.mapping.name, end, id_)
        name = f"{other.mapping.name}/{other.mapping.sides[end].name}:{id_}"
        if subject in self.asking:
            return Blocked(
                f"it waits for {other.mapping.name}: {name} itself needs what refers to it", name, look(name)
            )
        decided = self.trials.get(subject)
        if decided is None:
            self.asking.append(subject)
            made = self.planners[other.mapping.name].demanded(tx, end, id_)
            self.asking.pop()
            if isinstance(made, str):
                return Blocked(f"it waits for {other.mapping.name}: {made}", name, look(name))
            decided = self.trials[subject] = made
        if any(operation.kind is Kind.CREATE for operation in decided.operations):
            return Awaited(other.mapping.name, end, id_)
        link = next((operation for operation in decided.operations if operation.kind is Kind.LINK), None)
        if link is not None:
            return link.source if end == 0 else link.record
        return Blocked(f"it waits for {other.mapping.name}: {_obstacle(decided, name)}", name, look(name))

    def take(self, tx: Tx, operations: Sequence[Planned]) -> None:
        """Plan what these operations refer to."""
        for operation in operations:
            for one in awaited(operation):
                subject = (one.mapping, one.end, one.id)
                if subject in self.trials and subject not in self.taken:
                    self.taken.add(subject)
                    self.planners[one.mapping].keep(tx, self.trials[subject].operations)


def on_need(joined: Joined, end: int) -> bool:
    """Say whether records of this end may be made because they are needed."""
    policy = joined.mapping.sides[end].create
    return Act.NEEDED in {policy.do, policy.otherwise}


def awaited(operation: Planned) -> Iterator[Awaited]:
    """Give what an operation waits for within its plan."""
    for write in operation.writes:
        if write.awaits is not None:
            yield write.awaits
    for rows in operation.lists:
        for item in rows.items:
            yield from item.awaits.values()


def _obstacle(decided: Decision, name: str) -> str:
    if decided.holds:
        return decided.holds[0].message
    if decided.questions:
        return f"{decided.questions[0].text} (tieout review list)"
    return f"`create` does not hold for {name}, or a person said no to it (tieout review list --answered)"


def creates(decision: Decision) -> list[Planned]:
    """Give the creates of a decision; what is decided of a link that was just found is stored with it."""
    return [operation for operation in decision.operations if operation.kind is Kind.CREATE]
