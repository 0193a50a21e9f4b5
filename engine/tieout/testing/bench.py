"""The bench: the peer an adapter is tried against, what to try on it, and, if possible, another user of it."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tieout.http.protocols import StoredToken
from tieout.model import ObjectType, Record
from tieout.testing.faults import Refusal
from tieout.testing.promises import Unable
from tieout.testing.serving import serving

if TYPE_CHECKING:
    from tieout.adapter import Simulator


@dataclass(frozen=True, slots=True)
class Sample:
    """One object to try; values are nested records, as in `Operation.values`.

    `new` gives the values of a new record from a mark: a text of twelve letters and figures that no other record has,
    for names and codes. `edit` and `other_edit` change different fields, to values that `new` does not give.
    """

    object: str
    new: Callable[[str], Record]
    edit: Record
    other_edit: Record = field(default_factory=dict)
    """Another user's edit, of fields that `edit` does not name."""
    refused: tuple[Record, ...] = ()
    """Each, laid over the values of a new record, is a reason for the system to refuse it."""
    digits: Record = field(default_factory=dict)
    """Numbers with as many digits as the system keeps, laid over the values of a new record."""


class Bench(ABC):
    """The peer under test. Three methods are required; each one left out makes its checks skip, by name.

    A fresh bench is made for each check: `start`, the check, `stop`. It is the clock of the client as well: a bench
    that owns its peer's time sets it forward in `sleep` instead of waiting. What another user does here is done by raw
    HTTP, the vendor's SDK or on the simulator itself, never through the adapter.
    """

    many: int = 25
    """How many records make several pages; choose the smallest page in `options`."""
    gap: float = 1.0
    """Seconds that part records of different times; where time is simulated, more than any overlap of reads."""
    refusal: Refusal = Refusal()
    """How this system says that a token is dead."""

    # --- required ---

    @abstractmethod
    def options(self) -> Record:
        """Give the connection's options."""

    @abstractmethod
    def credentials(self) -> Mapping[str, str]:
        """Give what authorises it; the suite looks for these texts wherever they must not be."""

    @abstractmethod
    def samples(self) -> Sequence[Sample]:
        """Give the objects to try; what they refer to exists."""

    # --- of the connection, if needed ---

    def start(self) -> None:  # noqa: B027  # most peers need no preparation
        """Prepare the peer."""

    def stop(self) -> None:  # noqa: B027  # as above
        """Give the peer up."""

    def organisation(self) -> str | None:
        """Give the organisation's id where calls must name it."""
        return None

    def granted(self) -> StoredToken | None:
        """Give the token that a person granted (authorization code)."""
        return None

    # --- time ---

    def now(self) -> datetime:
        """Give the time, aware UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        time.sleep(max(seconds, 0.0))

    # --- another user ---

    def edit(self, type: ObjectType, id: str, values: Record) -> None:  # noqa: ARG002  # as declared
        """Change fields of a record."""
        raise Unable("edit as another user")

    def remove(self, type: ObjectType, id: str) -> None:  # noqa: ARG002  # as above
        """Delete a record."""
        raise Unable("delete as another user")

    def archive(self, type: ObjectType, id: str) -> None:  # noqa: ARG002  # as above
        """Take a record out of use."""
        raise Unable("archive as another user")

    def lock(self, type: ObjectType, id: str) -> None:  # noqa: ARG002  # as above
        """Bring a record into a state in which the system refuses `Sample.edit`."""
        raise Unable("lock a record")

    def approve(self, type: ObjectType, id: str) -> None:  # noqa: ARG002  # as above
        """Bring a draft into the books, so that it can be credited."""
        raise Unable("approve a document")

    # --- a peer under control ---

    def merge(self, type: ObjectType, loser: str, winner: str) -> None:  # noqa: ARG002  # as above
        """Merge one record into another one."""
        raise Unable("merge records")

    def late(self, type: ObjectType, id: str, values: Record, ago: timedelta) -> None:  # noqa: ARG002  # as above
        """Change a record so that it becomes visible now with a stamp that lies `ago` back."""
        raise Unable("commit late with an older stamp")

    def stamp(self, type: ObjectType, ids: Sequence[str]) -> None:  # noqa: ARG002  # as above
        """Give records one equal stamp."""
        raise Unable("give records equal stamps")

    def count(self, type: ObjectType, key: str) -> int:  # noqa: ARG002  # as above
        """Count how many records were ever made under an operation's key, by the peer's own books."""
        raise Unable("count effects by key")

    def revoke(self) -> None:
        """End every token; the credentials still work."""
        raise Unable("end tokens")


class SimulatorBench(Bench):
    """A bench over a simulator: served by real HTTP on a free port of this machine, on a clock that is set forward."""

    gap = 3600.0

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._stack = ExitStack()
        self.url = ""
        """Where it listens, from `start` on."""

    @abstractmethod
    def simulator(self) -> Simulator:
        """Make the simulator."""

    def start(self) -> None:
        """Serve a fresh world."""
        self.served = self.simulator()
        self.url = self._stack.enter_context(serving(self.served.app(self.now)))

    def stop(self) -> None:
        """Stop serving."""
        self._stack.close()

    def now(self) -> datetime:
        """Give the simulated time, for the peer and for the client."""
        return datetime.now(UTC) + self._ahead

    def sleep(self, seconds: float) -> None:
        """Set the time forward."""
        self._ahead += timedelta(seconds=max(seconds, 0.0))
