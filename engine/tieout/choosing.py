"""Names that people write: one that does not exist is answered with the nearest, or with what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST = 20
"""Names that are listed where none is near."""


def no_such(what: str, name: str, choices: Iterable[str]) -> str:
    """Say that there is no such thing, and which one may have been meant."""
    from tieout.toolkit import nearest  # noqa: PLC0415  # its search is slow to import, and only errors need it

    known = list(choices)
    close = nearest(name, known)
    more = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
    choose = f"; there are: {', '.join(known[:_MOST]) or 'none'}{more}"
    hint = f"; did you mean {' or '.join(close)}?" if close else choose
    return f"there is no {what} {name!r}{hint}"
