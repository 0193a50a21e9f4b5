"""What every object of the API can do, and the reading of fields as clients send them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

from tieout_xero.simulator.books import NIL, Books
from tieout_xero.simulator.codec import Row
from tieout_xero.simulator.problems import BadQuery, Invalid, Malformed
from tieout_xero.simulator.tables import Table

GUID = re.compile(r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
LARGEST = 20
"""Power of ten beyond which a number cannot be read."""
REPORTED = frozenset({"HasErrors", "HasValidationErrors", "StatusAttributeString", "ValidationErrors", "Warnings"})


class View(Enum):
    """Which shape a row is shown in (facts 2.1, 2.3: the shapes differ by the kind of request)."""

    UNPAGED = auto()
    PAGED = auto()
    SUMMARY = auto()
    SINGLE = auto()
    WRITTEN = auto()


@dataclass(frozen=True, slots=True)
class Write:
    """How one element is to be written: PUT creates only (facts (c)); `places` of unit prices (facts 2.6 unitdp)."""

    create_only: bool
    places: int


@dataclass(frozen=True, slots=True)
class Saved:
    """One element as stored, what that was (created, updated, deleted), and warnings."""

    row: Row
    effect: str
    warnings: tuple[str, ...] = ()


class Resource(ABC):
    """One object of the API over its table."""

    name: str
    plural: str
    key: str
    flag: str = "HasValidationErrors"
    """The key that says whether an element failed (facts (c): Contact one, Invoice the other); "": there is none."""
    paged: bool = True
    known: frozenset[str]
    optimised: frozenset[str] = frozenset()
    """Fields whose `where` and `order` stay fast beyond 100,000 rows (facts 2.1, 2.3)."""
    composite: frozenset[str] = frozenset()
    """Known keys that hold more than one value and so cannot be queried."""
    queries: frozenset[str] | None = None
    """Query names that a listing and a write take, in lower case; None: all that any object knows."""
    uncounted: int | None = None
    """Rows of a page whose size cannot be chosen and whose listing tells no count; None: counted pages."""
    written: bool = True
    """Whether the API can make or change one."""
    markers: tuple[str, ...] = ()
    """Fields that carry a client's own mark; effects are counted by them."""

    def __init__(self, books: Books, table: Table) -> None:
        self.books, self.table = books, table

    @abstractmethod
    def find(self, reference: str) -> Row | None:
        """Give the row that an id, number or code in a path names."""

    @abstractmethod
    def save(self, element: Row, write: Write) -> Saved:
        """Create or update by one element; raise `Invalid`, `Missing` or `Malformed`."""

    @abstractmethod
    def view(self, row: Row, view: View, places: int) -> Row:
        """Show a row."""

    def getter(self, path: tuple[str, ...]) -> Callable[[Row], object]:
        """Give what reads the field that a `where` or `order` names; raise `BadQuery` if there is none."""
        name = path[0]
        if len(path) != 1 or name not in self.known - self.composite:
            raise BadQuery(f"No property or field '{'.'.join(path)}' exists in type '{self.name}'")
        return lambda row: row.get(name)

    def filters(self, params: Mapping[str, str]) -> Iterable[Callable[[Row], bool]]:  # noqa: ARG002  most have none
        """Read the filters of a listing that this object alone has."""
        return ()

    def has_hidden(self) -> bool:
        """Tell whether any row is left out unless includeArchived is given."""
        return False

    def hidden(self, row: Row) -> bool:  # noqa: ARG002  only contacts have such rows
        """Tell whether this row is left out unless includeArchived is given."""
        return False

    def echo(self, element: Row) -> Row:
        """Show a refused element as it was asked for (facts (c): the status is the one REQUESTED)."""
        return {self.key: NIL, **{name: value for name, value in element.items() if name not in REPORTED}}


def drop_ignored(books: Books, name: str, element: Row) -> Row:
    """Leave out the fields whose writes are switched to be silently ignored."""
    return {key: value for key, value in element.items() if (name, key) not in books.switches.ignored}


def refuse_unknown(books: Books, name: str, element: Mapping[str, object], known: Collection[str]) -> None:
    """Refuse keys that the specification does not know, unless switched off (facts (e) defect 8)."""
    if books.switches.unknown_keys == "ignore":
        return
    if unknown := sorted(element.keys() - set(known) - REPORTED):
        raise Malformed(f"{name} has no element {', '.join(unknown)} (a strict simulator refuses what Xero ignores)")


def text(element: Mapping[str, object], key: str) -> str | None:
    """Read a string; None if the key is absent or null (null means "not given", the conservative reading; [U])."""
    value = element.get(key)
    if value is None or isinstance(value, str):
        return value
    raise Malformed(f"{key} must be a string")


def flag(element: Mapping[str, object], key: str) -> bool | None:
    """Read a boolean, given as such or as its word."""
    value = element.get(key)
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if value is None or isinstance(value, bool):
        return value
    raise Malformed(f"{key} must be true or false")


def number(element: Mapping[str, object], key: str) -> Decimal | None:
    """Read a number, given as such or as text."""
    value = element.get(key)
    if value is None or value == "":
        return None
    try:
        found = Decimal(value) if isinstance(value, str) else value
    except ArithmeticError:
        found = None
    if isinstance(found, Decimal) and found.is_finite() and found.adjusted() <= LARGEST:
        return found
    raise Malformed(f"{key} must be a number")


def nested(element: Mapping[str, object], key: str) -> Row | None:
    """Read an object."""
    value = element.get(key)
    if value is None or isinstance(value, dict):
        return value
    raise Malformed(f"{key} must be an object")


def rows(element: Mapping[str, object], key: str) -> list[Row] | None:
    """Read a list of objects."""
    value = element.get(key)
    if value is None:
        return None
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    raise Malformed(f"{key} must be a list of objects")


def too_long(values: Mapping[str, object], lengths: Mapping[str, int]) -> Iterable[str]:
    """Name each text that is longer than it may be (facts 2.1, 2.3, 2.5: lengths)."""
    for name, limit in lengths.items():
        value = values.get(name)
        if isinstance(value, str) and len(value) > limit:
            yield f"The field {name} must be a string with a maximum length of {limit}."


def refuse(messages: Iterable[str]) -> None:
    """Raise `Invalid` if there is any message."""
    if found := tuple(messages):
        raise Invalid(*found)
