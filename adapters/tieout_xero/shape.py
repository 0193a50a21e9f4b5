"""Short words for declaring fields: one function a kind of field; the tables read like Xero's own documentation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tieout.adapter import Field, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

CENTS = 2
FINE = 4
"""Decimals that quantities keep, and unit prices with `unitdp=4` (facts 2.3)."""


def text(path: str, length: int | None = None, **more: Any) -> Field:
    """Free text."""
    return Field(path, Kind.TEXT, length=length, **more)


def number(path: str, scale: int | None = None, **more: Any) -> Field:
    """A number that is no money."""
    return Field(path, Kind.NUMBER, scale=scale, **more)


def money(path: str, currency: str, scale: int = CENTS, **more: Any) -> Field:
    """An amount; `currency` is the path of its code, or the code itself."""
    return Field(path, Kind.MONEY, scale=scale, currency=currency, **more)


def flag(path: str, **more: Any) -> Field:
    """A boolean."""
    return Field(path, Kind.BOOLEAN, **more)


def day(path: str, **more: Any) -> Field:
    """A calendar date."""
    return Field(path, Kind.DATE, **more)


def instant(path: str, **more: Any) -> Field:
    """A moment in UTC."""
    return Field(path, Kind.INSTANT, **more)


def choice(path: str, words: str | None = None, **more: Any) -> Field:
    """One of the words given, or of an open set."""
    return Field(path, Kind.CHOICE, choices=tuple(words.split()) if words else None, **more)


def reference(path: str, to: str, **more: Any) -> Field:
    """The id of a record of another object."""
    return Field(path, Kind.REFERENCE, refers_to=(to,), **more)


def group(path: str, **more: Any) -> Field:
    """Fields that belong together."""
    return Field(path, Kind.GROUP, **more)


def rows(path: str, **more: Any) -> Field:
    """A list of groups."""
    return Field(path, Kind.LIST, **more)


def fixed(field: Field) -> Field:
    """Mark a field that Xero sets: it is read and never written."""
    return replace(field, creatable=False, updatable=False, required=False)


def once(field: Field) -> Field:
    """Mark a field that is set on create and never changed."""
    return replace(field, updatable=False)


def person(field: Field) -> Field:
    """Mark personal data."""
    return replace(field, personal=True)


def untracked(field: Field) -> Field:
    """Mark a field whose change may not move `UpdatedDateUTC` (facts 0.3)."""
    return replace(field, tracked=False)


def table(*fields: Field | Iterable[Field]) -> dict[str, Field]:
    """Put fields into the order of their declaration, by path."""
    flat = [one for some in fields for one in ([some] if isinstance(some, Field) else some)]
    return {field.path: field for field in flat}
