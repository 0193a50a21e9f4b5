"""What all transforms ask of their values and ends."""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal

from tieout.model import Field, Value
from tieout.toolkit import instant
from tieout.transform import Binding, End, Misused, Unconvertible

_ISO_DATE = 10
"""Characters of "2026-01-02"."""


def blank(value: Value) -> bool:
    """Say whether there is nothing to convert."""
    return value is None or value == ""


def comparing(binding: Binding) -> bool:
    """Say whether this use only compares (`compare:` in match): then `convert` gives the form that is compared."""
    return binding.target.field is None and binding.source.field is None


def number(value: Value, name: str) -> Decimal:
    """Take a value as a number; raises Unconvertible, for a text is never a number."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise Unconvertible("not-a-number", f"{name} converts numbers; this value is {_kind(value)}")
    return Decimal(value)


def text(value: Value, name: str) -> str:
    """Take a value as a text; raises Unconvertible."""
    if not isinstance(value, str):
        raise Unconvertible("not-a-text", f"{name} converts text; this value is {_kind(value)}")
    return value


def day(value: Value, name: str) -> date:
    """Take a value as a day (of an instant: in UTC); raises Unconvertible."""
    try:
        written = text(value, name)
        return date.fromisoformat(written) if len(written) == _ISO_DATE else instant(written).date()
    except ValueError:
        raise Unconvertible(
            "not-a-date", f"{name} converts dates (2026-01-31) and instants; this text is none"
        ) from None


def _kind(value: Value) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "a text"
    return "a number" if isinstance(value, Decimal | int) else "a list or an object"


def ends(binding: Binding) -> dict[str, End]:
    """Give both ends by side."""
    return {binding.source.side: binding.source, binding.target.side: binding.target}


def fields(binding: Binding) -> dict[str, Field | None]:
    """Give the fields of both ends by side."""
    return {side: end.field for side, end in ends(binding).items()}


def known_side(side: object, binding: Binding, name: str) -> str:
    """Take an argument's key as one of the two sides; raises Misused."""
    both = sorted(ends(binding))
    if side not in both:
        raise Misused(f"{name}: {side!r} is no side of this mapping; its sides are {' and '.join(both)}")
    return str(side)


def folded(written: str) -> str:
    """Give a text without case, compatibility forms and accents; folding it again changes nothing."""
    # Decomposing can bring capitals to light (a sign for hPa), so case is folded on both sides of it.
    decomposed = unicodedata.normalize("NFKD", written.casefold()).casefold()
    return "".join(c for c in unicodedata.normalize("NFKD", decomposed) if not unicodedata.combining(c))
