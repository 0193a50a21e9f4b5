"""Exit codes (DESIGN §9) and which of several wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

DONE = 0
FAULT = 1
USAGE = 2
NEW = 3
PENDING = 4
GUARD = 5
PERSON = 6
LATER = 75
INTERRUPTED = 130
TERMINATED = 143

PRECEDENCE = (FAULT, USAGE, PERSON, GUARD, NEW, LATER, PENDING, DONE)

MEANING = {
    DONE: "done; nothing new needs a person",
    FAULT: "a fault of Tieout, or the state database is unusable",
    USAGE: "usage, project or mapping is wrong, a mapping test failed, or a plugin that is needed is broken",
    NEW: "new failures, holds or reviews since the last run (--fail-on)",
    PENDING: "changes are pending (plan --exit-code)",
    GUARD: "a guard stopped a plan; the report names the command that lets it through",
    PERSON: "a connection needs a person: revoked, a right missing, wrong organisation",
    LATER: "not now: lock held, system unreachable, calls used up, deadline reached; try later",
    INTERRUPTED: "interrupted (ctrl-C), after the batch in hand",
    TERMINATED: "terminated (SIGTERM), after the batch in hand",
}


def worst(codes: Iterable[int]) -> int:
    """Give the code that wins; an interruption wins over all."""
    found = set(codes)
    for code in (TERMINATED, INTERRUPTED, *PRECEDENCE):
        if code in found:
            return code
    return max(found, default=DONE)
