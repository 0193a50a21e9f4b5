"""The audit trail: a hash chain in which every entry commits to its values, so that values can be erased later.

    commitment = sha256(salt, canonical JSON of the values)           none without values
    hash       = sha256(previous hash, canonical JSON of [seq, at, run, epoch, kind, payload, commitment])

Whoever keeps a head (seq and hash) outside the database finds any change before it. Within the database the chain
finds changes, gaps and swaps; a cut end is found by an external head alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, bindparam, insert, select, update

from tieout.store.database import surroundings
from tieout.store.instants import stamp
from tieout.store.statements import Statement
from tieout.store.tables import audit, audit_value
from tieout.values import dumps

if TYPE_CHECKING:
    from sqlalchemy import Row

    from tieout.model import Value

NOTHING = "0" * 64
"""The hash before the first entry."""
STREAMED = 1000
"""Rows held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded. `payload`: ids and codes, never a value; `values`: what may have to be erased.

    Both hold values of the engine, as `tieout.values.dumps` writes them, and whole numbers.
    """

    run: str
    epoch: int
    kind: str
    payload: Mapping[str, object]
    values: Mapping[str, object] | None = None


Tell = Callable[[str, Mapping[str, object], Mapping[str, object] | None], object]
"""(kind, payload, values): hears of a change that the trail must hold, within the transaction that makes it."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain; (0, NOTHING) before the first entry."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found: `broken` is the first entry that does not fit, and `reason` why.

    `entries`: that hold; of a broken chain those before the first that does not fit.
    """

    entries: int
    erased: int
    head: Head
    broken: int | None = None
    reason: str = ""

    @property
    def ok(self) -> bool:
        """True if every entry fits."""
        return self.broken is None


def append(
    tx: Connection,
    *,
    run: str,
    epoch: int,
    kind: str,
    payload: Mapping[str, object],
    values: Mapping[str, object] | None = None,
) -> int:
    """Record one entry and give its number."""
    return append_many(tx, [Entry(run, epoch, kind, payload, values)])[0]


def tell(tx: Connection, kind: str, payload: Mapping[str, object], values: Mapping[str, object] | None) -> None:
    """Record what a person did outside any run (a `Tell`, once it has its transaction)."""
    append(tx, run="", epoch=0, kind=kind, payload=payload, values=values)


def append_many(tx: Connection, entries: Sequence[Entry]) -> range:
    """Record entries in order, in two statements, and give their numbers."""
    if not entries:
        return range(0)
    around = surroundings(tx)
    last, at = head(tx), stamp(around.now())
    previous, first = last.hash, last.seq + 1
    rows: list[dict[str, object]] = []
    kept: list[dict[str, object]] = []
    for seq, entry in enumerate(entries, first):
        commitment = None
        if entry.values is not None:
            salt, value = around.salt(), dumps(cast("Value", entry.values))
            commitment = _commitment(salt, value)
            kept.append({"seq": seq, "salt": salt, "value": value})
        payload = dumps(cast("Value", entry.payload))
        hashed = _hash(previous, seq, at, entry.run, entry.epoch, entry.kind, payload, commitment)
        rows.append(
            {
                "seq": seq,
                "previous": previous,
                "hash": hashed,
                "at": at,
                "run": entry.run,
                "epoch": entry.epoch,
                "kind": entry.kind,
                "payload": payload,
                "commitment": commitment,
            }
        )
        previous = hashed
    _INSERT.each(tx, rows)
    _INSERT_VALUE.each(tx, kept)
    return range(first, first + len(rows))


def head(tx: Connection) -> Head:
    """Give the end of the chain: what to keep elsewhere."""
    found = _HEAD.first(tx)
    return Head(0, NOTHING) if found is None else Head(found.seq, found.hash)


def erase(tx: Connection, seqs: Iterable[int], *, who: str, about: Mapping[str, object] | None = None) -> int:
    """Forget the values of these entries, and the salts that would let them be guessed; give how many had some.

    The erasure is an entry itself, which names the entries, the person who asked, and what it was `about` (ids).
    """
    erased = [seq for seq in seqs if tx.execute(_ERASE, {"entry": seq}).rowcount]
    tell(tx, "erase", {**(about or {}), "entries": erased, "who": who}, None)
    return len(erased)


def verify(tx: Connection, *, against: Iterable[Head] = ()) -> Verdict:
    """Check the whole chain in one stream, values against their commitments, and heads that were kept elsewhere."""
    kept: dict[int, set[str]] = {}
    for one in against:
        kept.setdefault(one.seq, set()).add(one.hash)
    entries = erased = 0
    unexplained: dict[int, None] = {}
    previous = Head(0, NOTHING)
    reason = _differs(previous, kept)
    for row in tx.execute(_ALL, execution_options={"yield_per": STREAMED}):
        if reason := reason or _wrong(row, previous):
            return Verdict(entries, erased, previous, previous.seq + 1, reason)
        entries += 1
        if row.commitment is not None and row.value is None:
            erased += 1
            unexplained[row.seq] = None
        elif row.kind == "erase":
            _explain(unexplained, row.payload)
        previous = Head(row.seq, row.hash)
        if reason := _differs(previous, kept):
            return Verdict(entries - 1, erased, previous, previous.seq, reason)
    if max(kept, default=0) > previous.seq:
        reason = f"the chain ends here, but the head kept elsewhere is entry {max(kept)}"
        return Verdict(entries, erased, previous, previous.seq + 1, reason)
    if unexplained:
        first = min(unexplained)
        return Verdict(first - 1, erased, previous, first, "its values were erased, and no entry says so")
    return Verdict(entries, erased, previous)


def _explain(unexplained: dict[int, None], payload: str) -> None:
    named = json.loads(payload)["entries"]
    for seq in named:
        unexplained.pop(int(seq), None)


def _differs(reached: Head, kept: Mapping[int, set[str]]) -> str:
    if kept.get(reached.seq, {reached.hash}) == {reached.hash}:
        return ""
    return "its hash differs from the head kept elsewhere: the chain was rewritten"


def _wrong(row: Row[tuple[object, ...]], previous: Head) -> str:
    if row.seq != previous.seq + 1:
        return "it is missing"
    if row.previous != previous.hash:
        return "it does not follow the entry before it"
    content = _hash(row.previous, row.seq, row.at, row.run, row.epoch, row.kind, row.payload, row.commitment)
    if row.hash != content:
        return "its content was changed"
    return _wrong_values(row)


def _wrong_values(row: Row[tuple[object, ...]]) -> str:
    if row.kept is None:
        return "" if row.commitment is None else "its values were removed without being erased"
    if row.commitment is None:
        return "values were added to it"
    if row.value is None and row.salt is None:
        return ""
    if row.value is None or row.salt is None or _commitment(row.salt, row.value) != row.commitment:
        return "its values were changed"
    return ""


def _commitment(salt: str, value: str) -> str:
    return sha256(f"{salt}\n{value}".encode()).hexdigest()


def _hash(  # the parts of one entry, in the order in which they are hashed
    previous: str, seq: int, at: str, run: str, epoch: int, kind: str, payload: str, commitment: str | None
) -> str:
    content = content_of(seq, at, run, epoch, kind, payload, commitment)
    return sha256(f"{previous}\n{content}".encode()).hexdigest()


def content_of(  # as above
    seq: int, at: str, run: str, epoch: int, kind: str, payload: str, commitment: str | None
) -> str:
    """Give the text of an entry that is hashed, after the hash before it and a line break."""
    # `payload` is canonical JSON already: taken as it stands, so that a change of its form is found too.
    before = ",".join((str(seq), _QUOTED(at), _QUOTED(run), str(epoch), _QUOTED(kind)))
    after = "null" if commitment is None else f'"{commitment}"'
    return f"[{before},{payload},{after}]"


_QUOTED = json.encoder.encode_basestring
_INSERT = Statement(insert(audit))
_INSERT_VALUE = Statement(insert(audit_value))
_HEAD = Statement(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1))
_ERASE = (
    update(audit_value)
    .where(audit_value.c.seq == bindparam("entry"), audit_value.c.value.is_not(None))
    .values(value=None, salt=None)
)
_ALL = (
    select(audit, audit_value.c.seq.label("kept"), audit_value.c.salt, audit_value.c.value)
    .outerjoin(audit_value, audit_value.c.seq == audit.c.seq)
    .order_by(audit.c.seq)
)
