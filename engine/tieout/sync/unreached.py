"""What of a run can't be taken back now: its mappings that a fault stops, and records that those may refer to. Pure.

A record is not removed while a document that may refer to it can't be read: some systems remove what hangs on a record
with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tieout.errors import ConnectionFault
from tieout.mapping.compiled import CompiledMapping
from tieout.sync.reversal import Left


@dataclass(slots=True)
class Unreached:
    """The mappings that are stopped, as they become known. `run`: the run that is taken back."""

    run: str
    mappings: Mapping[str, CompiledMapping]
    """By name, with those that do not run now, as far as they are known."""
    _referred: dict[str, str] = field(default_factory=dict)
    """Mapping -> a stopped mapping that refers to its records."""

    def stop(self, name: str, fault: ConnectionFault) -> Left:
        """Note that a mapping is stopped, and give why its records are left."""
        todo = [name]
        while todo:
            known = self.mappings.get(todo.pop())
            fresh = [] if known is None else [one for one in sorted(known.refers) if one not in self._referred]
            self._referred |= dict.fromkeys(fresh, name)
            todo += fresh
        return Left("", f"it can't be read now: {fault}", (*([fault.mend] if fault.mend else []), self._again))

    def kept(self, name: str) -> Left | None:
        """Say why a record that the run made stays, if a stopped mapping may refer to it."""
        stopped = self._referred.get(name)
        if stopped is None:
            return None
        return Left("", f"{stopped} may refer to it, and can't be read now", (self._again,))

    @property
    def _again(self) -> str:
        return f"tieout undo {self.run} again, once it can be read"
