"""What was taken back stays so: convergence does not do it again until something about it changes (law 10).

Within the transaction that settles the taking back: the rules are asked what they would do next, and just that, by its
fingerprint, is not done. Two records whose link was taken back are kept apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection as Tx

from tieout.store import links
from tieout.store.links import LinkRow
from tieout.sync.agreement import look
from tieout.sync.creation import create
from tieout.sync.decide import Decider, as_link, link_scope, record_scope
from tieout.sync.fingerprints import list_print, operation_print, write_print
from tieout.sync.lifecycle import in_use
from tieout.sync.memory import APART, Memory
from tieout.sync.observe import images
from tieout.sync.parting import both_units
from tieout.sync.reversal import of_undo
from tieout.sync.run import Joined, Run
from tieout.sync.settle import Settlement
from tieout.sync.steps import fingerprint
from tieout.sync.units import images_of
from tieout.sync.words import Answer, Image, Kind, Planned, Quality

UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Pin:
    """One decision that is not made again."""

    scope: str
    rule: str
    fingerprint: str
    message: str


@dataclass(frozen=True, slots=True)
class Pinning:
    """The store as one transaction sees it, for one mapping."""

    tx: Tx
    run: Run
    joined: Joined

    def pins(self, operations: Sequence[Planned]) -> Iterator[Pin]:
        """Give what is not to be done again after these operations took something back."""
        for operation in operations:
            row = None if operation.link is None else links.by_id(self.tx, operation.link)
            if row is not None and row.state == "active":
                yield from self._again(operation, row)
            elif row is not None:
                for end in (0, 1):
                    yield from self._parted(operation, row, end)

    def weigh(self, link: LinkRow, made: Settlement) -> None:
        """Say of each field that was taken back how well both sides agree by it: as a rule they do not."""
        decider = Decider(self.run, self.joined, self.tx, "", changed=False)
        sight = decider.sight(self._images(link), as_link(link), link.part)
        rules = {rule.key: rule for rule in self.joined.mapping.rules}
        for rule, base in made.base.items():
            seen = look(rules[rule], sight) if rule in rules else None
            quality = seen.quality if seen is not None and seen.quality is not None else Quality.DIFFERS
            made.base[rule] = replace(base, quality=quality)
        for children in made.children.values():
            for place, child in enumerate(children):
                rests = {rule: replace(base, quality=Quality.DIFFERS) for rule, base in child.base.items()}
                children[place] = replace(child, base=rests)

    def _images(self, link: LinkRow) -> tuple[Image | None, Image | None]:
        first, second = self.joined.ends
        return (
            images(self.tx, first, [link.first]).get(link.first),
            images(self.tx, second, [link.second]).get(link.second),
        )

    def _again(self, operation: Planned, row: LinkRow) -> Iterator[Pin]:
        """Give the writes by which the rules would do again what was taken back."""
        scope = link_scope(row.id)
        decider = Decider(self.run, self.joined, self.tx, "", changed=False)
        decider.remember([scope])
        touched = {write.rule for write in operation.writes} | {rows.rule for rows in operation.lists}
        told = self._told(operation)
        pinned = {rule: fingerprint("undone", rule) for rule in sorted(touched)}  # so that status and verify can tell
        for planned in decider.link(as_link(row), self._images(row), scope).operations:
            if planned.kind is Kind.UPDATE:
                pinned |= {write.rule: write_print(write) for write in planned.writes if write.rule in touched}
                pinned |= {rows.rule: list_print(rows) for rows in planned.lists if rows.rule in touched}
        yield from (Pin(scope, rule, print_, told) for rule, print_ in pinned.items())

    def _parted(self, operation: Planned, row: LinkRow, end: int) -> Iterator[Pin]:
        """Keep two records apart, and neither gets another partner made for it as it is now."""
        names = both_units(self.joined.mapping, (row.first, row.second), row.part)
        named, other = names[end], names[1 - end]
        scope, told = record_scope(end, named), self._told(operation)
        yield Pin(scope, f"{APART}{other}", fingerprint("apart", named, other), told)
        decider = Decider(self.run, self.joined, self.tx, "", changed=False)
        image = images_of(decider, end, [named]).get(named)
        if image is None or not in_use(self.joined.mapping.sides[end], image):
            return
        generation = row.generation + 1
        question = fingerprint("create", named, generation, row.reason)
        asked = Memory(answers={"create": Answer(question, "yes")}, needed=True)
        pair = (image, None) if end == 0 else (None, image)
        sight = decider.sight(pair, None, image.part)
        decision = create(sight, asked, source=end, generation=generation, ended=row.reason)
        yield from (Pin(scope, "", operation_print(one), told) for one in decision.operations)

    def _told(self, operation: Planned) -> str:
        return f"{of_undo(operation)} was taken back by {self.run.by}; it stays so until a value of it changes"
