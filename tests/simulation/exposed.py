"""A connection to which everything happens: each call is a boundary, and answers may be lost, cut or late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from tieout.adapter import Connection
from tieout.errors import AnswerLost, BatchRefused, NotNow, Unreachable
from tieout.model import (
    Applied,
    Batch,
    Found,
    ObjectType,
    Observation,
    Operation,
    Organisation,
    Outcome,
    Page,
    Query,
    Verb,
)
from tieout.testing.memory_port import USER, MemoryConnection

from .process import Process
from .world import Call, World


class ExposedConnection(Connection):
    """One process's connection to one system."""

    def __init__(self, world: World, process: Process, end: int) -> None:
        self.world, self.process, self.end = world, process, end
        self.inner = MemoryConnection(world.systems[end])
        self.read: dict[str, int] = {}
        """Id -> length of the system's history when this process last read it, since the last listing or write."""

    @property
    def name(self) -> str:
        return self.inner.system.name

    def organisation(self) -> Organisation:
        return self.inner.organisation()

    def objects(self) -> Sequence[str]:
        return self.inner.objects()

    def describe(self, name: str) -> ObjectType:
        return self.inner.describe(name)

    def url(self, name: str, id: str) -> str | None:  # the port's name
        return self.inner.url(name, id)

    # --- reading --------------------------------------------------------------------------------------------------

    def changes(self, query: Query) -> Iterator[Page]:
        self.read.clear()
        self._before(f"changes {'all' if query.since is None else query.since['since'][11:19]}")
        first = "torn" in self.world.features and query.since is None
        cut = self._strikes(0.5 if first else self.world.profile.cut)
        for page in self.inner.changes(query):
            if cut and self.world.random.random() < 0.5:
                self.process.say(f"{self.name}: the listing breaks off")
                raise Unreachable(f"{self.name} does not answer")
            shown = replace(page, observations=page.observations[::2], cursor=None, complete=False) if cut else page
            self.process.say(f"{self.name}: page {[seen.id for seen in shown.observations]} {shown.complete}")
            yield shown
            if cut:
                return
            self.process.boundary()

    def fetch(self, query: Query, ids: Sequence[str]) -> Iterator[Observation]:
        self._before(f"fetch {list(ids)}")
        if self._strikes(0.01):
            raise Unreachable(f"{self.name} does not answer")
        found = list(self.inner.fetch(query, ids))
        self.read.update(dict.fromkeys(ids, len(self.inner.system.history)))
        self.process.boundary()
        yield from found

    # --- writing --------------------------------------------------------------------------------------------------

    def write(self, batch: Batch) -> Sequence[Outcome]:
        called = len(self.inner.system.history)
        shown = [f"{op.id or op.key} {dict(op.values)}" for op in batch.operations]
        self._before(f"{batch.verb} {shown}")
        self.process.permit()  # as the client does directly before it sends: a process may have been frozen
        self.world.tally.writes += len(batch.operations)
        read = dict(self.read)
        self.read.clear()
        strikes = self.world.chaos and self.world.faults
        fate = self.world.random.random() / self.world.profile.lossy if strikes else 1.0
        if fate < 0.02:
            raise NotNow(f"{self.name} is busy")
        if fate < 0.06:
            self._lost("before it arrived")
        if fate < 0.10:
            late = self.world.random.randrange(5, int(batch.type.horizon.total_seconds()) - 20)
            self.world.later(late, "a request arrives late", lambda: self._arrive(batch, read, called))
            self._lost("and it arrives later")
        try:
            outcomes = self._carry_out(batch, read, called)
        except BatchRefused:
            self.read = read  # nothing of it was done: its parts are written on what was read for the whole
            raise
        call = self.world.calls[self.end][-1]
        if fate < 0.18:
            self._lost("after it was done")
        self.process.boundary()
        call.heard = True
        return outcomes

    def find_created(self, batch: Batch) -> Sequence[Found]:
        self._before(f"find {[op.key for op in batch.operations]}")
        found = self.inner.find_created(batch)
        self.process.say(f"{self.name}: found {[type(one).__name__ for one in found]}")
        self.process.boundary()
        return found

    def _carry_out(self, batch: Batch, read: dict[str, int], called: int) -> Sequence[Outcome]:
        """Do it now; what was not read before counts as read when the call began: it is in flight since."""
        system, world = self.inner.system, self.world
        start = len(system.history)
        outcomes = self.inner.write(batch)
        orders: dict[str, Operation] = {}
        for operation, outcome in zip(batch.operations, outcomes, strict=True):
            if isinstance(outcome, Applied):
                orders[outcome.id] = operation
                if batch.verb is Verb.CREATE:
                    world.made[self.end][outcome.id] = operation.key
        for place in range(start, len(system.history)):
            change = system.history[place]
            if change.by == USER:
                world.windows[self.end][place] = read.get(change.id, called)
                world.orders[self.end][place] = orders[change.id].key
                world.spelt[self.end][place] = orders[change.id].values.get(change.path)
        reads = {id_: read.get(id_, called) for id_ in orders}
        world.calls[self.end].append(Call(reads, start, len(system.history)))
        return outcomes

    def _arrive(self, batch: Batch, read: dict[str, int], called: int) -> None:
        """Carry out a request of which nobody hears any more; what is refused now is just not done."""
        with suppress(BatchRefused):
            self._carry_out(batch, read, called)

    # --- boundaries -----------------------------------------------------------------------------------------------

    def _before(self, text: str) -> None:
        self.process.boundary()
        self.process.say(f"{self.name}: {text}")

    def _strikes(self, share: float) -> bool:
        struck = self.world.chaos and self.world.faults and self.world.random.random() < share
        self.world.tally.faults += struck
        return struck

    def _lost(self, how: str) -> None:
        self.world.tally.lost += 1
        self.process.say(f"{self.name}: the answer is lost, {how}")
        self.process.boundary()
        raise AnswerLost(f"{self.name} did not answer")
