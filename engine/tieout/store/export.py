"""The audit log in a file of its own: JSON lines that anybody can check with SHA-256 alone.

Each entry has a `proof`: its hash is that of `previous`, a line break and `content`; its commitment, which stands in
`content`, is that of `salt`, a line break and `values`. Entries that follow one another chain; `between` lines carry
the hashes of entries that are left out, without their values, so that the chain reaches the head.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
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
    """Places where entries are left out: there the chain cannot be followed."""
    last: Head | None = None
    broken: int | None = None
    reason: str = ""
    heads: dict[int, str] = field(default_factory=dict)


def check(rows: Iterable[str], against: Iterable[Head] = ()) -> Checked:
    """Check the lines of an export, and heads that were kept elsewhere, without any database."""
    found = Checked()
    kept = {head.seq: head.hash for head in against}
    for number, text in enumerate(rows, 1):
        try:
            row = json.loads(text)
            wrong = _check(found, row, kept) if row["what"] in {"entry", "between"} else ""
            seq = int(row.get("seq") or 0)
        except (ValueError, KeyError, TypeError, AttributeError):
            wrong, seq = f"line {number} is no line of an export", (found.last.seq + 1 if found.last else 0)
        if wrong:
            found.broken, found.reason = seq, wrong
            return found
    missing = [seq for seq in kept if seq not in found.heads and seq != 0]
    if missing:
        found.broken, found.reason = min(missing), "the head kept elsewhere is not in the file"
    return found


def _check(found: Checked, row: Json, kept: dict[int, str]) -> str:
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
    if kept.get(seq, hashed) != hashed:
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
