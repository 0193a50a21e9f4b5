"""SOQL text: literals that cannot break out of their quotes, identifiers that cannot be anything else, selections.

Facts: section 2.5 of the fact sheet (quotedstringescapes: backslash first; identifiers cannot be escaped, so they are
held to the describe and to the form of an identifier).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieout.adapter import Kind, ObjectType
from tieout.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*")
RECORD_ID = re.compile(r"[A-Za-z0-9]{15}([A-Za-z0-9]{3})?")
SYSTEM = ("Id", "SystemModstamp", "IsDeleted", "MasterRecordId", "LastModifiedDate", "LastModifiedById")
"""Asked for in every read, where the object has them: what an observation is made of."""

_ESCAPES = str.maketrans(
    {"\\": r"\\", "'": r"\'", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\b": r"\b", "\f": r"\f"}
)


def quote(text: str) -> str:
    """Write a string literal."""
    return f"'{text.translate(_ESCAPES)}'"


def quoted(texts: Iterable[str]) -> str:
    """Write the list of an IN."""
    return f"({','.join(map(quote, texts))})"


def moment(at: datetime) -> str:
    """Write an instant (aware UTC) as a literal: unquoted, to the second, as Salesforce stores it (section 2.11)."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def identifier(name: str) -> str:
    """Pass a name through if it can be nothing but one; raise UsageError otherwise."""
    if not IDENTIFIER.fullmatch(name):
        raise UsageError(f"{name!r} is not the API name of a Salesforce field or object")
    return name


def select(columns: Iterable[str], source: str) -> str:
    """Write SELECT ... FROM."""
    return f"SELECT {', '.join(columns)} FROM {identifier(source)}"  # noqa: S608 - every caller passes identifiers


@dataclass(frozen=True, slots=True)
class Selection:
    """What a read asks of one object: its own columns, also those through references, and those of its child lists."""

    type: ObjectType
    asked: tuple[str, ...]
    """Paths that the record shall hold, virtual ones too, those of lists excepted."""
    lists: Mapping[str, tuple[str, ...]]
    """Child list -> names within an item ("Quantity", "Product2.Name")."""
    marker: str | None = None

    @property
    def columns(self) -> list[str]:
        """What stands in SELECT, child lists apart; a virtual field is not known to Salesforce."""
        fields = self.type.fields
        extra = [name for name in (*SYSTEM, self.marker) if name and name in fields]
        return _ordered([*extra, *(path for path in self.asked if not fields[path].virtual)])

    def item_columns(self, name: str) -> list[str]:
        """Give what is selected of each item of a list."""
        return _ordered(["Id", *(p for p in self.lists[name] if not self.type.fields[f"{name}.{p}"].virtual)])

    def live(self, name: str) -> str:
        """Give the condition that leaves out deleted items: `queryAll` would list them."""
        return "IsDeleted = false" if f"{name}.IsDeleted" in self.type.fields else ""

    def text(self) -> str:
        """Write the whole SELECT ... FROM, child lists as sub-selects in the order of their ids."""
        return select([*self.columns, *(self._sub_select(name) for name in self.lists)], self.type.name)

    def _sub_select(self, name: str) -> str:
        where = f" WHERE {self.live(name)}" if self.live(name) else ""
        return f"({select(self.item_columns(name), name)}{where} ORDER BY Id)"


def _ordered(names: Iterable[str]) -> list[str]:
    return [identifier(name) for name in dict.fromkeys(names)]


def selection(type: ObjectType, paths: Iterable[str], marker: str | None = None) -> Selection:
    """Sort the paths that a mapping uses; raise UsageError for one that the object has not.

    A list named without any path in it is read with all fields of its items.
    """
    asked: list[str] = []
    lists: dict[str, list[str]] = defaultdict(list)
    for path in sorted(paths):
        if path not in type.fields:
            raise UsageError(
                f"{type.name} has no field {path!r} that this login can read", mend="tieout check --online"
            )
        head, _, tail = path.partition(".")
        if head not in type.children:
            asked.append(path)
        elif tail:
            lists[head].append(tail)
        else:
            lists.setdefault(head, [])
    return Selection(
        type, tuple(asked), {name: tuple(tails or _items(type, name)) for name, tails in lists.items()}, marker
    )


def _items(type: ObjectType, name: str) -> list[str]:
    tails = [path.removeprefix(f"{name}.") for path in type.fields if path.startswith(f"{name}.")]
    return [tail for tail in tails if "." not in tail and type.fields[f"{name}.{tail}"].kind is not Kind.LIST]
