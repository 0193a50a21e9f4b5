"""A saved plan as it is shown: what it would do, and what stops it; no system is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieout.report.plan_text import plain_json
from tieout.store import plans
from tieout.sync.planview import View, head_view, operation_views

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection as Tx

    from tieout.mapping.compiled import CompiledMapping
    from tieout.sync.guard import Stop


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """One plan; personal values are masked."""

    saved: plans.Saved
    head: View
    operations: Sequence[View]
    stops: Sequence[Stop]

    def document(self) -> dict[str, object]:
        """Give the plan file (schemas/plan.schema.json)."""
        stopped = [{"guard": one.guard, "mapping": one.mapping, "message": one.message} for one in self.stops]
        head = {name: plain_json(value) for name, value in self.head.items()}
        return {**head, "guards": stopped, "operations": [plain_json(one) for one in self.operations]}


def shown_plan(tx: Tx, digest: str, mappings: Mapping[str, CompiledMapping], found: Sequence[Stop]) -> ShownPlan:
    """Read a plan by its digest; `found`: the guards that stop it."""
    saved = plans.find(tx, digest)
    return ShownPlan(saved, head_view(saved), list(operation_views(tx, saved.digest, mappings)), found)
