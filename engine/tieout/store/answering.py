"""A person's answer to a question: stored, told to the audit log with who gave it and why, and held against others.

Who belongs together is often asked from both sides: `record:0:a` may belong to b or c, `record:1:b` to a or d. Each
answer says which two are one, and of which others that is not so; two answers that can't both be true are found here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tieout.store import audit, standing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tieout.store.standing import Review

MATCH = "match"
"""The kind of a question about who belongs together."""
NONE = "none"
"""The answer that a record is none of those that it was asked about."""
Two = tuple[int, str, str]
"""A pair, and a record of either end."""
Place = tuple[int, int, str]
"""A pair, an end, and the id of a record there."""


def note(tx: Connection, kept: Review, chosen: str, *, who: str, why: str, now: str) -> None:
    """Note the answer to an open question."""
    standing.answer(tx, kept.id, chosen=chosen, who=who, why=why, now=now)
    payload = {"review": kept.id, "pair": kept.pair, "scope": kept.scope, "rule": kept.rule, "who": who,
               "answer": chosen}  # fmt: skip
    audit.tell(tx, "answer", payload, {"why": why, "fingerprint": kept.fingerprint})


def take_back(tx: Connection, kept: Review, *, who: str, why: str) -> None:
    """Forget an answer: the same question once more is a new one. What was done by it stays done."""

    def tell(kind: str, payload: Mapping[str, object], _: Mapping[str, object] | None) -> None:
        audit.tell(tx, kind, {**payload, "who": who}, {"why": why})

    standing.drop_answer(tx, kept.pair, kept.scope, kept.rule, tell=tell)


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered about who belongs together."""

    joined: dict[Place, dict[str, Review]] = field(default_factory=dict)
    """A record -> the partner that it was given, and by which answer."""
    apart: dict[Two, Review] = field(default_factory=dict)
    """Two that are not one, by which answer."""

    @classmethod
    def of(cls, tx: Connection) -> Given:
        """Read the answers that count."""
        made = cls()
        for kept in standing.reviews(tx, state="answered"):
            made.add(kept, kept.answer or "")
        return made

    def add(self, kept: Review, chosen: str) -> None:
        """Take an answer in."""
        for two, is_one in _claims(kept, chosen):
            if not is_one:
                self.apart.setdefault(two, kept)
                continue
            pair, first, second = two
            self.joined.setdefault((pair, 0, first), {})[second] = kept
            self.joined.setdefault((pair, 1, second), {})[first] = kept

    def against(self, kept: Review, chosen: str) -> Review | None:
        """Give the answered question that says otherwise; None: nothing does."""
        named = _named(kept)
        for two, is_one in _claims(kept, chosen):
            pair, first, second = two
            partners = self.joined.get((pair, 0, first), {})
            if not is_one:
                other = partners.get(second)
            else:
                mine = self.joined.get((pair, 1, second), {})
                taken = [by for id_, by in partners.items() if id_ != second and id_ in named]
                taken += [by for id_, by in mine.items() if id_ != first and id_ in named]
                other = self.apart.get(two) or next(iter(taken), None)
            if other is not None and other.id != kept.id:
                return other
        return None


def _claims(kept: Review, chosen: str) -> Iterator[tuple[Two, bool]]:
    """Give each two that an answer says something of, and whether they are one."""
    kind, _, rest = kept.scope.partition(":")
    end, _, id_ = rest.partition(":")
    choices = kept.question.get("choices")
    if kept.kind != MATCH or kind != "record" or not isinstance(choices, dict):
        return
    for other in choices:
        if other != NONE:
            first, second = (other, id_) if end == "1" else (id_, other)
            yield (kept.pair, first, second), other == chosen


def _named(kept: Review) -> set[str]:
    """Give the ids that a question shows: whoever is not among them is no candidate any more."""
    rows = kept.question.get("candidates")
    return {str(row.get("id")) for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict)}
