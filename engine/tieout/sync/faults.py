"""What stops a connection, or one object of it: only the mappings that need it stop. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tieout.errors import ConnectionFault, ObjectForbidden
from tieout.exits import worst


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a fault stands. `object`: the only one that it stops; "": the connection as a whole."""

    connection: str
    object: str = ""

    def __str__(self) -> str:
        return f"{self.connection} {self.object}".rstrip()


Faults = dict[Place, ConnectionFault]


@contextmanager
def asking(connection: str, object_: str) -> Iterator[None]:
    """Note on a fault of what is asked here whose it is: what is asked for says which object is out of reach."""
    try:
        yield
    except ConnectionFault as fault:
        fault.connection = fault.connection or connection
        if isinstance(fault, ObjectForbidden):
            fault.object = fault.object or object_
        raise


def note(faults: Faults, fault: ConnectionFault, connection: str) -> None:
    """Keep a fault at its place; `connection`: whose it is where it does not say so itself."""
    faults[Place(fault.connection or connection, fault.object)] = fault


def stopping(faults: Mapping[Place, ConnectionFault], needs: Iterable[tuple[str, str]]) -> list[Place]:
    """Give the places of the faults that stop what needs these objects: (connection, object)."""
    wanted = (place for name, object_ in needs for place in (Place(name), Place(name, object_)))
    return [place for place in dict.fromkeys(wanted) if place in faults]


def told(place: Place) -> str:
    """Say shortly what does not work; the fault itself tells why."""
    return f"{place.connection} refuses {place.object}" if place.object else f"the connection {place} does not work"


def refusal(faults: Mapping[Place, ConnectionFault], places: Sequence[Place]) -> ConnectionFault:
    """Make one fault of those that stop a mapping: in the words of all, of the kind whose exit code wins."""
    found = [faults[place] for place in places]
    code = worst(fault.exit_code for fault in found)
    first = next(fault for fault in found if fault.exit_code == code)
    return first.said("; ".join(faults[place].of(place.connection) for place in places))
