"""A person's answer to a question: stored, and told to the audit log with who gave it and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tieout.store import audit, standing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieout.store.standing import Review


def note(tx: Connection, kept: Review, chosen: str, *, who: str, why: str, now: str) -> None:
    """Note the answer to an open question."""
    standing.answer(tx, kept.id, chosen=chosen, who=who, why=why, now=now)
    payload = {"review": kept.id, "pair": kept.pair, "scope": kept.scope, "rule": kept.rule, "who": who,
               "answer": chosen}  # fmt: skip
    audit.tell(tx, "answer", payload, {"why": why, "fingerprint": kept.fingerprint})
