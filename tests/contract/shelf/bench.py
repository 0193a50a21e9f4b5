"""The bench of the example: its simulator, what to try on it, and another user who works in the shop itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from contract.shelf.simulator import Shelf, ShelfSimulator
from tieout.adapter import ObjectType, Record
from tieout.testing.contract import Sample, SimulatorBench

BOOKS = Sample(
    "Book",
    new=lambda mark: {"title": f"Emma {mark}", "author": "Jane Austen", "price": Decimal("9.99")},
    edit={"price": Decimal("12.5"), "note": "second impression"},
    other_edit={"author": "J. Austen"},
    refused=({"title": ""}, {"title": "x" * 41}),
    digits={"price": Decimal("12345678901234.0007")},
)


class ShelfBench(SimulatorBench):
    def simulator(self) -> ShelfSimulator:
        return ShelfSimulator()

    def options(self) -> Record:
        return {"url": self.url}

    def credentials(self) -> Mapping[str, str]:
        access = self.served.access(self.url)
        return {name: access[name] for name in ("client_id", "client_secret")}

    def samples(self) -> Sequence[Sample]:
        return [BOOKS]

    # --- another user, and what only the shop itself can do ---

    @property
    def shelf(self) -> Shelf:
        assert isinstance(self.served, ShelfSimulator)
        return self.served.shelf

    def edit(self, type: ObjectType, id: str, values: Record) -> None:
        self.shelf.edit(id, _spelt(values))

    def remove(self, type: ObjectType, id: str) -> None:
        self.shelf.edit(id, {"state": "deleted"})

    def archive(self, type: ObjectType, id: str) -> None:
        self.shelf.edit(id, {"state": "archived"})

    def lock(self, type: ObjectType, id: str) -> None:
        self.shelf.on_loan.add(id)

    def merge(self, type: ObjectType, loser: str, winner: str) -> None:
        self.shelf.edit(loser, {"state": "deleted", "into": winner})

    def late(self, type: ObjectType, id: str, values: Record, ago: timedelta) -> None:
        self.shelf.edit(id, _spelt(values), back=ago)

    def stamp(self, type: ObjectType, ids: Sequence[str]) -> None:
        now = self.shelf.stamp()
        for id in ids:
            self.shelf.edit(id, {})["changed"] = now

    def count(self, type: ObjectType, key: str) -> int:
        return self.shelf.made[key]

    def revoke(self) -> None:
        self.shelf.tokens.clear()


def _spelt(values: Record) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in values.items()}
