"""What an administrator has set up in the org: rules and triggers that a test switches on through `/__sim__/`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tieout_salesforce.simulator.problems import refuse_row
from tieout_salesforce.simulator.table import Row


@dataclass(frozen=True, slots=True)
class Trigger:
    """Automation that rewrites a record after a save of `when` (any field if None), as the same user."""

    object: str
    when: str | None
    set: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Validation:
    """An administrator's rule: a save that gives `field` (with the value `equals`, if one is named) is refused."""

    object: str
    field: str
    message: str
    equals: Any = None

    def hit(self, values: Row) -> bool:
        """Say whether a save is against the rule."""
        return self.field in values and self.equals in (None, values[self.field])


@dataclass(slots=True)
class Automation:
    """Everything of that kind, and rows that somebody holds locked for a number of attempts."""

    triggers: list[Trigger] = field(default_factory=list)
    validations: list[Validation] = field(default_factory=list)
    ignored: set[tuple[str, str]] = field(default_factory=set)
    """(object, field): a write says yes and changes nothing, as `Amount` does (section 2.13)."""
    locked: dict[str, int] = field(default_factory=dict)

    def unlocked(self, id: str) -> None:
        """Refuse a record that is locked, one attempt fewer from now on (section 2.7, UNABLE_TO_LOCK_ROW)."""
        left = self.locked.get(id, 0)
        if left:
            self.locked[id] = left - 1
            raise refuse_row(
                "UNABLE_TO_LOCK_ROW", f"unable to obtain exclusive access to this record or 1 records: {id}"
            )

    def validate(self, name: str, values: Row) -> None:
        """Refuse what is against a rule, with the administrator's own text (section 2.7)."""
        for rule in self.validations:
            if rule.object == name and rule.hit(values):
                raise refuse_row("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, rule.field)

    def kept(self, name: str, values: Row) -> Row:
        """Drop the fields whose writes are ignored in silence."""
        return {key: value for key, value in values.items() if (name, key) not in self.ignored}

    def rewritten(self, name: str, given: Row) -> Row:
        """Give what triggers set after a save of these fields."""
        changes: Row = {}
        for trigger in self.triggers:
            if trigger.object == name and (trigger.when is None or trigger.when in given):
                changes |= trigger.set
        return changes
