"""Whole numbers that a command takes: none beyond what a database counts to, which would fail there."""

from __future__ import annotations

import click

LARGEST = 2**31 - 1
"""Of PostgreSQL's integers, in which entries, questions and links are numbered; SQLite goes further."""


def whole(least: int | None = None) -> click.IntRange:
    """Give the type of a whole number, from `least` on."""
    return click.IntRange(least, LARGEST)
