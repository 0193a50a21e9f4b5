"""What stops more than one record; each class says whose move it is, and carries the exit code of the command line.

TieoutError [1]
  UsageError [2]         an option, a file, a mapping, a plugin: the person who typed or wrote it
  StoreError [1]         the state database cannot be used
  ConnectionFault
    Unauthorised [6]     a person must reconnect       Forbidden [6]    a right is missing, named
      ObjectForbidden [6]  the right to one object; only what needs this object stops
    WrongOrganisation [6]
    BadAnswer [6]        not what the system promises; excerpt redacted
    AdapterFault [2]     a third party's adapter broke the port: its authors
    NotNow [75]          limit used up, maintenance; `until`
    Unreachable [75]     after the client's retries
  AnswerLost             a write whose answer never came: settle, never repeat
  BatchRefused           one record spoils the batch: bisect
  CursorExpired          the mark is too old for the system: read everything
  UnknownObject [2]      no such object, with the nearest names
  Busy [75]              another run holds the lease
  Fenced [75]            another run took over while this one slept; nothing more is written
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class TieoutError(Exception):
    """Root. `mend`, if any, is the next thing to do: a command or a change, in one line."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.mend = mend


class UsageError(TieoutError):
    """What a person typed or wrote cannot be used."""

    exit_code = 2


class StoreError(TieoutError):
    """The state database cannot be used: newer, corrupt, full, not writable."""


class Busy(TieoutError):
    """Another run holds the lease."""

    exit_code = 75


class Fenced(TieoutError):
    """Another run took over; this one must not commit anything more."""

    exit_code = 75


class ConnectionFault(TieoutError):
    """Something stops a whole connection; only the mappings that use it stop."""

    exit_code = 75
    connection: str = ""
    """Which one, as far as it was noted."""
    object: str = ""
    """The one object that it stops; "": all of the connection."""

    def of(self, connection: str) -> str:
        """Say what is wrong, with the connection's name, once."""
        return str(self) if connection in str(self) else f"{connection}: {self}"

    def said(self, message: str) -> Self:
        """Give the same fault in other words."""
        other = type(self).__new__(type(self), message)
        other.__dict__.update(self.__dict__)
        return other


class Unauthorised(ConnectionFault):
    """A person must authorise this connection again."""

    exit_code = 6


class Forbidden(ConnectionFault):
    """A right is missing; the message names it."""

    exit_code = 6


class ObjectForbidden(Forbidden):
    """A right to the object that was asked for is missing, for certain nothing else: only what needs it stops.

    Of a call that asks for no object (whose account it is) it stops the connection, as any other fault.
    """


class WrongOrganisation(ConnectionFault):
    """The connection answers with another organisation than the one that is pinned."""

    exit_code = 6


class BadAnswer(ConnectionFault):
    """The system answered something that it never should; the excerpt is redacted."""

    exit_code = 6


class AdapterFault(ConnectionFault):
    """A third party's adapter raised or gave what the port does not allow; a write that it broke off is settled later.

    `connection` is the connection that it serves.
    """

    exit_code = 2

    def __init__(self, message: str, *, connection: str, mend: str = "") -> None:
        super().__init__(message, mend=mend)
        self.connection = connection


class NotNow(ConnectionFault):
    """Calls used up or maintenance. `until` is when to try again, if the system said."""

    def __init__(self, message: str, *, mend: str = "", until: datetime | None = None) -> None:
        super().__init__(message, mend=mend)
        self.until = until


class Unreachable(ConnectionFault):
    """No answer after the client's retries."""


class AnswerLost(TieoutError):
    """A write was sent and its answer never came; it may have been done. Never repeat it: settle."""


class BatchRefused(TieoutError):
    """The system refused a whole batch, perhaps for the sake of one record; the engine bisects."""

    def __init__(self, code: str, message: str, *, cause: str = "data") -> None:
        """`cause`: whose move it is, where the refusal tells (a word of `model.Cause`)."""
        super().__init__(message)
        self.code = code
        self.cause = cause


class CursorExpired(TieoutError):
    """The mark is too old for the system; the engine reads everything."""


class UnknownObject(UsageError):
    """No such object in this system; `nearest` are the names that come closest.

    `hides`: where a person gives the right to see objects, if there may be one that this login does not see.
    """

    def __init__(self, name: str, nearest: Sequence[str] = (), *, hides: str = "") -> None:
        hint = f"; did you mean {', '.join(nearest)}?" if nearest else ""
        super().__init__(f"there is no object {name!r}{hint}")
        self.name = name
        self.nearest = tuple(nearest)
        self.hides = hides
