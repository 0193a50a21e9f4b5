"""Small pure helpers that every adapter needs; no state, no I/O."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

T = TypeVar("T")


def batched(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a sequence into runs of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def nearest(word: str, choices: Iterable[str], *, most: int = 3) -> list[str]:
    """Give the choices that a person who wrote `word` may have meant, best first; empty if none comes near."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415  # some fifty modules that only a wrong name needs

    folded = {choice: choice.casefold() for choice in choices}
    scores = {
        choice: score for _, score, choice in process.extract(word.casefold(), folded, limit=most, score_cutoff=65)
    }
    # What only sounds alike differs in two letters of five ("fone", "phone"): too much for the written words.
    heard = {choice: _sound(choice) for choice in folded}
    sounds = process.extract(_sound(word), heard, scorer=fuzz.ratio, limit=most, score_cutoff=80)
    for _, score, choice in sounds:
        scores[choice] = max(score, scores.get(choice, 0.0))
    return sorted(scores, key=lambda choice: -scores[choice])[:most]


def _sound(word: str) -> str:
    """Give a word as it sounds to those who spell by ear."""
    text = word.casefold()
    for written, heard in (("ph", "f"), ("ck", "k"), ("qu", "kw"), ("c", "k"), ("z", "s"), ("y", "i")):
        text = text.replace(written, heard)
    return "".join(letter for at, letter in enumerate(text) if at == 0 or letter != text[at - 1])


def instant(text: str) -> datetime:
    """Read an ISO 8601 instant; without an offset it is UTC. Raises ValueError."""
    parsed = datetime.fromisoformat(text)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
