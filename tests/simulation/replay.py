"""Law 9: the audit log alone gives every link, its state and generation, every base, hold, decision and question."""

from __future__ import annotations

from collections.abc import Iterator

from tieout.store.audit import verify
from tieout.store.replay import differences, stored
from tieout.store.replay import replay as played

from .breach import Breach
from .remains import Remains


def replay(remains: Remains) -> Iterator[Breach]:
    """Play the audit log and compare."""
    with remains.world.database.read() as tx:
        verdict = verify(tx)
        if not verdict.ok:
            yield Breach("9 the chain is broken", verdict.reason)
        for one in differences(played(tx), stored(tx)):
            yield Breach("9 replay", f"{one.subject}: {one.what}")
