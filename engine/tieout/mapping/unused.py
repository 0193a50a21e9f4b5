"""Settings and tables that are given beside a mapping and that none reads: a name that is misspelt, most likely.

What a mapping itself gives is left alone: a misspelt default is an error where it is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from tieout.finding import Severity
from tieout.language.nodes import MapNode, scalars
from tieout.mapping.catalogue import near
from tieout.problems import Problem
from tieout.project import ConnectionConfig

KINDS = {"settings": "setting", "tables": "table"}
SETTING = re.compile(r'\bsettings\."?(\w+)')
Names = Mapping[str, set[str]]
"""settings, tables -> the names that a mapping reads."""


def unused(roots: Iterable[MapNode], connections: Mapping[str, ConnectionConfig]) -> Iterator[Problem]:
    """Warn of what `change` gives a mapping that it does not read, and a connection all of its mappings."""
    reading = [(root, _read(root)) for root in roots]
    for root, names in reading:
        for kind in KINDS:
            given = root.table(kind)
            beside = [name for name in given.entries if given.key_at(name).file != root.at.file]
            yield from _unread(kind, given, beside, names[kind], root.text("mapping"))
    for config in connections.values():
        over = [names for root, names in reading if config.name in _connections(root)]
        for kind in KINDS if over else ():
            given = config.node.table(kind)
            read = set[str]().union(*(names[kind] for names in over))
            yield from _unread(kind, given, given.entries, read, f"any mapping over {config.name}")


def _unread(kind: str, given: MapNode, names: Iterable[str], read: set[str], reader: str) -> Iterator[Problem]:
    for name in names:
        if name not in read:
            message = f"the {KINDS[kind]} {name} is not read by {reader}"
            yield Problem("unused-name", message, given.key_at(name), "", near(name, read), Severity.WARNING)


def _read(root: MapNode) -> Names:
    """Expressions name the settings; a table is named by a text of its own (`as: {lookup: revenue_codes}`)."""
    texts = [str(scalar.value) for path, scalar in scalars(root) if path[0] not in KINDS]
    tables = {str(scalar.value) for path, scalar in scalars(root) if "lookup" in path}
    return {"settings": {name for text in texts for name in SETTING.findall(text)}, "tables": tables}


def _connections(root: MapNode) -> set[str]:
    sides = root.table("between")
    found = [scalar for side in sides.entries for path, scalar in scalars(sides.table(side)) if path[0] == "connection"]
    return {str(scalar.value) for scalar in found}
