"""Dates: date, add_days, days_until."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tieout.mapping.transforms.values import blank, day, text
from tieout.model import Value
from tieout.toolkit import instant
from tieout.transform import Binding, Bound, Misused, Scope, Transform, Unconvertible

_ISO_DATE = 10
"""Characters of "2026-01-02"."""


def _argument(binding: Binding, name: str) -> Callable[[Scope], Value]:
    """Compile an argument that is a whole number or an expression."""
    given = binding.argument
    if isinstance(given, int | Decimal) and not isinstance(given, bool):
        fixed = Decimal(given)
        return lambda _: fixed
    if not isinstance(given, str) or binding.expression is None:
        raise Misused(f"{name} takes an expression, for example {{{name}: settings.payment_days}}")
    return binding.expression(given)


@dataclass(frozen=True, slots=True)
class _Date(Bound):
    zone: ZoneInfo | None
    exact: bool = False

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        if blank(value):
            return None
        found = day(value, "date")
        written = text(value, "date")
        if self.zone is not None and len(written) > _ISO_DATE:
            found = instant(written).astimezone(self.zone).date()
        return found.isoformat()


class Date(Transform):
    """The day of an instant."""

    name = "date"
    summary = "the day of an instant, in UTC or in the named time zone; the time of day is lost"
    arguments: ClassVar[Mapping[str, object]] = {
        "type": "string",
        "description": "a time zone, for example Europe/London",
    }
    optional_argument = True

    def bind(self, binding: Binding) -> Bound:
        """Find the time zone."""
        if binding.argument is None:
            return _Date(None)
        try:
            return _Date(ZoneInfo(str(binding.argument)))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Misused(f"there is no time zone {binding.argument!r}; write it as Europe/London") from None


@dataclass(frozen=True, slots=True)
class _AddDays(Bound):
    days: Callable[[Scope], Value]
    exact: bool = False

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        if blank(value):
            return None
        days = self.days(scope)
        if blank(days):
            return None
        if not isinstance(days, Decimal) or days != days.to_integral_value():
            raise Unconvertible("not-a-number", "add_days adds whole days; its argument is no whole number")
        try:
            return (day(value, "add_days") + timedelta(days=int(days))).isoformat()
        except OverflowError:
            raise Unconvertible("not-a-date", "add_days gives a date beyond the calendar") from None


class AddDays(Transform):
    """A date some days later."""

    name = "add_days"
    summary = "the date so many days later; the argument is a whole number or an expression; blank days give a blank"
    arguments: ClassVar[Mapping[str, object]] = {"type": ["integer", "string"]}

    def bind(self, binding: Binding) -> Bound:
        """Compile the number of days."""
        return _AddDays(_argument(binding, self.name))


@dataclass(frozen=True, slots=True)
class _DaysUntil(Bound):
    until: Callable[[Scope], Value]
    exact: bool = False

    def convert(self, value: Value, *, to: str, scope: Scope, currency: str | None = None) -> Value:  # noqa: ARG002
        if blank(value):
            return None
        until = self.until(scope)
        if blank(until):
            return None
        return Decimal((day(until, "days_until") - day(value, "days_until")).days)


class DaysUntil(Transform):
    """Days from the value to another date."""

    name = "days_until"
    summary = "how many days lie between this date and the argument, an expression (run.today): negative if it is over"
    arguments: ClassVar[Mapping[str, object]] = {"type": "string"}

    def bind(self, binding: Binding) -> Bound:
        """Compile the other date."""
        return _DaysUntil(_argument(binding, self.name))
