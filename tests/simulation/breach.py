"""One law that did not hold in one world."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breach:
    """Which law, and where; a law whose number ends in `w` lies in the window that law 3 names."""

    law: str
    detail: str

    @property
    def excused(self) -> bool:
        """Say whether it lies in the window: counted apart, and no violation."""
        return self.law.split()[0].endswith("w")
