"""Histories that take no notes in this run: where one refused for a reason that is not the record's, none is tried."""

from __future__ import annotations

from dataclasses import dataclass

from tieout.model import Cause
from tieout.sync.faults import Place
from tieout.sync.words import Planned

OF_NO_RECORD = frozenset({Cause.PERMISSION, Cause.BUSY, Cause.MAPPING})
"""Causes of a refusal that the next record would meet as well."""


@dataclass(slots=True)
class Silent:
    """A history that takes no notes: the write whose note found it out, and why."""

    operation: Planned
    why: str
    more: int = 0
    """Writes after it whose notes were not tried."""

    def __str__(self) -> str:
        many = f"; {self.more} more {'was' if self.more == 1 else 'were'} not tried in this run" if self.more else ""
        return f"the note in its history failed: {self.why}{many}"


Histories = dict[Place, Silent]
