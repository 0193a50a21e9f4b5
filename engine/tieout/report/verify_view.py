"""What verifying came to, as data: the JSON of `tieout verify --json` (schemas/verify-report.schema.json)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tieout.sync.causes import ACCEPTED
from tieout.sync.comparing import by_cause
from tieout.values import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tieout.sync.comparing import Comparison, Mismatch
    from tieout.sync.faults import Faults
    from tieout.sync.totals import Total
    from tieout.sync.verifying import Verification

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Verified:
    """A finished verification."""

    run: str
    project: str
    environment: str
    started: str
    seconds: float
    exit_code: int
    used: int
    """Calls that were made."""
    verification: Verification
    refused: Mapping[str, str]
    faults: Faults

    @property
    def complete(self) -> bool:
        """Say whether everything was read and compared."""
        made = self.verification
        return made.scope.whole and not (made.spent or made.unproved or self.faults or self.refused)


def mismatches(verified: Verified) -> list[Mismatch]:
    """Give every mismatch, mapping by mapping; those that a rule or a person wants so last."""
    found = [one for made in verified.verification.comparisons for one in made.mismatches]
    return sorted(found, key=lambda one: one.named.cause in ACCEPTED)


def as_json(verified: Verified) -> Json:
    """Give the report for a program; amounts are text."""
    made = verified.verification
    return {
        "run": verified.run,
        "command": "verify",
        "project": verified.project,
        "environment": verified.environment,
        "started": verified.started,
        "seconds": round(verified.seconds, 3),
        "exit_code": verified.exit_code,
        "calls": {"limit": made.scope.limit, "expected": made.scope.calls, "used": verified.used},
        "complete": verified.complete,
        "unproved": list(made.unproved),
        "plan": made.planning.digest,
        "causes": {str(cause): many for cause, many in sorted(by_cause(made.comparisons).items())},
        "mappings": [_comparison(one) for one in made.comparisons],
        "mismatches": [_mismatch(one) for one in mismatches(verified)],
        "connections": [
            {
                "name": place.connection,
                "object": place.object or None,
                "fault": type(fault).__name__,
                "message": str(fault),
                "mend": fault.mend or None,
            }
            for place, fault in sorted(verified.faults.items())
        ],
        "refused": dict(sorted(verified.refused.items())),
    }


def _comparison(made: Comparison) -> Json:
    return {
        "mapping": made.mapping,
        "links": made.links,
        "compared": made.compared,
        "out_of_scope": made.out_of_scope,
        "unlinked": dict(zip(made.sides, made.unlinked, strict=True)),
        "fields": [_total(name, total, made.sides) for name, total in sorted(made.totals.items())],
    }


def _total(name: str, total: Total, sides: tuple[str, str]) -> Json:
    made: Json = {
        "field": name,
        "compared": total.compared,
        "equal": total.equal,
        "normalised": total.normalised,
        "differs": total.differs,
        "digests": {side: f"{digest:032x}" for side, digest in zip(sides, total.digests, strict=True)},
    }
    if total.sums:
        made["sums"] = {
            currency: {side: number(amount) for side, amount in zip(sides, amounts, strict=True)}
            for currency, amounts in sorted(total.sums.items())
        }
    return made


def _mismatch(one: Mismatch) -> Json:
    made: Json = {
        "record": one.record,
        "partner": one.partner or None,
        "field": one.field or None,
        "cause": str(one.named.cause),
        "accepted": one.named.cause in ACCEPTED,
        "message": one.named.message,
        "ways_out": list(one.named.ways_out),
    }
    if one.values is not None:
        made["values"] = list(one.values)
    return made
