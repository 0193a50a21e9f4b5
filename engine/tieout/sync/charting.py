"""The charts of a run: which of an organisation's own tables are needed, and what was read of them.

They are read through the port (`sync.observe`) when a document is planned, once in a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tieout.mapping.compiled import CompiledMapping, Side
from tieout.model import Value
from tieout.money.chart import Chart, Tables, chart
from tieout.money.profiles import Profile, profile_of
from tieout.sync.words import Kind, Planned

WRITTEN = frozenset({Kind.CREATE, Kind.UPDATE})


class Uncharted(Exception):
    """A document is planned, and its organisation's own tables were not read yet: it is to be decided again."""

    def __init__(self, connection: str, objects: Sequence[str]) -> None:
        super().__init__(", ".join(objects))
        self.connection, self.objects = connection, objects


class Charts:
    """The charts of one run by connection; what was read stays as it was until the run ends."""

    def __init__(self) -> None:
        self._tables: dict[str, Tables] = {}
        self._made: dict[str, Chart] = {}
        self._without: set[str] = set()
        self._renewed: set[tuple[str, str]] = set()

    def of(self, connection: str) -> Chart | None:
        """Give a connection's chart; None while none was read, and for a system that offers no such tables."""
        return self._made.get(connection)

    def unread(self, side: Side) -> tuple[str, ...]:
        """Name the objects that every document of a side rests on and that were not read yet; none for other sides."""
        profile = documents(side)
        if profile is None or side.connection in self._without:
            return ()
        read = self._tables.get(side.connection, {})
        return tuple(name for name in profile.columns.objects if name not in read)

    def lacking(self, side: Side, operations: Iterable[Planned]) -> tuple[str, ...]:
        """Name the objects that must be read before these operations on `side` can be judged."""
        profile = documents(side)
        if profile is None or side.connection in self._without:
            return ()
        planned = [operation for operation in operations if operation.kind in WRITTEN or operation.effect]
        if not planned:
            return ()
        item = profile.columns.item
        if item in self._tables.get(side.connection, {}):
            return self.unread(side)
        rests = any(_rests_on_item(row, profile) for operation in planned for row in _rows(operation, profile))
        return (*self.unread(side), item) if rests else self.unread(side)

    def lacking_items(self, side: Side, operations: Iterable[Planned], plan: str) -> tuple[str, ...]:
        """Name the items, once a plan, where lines name some that the same plan made: they were in no table before."""
        profile = documents(side)
        if profile is None or side.connection in self._without or (side.connection, plan) in self._renewed:
            return ()
        if not any(_awaits_item(operation, profile) for operation in operations):
            return ()
        self._renewed.add((side.connection, plan))
        return (profile.columns.item,)

    def lacking_for_rounding(self, mapping: CompiledMapping, end: int) -> tuple[str, ...]:
        """Name the objects that a rounding line into this end needs: its account is the ledger's own."""
        side = mapping.sides[end]
        rounds = any(rule.rounding is not None and rule.side == side.name for rule in mapping.lists)
        return self.unread(side) if rounds else ()

    def need(self, sides: Sequence[Side], operations: Sequence[Planned]) -> None:
        """Raise Uncharted if these operations cannot be judged by what was read so far."""
        for end, side in enumerate(sides):
            lacking = self.lacking(side, [operation for operation in operations if operation.end == end])
            if lacking:
                raise Uncharted(side.connection, lacking)

    def keep(self, name: str, adapter: str, tables: Tables | None) -> None:
        """Keep what was read of a connection; None: its system has no such objects."""
        profile = profile_of(adapter)
        if tables is None or profile is None:
            self._without.add(name)
            return
        known = {**self._tables.get(name, {}), **tables}
        self._tables[name] = known
        self._made[name] = chart(known, profile.columns)


def documents(side: Side) -> Profile | None:
    """Give the profile of a side whose records are a ledger's documents; None for any other."""
    profile = profile_of(side.adapter, side.rounding, side.object)
    return profile if profile is not None and profile.lines in side.type.fields else None


def _rows(operation: Planned, profile: Profile) -> Iterable[Mapping[str, Value]]:
    for written in operation.lists:
        if ".".join(written.names) == profile.lines:
            yield from (item.sent for item in written.items)


def _awaits_item(operation: Planned, profile: Profile) -> bool:
    lines = (
        item
        for written in operation.lists
        if ".".join(written.names) == profile.lines
        for item in written.items
        if _incomplete(item.sent, profile)
    )
    return any(".".join(line.paths.get(rule, ())) == profile.item for line in lines for rule in line.awaits)


def _rests_on_item(row: Mapping[str, Value], profile: Profile) -> bool:
    return bool(row.get(profile.item)) and _incomplete(row, profile)


def _incomplete(row: Mapping[str, Value], profile: Profile) -> bool:
    """Say whether an item could fill something in."""
    return any(row.get(name) in {None, ""} for name in (profile.price, profile.account, profile.tax))
