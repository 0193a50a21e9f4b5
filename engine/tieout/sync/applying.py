"""Apply a saved plan: batch by batch, each with a fresh read before, a journal entry, and its answer settled.

Nothing outside the plan is sent. Each operation ends in exactly one way, and the plan remembers which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import Connection as Tx

from tieout.errors import ConnectionFault
from tieout.model import Verb
from tieout.store import links, plans
from tieout.store.instants import unstamp
from tieout.store.plans import Stored
from tieout.sync.annotating import annotate
from tieout.sync.codec import planned
from tieout.sync.commit import Commit, committing
from tieout.sync.faults import Faults, note, stopping
from tieout.sync.observe import Observed, look_at, observe, read_for_rounding, read_tables
from tieout.sync.parting import one_end
from tieout.sync.rechecking import Recheck
from tieout.sync.rights import Lacking, lacking
from tieout.sync.run import Endpoint, Joined, Run
from tieout.sync.saved_links import link_of, outdated
from tieout.sync.sending import Prepared, send
from tieout.sync.ways import is_way_out
from tieout.sync.words import INTERNAL, Ending, Image, Kind, Planned

WRITTEN = frozenset({Ending.DONE, Ending.STORED_DIFFERENTLY})
UNREAD = (Ending.STALE, "the target could not be read to its end just before: a partner may have appeared")
CHUNK = 200
"""Operations read from the plan, and internal ones committed, at a time."""


@dataclass(slots=True)
class Applying:
    """How the operations of a plan ended."""

    endings: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(verb, end) -> count."""
    by_mapping: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(mapping, verb, end) -> count."""
    failures: list[tuple[Planned, Ending, str]] = field(default_factory=list)
    """Operations that need somebody: failed, not stored, unsure."""
    left: list[tuple[Planned, Ending, str]] = field(default_factory=list)
    """Operations that were not sent: stale, blocked."""
    warned: list[tuple[Planned, Ending, str]] = field(default_factory=list)
    """Operations that were carried out, with what the system says of them, or with the note that failed."""
    faults: Faults = field(default_factory=dict)
    """Connection, or one object of it -> what stopped it."""
    lacking: dict[str, Lacking] = field(default_factory=dict)
    """Connection -> the rights that its login lacks for what was planned; nothing of that was sent."""
    waited: list[timedelta] = field(default_factory=list)
    """How long each change since the run before had to wait: from when its record was changed to its write."""

    def end(self, operation: Planned, ending: Ending, detail: str) -> None:
        """Count one operation."""
        self.endings[str(operation.kind), str(ending)] += 1
        self.by_mapping[operation.mapping, str(operation.kind), str(ending)] += 1
        if ending in {Ending.FAILED, Ending.NOT_STORED, Ending.UNSURE, Ending.HELD}:
            self.failures.append((operation, ending, detail))
        elif ending in {Ending.STALE, Ending.BLOCKED}:
            self.left.append((operation, ending, detail))
        elif ending is Ending.DONE and detail:
            self.warned.append((operation, ending, detail))


def apply(run: Run, digest: str, applying: Applying) -> None:
    """Apply every operation of a plan that has not ended yet, in order; `applying` grows as they end."""
    after = (-1, -1)
    with run.database.read() as tx:
        saved = plans.made_by(tx, digest) != run.id
    read: set[int] = set()
    while True:
        with run.database.read() as tx:
            chunk = plans.operations(tx, digest, open_only=True, after=after, most=CHUNK)
        if not chunk:
            return
        after = (chunk[-1].phase, chunk[-1].seq)
        for group in _groups(chunk):
            run.renew()
            joined = run.mapping(group[0].mapping)
            if joined is None or joined.pair != group[0].pair:
                continue  # its mapping does not run now: the operations stay open
            if stopping(applying.faults, joined.needs):
                continue
            if saved:
                beside = _read_beside(run, joined, read, applying)
                if beside is None:
                    continue
                run = beside
            _Group(run, joined, digest, applying, saved=saved).apply(group)
            run.tick(f"{joined.mapping.name}: {sum(applying.endings.values())} applied")


def _read_beside(run: Run, joined: Joined, read: set[int], applying: Applying) -> Run | None:
    """Read once what a mapping picks among, and the members of its roll-ups: they may have moved since the plan.

    Gives the run that knows which of these readings broke off; None: one of them could not be made.
    """
    for endpoint in _beside(joined):
        if endpoint.number in read:
            continue
        try:
            whole = observe(run, endpoint).whole
        except ConnectionFault as fault:
            note(applying.faults, fault, endpoint.peer.name)
            return None
        read.add(endpoint.number)
        run = run if whole else replace(run, short=run.short | {endpoint.number})
    return run


def _beside(joined: Joined) -> Iterator[Endpoint]:
    sides = [side.name for side in joined.mapping.sides]
    named = {pick.source for pick in joined.mapping.picks if pick.source is not None}
    named |= {(rollup.side, rollup.object) for rollup in joined.mapping.rollups if rollup.by is not None}
    yield from (joined.sources[source] for source in sorted(named))
    over = {1 - sides.index(rollup.side) for rollup in joined.mapping.rollups if rollup.by is None}
    yield from (joined.ends[end] for end in sorted(over))


def _groups(chunk: Sequence[Stored]) -> Iterator[list[Stored]]:
    """Cut a chunk into runs of one mapping, end and verb."""
    group: list[Stored] = []
    for row in chunk:
        if group and (row.phase, row.pair, row.end, row.verb) != (
            group[0].phase,
            group[0].pair,
            group[0].end,
            group[0].verb,
        ):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


@dataclass(slots=True)
class _Group:
    run: Run
    joined: Joined
    digest: str
    applying: Applying
    saved: bool
    """The plan was made by an earlier run."""
    changed: dict[str, str] = field(default_factory=dict)
    """Source record -> the stamp of its last change."""

    def apply(self, rows: Sequence[Stored]) -> None:
        """Apply operations of one kind on one end."""
        operations = {row.seq: _planned(row) for row in rows}
        kind = Kind(rows[0].verb)
        if kind in INTERNAL:
            self._internal(operations)
            return
        target = self.joined.ends[rows[0].end]
        operations = self._allowed(operations, target)
        size = target.type.verbs.get(Verb(str(kind)), 1)
        seqs = list(operations)
        for start in range(0, len(seqs), size):
            self.run.renew()
            self._batch({seq: operations[seq] for seq in seqs[start : start + size]}, kind, target)

    def _allowed(self, operations: Mapping[int, Planned], target: Endpoint) -> dict[int, Planned]:
        """Give what the login may carry out; the rest stays open, and is no record's fault."""
        allowed: dict[int, Planned] = {}
        for seq, operation in operations.items():
            rights = lacking(operation, target.type)
            if rights:
                found = self.applying.lacking.setdefault(target.peer.name, Lacking())
                found.add(operation, rights, target.type.grant)
            else:
                allowed[seq] = operation
        return allowed

    def _end(self, tx: Tx, ends: Mapping[int, tuple[Planned, Ending, str]]) -> None:
        plans.end_operations(tx, self.digest, {seq: (str(end), text) for seq, (_, end, text) in ends.items()})
        for operation, ending, text in ends.values():
            self.applying.end(operation, ending, text)

    # --- our own state only -------------------------------------------------------------------------------------------

    def _internal(self, operations: Mapping[int, Planned]) -> None:
        with committing(self.run, self.joined) as commit:
            stale = outdated(self.run, self.joined, commit.tx, operations) if self.saved else {}
            self._end(commit.tx, {seq: (operations[seq], Ending.STALE, why) for seq, why in stale.items()})
            operations = {seq: operation for seq, operation in operations.items() if seq not in stale}
            if not operations:
                return
            if next(iter(operations.values())).kind is Kind.LINK:
                wanted = [
                    (one, (one.record or "", one.source), {**one.evidence, "run": self.run.id})
                    for one in operations.values()
                ]
                made = commit.link(wanted)
                taken = (Ending.STALE, "one of them has another partner now")
                found = [(Ending.DONE, "") if row is not None else taken for row in made]
            else:
                found = [self._own(commit, operation) for operation in operations.values()]
            ended = zip(operations.items(), found, strict=True)
            self._end(commit.tx, {seq: (operation, *how) for (seq, operation), how in ended})

    def _own(self, commit: Commit, operation: Planned) -> tuple[Ending, str]:
        link = link_of(commit.tx, self.joined, operation)
        if link is None or link.state != "active":
            return Ending.STALE, "its link has ended meanwhile"
        if operation.kind is Kind.AGREE:
            commit.agree(link, operation)
        elif operation.kind is Kind.END:
            commit.close(link.id, operation.why, operation.before)
            commit.pin(operation)
        elif operation.kind is Kind.HOLD_AGAIN:
            commit.hold_again(link, operation)
        else:
            kept = operation.evidence.get("merge")
            first, second = [str(id_) for id_ in kept] if isinstance(kept, list) else (link.first, link.second)
            if _taken(commit.tx, self.joined, link, first, second):
                return Ending.STALE, "the record that it was merged into has a partner meanwhile"
            commit.follow(link.id, first, second)
        return Ending.DONE, ""

    # --- writes -----------------------------------------------------------------------------------------------------

    def _batch(self, operations: Mapping[int, Planned], kind: Kind, target: Endpoint) -> None:
        try:
            source = self.joined.ends[1 - next(iter(operations.values())).end]
            ready = self._ready(operations, kind, target, source)
            if ready:
                ends = send(self.run, self.joined, kind, list(ready.values()))
                by_seq = {seq: (prepared.operation, *ends[prepared.operation.key])
                          for seq, prepared in ready.items() if prepared.operation.key in ends}  # fmt: skip
                with self.run.database.write(epoch=self.run.epoch) as tx:
                    self._end(tx, by_seq)
                self._wait(by_seq.values())
                self._annotate(by_seq)
        except ConnectionFault as fault:
            note(self.applying.faults, fault, target.peer.name)

    def _wait(self, ended: Iterable[tuple[Planned, Ending, str]]) -> None:
        now, before = self.run.now(), self.run.before
        for operation, ending, _ in ended:
            stamp = self.changed.get(operation.source) if ending in WRITTEN else None
            grain = self.joined.ends[1 - operation.end].type.grain
            if stamp is not None and (before is None or unstamp(stamp) + grain > before):
                self.applying.waited.append(max(now - unstamp(stamp), timedelta()))

    def _annotate(self, ended: Mapping[int, tuple[Planned, Ending, str]]) -> None:
        done = {operation.key: seq for seq, (operation, ending, _) in ended.items() if ending in WRITTEN}
        noted = annotate(self.run, self.joined, [ended[seq][0] for seq in done.values()])
        self.applying.warned += [(*ended[done[key]][:2], text) for key, text in noted.failed.items()]
        warnings = {**noted.failed, **noted.untried}
        if warnings:
            told = {done[key]: (str(ended[done[key]][1]), text) for key, text in warnings.items()}
            with self.run.database.write(epoch=self.run.epoch) as tx:
                plans.end_operations(tx, self.digest, told)

    def _ready(
        self, operations: Mapping[int, Planned], kind: Kind, target: Endpoint, source: Endpoint
    ) -> dict[int, Prepared]:
        """Read both partners afresh, decide again, and give what is still so (the cornerstone); end the rest."""
        sources = look_at(self.run, source, [operation.source for operation in operations.values()])
        self.changed |= {id_: image.stamp for id_, image in sources.items() if image.stamp is not None}
        targets: dict[str, Image] = {}
        reading = Observed(frozenset(), whole=True)
        if kind is Kind.CREATE:
            reading = observe(self.run, target)
        else:
            targets = look_at(self.run, target, [operation.record or "" for operation in operations.values()])
        side = self.joined.mapping.sides[next(iter(operations.values())).end]
        charts, planned_ = self.run.charts, operations.values()
        lacking = dict.fromkeys([*charts.lacking(side, planned_), *charts.lacking_items(side, planned_, self.digest)])
        if lacking:
            read_tables(self.run, target.peer, list(lacking))
        read_for_rounding(self.run, self.joined)
        ready: dict[int, Prepared] = {}
        ended: dict[int, tuple[Planned, Ending, str]] = {}
        with self.run.database.write(epoch=self.run.epoch) as tx:
            recheck = Recheck(self.run, self.joined, tx, list(operations.values()), sources)
            for seq, operation in operations.items():
                verdict = recheck.one(operation, targets.get(operation.record or "")) if reading.whole else UNREAD
                if isinstance(verdict, Prepared):
                    ready[seq] = verdict
                else:
                    ended[seq] = (operation, *verdict)
            self._end(tx, ended)
        self._forget(operation for operation, _, _ in ended.values())
        return ready

    def _forget(self, ended: Iterable[Planned]) -> None:
        """A way out that was not taken because something moved is asked for anew, not taken once it moves back."""
        ways = [operation for operation in ended if operation.link is not None and is_way_out(operation)]
        if ways:
            with committing(self.run, self.joined) as commit:
                for operation in ways:
                    commit.use_up(operation)


def _taken(tx: Tx, joined: Joined, link: links.LinkRow, first: str, second: str) -> bool:
    """Say whether another link has one of these two: two losers of one merge cannot both follow it."""
    one = one_end(joined.mapping)
    return any(
        row.id != link.id and (end != one or row.part == link.part)
        for end, id_ in ((0, first), (1, second))
        for row in links.active(tx, link.pair, end, [id_], children=False)
    )


def _planned(row: Stored) -> Planned:
    return planned(row.verb, row.mapping, row.pair, row.end, row.record, row.source, row.phase, row.body)
