"""Save a draft as a plan under its digest."""

from __future__ import annotations

import hashlib

from tieout.model import Value
from tieout.store import audit, plans
from tieout.store.database import stamp
from tieout.sync.commit import entry
from tieout.sync.faults import stopping
from tieout.sync.figures import Planning
from tieout.sync.run import Run
from tieout.values import dumps


def seal(run: Run, draft: str, planning: Planning, **more: Value) -> None:
    """Save a draft as a plan under its digest; `more`: what else its head says."""
    # What a fault stopped while it was planned was not looked at as a whole: the plan does not answer for it.
    mappings = {
        joined.mapping.name: joined.mapping.digest
        for joined in run.joined
        if not stopping(planning.faults, joined.needs)
    }
    text = "\n".join([run.environment, dumps(dict(sorted(mappings.items()))), *planning.digests])
    planning.digest = hashlib.sha256(text.encode()).hexdigest()
    head: dict[str, Value] = {
        "wire": str(planning.wire),
        "partial": planning.partial,
        "counts": {name: {what: str(n) for what, n in counted.items()} for name, counted in planning.counts.items()},
        "effect": {name: dict(counted.items()) for name, counted in planning.effect.items()},
        "first": sorted(planning.first),
        "changed": sorted(planning.changed),
        "emptied": {name: {side: str(n) for side, n in sides.items()} for name, sides in planning.emptied.items()},
        "notes": list(dict.fromkeys(planning.notes)),
        **more,
    }
    with run.database.write(epoch=run.epoch) as tx:
        plans.rename(tx, draft, planning.digest)
        plans.save(
            tx,
            {
                "digest": planning.digest,
                "run": run.id,
                "made": stamp(run.now()),
                "environment": run.environment,
                "mappings": dumps(dict(mappings)),
                "head": dumps(head),
                "state": "saved",
            },
        )
        payload = {"plan": planning.digest, "wire": planning.wire, "internal": planning.internal, "who": run.by}
        audit.append_many(tx, [entry(run, "plan", payload)])
