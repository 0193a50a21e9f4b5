"""Transforms that the language has and that cannot be used yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tieout.transform import Binding, Bound, Misused, Transform


class _Later(Transform):
    def bind(self, binding: Binding) -> Bound:
        """Refuse."""
        raise Misused(f"{self.name} is not supported yet; leave it out (the value of {binding.target.side} stays)")


class Convert(_Later):
    """An amount in another currency."""

    name = "convert"
    summary = "an amount in another currency (not supported yet)"
    arguments: ClassVar[Mapping[str, object]] = {"type": "object"}


class Rate(_Later):
    """An exchange rate."""

    name = "rate"
    summary = "the exchange rate of a currency (not supported yet)"
    arguments: ClassVar[Mapping[str, object]] = {"type": "object"}
    optional_argument = True
