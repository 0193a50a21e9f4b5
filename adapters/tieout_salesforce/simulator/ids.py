"""Salesforce record ids: 15 case-sensitive characters, or 18 with a checksum (fact sheet, section 2.11)."""

from __future__ import annotations

import re

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_BLOCK = 5
_SHORT = 15
_INSTANCE = "Sm0"


def checksum(short: str) -> str:
    """Give the three characters that turn a 15-character id into one of 18: a bit for each capital letter."""
    blocks = (short[start : start + _BLOCK] for start in range(0, _SHORT, _BLOCK))
    return "".join(_SUFFIX[sum(1 << at for at, char in enumerate(block) if "A" <= char <= "Z")] for block in blocks)


def normal(text: str) -> str | None:
    """Bring an id of 15 or 18 characters to its one 18-character form; None if it is no id.

    Two ids are the same record when their first 15 characters are, case included.
    """
    if not _SHAPE.fullmatch(text):
        return None
    short = text[:_SHORT]
    return short + checksum(short)


def make(prefix: str, number: int) -> str:
    """Make the id of the `number`-th record of an object; ids made later sort after ids made before."""
    digits = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    short = prefix + _INSTANCE + digits.rjust(_SHORT - len(prefix) - len(_INSTANCE), "0")
    return short + checksum(short)
