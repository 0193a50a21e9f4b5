"""Operations and ids as the engine would make them, each unlike any other."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import TYPE_CHECKING

from tieout.model import ObjectType, Operation, Record

if TYPE_CHECKING:
    from tieout.testing.bench import Sample


def mark() -> str:
    """Make a text of twelve letters and figures that nothing else has."""
    return f"t{secrets.token_hex(5)}z"


def fresh(sample: Sample, values: Record | None = None) -> Operation:
    """Make a create under a key of its own, of the form that the engine gives keys."""
    return Operation(f"{secrets.token_hex(4)}.{mark()}.1", values=sample.new(mark()) if values is None else values)


def change(id: str, values: Record, version: str | None = None) -> Operation:
    """Make an update under a key of its own."""
    return Operation(f"{secrets.token_hex(4)}.{mark()}.1", id, values, version)


def near(id: str, known: Collection[str]) -> str:
    """Make an id of the same form that no record has: one figure of it is another one."""
    for place in reversed(range(len(id))):
        if id[place].isdecimal():
            made = f"{id[:place]}{(int(id[place]) + 5) % 10}{id[place + 1 :]}"
            if made not in known:
                return made
    return f"{id}0"


def updatable(type: ObjectType, name: str) -> bool:
    """Say whether an update can change something at or below this name."""
    below = [field for path, field in type.fields.items() if path == name or path.startswith(f"{name}.")]
    return any(field.updatable for field in below)
