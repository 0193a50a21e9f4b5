"""One simulated account: its tables, its clock and its settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from tieout_spotlercrm.simulator.counters import Counters
from tieout_spotlercrm.simulator.problems import not_found
from tieout_spotlercrm.simulator.schema import Field, Form, Object

Row = dict[str, Any]
FIRST_ID = 9_007_199_254_740_993
"""Ids are numbers of up to 64 bits (1.1): beyond 2^53 a reader that takes them for floats mixes them up."""
API_USER, PERSON = "4711", "1001"
KEY = "tieoutkey"
STAMP = "%Y-%m-%d %H:%M:%S"
"""Dates are strings without a zone (1.1); this form, and the second as grain, are assumptions."""


class World:
    """Everything behind one simulated host. `zone` is that of the stamps."""

    def __init__(
        self, clock: Callable[[], datetime], objects: Mapping[str, Object], *, token: str, zone: str = "UTC"
    ) -> None:
        self._clock, self._ahead = clock, timedelta()
        self._zone = ZoneInfo(zone)
        self._ids = count(FIRST_ID)
        self.objects = dict(objects)
        self.tables: dict[str, dict[int, Row]] = {name: {} for name in objects}
        self.token = token
        self.token_is_dead = False
        self.order_is_ignored = False
        self.closed: dict[str, int] = {}
        """Record types outside the plan -> the status that says so."""
        self.read_only: set[str] = set()
        """Record types that the token's user may read and not write."""
        self.counters = Counters()

    # --- time ---

    def now(self) -> datetime:
        """Give the account's own time."""
        return self._clock() + self._ahead

    def advance(self, by: timedelta) -> None:
        """Set the clock forward."""
        self._ahead += by

    def stamp(self, at: datetime | None = None) -> str:
        """Write an instant, or now, as the account writes it."""
        return (at or self.now()).astimezone(self._zone).strftime(STAMP)

    # --- records ---

    def find(self, name: str, id_: str) -> Row:
        """Find a record. Raises Refused."""
        row = self.tables[name].get(int(id_)) if id_.isascii() and id_.isdigit() else None
        if row is None:
            raise not_found(name, id_)
        return row

    def create(self, name: str, values: Mapping[str, Any], by: str) -> Row:
        """Make a record of values that were checked."""
        fields = self.objects[name].fields
        row: Row = {**dict.fromkeys(fields), **values, "id": next(self._ids)}
        self._sign(row, fields, by, "createdby", "createddate", "modifiedby", "modifieddate")
        self.tables[name][row["id"]] = row
        self.counters.effect(name, "created")
        if row.get(KEY):
            self.counters.keys.setdefault(name, Counter())[row[KEY]] += 1
        return row

    def update(self, name: str, row: Row, values: Mapping[str, Any], by: str) -> None:
        """Change a record; the stamp of a line's opportunity does not move (1.1, opportunity_lines)."""
        row.update(values)
        self._sign(row, self.objects[name].fields, by, "modifiedby", "modifieddate")
        self.counters.effect(name, "updated")

    def delete(self, name: str, row: Row) -> None:
        """Erase a record without a trace: nothing tells of deleted records (1.1). Lines go with their opportunity."""
        del self.tables[name][row["id"]]
        self.counters.effect(name, "deleted")
        if name == "opportunities":
            for line in self.lines(row["id"]):
                self.delete("opportunity_lines", line)

    def lines(self, opportunity: int) -> list[Row]:
        """Give the lines of an opportunity."""
        return [row for row in self.tables["opportunity_lines"].values() if row["opportunityid"] == opportunity]

    def shown(self, name: str, row: Row) -> Row:
        """Write a record as the API shows it."""
        fields = self.objects[name].fields
        return {path: _shown(fields[path], value) for path, value in row.items() if path in fields}

    def _sign(self, row: Row, fields: Mapping[str, Field], by: str, *names: str) -> None:
        now = self.stamp()
        signed = {name: by if fields[name].form is Form.AUTHOR else now for name in names if name in fields}
        row.update(signed)


def _shown(field: Field, value: Any) -> Any:
    return str(value) if field.form is Form.FLAG and field.as_text and value is not None else value
