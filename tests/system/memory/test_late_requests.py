"""A request whose answer was lost may arrive after somebody looked whether it had (law 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from system.memory.stage import KEYED, Stage, thing
from tieout.errors import AnswerLost
from tieout.model import Batch, Outcome, Twins
from tieout.sync.recovering import recover
from tieout.testing.memory_port import MemoryConnection

HOUR = timedelta(hours=1)
NAMES = KEYED.replace("create: {books: always}", "create: {books: always, crm: always}\non_link: crm")
NAMES += "  - {crm: name, books: name, conflict: books}\n"


class Slow(MemoryConnection):
    """A system at which updates arrive when the test says so, and whose answers do not come."""

    waiting: list[Callable[[], Sequence[Outcome]]]

    def write(self, batch: Batch) -> Sequence[Outcome]:
        arrive = super().write
        self.waiting.append(lambda: arrive(batch))
        raise AnswerLost("books did not answer")


class Delayed(Stage):
    """Books is `slow` for a while."""

    slow = False
    waiting: list[Callable[[], Sequence[Outcome]]]

    def connection(self, end: int) -> MemoryConnection:
        if not (self.slow and end == 1):
            return super().connection(end)
        made = Slow(self.systems[end])
        made.waiting = self.waiting
        return made


def test_law3_a_conditional_write_that_has_not_arrived_may_still_do_so_and_is_no_edit_of_a_person() -> None:
    kind = thing("code", "name", conditional=True, horizon=timedelta(minutes=40))
    stage = Delayed(NAMES, (kind, kind))
    stage.waiting = []
    one = stage.add(0, {"code": "7", "name": "old"})
    stage.run()
    stage.edit(0, one, name="newer")
    stage.slow = True
    stage.run()
    stage.slow = False
    stage.edit(0, one, name="newest")
    with stage.opened() as run:
        recover(run)  # it looks, and nothing is there yet; then it dies
    for arrive in stage.waiting:
        arrive()
    for _ in range(4):
        stage.run()
    assert [stage.record(end)["name"] for end in (0, 1)] == ["newest", "newest"]
    assert stage.sound()


def test_law2_a_create_is_not_sent_again_where_that_request_may_come_when_its_key_is_forgotten() -> None:
    kind = thing("code", "name", twins=Twins.FOUND, replay=timedelta(minutes=50), horizon=timedelta(minutes=40))
    stage = Delayed(NAMES, (kind, kind))
    stage.waiting = []
    stage.add(0, {"code": "7", "name": "old"})
    stage.slow = True
    stage.run()
    stage.waiting.pop()()  # it was done; only its answer was lost
    for _ in range(4):
        stage.run()
    stage.slow = False
    for arrive in stage.waiting:
        arrive()
    for _ in range(4):
        stage.run()
    assert [stage.record(end)["name"] for end in (0, 1)] == ["old", "old"]
    assert stage.sound()


def test_law2_a_create_that_was_sent_again_is_looked_for_when_that_request_has_come() -> None:
    kind = thing("code", "name", twins=Twins.FOUND, sees_own=True, replay=HOUR, horizon=timedelta(minutes=40))
    stage = Delayed(NAMES, (kind, kind))
    stage.waiting = []
    stage.add(0, {"code": "7", "name": "old"})
    stage.slow = True
    stage.run()
    _, arrive = stage.waiting  # sent, and sent again a quarter of an hour later; the first never came
    stage.slow = False
    for _ in range(2):
        stage.run()  # the first cannot come any more, the second can
    arrive()
    for _ in range(4):
        stage.run()
    assert [stage.record(end)["name"] for end in (0, 1)] == ["old", "old"]
    assert stage.sound()
