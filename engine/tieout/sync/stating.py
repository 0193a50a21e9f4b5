"""Holds and questions as the store keeps them."""

from __future__ import annotations

from tieout.model import Value
from tieout.store import standing
from tieout.sync.words import Hold, Question
from tieout.values import dumps


def hold_row(scope: str, hold: Hold) -> dict[str, object]:
    """Give the row of a hold."""
    detail = standing.detail(
        message=hold.message, ways_out=list(hold.ways_out), at=hold.at, quiet=hold.quiet, **hold.more
    )
    return {"scope": scope, "rule": hold.rule, "code": hold.code, "detail": detail, "fingerprint": hold.fingerprint}


def question_row(scope: str, made: Question) -> dict[str, object]:
    """Give the row of a question."""
    asked: dict[str, Value] = {
        "text": made.text,
        "choices": dict(made.choices),
        "candidates": [dict(candidate) for candidate in made.candidates],
        "at": made.at,
    }
    return {
        "scope": scope,
        "rule": made.rule,
        "kind": made.kind,
        "fingerprint": made.fingerprint,
        "question": dumps(asked),
    }
