"""What is known of both systems' objects while a project is checked; answers are asked for once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from tieout.errors import UnknownObject
from tieout.model import Field, Kind, ObjectType
from tieout.problems import Position
from tieout.toolkit import nearest

Describe = Callable[[str, str], ObjectType | None]
"""Connection, object -> its description; None: not known now (offline). Raises UnknownObject."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One side of a mapping, as far as its object is known."""

    side: str
    connection: str
    adapter: str
    object: str
    type: ObjectType | None
    """None: not known; nothing that needs its fields is checked."""
    at: Position
    rounding: str = ""
    """The connection's rounding profile by name; "": the adapter's own."""
    sales_accounts: frozenset[str] = frozenset()
    """Codes of accounts to which sales are booked beside those of revenue, as the connection says."""

    def __str__(self) -> str:
        return f"{self.object} ({self.connection})"


@dataclass(slots=True)
class Catalogue:
    """Asks `describe` once for each object and looks fields up, through references too."""

    describe: Describe
    _known: dict[tuple[str, str], ObjectType | UnknownObject | None] = field(default_factory=dict)

    def look_up(self, connection: str, name: str) -> ObjectType | UnknownObject | None:
        """Give the object's description; the error if there is no such object; None offline."""
        key = (connection, name)
        if key not in self._known:
            try:
                self._known[key] = self.describe(connection, name)
            except UnknownObject as error:
                self._known[key] = error
        return self._known[key]

    def field(self, end: Endpoint, path: str) -> Field | None:
        """Give a field by its path; None if the object has none there, or is not known.

        What can be read through a reference is described with the object (`Account.Name`): no adapter reads more.
        """
        if end.type is None:
            return None
        if path in end.type.fields:
            return _as_reached(end.type, end.type.fields[path])
        below = path + "."
        if any(known.startswith(below) for known in end.type.fields):
            return Field(path, Kind.GROUP)
        return None


def _as_reached(kind: ObjectType, found: Field) -> Field:
    if through_reference(kind, found.path):
        return replace(found, creatable=False, updatable=False, required=False)
    return found


def through_reference(kind: ObjectType, path: str) -> str | None:
    """Give the reference that a path is read through, None if it lies in the record itself."""
    names = path.split(".")
    for cut in range(1, len(names)):
        head = kind.fields.get(".".join(names[:cut]))
        if head is not None and head.kind is Kind.REFERENCE:
            return head.path
    return None


def list_above(kind: ObjectType, path: str) -> str | None:
    """Give the list that a path is an item's field of."""
    names = path.split(".")
    for cut in range(1, len(names)):
        head = ".".join(names[:cut])
        known = kind.fields.get(head)
        if head in kind.children or (known is not None and known.kind is Kind.LIST):
            return head
    return None


def absent(connection: str, error: UnknownObject) -> tuple[str, str]:
    """Say that a connection has no such object, and what to do: where some may be hidden, both that it can be."""
    message, mend = f"{connection} has no object {error.name}", f"tieout describe {connection}"
    if not error.hides:
        return message, mend
    message += " that this login sees: it is misspelt, or the login has no right to it"
    return message, f"{mend} lists what it sees; the right is given in {error.hides}"


def near(name: str, choices: Iterable[str]) -> tuple[str, ...]:
    """Give the names that come nearest, best first."""
    return tuple(nearest(name, sorted(choices)))
