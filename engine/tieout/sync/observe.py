"""Observe: bring the mirror of an endpoint up to date, page by page, each page in one transaction with its cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection as Tx

from tieout.errors import CursorExpired, UnknownObject
from tieout.model import Archived, Gone, Merged, Observation, Page, Present, Query, Unknown, Value
from tieout.store import audit, mirror
from tieout.store.database import stamp
from tieout.store.mirror import Seen
from tieout.sync.faults import asking
from tieout.sync.following import follow
from tieout.sync.run import Endpoint, Joined, Peer, Run
from tieout.sync.wire import asked, overlaid, tree
from tieout.sync.words import Image, State
from tieout.values import digest, dumps, loads_object

LAG = timedelta(hours=1)
"""No replica of a system is further behind: a full read believes an older stamp than one that is longer ago."""
STATES = {Present: State.PRESENT, Archived: State.ARCHIVED}


@dataclass(frozen=True, slots=True)
class Absorbed:
    """What observations came to: `moved`, records that are news; `doubtful`, records that must be fetched to tell."""

    moved: Sequence[str]
    doubtful: Sequence[str]


@dataclass(frozen=True, slots=True)
class Observed:
    """What a reading of changes came to."""

    news: AbstractSet[str]
    """Records that are news to the mirror."""
    whole: bool
    """It ended at a resting point: what it did not show was not there. Else it proves no absence (law 6)."""


def observe(run: Run, endpoint: Endpoint, *, full: bool = False) -> Observed:
    """Read what changed, or everything if `full`, if the mappings need more paths than before, or on the first time."""
    with run.database.read() as tx:
        mark = mirror.mark(tx, endpoint.number)
    since = mark.cursor if not full and endpoint.type.incremental and endpoint.paths <= mark.paths else None
    with asking(endpoint.peer.name, endpoint.type.name):
        try:
            return _read(run, endpoint, since)
        except CursorExpired:
            run.log.info("cursor expired, reading everything", object=endpoint.type.name)
            return _read(run, endpoint, None)


def _read(run: Run, endpoint: Endpoint, since: Mapping[str, str] | None) -> Observed:
    query = Query(endpoint.type, endpoint.paths, since)
    listing = since is None or not endpoint.type.incremental
    if listing:
        with run.database.write(epoch=run.epoch) as tx:
            mirror.start_listing(tx, endpoint.number)
    count, news, whole = 0, set[str](), True
    for page in endpoint.peer.connection.changes(query):
        absorbed = _page(run, endpoint, page, listing=listing)
        if absorbed.doubtful:
            look_at(run, endpoint, absorbed.doubtful)
        news.update(absorbed.moved, absorbed.doubtful)
        count += len(page.observations)
        whole = page.complete or page.cursor is not None
        run.tick(f"{endpoint.peer.name} {endpoint.type.name}: {count} read")
        if page.complete and listing:
            _confirm_missing(run, endpoint)
            with run.database.write(epoch=run.epoch) as tx:
                mirror.set_mark(tx, endpoint.number, None, endpoint.paths, stamp(run.now()))
    run.log.info(
        "observed", connection=endpoint.peer.name, object=endpoint.type.name, records=count, full=since is None
    )
    return Observed(news, whole)


def _page(run: Run, endpoint: Endpoint, page: Page, *, listing: bool) -> Absorbed:
    sure = stamp(run.now() - LAG) if listing else None
    with run.database.write(epoch=run.epoch) as tx:
        absorbed = absorb(tx, endpoint, page.observations, sure=sure)
        if listing:
            mirror.note_listed(tx, endpoint.number, dict.fromkeys(seen.id for seen in page.observations))
        if page.cursor is not None:
            mirror.set_mark(tx, endpoint.number, page.cursor, endpoint.paths, None)
        if page.observations:
            _tell_read(tx, run, endpoint, {"records": len(page.observations), "whole": listing})
    return absorbed


def _tell_read(tx: Tx, run: Run, endpoint: Endpoint, scope: Mapping[str, object]) -> None:
    """Have the audit log hold what was read: pages by their object, single records by their ids."""
    where = {"endpoint": endpoint.number, "connection": endpoint.peer.name, "object": endpoint.type.name}
    audit.append_many(tx, [audit.Entry(run.id, run.epoch, "read", {**where, **scope})])


def _confirm_missing(run: Run, endpoint: Endpoint) -> None:
    """A live record that the complete listing did not show is fetched: absence needs proof (law 6)."""
    with run.database.read() as tx:
        ids = mirror.missing(tx, endpoint.number, mirror.CHUNK)
    while ids:
        look_at(run, endpoint, ids)
        with run.database.write(epoch=run.epoch) as tx:
            mirror.note_listed(tx, endpoint.number, ids)
        with run.database.read() as tx:
            ids = mirror.missing(tx, endpoint.number, mirror.CHUNK)


def look_at(run: Run, endpoint: Endpoint, ids: Sequence[str], *, own: bool = False) -> dict[str, Image]:
    """Fetch records and give what is known of them afterwards; `own`: directly after a write of ours."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return {}
    with asking(endpoint.peer.name, endpoint.type.name):
        found = list(endpoint.peer.connection.fetch(Query(endpoint.type, endpoint.paths), wanted))
    with run.database.write(epoch=run.epoch) as tx:
        absorb(tx, endpoint, found, fetched=True, own=own)
        _tell_read(tx, run, endpoint, {"ids": wanted})
        return {id_: as_image(seen) for id_, seen in mirror.seen(tx, endpoint.number, wanted).items()}


def read_tables(run: Run, peer: Peer, objects: Sequence[str]) -> None:
    """Read an organisation's own tables, which its documents rest on, each completely. Raises ConnectionFault."""
    run.log.info("reading tables", connection=peer.name, objects=list(objects))
    try:
        tables = {name: whole_table(peer, name) for name in objects}
    except UnknownObject:
        run.charts.keep(peer.name, peer.adapter, None)
        return
    run.charts.keep(peer.name, peer.adapter, tables)


def read_for_rounding(run: Run, joined: Joined) -> None:
    """Read the tables that a mapping's rounding lines need, once in a run. Raises ConnectionFault."""
    for end, endpoint in enumerate(joined.ends):
        lacking = run.charts.lacking_for_rounding(joined.mapping, end)
        if lacking:
            read_tables(run, endpoint.peer, lacking)


def whole_table(peer: Peer, object_: str) -> list[Mapping[str, Value]]:
    """Read one object completely, past the mirror. Raises UnknownObject, ConnectionFault."""
    type_ = peer.connection.describe(object_)
    paths = frozenset(path for path, field in type_.fields.items() if field.readable)
    rows: dict[str, Mapping[str, Value]] = {}
    for page in peer.connection.changes(Query(type_, paths)):
        for seen in page.observations:
            rows.pop(seen.id, None)
            if isinstance(seen, Present):
                rows[seen.id] = asked(seen.record, tree(paths))
    return list(rows.values())


def as_image(seen: Seen) -> Image:
    """Give a row of the mirror as the pure part sees it."""
    return Image(
        seen.id,
        State(seen.state),
        seen.fields,
        seen.into,
        seen.lock,
        seen.stamp,
        seen.by,
        seen.version,
        seen.marker,
        seen.revived,
        seen.firsts or {},
    )


# --- one page into the mirror -------------------------------------------------------------------------------------


def absorb(
    tx: Tx, endpoint: Endpoint, observations: Iterable[Observation], *, fetched: bool = False, own: bool = False,
    sure: str | None = None,
) -> Absorbed:  # fmt: skip
    """Write observations to the mirror and have the pairs look at what changed.

    An older stamp than the mirror's is a stale replica and is skipped: never back behind our own write. Where the
    mirror's is older than `sure` no replica can be behind it: the record's own stamp went back, as on a clock that was
    set back, in the hour that a zone has twice, or in a record restored from a copy. An equal stamp
    with other values of tracked fields is doubtful, unless it was `fetched` by id. `own`: the values are what a write
    of ours left, so they are no sign of a person's edit, and paths that they lack stay unknown.
    """
    latest = {seen.id: seen for seen in observations}
    known = mirror.digests(tx, endpoint.number, list(latest))
    rows: list[dict[str, object]] = []
    doubtful: list[str] = []
    changed: list[Observation] = []
    for id_, seen in latest.items():
        before = known.get(id_)
        if before is not None and _stale(seen, before[1], sure):
            continue
        if isinstance(seen, Present) and before is not None and not fetched:
            row = _row(endpoint, seen, None, own=own)
            if (row["digest"], row["stamp"]) == before[:2]:
                continue
        changed.append(seen)
    old = mirror.seen(tx, endpoint.number, [seen.id for seen in changed if seen.id in known])
    for seen in changed:
        before_ = old.get(seen.id)
        row = _row(endpoint, seen, before_, own=own)
        if not fetched and before_ is not None and _doubtful(endpoint, row, before_):
            doubtful.append(seen.id)
            continue
        rows.append(row)  # with the same values too: its version and author are what the next write goes by
    mirror.keep(tx, rows)
    moved = [str(row["id"]) for row in rows if row["id"] not in known or row["digest"] != known[str(row["id"])][0]]
    mirror.mark_due(tx, mirror.pairs_of(tx, endpoint.number), moved)
    then = {id_: seen.fields for id_, seen in old.items()}
    follow(tx, endpoint.number, {str(row["id"]): str(row["fields"]) for row in rows}, moved, then)
    return Absorbed(moved, doubtful)


def lay_answers(tx: Tx, endpoint: Endpoint, answers: Sequence[Present | Archived | Gone]) -> list[Image]:
    """Lay answers, which may hold fewer paths, over what the mirror has; give what the answers themselves show."""
    old = mirror.seen(tx, endpoint.number, [now.id for now in answers])
    observations: list[Observation] = []
    images: list[Image] = []
    for now in answers:
        if isinstance(now, Gone):
            observations.append(now)
            images.append(Image(now.id, State.GONE, {}))
            continue
        shown = asked(now.record, endpoint.tree, complete=False)
        before = old.get(now.id)
        observations.append(replace(now, record=overlaid({} if before is None else before.fields, shown)))
        images.append(Image(now.id, STATES[type(now)], shown, by=now.by, marker=now.key))
    absorb(tx, endpoint, observations, fetched=True, own=True)
    return images


def _stale(seen: Observation, kept: str | None, sure: str | None) -> bool:
    modified = seen.modified if isinstance(seen, Present) else seen.at if isinstance(seen, Gone) else None
    return modified is not None and kept is not None and stamp(modified) < kept and (sure is None or kept >= sure)


def _row(endpoint: Endpoint, seen: Observation, before: Seen | None, *, own: bool) -> dict[str, object]:
    fields: Mapping[str, Value] = before.fields if before is not None else {}
    marker, version, by, lock, at = (None,) * 5 if before is None else _kept(before)
    into: str | None = None
    match seen:
        case Present():
            state = STATES[type(seen)]
            fields = asked(seen.record, endpoint.tree, complete=not own)
            at = None if seen.modified is None else stamp(seen.modified)
            marker, version, by, lock = seen.key, seen.version, seen.by, mirror.lock_text(seen.lock)
        case Merged(into=winner):
            state, into = State.MERGED, winner
        case Gone(at=moment):
            state = State.GONE
            at = at if moment is None else stamp(moment)
        case Unknown():
            state = State.UNKNOWN
    text = dumps(dict(fields))
    ours = own or (_by_us(endpoint, by) and (before is not None or marker is not None))
    revived = before is not None and state in {State.PRESENT, State.ARCHIVED} and before.state == State.GONE
    return {
        "endpoint": endpoint.number,
        "id": seen.id,
        "state": str(state),
        "into": into,
        "marker": marker,
        "stamp": at,
        "version": version,
        "by": by,
        "lock": lock,
        "fields": text,
        "digest": digest(f"{state}\n{into}\n{lock}\n{marker}\n{text}"),
        "firsts": dumps(_firsts(endpoint, fields, before, at, own=ours)) if endpoint.newest else "{}",
        "revived": int(revived or (before is not None and before.revived)),
    }


def _by_us(endpoint: Endpoint, by: str | None) -> bool:
    """Say whether a record was changed last by our user: a write whose answer was lost may take effect at any time.

    A record seen for the first time, and not made by us, was never written by us: its user loaded it otherwise.
    """
    return by is not None and by == endpoint.peer.organisation.user


def _kept(before: Seen) -> tuple[str | None, str | None, str | None, str | None, str | None]:
    return before.marker, before.version, before.by, mirror.lock_text(before.lock), before.stamp


def _doubtful(endpoint: Endpoint, row: Mapping[str, object], before: Seen) -> bool:
    """Equal stamps, other values: which one is newer cannot be told, unless only untracked fields differ.

    What the mirror does not have, since the answer to a write left it out, is news.
    """
    if row["stamp"] is None or row["stamp"] != before.stamp or row["state"] == State.UNKNOWN:
        return False
    if row["state"] != before.state:
        return True
    text = dumps(_tracked(endpoint, before.fields))
    return text != dumps(_tracked(endpoint, _beside(loads_object(str(row["fields"])), before.fields)))


def _beside(now: Mapping[str, Value], then: Mapping[str, Value]) -> dict[str, Value]:
    """Cut a record to the names that another one has."""
    both: dict[str, Value] = {}
    for name, value in then.items():
        found = now.get(name)
        nested = isinstance(value, Mapping) and isinstance(found, Mapping)
        both[name] = _beside(found, value) if nested else found  # type: ignore[arg-type]  # both are mappings
    return both


def _tracked(endpoint: Endpoint, fields: Mapping[str, Value], prefix: str = "") -> dict[str, Value]:
    kept: dict[str, Value] = {}
    for name, value in fields.items():
        described = endpoint.type.fields.get(prefix + name)
        if described is not None and not described.tracked:
            continue
        kept[name] = _tracked(endpoint, value, f"{prefix}{name}.") if isinstance(value, Mapping) else value
    return kept


def _firsts(
    endpoint: Endpoint, fields: Mapping[str, Value], before: Seen | None, at: str | None, *, own: bool
) -> dict[str, Value]:
    firsts: dict[str, Value] = dict(before.firsts or {}) if before is not None else {}
    for path in endpoint.newest:
        now, then = _at(fields, path), _at(before.fields, path) if before is not None else None
        if before is not None and now == then:
            continue
        if own or at is None:
            firsts.pop(path, None)
        else:
            firsts[path] = at
    return firsts


def _at(fields: Mapping[str, Value], path: str) -> Value:
    value: Value = fields
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def images(tx: Tx, endpoint: Endpoint, ids: Iterable[str]) -> dict[str, Image]:
    """Give the mirror's images of records."""
    return {id_: as_image(seen) for id_, seen in mirror.seen(tx, endpoint.number, ids).items()}
