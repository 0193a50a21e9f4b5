"""What is read beside two records: the members of one, for its roll-ups, and what picks pick among.

It is all from the mirror, and never fewer than there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from sqlalchemy import Connection as Tx

from tieout.mapping.compiled import Undecided
from tieout.mapping.rolled import Rollup
from tieout.model import Value
from tieout.store import links, members, mirror
from tieout.sync.naming import title_in
from tieout.sync.run import Endpoint, Joined, Run
from tieout.sync.words import State


class Membership:
    """For the records of one mapping, within one transaction."""

    def __init__(self, run: Run, joined: Joined, tx: Tx) -> None:
        self._run, self._joined, self._tx = run, joined, tx
        self._open = False
        self._listed: dict[tuple[str, str], Sequence[Mapping[str, Value]]] = {}

    def listed(self, side: str, name: str) -> Sequence[Mapping[str, Value]] | None:
        """Give the records in use of an object; None while they are not known as a whole."""
        endpoint = self._joined.sources[side, name]
        if endpoint.number not in self._complete:
            return None
        if (side, name) not in self._listed:
            rows = [seen.fields for seen in mirror.live(self._tx, endpoint.number) if seen.state == State.PRESENT]
            self._listed[side, name] = rows
        return self._listed[side, name]

    def archived(self, connection: str, name: str, id_: str) -> str | None:
        """Give what a record is called that is out of use, as far as that is not personal; None: it is in use."""
        for joined in self._run.joined:
            for end, side in enumerate(joined.mapping.sides):
                if (side.connection, side.object) == (connection, name):
                    seen = mirror.seen(self._tx, joined.ends[end].number, [id_]).get(id_)
                    if seen is not None and seen.state == State.ARCHIVED:
                        return title_in(joined.mapping, end, seen.fields)
        return None

    def was_open(self) -> bool:
        """Say whether members could not be told since this was asked last."""
        before, self._open = self._open, False
        return before

    def of(self, rollup: Rollup, owner: str) -> Mapping[str, Mapping[str, Value]]:
        """Give the records that belong to this one, archived ones too. Raises Undecided if that is not known."""
        try:
            return self._linked(rollup, owner) if rollup.by is None else self._named(rollup, rollup.by.text, owner)
        except Undecided:
            self._open = True
            raise

    def _named(self, rollup: Rollup, path: str, owner: str) -> dict[str, Mapping[str, Value]]:
        endpoint = self._joined.sources[rollup.side, rollup.object]
        if endpoint.number not in self._complete:
            raise Undecided(f"{endpoint.type.name} was not read completely")
        return self._records(endpoint, list(members.members(self._tx, endpoint.number, path, owner)))

    def _linked(self, rollup: Rollup, owner: str) -> dict[str, Mapping[str, Value]]:
        end = [side.name for side in self._joined.mapping.sides].index(rollup.side)
        rows = links.active(self._tx, self._joined.pair, end, [owner], children=False)
        return self._records(self._joined.ends[1 - end], [row.first if end else row.second for row in rows])

    def _records(self, endpoint: Endpoint, ids: list[str]) -> dict[str, Mapping[str, Value]]:
        seen = mirror.seen(self._tx, endpoint.number, ids)
        if any(id_ not in seen or seen[id_].state == State.UNKNOWN for id_ in ids):
            raise Undecided(f"a {endpoint.type.name} could not be read")
        return {id_: seen[id_].fields for id_ in ids if seen[id_].state in mirror.LIVE}

    @cached_property
    def _complete(self) -> frozenset[int]:
        numbers = {endpoint.number for endpoint in self._joined.sources.values()} - self._run.short
        return frozenset(one for one in numbers if mirror.mark(self._tx, one).complete_at is not None)
