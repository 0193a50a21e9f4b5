"""What a run begins with: the mappings that can run, the open connections, and what keeps the others out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieout.language.nodes import MapNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tieout.errors import ConnectionFault
    from tieout.mapping.compiled import CompiledMapping
    from tieout.mapping.rate_chain import Resolved
    from tieout.problems import Problem
    from tieout.project import Project
    from tieout.sync.faults import Faults
    from tieout.sync.run import Peer


def ends_of(project: Project) -> dict[str, tuple[tuple[str, str], ...]]:
    """Give mapping -> connection and object of its sides, as written, and of what is read beside them."""
    return {source.name: (*_sides_of(source.root), *_beside(source.root)) for source in project.mappings}


def only_optional(project: Project, connection: str, object_: str) -> bool:
    """Say whether only mappings need an object that are left out where it is missing."""
    ends = ends_of(project)
    needing = [source for source in project.mappings if (connection, object_) in ends[source.name]]
    return bool(needing) and all(source.root.flag("optional") for source in needing)


def _sides_of(root: MapNode) -> Iterator[tuple[str, str]]:
    for side in root.table("between").entries.values():
        if isinstance(side, MapNode):
            yield side.text("connection"), side.text("object")


def _beside(root: MapNode) -> Iterator[tuple[str, str]]:
    between = root.table("between")
    for key in ("picks", "rollups"):
        for name in root.table(key).entries:
            of = root.table(key).table(name).table("of")
            for side in of.entries.keys() & between.entries.keys():
                yield between.table(side).text("connection"), of.text(side)


@dataclass(frozen=True, slots=True)
class Ready:
    """All that a run needs."""

    mappings: tuple[CompiledMapping, ...]
    """Those that can run now, in their order."""
    peers: Mapping[str, Peer]
    refused: Mapping[str, ConnectionFault]
    """Mapping -> why it does not take part."""
    faults: Faults
    """Connection, or one object of it -> what is wrong with it."""
    problems: tuple[Problem, ...]
    """Warnings and notes."""
    depth: int
    rates: tuple[Resolved, ...] = ()
    """The chain of sources of exchange rates."""
    resting: tuple[CompiledMapping, ...] = ()
    """Those that are refused, as far as their objects were described before."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Name the mappings that are left out here, and count what else is: `tieout check` names that."""
        told = [problem.message for problem in self.problems if problem.code == "skipped"]
        whole = [message for message in told if message.startswith("the mapping ")]
        parts = len(told) - len(whole)
        if not parts:
            return tuple(whole)
        are = "part is" if parts == 1 else "parts are"
        return (*whole, f"{parts} optional {are} left out here, for a system lacks a field: tieout check names them")
