"""Which plan a person names: by the beginning of its digest, or by a file that `tieout plan --out` wrote."""

from __future__ import annotations

import json
from pathlib import Path

from tieout.errors import UsageError

_DIGITS = frozenset("0123456789abcdef")


def named_plan(plan: str) -> tuple[str, dict[str, object] | None]:
    """Give the digest, and what a plan file says, its operations a list. Raises UsageError for what names no plan."""
    if not _is_file(plan):
        if not plan or set(plan.lower()) - _DIGITS:
            raise UsageError(f"{plan[:200]!r} is neither a plan's digest nor a file", mend="tieout plan")
        return plan.lower(), None
    path = Path(plan)
    try:
        found = json.loads(path.read_text("utf-8"))
        digest, operations = found["plan"], found["operations"]
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}", mend=f"ls -la {path}") from error
    except (ValueError, LookupError, TypeError, RecursionError):  # text of any kind: bytes, depths, other shapes
        digest, operations = None, None
    if not isinstance(digest, str) or not digest or set(digest) - _DIGITS or not isinstance(operations, list):
        raise UsageError(f"{path} is no plan", mend="tieout plan --out FILE")
    return digest, found


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # longer than names may be, or with a NUL in it
        return False
