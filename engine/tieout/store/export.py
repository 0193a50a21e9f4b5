"""The audit log in a file of its own: JSON lines that anybody can check with SHA-256 alone.

Each entry has a `proof`: its hash is that of `previous`, a line break and `content`; its commitment, which stands in
`content`, is that of `salt`, a line break and `values`. Entries that follow one another chain; `between` lines carry
the hashes of entries that are left out, without their values, so that the chain reaches the head.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from tieout.store.audit import Head, content_of
from tieout.store.trail import Line

Json = dict[str, Any]


def entry(line: Line) -> Json:
    """Give one entry with its values and its proof."""
    values = {"salt": line.salt, "values": line.value} if line.value is not None else {}
    return {
        "what": "entry",
        "seq": line.seq,
        "at": line.at,
        "run": line.run or None,
        "who": line.who,
        "kind": line.kind,
        "about": json.loads(line.payload),
        "values": None if line.value is None else json.loads(line.value),
        "erased": line.erased,
        "proof": {**_link(line), "commitment": line.commitment, **values},
    }


def between(line: Line) -> Json:
    """Give what the chain needs of an entry that is left out."""
    return {"what": "between", "seq": line.seq, "proof": _link(line)}


def _link(line: Line) -> Json:
    content = content_of(line.seq, line.at, line.run, line.epoch, line.kind, line.payload, line.commitment)
    return {"previous": line.previous, "hash": line.hash, "content": content}


@dataclass(slots=True)
class Checked:
    """What a file turned out to be; `broken`: the first entry that does not fit, and `reason` why."""

    entries: int = 0
    gaps: int = 0
    """Places where entries are left out, the end included: there the chain cannot be followed."""
    end: Head | None = None
    """Where the log ended, by the first line."""
    last: Head | None = None
    broken: int | None = None
    reason: str = ""
    heads: dict[int, str] = field(default_factory=dict)


def check(rows: Iterable[str], against: Iterable[Head] = ()) -> Checked:
    """Check the lines of an export, and heads that were kept elsewhere, without any database."""
    found = Checked()
    kept: dict[int, set[str]] = {}
    for head in against:
        kept.setdefault(head.seq, set()).add(head.hash)
    for number, text in enumerate(rows, 1):
        try:
            row = json.loads(text)
            wrong = _check(found, row, kept) if row["what"] in {"entry", "between"} else _beside(found, row)
            seq = int(row.get("seq") or 0)
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
            wrong, seq = f"line {number} is no line of an export", (found.last.seq + 1 if found.last else 0)
        if wrong:
            found.broken, found.reason = seq, wrong
            return found
    found.broken, found.reason = _at_the_end(found, kept)
    return found


def _beside(found: Checked, row: Json) -> str:
    """Read what is no entry: the first line tells where the log ended, the state has no proof."""
    if row["what"] == "export":
        seq, _, hashed = row["head"].partition(":")
        found.end = Head(int(seq), hashed)
    return "" if found.end is not None else NO_BEGINNING


NO_BEGINNING = "its first line does not tell what was exported, as that of an export does"


def _at_the_end(found: Checked, kept: Mapping[int, Collection[str]]) -> tuple[int | None, str]:
    """Say what is missing or too much, and count entries that are left out at the end."""
    reached = 0 if found.last is None else found.last.seq
    if found.end is None:
        return 0, NO_BEGINNING
    if reached > found.end.seq or found.heads.get(found.end.seq, found.end.hash) != found.end.hash:
        return reached, "the log ended elsewhere, by the first line"
    if missing := [seq for seq in kept if seq not in found.heads and seq != 0]:
        return min(missing), "the head kept elsewhere is not in the file; an export with --proof reaches the log's"
    found.gaps += reached < found.end.seq
    return None, ""


def _check(found: Checked, row: Json, kept: Mapping[int, Collection[str]]) -> str:
    if found.end is None:
        return NO_BEGINNING
    proof, seq = row["proof"], int(row["seq"])
    hashed = sha256(f"{proof['previous']}\n{proof['content']}".encode()).hexdigest()
    content = json.loads(proof["content"])
    last = found.last
    if last is not None and seq <= last.seq:
        return "it stands twice, or in the wrong place"
    if hashed != proof["hash"] or content[0] != seq:
        return "its content was changed"
    if last is not None and seq == last.seq + 1 and proof["previous"] != last.hash:
        return "it does not follow the entry before it"
    if any(one != hashed for one in kept.get(seq, ())):
        return "its hash differs from the head kept elsewhere"
    if row["what"] == "entry" and (wrong := _shown(row, content)):
        return wrong
    found.gaps += seq != (0 if last is None else last.seq) + 1
    found.entries += row["what"] == "entry"
    found.last, found.heads[seq] = Head(seq, hashed), hashed
    return ""


def _shown(row: Json, content: list[Any]) -> str:
    """Check that what people read is what was hashed."""
    _, at, run, _, kind, about, commitment = content
    if (row["at"], row["run"] or "", row["kind"], row["about"]) != (at, run, kind, about):
        return "what it shows is not what was hashed"
    proof = row["proof"]
    if commitment is None or row["erased"]:
        return "" if row["values"] is None else "values were added to it"
    if sha256(f"{proof['salt']}\n{proof['values']}".encode()).hexdigest() != commitment:
        return "its values were changed"
    return "" if json.loads(proof["values"]) == row["values"] else "the values that it shows are not its own"


def as_lines(rows: Iterable[Json]) -> Iterator[str]:
    """Write rows as JSON lines."""
    return (json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
