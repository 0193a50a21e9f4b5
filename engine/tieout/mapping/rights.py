"""What a mapping would do and its login has no right to: told by name beforehand, planned all the same, never sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tieout.language.nodes import MapNode, ScalarNode
from tieout.mapping.compiled import Act
from tieout.mapping.policies import VERBS, words
from tieout.model import Verb

if TYPE_CHECKING:
    from tieout.mapping.catalogue import Endpoint
    from tieout.mapping.draft import Draft, Ground, Write
    from tieout.problems import Position

MISSING = "right-missing"
"""The code of the warning."""
_OTHERWISE = "the plan is made all the same; a run sends nothing of it, and ends with exit code 6"


def missing_rights(root: MapNode, side: str, ground: Ground, draft: Draft) -> None:
    """Warn of each right on one side that the mapping needs and the login lacks, by object, verb and field."""
    end = ground.end(side)
    if end.type is None:
        return
    mend = f"{end.type.grant or f'give this login the right in {end.connection}'}; {_OTHERWISE}"
    writes = {write.path: write for write in draft.writes if write.side == side}
    for verb, at in _used(root, end, ground, list(writes.values())).items():
        if verb in end.type.withheld:
            draft.warn(MISSING, f"this login may not {_word(verb)} {end}", at, mend)
            continue
        for path, write in writes.items():
            known = end.type.fields.get(path)
            if known is not None and verb in known.withheld and not (verb is Verb.UPDATE and write.create_only):
                draft.warn(MISSING, f"this login may not {verb} {path} of {end}", write.at, mend)


def _used(root: MapNode, end: Endpoint, ground: Ground, writes: list[Write]) -> dict[Verb, Position]:
    """Give each verb that the mapping can come to on one side, and the line that says so."""
    used: dict[Verb, Position] = {}
    if end.side in ground.creates:
        used[Verb.CREATE] = _line(root, "create", end.side)
    changes = [write for write in writes if not write.create_only]
    if end.side in ground.updates and changes:
        written = root.table("update").entries
        used[Verb.UPDATE] = _line(root, "update", end.side) if end.side in written else changes[0].at
    for verb, kind in _ended(root, end.side):
        used.setdefault(verb, _line(root, kind, end.side))
    if any(isinstance(node, ScalarNode) and node.value == end.side for node in root.list("annotate")):
        used[Verb.NOTE] = root.key_at("annotate")
    return used


def _ended(root: MapNode, side: str) -> Iterator[tuple[Verb, str]]:
    for kind in ("delete", "leave"):
        for word in sorted(words(root.table(kind).get(side), kind)):
            if (verb := VERBS.get(Act(word))) is not None:
                yield verb, kind


def _line(root: MapNode, key: str, side: str) -> Position:
    written = root.table(key)
    if side in written.entries:
        return written.key_at(side)
    return root.key_at(key) if key in root.entries else root.at


def _word(verb: Verb) -> str:
    return "add notes to" if verb is Verb.NOTE else str(verb)
