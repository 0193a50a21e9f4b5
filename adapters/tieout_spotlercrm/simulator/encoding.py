"""JSON without losing a digit, read and written on the simulator's own account."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def decode(body: bytes) -> Any:
    """Read JSON; whole numbers are int, others Decimal. Raises ValueError."""
    return json.loads(body, parse_float=Decimal, parse_constant=_constant)


def encode(value: Any) -> str:
    """Write JSON; a Decimal as a plain number."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(name)}:{encode(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(encode(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")
