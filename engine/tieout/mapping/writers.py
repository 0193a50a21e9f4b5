"""Who writes what: one writer for each path of a record (LAWS §4), and no required field without one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tieout.language.copies import family_of
from tieout.language.nodes import MapNode
from tieout.mapping.catalogue import Endpoint, list_above
from tieout.mapping.draft import Draft, Ground, Write
from tieout.model import Value
from tieout.problems import Position, Problem


def twice(draft: Draft) -> None:
    """Refuse two rules of one mapping that write one path."""
    seen: list[Write] = []
    for write in draft.writes:
        earlier = next((one for one in seen if _collide(one, write)), None)
        if earlier:
            same = earlier.path == write.path
            what = write.path if same else f"{write.path} (part of {earlier.path})"
            message = f"{write.side}.{what} is written twice: by {earlier.what} in line {earlier.at.line}, too"
            draft.error("two-writers", message, write.at, "keep one rule; `first` chooses between sources")
        seen.append(write)


def overlaps(one: str, other: str) -> bool:
    """Say whether one path is, or lies below, the other."""
    return one == other or one.startswith(other + ".") or other.startswith(one + ".")


def _collide(one: Write, other: Write) -> bool:
    if one.side != other.side or not overlaps(one.path, other.path):
        return False
    # A list and the rules for its own items are one writer.
    lists = (one, other) if len(one.path) < len(other.path) else (other, one)
    return f"{one.side}.{lists[0].path}[]." not in lists[1].what


@dataclass(frozen=True, slots=True)
class Writer:
    """One mapping that writes an object."""

    mapping: str
    end: Endpoint
    scope: tuple[str, str, Mapping[str, Value]]
    """Which records of this side it takes: `where` and `route` as written (empty: all), and the settings they read."""
    writes: tuple[Write, ...]
    updates: bool
    """Whether it may write records that are there."""

    def only_creates(self, write: Write) -> bool:
        """Say whether it writes a path only in records that it makes; what is remembered is read back, too."""
        return write.create_only or (not self.updates and write.what != "remember")


def across(writers: Sequence[Writer]) -> list[Problem]:
    """Refuse two mappings that write one path of one record, unless their `where` or `route` may part the records."""
    found: list[Problem] = []
    for number, later in enumerate(writers):
        for earlier in writers[:number]:
            same = (earlier.end.connection, earlier.end.object) == (later.end.connection, later.end.object)
            if same and not _parted(earlier, later):
                found += _clashes(earlier, later)
    return found


_PART = "leave one of them out, or part the records: a `where` in both mappings"
_PART_COPIES = (
    "part the records: a `route` by a setting that differs between the connections, "
    "or give {} a path of its own under `change:`"
)


def _parted(one: Writer, other: Writer) -> bool:
    narrowed = all(writer.scope[0] or writer.scope[1] for writer in (one, other))
    return narrowed and one.scope != other.scope


def _clashes(earlier: Writer, later: Writer) -> list[Problem]:
    found = []
    for write in later.writes:
        same = (one for one in earlier.writes if overlaps(one.path, write.path))
        # A record is made once, so by one of them.
        clash = next((one for one in same if not (earlier.only_creates(one) and later.only_creates(write))), None)
        if clash:
            message = f"{write.path} of {later.end} is written by the mapping {earlier.mapping}, too ({clash.at})"
            copies = family_of(earlier.mapping) == family_of(later.mapping)
            mend = _PART_COPIES.format(earlier.mapping) if copies else _PART
            found.append(Problem("two-writers", message, write.at, mend))
    return found


def need_sources(root: MapNode, side: str, ground: Ground, draft: Draft) -> None:
    """Refuse to create records whose required fields nobody fills."""
    end = ground.end(side)
    if end.type is None or side not in ground.creates:
        return
    written = [write.path for write in draft.writes if write.side == side]
    written += [path for where, path in draft.tried if where == side]
    create = root.table("create").get(side)
    for path, known in sorted(end.type.fields.items()):
        if not (known.required and known.creatable) or path == end.type.marker:
            continue
        above = list_above(end.type, path)
        if above is None:
            missing = not any(overlaps(path, one) for one in written)
        else:
            # Only a list that this mapping writes has items to fill.
            missing = above in written and not any(overlaps(path, one) for one in written if one != above)
        if missing:
            _missing(path, side, end, create.at if create else root.at, draft)


def _missing(path: str, side: str, end: Endpoint, at: Position, draft: Draft) -> None:
    mend = f"add a rule: {{{side}: {path}, from: …}}, or write create: {{{side}: never}}"
    draft.error("required-without-source", f"{end} cannot be created without {path}, which no rule fills", at, mend)


def paths_of(writes: Iterable[Write], side: str) -> tuple[Write, ...]:
    """Give the writes of one side."""
    return tuple(write for write in writes if write.side == side)
