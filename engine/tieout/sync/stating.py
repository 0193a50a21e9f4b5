"""Holds and questions as the store keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tieout.model import Value
from tieout.store import standing
from tieout.sync.words import Hold, Question
from tieout.values import dumps


def hold_row(scope: str, hold: Hold) -> dict[str, object]:
    """Give the row of a hold."""
    detail = standing.detail(
        message=hold.message, ways_out=list(hold.ways_out), at=hold.at, quiet=hold.quiet, **hold.more
    )
    since = {} if hold.told is None else {"run": hold.told[0], "since": hold.told[1]}
    row = {"scope": scope, "rule": hold.rule, "code": hold.code, "detail": detail, "fingerprint": hold.fingerprint}
    return {**row, **since}


def news(rows: Iterable[Mapping[str, object]], run: str, pair: int) -> list[Mapping[str, object]]:
    """Give the holds of a pair that are new, without those that an earlier run told as failed writes."""
    return [{**row, "pair": pair} for row in rows if row.get("run", run) == run]


def question_row(scope: str, made: Question) -> dict[str, object]:
    """Give the row of a question."""
    asked: dict[str, Value] = {
        "text": made.text,
        "choices": dict(made.choices),
        "candidates": [dict(candidate) for candidate in made.candidates],
        "at": made.at,
    }
    if made.picks:
        asked["picks"] = dict(made.picks)
    return {
        "scope": scope,
        "rule": made.rule,
        "kind": made.kind,
        "fingerprint": made.fingerprint,
        "question": dumps(asked),
    }
